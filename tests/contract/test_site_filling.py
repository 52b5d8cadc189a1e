"""A site is filled by one request and judged by one that reads it: what becomes of it when that request fails, is lost,
or meets what is there already."""

from __future__ import annotations

from typing import Any

import pytest

from sp_parent_portal.emulator.sharepoint import groups, lists, permissions
from sp_parent_portal.emulator.sharepoint.site import Site, find_site
from sp_parent_portal.resources.marker import MARKER_LIST
from sp_parent_portal.runs.model import Outcome, Status
from tests.rest_door import rest_door
from tests.stage import GUARDIANS, SITE, Stage, not_done

FILLING = "POST /sites/lake-2027/_vti_bin/client.svc/ProcessQuery"


def content(outcomes: tuple[Outcome, ...]) -> dict[str, Outcome]:
    """Of the site's content, by part."""
    return {o.change.key.partition(": ")[2]: o for o in outcomes if o.change.kind == "site_content"}


def assert_whole(stage: Stage) -> None:
    assert not_done(stage.apply()) == []
    assert [mail["to"] for mail in stage.mails()] == list(GUARDIANS)
    again = stage.plan().plan
    assert (again.changes, again.held) == ((), ())


def requests_of(stage: Stage) -> list[str]:
    return [each for each in stage.wire.seen if each.endswith("/sites/lake-2027/_vti_bin/client.svc/ProcessQuery")]


def test_one_request_fills_it_and_one_reads_it(stage: Stage) -> None:
    """Beside them one writes the calendar, one the marker, and one reads all again before the site is opened."""
    assert not_done(stage.apply()) == []
    assert len(requests_of(stage)) == 5


def test_what_was_done_though_the_answer_was_lost_is_done(stage: Stage) -> None:
    stage.faults({"on": FILLING, "nth": 1, "times": 1, "drop": True, "after_work": True})
    assert not_done(stage.apply()) == []
    assert [mail["to"] for mail in stage.mails()] == list(GUARDIANS)
    assert stage.plan().plan.changes == ()


@pytest.mark.parametrize("fault", [{"reply": 403}, {"drop": True}])
def test_what_was_not_done_is_said_and_made_by_the_next_run(stage: Stage, fault: dict[str, object]) -> None:
    stage.faults({"on": FILLING, "nth": 1, "times": 1, **fault})
    found = content(stage.apply())
    assert {found[part].status for part in ("settings", "list Itinerary", "marker list", "trip group in Visitors")} == {
        Status.FAILED if "reply" in fault else Status.UNKNOWN
    }
    assert stage.mails() == []
    stage.faults()
    assert_whole(stage)


def test_while_it_cannot_be_read_back_nothing_counts_as_done(stage: Stage) -> None:
    stage.faults({"on": FILLING, "nth": 2, "times": 1, "reply": 403})
    outcomes = stage.apply()
    assert {outcome.status for outcome in content(outcomes).values()} == {Status.FAILED}
    assert stage.mails() == []
    stage.faults()
    assert_whole(stage)


def test_what_stood_before_the_mistake_is_done(stage: Stage) -> None:
    """Somebody makes a list of that name meanwhile: it is not made, and not taken for ours."""
    planned = stage.plan()
    real = stage.gateway.sharepoint.look_at_new_site

    def meanwhile(url: str) -> object:
        found = real(url)
        if found[1]:
            rest_door(stage.gateway).create_list(SITE, "Packing", 100, description="Mine")
        return found

    stage.gateway.sharepoint.look_at_new_site = meanwhile  # type: ignore[method-assign,assignment]  # somebody comes between
    found = content(stage.carry_out(planned))
    done = {part for part, outcome in found.items() if outcome.status is Status.DONE}
    assert {"settings", "permission level Parent read", "permission of Visitors", "list Itinerary"} <= done
    assert not done & {"list Packing", "marker list", "trip group in Visitors"}
    assert "already" in found["list Packing"].detail
    site = stage.gateway.sharepoint.find_site(SITE)
    assert site is not None
    assert site.sharing.value == "disabled"
    planned = stage.plan()
    assert [held.subject for held in planned.plan.held] == ["description of Packing"]
    assert not_done(stage.carry_out(planned)) == []


def test_a_new_group_that_does_not_resolve_yet_is_tried_again_by_itself(stage: Stage) -> None:
    stage.control("POST", "weather", {"ensure_user_lag": 3})
    assert not_done(stage.apply()) == []
    assert len(stage.slept) >= 3
    assert len(requests_of(stage)) == 5 + 3
    assert stage.plan().plan.changes == ()


