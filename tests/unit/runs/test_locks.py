"""Two people, one trip: the second is told who holds it; a lease that ran out is taken over; the first then stops."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sp_parent_portal.errors import LockHeld
from sp_parent_portal.runs.locks import LEASE_SECONDS, hold, present_holder
from sp_parent_portal.runs.store import RunStore

from .conftest import Opener

ELSEWHERE = "teacher@laptop-7:4711"


@pytest.fixture
def store(open_here: Opener) -> RunStore:
    return open_here()


def test_the_second_is_told_who_holds_it(store: RunStore) -> None:
    with (
        hold(store.engine, "lake", ELSEWHERE, lambda: 100.0),
        pytest.raises(LockHeld, match="teacher@laptop-7:4711 is working on lake"),
        hold(store.engine, "lake", "me", lambda: 101.0),
    ):
        pass


def test_it_is_free_again_afterwards_also_after_an_error(store: RunStore) -> None:
    with pytest.raises(ZeroDivisionError), hold(store.engine, "lake", ELSEWHERE, lambda: 100.0):
        raise ZeroDivisionError
    with hold(store.engine, "lake", "me", lambda: 100.0) as lock:
        assert lock.token == 2


def test_another_trip_is_free(store: RunStore) -> None:
    with (
        hold(store.engine, "lake", ELSEWHERE, lambda: 100.0),
        hold(store.engine, "zoo", "me", lambda: 100.0) as lock,
    ):
        assert lock.token == 1


def test_a_lease_that_ran_out_is_taken_over_and_the_old_holder_is_stopped(store: RunStore) -> None:
    with hold(store.engine, "lake", ELSEWHERE, lambda: 100.0) as old:
        later = 100.0 + LEASE_SECONDS + 1
        with hold(store.engine, "lake", "me", lambda: later) as new:
            new.renew()
            with pytest.raises(LockHeld, match="was lost to somebody else"):
                old.renew()


def test_renewing_keeps_it(store: RunStore) -> None:
    now = [100.0]
    with hold(store.engine, "lake", ELSEWHERE, lambda: now[0]) as lock:
        now[0] += LEASE_SECONDS - 1
        lock.renew()
        now[0] += LEASE_SECONDS - 1
        with pytest.raises(LockHeld), hold(store.engine, "lake", "me", lambda: now[0]):
            pass


@pytest.mark.skipif(os.name == "nt", reason="a process cannot be asked for there: the lease has to run out")
def test_a_holder_that_was_killed_on_this_machine_does_not_stand_in_the_way(store: RunStore) -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    gone = f"{present_holder('me').rpartition(':')[0]}:{child.pid}"
    entered = hold(store.engine, "lake", gone, lambda: 100.0)
    entered.__enter__()
    with hold(store.engine, "lake", present_holder("me"), lambda: 101.0) as lock:
        assert lock.token == 2


def test_a_living_holder_on_this_machine_does(store: RunStore) -> None:
    with (
        hold(store.engine, "lake", present_holder("me"), lambda: 100.0),
        pytest.raises(LockHeld),
        hold(store.engine, "lake", present_holder("me"), lambda: 101.0),
    ):
        pass
