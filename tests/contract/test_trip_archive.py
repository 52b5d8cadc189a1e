"""A trip whose site is archived when it ends, and comes back from the archive, against the emulator."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.applying import Act, Applied, Asked, Ready, apply_ready
from sp_parent_portal.audit.collect import collect_site
from sp_parent_portal.audit.levels import UNKNOWN
from sp_parent_portal.audit.reach import reach
from sp_parent_portal.closing import find_prunable, plan_end
from sp_parent_portal.microsoft365.model import Site
from sp_parent_portal.planning import Planned
from sp_parent_portal.runs.store import open_store
from sp_parent_portal.sharing import Sharing
from sp_parent_portal.status import make_statuses
from tests.stage import GUARDIANS, SITE, TODAY, Killed, Stage, not_done

ADA, DAN, NINA, TOM = GUARDIANS
LATER = date(2027, 7, 1)


def set_archive(stage: Stage, *, enabled: bool) -> None:
    from sp_parent_portal.emulator.sharepoint import tenant_properties

    tenant_properties.change(stage.emulator.state, {"EnableSiteArchive": enabled})


def furnish(stage: Stage, *, enabled: bool = True) -> Stage:
    """A trip with a site, of a school that archives."""
    stage.furnish()
    path = stage.folder / "portal.toml"
    path.write_text(path.read_text(encoding="utf-8") + '[sites]\nwhen_closed = "archived"\n', encoding="utf-8")
    set_archive(stage, enabled=enabled)
    stage.apply()
    return stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return furnish(Stage(tmp_path))


def make_end(stage: Stage, *, reopen: bool = False) -> Planned:
    return plan_end(stage.plan(), stage.gateway, stage.portal.sites, reopen=reopen)


def carry_out(stage: Stage, planned: Planned, *, reopen: bool = False) -> Applied:
    asked = Asked(stage.folder / "portal.toml", (), act=Act.REOPEN if reopen else Act.CLOSE)
    return apply_ready(Ready(planned.plan, planned.plan.held), planned, stage.store, asked, lambda _outcome: None)


def end(stage: Stage, *, reopen: bool = False) -> Applied:
    return carry_out(stage, make_end(stage, reopen=reopen), reopen=reopen)


def told(applied: Applied) -> list[tuple[str, str]]:
    return [(o.change.kind, o.status.value) for o in applied.outcomes]


def weather(stage: Stage, **settings: int) -> None:
    stage.control("POST", "weather", {"archive": settings or None})


def site_of(stage: Stage) -> Site:
    site = stage.gateway.sharepoint.find_site(SITE)
    assert site is not None
    return site


def is_left(stage: Stage) -> bool:
    """Whether nobody from outside comes in, and nothing is left that would let anybody."""
    inside = [email for email in GUARDIANS if stage.control("POST", "visit", {"email": email, "site": SITE})["allowed"]]
    groups = stage.gateway.graph.find_groups("trip-lake-2027")
    return (site_of(stage).sharing, inside, groups) == (Sharing.DISABLED, [], ())


def archive_by_hand(stage: Stage) -> None:
    """As an administrator does in the admin centre."""
    assert stage.gateway.sharepoint.archive_site(SITE).complete


# ---- the end ---------------------------------------------------------------------------------------------------------


def test_access_is_taken_away_first_and_the_archive_comes_last(stage: Stage) -> None:
    applied = end(stage)
    assert (not_done(applied.outcomes), applied.exit_code) == ([], 0)
    assert [(o.change.verb, o.change.kind) for o in applied.outcomes] == [
        ("update", "site_marker"),
        *[("remove", "membership")] * 4,
        ("update", "site_opening"),
        *[("remove", "trip_group")] * 2,
        ("update", "site_lock"),
        ("update", "site_archive"),
    ]
    assert is_left(stage)
    assert (site_of(stage).archive, site_of(stage).lock) == ("RecentlyArchived", "ReadOnly")
    before = stage.writes()
    again = end(stage)
    assert (again.outcomes, again.held) == ((), ())
    assert stage.writes() == before


def test_an_archived_trip_is_left_alone_and_told_as_closed(stage: Stage) -> None:
    end(stage)
    stage.restart()
    planned = stage.plan(today=LATER)
    assert (planned.plan.changes, planned.plan.held) == ((), ())
    assert (planned.closed, list(planned.archived)) == ({"lake-2027": TODAY.isoformat()}, ["lake-2027"])
    assert stage.carry_out(planned) == ()
    [status] = make_statuses(planned)
    assert (status.closed, status.archive, status.invited) == (TODAY.isoformat(), "RecentlyArchived", 0)
    found = find_prunable(stage.gateway, stage.store, planned)
    assert [user.email for user in found] == list(GUARDIANS)


def test_an_archived_trip_does_not_keep_the_others_from_being_worked_on(stage: Stage) -> None:
    end(stage)
    stage.write_trip("zoo-2027", ["S3"], title="Zoo")
    assert not_done(stage.apply("lake-2027", "zoo-2027")) == []
    assert stage.plan("lake-2027", "zoo-2027").plan.held == ()


def test_sharepoint_is_waited_for_as_it_asks(stage: Stage) -> None:
    weather(stage, operation_polls=5)
    stage.slept.clear()
    assert end(stage).exit_code == 0
    assert site_of(stage).archive == "RecentlyArchived"
    assert [seconds for seconds in stage.slept if seconds >= 5] == [15.0] + [15.0] * 3 + [5.0] * 2, (
        "the lock, then the archive"
    )


def test_an_archive_that_takes_longer_than_our_patience_is_found_by_the_next_run(stage: Stage) -> None:
    weather(stage, operation_polls=60)
    applied = end(stage)
    assert (told(applied)[-1], applied.exit_code) == (("site_archive", "unknown"), 6)
    assert "run the command again" in applied.outcomes[-1].detail
    assert is_left(stage)
    assert site_of(stage).lock == "ReadOnly"
    weather(stage, operation_polls=0)
    assert told(end(stage)) == [("site_archive", "done")]


def test_an_answer_that_is_lost_is_read_back(tmp_path: Path) -> None:
    stage = furnish(Stage(tmp_path), enabled=False)
    end(stage)
    set_archive(stage, enabled=True)
    planned = make_end(stage)
    assert [change.kind for change in planned.plan.changes] == ["site_archive"]
    stage.faults({"on": "POST /_vti_bin/client.svc/ProcessQuery", "nth": 1, "drop": True, "after_work": True})
    assert told(carry_out(stage, planned)) == [("site_archive", "done")]


def test_a_site_is_not_archived_while_something_before_it_is_not_done(stage: Stage) -> None:
    stage.faults({"on": "DELETE /groups/*", "nth": 1, "times": 9, "reply": 400})
    applied = end(stage)
    assert (told(applied)[-1], applied.exit_code) == (("site_archive", "held"), 6)
    assert site_of(stage).archive == "NotArchived"
    stage.faults()
    assert not_done(end(stage).outcomes) == []
    assert is_left(stage)
    assert site_of(stage).archive == "RecentlyArchived"


def test_a_site_that_sharepoint_refuses_to_archive_is_closed_all_the_same(stage: Stage) -> None:
    with stage.emulator.state.work() as db:
        db.execute("UPDATE sites SET doc = json_set(doc, '$.IsHubSite', json('true')) WHERE url = ?", (SITE,))
    applied = end(stage)
    assert (told(applied)[-1], applied.exit_code) == (("site_archive", "failed"), 6)
    assert "no hub site" in applied.outcomes[-1].detail
    assert is_left(stage)
    assert site_of(stage).lock == "ReadOnly"


def test_a_trip_that_was_closed_without_the_archive_is_archived_when_the_school_wants_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.furnish()
    stage.apply()
    end(stage)
    assert site_of(stage).archive == "NotArchived"
    stage.write("portal.toml", (tmp_path / "portal.toml").read_text() + '[sites]\nwhen_closed = "archived"\n')
    set_archive(stage, enabled=True)
    assert stage.plan().plan.changes == ()
    assert told(end(stage)) == [("site_archive", "done")]


# ---- a tenant without the archive ------------------------------------------------------------------------------------


@pytest.mark.parametrize("readable", [True, False])
def test_a_tenant_without_the_archive_is_told_of_first_and_the_trip_is_closed(tmp_path: Path, readable: bool) -> None:
    stage = furnish(Stage(tmp_path), enabled=False)
    planned = stage.plan()
    if not readable:
        stage.faults({"on": "GET /_api/Microsoft.Online.SharePoint.TenantAdministration.Tenant", "reply": 403})
    planned = plan_end(planned, stage.gateway, stage.portal.sites, reopen=False)
    stage.faults()
    [held] = planned.plan.held
    assert (held.trip, held.subject) == ("lake-2027", SITE)
    assert ("not turned on" if readable else "could not be read") in held.reason
    assert ("pay-as-you-go billing" in held.ask) is readable
    assert "site_archive" not in {change.kind for change in planned.plan.changes}
    applied = end(stage)
    assert (not_done(applied.outcomes), applied.exit_code) == ([], 6)
    assert is_left(stage)
    assert (site_of(stage).archive, site_of(stage).lock) == ("NotArchived", "ReadOnly")
    again = end(stage)
    assert (again.outcomes, len(again.held)) == ((), 1)
    set_archive(stage, enabled=True)
    assert told(end(stage)) == [("site_archive", "done")]


def test_a_school_that_does_not_archive_asks_the_tenant_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.furnish()
    stage.apply()
    planned = stage.plan()
    seen = len(stage.wire.seen)
    plan_end(planned, stage.gateway, stage.portal.sites, reopen=False)
    assert len(stage.wire.seen) == seen


# ---- the way back ----------------------------------------------------------------------------------------------------


def test_a_recently_archived_trip_comes_back_at_once_as_it_was(stage: Stage) -> None:
    mails, memory = stage.mails(), stage.plan().observed["lake-2027"].marker.memory
    end(stage)
    set_archive(stage, enabled=False)  # what is archived comes back all the same
    applied = end(stage, reopen=True)
    assert told(applied) == [("site_archive", "done"), ("site_lock", "done"), ("site_marker", "done")]
    assert applied.exit_code == 0
    assert (site_of(stage).archive, site_of(stage).lock) == ("NotArchived", "Unlock")
    assert stage.plan().observed["lake-2027"].marker.memory == memory
    assert end(stage, reopen=True).outcomes == ()
    assert not_done(stage.apply()) == []
    assert all(stage.control("POST", "visit", {"email": email, "site": SITE})["allowed"] for email in GUARDIANS)
    assert stage.mails() == mails
    assert stage.plan().plan.changes == ()


def test_a_fully_archived_trip_is_begun_and_taken_up_by_a_later_run(stage: Stage) -> None:
    end(stage)
    weather(stage, recent_days=0, reactivation_polls=9)
    assert site_of(stage).archive == "FullyArchived"
    applied = end(stage, reopen=True)
    assert told(applied) == [("site_archive", "unknown"), ("site_lock", "held"), ("site_marker", "held")]
    assert applied.exit_code == 6
    assert "up to 24 hours: run the command again then" in applied.outcomes[0].detail
    planned = stage.plan()
    assert (planned.plan.changes, planned.plan.held, planned.closed) == ((), (), {"lake-2027": TODAY.isoformat()})
    writes = stage.writes()
    assert told(end(stage, reopen=True))[0] == ("site_archive", "unknown")
    assert stage.writes() == writes, "SharePoint is asked to reactivate it once"
    while site_of(stage).archive == "Reactivating":
        pass
    assert told(end(stage, reopen=True)) == [("site_lock", "done"), ("site_marker", "done")]
    assert not_done(stage.apply()) == []
    assert stage.plan().plan.changes == ()


def test_a_site_that_comes_back_between_plan_and_apply_is_taken_as_it_is(stage: Stage) -> None:
    end(stage)
    weather(stage, recent_days=0, reactivation_polls=3)
    assert told(end(stage, reopen=True))[0] == ("site_archive", "unknown")
    # The plan's look is the last one that finds it reactivating.
    applied = end(stage, reopen=True)
    assert told(applied) == [("site_archive", "done"), ("site_lock", "done"), ("site_marker", "done")]


def test_what_comes_back_under_another_trips_name_is_not_taken_up(stage: Stage) -> None:
    end(stage)
    with stage.emulator.state.work() as db:
        db.execute(
            "UPDATE site_things SET doc = replace(doc, 'lake-2027\\\"', 'hill-2027\\\"') WHERE doc LIKE '%inputs%'"
        )
    applied = end(stage, reopen=True)
    assert told(applied) == [("site_archive", "failed"), ("site_lock", "held"), ("site_marker", "held")]


# ---- crashes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reopen", [False, True])
def test_crash_anywhere_and_doing_it_again_finishes_it(tmp_path: Path, reopen: bool) -> None:
    def begin(name: str) -> Stage:
        stage = furnish(Stage(tmp_path / name))
        weather(stage, operation_polls=1)
        if reopen:
            end(stage)
        return stage

    whole = begin("whole")
    start = len(whole.wire.seen)
    end(whole, reopen=reopen)
    calls = list(enumerate(whole.wire.seen[start:]))
    writes = [n for n, path in calls if not path.startswith("GET") and "GetSiteProperties" not in path]
    # Killed before one write is killed after the one before it: between them there are only reads.
    for number, after_work in [(writes[0], False), *((each, True) for each in writes if "login" not in calls[each][1])]:
        stage = begin(f"{number}-{after_work}")
        stage.wire.kill_at = len(stage.wire.seen) + number
        stage.wire.after_work = after_work
        with pytest.raises(Killed):
            end(stage, reopen=reopen)
        stage.restart()
        weather(stage, operation_polls=1)
        if not reopen and stage.plan().observed["lake-2027"].closed:
            # Whatever is left to do, no apply in between lets anybody in again.
            stage.apply()
            assert not [c for c in stage.plan().plan.changes if c.verb == "create"]
        assert not_done(end(stage, reopen=reopen).outcomes) == []
        assert make_end(stage, reopen=reopen).plan.changes == ()
        assert (site_of(stage).archive, is_left(stage)) == (
            ("NotArchived", True) if reopen else ("RecentlyArchived", True)
        )
        if reopen:
            assert stage.plan().observed["lake-2027"].closed == ""


# ---- archived by somebody else ---------------------------------------------------------------------------------------


def test_a_live_trip_whose_site_somebody_archived_is_held_and_keeps_nobody_in(stage: Stage) -> None:
    archive_by_hand(stage)
    stage.write_exclusions(",P4,,block,,")
    planned = stage.plan()
    [held] = planned.plan.held
    assert (held.trip, held.subject) == ("lake-2027", "")
    assert "is archived (RecentlyArchived)" in held.reason
    assert "reactivate it in the SharePoint admin centre" in held.ask
    assert [(c.verb, c.kind, c.urgent) for c in planned.plan.changes] == [("remove", "membership", True)]
    assert not_done(stage.carry_out(planned)) == []
    [group] = stage.gateway.graph.find_groups("trip-lake-2027")
    assert sorted(each.email for each in stage.gateway.graph.list_members(group.id)) == [ADA, NINA, TOM]


def test_a_live_trip_whose_site_somebody_archived_is_emptied_by_close_and_not_reactivated(stage: Stage) -> None:
    archive_by_hand(stage)
    applied = end(stage)
    assert (told(applied), applied.exit_code) == ([("membership", "done")] * 4, 6)
    reopening = end(stage, reopen=True)
    assert (reopening.outcomes, len(reopening.held)) == ((), 1)
    assert site_of(stage).archive == "RecentlyArchived"


def test_a_closed_trip_whose_site_somebody_archived_is_a_closed_trip(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.furnish()
    stage.apply()
    end(stage)
    set_archive(stage, enabled=True)
    archive_by_hand(stage)
    planned = stage.plan(today=LATER)
    assert (planned.plan.changes, planned.plan.held, list(planned.closed)) == ((), (), ["lake-2027"])
    assert end(stage, reopen=True).exit_code == 0
    assert not_done(stage.apply()) == []


def test_where_nothing_remembers_closing_it_an_archived_site_holds_the_trip(stage: Stage) -> None:
    end(stage)
    stage.store.engine.dispose()
    stage.store = open_store(f"sqlite:///{stage.folder / 'elsewhere.sqlite'}")
    [held] = stage.plan().plan.held
    assert "nothing here remembers closing the trip" in held.reason
    assert end(stage, reopen=True).outcomes == ()
    stage.gateway.sharepoint.reactivate_site(SITE)
    planned = stage.plan()
    assert (planned.plan.held, list(planned.closed)) == ((), ["lake-2027"])


def test_a_site_that_somebody_is_reactivating_holds_the_trip_until_it_is_there(stage: Stage) -> None:
    archive_by_hand(stage)
    weather(stage, recent_days=0, reactivation_polls=2)
    stage.gateway.sharepoint.reactivate_site(SITE)
    [held] = stage.plan().plan.held
    assert "being reactivated, which takes up to 24 hours" in held.reason
    stage.plan()
    assert (stage.plan().plan.changes, stage.plan().plan.held) == ((), ())


# ---- the audit -------------------------------------------------------------------------------------------------------


def test_the_audit_of_an_archived_site_says_that_it_is_archived_and_asks_it_nothing(stage: Stage) -> None:
    end(stage)
    seen = len(stage.wire.seen)
    snapshot = collect_site(stage.gateway, SITE)
    assert [path for path in stage.wire.seen[seen:] if "/sites/" in path] == []
    [row] = reach(snapshot)
    assert row.level == UNKNOWN
    [(what, why)] = row.paths
    assert (what, "archived (RecentlyArchived): nobody can open it" in why) == ("the site", True)


def test_people_of_other_sites_are_still_found(stage: Stage) -> None:
    from sp_parent_portal.audit.who import audit_who

    end(stage)
    stage.write_trip("zoo-2027", ["S3"], title="Zoo")
    stage.apply("zoo-2027")
    rows: dict[str, Any] = {row.site: row.level for row in audit_who(stage.gateway, ADA)}
    assert rows[SITE.replace("lake", "zoo")] == "Parent read"
    assert rows[SITE] == UNKNOWN


def test_every_way_of_looking_at_a_site_tells_that_it_is_archived(stage: Stage) -> None:
    end(stage)
    address = stage.gateway.sharepoint.find_addresses([SITE])[SITE].value
    assert address is not None
    assert address.site == site_of(stage)
    assert site_of(stage).archive == "RecentlyArchived"
