"""Sends ProcessQuery requests, as clients write them, to the bench's tenant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from .sharepoint_bench import ADMIN, LAKES, OWNER, Bench

CURRENT = '<StaticProperty Id="1" TypeId="{3747adcd-a3c3-41b9-bfab-4a64dd2f1e0a}" Name="Current" />'
WEB = f'{CURRENT}<Property Id="2" ParentId="1" Name="Web" />'
WIRE = Path(__file__).parent / "wire" / "csom"
TENANT = '<Constructor Id="1" TypeId="{268004ae-ef6b-4e9b-8425-127220d84719}" />'
OFFICE_365 = '<Constructor Id="1" TypeId="{e45fd516-a408-4ca4-b6dc-268e2f1f0f83}" />'
ALL = '<Query SelectAllProperties="true"><Properties /></Query>'
PROGRESS = (
    '<Query SelectAllProperties="false"><Properties><Property Name="PollingInterval" ScalarProperty="true" />'
    '<Property Name="IsComplete" ScalarProperty="true" /></Properties></Query>'
)


def write(actions: str, paths: str) -> str:
    return (
        '<Request AddExpandoFieldTypeSuffix="true" SchemaVersion="15.0.0.0" LibraryVersion="16.0.0.0" '
        'ApplicationName="bench" xmlns="http://schemas.microsoft.com/sharepoint/clientquery/2009">'
        f"<Actions>{actions}</Actions><ObjectPaths>{paths}</ObjectPaths></Request>"
    )


def query(number: int, path: int, what: str) -> str:
    return f'<Query Id="{number}" ObjectPathId="{path}">{what}</Query>'


def looked(number: int, path: int) -> str:
    return f'<ObjectPath Id="{number}" ObjectPathId="{path}" />'


def call(number: int, parent: int, name: str, *arguments: object) -> str:
    given = "".join(_parameter(each) for each in arguments)
    return f'<Method Id="{number}" ParentId="{parent}" Name="{name}"><Parameters>{given}</Parameters></Method>'


def set_property(number: int, path: int, name: str, value: object) -> str:
    return f'<SetProperty Id="{number}" ObjectPathId="{path}" Name="{name}">{_parameter(value)}</SetProperty>'


def structure(type_id: str, **values: object) -> Raw:
    """A parameter that is sent as its values."""
    inner = "".join(_typed("Property", value, f' Name="{name}"') for name, value in values.items())
    return Raw(f'<Parameter TypeId="{{{type_id}}}">{inner}</Parameter>')


def list_creation(title: str, template: int = 100) -> Raw:
    """The parameter of ListCollection.Add."""
    return structure("e247b7fc-095e-4ea4-a4c9-c5d373723d8c", TemplateType=template, Title=title)


def scope(number: int, actions: str) -> str:
    return f'<ExceptionHandlingScopeSimple Id="{number}">{actions}</ExceptionHandlingScopeSimple>'


def below(number: int, parent: int, name: str) -> str:
    return f'<Property Id="{number}" ParentId="{parent}" Name="{name}" />'


def do(number: int, path: int, name: str, *arguments: object) -> str:
    """A method as an action."""
    given = "".join(_parameter(each) for each in arguments)
    return f'<Method Id="{number}" ObjectPathId="{path}" Name="{name}"><Parameters>{given}</Parameters></Method>'


def chosen(*names: str, each: str = "", **parts: str) -> str:
    """A selection of properties: plain ones by name, objects with a selection of their own; `each` is what is asked of
    the members of a collection, itself a selection."""
    plain = "".join(f'<Property Name="{name}" ScalarProperty="true" />' for name in names)
    inner = "".join(f'<Property Name="{name}">{part}</Property>' for name, part in parts.items())
    own = f'<Query SelectAllProperties="false"><Properties>{plain}{inner}</Properties></Query>'
    return own + (_as_members(each) if each else "")


def _as_members(selection: str) -> str:
    head, tail = "<Query ", "</Query>"
    assert selection.startswith(head)
    assert selection.endswith(tail)
    return f"<ChildItemQuery {selection[len(head) : -len(tail)]}</ChildItemQuery>"


@dataclass(frozen=True)
class Ref:
    """A parameter that is another object path."""

    path: int


class Raw(str):
    """A parameter that is written already."""


def _parameter(value: object) -> str:
    if isinstance(value, Raw):
        return value
    if isinstance(value, Ref):
        return f'<Parameter ObjectPathId="{value.path}" />'
    return _typed("Parameter", value)


def _typed(tag: str, value: object, attributes: str = "") -> str:
    if isinstance(value, Raw):
        return value.replace("<Parameter", f"<{tag}{attributes}", 1)[: -len("</Parameter>")] + f"</{tag}>"
    if value is None:
        return f'<{tag}{attributes} Type="Null" />'
    if isinstance(value, bool):
        return f'<{tag}{attributes} Type="Boolean">{str(value).lower()}</{tag}>'
    if isinstance(value, list):
        objects = "".join(f'<Object Type="String">{each}</Object>' for each in value)
        return f'<{tag}{attributes} Type="Array">{objects}</{tag}>'
    kind = {int: "Int32", float: "Double"}.get(type(value), "String")
    return f'<{tag}{attributes} Type="{kind}">{escape(str(value))}</{tag}>'


def identity(number: int, text: str) -> str:
    return f'<Identity Id="{number}" Name="{text.replace(chr(10), "&#xA;")}" />'


def recorded_request(name: str) -> str:
    """A request as a client sent it, for this tenant."""
    text = (WIRE / name).read_text(encoding="utf-8")
    return text.replace("bertonline", "contoso").replace("admin@contoso.com", OWNER)


def send(bench: Bench, body: str, host: str = ADMIN) -> Any:
    """The answer's parts; it must be 200."""
    response = bench.ask("POST", f"{host}/_vti_bin/client.svc/ProcessQuery", body)
    assert response.status_code == 200, response.get_data(as_text=True)
    parts = json.loads(response.get_data(as_text=True))
    assert parts[0]["TraceCorrelationId"] == response.headers["SPRequestGuid"]
    return parts


def results(bench: Bench, body: str, host: str = ADMIN) -> dict[int, Any]:
    """The results by the ids of their actions; the request must succeed."""
    parts = send(bench, body, host)
    assert parts[0]["ErrorInfo"] is None, parts[0]
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def on_site(bench: Bench, actions: str, paths: str) -> dict[int, Any]:
    """The results of a query of the site `lakes`, whose path 2 is its web."""
    return results(bench, write(actions, WEB + paths), LAKES)


def refusal(bench: Bench, actions: str, paths: str) -> tuple[int, str]:
    """Why such a query is refused: the code and the type of the mistake."""
    told = error(bench, write(actions, WEB + paths), LAKES)
    return told["ErrorCode"], told["ErrorTypeName"]


def error(bench: Bench, body: str, host: str = ADMIN) -> Any:
    parts = send(bench, body, host)
    assert len(parts) == 1
    return parts[0]["ErrorInfo"]
