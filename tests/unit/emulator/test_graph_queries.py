"""The `$…` options of Graph's lists: what is sorted, searched and expanded, and what is refused in its words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .caller import Caller, code_of, json_of, references

EVENTUAL = {"ConsistencyLevel": "eventual"}
NAMES = ["Älva Berg", "bea adams", "Carl Oak", "Ada Oak", "dan"]


@pytest.fixture
def caller() -> Caller:
    caller = Caller()
    for number, name in enumerate(NAMES):
        caller.invite_id(f"g{number}@home.example", invitedUserDisplayName=name)
    return caller


def follow(caller: Caller, path: str, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Every row, page by page."""
    rows: list[dict[str, Any]] = []
    while path:
        doc = caller.get(path, headers)
        rows += doc["value"]
        path = doc.get("@odata.nextLink", "").partition("/v1.0")[2]
    return rows


# ---- sorting


@pytest.mark.parametrize("top", [1, 2, 3, 999])
@pytest.mark.parametrize(("way", "falls"), [("", False), (" asc", False), (" desc", True)])
def test_lists_are_sorted_across_pages(caller: Caller, top: int, way: str, falls: bool) -> None:
    rows = follow(caller, f"/users?$orderby=displayName{way}&$top={top}&$select=displayName")
    names = [row["displayName"] for row in rows]
    assert names == sorted(names, key=str.casefold, reverse=falls)
    assert len(names) == 6 + len(NAMES)


@pytest.mark.parametrize(
    ("path", "headers", "refused"),
    [
        ("/users?$orderby=displayName", {}, False),
        ("/users?$orderby=userPrincipalName desc", {}, False),
        ("/users?$orderby=createdDateTime", {}, True),
        ("/users?$orderby=createdDateTime&$count=true", EVENTUAL, False),
        ("/users?$orderby=mail&$count=true", EVENTUAL, True),
        ("/users?$orderby=displayName&$filter=userType eq 'Guest'", {}, True),
        ("/users?$orderby=displayName&$filter=userType eq 'Guest'&$count=true", EVENTUAL, False),
        ("/groups?$orderby=displayName", {}, False),
        ("/groups?$orderby=mailNickname", {}, True),
    ],
)
def test_what_can_be_sorted_by(caller: Caller, path: str, headers: dict[str, str], refused: bool) -> None:
    answer = caller.graph("GET", path, headers=headers)
    if refused:
        error = json_of(answer)["error"]
        assert (error["code"], error["message"]) == (
            "Request_UnsupportedQuery",
            "Sorting not supported for current query.",
        )
    else:
        assert answer.status_code == 200


# ---- searching


@pytest.mark.parametrize(
    ("search", "found"),
    [('"displayName:oak"', {"Carl Oak", "Ada Oak"}), ('"displayName:ada"', {"bea adams", "Ada Oak"}),
     ('"displayName:oak" AND "displayName:ada"', {"Ada Oak"}),
     ('"displayName:dan" OR "displayName:carl"', {"dan", "Carl Oak"}),
     ('"mail:g1@home"', {"bea adams"}), ('"displayName:da oa"', set()), ('"displayName:nobody"', set())],
)  # fmt: skip
def test_words_are_searched_from_their_beginning(caller: Caller, search: str, found: set[str]) -> None:
    rows = follow(caller, f"/users?$search={search}&$select=displayName&$top=1", EVENTUAL)
    assert {row["displayName"] for row in rows} == found
    counted = caller.get(f"/users?$search={search}&$count=true", EVENTUAL)
    assert counted["@odata.count"] == len(found)


def test_searching_needs_the_header(caller: Caller) -> None:
    error = json_of(caller.graph("GET", '/users?$search="displayName:oak"'))["error"]
    assert error["code"] == "Request_UnsupportedQuery"
    assert "only works through MSGraph with a special request header" in error["message"]


@pytest.mark.parametrize("search", ["oak", '"displayName"', '"age:7"', '"displayName:a" NEAR "displayName:b"'])
def test_a_search_that_cannot_be_read(caller: Caller, search: str) -> None:
    assert caller.graph("GET", f"/users?$search={search}", headers=EVENTUAL).status_code == 400


