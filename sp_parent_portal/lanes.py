"""Several jobs at once, each in a thread, a bounded number at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")

# How long Ctrl-C may go unseen: Windows does not interrupt a wait without an end.
LOOK_SECONDS = 0.5


def do_all(
    jobs: Sequence[Callable[[], T]],
    at_once: int,
    stop: threading.Event,
    ended: Callable[[], None] = lambda: None,
) -> list[Future[T]]:
    """Do every job, `at_once` of them at a time; futures in the order of the jobs, each with its result or its
    Exception: one that fails does not stop the others. `ended` is called in this thread after each.

    An interrupt here, or in a job, sets `stop`: jobs that have not begun never do, those that have begun are waited for
    (they should look at `stop`), and the interrupt is raised."""
    pool = ThreadPoolExecutor(at_once, "lane")
    futures = [pool.submit(job) for job in jobs]
    waiting = set(futures)
    try:
        while waiting:
            finished, waiting = wait(waiting, LOOK_SECONDS, FIRST_COMPLETED)
            for each in finished:
                error = each.exception()
                if error is not None and not isinstance(error, Exception):
                    raise error
                ended()
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return futures
