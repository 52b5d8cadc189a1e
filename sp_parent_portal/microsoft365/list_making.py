"""New lists with their columns and views, all of them in one CSOM request.

A site script makes the same, but is charged by the action, and REST needs a request for each column. The request is
the one that Microsoft's own client library writes for Web.Lists.Add, List.Fields.AddFieldAsXml and List.Views.Add
(types and order of the properties as in its port Microsoft.SharePoint.Client.NetCore, and in SPClientCore, read
2026-11). A mistake is an ErrorInfo in HTTP 200; what stood before it may have been done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement, tostring

from ..errors import BadAnswer, OutcomeUnknown
from .call import Call
from .refusals import make_error, read_refusal
from .site_work import NewList, NewView

if TYPE_CHECKING:
    from .transport import Transport

NAMESPACE = "http://schemas.microsoft.com/sharepoint/clientquery/2009"
REQUEST_CONTEXT = "{3747adcd-a3c3-41b9-bfab-4a64dd2f1e0a}"
LIST_CREATION = "{e247b7fc-095e-4ea4-a4c9-c5d373723d8c}"
VIEW_CREATION = "{a3547807-7266-42f3-b055-afa6e840e458}"
NOT_IN_MENU, HTML = 0, 1  # QuickLaunchOptions.Off, ViewType.Html
NAME_AS_GIVEN = 8  # AddFieldOptions.AddFieldInternalNameHint

Typed = tuple[str, object]
"""A CSOM type and a value of it."""


def create_lists(transport: Transport, url: str, lists: Sequence[NewList]) -> None:
    """HTTP 200 and no ErrorInfo prove little: read back. Raises AlreadyExists where a title is taken."""
    operation = "create the lists"
    answer = transport.json(
        Call(
            operation,
            "POST",
            f"{url.rstrip('/')}/_vti_bin/client.svc/ProcessQuery",
            role="provisioner",
            body=write_request(lists),
            headers={"Content-Type": "text/xml", "Accept": "application/json"},
        )
    )
    header = answer[0] if isinstance(answer, list) and answer else None
    if not isinstance(header, Mapping) or "ErrorInfo" not in header:
        raise OutcomeUnknown(f"{operation}: the answer does not say how it ended")
    error = header["ErrorInfo"]
    if error is not None:
        raise make_error(operation, read_refusal(400, {}, _as_odata(error)))


def _as_odata(error: Any) -> dict[str, Any]:
    if not isinstance(error, Mapping):
        raise BadAnswer("create the lists: the error cannot be read")
    code = f"{error.get('ErrorCode')}, {error.get('ErrorTypeName')}"
    return {"error": {"code": code, "message": {"value": str(error.get("ErrorMessage"))}}}


def write_request(lists: Sequence[NewList]) -> bytes:
    """Path 2 is the web, 3 its lists."""
    request = Element(
        "Request",
        xmlns=NAMESPACE,
        AddExpandoFieldTypeSuffix="true",
        SchemaVersion="15.0.0.0",
        LibraryVersion="16.0.0.0",
        ApplicationName="sp-parent-portal",
    )
    actions, paths = SubElement(request, "Actions"), SubElement(request, "ObjectPaths")
    SubElement(paths, "StaticProperty", Id="1", TypeId=REQUEST_CONTEXT, Name="Current")
    _path(paths, "Property", 2, 1, "Web")
    _path(paths, "Property", 3, 2, "Lists")
    number = 3
    for each in lists:
        made = number + 1
        _call(paths, made, 3, "Add", _list_creation(each))
        _path(paths, "Property", made + 1, made, "Fields")
        _path(paths, "Property", made + 2, made, "Views")
        number = made + 2
        for column in each.columns:
            number += 1
            given = (("String", column), ("Boolean", False), ("Enum", NAME_AS_GIVEN))
            _call(paths, number, made + 1, "AddFieldAsXml", *given)
        for view in each.views:
            number += 1
            _call(paths, number, made + 2, "Add", _view_creation(view))
    for path in range(2, number + 1):
        SubElement(actions, "ObjectPath", Id=str(number + path), ObjectPathId=str(path))
    return tostring(request, encoding="unicode").encode()


@dataclass(frozen=True, slots=True)
class _Struct:
    type_id: str
    properties: tuple[tuple[str, Typed], ...]


def _path(paths: Element, kind: str, number: int, parent: int, name: str) -> Element:
    return SubElement(paths, kind, Id=str(number), ParentId=str(parent), Name=name)


def _call(paths: Element, number: int, parent: int, name: str, *arguments: Typed | _Struct) -> None:
    parameters = SubElement(_path(paths, "Method", number, parent, name), "Parameters")
    for each in arguments:
        if isinstance(each, _Struct):
            struct = SubElement(parameters, "Parameter", TypeId=each.type_id)
            for key, value in each.properties:
                _write(SubElement(struct, "Property", Name=key), value)
        else:
            _write(SubElement(parameters, "Parameter"), each)


def _write(element: Element, typed: Typed) -> None:
    kind, value = typed
    element.set("Type", kind)
    if isinstance(value, tuple):
        for each in value:
            _write(SubElement(element, "Object"), ("String", each))
    elif value is not None:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)


def _list_creation(wanted: NewList) -> _Struct:
    return _Struct(
        LIST_CREATION,
        (
            ("CustomSchemaXml", ("Null", None)),
            ("DataSourceProperties", ("Null", None)),
            ("Description", ("String", wanted.description)),
            ("DocumentTemplateType", ("Int32", 0)),
            ("ListTemplate", ("Null", None)),
            ("QuickLaunchOption", ("Enum", NOT_IN_MENU)),
            ("TemplateFeatureId", ("Guid", "{00000000-0000-0000-0000-000000000000}")),
            ("TemplateType", ("Int32", wanted.template)),
            ("Title", ("String", wanted.title)),
            ("Url", ("Null", None)),
        ),
    )


def _view_creation(wanted: NewView) -> _Struct:
    return _Struct(
        VIEW_CREATION,
        (
            ("Paged", ("Boolean", wanted.paged)),
            ("PersonalView", ("Boolean", False)),
            ("Query", ("String", wanted.query)),
            ("RowLimit", ("UInt32", wanted.rows)),
            ("SetAsDefaultView", ("Boolean", wanted.default)),
            ("Title", ("String", wanted.title)),
            ("ViewFields", ("Array", wanted.fields)),
            ("ViewTypeKind", ("Enum", HTML)),
        ),
    )
