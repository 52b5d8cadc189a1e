from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from sp_parent_portal.emulator import directory
from sp_parent_portal.emulator.tenant import store_tenant

from .caller import Caller, code_of, json_of

EVENTUAL = {"ConsistencyLevel": "eventual"}


def add_guests(caller: Caller, count: int) -> None:
    state = caller.emulator.state
    with state.work():
        for n in range(count):
            doc = directory.make_guest(
                state, f"g{n}@home.example", f"G{n}", "contoso.onmicrosoft.com", caller.clock.now()
            )
            directory.add_user(state, doc)


def follow(caller: Caller, path: str) -> list[list[dict[str, Any]]]:
    pages = []
    while path:
        doc = caller.get(path)
        pages.append(doc["value"])
        path = doc.get("@odata.nextLink", "").removeprefix("https://graph.microsoft.com/v1.0")
    return pages


@pytest.mark.parametrize(("guests", "sizes"), [(250, [100, 100, 50]), (200, [100, 100]), (1, [1]), (0, [0])])
def test_pages_hold_each_guest_once(caller: Caller, guests: int, sizes: list[int]) -> None:
    add_guests(caller, guests)
    pages = follow(caller, "/users?$filter=userType eq 'Guest'&$select=id,mail")
    assert [len(page) for page in pages] == sizes
    assert len({row["id"] for page in pages for row in page}) == guests
    assert all(set(row) == {"id", "mail"} for page in pages for row in page)


def test_a_page_is_not_disturbed_by_what_is_deleted_before_it(caller: Caller) -> None:
    add_guests(caller, 6)
    first = caller.get("/users?$filter=userType eq 'Guest'&$top=3")
    caller.graph("DELETE", f"/users/{first['value'][0]['id']}")
    rest = caller.get(first["@odata.nextLink"].removeprefix("https://graph.microsoft.com/v1.0"))
    assert [row["mail"] for row in rest["value"]] == ["g3@home.example", "g4@home.example", "g5@home.example"]


@pytest.mark.parametrize("top", ["0", "1000", "-1", "x"])
def test_page_sizes_beyond_the_limits_are_refused(caller: Caller, top: str) -> None:
    assert caller.graph("GET", f"/users?$top={top}").status_code == 400


def test_counting_needs_the_header(caller: Caller) -> None:
    add_guests(caller, 3)
    path = "/users?$filter=userType eq 'Guest'&$count=true&$top=1"
    assert "@odata.count" not in caller.get(path)
    assert caller.get(path, EVENTUAL)["@odata.count"] == 3
    assert caller.graph("GET", "/users/$count").status_code == 400
    assert caller.graph("GET", "/users/$count?$filter=userType eq 'Guest'", headers=EVENTUAL).text == "3"
    assert code_of(caller.graph("GET", "/users?$filter=userType ne 'Guest'")) == (400, "Request_UnsupportedQuery")


def test_by_sign_in_name_id_and_without_regard_to_case(caller: Caller) -> None:
    user_id = caller.invite_id("mum@home.example")
    upn = quote("mum_home.example#EXT#@contoso.onmicrosoft.com")
    for path in (f"/users/{user_id}", f"/Users/{user_id.upper()}", f"/USERS/{upn}"):
        assert caller.get(path)["id"] == user_id
    assert code_of(caller.graph("GET", "/users/mum_home.example")) == (404, "Request_ResourceNotFound")


@pytest.mark.parametrize(
    "text",
    ["mail eq 'MUM@home.example'", "otherMails/any(x:x eq 'mum@home.example')",
     "proxyAddresses/any(x:x eq 'smtp:mum@home.example')",
     "userPrincipalName eq 'mum_home.example#EXT#@contoso.onmicrosoft.com'"],
)  # fmt: skip
def test_every_address_finds_the_guest(caller: Caller, text: str) -> None:
    user_id = caller.invite_id("mum@home.example")
    assert [row["id"] for row in caller.get(f"/users?$filter={quote(text)}")["value"]] == [user_id]


