"""A OneRoster server read over its interface: both versions, both ways of paging, and what real servers do wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import SecretStr

from sp_parent_portal.contacts.model import ContactList, Role
from sp_parent_portal.contacts.oneroster_rest import load_oneroster_rest
from sp_parent_portal.contacts.oneroster_server import Login, OneRosterServer
from sp_parent_portal.errors import (
    AccessDenied,
    BadAnswer,
    ContactListError,
    ForeignHost,
    GatewayError,
    NotFound,
    PortalError,
    SignInFailed,
    Throttled,
    Unreachable,
)
from sp_parent_portal.microsoft365.adapters import WsgiAdapter
from tests.loopback import listening
from tests.oneroster_service import CLIENT_ID, CLIENT_SECRET, PATHS, Fault, OneRosterService, refusal, user
from tests.recording import Lost

EVIL = "https://evil.example"


def connect(service: OneRosterService, **options: Any) -> OneRosterServer:
    login = Login(service.token_url, CLIENT_ID, SecretStr(options.pop("secret", CLIENT_SECRET)))
    adapter = WsgiAdapter(service, Lost)
    return OneRosterServer(
        options.pop("url", service.url),
        service.version,
        login,
        "test",
        adapter=adapter,
        sleep=lambda _seconds: None,
        **options,
    )


def load(service: OneRosterService, **options: Any) -> ContactList:
    return load_oneroster_rest(connect(service, **options))


def rules_of(error: pytest.ExceptionInfo[ContactListError]) -> list[str]:
    return [problem.rule for problem in error.value.problems if problem.severity == "error"]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("paging", ["link", "offset"])
@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("largest", [1, 2, 5, 1000])
def test_a_school(version: str, paging: str, counts: bool, largest: int) -> None:
    service = OneRosterService(version, paging, largest, counts)
    contacts = load(service)
    assert contacts.format == f"oneroster-rest-{version}"
    assert sorted(contacts.contacts) == ["P1", "P2"]
    assert [(row.student_id, row.contact_id, row.role) for row in contacts.relationships] == [
        ("S1", "P1", Role.PARENT),
        ("S1", "P2", Role.GUARDIAN),
        ("S2", "P1", Role.PARENT),
    ]
    assert all(row.role_is_persons_own for row in contacts.relationships)
    assert contacts.students["S1"].school == "Hill School"
    assert contacts.students["S2"].birth_date == date(2008, 5, 1)
    assert [problem.rule for problem in contacts.problems] == ["own-role"]
    assert "planted" not in repr(contacts)
    assert service.tokens == 1


def test_the_same_people_have_the_same_fingerprint_however_they_were_paged() -> None:
    one, two = load(OneRosterService(largest=1)), load(OneRosterService(largest=5, paging="offset"))
    assert one.fingerprint == two.fingerprint
    service = OneRosterService()
    service.data["users"][0]["givenName"] = "Eva"
    assert load(service).fingerprint != one.fingerprint


def test_over_http_on_this_machine() -> None:
    service = OneRosterService("1.2")
    with listening(service) as address:
        login = Login(f"{address}/oauth/token", CLIENT_ID, SecretStr(CLIENT_SECRET))
        server = OneRosterServer(address + PATHS["1.2"], "1.2", login, "test")
        try:
            assert len(load_oneroster_rest(server).students) == 2
        finally:
            server.close()


# ---- signing in


@pytest.mark.parametrize(
    "address", ["http://sis.school.example/ims/oneroster/v1p1", "https://u:p@sis.school.example/v1p1"]
)
def test_an_address_that_gives_secrets_away_is_never_asked(address: str) -> None:
    service = OneRosterService()
    with pytest.raises(ForeignHost):
        connect(service, url=address)
    assert service.asked == []


def test_a_wrong_secret_is_explained_and_not_shown() -> None:
    with pytest.raises(SignInFailed) as error:
        load(OneRosterService(), secret="planted-secret")
    assert "invalid_client" in error.value.message
    assert "SPP_ONEROSTER_CLIENT_SECRET" in error.value.hint
    assert CLIENT_SECRET not in str(error.value)


@pytest.mark.parametrize(
    ("version", "known"),
    [
        ("1.1", "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly"),
        ("1.1", "https://purl.imsglobal.org/spec/or/v1p1/scope/roster.readonly"),
        ("1.1", ""),
        ("1.2", "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly"),
        ("1.2", ""),
    ],
)
def test_a_scope_that_the_server_does_not_know_is_done_without(version: str, known: str) -> None:
    assert load(OneRosterService(version, scopes=frozenset({known}))).students


def test_no_scope_at_all() -> None:
    with pytest.raises(SignInFailed, match="invalid_scope"):
        load(OneRosterService(scopes=frozenset({"another"})))


def test_a_token_that_is_revoked_meanwhile_is_fetched_anew() -> None:
    service = OneRosterService(faults=[Fault("/users", nth=2, status=401, body=refusal("unauthorisedrequest"))])
    assert load(service).students
    assert service.tokens == 2


@pytest.mark.parametrize(
    "body", [{}, {"access_token": ""}, {"access_token": "a\r\nX: y"}, {"access_token": 7}, b"<html>"]
)
def test_an_answer_without_a_token(body: Any) -> None:
    with pytest.raises((SignInFailed, BadAnswer, Unreachable)):
        load(OneRosterService(faults=[Fault("/token", times=99, body=body)]))


# ---- pages


def link(target: str) -> dict[str, str]:
    return {"Link": f'<{target}>; rel="next"'}


def test_a_link_to_another_host_is_not_followed() -> None:
    service = OneRosterService(faults=[Fault("/users", headers=link(f"{EVIL}/users"))])
    with pytest.raises(ForeignHost, match="another host"):
        load(service)


def test_a_link_to_the_same_host_by_another_way_is_counted_around() -> None:
    """What servers behind a proxy write."""
    service = OneRosterService(
        paging="offset", faults=[Fault("/users", times=9, headers=link("http://sis.school.example/users?offset=2"))]
    )
    assert len(load(service).students) == 2
    assert all(line.startswith(("GET /ims", "POST /oauth")) for line in service.asked)


def test_a_relative_link_is_followed() -> None:
    service = OneRosterService(largest=4, faults=[Fault("/users", headers=link("users?limit=4&offset=4"))])
    assert len(load(service).contacts) == 2


def test_a_link_that_leads_back() -> None:
    service = OneRosterService(faults=[Fault("/users", nth=2, headers=link("users?limit=1000&offset=0"))])
    with pytest.raises(BadAnswer, match="lead back"):
        load(service)


def test_links_without_an_end() -> None:
    """Each page names a new address for the next, and all are the same page."""
    faults = [Fault("/users", nth=n, headers=link(f"users?offset=0&limit=2&x={n}")) for n in range(1, 9)]
    with pytest.raises(BadAnswer, match="came again"):
        load(OneRosterService(faults=faults))


def test_a_server_that_knows_no_offset() -> None:
    with pytest.raises(BadAnswer, match="came again"):
        load(OneRosterService(paging="offset", ignores_offset=True))


def test_pages_are_not_read_without_end() -> None:
    with pytest.raises(BadAnswer, match="no end"):
        load(OneRosterService(largest=1), most_pages=3)


def test_pages_that_overlap_while_the_list_changes() -> None:
    service = OneRosterService(paging="offset", counts=False)
    service.data["users"].insert(1, service.data["users"][0])
    assert len(load(service).students) == 2


@pytest.mark.parametrize("paging", ["link", "offset"])
def test_fewer_than_the_server_counts(paging: str) -> None:
    faults = [Fault("/users", times=99, headers={"X-Total-Count": "9"})]
    with pytest.raises(BadAnswer, match="counts 9 and gave 5"):
        load(OneRosterService(paging=paging, faults=faults))


def test_a_count_that_is_none() -> None:
    with pytest.raises(BadAnswer, match="X-Total-Count"):
        load(OneRosterService(faults=[Fault("/users", headers={"X-Total-Count": "many"})]))


# ---- answers that are none


@pytest.mark.parametrize(
    "body", [{}, [], {"users": None}, {"users": {}}, {"users": ["S1"]}, {"users": [{"status": "active"}]}]
)
def test_a_good_answer_that_is_no_list(body: Any) -> None:
    with pytest.raises(BadAnswer):
        load(OneRosterService(faults=[Fault("/users", times=99, body=body)]))


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_good_answer_that_names_nobody_is_not_an_empty_school(version: str) -> None:
    with pytest.raises(ContactListError) as error:
        load(OneRosterService(version, data={"users": [], "orgs": [], "demographics": []}))
    assert rules_of(error) == ["no-rows"]


def test_a_server_that_loses_the_links() -> None:
    service = OneRosterService()
    for row in service.data["users"]:
        row["agents"] = None
    with pytest.raises(ContactListError) as error:
        load(service)
    assert rules_of(error) == ["no-rows"]


def test_a_failure_in_a_good_answer() -> None:
    with pytest.raises(GatewayError):
        load(
            OneRosterService(
                faults=[Fault("/users", times=9, body={"imsx_StatusInfo": refusal("internal_server_error")})]
            )
        )


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, refusal("forbidden"), AccessDenied),
        (401, refusal("unauthorisedrequest"), AccessDenied),
        (404, refusal("unknownobject"), NotFound),
        (404, {"statusInfoSet": [refusal("unknownobject")]}, NotFound),
        (429, refusal("server_busy"), Throttled),
        (500, b"oops", Unreachable),
        (200, b'{"users": [', Unreachable),
        (302, b"", ForeignHost),
    ],
)
def test_refusals(status: int, body: Any, kind: type[PortalError]) -> None:
    headers = {"Location": f"{EVIL}/x"} if status == 302 else {}
    with pytest.raises((kind, BadAnswer)) as error:
        load(OneRosterService(faults=[Fault("/users", times=999, status=status, body=body, headers=headers)]))
    assert "Microsoft" not in error.value.message
    assert "mail.example" not in error.value.message + error.value.hint


def test_what_is_only_good_to_know_may_be_forbidden() -> None:
    faults = [Fault(path, times=9, status=403, body=refusal("forbidden")) for path in ("/orgs", "/demographics")]
    contacts = load(OneRosterService(faults=faults))
    assert [problem.rule for problem in contacts.problems] == ["not-read", "not-read", "own-role"]
    assert contacts.students["S1"].school == "O1"


# ---- rows


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"role": "Parent"}, "unknown-role"),
        ({"role": None}, "unknown-role"),
        ({"status": "Active"}, "status"),
        ({"status": None}, "status"),
        ({"enabledUser": "yes"}, "value"),
        ({"givenName": 7}, "value"),
        ({"email": ["a@b.example"]}, "value"),
        ({"agents": "S1"}, "value"),
        ({"agents": [{"href": "x"}]}, "value"),
        ({"familyName": "Ha\u0000le"}, "control-character"),
    ],
)
def test_rows_are_read_strictly(change: dict[str, Any], rule: str) -> None:
    service = OneRosterService()
    service.data["users"][2] |= change
    with pytest.raises(ContactListError) as error:
        load(service)
    assert rules_of(error) == [rule]
    assert error.value.problems[0].line == 3


def test_who_is_deleted_is_gone_and_links_to_them_are_no_mistake() -> None:
    service = OneRosterService()
    service.data["users"][3]["status"] = "tobedeleted"
    contacts = load(service)
    assert sorted(contacts.contacts) == ["P1"]
    assert [problem.rule for problem in contacts.problems] == ["own-role"]


def test_links_to_people_whom_the_server_keeps_back_are_a_warning() -> None:
    service = OneRosterService()
    service.data["users"].append(user("1.1", "S9", "student", ["P77", "P78"]))
    assert [problem.rule for problem in load(service).problems] == ["own-role", "unknown-agent"]
