"""A ProcessQuery request, read from its XML: actions in their order, and the object paths they point at.

Nothing is made of the Content-Type: clients send `text/xml` as well as `application/x-www-form-urlencoded`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from ..faults import Fault, Unplayed

NAMESPACE = "http://schemas.microsoft.com/sharepoint/clientquery/2009"
TYPE_ID = re.compile(r"\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}")
SCOPE = "ExceptionHandlingScopeSimple"
WHOLE = ("Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Enum", "Byte")


@dataclass(frozen=True, slots=True)
class Reference:
    """A parameter that is another object path."""

    path_id: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What a Query asks of an object: all its properties or the named ones, each perhaps with a selection of its own;
    `children` is what is asked of the members of a collection."""

    all: bool
    names: dict[str, Selection | None]
    children: Selection | None


@dataclass(frozen=True, slots=True)
class Action:
    """`inner` are those that a scope holds."""

    kind: str
    id: int
    path_id: str
    name: str = ""
    arguments: tuple[Any, ...] = ()
    selection: Selection | None = None
    inner: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectPath:
    """`name` is the method, property or identity, `type_id` in lower case with braces."""

    kind: str
    id: str
    name: str = ""
    parent: str = ""
    type_id: str = ""
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """`suffixes` says that fields of list items tell their type in their name."""

    actions: tuple[Action, ...]
    paths: dict[str, ObjectPath]
    suffixes: bool


def read_query(data: bytes) -> Query:
    """Raises Fault."""
    try:
        root = ElementTree.fromstring(data)
    except (ParseError, DefusedXmlException):
        raise schema_fault("The request is not a valid XML document.") from None
    if _name(root) != "Request":
        raise schema_fault(f"The '{root.tag}' element is not declared.")
    actions: list[Action] = []
    paths: dict[str, ObjectPath] = {}
    for part in root:
        if _name(part) == "Actions":
            actions += [_read_action(element) for element in part]
        elif _name(part) == "ObjectPaths":
            paths |= {path.id: path for path in map(_read_path, part)}
    return Query(tuple(actions), paths, root.get("AddExpandoFieldTypeSuffix", "").lower() == "true")


def schema_fault(message: str) -> Fault:
    return Fault(200, -1, "System.Xml.Schema.XmlSchemaValidationException", message)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _find(element: Element, name: str) -> Element | None:
    return next((child for child in element if _name(child) == name), None)


def _get(element: Element, name: str) -> str:
    value = element.get(name)
    if value is None:
        raise schema_fault(f"The required attribute '{name}' is missing.")
    return value


def _read_action(element: Element) -> Action:
    number = _get(element, "Id")
    if not number.isdecimal():
        raise schema_fault(f"The 'Id' attribute is invalid - The value '{number}' is not a valid Int64 value.")
    kind = _name(element)
    arguments: tuple[Any, ...] = ()
    if kind == "SetProperty":
        arguments = tuple(_read_value(child) for child in element if _name(child) == "Parameter")
    elif kind == "Method":
        arguments = _read_arguments(element)
    return Action(
        kind,
        int(number),
        element.get("ObjectPathId", ""),
        element.get("Name", ""),
        arguments,
        _read_selection(element) if kind == "Query" else None,
        tuple(map(_read_action, element)) if kind == SCOPE else (),
    )


def _read_path(element: Element) -> ObjectPath:
    return ObjectPath(
        _name(element),
        _get(element, "Id"),
        element.get("Name", ""),
        element.get("ParentId", ""),
        _read_type(element) if "TypeId" in element.attrib else "",
        _read_arguments(element),
    )


def _read_type(element: Element) -> str:
    text = _get(element, "TypeId")
    if not TYPE_ID.fullmatch(text):
        raise schema_fault(
            f"The 'TypeId' attribute is invalid - The value '{text}' is invalid according to its datatype "
            f"'{NAMESPACE}:TypeIdGuidType' - The Pattern constraint failed."
        )
    return text.lower()


def _read_arguments(element: Element) -> tuple[Any, ...]:
    parameters = _find(element, "Parameters")
    return () if parameters is None else tuple(_read_value(child) for child in parameters)


def _read_value(element: Element) -> Any:
    """A Parameter, Property or Object: typed text, an array, a struct (as a dict), or another object path."""
    if "ObjectPathId" in element.attrib:
        return Reference(_get(element, "ObjectPathId"))
    if "TypeId" in element.attrib:
        _read_type(element)
        return {_get(child, "Name"): _read_value(child) for child in element if _name(child) == "Property"}
    kind, text = element.get("Type", "String"), element.text or ""
    if kind == "Null":
        return None
    if kind == "Array":
        return [_read_value(child) for child in element]
    try:
        return _read_text(kind, text)
    except ValueError:
        raise schema_fault(f"The value '{text}' is invalid according to its datatype '{kind}'.") from None


def _read_text(kind: str, text: str) -> Any:
    """Raises ValueError."""
    if kind in WHOLE:
        return int(text)
    if kind in ("Double", "Single", "Decimal", "Number"):
        return float(text)
    if kind == "Boolean":
        if text.lower() not in ("true", "false", "1", "0"):
            raise ValueError(text)
        return text.lower() in ("true", "1")
    return text.strip("{}").lower() if kind == "Guid" else text


def _read_selection(element: Element) -> Selection:
    """Of an element that holds a `Query` and perhaps a `ChildItemQuery`."""
    own, children = _find(element, "Query"), _find(element, "ChildItemQuery")
    return Selection(
        own is not None and own.get("SelectAllProperties", "").lower() == "true",
        {} if own is None else _read_names(own),
        None if children is None else _read_members(children),
    )


def _read_members(element: Element) -> Selection:
    """Raises Unplayed for a condition."""
    if _find(element, "QueryableExpression") is not None:
        raise Unplayed("the CSOM element QueryableExpression")
    return Selection(element.get("SelectAllProperties", "").lower() == "true", _read_names(element), None)


def _read_names(element: Element) -> dict[str, Selection | None]:
    properties = _find(element, "Properties")
    if properties is None:
        return {}
    return {_get(child, "Name"): _read_property(child) for child in properties}


def _read_property(element: Element) -> Selection | None:
    """None for a value; an object without a query of its own may be asked for as a whole."""
    if len(element):
        return _read_selection(element)
    return Selection(True, {}, None) if element.get("SelectAll", "").lower() == "true" else None
