"""What a site's marker remembers, against the emulator: written last, read back, and enough to converge."""

from __future__ import annotations

import json

import pytest

from sp_parent_portal.microsoft365.model import ListItem
from sp_parent_portal.resources.drift import Drift, judge_part
from sp_parent_portal.resources.marker import MARKER_LIST, MEMORY, read_marker
from sp_parent_portal.resources.trip_group import make_description
from sp_parent_portal.runs.store import open_store
from tests.rest_door import rest_door
from tests.stage import GUARDIANS, SITE, Stage, not_done


def find_item(stage: Stage) -> tuple[str, ListItem]:
    [found] = [each for each in stage.gateway.sharepoint.list_lists(SITE) if each.title == MARKER_LIST]
    [item] = stage.gateway.sharepoint.list_items(SITE, found.id)
    return found.id, item


def test_the_marker_remembers_every_part_and_the_ids_of_things(stage: Stage) -> None:
    assert not_done(stage.apply()) == []
    lists = stage.gateway.sharepoint.list_lists(SITE)
    memory = read_marker([find_item(stage)[1]]).memory
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
    assert [c.key for c in planned.plan.changes] == [
        *("lake-2027: look activateSPFeature", "lake-2027: look applyTheme", "lake-2027: marker list"),
        SITE,
    ]
    assert not_done(stage.carry_out(planned)) == []
    assert json.loads(str(find_item(stage)[1].values[MEMORY]))["description"]
    assert find_item(stage)[1].id == item.id
    assert stage.plan().plan.changes == ()


@pytest.mark.parametrize("text", ["", "null", "[]", '{"settings": 7}', '{"settings": {"wanted": "x"}}', "{" * 3000])
def test_a_memory_that_somebody_spoilt_is_written_again(stage: Stage, text: str) -> None:
    stage.apply()
    list_id, item = find_item(stage)
    rest_door(stage.gateway).update_item(SITE, list_id, item.id, {MEMORY: text})
    assert not_done(stage.apply()) == []
    assert stage.plan().plan.changes == ()


def test_a_site_whose_content_failed_is_not_marked_and_not_opened(stage: Stage) -> None:
    stage.faults({"on": "POST *ExecuteTemplateScript*", "nth": 1, "times": 9, "reply": 400})
    outcomes = {outcome.change.kind: outcome for outcome in stage.apply()}
    assert outcomes["site_marker"].status.value == "held"
    assert outcomes["site_opening"].status.value == "held"
    [found] = [each for each in stage.gateway.sharepoint.list_lists(SITE) if each.title == MARKER_LIST]
    assert (found.hidden, found.unique_permissions, found.items) == (True, True, 0)
    stage.faults()
    assert not_done(stage.apply()) == []
    assert stage.plan().plan.changes == ()


# ---- whose it is -----------------------------------------------------------------------------------------------------


def forget_the_run_store(stage: Stage) -> None:
    """The next run is on another machine."""
    (stage.folder / "other").mkdir()
    stage.store.engine.dispose()
    stage.store = open_store(f"sqlite:///{stage.folder / 'other' / 'runs.sqlite'}")


def test_another_machine_knows_the_trip_by_its_marker(stage: Stage) -> None:
    stage.apply()
    forget_the_run_store(stage)
    kinds = {change.kind for change in stage.plan().plan.changes}
    assert kinds <= {"notice"}


def test_a_group_planted_before_the_first_run_is_refused_and_nobody_is_added(stage: Stage) -> None:
    planted = stage.gateway.graph.create_group("Trip", "trip-lake-2027", make_description("lake-2027"))
    before = stage.writes()
    planned = stage.plan()
    assert planned.plan.changes == ()
    assert "looks like ours, but nothing remembers making it" in planned.plan.held[0].reason
    assert stage.carry_out(planned) == ()
    assert stage.writes() == before
    assert list(stage.gateway.graph.list_members(planted.id)) == []


def test_a_group_planted_in_the_place_of_ours_is_refused(stage: Stage) -> None:
    stage.apply()
    graph = stage.gateway.graph
    [ours] = graph.find_groups("trip-lake-2027")
    graph.delete_group(ours.id)
    planted = graph.create_group("Trip", "trip-lake-2027", make_description("lake-2027"))
    planned = stage.plan()
    assert planned.plan.changes == ()
    assert "looks like ours" in planned.plan.held[0].reason
    graph.delete_group(planted.id)
    assert not_done(stage.apply()) == []
    [again] = graph.find_groups("trip-lake-2027")
    assert {member.email for member in graph.list_members(again.id)} == set(GUARDIANS)
    assert stage.plan().plan.changes == ()


def test_a_group_beside_ours_that_bears_our_mark_does_no_harm(stage: Stage) -> None:
    stage.apply()
    stage.gateway.graph.create_group("Trip", "trip-lake-2027", make_description("lake-2027"))
    assert stage.plan().plan.changes == ()
    assert stage.plan().plan.held == ()


def test_a_site_planted_with_our_marker_is_refused(stage: Stage) -> None:
    from sp_parent_portal.emulator.sharepoint.birth import create_site

    stage.apply()
    with stage.emulator.state.work() as db:
        memory = db.execute(
            "SELECT doc FROM site_things WHERE kind = 'item' AND doc LIKE ?", (f"%{MEMORY}%",)
        ).fetchone()
    title = str(json.loads(memory["doc"])["Title"]).replace("lake-2027", "zoo-2027")
    site = create_site(stage.emulator, SITE.replace("lake", "zoo"), "Zoo", "m.bell@school.example")
    made = rest_door(stage.gateway).create_list(site.url, MARKER_LIST, 100, hidden=True)
    stage.gateway.sharepoint.break_inheritance(site.url, made.id)
    rest_door(stage.gateway).add_item(site.url, made.id, {"Title": title})
    stage.write_trip("zoo-2027", ["S3"], title="Zoo")
    before = stage.writes()
    planned = stage.plan("zoo-2027")
    assert planned.plan.changes == ()
    assert "calls itself this trip's" in planned.plan.held[0].reason
    assert stage.carry_out(planned) == ()
    assert stage.writes() == before


def test_an_address_that_is_reserved_is_found_by_plan(stage: Stage) -> None:
    taken = {"SiteId": "", "SiteStatus": 4, "SiteUrl": ""}
    stage.faults({"on": "GET /_api/SPSiteManager/status", "nth": 1, "times": 1, "reply": 200, "body": taken})
    planned = stage.plan()
    assert planned.plan.changes == ()
    assert "reserved" in planned.plan.held[0].reason
