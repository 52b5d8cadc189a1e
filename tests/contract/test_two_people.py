"""Two people, one trip: the second is told who holds it, and one who lost the lock writes nothing more."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from sp_parent_portal.errors import LockHeld
from sp_parent_portal.plan.applier import apply_plan
from sp_parent_portal.runs.locks import LEASE_SECONDS, hold
from sp_parent_portal.runs.model import Outcome
from tests.stage import GUARDIANS, Stage, not_done, statuses

LOCK = "emulator: lake-2027"


def test_the_second_is_told_who_holds_the_trip_and_writes_nothing(stage: Stage) -> None:
    before = stage.writes()
    with (
        hold(stage.store.engine, LOCK, "teacher@laptop-7:4711", lambda: 1_800_000_000.0),
        pytest.raises(LockHeld, match="teacher@laptop-7:4711 is working on"),
    ):
        stage.apply()
    assert stage.writes() == before
    assert not_done(stage.apply()) == []


def test_another_trip_goes_on_meanwhile(stage: Stage) -> None:
    stage.write_trip("zoo-2027", ["S3"], title="Zoo")
    with hold(stage.store.engine, LOCK, "teacher@laptop-7:4711", lambda: 1_800_000_000.0):
        outcomes = stage.apply("lake-2027", "zoo-2027")
    assert statuses(o for o in outcomes if o.change.trip == "lake-2027").keys() == {"held"}
    assert statuses(o for o in outcomes if o.change.trip == "zoo-2027").keys() == {"done"}


@pytest.mark.parametrize("after", ["site_content", "guest", "site_opening"])
def test_who_lost_the_lock_writes_nothing_more(stage: Stage, after: str) -> None:
    """The laptop slept longer than the lease, and a colleague has taken the trip over."""
    planned = stage.plan()
    run = stage.store.begin_run("emulator", planned.plan.fingerprint, "sleeper@laptop:1", [])
    writes: list[int] = []
    now = [1_800_000_000.0]

    def fall_asleep(outcome: Outcome) -> None:
        if outcome.change.kind == after and not writes:
            now[0] += LEASE_SECONDS + 1
            taken = hold(stage.store.engine, LOCK, "colleague@desk:2", lambda: now[0])
            taken.__enter__()
            writes.append(stage.writes())

    outcomes = apply_plan(planned.plan, planned.tools, stage.store, run, lambda: now[0], fall_asleep)
    assert writes == [stage.writes()]
    assert {o.status.value for o in outcomes if "was lost to somebody else" in o.detail} == {"held"}
    assert stage.mails() == []


def test_a_long_wait_keeps_the_lock(stage: Stage) -> None:
    """Reading back waits and renews: nobody takes the trip over from somebody who is only patient."""
    planned = stage.plan()
    run = stage.store.begin_run("emulator", planned.plan.fingerprint, "patient@laptop:1", [])
    now = [1_800_000_000.0]
    waits: list[float] = []
    taken: list[int] = []

    def wait_long(seconds: float) -> None:
        waits.append(seconds)
        now[0] += LEASE_SECONDS - 1
        with suppress(LockHeld):
            taken.append(hold(stage.store.engine, LOCK, "colleague@desk:2", lambda: now[0]).__enter__().token)

    tools = planned.tools["lake-2027"]
    planned.tools["lake-2027"] = replace(tools, work=replace(tools.work, sleep=wait_long))
    outcomes = apply_plan(planned.plan, planned.tools, stage.store, run, lambda: now[0])
    assert len(waits) > 1
    assert taken == []
    assert not_done(outcomes) == []
    assert [mail["to"] for mail in stage.mails()] == list(GUARDIANS)
