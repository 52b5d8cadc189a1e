"""What a site's marker remembers, against the emulator: written last, read back, and enough to converge."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sp_parent_portal.microsoft365.model import ListItem
from sp_parent_portal.resources.drift import Drift, judge_part
from sp_parent_portal.resources.marker import MARKER_LIST, MEMORY, read_marker
from tests.stage import SITE, Stage, not_done


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.furnish()
    return stage


def find_item(stage: Stage) -> tuple[str, ListItem]:
    [found] = [each for each in stage.gateway.sharepoint.list_lists(SITE) if each.title == MARKER_LIST]
    [item] = stage.gateway.sharepoint.list_items(SITE, found.id)
    return found.id, item


def test_the_marker_remembers_every_part_and_the_ids_of_things(stage: Stage) -> None:
    assert not_done(stage.apply()) == []
    lists = stage.gateway.sharepoint.list_lists(SITE)
    memory = read_marker(stage.gateway, SITE, lists).memory
    ids = {f"list {each.title}": each.id for each in lists}
    assert {
        "description",
        "look applyTheme",
        "list Itinerary",
        "column Itinerary/TripStart",
        "view Itinerary/Programme",
        "navigation Itinerary",
        "navigation In an emergency",
    } <= memory.keys()
    assert all(memory[key].id == ids[key] for key in memory if key.startswith("list "))
    assert not any(each.adopted for each in memory.values())
    planned = stage.plan()
    observed = planned.observed["lake-2027"]
    from sp_parent_portal.plan.planner import list_parts

    judged = {p.key: judge_part(p, observed.marker.memory) for p in list_parts(planned.desired["lake-2027"], observed)}
    assert judged == dict.fromkeys(memory, Drift.SAME)


def test_it_is_written_after_everything_that_it_remembers(stage: Stage) -> None:
    kinds = [outcome.change.kind for outcome in stage.apply()]
    assert kinds.index("site_marker") > max(
        kinds.index("trip_group"), len(kinds) - 1 - kinds[::-1].index("site_content")
    )
    assert kinds.index("site_marker") < kinds.index("site_opening")


def test_a_site_from_before_the_memory_is_remembered_as_it_is(stage: Stage) -> None:
    stage.apply()
    list_id, item = find_item(stage)
    with stage.emulator.state.work() as db:
        db.execute("DELETE FROM site_things WHERE kind LIKE 'field%' AND doc LIKE ?", (f"%{MEMORY}%",))
        db.execute(
            "UPDATE site_things SET doc = json_remove(doc, ?) WHERE kind = 'item' AND parent = ?",
            (f"$.{MEMORY}", list_id),
        )
    planned = stage.plan()
    assert [c.key for c in planned.plan.changes] == ["lake-2027: look applyTheme", SITE]
    assert not_done(stage.carry_out(planned)) == []
    assert json.loads(str(find_item(stage)[1].values[MEMORY]))["description"]
    assert find_item(stage)[1].id == item.id
    assert stage.plan().plan.changes == ()


@pytest.mark.parametrize("text", ["", "null", "[]", '{"settings": 7}', '{"settings": {"wanted": "x"}}', "{" * 3000])
def test_a_memory_that_somebody_spoilt_is_written_again(stage: Stage, text: str) -> None:
    stage.apply()
    list_id, item = find_item(stage)
    stage.gateway.sharepoint.update_item(SITE, list_id, item.id, {MEMORY: text})
    assert not_done(stage.apply()) == []
    assert stage.plan().plan.changes == ()


def test_a_site_whose_content_failed_is_not_marked_and_not_opened(stage: Stage) -> None:
    stage.faults({"on": "POST *ExecuteTemplateScript*", "nth": 1, "times": 9, "reply": 400})
    outcomes = {outcome.change.kind: outcome for outcome in stage.apply()}
    assert outcomes["site_marker"].status.value == "held"
    assert outcomes["site_opening"].status.value == "held"
    assert not any(each.title == MARKER_LIST for each in stage.gateway.sharepoint.list_lists(SITE))
    stage.faults()
    assert not_done(stage.apply()) == []
    assert stage.plan().plan.changes == ()
