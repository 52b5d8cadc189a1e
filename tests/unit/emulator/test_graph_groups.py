from __future__ import annotations

from typing import Any

import pytest

from sp_parent_portal.emulator.sharepoint import birth

from .caller import Caller, code_of, json_of, references

UNIFIED = {"displayName": "Lake", "mailNickname": "lake", "mailEnabled": True, "securityEnabled": False,
           "groupTypes": ["Unified"]}  # fmt: skip


def add(caller: Caller, group: str, *ids: str) -> Any:
    return caller.graph("PATCH", f"/groups/{group}", {"members@odata.bind": references(*ids)})


def list_ids(caller: Caller, path: str) -> list[str]:
    return [row["id"] for row in caller.get(path)["value"]]


def test_twenty_members_in_one_request_and_not_one_more(caller: Caller) -> None:
    group = caller.make_group()
    ids = [caller.invite_id(f"p{n}@home.example") for n in range(21)]
    assert add(caller, group, *ids).status_code == 400
    assert list_ids(caller, f"/groups/{group}/members") == []
    assert add(caller, group, *ids[:20]).status_code == 204
    assert list_ids(caller, f"/groups/{group}/members") == ids[:20]


@pytest.mark.parametrize("spoiler", ["member", "nobody", "twice", "nonsense"])
def test_all_or_none(caller: Caller, spoiler: str) -> None:
    group, first, second = caller.make_group(), caller.invite_id("a@home.example"), caller.invite_id("b@home.example")
    add(caller, group, first)
    bad = {"member": first, "nobody": "00000000-0000-0000-0000-000000000001", "twice": second, "nonsense": "x"}[spoiler]
    answer = add(caller, group, second, bad)
    assert answer.status_code == (404 if spoiler == "nobody" else 400)
    if spoiler == "member":
        assert answer.json["error"]["message"] == (
            "One or more added object references already exist for the following modified properties: 'members'."
        )
    assert list_ids(caller, f"/groups/{group}/members") == [first]


def test_adding_and_removing_one(caller: Caller) -> None:
    group, user = caller.make_group(), caller.invite_id("a@home.example")
    reference = {"@odata.id": references(user)[0]}
    assert caller.graph("POST", f"/groups/{group}/members/$ref", reference).status_code == 204
    assert caller.graph("POST", f"/groups/{group}/members/$ref", reference).status_code == 400
    assert caller.graph("DELETE", f"/groups/{group}/members/{user}/$ref").status_code == 204
    assert code_of(caller.graph("DELETE", f"/groups/{group}/members/{user}/$ref")) == (404, "Request_ResourceNotFound")


def test_groups_in_groups_even_in_a_circle(caller: Caller) -> None:
    outer, inner = caller.make_group("outer"), caller.make_group("inner")
    one, two = caller.invite_id("a@home.example"), caller.invite_id("b@home.example")
    add(caller, outer, inner, one)
    add(caller, inner, outer, one, two)
    assert list_ids(caller, f"/groups/{outer}/members") == [inner, one]
    assert list_ids(caller, f"/groups/{outer}/members/microsoft.graph.user") == [one]
    assert list_ids(caller, f"/groups/{outer}/members/microsoft.graph.group") == [inner]
    assert set(list_ids(caller, f"/groups/{outer}/transitiveMembers/microsoft.graph.user")) == {one, two}
    assert set(list_ids(caller, f"/groups/{outer}/transitiveMembers/microsoft.graph.group")) == {outer, inner}
    assert list_ids(caller, f"/users/{two}/memberOf") == [inner]
    assert set(list_ids(caller, f"/users/{two}/transitiveMemberOf")) == {inner, outer}


