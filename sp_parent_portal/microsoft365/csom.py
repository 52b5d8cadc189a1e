"""One CSOM request, `POST …/_vti_bin/client.svc/ProcessQuery`, written as Microsoft's own client library writes it.

    query = Query.of_site()
    lists = query.get(query.web, "Lists")
    query.call(lists, "Add", Struct(…))
    answer = send(transport, url, query, "create the lists")

Elements, the order of their attributes and values as text are those of the library's port to .NET Core
(OneBitSoftware/NetCore.CSOM) and of requests recorded by CLI for Microsoft 365 and PnP Core, all read 2026-11; a scope
and its answer are those of MS-CSOM 3.1.4.1.3.11 and 3.1.4.1.8.2.1.3. The answer is read in csom_answers.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, tostring

from ..errors import Rejected
from .call import Call
from .csom_answers import CsomAnswer, read_answer

if TYPE_CHECKING:
    from .transport import Transport

NAMESPACE = "http://schemas.microsoft.com/sharepoint/clientquery/2009"
REQUEST_CONTEXT = "{3747adcd-a3c3-41b9-bfab-4a64dd2f1e0a}"
TENANT = "{268004ae-ef6b-4e9b-8425-127220d84719}"
# What XML 1.0 has no way to write, not even escaped.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Path:
    """An object on the server: by this number the rest of the query speaks of it."""

    id: int


@dataclass(frozen=True, slots=True)
class Typed:
    """A value of a CSOM type that Python's do not tell: Enum, Guid, UInt32, Int64, Double; an Array of texts as a
    tuple."""

    type: str
    value: object


@dataclass(frozen=True, slots=True)
class Struct:
    """An object that is sent as its values, in the order in which the library writes them."""

    type_id: str
    values: Mapping[str, Argument]


Argument = str | bool | int | datetime | None | Typed | Struct | Path
"""Text, flags, whole numbers and aware moments stand for String, Boolean, Int32 and DateTime, None for Null."""


@dataclass(frozen=True, slots=True)
class Select:
    """What is asked of an object: the values named `own`, or `all` that are plain; `parts`, objects below it; of a
    collection, what is asked of `each` member."""

    own: tuple[str, ...] = ()
    parts: Mapping[str, Select] = field(default_factory=dict)
    each: Select | None = None
    all: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """What fails in it does not end the query."""

    id: int


class Query:
    """Actions are carried out in the order in which they are added."""

    web: Path
    tenant: Path

    def __init__(self) -> None:
        self._actions, self._paths = Element("Actions"), Element("ObjectPaths")
        self._scope = self._actions
        self._last = 0

    @classmethod
    def of_site(cls) -> Query:
        """Sent to a site's address: `web` is the web there."""
        query = cls()
        query.web = query.get(query._add_path("StaticProperty", TypeId=REQUEST_CONTEXT, Name="Current"), "Web")
        return query

    @classmethod
    def of_tenant(cls) -> Query:
        """Sent to the admin host: `tenant` is tenant administration."""
        query = cls()
        query.tenant = query.make(TENANT)
        return query

    # ---- objects

    def get(self, parent: Path, name: str) -> Path:
        """A property that is an object."""
        return self._add_path("Property", ParentId=str(parent.id), Name=name)

    def call(self, parent: Path, name: str, *arguments: Argument) -> Path:
        """A method that returns an object, carried out in its place."""
        return self._add_path("Method", arguments, ParentId=str(parent.id), Name=name)

    def make(self, type_id: str) -> Path:
        """A new object of that type."""
        return self._add_path("Constructor", TypeId=type_id)

    def recall(self, identity: str) -> Path:
        """An object of an earlier answer, by its `_ObjectIdentity_`."""
        number = self._next()
        SubElement(self._paths, "Identity", Id=number, Name=identity)
        return Path(int(number))

    def _add_path(self, kind: str, arguments: tuple[Argument, ...] = (), **attributes: str) -> Path:
        """Declared, and made by an action of its own: a method is carried out there and not when it is first used."""
        number = self._next()
        _write_parameters(SubElement(self._paths, kind, {"Id": number, **attributes}), arguments)
        SubElement(self._scope, "ObjectPath", Id=self._next(), ObjectPathId=number)
        return Path(int(number))

    # ---- actions

    def do(self, path: Path, name: str, *arguments: Argument) -> None:
        """A method that returns nothing."""
        action = SubElement(self._scope, "Method", Name=name, Id=self._next(), ObjectPathId=str(path.id))
        _write_parameters(action, arguments)

    def set(self, path: Path, name: str, value: Argument) -> None:
        action = SubElement(self._scope, "SetProperty", Id=self._next(), ObjectPathId=str(path.id), Name=name)
        _write_value(SubElement(action, "Parameter"), value)

    def read(self, path: Path, select: Select) -> int:
        """The number by which the answer tells it."""
        number = self._next()
        _write_select(SubElement(self._scope, "Query", Id=number, ObjectPathId=str(path.id)), select)
        return int(number)

    @contextmanager
    def attempt(self) -> Iterator[Attempt]:
        """What is added inside. An object that is made in it cannot be used outside."""
        number, outer = self._next(), self._scope
        self._scope = SubElement(outer, "ExceptionHandlingScopeSimple", Id=number)
        yield Attempt(int(number))
        self._scope = outer

    def _next(self) -> str:
        self._last += 1
        return str(self._last)

    # ---- sending

    def write(self, operation: str) -> bytes:
        """The body of the request. Raises Rejected for a text that XML cannot hold."""
        request = Element(
            "Request",
            xmlns=NAMESPACE,
            AddExpandoFieldTypeSuffix="true",
            SchemaVersion="15.0.0.0",
            LibraryVersion="16.0.0.0",
            ApplicationName="sp-parent-portal",
        )
        request.extend((self._actions, self._paths))
        for element in request.iter():
            if any(UNWRITABLE.search(text) for text in (element.text or "", *element.attrib.values())):
                raise Rejected(
                    f"{operation}: a text holds a character that cannot be sent; nothing was sent",
                    "it is a control character or half of another one: type the text again",
                )
        # A carriage return that is not escaped arrives as a line feed.
        return tostring(request, encoding="unicode").replace("\r", "&#xD;").encode()


