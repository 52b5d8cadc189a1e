"""What every kind's `apply` is given: the gateway, what is wanted, what is known by now, and how to wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ..contacts.model import Guardian
from ..errors import GatewayError, OutcomeUnknown
from ..microsoft365 import Gateway
from ..microsoft365.model import SiteList
from ..plan.desired import Desired
from ..plan.model import Change
from ..runs.model import Outcome, Status
from .drift import Part, Remembered, adopt
from .marker import NO_MARKER, Marker


@dataclass(slots=True)
class Known:
    """Ids found while observing and made while applying. Addresses map to object ids of guests. `building`: an earlier
    run began the site. `marker` is what the site's marker says, `parts` are those of the site as they were observed,
    `memory` is what the marker is to remember of each: whoever writes a part, or adopts it, puts it down
    (Work.put_down, Work.adopt). `files` maps the names of files in Site Assets to their ids. `web_id` and `lists`
    (those that are not hidden) are as they were read last, empty before."""

    site_id: str = ""
    building: bool = False
    group_id: str = ""
    user_ids: dict[str, str] = field(default_factory=dict)
    marker: Marker = NO_MARKER
    parts: dict[str, Part] = field(default_factory=dict)
    memory: dict[str, Remembered] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    web_id: str = ""
    lists: tuple[SiteList, ...] = ()


def _forget(_receipts: dict[Change, str]) -> None:
    """Nothing is recorded yet."""


@dataclass(frozen=True, slots=True)
class Work:
    """One trip's work. `excluded_now` reads the exclusions again from disk and answers which of the guardians must not
    be let in, with the reason; `sleep` is how it waits; `remember` commits a receipt before a step's point of no
    return. Whoever carries a plan out gives each step a work that keeps the lock while it waits and remembers in the
    run store; all of one trip share what is `known`."""

    gateway: Gateway
    desired: Desired
    known: Known
    excluded_now: Callable[[Sequence[Guardian]], dict[str, str]]
    sleep: Callable[[float], None] = time.sleep
    remember: Callable[[dict[Change, str]], None] = _forget
    patience: int = 8

    def guardian(self, email: str) -> Guardian:
        return next(each for each in self.desired.guardians if each.email == email)

    def put_down(self, part: str, seen: str = "", thing: str = "") -> None:
        """The part was written: `seen` is the fingerprint of how it reads now, "" where it reads exactly as wanted;
        `thing` is its own id."""
        wanted = self.known.parts[part].wanted
        self.known.memory[part] = Remembered(wanted, seen or wanted, id=thing)

    def adopt(self, part: str) -> None:
        """What is there is kept; what the template has no longer is not ours any more."""
        if self.known.parts[part].gone:
            self.known.memory.pop(part, None)
        else:
            self.known.memory[part] = adopt(self.known.parts[part])

    def adopt_all(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Those of the changes that adopt a part."""
        for change in changes:
            if change.verb == "adopt":
                self.adopt(change.key.split(": ", 1)[1])
                yield done(change)

    def tries(self) -> Iterator[int]:
        """Attempts at reading something back that Microsoft shows late, with growing waits between (1, 2, 4 … 30 s)."""
        for attempt in range(self.patience):
            if attempt:
                self.sleep(min(30.0, 2.0 ** (attempt - 1)))
            yield attempt


def one_by_one(work: Work, changes: Sequence[Change], step: Callable[[Work, Change], Outcome]) -> Iterator[Outcome]:
    """An error ends the change that it befell, and not those after it."""
    for change in changes:
        try:
            yield step(work, change)
        except GatewayError as error:
            yield ended(change, error)


def done(change: Change, detail: str = "") -> Outcome:
    return Outcome(change, Status.DONE, detail)


def held(change: Change, why: str) -> Outcome:
    return Outcome(change, Status.HELD, why)


def failed(change: Change, why: str) -> Outcome:
    return Outcome(change, Status.FAILED, why)


def unknown(change: Change, why: str) -> Outcome:
    return Outcome(change, Status.UNKNOWN, why)


def ended(change: Change, error: GatewayError) -> Outcome:
    """The outcome that a gateway error means for one change."""
    status = Status.UNKNOWN if isinstance(error, OutcomeUnknown) else Status.FAILED
    return Outcome(change, status, f"{error.message} {error.hint}".strip())


def email_of(change: Change) -> str:
    """The address that a change of a person is about."""
    for each in change.fields:
        if each.name == "email":
            return str(each.after if each.after is not None else each.before)
    raise KeyError("email")