@given(st.text(max_size=30))
def test_any_search_is_answered_or_refused(text: str) -> None:
    answer = SHARED.client.get(
        "/v1.0/users", base_url="https://graph.microsoft.com", headers={**SHARED.headers, **EVENTUAL},
        query_string={"$search": text},
    )  # fmt: skip
    assert answer.status_code in (200, 400)


SHARED = Caller()


# ---- operators that need the header


@pytest.mark.parametrize(
    ("test", "operator"),
    [("userType ne 'Guest'", "ne"), ("not(userType eq 'Guest')", "not"), ("endswith(mail,'example')", "endsWith")],
)
def test_operators_that_need_the_header(caller: Caller, test: str, operator: str) -> None:
    error = json_of(caller.graph("GET", f"/users?$filter={test}"))["error"]
    assert error["code"] == "Request_UnsupportedQuery"
    assert error["message"].startswith(
        f"Operator '{operator}' is not supported because the 'ConsistencyLevel:eventual'"
    )
    assert caller.graph("GET", f"/users?$filter={test}&$count=true", headers=EVENTUAL).status_code == 200
    assert caller.graph("GET", f"/users?$filter={test}", headers=EVENTUAL).status_code == 400


# ---- expanding


def test_groups_come_with_their_members_twenty_at_most(caller: Caller) -> None:
    group = caller.make_group()
    ids = [caller.invite_id(f"m{n}@home.example") for n in range(25)]
    for start in (0, 20):
        caller.graph("PATCH", f"/groups/{group}", {"members@odata.bind": references(*ids[start : start + 20])})
    doc = caller.get(f"/groups/{group}?$expand=members($select=id,mail)")
    assert [row["id"] for row in doc["members"]] == ids[:20]
    assert set(doc["members"][0]) == {"@odata.type", "id", "mail"}
    (row,) = caller.get("/groups?$expand=members&$filter=mailNickname eq 'trip-lake'")["value"]
    assert len(row["members"]) == 20
    user = caller.get(f"/users/{ids[0]}?$expand=memberOf")
    assert [each["id"] for each in user["memberOf"]] == [group]


@pytest.mark.parametrize("path", ["/users?$expand=manager", "/groups?$expand=children", "/users?$expand=memberOf(x)"])
def test_what_cannot_be_expanded(caller: Caller, path: str) -> None:
    assert code_of(caller.graph("GET", path)) == (400, "BadRequest")


# ---- the rest


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/users?$skip=5", 400, "Request_BadRequest"),
        ("/users?$nonsense=1", 400, "BadRequest"),
        ("/users?$orderby=displayName sideways", 400, "Request_BadRequest"),
        ("/users?$apply=groupby((mail))", 501, "emulatorNotImplemented"),
        ("/organization?$expand=extensions", 501, "emulatorNotImplemented"),
    ],
)
def test_no_option_is_passed_over_in_silence(caller: Caller, path: str, status: int, code: str) -> None:
    assert code_of(caller.graph("GET", path)) == (status, code)


def test_every_list_comes_in_pages(caller: Caller) -> None:
    """Of the directory and of SharePoint by an opaque token, of a mailbox by `$skip` as documented."""
    group, other = caller.make_group("one"), caller.make_group("two")
    users = [row["id"] for row in caller.get("/users?$select=id")["value"][:3]]
    for each in (group, other):
        caller.graph("PATCH", f"/groups/{each}", {"members@odata.bind": references(*users)})
        caller.graph("PATCH", f"/groups/{each}", {"owners@odata.bind": references(*users)})
    for number in range(3):
        caller.graph("DELETE", f"/users/{caller.invite_id(f'gone{number}@home.example')}")
        unified = {"displayName": "x", "mailNickname": f"u{number}", "mailEnabled": True, "securityEnabled": False}
        made = json_of(caller.graph("POST", "/groups", {**unified, "groupTypes": ["Unified"]}))
        caller.graph("DELETE", f"/groups/{made['id']}")
    lists = (
        "/users", "/groups", f"/groups/{group}/members", f"/groups/{group}/members/microsoft.graph.user",
        f"/groups/{group}/transitiveMembers", f"/groups/{group}/owners", f"/users/{users[0]}/memberOf",
        f"/users/{users[0]}/transitiveMemberOf", f"/users/{users[0]}/memberOf/microsoft.graph.group",
        "/directory/deletedItems/microsoft.graph.user", "/directory/deletedItems/microsoft.graph.group",
        "/users/trips@school.example/mailFolders",
    )  # fmt: skip
    for path in lists:
        whole = [row["id"] for row in caller.get(path)["value"]]
        assert len(whole) >= 2, path
        first = caller.get(f"{path}?$top=1")
        assert ("$skiptoken=" in first["@odata.nextLink"]) is ("mailFolders" not in path)
        assert [row["id"] for row in follow(caller, f"{path}?$top=1")] == whole, path


