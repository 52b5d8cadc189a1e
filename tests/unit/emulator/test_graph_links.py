"""Sharing links and sites of groups: what the rules allow, and what is read back."""

from __future__ import annotations

import pytest

from sp_parent_portal.emulator import directory
from sp_parent_portal.emulator.sharepoint import files, rules, tenant_properties
from sp_parent_portal.emulator.sharepoint.site import Site, find_site
from tests.contract.test_graph_sites_recordings import UNIFIED, make_file

from .caller import Caller, code_of, json_of

LAKES = "https://contoso.sharepoint.com/sites/lakes"
LINKS = "permissions?$filter=Link ne null"


def lakes(caller: Caller) -> Site:
    site = find_site(caller.emulator, LAKES)
    assert site is not None
    return site


@pytest.mark.parametrize(("sharing", "status"), [(0, 403), (3, 403), (1, 403), (2, 201)])
def test_an_anonymous_link_needs_a_site_that_is_open_to_anyone(sharing: int, status: int) -> None:
    caller = Caller()
    file = make_file(caller)
    tenant_properties.change(caller.emulator.state, {"SharingCapability": sharing})
    answer = caller.graph("POST", f"{file}/createLink", {"type": "view", "scope": "anonymous"})
    assert answer.status_code == status
    assert len(caller.get(f"{file}/{LINKS}")["value"]) == (status == 201)
    assert caller.graph("POST", f"{file}/createLink", {"type": "view"}).status_code == 201


def test_the_same_link_is_given_again_until_it_is_removed() -> None:
    caller = Caller()
    file = make_file(caller)
    body = {"type": "edit", "scope": "organization"}
    first, second = (caller.graph("POST", f"{file}/createLink", body) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert json_of(first)["id"] == json_of(second)["id"]
    assert first.headers["Location"].endswith(f"/permissions('{json_of(first)['id']}')")
    link = f"{file.partition('/drives')[1]}{file.partition('/drives')[2]}/permissions/{json_of(first)['id']}"
    assert caller.graph("DELETE", link).status_code == 204
    assert code_of(caller.graph("DELETE", link)) == (404, "itemNotFound")
    assert caller.get(f"{file}/{LINKS}")["value"] == []


def test_people_are_named_in_a_link_if_they_are_known_and_may_come() -> None:
    caller = Caller()
    file = make_file(caller)
    caller.invite_id("mum@home.example")

    def share(email: str) -> int:
        body = {"type": "view", "scope": "users", "recipients": [{"email": email}]}
        return caller.graph("POST", f"{file}/createLink", body).status_code

    tenant_properties.change(caller.emulator.state, {"SharingCapability": 3})
    assert share("nobody@home.example") == 403
    assert share("mum@home.example") == 201
    assert [user["Email"] for user in lakes(caller).each("user") if "#ext#" in user["LoginName"]] == [
        "mum@home.example"
    ]
    tenant_properties.change(caller.emulator.state, {"SharingCapability": 0})
    assert share("mum@home.example") == 403


def test_what_is_no_file_is_refused() -> None:
    caller = Caller()
    file = make_file(caller)
    assert code_of(caller.graph("GET", f"/drives/b!x/items/01Y/{LINKS}")) == (404, "itemNotFound")
    assert caller.graph("POST", f"{file}/createLink", {"type": "own"}).status_code == 400
    drive = files.drive_id(lakes(caller), "00000000-0000-4000-8000-000000000001")
    assert code_of(caller.graph("GET", f"/drives/{drive}/items/01Y/{LINKS}")) == (404, "itemNotFound")


def test_members_of_a_group_reach_its_site() -> None:
    caller = Caller()
    user = caller.get("/users/j.okoro@school.example")["id"]
    group = json_of(caller.graph("POST", "/groups", UNIFIED))["id"]
    caller.emulator.state.set_fact("provisioning", {"group_site_polls": 0})
    url = caller.get(f"/groups/{group}/sites/root/webUrl")["value"]
    assert caller.get(f"/groups/{group}/sites/root")["webUrl"] == url
    assert rules.effective_access(caller.emulator, url, user)["allowed"] is False
    directory.add_member(caller.emulator.state, group, user)
    assert rules.effective_access(caller.emulator, url, user)["allowed"] is True
    security = caller.make_group()
    assert code_of(caller.graph("GET", f"/groups/{security}/sites/root")) == (404, "ResourceNotFound")


def test_a_deleted_group_is_purged_by_the_address_clients_use() -> None:
    caller = Caller()
    group = json_of(caller.graph("POST", "/groups", UNIFIED))["id"]
    caller.graph("DELETE", f"/groups/{group}")
    path = f"/directory/deletedItems/Microsoft.Graph.Group/{group}"
    assert caller.graph("DELETE", path).status_code == 204
    assert caller.graph("GET", path).status_code == 404


def test_sites_are_found_by_words() -> None:
    caller = Caller()
    make_file(caller)
    found = caller.get("/sites?search=lakes")["value"]
    assert [site["webUrl"] for site in found] == [LAKES]
    assert len(caller.get("/sites?search=*")["value"]) == 2
