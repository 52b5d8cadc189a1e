"""What shipping clients of Microsoft 365 send that our own does not; tests/interop drives the clients themselves."""

from __future__ import annotations

import pytest

from sp_parent_portal.emulator import directory, guests
from sp_parent_portal.emulator.sharepoint.birth import create_site
from tests.contract.sharepoint_bench import ADMIN, LAKES, OWNER, ROOT, Bench

from .caller import Caller, json_of

LOGIN = f"i:0%23.f|membership|{OWNER}"


def test_graph_lets_the_type_of_a_body_pass(caller: Caller) -> None:
    body = {"displayName": "Trip", "mailNickname": "trip", "mailEnabled": False, "securityEnabled": True}
    made = caller.graph("POST", "/groups", {"@odata.type": "#microsoft.graph.group", **body})
    assert made.status_code == 201
    assert "@odata.type" not in json_of(made)
    assert caller.graph("POST", "/groups", {"@odata.id": "x", **body}).status_code == 400


def test_types_in_a_path_may_be_named_by_the_alias_of_their_namespace(caller: Caller) -> None:
    group, guest = caller.make_group(), caller.invite_id("mum@home.example")
    caller.graph(
        "PATCH", f"/groups/{group}", {"members@odata.bind": [f"https://graph.microsoft.com/v1.0/users/{guest}"]}
    )
    for name in ("microsoft.graph.user", "graph.user"):
        assert [row["id"] for row in caller.get(f"/groups/{group}/members/{name}")["value"]] == [guest]
        assert caller.get(f"/directory/deletedItems/{name}")["value"] == []


def test_a_sites_address_may_be_closed_by_a_colon(caller: Caller) -> None:
    create_site(caller.emulator, LAKES, "Lakes", OWNER)
    for address in ("contoso.sharepoint.com:/sites/lakes", "contoso.sharepoint.com:/sites/lakes:"):
        assert caller.get(f"/sites/{address}")["webUrl"] == LAKES
    assert caller.graph("GET", "/sites/contoso.sharepoint.com:/sites/lakes:/drive").status_code == 501


def test_a_device_code_is_redeemed_under_its_short_name_too(caller: Caller) -> None:
    caller.emulator.state.set_fact("device_code", {"pending": 0, "interval": 0})
    scope = "https://graph.microsoft.com/.default"
    code = json_of(caller.ask_token(path="devicecode", scope=scope))["device_code"]
    assert "access_token" in json_of(caller.ask_token(grant_type="device_code", device_code=code))


def test_an_item_gives_its_number_under_both_names() -> None:
    bench = Bench()
    bench.read("POST", f"{LAKES}/_api/web/lists", {"Title": "Kit", "BaseTemplate": 100})
    bench.read("POST", f"{LAKES}/_api/web/lists/getbytitle('Kit')/items", {"Title": "Boots"})
    for name in ("Id", "ID"):
        rows = bench.read("GET", f"{LAKES}/_api/web/lists/getbytitle('Kit')/items?$select={name}")["value"]
        assert rows == [{"Id": 1, "ID": 1}]


def test_what_is_computed_comes_by_expand_as_by_select() -> None:
    bench = Bench()
    of_list = f"{LAKES}/_api/web/lists/getbytitle('Documents')"
    assert "HasUniqueRoleAssignments" not in bench.read("GET", of_list)
    found = bench.read("GET", f"{of_list}?$expand=HasUniqueRoleAssignments,VersionPolicies,RoleAssignments")
    assert found["HasUniqueRoleAssignments"] is False
    assert found["VersionPolicies"]["DefaultTrimMode"] == 0
    assert found["RoleAssignments"]
    assert bench.ask("GET", f"{of_list}?$expand=Nothing").status_code == 501


def test_a_file_gives_back_its_bytes_and_a_folder_is_made_below_the_site() -> None:
    bench = Bench()
    bench.read("POST", f"{LAKES}/_api/web/folders/addUsingPath(decodedurl='Shared Documents/Letters')")
    folder = f"{LAKES}/_api/web/getfolderbyserverrelativepath(decodedurl='Shared Documents/Letters')"
    bench.read("POST", f"{folder}/files/addusingpath(decodedurl='a.txt')", "Dear parents")
    path = "/sites/lakes/Shared Documents/Letters/a.txt"
    content = bench.ask("GET", f"{LAKES}/_api/web/getfilebyserverrelativepath(decodedurl='{path}')/$value")
    assert (content.get_data(), content.content_type) == (b"Dear parents", "application/octet-stream")


def test_what_somebody_may_is_all_their_levels_together() -> None:
    bench = Bench()
    bench.add_guest("mum@home.example")
    login = "i:0%23.f|membership|mum_home.example%23ext%23@contoso.onmicrosoft.com"

    def masks(verb: str, scope: str) -> set[str]:
        url = f"{LAKES}/_api/web{scope}/getusereffectivepermissions(@user)?@user='{login}'"
        found = bench.read(verb, url)
        assert set(found) == {"High", "Low"}
        return {found["Low"]}

    assert masks("GET", "") == masks("POST", "") == {"0"}
    visitors = f"{LAKES}/_api/web/associatedvisitorgroup/users"
    bench.read("POST", visitors, {"LoginName": login.replace("%23", "#")})
    read = bench.read("GET", f"{LAKES}/_api/web/roledefinitions/getbyname('Read')")["BasePermissions"]["Low"]
    assert masks("GET", "") == masks("GET", "/lists/getbytitle('Documents')") == {read}
    bench.read("POST", f"{LAKES}/_api/web/lists/getbytitle('Documents')/breakroleinheritance(false)")
    assert masks("GET", "/lists/getbytitle('Documents')") == {"0"}


