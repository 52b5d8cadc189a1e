"""Talk with the person at the terminal: on standard error, because standard output is data."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import typer

from ..errors import InputError, PortalError, Problem
from ..reports.safe import clean

if TYPE_CHECKING:
    from ..plan.model import Held

QUIET_SECONDS = 2.0


def say(text: str) -> None:
    print("\n".join(clean(line) for line in text.splitlines()), file=sys.stderr, flush=True)


def tell_error(error: PortalError) -> None:
    """What happened, every mistake with its file and line, what to do next."""
    say(f"error: {error.message}")
    if isinstance(error, InputError):
        tell_problems(each for each in error.problems if each.message not in error.message)
    if error.hint:
        say(f"hint: {error.hint}")


def tell_problems(problems: Iterable[Problem]) -> None:
    for problem in problems:
        say(f"  {'warning: ' if problem.severity == 'warning' else ''}{problem}")


def tell_held(held: tuple[Held, ...], *, in_answer: bool = False) -> None:
    """Who or what nothing is done for, and what to ask for. `in_answer`: the answer says it too, and is not said twice
    to a person who sees it. What people wrote is quoted for somebody at the terminal alone."""
    from ..reports.shapes import tell_difference

    if in_answer and sys.stdout.isatty():
        return
    for each in held:
        say(f"held: {' '.join(filter(None, (each.trip, each.subject)))}: {each.reason}")
        for field in each.words if sys.stderr.isatty() else ():
            say(f"      {tell_difference(field)}")
        if each.ask:
            say(f"      {each.ask}")


def tell_closed(days: Mapping[str, str], archived: Collection[str]) -> None:
    """`days` on which trips were closed, "" for those that were not; of the `archived` nobody can read the site."""
    for slug, day in sorted(days.items()):
        if day:
            site = ", its site is archived" if slug in archived else ""
            say(f"{slug} was closed on {day}{site}: it is left alone; close --reopen takes it up again")


def is_person_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str) -> bool:
    return ask_for(f"{question} [y/N]").lower() in ("y", "yes")


def ask_for(what: str, suggested: str = "") -> str:
    """What somebody types; `suggested` where they type nothing. Raises Abort where the input has ended. typer's own
    prompt would write a space to standard output, which is data."""
    print(f"{clean(what)}{f' [{clean(suggested)}]' if suggested else ''}: ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise typer.Abort
    return line.strip() or suggested


def ask_secret(what: str) -> str:
    """What somebody types, without showing it. Raises InputError where nobody is there to type."""
    import getpass

    if not is_person_there():
        raise InputError("nobody is there to type a secret; nothing was done", "set it in the environment or in .env")
    return getpass.getpass(f"{what}: ", stream=sys.stderr)


class Steps(Protocol):
    def __call__(self, *what: object) -> None: ...


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Steps]:
    """A bar with rate and remaining time on standard error, once the work has taken two seconds; call what it gives
    after each of `total` steps (None: nobody knows how many). Nothing where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield lambda *_what: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"))
    bar = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True)
    task = bar.add_task(what, total=total, rate="")
    started = time.monotonic()
    done = 0

    def step(*_what: object) -> None:
        nonlocal done
        done += 1
        rate = done / max(time.monotonic() - started, 0.001)
        # There may be more than was thought: a trip may have a second site.
        most = total if total is None else max(total, done)
        bar.update(task, completed=done, total=most, rate=f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.1f}/min")

    later = threading.Timer(QUIET_SECONDS, bar.start)
    later.daemon = True
    later.start()
    try:
        yield step
    finally:
        later.cancel()
        later.join()
        bar.stop()
