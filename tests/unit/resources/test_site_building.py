"""Which changes one request makes, and what it is told to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from sp_parent_portal.microsoft365.site_work import NewLevel, NewLink, NewList, NewView, Private, SiteWork
from sp_parent_portal.plan.desired import Desired
from sp_parent_portal.plan.model import Change
from sp_parent_portal.resources import site_content
from sp_parent_portal.resources.marker import MARKER_LIST, MEMORY_XML
from sp_parent_portal.resources.site_building import choose, is_plain, make_work
from sp_parent_portal.template_model import WantedField, WantedList, WantedNavNode, WantedView

from .wishes import make_desired

VIEW = {"verb": "addSPView", "name": "Kit", "viewFields": ["Title"], "query": "", "rowLimit": 30, "isPaged": True}
COLUMN = {"verb": "addSPFieldXml", "schemaXml": "<Field />"}
KIT = WantedField("Kit", "Kit", "Text", '<Field Type="Text" Name="Kit" DisplayName="Kit" />')


def make_list(*steps: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"verb": "createSPList", "listName": "Kit", "templateType": 100, "subactions": list(steps), **more}


@pytest.mark.parametrize(
    "action",
    [
        make_list(),
        make_list({"verb": "setDescription", "description": "What"}, COLUMN, {**VIEW, "makeDefault": True}),
        make_list({**COLUMN, "addToDefaultView": False}, {**VIEW, "scope": "Default", "formatterJSON": ""}),
    ],
)
def test_plain(action: dict[str, Any]) -> None:
    assert is_plain(action)


@pytest.mark.parametrize(
    "action",
    [
        make_list(color="red"),
        make_list({**COLUMN, "addToDefaultView": True}),
        make_list({**VIEW, "scope": "Recursive"}),
        make_list({**VIEW, "formatterJSON": {"a": 1}}),
        make_list({**VIEW, "name": "All Items"}),
        make_list({"verb": "setTitle", "title": "Other"}),
        make_list({"verb": "addContentType", "name": "Item"}),
    ],
)
def test_for_a_script(action: dict[str, Any]) -> None:
    assert not is_plain(action)


# ---- changes as work -------------------------------------------------------------------------------------------------


@pytest.fixture
def desired() -> Desired:
    wish = make_desired(["ada@mail.example"])
    kit = WantedList("Kit", 100, "What", (KIT,), make_list(), (WantedView("All kit", ("Kit",), "", 30, True, True),))
    staff = replace(kit, title="Medical", description="", fields=(), views=(), staff_only=True)
    fancy = replace(staff, title="Fancy", action=make_list(color="red"))
    links = (WantedNavNode("Kit", "/sites/lake/Lists/Kit", {}), WantedNavNode("More", "", {}))
    content = replace(wish.content, lists=(kit, staff, fancy), navigation=links, settings=({"verb": "applyTheme"},))
    return replace(wish, content=content)


def parts(changes: Sequence[Change]) -> set[str]:
    return {site_content.part_of(change) for change in changes}


def planned(desired: Desired, *without: str) -> list[Change]:
    changes, _ = site_content.diff(desired, None, {})
    return [change for change in changes if site_content.part_of(change) not in without]


def test_a_new_site_is_one_piece_of_work(desired: Desired) -> None:
    changes = planned(desired)
    chosen = choose(desired, changes)
    assert parts(changes) - parts(chosen) == {"look applyTheme", "list Fancy", "permission of list Fancy"}
    assert make_work(desired, chosen, "g-1") == SiteWork(
        settings={
            "MembersCanShare": False,
            "CommentsOnSitePagesDisabled": True,
            "RequestAccessEmail": "j.okoro@school.example",
            "Description": "A trip",
        },
        level=NewLevel("Parent read", "Read without seeing who else reads", 176, 4395105),
        visitors="Parent read",
        visitors_hold_nothing=False,
        lists=(
            NewList("Kit", 100, "What", (KIT.schema_xml,), (NewView("All kit", ("Kit",), "", 30, True, True),)),
            NewList("Medical", 100, "", (), (), private=Private.STAFF),
            NewList(MARKER_LIST, 100, "Kept by the school", (MEMORY_XML,), (), hidden=True, private=Private.OWNERS),
        ),
        links=(NewLink("Kit", "/sites/lake/Lists/Kit"), NewLink("More", "http://linkless.header/")),
        visitor_login="c:0t.c|tenant|g-1",
    )


def test_what_does_not_change_is_left_as_it_is(desired: Desired) -> None:
    assert make_work(desired, (), "g-1") == SiteWork()
    only = [change for change in planned(desired) if site_content.part_of(change) == "trip group in Visitors"]
    assert make_work(desired, choose(desired, only), "g-1") == SiteWork(visitor_login="c:0t.c|tenant|g-1")


def test_who_sees_a_list_that_is_there_already_is_not_changed_by_making_it(desired: Desired) -> None:
    chosen = choose(desired, planned(desired, "list Medical"))
    assert "permission of list Medical" not in parts(chosen)
    assert [each.title for each in make_work(desired, chosen, "g-1").lists] == ["Kit", MARKER_LIST]


def test_a_staff_site_has_no_guardians_to_let_in(desired: Desired) -> None:
    staff = replace(desired, staff=True)
    work = make_work(staff, choose(staff, planned(staff)), "")
    assert (work.level, work.visitors, work.visitor_login) == (None, "", "")
    assert work.settings["MembersCanShare"] is False
