"""Several jobs at once: how many, in which order they are told, what a failure and an interrupt do."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from sp_parent_portal.lanes import do_all


def test_as_many_at_once_as_asked_and_results_in_the_order_of_the_jobs() -> None:
    meeting = threading.Barrier(4)  # nobody gets past it alone: four have to run at the same time
    running: list[int] = []
    most: list[int] = []

    def job(number: int) -> int:
        running.append(number)
        most.append(len(running))
        meeting.wait(60)
        running.remove(number)
        return number

    told: list[int] = []
    futures = do_all([partial(job, n) for n in range(8)], 4, threading.Event(), lambda: told.append(1))
    assert [future.result() for future in futures] == list(range(8))
    assert max(most) <= 4
    assert len(told) == 8


def test_one_that_fails_does_not_stop_the_others() -> None:
    def job(number: int) -> int:
        if number == 1:
            raise ValueError
        return number

    stop = threading.Event()
    futures = do_all([partial(job, n) for n in range(5)], 2, stop)
    assert [type(future.exception()) for future in futures] == [type(None), ValueError, *[type(None)] * 3]
    assert not stop.is_set()


def test_after_an_interrupt_nothing_more_begins_and_what_has_begun_ends() -> None:
    stop, begun = threading.Event(), threading.Event()
    did: list[int] = []

    def job(number: int) -> None:
        if number == 0:
            begun.wait(60)
            raise KeyboardInterrupt
        if number == 1:
            begun.set()
            assert stop.wait(60)
        did.append(number)

    with pytest.raises(KeyboardInterrupt):
        do_all([partial(job, n) for n in (0, 1)], 2, stop)
    assert did == [1]
    with pytest.raises(KeyboardInterrupt):
        do_all([partial(job, 0), *[partial(job, 2)] * 50], 1, stop)
    assert len(did) < 52
