"""What Graph says of groups' sites, of deleted groups and of sharing links, against recorded or documented answers."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from sp_parent_portal.emulator.sharepoint import birth, files, tenant_properties
from tests.unit.emulator.caller import Caller, json_of

from .comparison import differences

WIRE = Path(__file__).parent / "wire"
INDEX = {entry["file"]: entry for entry in json.loads((WIRE / "index.json").read_text(encoding="utf-8"))}
UNIFIED = {"displayName": "Lake", "mailNickname": "lake", "mailEnabled": True, "securityEnabled": False,
           "groupTypes": ["Unified"], "description": "a trip", "creationOptions": ["SPSiteLanguage:1033"]}  # fmt: skip
# Of the transport, or marks of beta's end: not the service's.
NOT_OURS = {"Transfer-Encoding", "Date", "Link", "Deprecation", "Sunset", "Location", "Cache-Control"}
LATER_BUILD = "groups have it since; group-create-201.json has it"


@dataclass(frozen=True)
class Case:
    file: str
    ask: Callable[[Caller], TestResponse]
    same: tuple[str, ...] = ()
    besides: dict[str, str] = field(default_factory=dict)


def make_group(caller: Caller, **changes: Any) -> str:
    return str(json_of(caller.graph("POST", "/groups", {**UNIFIED, **changes}))["id"])


def provisioned(looks: int, **changes: Any) -> Callable[[Caller], TestResponse]:
    """The group and the address of its site in one batch, at that look."""

    def ask(caller: Caller) -> TestResponse:
        group = make_group(caller, **changes)
        urls = (f"/groups/{group}", f"/groups/{group}/sites/root/webUrl")
        requests = [{"id": str(n), "method": "GET", "url": url} for n, url in enumerate(urls, 1)]
        return [caller.graph("POST", "/$batch", {"requests": requests}) for _ in range(looks)][-1]

    return ask


def restored(caller: Caller) -> TestResponse:
    group = make_group(caller)
    caller.graph("DELETE", f"/groups/{group}")
    return caller.graph("POST", f"/directory/deletedItems/{group}/restore")


def deleted(caller: Caller) -> TestResponse:
    for nickname in ("lake", "hills"):
        group = json_of(caller.graph("POST", "/groups", {**UNIFIED, "mailNickname": nickname}))["id"]
        caller.graph("DELETE", f"/groups/{group}")
    path = "/directory/deletedItems/microsoft.graph.group?$count=true&$select=id,displayName,deletedDateTime"
    return caller.graph("GET", path, headers={"ConsistencyLevel": "eventual"})


def owners(caller: Caller) -> TestResponse:
    group, user = make_group(caller), caller.invite_id("mum@home.example")
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{user}"}
    caller.graph("POST", f"/groups/{group}/owners/$ref", reference)
    return caller.graph("GET", f"/groups/{group}/owners?$select=id,accountEnabled,displayName,userPrincipalName")


def make_file(caller: Caller) -> str:
    """The address of a document in a site where everything may be shared."""
    emulator = caller.emulator
    tenant_properties.change(emulator.state, {"SharingCapability": 2, "CoreSharingCapability": 2})
    site = birth.create_site(
        emulator, "https://contoso.sharepoint.com/sites/lakes", "Lakes", "j.okoro@school.example", sharing=2
    )
    file = files.add_file(site, "/sites/lakes/Shared Documents", "a.docx", b"content")
    return f"/sites/{site.id}/drives/{files.drive_id(site, file['_list'])}/items/{files.item_id(site, file)}"


def linked(scope: str, kind: str) -> Callable[[Caller], TestResponse]:
    return lambda caller: caller.graph("POST", f"{make_file(caller)}/createLink", {"type": kind, "scope": scope})


def shared(caller: Caller) -> TestResponse:
    body = {"type": "view", "scope": "users", "recipients": [{"email": "j.okoro@school.example"}]}
    return caller.graph("POST", f"{make_file(caller)}/createLink", body)


def search(caller: Caller) -> TestResponse:
    """The example has no annotations, and what every site has beside these only where it is asked for."""
    names = "id,name,description,createdDateTime,lastModifiedDateTime,webUrl"
    headers = {"Accept": "application/json;odata.metadata=none"}
    return caller.graph("GET", f"/sites?search=*&$select={names}", headers=headers)


def links(caller: Caller) -> TestResponse:
    file = make_file(caller)
    for scope, kind in (("organization", "edit"), ("anonymous", "view")):
        caller.graph("POST", f"{file}/createLink", {"type": kind, "scope": scope})
    return caller.graph("GET", f"{file}/permissions?$filter=Link ne null and Link/Scope eq 'organization'")


EARLIER = {f"$.1.body.{name}: not recorded": LATER_BUILD for name in ("uniqueName", "serviceProvisioningErrors")}
CASES = (
    Case("graph/group-site-not-yet-batch.json", provisioned(1)),
    Case("graph/group-site-provisioning-inprogress-batch.json", provisioned(2, creationOptions=[]), besides=EARLIER),
    Case("graph/group-site-ready-batch.json", provisioned(3)),
    Case(
        "graph/group-restore.json", restored, ("@odata.type", "groupTypes"), {"$.uniqueName: not recorded": LATER_BUILD}
    ),
    Case("graph/doc-deleteditems-groups-count.json", deleted, ("@odata.context", "@odata.count")),
    Case("graph/doc-group-owners.json", owners),
    Case("graph/doc-sites-search.json", search),
    Case("sharing/graph-createlink-anonymous-view.json", linked("anonymous", "view"), ("roles", "@odata.type")),
    Case("sharing/graph-createlink-org.json", linked("organization", "edit"), ("roles", "@odata.type")),
    Case("sharing/graph-createlink-users.json", shared, ("roles", "@odata.type")),
    Case("sharing/graph-permissions-list.json", links),
)


def by_id(doc: Any) -> Any:
    """The items of a batch, each under its id: their order says nothing."""
    return {each["id"]: each for each in doc["responses"]} if "responses" in doc else doc


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_answers_are_as_recorded(case: Case) -> None:
    response = case.ask(Caller())
    recorded, entry = json.loads((WIRE / case.file).read_text(encoding="utf-8")), INDEX[case.file]
    assert response.status_code == (entry["status"] or 200)
    assert not [name for name in entry["headers"] if name not in response.headers and name not in NOT_OURS]
    assert set(differences(by_id(recorded), by_id(json_of(response)))) == set(case.besides)
    for path in case.same:
        assert _at(json_of(response), path) == _at(recorded, path)


def _at(doc: Any, path: str) -> Any:
    if path in doc:
        return doc[path]
    head, _, rest = path.partition(".")
    return _at(doc[head], rest)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.file)
def test_a_dropped_key_is_noticed(case: Case) -> None:
    recorded = by_id(json.loads((WIRE / case.file).read_text(encoding="utf-8")))
    for key in recorded:
        short = copy.deepcopy(recorded)
        del short[key]
        assert differences(recorded, short) == [f"$.{key}: missing"]