def test_members_in_pages(caller: Caller) -> None:
    group = caller.make_group()
    ids = [caller.invite_id(f"p{n}@home.example") for n in range(5)]
    add(caller, group, *ids)
    path, found = f"/groups/{group}/members/microsoft.graph.user?$select=id&$top=2", []
    while path:
        doc = caller.get(path)
        found.append([row["id"] for row in doc["value"]])
        path = doc.get("@odata.nextLink", "").removeprefix("https://graph.microsoft.com/v1.0")
    assert found == [ids[:2], ids[2:4], ids[4:]]
    count = caller.graph("GET", f"/groups/{group}/members/$count", headers={"ConsistencyLevel": "eventual"})
    assert count.text == "5"


def test_finding_by_nickname_does_not_promise_one(caller: Caller) -> None:
    ids = [caller.make_group("trip-lake"), caller.make_group("Trip-Lake")]
    caller.make_group("trip-sea")
    assert list_ids(caller, "/groups?$filter=mailNickname eq 'trip-lake'") == ids
    assert list_ids(caller, "/groups?$filter=startswith(mailNickname,'trip-')&$select=id")[:2] == ids
    assert list_ids(caller, "/groups?$filter=mailNickname eq 'none'") == []


@pytest.mark.parametrize("missing", ["displayName", "mailEnabled", "mailNickname", "securityEnabled"])
def test_what_a_group_needs(caller: Caller, missing: str) -> None:
    body: dict[str, Any] = {"displayName": "a", "mailNickname": "a", "mailEnabled": False, "securityEnabled": True}
    del body[missing]
    answer = caller.graph("POST", "/groups", body)
    assert code_of(answer) == (400, "Request_BadRequest")
    assert f"'{missing}'" in answer.text


def test_a_deleted_security_group_is_gone_and_a_unified_one_can_come_back(caller: Caller) -> None:
    security = caller.make_group("plain")
    body = {
        "displayName": "a",
        "mailNickname": "a",
        "mailEnabled": True,
        "securityEnabled": False,
        "groupTypes": ["Unified"],
    }
    unified = json_of(caller.graph("POST", "/groups", body))["id"]
    for group in (security, unified):
        assert caller.graph("DELETE", f"/groups/{group}").status_code == 204
        assert caller.graph("GET", f"/groups/{group}").status_code == 404
    assert list_ids(caller, "/directory/deletedItems/microsoft.graph.group") == [unified]
    assert caller.graph("GET", f"/directory/deletedItems/{security}").status_code == 404
    assert caller.graph("GET", f"/directory/deletedItems/Microsoft.Graph.Group/{unified}").status_code == 200
    assert caller.graph("POST", f"/directory/deletedItems/{unified}/restore").status_code == 200
    assert caller.get(f"/groups/{unified}")["displayName"] == "a"


def test_a_new_group_lags(caller: Caller) -> None:
    caller.emulator.state.set_fact("lag", 1)
    group = caller.make_group()
    assert caller.graph("GET", f"/groups/{group}").status_code == 404
    assert caller.graph("GET", f"/groups/{group}").status_code == 200


def test_changing_its_name_needs_more_than_changing_its_members(caller: Caller) -> None:
    group = caller.make_group()
    assert caller.graph("PATCH", f"/groups/{group}", {"description": "trip"}).status_code == 204
    assert caller.get(f"/groups/{group}?$select=description")["description"] == "trip"
    assert caller.graph("PATCH", f"/groups/{group}", {"securityEnabled": False}).status_code == 400


def test_names_in_a_body_are_taken_in_any_case(caller: Caller) -> None:
    body = {"DisplayName": "a", "mailNickName": "trip-a", "mailenabled": False, "securityEnabled": True}
    answer = caller.graph("POST", "/groups", body)
    assert answer.status_code == 201, answer.text
    group = json_of(answer)["id"]
    assert list_ids(caller, "/groups?$filter=mailNickname eq 'trip-a'") == [group]
    user = caller.invite_id("a@home.example")
    assert caller.graph("PATCH", f"/groups/{group}", {"Members@odata.bind": references(user)}).status_code == 204
    assert list_ids(caller, f"/groups/{group}/members") == [user]


