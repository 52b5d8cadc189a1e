"""Operations of tenant administration: how they are begun and asked after, and what their answers mean."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sp_parent_portal.errors import BadAnswer, OutcomeUnknown, Rejected
from sp_parent_portal.microsoft365.model import Operation
from sp_parent_portal.microsoft365.sharepoint import SharePoint
from tests.recording import ADMIN, SITE, Asked, Lost, Recorder, Told, open_sharepoint

WIRE = Path(__file__).parents[2] / "contract" / "wire" / "csom"
NAMESPACE = "{http://schemas.microsoft.com/sharepoint/clientquery/2009}"
IDENTITY = (
    "3bf525a1-202d-8000-b136-71cce6ed75ac|908bed80-a04a-4433-b4a0-883d9847d110:1e852b49-bf4b-4ba5-bcd4-a8c4706c8ed4\n"
    "SpoOperation\nArchiveSite\n638505831432627104\nhttps%3a%2f%2fcontoso.sharepoint.com%2fsites%2fSales\n"
    "00000000-0000-0000-0000-000000000000"
)
# As the spec of CLI for Microsoft 365 holds it (`spo tenant site archive`, 2024-05).
OPERATION = {
    "_ObjectType_": "Microsoft.Online.SharePoint.TenantAdministration.SpoOperation",
    "_ObjectIdentity_": IDENTITY,
    "HasTimedout": False,
    "IsComplete": True,
    "PollingInterval": 15000,
}
HEADER = {"SchemaVersion": "15.0.0.0", "LibraryVersion": "16.0.24817.12008", "ErrorInfo": None}
BEGIN: dict[str, Callable[[SharePoint], Operation]] = {
    "ArchiveSiteByUrl": lambda it: it.archive_site(SITE + "/"),
    "UnarchiveSiteByUrl": lambda it: it.reactivate_site(SITE),
    "Update": lambda it: it.set_site_lock(SITE, "ReadOnly"),
}


def asked_of(asked: Asked) -> ElementTree.Element:
    return ElementTree.fromstring(asked.body)


def answering(**changed: object) -> Recorder:
    """Answers every query action with the operation, and every object path with its being there."""

    def answer(asked: Asked) -> Told:
        parts: list[object] = [HEADER]
        for action in asked_of(asked).iterfind(f"{NAMESPACE}Actions/*"):
            if action.tag == f"{NAMESPACE}ObjectPath":
                parts += [int(action.attrib["Id"]), {"IsNull": False}]
            elif action.tag == f"{NAMESPACE}Query":
                parts += [int(action.attrib["Id"]), {**OPERATION, **changed}]
        return Told(parts)

    return Recorder(answer)


@pytest.mark.parametrize("method", BEGIN)
def test_an_operation_is_begun_on_the_admin_host(method: str) -> None:
    app = answering()
    assert BEGIN[method](open_sharepoint(app)) == Operation(IDENTITY, complete=True, timed_out=False, pause=15.0)
    [asked] = app.asked
    assert (asked.method, asked.host, asked.path) == ("POST", ADMIN, "/_vti_bin/client.svc/ProcessQuery")
    paths = {path.attrib.get("Name"): path for path in asked_of(asked).iterfind(f"{NAMESPACE}ObjectPaths/*")}
    tenant = asked_of(asked).find(f"{NAMESPACE}ObjectPaths/{NAMESPACE}Constructor")
    assert tenant is not None
    assert tenant.attrib["TypeId"] == "{268004ae-ef6b-4e9b-8425-127220d84719}"
    if method == "Update":
        assert paths["Update"].attrib["ParentId"] == paths["GetSitePropertiesByUrl"].attrib["Id"]
        changed = asked_of(asked).find(f"{NAMESPACE}Actions/{NAMESPACE}SetProperty")
        assert changed is not None
        assert (changed.attrib["Name"], changed[0].text) == ("LockState", "ReadOnly")
        method = "GetSitePropertiesByUrl"
    assert paths[method].attrib["ParentId"] == tenant.attrib["Id"]
    [given] = paths[method].iterfind(f"{NAMESPACE}Parameters/{NAMESPACE}Parameter[@Type='String']")
    assert given.text == SITE


def test_it_is_asked_after_by_its_identity_as_clients_do() -> None:
    app = answering(IsComplete=False, PollingInterval=5000)
    looked = open_sharepoint(app).look_at_operation(Operation(IDENTITY, False, False, 15.0))
    assert looked == Operation(IDENTITY, complete=False, timed_out=False, pause=5.0)
    theirs = ElementTree.fromstring((WIRE / "req-poll-operation.xml").read_text(encoding="utf-8"))
    ours = asked_of(app.asked[0])
    for part in ("Actions", "ObjectPaths"):
        kinds = [[each.tag for each in it.iterfind(f"{NAMESPACE}{part}/*")] for it in (theirs, ours)]
        assert kinds[0] == kinds[1]
    identity = ours.find(f"{NAMESPACE}ObjectPaths/{NAMESPACE}Identity")
    assert identity is not None
    assert identity.attrib["Name"] == IDENTITY


@pytest.mark.parametrize("name", ["_ObjectIdentity_", "IsComplete", "HasTimedout", "PollingInterval"])
def test_an_answer_that_is_no_operation_is_not_taken_for_one(name: str) -> None:
    with pytest.raises((BadAnswer, OutcomeUnknown)):
        open_sharepoint(answering(**{name: None})).archive_site(SITE)


def test_a_refusal_inside_of_200_is_one() -> None:
    error = {
        "ErrorMessage": "The site cannot be archived.",
        "ErrorValue": None,
        "TraceCorrelationId": "x",
        "ErrorCode": -1,
        "ErrorTypeName": "Microsoft.Online.SharePoint.Common.SpoException",
    }
    app = Recorder(lambda _asked: Told(json.loads(json.dumps([{**HEADER, "ErrorInfo": error}]))))
    with pytest.raises(Rejected):
        open_sharepoint(app).archive_site(SITE)


def test_what_is_begun_is_not_begun_twice() -> None:
    app = Recorder(lambda _asked: Lost())
    with pytest.raises(OutcomeUnknown):
        open_sharepoint(app).archive_site(SITE)
    assert len(app.asked) == 1
