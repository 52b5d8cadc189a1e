"""Files, pages, sites of groups and the hidden list of sites, as clients go through them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.emulator import directory
from sp_parent_portal.emulator.sharepoint import files
from tests.contract.sharepoint_bench import ADMIN, LAKES, OWNER, ROOT, Bench

DOCUMENTS = f"{LAKES}/_api/web/GetFolderByServerRelativePath(DecodedUrl='Shared Documents')"
AGGREGATED = "DO_NOT_DELETE_SPLIST_TENANTADMIN_AGGREGATED_SITECOLLECTIONS"


def file_at(path: str) -> str:
    return f"{LAKES}/_api/web/GetFileByServerRelativePath(DecodedUrl='{path}')"


def add_file(bench: Bench, name: str = "a.docx", *, overwrite: bool = False) -> Any:
    url = f"{DOCUMENTS}/files/AddUsingPath(decodedurl='{name}',overwrite={str(overwrite).lower()})"
    return bench.read("POST", url, "not json")


def signed_in(bench: Bench, **claims: Any) -> dict[str, str]:
    token = bench.token("contoso.sharepoint.com", idtyp="user", scp="AllSites.FullControl", upn=OWNER, **claims)
    return {"Authorization": f"Bearer {token}"}


def test_a_file_is_found_by_path_and_by_id_and_listed() -> None:
    bench = Bench()
    added = add_file(bench)
    by_path = bench.read("GET", file_at("/sites/lakes/Shared Documents/a.docx"))
    by_id = bench.read("GET", f"{LAKES}/_api/web/getfilebyid('{added['UniqueId']}')")
    assert added == by_path == by_id
    assert [file["Name"] for file in bench.read("GET", f"{DOCUMENTS}/files")["value"]] == ["a.docx"]
    root = f"{LAKES}/_api/web/lists/getbytitle('Documents')/rootfolder/files?$orderby=Name"
    assert [file["Name"] for file in bench.read("GET", root)["value"]] == ["a.docx"]


def test_a_name_that_is_taken_is_refused_or_written_over() -> None:
    bench = Bench()
    first = add_file(bench)
    again = bench.ask("POST", f"{DOCUMENTS}/files/AddUsingPath(decodedurl='a.docx',overwrite=false)", "x")
    assert again.status_code == 400
    second = add_file(bench, overwrite=True)
    assert (second["UniqueId"], second["UIVersionLabel"]) == (first["UniqueId"], "2.0")
    assert len(bench.read("GET", f"{LAKES}/_api/web/lists/getbytitle('Documents')/items")["value"]) == 1


@pytest.mark.parametrize("way", ["DELETE", "recycle"])
def test_a_removed_file_is_gone_with_its_item(way: str) -> None:
    bench = Bench()
    add_file(bench)
    path = file_at("/sites/lakes/Shared Documents/a.docx")
    bench.read(*(("DELETE", path) if way == "DELETE" else ("POST", f"{path}/recycle")))
    assert bench.ask("GET", path).status_code == 404
    assert bench.read("GET", f"{LAKES}/_api/web/lists/getbytitle('Documents')/items")["value"] == []


def test_folders() -> None:
    bench = Bench()
    bench.read("POST", f"{DOCUMENTS}/folders/AddUsingPath(decodedurl='Lists')")
    folder = f"{LAKES}/_api/web/GetFolderByServerRelativeUrl('/sites/lakes/Shared Documents/Lists')"
    bench.read("POST", f"{folder}/files/add(url='b.txt',overwrite=true)", "x")
    assert [file["Name"] for file in bench.read("GET", f"{folder}/files")["value"]] == ["b.txt"]
    assert bench.read("GET", f"{DOCUMENTS}/files")["value"] == []
    assert bench.ask("GET", folder.replace("/Lists'", "/None'")).status_code == 404


@given(st.uuids(), st.uuids(), st.uuids(), st.text(max_size=90))
def test_drive_ids_are_read_back_and_others_refused(site: Any, listed: Any, unique: Any, text: str) -> None:
    lakes = SHARED.lakes
    drive = files.drive_id(lakes, str(listed))
    assert files.read_drive_id(drive) == (lakes.id, str(listed))
    item = files.item_id(lakes, {"_list": str(listed), "UniqueId": str(unique)})
    assert files.read_item_id(item) == str(unique)
    assert files.read_drive_id(text) is None or text.startswith("b!")
    assert files.read_item_id(text) is None or text.startswith("01")


SHARED = Bench()


def test_a_page_as_the_cli_makes_one() -> None:
    bench = Bench()
    made = bench.read("POST", f"{LAKES}/_api/sitepages/pages", {"Name": "packing.aspx", "Title": "Packing"})
    url = f"{LAKES}/_api/sitepages/pages/GetByUrl('sitepages/packing.aspx')"
    assert bench.read("POST", f"{url}/checkoutpage")["IsPageCheckedOutToCurrentUser"] is True
    saved = {"CanvasContent1": '[{"controlType":4}]', "Description": "What to bring", "BannerImageUrl": "/x.png"}
    bench.read(
        "POST", f"{LAKES}/_api/SitePages/Pages({made['Id']})/SavePage", saved, headers={"X-HTTP-Method": "MERGE"}
    )
    file = f"{LAKES}/_api/web/getfilebyid('{made['UniqueId']}')"
    bench.read("POST", f"{file}/ListItemAllFields/SetCommentsDisabled(true)")
    bench.read("POST", f"{file}/CheckIn(comment=@a1,checkintype=@a2)?@a1=''&@a2=1")
    bench.read("POST", f"{LAKES}/_api/web/rootfolder", {"WelcomePage": "SitePages/packing.aspx"},
               headers={"X-HTTP-Method": "MERGE"})  # fmt: skip
    (page,) = bench.read("GET", f"{LAKES}/_api/sitepages/pages?$orderby=Title")["value"]
    assert {name: page[name] for name in saved} == saved
    assert (page["Version"], page["CommentsDisabled"], page["IsWebWelcomePage"]) == ("1.0", True, True)
    query = "$expand=ListItemAllFields/ClientSideApplicationId&$orderby=Name"
    (row,) = bench.read("GET", f"{LAKES}/_api/web/lists/SitePages/rootfolder/files?{query}")["value"]
    assert row["ListItemAllFields"]["ClientSideApplicationId"] == "b6917cb1-93a0-4b97-a84d-7cf49975d4ec"


def test_pages_without_a_name_are_numbered() -> None:
    bench = Bench()
    made = [bench.read("POST", f"{LAKES}/_api/sitepages/pages", {}) for _ in range(3)]
    assert [page["FileName"] for page in made] == ["Page.aspx", "Page(1).aspx", "Page(2).aspx"]
    assert json.loads(made[0]["CanvasContent1"])[0]["controlType"] == 0


def test_a_group_and_its_site() -> None:
    bench = Bench()
    body = {"displayName": "Team", "alias": "team", "isPublic": False, "optionalParams": {"Owners": {"results": []}}}
    url = f"{ROOT}/_api/GroupSiteManager/CreateGroupEx"
    assert bench.ask("POST", url, body).status_code == 403
    made = bench.read("POST", url, body, headers=signed_in(bench))
    assert (made["SiteUrl"], made["ErrorMessage"]) == (f"{ROOT}/sites/team", None)
    group = directory.find_group(bench.state, made["GroupId"])
    assert group is not None
    assert [row[2]["userPrincipalName"] for row in directory.list_members(bench.state, group["id"])] == [OWNER]
    again = bench.read("POST", url, body, headers=signed_in(bench))
    assert again["ErrorMessage"] == "The group alias already exists."
    status = bench.read("GET", f"{ROOT}/_api/GroupSiteManager/GetSiteStatus('{made['GroupId']}')")
    assert status["SiteStatus"] == 2
    assert bench.read("GET", f"{ROOT}/sites/team/_api/site?$select=GroupId") == {"GroupId": made["GroupId"]}
    bench.read("POST", f"{ADMIN}/_api/GroupSiteManager/Delete?siteUrl='{quote(made['SiteUrl'])}'")
    assert directory.find_group(bench.state, made["GroupId"]) is None
    assert directory.find_group(bench.state, made["GroupId"], deleted=True) is not None
    later = bench.read("POST", url, body, headers=signed_in(bench))
    assert later["SiteUrl"] == f"{ROOT}/sites/team2"


def test_the_hidden_list_tells_deleted_sites_from_others() -> None:
    bench = Bench()
    listed = f"{ADMIN}/_api/web/lists/GetByTitle('{AGGREGATED}')/items"
    query = f"$filter=SiteUrl eq '{quote(LAKES, safe='')}'&$select=GroupId,TimeDeleted,SiteId"
    (row,) = bench.read("GET", f"{listed}?{query}")["value"]
    assert row == {"GroupId": "00000000-0000-0000-0000-000000000000", "TimeDeleted": None, "SiteId": bench.lakes.id}
    bench.read("POST", f"{ROOT}/_api/SPSiteManager/delete", {"siteId": bench.lakes.id})
    (row,) = bench.read("GET", f"{listed}?{query}")["value"]
    assert row["TimeDeleted"]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_hidden_list_comes_in_pages(size: int) -> None:
    bench = Bench()
    for number in range(4):
        bench.make_site(f"s{number}", f"S{number}")
    listed = f"{ADMIN}/_api/web/lists/getbytitle('DO_NOT_DELETE_SPLIST_TENANTADMIN_AGGREGATED_SITECOLLECTIONS')"
    whole = [row["SiteUrl"] for row in bench.read("GET", f"{listed}/items")["value"]]
    url, seen = f"{listed}/items?$top={size}", []
    while url:
        page = bench.read("GET", url)
        seen += [row["SiteUrl"] for row in page["value"]]
        url = page.get("odata.nextLink", "")
    paging, streamed = "?", []
    while paging:
        view = f'<View><RowLimit Paged="TRUE">{size}</RowLimit></View>'
        asked = {"parameters": {"ViewXml": view, "Paging": paging}}
        page = bench.read("POST", f"{listed}/RenderListDataAsStream", asked)
        streamed += [row["SiteUrl"] for row in page["Row"]]
        paging = page.get("NextHref", "")
    assert seen == streamed == whole


def test_who_is_signed_in() -> None:
    bench = Bench()
    assert bench.read("GET", f"{LAKES}/_api/web/currentuser?$select=Title") == {"Title": "SharePoint App"}
    somebody = bench.read("GET", f"{LAKES}/_api/web/currentuser?$select=UserPrincipalName", headers=signed_in(bench))
    assert somebody == {"UserPrincipalName": OWNER}
