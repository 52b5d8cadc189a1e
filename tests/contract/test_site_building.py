"""A site's content made and read through CSOM, each way once, beside what REST says of the same site."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sp_parent_portal.errors import AlreadyExists, GatewayError, NotFound
from sp_parent_portal.microsoft365.model import ListAccess
from sp_parent_portal.microsoft365.site_building import Value
from sp_parent_portal.microsoft365.site_reading import WholeSite
from sp_parent_portal.microsoft365.site_work import NewLevel, NewLink, NewList, NewView, Private, SiteWork
from sp_parent_portal.sharing import Sharing
from tests.rest_door import RestDoor, rest_door
from tests.stage import SITE, Stage

COLUMN = '<Field Type="Text" Name="Kit" StaticName="Kit" DisplayName="Kit &amp; more" Required="TRUE" />'
VIEW = NewView("Kit view", ("LinkTitle", "Kit"), '<OrderBy><FieldRef Name="Kit" /></OrderBy>', 25, True, True)
KIT = NewList("Kit & caboodle", 100, "What <to> bring", (COLUMN,), (VIEW,))
NOTES = NewList("Marker", 100, "Kept by the school", (), (), hidden=True, private=Private.OWNERS)
MEDICAL = NewList("Medical", 100, "", (COLUMN,), (), private=Private.STAFF)
EVENTS = NewList("Calendar", 106, "", (), ())
LEVEL = NewLevel("Parent read", "Read without seeing who else reads", 176, 4395105)
TITLES = ("Kit & caboodle", "Marker", "Medical", "Calendar", "Nowhere")
SETTINGS: dict[str, str | bool] = {
    "Title": "Lake ]]> & <b>hills</b>",
    "Description": "Two\r\nlines",
    "MembersCanShare": False,
    "CommentsOnSitePagesDisabled": True,
    "RequestAccessEmail": "j.okoro@school.example",
}


@pytest.fixture(name="stage")
def _stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.furnish()
    stage.gateway.sharepoint.create_site(SITE, "Lake", "j.okoro@school.example", "", 2057)
    for _ in range(10):
        if stage.gateway.sharepoint.look_at_new_site(SITE)[1]:
            return stage
    raise AssertionError("the site is not made")


@pytest.fixture(name="sharepoint")
def _sharepoint(stage: Stage) -> RestDoor:
    return rest_door(stage.gateway)


def group_claim(stage: Stage) -> str:
    made = stage.gateway.graph.create_group("Lake", "trip-lake-2027", "guardians")
    return f"c:0t.c|tenant|{made.id}"


def _queries(stage: Stage) -> int:
    """How many requests there were since the list of them was cleared, signing in aside; all of them must be CSOM."""
    asked = [each for each in stage.wire.seen if "/oauth2/" not in each]
    assert all(each.endswith("/_vti_bin/client.svc/ProcessQuery") for each in asked)
    return len(asked)


def check_against_rest(sharepoint: RestDoor, found: WholeSite, titles: Sequence[str]) -> None:
    """REST reads the same, fact by fact."""
    assert found.access == sharepoint.get_access(SITE)
    assert found.navigation == sharepoint.list_navigation(SITE)
    assert set(found.listed) == set(sharepoint.list_lists(SITE))
    there = sharepoint.list_lists_with_access(SITE, titles) if titles else ()
    assert {ListAccess(each.list, each.grants) for each in found.lists} == set(there)
    shapes = {each.id: shape for each, shape in sharepoint.list_shapes(SITE)}
    for each in found.lists:
        if not each.list.hidden:
            assert each.shape == shapes[each.list.id]


def test_everything_in_one_request_reads_right_through_both_doors(stage: Stage, sharepoint: RestDoor) -> None:
    claim = group_claim(stage)
    links = (
        NewLink("The school", "https://www.school.example/?a=1&b=<2>"),
        NewLink("Heading", "http://linkless.header/"),
    )
    work = SiteWork(
        SETTINGS, LEVEL, "Parent read", lists=(KIT, NOTES, MEDICAL, EVENTS), links=links, visitor_login=claim
    )
    stage.wire.seen.clear()
    assert sharepoint.build_site(SITE, work) is None
    found = sharepoint.read_site(SITE, TITLES)
    assert _queries(stage) == 2
    web, access = found.access.web, found.access
    assert (web.title, web.description, web.members_can_share, web.comments_off, web.access_requests_to) == (
        "Lake ]]> & <b>hills</b>",
        "Two\r\nlines",
        False,
        True,
        "j.okoro@school.example",
    )
    assert {level.name: (level.high, level.low) for level in access.levels}["Parent read"] == (176, 4395105)
    held = {grant.principal.id: grant.levels for grant in access.grants}
    assert held[access.groups.visitors.id] == ("Parent read",)
    assert [each.login for each in access.groups.visitors.members] == [claim]
    assert [(node.title, node.url) for node in found.navigation][-2:] == [(each.title, each.url) for each in links]
    lists = {each.list.title: each for each in found.lists}
    assert set(lists) == set(TITLES) - {"Nowhere"}
    assert (lists["Marker"].list.hidden, lists["Marker"].list.unique_permissions) == (True, True)
    assert lists["Marker"].grants == ()
    assert {grant.principal.id: grant.levels for grant in lists["Medical"].grants} == {
        access.groups.owners.id: ("Full Control",),
        access.groups.members.id: ("Edit",),
    }
    assert not lists["Kit & caboodle"].list.unique_permissions
    assert lists["Kit & caboodle"].grants == access.grants
    [view] = [each for each in lists["Kit & caboodle"].shape.views if each.title == "Kit view"]
    assert view.default
    check_against_rest(sharepoint, found, TITLES)


def test_visitors_who_hold_nothing_are_given_the_level(stage: Stage, sharepoint: RestDoor) -> None:
    sharepoint.build_site(SITE, SiteWork(level=LEVEL))
    before = sharepoint.get_access(SITE)
    visitors = before.groups.visitors.id
    [level] = [each.id for each in before.levels if each.name == "Read"]
    sharepoint.remove_grant(SITE, visitors, level)
    with pytest.raises(GatewayError):
        sharepoint.build_site(SITE, SiteWork(visitors="Parent read"))
    sharepoint.build_site(SITE, SiteWork(visitors="Parent read", visitors_hold_nothing=True))
    found = sharepoint.read_site(SITE, [])
    assert {g.principal.id: g.levels for g in found.access.grants}[visitors] == ("Parent read",)
    check_against_rest(sharepoint, found, [])


def test_a_level_that_is_there_takes_the_place_of_all_that_visitors_hold(sharepoint: RestDoor) -> None:
    access = sharepoint.get_access(SITE)
    visitors = access.groups.visitors.id
    sharepoint.add_grant(SITE, visitors, next(each.id for each in access.levels if each.name == "Edit"))
    sharepoint.build_site(SITE, SiteWork(visitors="Contribute"))
    assert {g.principal.id: g.levels for g in sharepoint.list_grants(SITE)}[visitors] == ("Contribute",)


def test_a_group_that_does_not_resolve_yet_leaves_the_rest_done(stage: Stage, sharepoint: RestDoor) -> None:
    nobody = "c:0t.c|tenant|00000000-0000-4000-8000-00000000abcd"
    error = sharepoint.build_site(SITE, SiteWork(settings=SETTINGS, lists=(KIT,), visitor_login=nobody))
    assert isinstance(error, NotFound)
    found = sharepoint.read_site(SITE, ["Kit & caboodle"])
    assert (len(found.lists), found.access.groups.visitors.members) == (1, ())
    assert sharepoint.build_site(SITE, SiteWork(visitor_login=group_claim(stage))) is None
    assert len(sharepoint.get_associated_groups(SITE).visitors.members) == 1


def test_a_person_who_is_there_already_is_no_error(stage: Stage, sharepoint: RestDoor) -> None:
    claim = group_claim(stage)
    for _ in range(2):
        assert sharepoint.build_site(SITE, SiteWork(visitor_login=claim)) is None
    assert [each.login for each in sharepoint.get_associated_groups(SITE).visitors.members] == [claim]


def test_a_title_that_is_taken_is_told_and_lets_nobody_in(stage: Stage, sharepoint: RestDoor) -> None:
    sharepoint.build_site(SITE, SiteWork(lists=(KIT,)))
    with pytest.raises(AlreadyExists):
        sharepoint.build_site(SITE, SiteWork(lists=(MEDICAL, KIT), visitor_login=group_claim(stage)))
    found = sharepoint.read_site(SITE, TITLES)
    assert found.access.groups.visitors.members == ()
    check_against_rest(sharepoint, found, TITLES)
    with pytest.raises(AlreadyExists):
        sharepoint.build_site(SITE, SiteWork(level=NewLevel("Read", "", 176, 4395105)))


def test_a_staff_list_with_a_mistake_in_a_column_is_seen_by_nobody_else(sharepoint: RestDoor) -> None:
    broken = NewList("Medical", 100, "", ("<Field Type='Nonsense' />",), (), private=Private.STAFF)
    with pytest.raises(GatewayError):
        sharepoint.build_site(SITE, SiteWork(lists=(broken,)))
    found = sharepoint.read_site(SITE, ["Medical"])
    [medical] = found.lists
    assert medical.list.unique_permissions
    assert found.access.groups.visitors.id not in {grant.principal.id for grant in medical.grants}


# ---- items


def test_items_written_read_as_rest_reads_them(sharepoint: RestDoor) -> None:
    sharepoint.build_site(SITE, SiteWork(lists=(KIT, EVENTS)))
    kit, calendar = (each.list.id for each in sharepoint.read_site(SITE, ["Kit & caboodle", "Calendar"]).lists)
    hostile = 'A ]]> <b>"bold"</b> & \u2028 \U0001f6a2\r\n\t.'
    written = sharepoint.write_items_and_read(
        SITE, kit, [(None, {"Title": hostile, "Kit": "x"}), (None, {"Title": "B"})]
    )
    assert [item.id for item in written.items] == list(written.ids)
    assert [item.values["Title"] for item in written.items] == [hostile, "B"]
    again = sharepoint.write_items_and_read(SITE, kit, [(written.ids[1], {"Title": "C"}), (None, {"Title": "D"})])
    assert again.ids[0] == written.ids[1]
    assert [item.values["Title"] for item in again.items] == [hostile, "C", "D"]
    starts = datetime(2027, 5, 10, 9, 30, tzinfo=UTC)
    event: dict[str, Value] = {
        "Title": "Ferry",
        "EventDate": starts,
        "EndDate": starts,
        "fAllDayEvent": False,
        "Location": "Pier",
    }
    events = sharepoint.write_items_and_read(SITE, calendar, [(None, event)])
    assert events.items[0].values["EventDate"] == "2027-05-10T09:30:00Z"
    for list_id, found in ((kit, again), (calendar, events)):
        for ours, theirs in zip(found.items, sharepoint.list_items(SITE, list_id), strict=True):
            assert ours.id == theirs.id
            wanted = ("Title", "Kit", "EventDate", "EndDate", "fAllDayEvent", "Location")
            assert {n: ours.values.get(n) for n in wanted} == {n: theirs.values.get(n) for n in wanted}
    whole = sharepoint.read_site(SITE, ["Kit & caboodle", "Calendar"], with_items_of="Kit & caboodle")
    assert whole.items == again.items


def test_an_item_or_a_list_that_is_gone_is_told(sharepoint: RestDoor) -> None:
    sharepoint.build_site(SITE, SiteWork(lists=(KIT,)))
    [kit] = sharepoint.read_site(SITE, ["Kit & caboodle"]).lists
    with pytest.raises(NotFound):
        sharepoint.write_items_and_read(SITE, kit.list.id, [(None, {"Title": "A"}), (99, {"Title": "B"})])
    with pytest.raises(NotFound):
        sharepoint.write_items_and_read(SITE, "00000000-0000-4000-8000-00000000abcd", [(None, {"Title": "A"})])


# ---- addresses


def test_addresses_are_told_as_rest_tells_them(stage: Stage, sharepoint: RestDoor) -> None:
    free = f"{SITE}-free"
    urls = [SITE, free, f"{SITE}/"]
    stage.wire.seen.clear()
    found = sharepoint.find_addresses(urls)
    assert _queries(stage) == 1
    for url in urls:
        value = found[url].value
        assert value is not None
        assert value.site == sharepoint.find_site(url)
        assert value.deleted is sharepoint.find_deleted_site(url)
    address = found[SITE].value
    assert address is not None
    assert address.site is not None
    assert address.site.sharing is Sharing.DISABLED
