"""A trip that ends and is taken up again, against the emulator."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sp_parent_portal.applying import Act, Applied, Asked, Ready, apply_ready
from sp_parent_portal.closing import find_prunable, plan_end
from sp_parent_portal.plan.model import Plan
from sp_parent_portal.sharing import Sharing
from tests.stage import GUARDIANS, SITE, TODAY, Killed, Stage, not_done

ADA, DAN, NINA, TOM = GUARDIANS
AFTER = date(2027, 7, 1)


@pytest.fixture
def stage(stage: Stage) -> Stage:
    stage.apply()
    return stage


def plan_of(stage: Stage, *, reopen: bool = False, today: date = TODAY) -> Plan:
    return plan_end(stage.plan(today=today), stage.gateway, stage.portal.sites, reopen=reopen).plan


def end(stage: Stage, *, reopen: bool = False, today: date = TODAY) -> Applied:
    planned = plan_end(stage.plan(today=today), stage.gateway, stage.portal.sites, reopen=reopen)
    asked = Asked(stage.folder / "portal.toml", (), act=Act.REOPEN if reopen else Act.CLOSE)
    return apply_ready(Ready(planned.plan, planned.plan.held), planned, stage.store, asked, lambda _outcome: None)


def is_shut(stage: Stage) -> bool:
    site = stage.gateway.sharepoint.find_site(SITE)
    assert site is not None
    inside = [email for email in GUARDIANS if stage.client.visit(email, SITE)["allowed"]]
    groups = stage.gateway.graph.find_groups("trip-lake-2027")
    return (site.lock, site.sharing, inside, groups) == ("ReadOnly", Sharing.DISABLED, [], ())


def test_a_closed_trip_has_nobody_from_outside_no_group_and_a_site_that_is_only_read(stage: Stage) -> None:
    applied = end(stage)
    assert (not_done(applied.outcomes), applied.exit_code) == ([], 0)
    kinds = [(o.change.verb, o.change.kind) for o in applied.outcomes]
    assert kinds == [
        ("update", "site_marker"),
        *[("remove", "membership")] * 4,
        ("update", "site_opening"),
        *[("remove", "trip_group")] * 2,
        ("update", "site_lock"),
    ]
    assert is_shut(stage)
    visitors = stage.gateway.sharepoint.get_associated_groups(SITE).visitors
    assert visitors.members == ()
    titles = {each.title for each in stage.gateway.sharepoint.list_lists(SITE)}
    assert "Itinerary" in titles
    before = stage.writes()
    assert end(stage).outcomes == ()
    assert stage.writes() == before


def test_apply_leaves_a_closed_trip_alone(stage: Stage) -> None:
    end(stage)
    stage.restart()
    planned = stage.plan()
    assert (planned.plan.changes, planned.plan.held) == ((), ())
    assert planned.observed["lake-2027"].closed == "2027-05-01"
    assert stage.carry_out(planned) == ()
    assert is_shut(stage)
    assert stage.plan(today=AFTER).plan.changes == ()


def test_somebody_let_into_a_closed_trip_goes_again(stage: Stage) -> None:
    end(stage)
    stage.gateway.sharepoint.set_site_sharing(SITE, Sharing.EXISTING_GUESTS)
    assert [(c.kind, c.urgent) for c in stage.plan().plan.changes] == [("site_opening", True)]
    assert not_done(stage.apply()) == []
    assert is_shut(stage)


def test_a_reopened_trip_is_as_it_was_and_nobody_is_told_twice(stage: Stage) -> None:
    mails = stage.mails()
    memory = stage.plan().observed["lake-2027"].marker.memory
    end(stage)
    applied = end(stage, reopen=True)
    assert [(o.change.kind, o.status.value) for o in applied.outcomes] == [
        ("site_lock", "done"),
        ("site_marker", "done"),
    ]
    assert stage.plan().observed["lake-2027"].marker.memory == memory
    assert end(stage, reopen=True).outcomes == ()
    assert not_done(stage.apply()) == []
    assert all(stage.client.visit(email, SITE)["allowed"] for email in GUARDIANS)
    assert stage.mails() == mails
    assert stage.plan().plan.changes == ()


@pytest.mark.parametrize("reopen", [False, True])
def test_crash_anywhere_while_it_ends_and_doing_it_again_finishes_it(tmp_path: Path, reopen: bool) -> None:
    whole = Stage(tmp_path / "whole")
    whole.furnish()
    whole.apply()
    if reopen:
        end(whole)
    start = len(whole.wire.seen)
    end(whole, reopen=reopen)
    writes = [
        n
        for n, request in enumerate(whole.wire.seen[start:])
        if not request.startswith("GET") and "GetSiteProperties" not in request and "login" not in request
    ]
    # Killed before one write is killed after the one before it: between them there are only reads.
    for number, after_work in [(writes[0], False), *((each, True) for each in writes)]:
        stage = Stage(tmp_path / f"{number}-{after_work}")
        stage.furnish()
        stage.apply()
        if reopen:
            end(stage)
        stage.wire.kill_at = len(stage.wire.seen) + number
        stage.wire.after_work = after_work
        with pytest.raises(Killed):
            end(stage, reopen=reopen)
        stage.restart()
        if not reopen and stage.plan().observed["lake-2027"].closed:
            # Whatever is left to do, no apply in between lets anybody in again.
            stage.apply()
            assert not [c for c in stage.plan().plan.changes if c.verb == "create"]
        assert not_done(end(stage, reopen=reopen).outcomes) == []
        assert plan_of(stage, reopen=reopen).changes == ()
        assert is_shut(stage) is not reopen


def test_guests_of_no_other_trip_are_named_and_nobody_is_deleted(stage: Stage) -> None:
    stage.write_trip("zoo-2027", ["S3"], title="Zoo")
    stage.apply("zoo-2027")
    planned = plan_end(stage.plan(), stage.gateway, stage.portal.sites, reopen=False)
    assert [user.email for user in find_prunable(stage.gateway, stage.store, planned)] == [DAN, NINA, TOM]
    guests = sorted(each.email for each in stage.gateway.graph.list_guests())
    end(stage)
    assert sorted(each.email for each in stage.gateway.graph.list_guests()) == guests
    again = plan_end(stage.plan(), stage.gateway, stage.portal.sites, reopen=False)
    assert [user.email for user in find_prunable(stage.gateway, stage.store, again)] == [DAN, NINA, TOM]


def test_a_trip_whose_files_are_spoilt_can_still_be_closed(stage: Stage) -> None:
    stage.write("sds/users.csv", "nonsense")
    path = stage.folder / "trips" / "lake-2027" / "trip.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('emergency_phone = "+441632960100"', ""), encoding="utf-8")
    assert not_done(end(stage).outcomes) == []
    assert is_shut(stage)


def test_a_trip_without_a_site_has_nothing_to_close(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.furnish()
    assert plan_of(stage).changes == ()
    assert plan_of(stage, reopen=True).changes == ()


def test_a_site_that_somebody_locked_holds_the_trip(stage: Stage) -> None:
    stage.gateway.sharepoint.set_site_lock(SITE, "ReadOnly")
    planned = stage.plan()
    assert planned.plan.changes == ()
    assert "locked (ReadOnly)" in planned.plan.held[0].reason
    assert not_done(end(stage, reopen=True).outcomes) == []
    assert stage.plan().plan.held == ()


def test_a_group_with_somebody_who_cannot_be_taken_out_is_not_deleted(stage: Stage) -> None:
    planned = plan_end(stage.plan(), stage.gateway, stage.portal.sites, reopen=False)
    [group] = stage.gateway.graph.find_groups("trip-lake-2027")
    keep = [c for c in planned.plan.changes if c.kind == "trip_group"]
    work = planned.tools["lake-2027"].work
    from sp_parent_portal.resources import trip_group

    assert [o.status.value for o in trip_group.apply(work, keep)] == ["done", "failed"]
    assert stage.gateway.graph.find_groups("trip-lake-2027") == (group,)