def send(transport: Transport, url: str, query: Query, operation: str, *, reads: bool = False) -> CsomAnswer:
    """`reads`: it changes nothing, so that it may be sent again. Raises GatewayError: the query's own mistake as
    refusals.py reads it, OutcomeUnknown where the answer does not say how a change ended. A query that made a mistake
    is not undone as a whole: what stood before it may have been done."""
    reply = transport.send(
        Call(
            operation,
            "POST",
            f"{url.rstrip('/')}/_vti_bin/client.svc/ProcessQuery",
            role="reader" if reads else "provisioner",
            body=query.write(operation),
            headers={"Content-Type": "text/xml", "Accept": "application/json"},
            reads=reads,
        )
    )
    return read_answer(operation, reply.response.content, reads=reads)


def _write_parameters(element: Element, arguments: tuple[Argument, ...]) -> None:
    if arguments:
        parameters = SubElement(element, "Parameters")
        for each in arguments:
            _write_value(SubElement(parameters, "Parameter"), each)


def _write_value(element: Element, value: Argument) -> None:
    match value:
        case Path():
            element.set("ObjectPathId", str(value.id))
        case Struct():
            element.set("TypeId", value.type_id)
            for name, each in value.values.items():
                _write_value(SubElement(element, "Property", Name=name), each)
        case Typed(type="Array", value=tuple(texts)):
            element.set("Type", "Array")
            for text in texts:
                _write_value(SubElement(element, "Object"), text)
        case _:
            element.set("Type", _type_of(value))
            if value is not None:
                element.text = _text_of(value)


def _type_of(value: str | bool | int | datetime | Typed | None) -> str:
    match value:
        case Typed():
            return value.type
        case None:
            return "Null"
        case bool():
            return "Boolean"
        case int():
            return "Int32"
        case datetime():
            return "DateTime"
    return "String"


def _text_of(value: str | bool | int | datetime | Typed) -> str:
    match value:
        case Typed():
            return str(value.value)
        case bool():
            return "true" if value else "false"
        case datetime() if value.tzinfo is None:
            raise ValueError("a moment without its time zone")
        case datetime():  # seven digits, as .NET's round-trip format has
            return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "0Z"
    return str(value)


def _write_select(element: Element, select: Select) -> None:
    _write_names(SubElement(element, "Query"), select)
    if select.each is not None:
        _write_names(SubElement(element, "ChildItemQuery"), select.each)


def _write_names(element: Element, select: Select) -> None:
    element.set("SelectAllProperties", "true" if select.all else "false")
    properties = SubElement(element, "Properties")
    for name in select.own:
        SubElement(properties, "Property", Name=name, ScalarProperty="true")
    for name, part in select.parts.items():
        _write_select(SubElement(properties, "Property", Name=name), part)