# ---- accounts, drafts, me


def test_a_colleague_is_made_and_signs_in_by_their_name(caller: Caller) -> None:
    body = {"accountEnabled": True, "displayName": "New Teacher", "mailNickname": "n.teacher",
            "userPrincipalName": "n.teacher@school.example", "passwordProfile": {"password": "x"}}  # fmt: skip
    made = caller.graph("POST", "/users", body)
    assert made.status_code == 201
    assert "password" not in made.text
    assert caller.get("/users/n.teacher@school.example?$select=userType,id") | {"@odata.context": ""} == {
        "@odata.context": "", "userType": "Member", "id": json_of(made)["id"],
    }  # fmt: skip
    assert code_of(caller.graph("POST", "/users", body)) == (400, "Request_BadRequest")
    for name in body:
        short = {key: value for key, value in body.items() if key != name}
        assert code_of(caller.graph("POST", "/users", short)) == (400, "Request_BadRequest")
    elsewhere = {**body, "userPrincipalName": "n.teacher@elsewhere.example"}
    assert "verified domain" in caller.graph("POST", "/users", elsewhere).text


def test_a_draft_is_changed_until_it_is_sent(caller: Caller) -> None:
    box = "/users/trips@school.example/messages"
    key = {"id": "String {a} Name trip", "value": "1"}
    mail = json_of(caller.graph("POST", box, {"subject": "x", "singleValueExtendedProperties": [key]}))["id"]
    to = [{"emailAddress": {"address": "mum@home.example"}}]
    changes = {"subject": "Lake", "body": {"contentType": "html", "content": "<p>Hello</p>"}, "toRecipients": to,
               "singleValueExtendedProperties": [{**key, "value": "2"}]}  # fmt: skip
    changed = caller.graph("PATCH", f"{box}/{mail}", changes)
    assert (changed.status_code, json_of(changed)["bodyPreview"]) == (200, "Hello")
    for value, count in (("1", 0), ("2", 1)):
        test = f"singleValueExtendedProperties/Any(ep: ep/id eq 'String {{a}} Name trip' and ep/value eq '{value}')"
        assert len(caller.get(f"{box}?$filter={test}")["value"]) == count
    assert caller.graph("POST", f"{box}/{mail}/send").status_code == 202
    (sent,) = json_of(caller.ask("GET", "outbox"))
    assert (sent["to"], sent["subject"], sent["html"]) == ("mum@home.example", "Lake", "<p>Hello</p>")
    (row,) = caller.get(f"{box}?$orderby=sentDateTime desc")["value"]
    assert code_of(caller.graph("PATCH", f"{box}/{row['id']}", {"subject": "y"})) == (400, "ErrorInvalidPropertySet")
    assert caller.graph("PATCH", f"{box}/{row['id']}", {"isRead": False}).status_code == 200
    assert code_of(caller.graph("PATCH", f"{box}/{row['id']}", {"colour": 1})) == (400, "RequestBodyRead")


def test_me_is_whoever_is_signed_in(caller: Caller) -> None:
    assert json_of(caller.graph("GET", "/me"))["error"]["message"] == (
        "/me request is only valid with delegated authentication flow."
    )
    caller.emulator.state.set_fact("device_code", {"pending": 0, "interval": 0})
    code = json_of(caller.ask_token(path="devicecode", scope="https://graph.microsoft.com/.default"))["device_code"]
    caller.sign_in(grant_type="urn:ietf:params:oauth:grant-type:device_code", device_code=code)
    assert caller.get("/me")["userPrincipalName"] == "admin@school.example"
    assert caller.get("/ME/memberOf")["value"] == []
    message = {"subject": "x", "toRecipients": [{"emailAddress": {"address": "mum@home.example"}}]}
    assert caller.graph("POST", "/me/sendMail", {"message": message}).status_code == 202
    assert len(caller.get("/me/messages")["value"]) == 1
