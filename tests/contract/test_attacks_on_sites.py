"""A colleague who may change a trip's site, its marker and its lists: nobody stays in who must go, nothing for staff is
told to be closed while it is open, and nothing that they leave there stops the work on it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal import templates
from sp_parent_portal.closing import plan_end
from sp_parent_portal.microsoft365.model import PageContent
from sp_parent_portal.resources.marker import MARKER_LIST, MEMORY
from tests.rest_door import rest_door
from tests.stage import GUARDIANS, SITE, Stage, not_done

ADA, DAN, NINA, TOM = GUARDIANS
STAFF = "Contacts"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.furnish()
    assert not_done(stage.apply()) == []
    return stage


def list_id(stage: Stage, title: str) -> str:
    return next(each.id for each in stage.gateway.sharepoint.list_lists(SITE) if each.title == title)


def forge_marker(stage: Stage, about: str | None = None, memory: dict[str, Any] | None = None) -> None:
    """What an owner of the site can write into the marker."""
    sharepoint, marker = rest_door(stage.gateway), list_id(stage, MARKER_LIST)
    [item] = sharepoint.list_items(SITE, marker)
    values: dict[str, Any] = {} if about is None else {"Title": about}
    if memory is not None:
        values[MEMORY] = json.dumps({**json.loads(str(item.values[MEMORY])), **memory})
    sharepoint.update_item(SITE, marker, item.id, values)


def lose_store(stage: Stage) -> None:
    stage.store.engine.dispose()
    for file in stage.folder.glob("runs.sqlite*"):
        file.unlink()
    stage.restart()


def members(stage: Stage) -> list[str]:
    [group] = stage.gateway.graph.find_groups("trip-lake-2027")
    return sorted(member.email for member in stage.gateway.graph.list_members(group.id))


# ---- the marker ------------------------------------------------------------------------------------------------------


def test_an_excluded_person_goes_also_where_the_marker_names_another_group(stage: Stage) -> None:
    forge_marker(stage, memory={"group": {"wanted": "x", "seen": "x", "id": "11111111-1111-1111-1111-111111111111"}})
    lose_store(stage)
    stage.write_exclusions("S1,P2,,block,,CP-1")
    assert stage.plan().plan.held
    assert not_done(stage.apply()) == []
    assert members(stage) == [ADA, DAN, NINA]


def test_closing_takes_everybody_out_also_where_the_site_says_that_it_is_another_trips(stage: Stage) -> None:
    forge_marker(stage, about='{"trip": "another-2027"}')
    planned = plan_end(stage.plan(), stage.gateway, stage.portal.sites, reopen=False)
    assert [held.trip for held in planned.plan.held] == ["lake-2027"]
    assert {change.kind for change in planned.plan.changes} == {"membership"}
    assert not_done(stage.carry_out(planned)) == []
    assert members(stage) == []


def test_half_a_character_in_the_marker_makes_it_no_marker(stage: Stage) -> None:
    forge_marker(stage, about='{"trip": "lake-2027", "template": "\\ud800"}')
    told = json.dumps(stage.plan().plan.as_data(), ensure_ascii=False)
    assert "site_marker" in told
    told.encode()


# ---- the lock --------------------------------------------------------------------------------------------------------


def test_a_site_that_nobody_may_read_does_not_keep_an_excluded_person_in(stage: Stage) -> None:
    stage.gateway.sharepoint.set_site_lock(SITE, "NoAccess")
    stage.write_exclusions("S1,P2,,block,,CP-1")
    [held] = stage.plan().plan.held
    assert "NoAccess" in held.reason
    assert not_done(stage.apply()) == []
    assert members(stage) == [ADA, DAN, NINA]
    planned = plan_end(stage.plan(), stage.gateway, stage.portal.sites, reopen=False)
    assert not_done(stage.carry_out(planned)) == []
    assert members(stage) == []


def test_a_hub_that_is_none_any_more_does_not_keep_an_excluded_person_in(stage: Stage) -> None:
    portal = stage.folder / "portal.toml"
    hub = '\n[sites]\nhub = "https://contoso.sharepoint.com/sites/gone"\n'
    portal.write_text(portal.read_text(encoding="utf-8") + hub, encoding="utf-8")
    stage.write_exclusions("S1,P2,,block,,CP-1")
    planned = stage.plan()
    assert planned.broken is not None
    assert "is no hub site" in planned.broken.message
    assert [change.kind for change in planned.plan.changes] == ["membership"]
    assert not_done(stage.carry_out(planned)) == []
    assert members(stage) == [ADA, DAN, NINA]


# ---- what stands on a page and in a calendar -------------------------------------------------------------------------


def test_half_a_character_on_a_page_stops_nothing(stage: Stage) -> None:
    sharepoint = stage.gateway.sharepoint
    [page] = [each for each in sharepoint.list_pages(SITE) if each.file == "start.aspx"]
    canvas = json.dumps([{"controlType": 4, "position": {}, "innerHTML": "\ud800"}])
    sharepoint.check_out_pages(SITE, [page.id])
    sharepoint.save_pages(SITE, {page.id: PageContent(title="Start", canvas=canvas, layout="[]")})
    sharepoint.publish_pages(SITE, [page.id])
    stage.write_exclusions("S1,P2,,block,,CP-1")
    assert [held.subject for held in stage.plan().plan.held] == ["page start"]
    assert not_done(stage.apply()) == []
    assert members(stage) == [ADA, DAN, NINA]


def test_a_calendar_entry_of_opening_brackets_alone_is_read_in_no_time(stage: Stage) -> None:
    sharepoint, events = rest_door(stage.gateway), list_id(stage, "Events")
    item = sharepoint.list_items(SITE, events)[0]
    sharepoint.update_item(SITE, events, item.id, {"Description": "<" * 300_000})
    assert [held.subject.split()[0] for held in stage.plan().plan.held] == ["calendar"]


# ---- lists for staff -------------------------------------------------------------------------------------------------


def test_full_control_of_a_staff_list_for_a_group_is_taken_away_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "site_templates"
    shutil.copytree(Path(templates.__file__).resolve().parent.parent / "site_templates", home)
    monkeypatch.setattr(templates, "_home", lambda: home)
    declaration = home / "school-trip" / "template.toml"
    declaration.write_text(f'staff_only = ["{STAFF}"]\n{declaration.read_text(encoding="utf-8")}', encoding="utf-8")
    stage = Stage(tmp_path)
    stage.furnish()
    assert not_done(stage.apply()) == []
    sharepoint = rest_door(stage.gateway)
    visitors = sharepoint.get_associated_groups(SITE).visitors
    full = next(each for each in sharepoint.list_permission_levels(SITE) if each.name == "Full Control")
    for title in (STAFF, MARKER_LIST):
        sharepoint.add_grant(SITE, visitors.id, full.id, list_id(stage, title))
    [change] = [c for c in stage.plan().plan.changes if "permission of list" in c.key]
    assert change.key == f"lake-2027: permission of list {STAFF}"
    stage.apply()
    there = sharepoint.list_grants(SITE, list_id(stage, STAFF))
    assert visitors.id not in {grant.principal.id for grant in there}
