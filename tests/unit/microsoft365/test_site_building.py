"""What is sent to make a site's content and to read it, beside bodies written from public sources (tests/cases/csom),
and what is made of the answers. tests/contract/test_site_building.py has whole rounds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from sp_parent_portal.errors import (
    AccessDenied,
    AlreadyExists,
    BadAnswer,
    GatewayError,
    NotFound,
    OutcomeUnknown,
    Rejected,
)
from sp_parent_portal.microsoft365.model import ListItem
from sp_parent_portal.microsoft365.sharepoint import SharePoint
from sp_parent_portal.microsoft365.site_reading import Address
from sp_parent_portal.microsoft365.site_work import NewLevel, NewLink, NewList, NewView, Private, SiteWork
from tests.csom_requests import NAMESPACE
from tests.csom_requests import Told as Request
from tests.recording import ADMIN, LIST_ID, SITE, Asked, Lost, Recorder, Told, in_turn, open_sharepoint

CASES = Path(__file__).parents[2] / "cases" / "csom"
HEADER = {"SchemaVersion": "15.0.0.0", "LibraryVersion": "16.0.24329.12004", "ErrorInfo": None}
GROUP = "c:0t.c|tenant|87b27aa5-a48b-4e36-8875-ac89c1159a37"
LEVEL = NewLevel("Parent read", "Read without seeing who else reads", 176, 4395105)
VIEW = NewView("All kit", ("LinkTitle", "Kit"), "<OrderBy />", 25, True, True)
STAFF_LIST = NewList(
    "Medical", 100, "For <staff>", ('<Field Type="Text" Name="Kit" />',), (VIEW,), hidden=True, private=Private.STAFF
)
SETTINGS: dict[str, str | bool] = {"Title": "Lake & hills", "MembersCanShare": False}


def mistake(message: str, code: int, kind: str) -> dict[str, Any]:
    return {
        "ErrorMessage": message,
        "ErrorValue": None,
        "TraceCorrelationId": "e13c489e-2026-5000-8242-7ec96d02ba1d",
        "ErrorCode": code,
        "ErrorTypeName": kind,
    }


NO_SITE = mistake(f"Cannot get site {SITE}.", -1, "Microsoft.Online.SharePoint.Common.SpoNoSiteException")
NO_LIST = mistake("Die Liste 'Kit' ist nicht vorhanden.", -1, "System.ArgumentException")
DENIED = mistake("Access denied. ava@x.example", -2147024891, "System.UnauthorizedAccessException")
NOT_DELETED = mistake(f"Unable to find the deleted site: {SITE}.", -2147024809, "System.ArgumentException")
UNKNOWN = mistake("Unknown Error", -1, "Microsoft.SharePoint.Client.UnknownError")


def answering(tell: Callable[[Element, list[str]], Any]) -> Recorder:
    """`tell` is asked for the result of each Query and scope, with the names on the way to what is queried (of a
    scope: to what is queried in it); an exception leaves out what a failed scope holds."""

    def answer(asked: Asked) -> Told:
        request = fromstring(asked.body)
        paths = {path.attrib["Id"]: path for path in request[1]}
        parts: list[Any] = [HEADER]
        for action in request[0]:
            _answer(action, paths, tell, parts)
        return Told(parts)

    return Recorder(answer)


def _answer(
    action: Element, paths: dict[str, Element], tell: Callable[[Element, list[str]], Any], parts: list[Any]
) -> None:
    kind, number = action.tag.removeprefix(NAMESPACE), int(action.attrib["Id"])
    if kind == "Query":
        parts += [number, tell(action, _way(paths, action.attrib["ObjectPathId"]))]
    elif kind == "ExceptionHandlingScopeSimple":
        asked = [each for each in action if "ObjectPathId" in each.attrib][-1]
        error = tell(action, _way(paths, asked.attrib["ObjectPathId"]))
        if error is None:
            for each in action:
                _answer(each, paths, tell, parts)
        parts += [number, {"HasException": error is not None, "ErrorInfo": error}]


def _way(paths: dict[str, Element], number: str) -> list[str]:
    path = paths[number]
    name = path.attrib.get("Name", path.tag.removeprefix(NAMESPACE))
    return [*(_way(paths, path.attrib["ParentId"]) if "ParentId" in path.attrib else []), name]


def well(_: Element, way: list[str]) -> Any:
    return {"Id": 7, "_Child_Items_": []} if way[-1] in ("AddItem", "GetItemById", "GetItems") else None


# ---- writing


@pytest.mark.parametrize(
    ("case", "send"),
    [
        (
            "level",
            lambda sharepoint: sharepoint.build_site(
                SITE, SiteWork(settings=SETTINGS, level=LEVEL, visitors="Parent read", visitors_hold_nothing=True)
            ),
        ),
        ("visitors", lambda sharepoint: sharepoint.build_site(SITE, SiteWork(visitors="Parent read"))),
        ("private-list", lambda sharepoint: sharepoint.build_site(SITE, SiteWork(lists=(STAFF_LIST,)))),
        (
            "link",
            lambda sharepoint: sharepoint.build_site(
                SITE, SiteWork(links=(NewLink("The school's page", "https://www.school.example/?a=1&b=2"),))
            ),
        ),
        ("person", lambda sharepoint: sharepoint.build_site(SITE, SiteWork(visitor_login=GROUP))),
        (
            "items",
            lambda sharepoint: sharepoint.write_items_and_read(
                SITE,
                LIST_ID,
                [
                    (None, {"Title": "<Ferry>", "EventDate": datetime(2027, 5, 10, 9, tzinfo=UTC)}),
                    (7, {"fAllDayEvent": True}),
                ],
            ),
        ),
    ],
)
def test_what_is_sent_is_what_the_client_library_sends(case: str, send: Callable[[SharePoint], object]) -> None:
    app = answering(well)
    send(open_sharepoint(app))
    [asked] = app.asked
    ours, theirs = Request(asked.body), Request((CASES / f"{case}.xml").read_text(encoding="utf-8"))
    assert ours.actions() == theirs.actions()
    assert ours.made() == theirs.made()


def test_nothing_to_do_touches_nothing() -> None:
    app = answering(well)
    assert open_sharepoint(app).build_site(SITE, SiteWork()) is None
    assert Request(app.asked[0].body).actions() == []


def names(body: bytes) -> list[str]:
    return [way[-1][1].get("Name", "") for way in Request(body).made()]


def test_the_person_comes_last_and_a_list_is_private_before_it_has_columns() -> None:
    app = answering(well)
    everything = SiteWork(SETTINGS, LEVEL, "Parent read", False, (STAFF_LIST,), (NewLink("a", "b"),), GROUP)
    open_sharepoint(app).build_site(SITE, everything)
    actions = [each.tag.removeprefix(NAMESPACE) for each in fromstring(app.asked[0].body)[0]]
    assert actions.index("ExceptionHandlingScopeSimple") == len(actions) - 1
    assert names(app.asked[0].body)[-4:] == ["EnsureUser", "AssociatedVisitorGroup", "Users", "AddUser"]
    told = fromstring(app.asked[0].body)[0]
    private = next(n for n, each in enumerate(told) if each.attrib.get("Name") == "BreakRoleInheritance")
    column = next(each.attrib["Id"] for each in fromstring(app.asked[0].body)[1] if each.get("Name") == "AddFieldAsXml")
    assert private < next(n for n, each in enumerate(told) if each.get("ObjectPathId") == column)


def test_the_list_of_nobody_is_given_to_nobody() -> None:
    app = answering(well)
    open_sharepoint(app).build_site(SITE, SiteWork(lists=(NewList("x", 100, "", (), (), private=Private.OWNERS),)))
    assert "RoleAssignments" not in names(app.asked[0].body)
    [broken] = Request(app.asked[0].body).actions()
    assert broken[1]["Name"] == "BreakRoleInheritance"
    assert [each[2] for each in broken[2][0][2]] == ["false", "true"]  # none copied


def test_only_the_person_may_fail_without_an_error() -> None:
    unresolved = mistake(f"The specified user {GROUP} could not be found.", -2146232832, "SP.SPException")
    app = answering(lambda _, way: unresolved if way[-1] == "AddUser" else None)
    error = open_sharepoint(app).build_site(SITE, SiteWork(settings=SETTINGS, visitor_login=GROUP))
    assert isinstance(error, NotFound)
    assert GROUP not in str(error)
    taken = mistake("A list with the title Medical exists.", -2130575342, "Microsoft.SharePoint.SPException")
    with pytest.raises(AlreadyExists) as caught:
        open_sharepoint(in_turn(Told([{**HEADER, "ErrorInfo": taken}]))).build_site(SITE, SiteWork(lists=(STAFF_LIST,)))
    assert "Medical" not in str(caught.value)


def test_a_write_is_never_sent_twice_and_may_end_unknown() -> None:
    work = SiteWork(settings=SETTINGS, visitor_login=GROUP)
    for answer in (Lost(), Told([]), Told([HEADER]), Told([HEADER, 9, None]), Told({}, 500), Told(b"<html>")):
        app = in_turn(answer, Told([HEADER]))
        with pytest.raises(OutcomeUnknown):
            open_sharepoint(app).build_site(SITE, work)
        assert len(app.asked) == 1


def test_no_login_stands_in_a_repr() -> None:
    told = repr(SiteWork(visitor_login=GROUP, settings={"RequestAccessEmail": "ava@x.example"}))
    assert "87b27aa5" not in told
    assert "ava" not in told


@pytest.mark.parametrize("title", ["a\x00b", "half \ud83d", "\uffff"])
def test_a_title_that_xml_cannot_hold_is_refused(title: str) -> None:
    app = answering(well)
    with pytest.raises(Rejected, match="nothing was sent"):
        open_sharepoint(app).build_site(SITE, SiteWork(settings={"Title": title}))
    with pytest.raises(Rejected, match="nothing was sent"):
        open_sharepoint(app).write_items_and_read(SITE, LIST_ID, [(None, {"Title": title})])
    with pytest.raises(Rejected, match="nothing was sent"):
        open_sharepoint(app).read_site(SITE, [title])
    assert app.asked == []


ROW = {
    "_ObjectType_": "SP.ListItem",
    "_ObjectIdentity_": "e13c489e|740c6a0b-85e2-48a0-a494-e0f1759d4aa7:site:x:list:y:item:7,1",
    "_ObjectVersion_": "1",
    "Id": 7,
    "Title": "Ferry",
    "Cost$ Double": 3.5,
}


def test_items_are_told_with_their_numbers() -> None:
    def tell(_: Element, way: list[str]) -> Any:
        return {"Id": 7} if way[-1] != "GetItems" else {"ListItemCollectionPosition": None, "_Child_Items_": [ROW]}

    written = open_sharepoint(answering(tell)).write_items_and_read(SITE, LIST_ID, [(None, {"Title": "Ferry"})])
    assert written.ids == (7,)
    assert written.items == (ListItem(7, {"Id": 7, "Title": "Ferry", "Cost": 3.5}),)


@pytest.mark.parametrize(
    "items",
    [
        {"ListItemCollectionPosition": {"PagingInfo": "Paged=TRUE"}, "_Child_Items_": [ROW]},
        {"ListItemCollectionPosition": None},
        {"_Child_Items_": [{"Title": "x"}]},
        {"_Child_Items_": None},
    ],
)
def test_items_that_are_not_told_whole_are_an_error(items: Any) -> None:
    app = answering(lambda _, way: {"Id": 7} if way[-1] != "GetItems" else items)
    with pytest.raises(BadAnswer):
        open_sharepoint(app).write_items_and_read(SITE, LIST_ID, [(7, {})])


# ---- reading


def people(*members: dict[str, Any]) -> dict[str, Any]:
    return {"_ObjectType_": "SP.UserCollection", "_Child_Items_": list(members)}


def group(number: int, title: str) -> dict[str, Any]:
    return {"_ObjectType_": "SP.Group", "Id": number, "Title": title, "Users": people()}


def grants(*given: tuple[int, str]) -> dict[str, Any]:
    return {
        "_Child_Items_": [
            {
                "Member": {"Id": number, "LoginName": "x", "PrincipalType": 8, "Title": "x"},
                "RoleDefinitionBindings": {"_Child_Items_": [{"Id": 1, "Name": level}]},
            }
            for number, level in given
        ]
    }


MASK = {"High": 176, "Low": 4395105}
WEB: dict[str, Any] = {
    "_ObjectType_": "SP.Web",
    "Id": "7db536da-792b-4be7-b9b6-194778905606",
    "Title": "Lake",
    "Description": "",
    "MembersCanShare": False,
    "CommentsOnSitePagesDisabled": True,
    "RequestAccessEmail": "",
    "RegionalSettings": {"LocaleId": 2057, "TimeZone": {"Id": 2}},
    "AssociatedOwnerGroup": group(3, "Owners"),
    "AssociatedMemberGroup": group(5, "Members"),
    "AssociatedVisitorGroup": group(4, "Visitors"),
    "RoleAssignments": grants((3, "Full Control"), (4, "Parent read")),
    "RoleDefinitions": {
        "_Child_Items_": [
            {"Id": 9, "Name": "Parent read", "BasePermissions": {"_ObjectType_": "SP.BasePermissions", **MASK}}
        ]
    },
}
KIT: dict[str, Any] = {
    "Id": LIST_ID,
    "Title": "Kit",
    "BaseTemplate": 100,
    "Hidden": False,
    "HasUniqueRoleAssignments": True,
    "RootFolder": {"ServerRelativeUrl": "/sites/lake/Lists/Kit"},
    "Fields": {"_Child_Items_": [{"InternalName": "Title", "Title": "Title", "TypeAsString": "Text"}]},
    "Views": {"_Child_Items_": []},
    "RoleAssignments": grants((3, "Full Control")),
}


def site(
    web: dict[str, Any] = WEB, kit: dict[str, Any] = KIT, error: Any = None, listed: tuple[dict[str, Any], ...] = (KIT,)
) -> Recorder:
    def tell(action: Element, way: list[str]) -> Any:
        if action.tag.endswith("Simple"):
            return error
        rows = {
            "Web": web,
            "QuickLaunch": {"_Child_Items_": [{"Id": 1, "Title": "Home", "Url": "/"}]},
            "GetByTitle": kit,
            "Lists": {"_Child_Items_": list(listed)},
        }
        return rows.get(way[-1], {"_Child_Items_": [ROW]})

    return answering(tell)


def test_a_site_is_read_whole_in_one_request() -> None:
    app = site()
    found = open_sharepoint(app).read_site(SITE, ["Kit", "Kit"], with_items_of="Kit")
    assert len(app.asked) == 1
    assert found.access.groups.visitors.id == 4
    assert [grant.levels for grant in found.access.grants] == [("Full Control",), ("Parent read",)]
    assert [node.title for node in found.navigation] == ["Home"]
    [kit] = found.lists
    assert (kit.list.id, kit.list.unique_permissions, kit.grants[0].principal.id) == (LIST_ID, True, 3)
    assert [each.internal_name for each in kit.shape.fields] == ["Title"]
    assert [each.id for each in found.items] == [7]


def test_a_list_that_is_not_there_is_left_out_and_no_other_error_means_that() -> None:
    for missing in (NO_LIST, mistake("List 'Kit' does not exist.", -2147024809, "System.ArgumentException")):
        found = open_sharepoint(site(error=missing, listed=())).read_site(SITE, ["Kit"], with_items_of="Kit")
        assert (found.lists, found.items, found.listed) == ((), (), ())
    for error in (DENIED, NO_SITE, UNKNOWN, mistake("x", -1, "System.Exception"), {}):
        with pytest.raises(GatewayError) as caught:
            open_sharepoint(site(error=error, listed=())).read_site(SITE, ["Kit"])
        assert "ava" not in str(caught.value)


def test_a_list_that_is_listed_is_never_taken_for_one_that_is_not_there() -> None:
    with pytest.raises(GatewayError):
        open_sharepoint(site(error=NO_LIST)).read_site(SITE, ["KIT"])


OF_WEB = ("RoleAssignments", "RoleDefinitions", "AssociatedVisitorGroup", "MembersCanShare")
OF_LIST = ("RoleAssignments", "HasUniqueRoleAssignments", "Fields", "Views", "Id")


@pytest.mark.parametrize("instead", [None, {}])
def test_what_says_who_may_what_is_never_left_out_silently(instead: Any) -> None:
    for name in OF_WEB:
        with pytest.raises(BadAnswer):
            open_sharepoint(site({**WEB, name: instead})).read_site(SITE, ["Kit"])
    for name in OF_LIST:
        with pytest.raises(BadAnswer):
            open_sharepoint(site(kit={**KIT, name: instead})).read_site(SITE, ["Kit"])


def test_a_group_without_its_members_is_an_error() -> None:
    visitors = {name: value for name, value in group(4, "Visitors").items() if name != "Users"}
    with pytest.raises(BadAnswer):
        open_sharepoint(site({**WEB, "AssociatedVisitorGroup": visitors})).read_site(SITE, [])


@pytest.mark.parametrize("name", ["High", "Low"])
def test_a_level_without_its_whole_mask_is_an_error(name: str) -> None:
    level = {"Id": 9, "Name": "Parent read", "BasePermissions": {**MASK, name: None}}
    with pytest.raises(BadAnswer):
        open_sharepoint(site({**WEB, "RoleDefinitions": {"_Child_Items_": [level]}})).read_site(SITE, [])


def test_a_grant_without_its_levels_is_an_error() -> None:
    bare = {
        "_Child_Items_": [{"Member": {"Id": 3, "LoginName": "x", "PrincipalType": 8}, "RoleDefinitionBindings": {}}]
    }
    with pytest.raises(BadAnswer):
        open_sharepoint(site({**WEB, "RoleAssignments": bare})).read_site(SITE, [])


# ---- tenant administration

PROPERTIES = {
    "Url": SITE,
    "SiteId": "7db536da-792b-4be7-b9b6-194778905606",
    "Title": "Lake",
    "OwnerEmail": "j.okoro@school.example",
    "Template": "STS#3",
    "SharingCapability": 0,
    "SiteDefinedSharingCapability": 0,
    "LockState": "Unlock",
    "Status": "Active",
}


def admin(found: Any = None, deleted: Any = None, row: Any = None, complete: Any = True) -> Recorder:
    """`found` and `deleted` are the mistakes that their scopes tell."""

    def tell(action: Element, way: list[str]) -> Any:
        if action.tag.endswith("Simple"):
            return deleted if way[-1] in ("GetDeletedSitePropertiesByUrl", "RootWeb") else found
        if way[-1] == "RootWeb":
            return {"IsProvisioningComplete": complete}
        return {"Status": "Recycled"} if way[-1] == "GetDeletedSitePropertiesByUrl" else {**PROPERTIES, **(row or {})}

    return answering(tell)


def test_addresses_are_asked_for_as_clients_ask() -> None:
    app = admin(NO_SITE, NOT_DELETED)
    open_sharepoint(app).find_addresses([SITE + "/"])
    ours, theirs = Request(app.asked[0].body), Request((CASES / "addresses.xml").read_text(encoding="utf-8"))
    assert (ours.actions(), ours.made()) == (theirs.actions(), theirs.made())
    assert (app.asked[0].host, app.asked[0].path) == (ADMIN, "/_vti_bin/client.svc/ProcessQuery")


@pytest.mark.parametrize("not_deleted", [NOT_DELETED, UNKNOWN])
def test_what_an_address_stands_for(not_deleted: Any) -> None:
    answer = open_sharepoint(admin(NO_SITE, not_deleted)).find_addresses([SITE])[SITE]
    assert answer.value == Address(None, deleted=False)
    answer = open_sharepoint(admin(NO_SITE)).find_addresses([SITE])[SITE]
    assert answer.value == Address(None, deleted=True)
    answer = open_sharepoint(admin(None, not_deleted)).find_addresses([SITE])[SITE]
    assert answer.value is not None
    assert answer.value.site is not None
    assert (answer.value.site.owner, answer.value.deleted) == ("j.okoro@school.example", False)


@pytest.mark.parametrize("error", [DENIED, UNKNOWN, NO_LIST, NOT_DELETED, mistake("x", -1, "System.Exception"), {}])
def test_no_other_error_means_that_an_address_is_free(error: Any) -> None:
    answer = open_sharepoint(admin(error, NOT_DELETED)).find_addresses([SITE])[SITE]
    assert answer.value is None
    assert answer.error is not None


@pytest.mark.parametrize("error", [DENIED, mistake("x", -1, "System.Exception"), {}])
def test_a_recycle_bin_that_cannot_be_asked_is_not_empty(error: Any) -> None:
    answer = open_sharepoint(admin(NO_SITE, error)).find_addresses([SITE])[SITE]
    assert (answer.value, answer.error is None) == (None, False)


def test_a_site_that_is_there_is_known_whatever_the_recycle_bin_says() -> None:
    answer = open_sharepoint(admin(None, DENIED)).find_addresses([SITE])[SITE]
    assert answer.get().site is not None
    assert not answer.get().deleted


@pytest.mark.parametrize("row", [{"Url": f"{SITE}-2"}, {"SiteId": ""}, {"SiteId": None}])
def test_a_row_of_another_site_is_nobodys(row: Any) -> None:
    """Its id would be trusted: by it the site's sharing is raised, and a site is known for the trip's."""
    answer = open_sharepoint(admin(row=row)).find_addresses([SITE])[SITE]
    assert isinstance(answer.error, BadAnswer)
    with pytest.raises(BadAnswer):
        open_sharepoint(admin(row=row)).look_at_new_site(SITE)
    with pytest.raises(BadAnswer):
        open_sharepoint(in_turn(Told({**PROPERTIES, **row}))).find_site(SITE)
    assert open_sharepoint(in_turn(Told(PROPERTIES))).find_site(f"{SITE}/") is not None


def test_many_addresses_go_in_few_requests_and_one_that_fails_fails_for_its_own() -> None:
    urls = [f"{SITE}-{n}" for n in range(45)]
    app = admin(NO_SITE, NOT_DELETED)
    assert set(open_sharepoint(app).find_addresses([*urls, *urls])) == set(urls)
    assert len(app.asked) == 3
    refused = Told([{**HEADER, "ErrorInfo": DENIED}])
    well = admin(NO_SITE, NOT_DELETED)._answer
    turns = iter([refused, None, None])
    app = Recorder(lambda asked: next(turns) or well(asked))
    found = open_sharepoint(app).find_addresses(urls)
    assert [isinstance(found[url].error, AccessDenied) for url in urls] == [True] * 20 + [False] * 25
    assert open_sharepoint(in_turn()).find_addresses([]) == {}


def test_a_new_site_shows_itself_when_it_is_made() -> None:
    assert open_sharepoint(admin(NO_SITE, NO_SITE)).look_at_new_site(SITE) == (None, False)
    assert open_sharepoint(admin(row={"Status": "Creating"})).look_at_new_site(SITE) == (None, False)
    site, complete = open_sharepoint(admin(complete=False)).look_at_new_site(SITE)
    assert (site is not None, complete) == (True, False)
    site, complete = open_sharepoint(admin(deleted=NO_SITE)).look_at_new_site(SITE)
    assert (site is not None, complete) == (True, False)
    site, complete = open_sharepoint(admin()).look_at_new_site(SITE + "/")
    assert (site is not None, complete) == (True, True)


def test_a_new_site_that_cannot_be_looked_at_is_an_error() -> None:
    for app in (admin(DENIED), admin(deleted=DENIED), admin(complete=None), admin(row={"Status": None})):
        with pytest.raises(GatewayError):
            open_sharepoint(app).look_at_new_site(SITE)


def test_readings_are_sent_again() -> None:
    parts = json.dumps([HEADER]).encode()
    app = in_turn(Lost(), Told(parts[:-3]), Told(parts))
    with pytest.raises(BadAnswer):
        open_sharepoint(app).read_site(SITE, [])
    assert len(app.asked) == 3
