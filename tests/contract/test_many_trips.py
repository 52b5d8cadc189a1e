"""Many trips in one run: several at once, each in its own order, none in the way of another."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sp_parent_portal.errors import GatewayError
from sp_parent_portal.microsoft365.transport import Stopped
from sp_parent_portal.plan.applier import apply_plan
from sp_parent_portal.runs.model import Outcome
from sp_parent_portal.templates import Message
from tests.stage import GUARDIANS, Killed, Stage, not_done, statuses

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CREATE = "/_api/SPSiteManager/Create"
SLUGS = tuple(f"trip-{number}" for number in range(1, 9))


def furnish(folder: Path, slugs: Iterable[str]) -> Stage:
    folder.mkdir(exist_ok=True)
    stage = Stage(folder)
    stage.furnish()
    for slug in slugs:
        stage.write_trip(slug, title=f"Trip {slug}")
    return stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return furnish(tmp_path, SLUGS[:3])


def members(stage: Stage, slug: str) -> list[str]:
    [group] = stage.gateway.graph.find_groups(f"trip-{slug}")
    return sorted(member.email for member in stage.gateway.graph.list_members(group.id))


def in_full(outcomes: Iterable[Outcome]) -> list[tuple[str, str, str, str]]:
    return [(o.change.trip, o.change.kind, o.change.key, o.status.value) for o in outcomes]


class Meeting:
    """In front of the emulator: nobody makes a site alone; and how many requests were under way at once."""

    def __init__(self, app: object, parties: int) -> None:
        self.app, self.barrier = app, threading.Barrier(parties)
        self.under_way, self.most, self.lock = 0, 0, threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        try:
            if environ["PATH_INFO"].lower() == CREATE.lower():
                self.barrier.wait(120)
            assert callable(self.app)
            return [*self.app(environ, start_response)]
        finally:
            with self.lock:
                self.under_way -= 1


def test_four_sites_are_made_at_once_and_never_more(tmp_path: Path) -> None:
    stage = furnish(tmp_path, SLUGS)
    meeting = Meeting(stage.wire.app, 4)
    stage.wire.app = meeting
    planned = stage.plan(*SLUGS)
    outcomes = stage.carry_out(planned)
    assert not_done(outcomes) == []
    assert meeting.most == 4
    assert [outcome.change for outcome in outcomes] == list(planned.plan.changes)
    assert stage.plan(*SLUGS).plan.changes == ()


def test_the_result_is_that_of_one_at_a_time(tmp_path: Path) -> None:
    told = []
    for at_once in (1, 4):
        stage = furnish(tmp_path / str(at_once), SLUGS[:3])
        stage.write_exclusions(",P2,,block,,")
        stage.faults({"on": "POST /groups", "nth": 1, "times": None, "reply": 403})
        planned = stage.plan(*SLUGS[:3])
        run = stage.store.begin_run("emulator", "", "test@nowhere:0", [])
        outcomes = apply_plan(planned.plan, planned.tools, stage.store, run, lambda: 1.0, at_once=at_once)
        assert {step.outcome.change: step.outcome.status for step in stage.store.list_steps(run.id)} == {
            outcome.change: outcome.status for outcome in outcomes
        }
        told.append(in_full(outcomes))
    assert told[0] == told[1]


def test_a_guardian_of_several_new_trips_is_invited_once(stage: Stage) -> None:
    assert not_done(stage.apply(*SLUGS[:3])) == []
    assert sorted(guest.email for guest in stage.gateway.graph.list_guests()) == list(GUARDIANS)
    assert [members(stage, slug) for slug in SLUGS[:3]] == [list(GUARDIANS)] * 3
    assert stage.client.get_usage()["by_operation"]["POST /invitations"] == len(GUARDIANS)
    assert sorted(mail["to"] for mail in stage.mails()) == sorted(GUARDIANS * 3)


def test_what_is_urgent_anywhere_is_done_before_anything_else(stage: Stage) -> None:
    assert not_done(stage.apply("trip-2", "trip-3")) == []
    stage.write_exclusions(",P2,,block,,")
    stage.write_trip("trip-2", title="Another title")
    planned = stage.plan(*SLUGS[:3])
    urgent = [change for change in planned.plan.changes if change.urgent]
    assert [(change.trip, change.verb, change.kind) for change in urgent] == [
        ("trip-2", "remove", "membership"),
        ("trip-3", "remove", "membership"),
    ]
    begun: list[bool] = []
    record = stage.store.record_intended

    def noting(run: object, changes: object, scope: str) -> object:
        listed = list(changes)  # type: ignore[call-overload]  # an iterable of changes, as the store takes it
        begun.extend(change.urgent for change in listed)
        return record(run, listed, scope)  # type: ignore[arg-type]  # passed on as it came

    stage.store.record_intended = noting  # type: ignore[assignment,method-assign]  # only looks on
    assert not_done(stage.carry_out(planned)) == []
    assert begun == sorted(begun, reverse=True)
    assert begun.count(True) == 2


def test_a_trip_that_cannot_be_made_does_not_stop_the_others(stage: Stage) -> None:
    stage.faults({"on": f"POST {CREATE}", "nth": 2, "times": 1, "reply": 400})
    outcomes = stage.apply(*SLUGS[:3])
    failing = {o.change.trip for o in outcomes if o.status.value != "done"}
    assert len(failing) == 1
    assert statuses(o for o in outcomes if o.change.trip in failing).keys() == {"failed", "held"}
    stage.apply(*SLUGS[:3])
    assert stage.plan(*SLUGS[:3]).plan.changes == ()


def test_a_trip_that_cannot_be_read_is_held_and_the_others_go_on(stage: Stage) -> None:
    assert not_done(stage.apply("trip-2")) == []
    stage.faults({"on": "GET /sites/trip-2/_api/*", "times": None, "reply": 403})
    planned = stage.plan(*SLUGS[:3])
    [held] = planned.plan.held
    assert (held.trip, held.subject) == ("trip-2", "")
    assert "could not be read" in held.reason
    assert {change.trip for change in planned.plan.changes} == {"trip-1", "trip-3"}
    assert not_done(stage.carry_out(planned)) == []
    with pytest.raises(GatewayError):
        stage.plan("trip-2")


def test_a_mistake_of_ours_in_one_trip_is_told_after_the_others(stage: Stage) -> None:
    planned = stage.plan(*SLUGS[:3])

    def stumble(name: str, link: str) -> Message:
        raise ZeroDivisionError

    planned.tools["trip-2"] = replace(planned.tools["trip-2"], render=stumble)
    with pytest.raises(ZeroDivisionError):
        stage.carry_out(planned)
    assert sorted(mail["to"] for mail in stage.mails()) == sorted(GUARDIANS * 2)
    assert not_done(stage.apply(*SLUGS[:3])) == []
    assert stage.plan(*SLUGS[:3]).plan.changes == ()
    assert sorted(mail["to"] for mail in stage.mails()) == sorted(GUARDIANS * 3)


def test_an_interrupt_ends_the_waits_and_the_next_run_goes_on(stage: Stage) -> None:
    planned = stage.plan(*SLUGS[:3])
    run = stage.store.begin_run("emulator", "", "test@nowhere:0", [])
    told: list[Outcome] = []

    def interrupt(outcome: Outcome) -> None:
        told.append(outcome)
        if len(told) == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply_plan(planned.plan, planned.tools, stage.store, run, lambda: 1_800_000_000.0, interrupt)
    with pytest.raises(Stopped):
        stage.gateway.pause(3600)
    steps = [step.outcome for step in stage.store.list_steps(run.id)]
    assert len(steps) < len(planned.plan.changes)
    assert "intended" not in {o.status.value for o in steps}, "what had begun was ended and recorded"
    stage.restart()
    stage.apply(*SLUGS[:3])
    stage.restart()
    assert stage.plan(*SLUGS[:3]).plan.changes == ()
    assert sorted(mail["to"] for mail in stage.mails()) == sorted(GUARDIANS * 3)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4, 0.6, 0.8, 0.95])
def test_killed_in_the_middle_of_several_and_nobody_is_mailed_twice(tmp_path: Path, share: float) -> None:
    slugs = SLUGS[:3]
    whole = furnish(tmp_path / "whole", slugs)
    begin = len(whole.wire.seen)
    whole.apply(*slugs)
    stage = furnish(tmp_path / "killed", slugs)
    stage.wire.kill_at = begin + int(share * (len(whole.wire.seen) - begin))
    stage.wire.after_work = True
    with pytest.raises(Killed):
        stage.apply(*slugs)
    for _ in range(2):
        stage.restart()
        outcomes = stage.apply(*slugs)
    left = stage.plan(*slugs).plan
    assert [(c.trip, c.kind, c.key) for c in left.changes] == [], not_done(outcomes)
    sent = [(mail["to"], mail["subject"]) for mail in stage.mails()]
    assert len(sent) == len(set(sent))
    assert len(sent) + len(left.held) == len(GUARDIANS) * 3
    assert sorted(guest.email for guest in stage.gateway.graph.list_guests()) == list(GUARDIANS)