def test_a_group_that_never_resolves_keeps_the_rest_and_lets_nobody_in(stage: Stage) -> None:
    stage.control("POST", "weather", {"ensure_user_lag": 99})
    outcomes = stage.apply()
    assert [(part, o.status) for part, o in content(outcomes).items() if o.status is not Status.DONE] == [
        ("trip group in Visitors", Status.UNKNOWN)
    ]
    assert stage.mails() == []
    stage.control("POST", "weather", {"ensure_user_lag": None})
    assert_whole(stage)


# ---- on a site that is there -----------------------------------------------------------------------------------------


def titles(stage: Stage) -> list[str]:
    return [change.key.partition(": ")[2] for change in stage.plan().plan.changes]


def emulated(stage: Stage) -> tuple[Site, dict[str, Any]]:
    """The site as the emulator has it, and its marker's list."""
    site = find_site(stage.emulator, SITE)
    assert site is not None
    return site, lists.get_list(site, MARKER_LIST, "title")


@pytest.mark.parametrize("by_a_grant", [True, False])
def test_a_marker_list_that_others_see_is_said_and_closed(stage: Stage, by_a_grant: bool) -> None:
    stage.apply()
    site, marker = emulated(stage)
    if by_a_grant:
        permissions.add_grant(site, marker["Id"], groups.ASSOCIATED["members"], permissions.EDIT)
    else:
        permissions.restore_inheritance(site, marker["Id"])
    [change] = stage.plan().plan.changes
    told = "others as well (1)" if by_a_grant else "whoever can see the site"
    assert (change.key, change.verb, change.fields[0].before) == ("lake-2027: marker list", "update", told)
    assert not_done(stage.apply()) == []
    assert permissions.is_unique(site, marker["Id"])
    assert site.each("grant", marker["Id"]) == []
    assert stage.plan().plan.changes == ()


def test_a_marker_list_that_somebody_deleted_is_made_again(stage: Stage) -> None:
    stage.apply()
    lists.remove_list(*emulated(stage))
    assert "marker list" in titles(stage)
    assert not_done(stage.apply()) == []
    site, marker = emulated(stage)
    assert (marker["Hidden"], permissions.is_unique(site, marker["Id"])) == (True, True)
    assert stage.plan().plan.changes == ()


def test_visitors_who_hold_nothing_get_the_level_back(stage: Stage) -> None:
    stage.apply()
    site, _ = emulated(stage)
    visitors = groups.ASSOCIATED["visitors"]
    [grant] = [each for each in site.each("grant") if each["principal"] == visitors]
    site.remove("grant", f"{visitors}:{grant['role']}")
    [change] = stage.plan().plan.changes
    assert [(f.before, f.after) for f in change.fields] == [("nothing", "Parent read")]
    assert not_done(stage.apply()) == []
    assert grant in site.each("grant")
    assert stage.plan().plan.changes == ()


def test_a_level_that_somebody_changed_is_said_and_given_to_nobody(stage: Stage) -> None:
    stage.apply()
    site, _ = emulated(stage)
    level = permissions.get_role(site, "Parent read", "name")
    permissions.change_role(site, level, {"BasePermissions": {"High": 176, "Low": 138612833}})
    stage.write_trip(students=["S1", "S2", "S3"])
    outcomes = stage.apply()
    [found] = content(outcomes).values()
    assert (found.change.key, found.status) == ("lake-2027: permission level Parent read", Status.FAILED)
    assert found.change.fields[0].before == "176/138612833"
    assert "another permission level Parent read" in found.detail
    permissions.remove_role(site, level)
    assert titles(stage)[:2] == ["permission level Parent read", "permission of Visitors"]
    assert not_done(stage.apply()) == []
    assert stage.plan().plan.changes == ()


def test_a_group_taken_out_of_the_visitors_comes_back(stage: Stage) -> None:
    stage.apply()
    sharepoint = stage.gateway.sharepoint
    visitors = sharepoint.get_associated_groups(SITE).visitors
    sharepoint.remove_from_site_group(SITE, visitors.id, visitors.members[0].login)
    assert titles(stage) == ["trip group in Visitors"]
    assert not_done(stage.apply()) == []
    assert stage.plan().plan.changes == ()
