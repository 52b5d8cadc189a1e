"""What SharePoint and Graph say when something is shared with people or granted to applications, against recorded or
documented answers."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from werkzeug.wrappers import Response

from sp_parent_portal.emulator.sharepoint import files

from .comparison import differences
from .sharepoint_bench import LAKES, Bench

WIRE = Path(__file__).parent / "wire"
INDEX = {entry["file"]: entry for entry in json.loads((WIRE / "index.json").read_text(encoding="utf-8"))}
APPS = ("89ea5c94-7736-4e25-95ad-3fa95f62b66e", "22f09bb7-dd29-403e-bec2-ab5cde52c2b3")
# The examples have no annotations.
PLAIN = "application/json;odata.metadata=none"
ADA, BELL = "ada@mail.example", "m.bell@school.example"
# Of the transport, or marks of beta's end: not the service's.
NOT_OURS = {"Transfer-Encoding", "Date", "Link", "Deprecation", "Sunset", "Location", "Cache-Control"}


@dataclass(frozen=True)
class Case:
    file: str
    ask: Callable[[Bench], Response]
    same: tuple[str, ...] = ()
    besides: dict[str, str] = field(default_factory=dict)


def make_bench() -> Bench:
    """Everything may be shared, Ada is a guest already."""
    bench = Bench()
    bench.set_tenant(SharingCapability=2, CoreSharingCapability=2)
    bench.lakes.doc["SiteDefinedSharingCapability"] = 2
    bench.lakes.store()
    bench.add_guest(ADA, "Ada")
    return bench


def shared(*keys: str, role: str = "group:4") -> Callable[[Bench], Response]:
    picked = json.dumps([{"Key": key} for key in keys])
    body = {"url": LAKES, "peoplePickerInput": picked, "roleValue": role}
    return lambda bench: bench.ask("POST", f"{LAKES}/_api/SP.Web.ShareObject", body)


def graph(bench: Bench, method: str, path: str, body: Any = None, accept: str = "application/json") -> Response:
    headers = {"Authorization": f"Bearer {bench.token('graph.microsoft.com')}"}
    return bench.ask(method, f"https://graph.microsoft.com/v1.0{path}", body, accept=accept, headers=headers)


def make_file(bench: Bench) -> tuple[dict[str, Any], str]:
    """A document and its address in Graph."""
    file = files.add_file(bench.lakes, "/sites/lakes/Shared Documents", "a.docx", b"content")
    drive, item = files.drive_id(bench.lakes, file["_list"]), files.item_id(bench.lakes, file)
    return file, f"/drives/{drive}/items/{item}"


def invited(email: str) -> Callable[[Bench], Response]:
    body = {"recipients": [{"email": email}], "requireSignIn": True, "sendInvitation": False, "roles": ["Read"]}
    return lambda bench: graph(bench, "POST", f"{make_file(bench)[1]}/invite", body)


def make_link(bench: Bench, path: str, *emails: str) -> Any:
    body = {"type": "view", "scope": "users", "recipients": [{"email": email} for email in emails]}
    return graph(bench, "POST", f"{path}/createLink", body).get_json()["link"]["webUrl"]


def granted(bench: Bench) -> Response:
    link = make_link(bench, make_file(bench)[1], BELL)
    share = "u!" + base64.urlsafe_b64encode(link.encode()).decode().rstrip("=")
    body = {"recipients": [{"email": "s.haddad@school.example"}], "roles": ["read"]}
    return graph(bench, "POST", f"/shares/{share}/permission/grant", body)


def told(bench: Bench) -> Response:
    file, path = make_file(bench)
    make_link(bench, path, BELL, ADA)
    item = f"{LAKES}/_api/web/lists(guid'{file['_list']}')/items({file['_item']})/GetSharingInformation"
    asked = "$select=permissionsInformation&$Expand=permissionsInformation"
    return bench.ask("POST", f"{item}?{asked}", accept="application/json;odata=nometadata")


def granted_to(*apps: str) -> Callable[[Bench], Response]:
    def ask(bench: Bench) -> Response:
        answer = Response()
        for app in apps:
            identity = {"application": {"id": app, "displayName": app}}
            body = {"roles": ["write"], "grantedToIdentities": [identity]}
            answer = graph(bench, "POST", f"/sites/{bench.lakes.id}/permissions", body, PLAIN)
        return answer

    return ask


def list_granted(bench: Bench) -> Response:
    granted_to(*APPS)(bench)
    return graph(bench, "GET", f"/sites/{bench.lakes.id}/permissions", accept=PLAIN)


CASES = (
    Case("sharing/shareobject-ok.json", shared(ADA), ("StatusCode", "ErrorMessage")),
    Case(
        "sharing/shareobject-invited.json", shared("someone@123"), ("StatusCode", "ErrorMessage"),
        {"$.IconUrl: not recorded": "left out by who pasted it; the other recordings have it"},
    ),
    Case("sharing/shareobject-unresolved.json", shared("nobody"), ("StatusCode", "ErrorMessage")),
    Case("sharing/shareobject-badrole.json", shared(ADA, role="role:1"), ("StatusCode", "ErrorMessage")),
    Case("sharing/getsharinginformation.json", told),
    Case("sharing/graph-invite.json", invited(BELL)),
    Case("sharing/graph-invite-external.json", invited(ADA)),
    Case("sharing/graph-permission-grant.json", granted),
    Case("graph/doc-site-permissions-create.json", granted_to(APPS[0])),
    Case("graph/doc-site-permissions-list.json", list_granted),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_answers_are_as_recorded(case: Case) -> None:
    response = case.ask(make_bench())
    recorded, entry = json.loads((WIRE / case.file).read_text(encoding="utf-8")), INDEX[case.file]
    assert response.status_code == (entry["status"] or 200)
    assert not [name for name in entry["headers"] or {} if name not in response.headers and name not in NOT_OURS]
    answered = json.loads(response.get_data())
    assert set(differences(recorded, answered)) == set(case.besides)
    for name in case.same:
        assert answered[name] == recorded[name]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_a_dropped_key_is_noticed(case: Case) -> None:
    recorded = json.loads((WIRE / case.file).read_text(encoding="utf-8"))
    for key, value in recorded.items():
        short = copy.deepcopy(recorded)
        del short[key]
        assert differences(recorded, short) == [f"$.{key}: missing"]
        for inner in value if isinstance(value, dict) else ():
            short = copy.deepcopy(recorded)
            del short[key][inner]
            assert differences(recorded, short) == [f"$.{key}.{inner}: missing"]