def test_annotations_are_left_out_when_none_are_wanted(caller: Caller) -> None:
    caller.make_group()
    none = {"Accept": "application/json;odata.metadata=none"}
    page = caller.get("/users?$top=1", none)
    assert set(page) == {"@odata.nextLink", "value"}
    assert "metadata=none" in caller.graph("GET", "/groups", headers=none).headers["Content-Type"]


def test_owners(caller: Caller) -> None:
    group = caller.make_group()
    joy, martin = (caller.get(f"/users/{name}@school.example")["id"] for name in ("j.okoro", "m.bell"))
    assert list_ids(caller, f"/groups/{group}/owners") == []
    assert caller.graph("PATCH", f"/groups/{group}", {"owners@odata.bind": references(joy)}).status_code == 204
    assert caller.graph("POST", f"/groups/{group}/owners/$ref", {"@odata.id": references(martin)[0]}).status_code == 204
    assert list_ids(caller, f"/groups/{group}/owners") == [joy, martin]
    assert caller.graph("POST", f"/groups/{group}/owners/$ref", {"@odata.id": references(joy)[0]}).status_code == 400
    assert list_ids(caller, f"/groups/{group}/members") == []


def test_a_new_membership_lags(caller: Caller) -> None:
    group, user, other = caller.make_group(), caller.invite_id("a@home.example"), caller.invite_id("b@home.example")
    add(caller, group, user)
    caller.emulator.state.set_fact("lag", 2)
    add(caller, group, other)
    found = [list_ids(caller, f"/groups/{group}/members/microsoft.graph.user?$top=1&$select=id") for _ in range(2)]
    assert found == [[user], [user]]
    assert list_ids(caller, f"/groups/{group}/members") == [user, other]


def test_a_group_takes_its_site_along_and_brings_it_back(caller: Caller) -> None:
    caller.emulator.state.set_fact("provisioning", {"group_site_polls": 0})
    group = str(json_of(caller.graph("POST", "/groups", UNIFIED))["id"])
    url = caller.get(f"/groups/{group}/sites/root/webUrl")["value"]

    def is_there() -> bool:
        return url in [row["webUrl"] for row in caller.get("/sites/getAllSites")["value"]]

    assert is_there()
    caller.graph("DELETE", f"/groups/{group}")
    assert not is_there()
    assert caller.graph("POST", f"/directory/deletedItems/{group}/restore").status_code == 200
    assert is_there()
    caller.graph("DELETE", f"/groups/{group}")
    caller.graph("DELETE", f"/directory/deletedItems/{group}")
    assert birth.is_taken(caller.emulator, url) is False


@pytest.mark.parametrize("days", [29, 31])
def test_what_was_deleted_can_come_back_for_thirty_days(caller: Caller, days: int) -> None:
    user = caller.invite_id("mum@home.example")
    group = str(json_of(caller.graph("POST", "/groups", UNIFIED))["id"])
    for path in (f"/users/{user}", f"/groups/{group}"):
        caller.graph("DELETE", path)
    caller.clock.sleep(days * 86_400)
    caller.sign_in()
    for kind, key in (("user", user), ("group", group)):
        listed = caller.get(f"/directory/deletedItems/microsoft.graph.{kind}")["value"]
        assert [row["id"] for row in listed] == ([key] if days <= 30 else [])
        answer = caller.graph("POST", f"/directory/deletedItems/{key}/restore")
        assert answer.status_code == (200 if days <= 30 else 404)


def test_the_last_owner_of_a_microsoft_365_group_stays(caller: Caller) -> None:
    users = [row["id"] for row in caller.get("/users?$select=id")["value"][:2]]
    group = str(json_of(caller.graph("POST", "/groups", {**UNIFIED, "owners@odata.bind": references(*users)}))["id"])
    statuses = [caller.graph("DELETE", f"/groups/{group}/owners/{user}/$ref").status_code for user in users]
    assert statuses == [204, 400]
    assert caller.graph("DELETE", f"/groups/{group}/owners/{users[0]}/$ref").status_code == 404
