"""Sends ProcessQuery requests, as clients write them, to the bench's tenant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .sharepoint_bench import ADMIN, OWNER, Bench

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


def list_creation(title: str, template: int = 100) -> str:
    """The parameter of ListCollection.Add."""
    values = (
        f'<Property Name="TemplateType" Type="Int32">{template}</Property>'
        f'<Property Name="Title" Type="String">{title}</Property>'
    )
    return f'<Parameter TypeId="{{e247b7fc-095e-4ea4-a4c9-c5d373723d8c}}">{values}</Parameter>'


def _parameter(value: object) -> str:
    if value is None:
        return '<Parameter Type="Null" />'
    if isinstance(value, bool):
        return f'<Parameter Type="Boolean">{str(value).lower()}</Parameter>'
    if isinstance(value, list):
        objects = "".join(f'<Object Type="String">{each}</Object>' for each in value)
        return f'<Parameter Type="Array">{objects}</Parameter>'
    return f'<Parameter Type="{"Int32" if isinstance(value, int) else "String"}">{value}</Parameter>'


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


def error(bench: Bench, body: str, host: str = ADMIN) -> Any:
    parts = send(bench, body, host)
    assert len(parts) == 1
    return parts[0]["ErrorInfo"]