@pytest.mark.parametrize(
    ("path", "code"),
    [("/users?$select=nonsense", "BadRequest"), ("/users?$filter=nonsense eq 'a'", "Request_BadRequest"),
     ("/users?$filter=mail like 'a'", "Request_BadRequest"), ("/users?$skiptoken=zzz", "Directory_ExpiredPageToken")],
)  # fmt: skip
def test_mistakes_are_refused(caller: Caller, path: str, code: str) -> None:
    assert code_of(caller.graph("GET", path)) == (400, code)


def test_deleted_accounts_are_found_by_address(caller: Caller) -> None:
    caller.graph("DELETE", f"/users/{caller.invite_id('mum@home.example')}")
    for mail, count in (("mum@home.example", 1), ("dad@home.example", 0)):
        path = f"/directory/deletedItems/microsoft.graph.user?$filter=mail eq '{mail}'"
        assert len(caller.get(path)["value"]) == count


def test_blocking_an_account(caller: Caller) -> None:
    user_id = caller.invite_id("mum@home.example")
    assert caller.graph("PATCH", f"/users/{user_id}", {"accountEnabled": False}).status_code == 204
    assert caller.get(f"/users/{user_id}?$select=accountEnabled")["accountEnabled"] is False
    for body in ({"accountEnabled": "no"}, {"id": "x"}, {"externalUserState": "Accepted"}):
        assert code_of(caller.graph("PATCH", f"/users/{user_id}", body)) == (400, "Request_BadRequest")


def test_deleted_accounts_can_come_back_with_their_memberships(caller: Caller) -> None:
    user_id, group_id = caller.invite_id("mum@home.example"), caller.make_group()
    caller.graph(
        "POST", f"/groups/{group_id}/members/$ref", {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{user_id}"}
    )
    assert caller.graph("DELETE", f"/users/{user_id}").status_code == 204
    assert caller.graph("GET", f"/users/{user_id}").status_code == 404
    assert caller.get(f"/groups/{group_id}/members")["value"] == []
    assert [d["id"] for d in caller.get("/directory/deletedItems/microsoft.graph.user")["value"]] == [user_id]
    assert json_of(caller.graph("POST", f"/directory/deletedItems/{user_id}/restore"))["id"] == user_id
    assert [d["id"] for d in caller.get(f"/groups/{group_id}/members")["value"]] == [user_id]
    caller.graph("DELETE", f"/users/{user_id}")
    assert caller.graph("DELETE", f"/directory/deletedItems/{user_id}").status_code == 204
    assert caller.graph("GET", f"/directory/deletedItems/{user_id}").status_code == 404


def test_sign_in_times_need_a_premium_tenant_and_are_absent_until_there_is_one(caller: Caller) -> None:
    caller.invite_id("mum@home.example")
    path = "/users?$filter=mail eq 'mum@home.example'&$select=displayName,signInActivity"
    (row,) = caller.get(path)["value"]
    assert set(row) == {"displayName", "id"}
    caller.ask("POST", "redeem", {"email": "mum@home.example"})
    (row,) = caller.get(path)["value"]
    assert row["signInActivity"]["lastSuccessfulSignInDateTime"] == "2026-11-22T08:00:00Z"
    assert caller.graph("GET", "/users?$select=signInActivity&$top=501").status_code == 400
    store_tenant(caller.emulator.state, replace(caller.emulator.tenant, premium=False))
    assert code_of(caller.graph("GET", path)) == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    assert caller.graph("GET", "/users").status_code == 200


def test_the_directory_lags_by_reads(caller: Caller) -> None:
    caller.emulator.state.set_fact("lag", 2)
    user_id = caller.invite_id("mum@home.example")
    assert caller.graph("GET", f"/users/{user_id}").status_code == 404
    assert caller.get("/users?$filter=mail eq 'mum@home.example'")["value"] == []
    assert [row["id"] for row in caller.get("/users?$filter=mail eq 'mum@home.example'")["value"]] == [user_id]