def test_administrators_of_a_site_and_applications_may_everything() -> None:
    bench = Bench()
    everything = {"High": "2147483647", "Low": "4294967295"}
    assert bench.read("GET", f"{LAKES}/_api/web/effectivebasepermissions") == everything
    url = f"{LAKES}/_api/web/getusereffectivepermissions(@user)?@user='{LOGIN}'"
    assert bench.read("GET", url) == everything
    unknown = bench.ask("GET", url.replace(OWNER, "nobody@school.example"))
    assert "User cannot be found" in unknown.get_data(as_text=True)


def test_a_persons_own_permissions_are_theirs() -> None:
    bench = Bench()
    token = bench.token("contoso.sharepoint.com", idtyp="user", scp="AllSites.Read", upn="m.bell@school.example")
    found = bench.read(
        "GET", f"{LAKES}/_api/web/effectivebasepermissions", headers={"Authorization": f"Bearer {token}"}
    )
    assert found == {"High": "0", "Low": "0"}


def test_whether_a_site_exists() -> None:
    bench = Bench()
    for url, there in ((LAKES, True), (f"{ROOT}/sites/nowhere", False)):
        assert bench.read("POST", f"{ROOT}/_api/SP.Site.Exists", {"url": url}) == {"value": there}


@pytest.mark.parametrize(("template", "status"), [("SITEPAGEPUBLISHING#0", 2), ("STS#3", 1)])
def test_a_communication_site_is_ready_at_once(template: str, status: int) -> None:
    wanted = {"request": {"Title": "New", "Url": f"{ROOT}/sites/new", "WebTemplate": template, "Owner": OWNER}}
    bench = Bench()
    assert bench.read("POST", f"{ROOT}/_api/SPSiteManager/create", wanted)["SiteStatus"] == status


def test_the_pages_library_and_a_new_page_are_json_throughout() -> None:
    bench = Bench()
    library = bench.read("POST", f"{LAKES}/_api/lists/EnsureClientRenderedSitePagesLibrary?$select=Id,Title")
    assert library["Title"] == "Site Pages"
    page = bench.read("POST", f"{LAKES}/_api/sitepages/pages", {"PageLayoutType": "Article"})
    assert page["LayoutWebpartsContent"] == "[]"


def test_a_group_gets_an_owner_and_a_name_through_its_site() -> None:
    bench = Bench()
    token = bench.token("contoso.sharepoint.com", idtyp="user", scp="AllSites.FullControl", upn=OWNER)
    wanted = {"displayName": "Climbers", "alias": "climbers", "isPublic": False, "optionalParams": {}}
    made = bench.read(
        "POST",
        f"{ROOT}/_api/GroupSiteManager/CreateGroupEx",
        wanted,
        headers={"Authorization": f"Bearer {token}"},
    )
    colleague = directory.find_user(bench.state, "m.bell@school.example")
    assert colleague is not None
    owners = f"{ADMIN}/_api/SP.Directory.DirectorySession/Group('{made['GroupId']}')/Owners"
    for _ in range(2):
        bench.read("POST", f"{owners}/Add(objectId='{colleague['id']}', principalName='')")
    group = directory.find_group(bench.state, made["GroupId"])
    assert group is not None
    assert group["_owners"].count(colleague["id"]) == 1
    assert bench.ask("POST", f"{owners}/Add(objectId='nobody', principalName='')").status_code == 400
    site = bench.read("GET", f"{made['SiteUrl']}/_api/site?$select=Id")
    named = {"groupId": made["GroupId"], "siteId": site["Id"], "displayName": "Rock climbers"}
    bench.read("POST", f"{ADMIN}/_api/SPOGroup/UpdateGroupPropertiesBySiteId", named)
    assert bench.read("GET", f"{made['SiteUrl']}/_api/web?$select=Title")["Title"] == "Rock climbers"
    renamed = directory.find_group(bench.state, made["GroupId"])
    assert renamed is not None
    assert renamed["displayName"] == "Rock climbers"


def test_whoever_a_group_lets_in_is_a_user_of_the_site_after_the_first_visit() -> None:
    bench = Bench()
    site = bench.make_site("open", "Open", sharing=3)
    guest = bench.add_guest("mum@home.example")
    claim = bench.add_group("0f0e0d0c-0000-4000-8000-000000000001", "Trip", [guest["id"]])
    bench.read("POST", f"{site.url}/_api/web/associatedvisitorgroup/users", {"LoginName": claim})

    def is_user() -> bool:
        rows = bench.read("GET", f"{site.url}/_api/web/siteusers")["value"]
        return "mum@home.example" in [row["Email"] for row in rows]

    assert not is_user()
    assert guests.visit(bench.emulator, "dad@home.example", site.url)["allowed"] is False
    assert guests.visit(bench.emulator, "mum@home.example", site.url)["allowed"]
    assert is_user()
