"""Carries a plan out, one recorded batch at a time: intended before the call, its outcome after it. Each trip has a
lane of its own: its changes in their order, beside those of other trips.

Continues on failure: one bad guardian does not stop the others; what depended on a step that did not end well is held.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby

from ..errors import GatewayError, InputError, LockHeld
from ..lanes import do_all
from ..resources import (
    guest,
    membership,
    notice,
    site,
    site_archive,
    site_calendar,
    site_file,
    site_filling,
    site_lock,
    site_marker,
    site_opening,
    site_page_writing,
    trip_group,
)
from ..resources.invited import Invited
from ..resources.work import Work, email_of, held, unknown
from ..runs.locks import Lock, hold, trip_lock
from ..runs.model import Outcome, Run, Status
from ..runs.store import RunStore
from ..templates import Message
from .model import Change, Plan, Risk

BATCH = 20  # what one $batch and one PATCH of members carry, and what one commit of the run store loses at most
PEOPLE = ("guest", "membership", "notice")
FOUNDATION = ("site", "trip_group", "site_content", "site_file", "site_page", "site_calendar", "site_marker")
AUTHORED = ("site_file", "site_page", "site_calendar")

Apply = Callable[[Work, Sequence[Change]], Iterator[Outcome]]
Progress = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class TripTools:
    """What applying one trip needs besides its work: how its mail reads, where a mail-merge file goes, and the number
    that the trip's lock had when the trip was observed."""

    work: Work
    render: Callable[[str, str], Message]
    write_merge: Callable[[Sequence[tuple[str, str, Message]], Collection[str]], str]
    token: int


@dataclass(slots=True)
class Gate:
    """What of one trip did not end well, and so what must wait: `first` is the first of all, after which no site is
    archived. Nobody comes to a new site before it is whole. Where guardians are let in already (`live`) a page that
    cannot be saved, because somebody has it open, say, keeps nobody out: only the marker waits, so that the next run
    knows what is left."""

    live: bool = False
    first: str = ""
    foundation: str = ""
    written: str = ""
    opening: str = ""
    people: dict[str, str] = field(default_factory=dict)

    def why_held(self, change: Change) -> str:
        if change.urgent or change.kind == "site":
            return ""
        if change.kind == "site_archive":
            return self.first
        if self.foundation:
            return self.foundation
        if change.kind == "site_marker":
            return self.written
        if change.kind == "notice":
            return self.opening or self.people.get(email_of(change), "")
        return ""

    def learn(self, outcome: Outcome) -> None:
        change = outcome.change
        if outcome.status in (Status.DONE, Status.ALREADY):
            return
        why = f"waits for: {change.verb} {change.kind} ({outcome.status.value})"
        self.first = self.first or why
        if self.live and (change.kind in AUTHORED or (change.kind == "site_marker" and self.written)):
            self.written = self.written or why
        elif change.kind in (*FOUNDATION, "site_archive"):
            self.foundation = self.foundation or why
        elif change.kind == "site_opening":
            self.opening = why
        elif change.kind in ("guest", "membership") and change.verb == "create":
            self.people[email_of(change)] = why


@dataclass(slots=True)
class Lane:
    """One trip while it is applied. `busy` is set where somebody else works on it: nothing more is done for it."""

    tools: TripTools
    lock: Lock | None
    busy: LockHeld | None = None
    gate: Gate = field(default_factory=Gate)


@dataclass(frozen=True, slots=True)
class Recorder:
    """Where all lanes write down what they did."""

    store: RunStore
    run: Run
    progress: Progress
    invited: Invited = field(default_factory=Invited)
    _telling: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        with self._telling:
            for outcome in outcomes:
                self.progress(outcome)


def apply_plan(
    plan: Plan,
    tools: Mapping[str, TripTools],
    store: RunStore,
    run: Run,
    clock: Callable[[], float],
    progress: Progress = lambda _outcome: None,
    at_once: int = 4,
) -> tuple[Outcome, ...]:
    """Apply every change of `plan` for the trips in `tools`, `at_once` trips at a time; outcomes in the plan's order,
    whichever ended first. What is urgent in any trip is done before anything else. A trip that somebody else is working
    on is held; raises LockHeld where that is every one of them. `progress` is called from one thread at a time. A
    mistake of ours in one trip is raised after the others were done."""
    trips = sorted({change.trip for change in plan.changes})
    if not trips:
        return ()
    stop = tools[trips[0]].work.gateway.stopped
    to = Recorder(store, run, progress)
    ended: dict[int, list[Outcome]] = {}
    broken: dict[str, BaseException] = {}
    opening = {c.trip for c in plan.changes if c.kind == "site_opening" and c.risk is Risk.OPENS_ACCESS}
    with ExitStack() as stack:
        lanes = {trip: _open_lane(stack, plan.target, tools[trip], to, clock) for trip in trips}
        for trip, lane in lanes.items():
            lane.gate.live = trip not in opening
        first_busy = next((lane.busy for lane in lanes.values() if lane.busy), None)
        if first_busy and all(lane.busy for lane in lanes.values()):
            raise first_busy
        batches = list(enumerate(make_batches(plan.changes)))
        for urgent in (True, False):
            jobs: dict[str, Callable[[], dict[int, list[Outcome]]]] = {}
            for trip in (trip for trip in trips if trip not in broken):
                mine = [(n, each) for n, each in batches if each[0].trip == trip and each[0].urgent is urgent]
                if mine:
                    jobs[trip] = partial(_apply_lane, lanes[trip], mine, to, stop)
            for trip, future in zip(jobs, do_all(list(jobs.values()), at_once, stop), strict=True):
                error = future.exception()
                if error is not None:
                    broken[trip] = error
                else:
                    ended |= future.result()
    for error in broken.values():
        raise error
    return tuple(outcome for _, outcomes in sorted(ended.items()) for outcome in outcomes)


def _open_lane(stack: ExitStack, target: str, tools: TripTools, to: Recorder, clock: Callable[[], float]) -> Lane:
    trip = tools.work.desired.slug
    try:
        lock = stack.enter_context(hold(to.store.engine, trip_lock(target, trip), to.run.holder, clock))
    except LockHeld as error:
        return Lane(tools, None, error)
    if lock.token > tools.token + 1:
        text = f"somebody else has worked on {trip} since it was planned; nothing was done for it"
        return Lane(tools, None, LockHeld(text, "run apply again"))
    return Lane(replace(tools, work=_keep_lock(tools.work, lock)), lock)


def _apply_lane(
    lane: Lane, batches: Sequence[tuple[int, Sequence[Change]]], to: Recorder, stop: threading.Event
) -> dict[int, list[Outcome]]:
    """The outcomes by the number of the batch; those of no more batches once `stop` is set."""
    ended: dict[int, list[Outcome]] = {}
    for number, batch in batches:
        if stop.is_set():
            break
        invites = batch[0].kind == "guest"
        emails = {email_of(change) for change in batch} if invites else ()
        with to.invited.hold(emails, lane.tools.work.known.user_ids):
            ended[number] = _apply_held(lane, batch, to)
        to.tell(ended[number])
    return ended


def _apply_held(lane: Lane, batch: Sequence[Change], to: Recorder) -> list[Outcome]:
    """Under the trip's lock, or not at all."""
    if lane.lock is not None:
        try:
            lane.lock.renew()
        except LockHeld as error:
            lane.lock, lane.busy = None, error
    if lane.busy is not None:
        outcomes = [held(change, f"{lane.busy.message}; {lane.busy.hint}") for change in batch]
        _record(to.store, to.run, outcomes, "")
        return outcomes
    return _apply_batch(batch, lane.tools, to.store, to.run, lane.gate)


def _keep_lock(work: Work, lock: Lock) -> Work:
    """Reading back may wait longer than the lease lasts."""

    def sleep_and_renew(seconds: float) -> None:
        work.sleep(seconds)
        lock.renew()

    return replace(work, sleep=sleep_and_renew)


def _keep_receipts(work: Work, store: RunStore, steps: Mapping[Change, int]) -> Work:
    def remember(receipts: Mapping[Change, str]) -> None:
        store.record_receipts({steps[change]: receipt for change, receipt in receipts.items()})

    return replace(work, remember=remember)


def make_batches(changes: Iterable[Change]) -> Iterator[tuple[Change, ...]]:
    """Neighbours of one trip and kind, all urgent or none, at most 20 where they are people."""
    for (_, kind, _), group in groupby(changes, key=lambda c: (c.trip, c.kind, c.urgent)):
        batch = tuple(group)
        size = BATCH if kind in PEOPLE else len(batch)
        for start in range(0, len(batch), size):
            yield batch[start : start + size]


def _apply_batch(batch: Sequence[Change], tools: TripTools, store: RunStore, run: Run, gate: Gate) -> list[Outcome]:
    waiting = {change: why for change in batch if (why := gate.why_held(change))}
    outcomes = [held(change, why) for change, why in waiting.items()]
    _record(store, run, outcomes, tools.work.known.site_id)
    going = [change for change in batch if change not in waiting]
    if going:
        outcomes += _apply_recorded(going, tools, store, run)
    for outcome in outcomes:
        gate.learn(outcome)
    order = {change: place for place, change in enumerate(batch)}
    return sorted(outcomes, key=lambda outcome: order[outcome.change])


def _apply_recorded(going: Sequence[Change], tools: TripTools, store: RunStore, run: Run) -> list[Outcome]:
    steps = store.record_intended(run, going, tools.work.known.site_id)
    work = _keep_receipts(tools.work, store, steps)
    if going[0].kind == "membership":
        # Before the write: who came in by a run that died is not forgotten, and remembering only ever keeps people out.
        coming = {email_of(change) for change in going if change.verb == "create"}
        store.record_people(run.target, going[0].trip, [g for g in work.desired.guardians if g.email in coming])
    outcomes: dict[Change, Outcome] = {}
    try:
        for outcome in _apply_kind(going[0].kind, tools)(work, going):
            outcomes[outcome.change] = outcome
    except (GatewayError, LockHeld) as error:
        # A read in the middle failed, or the lock was lost: what was not told yet may have been done by a write before.
        for change in going:
            outcomes.setdefault(change, unknown(change, f"{error.message} {error.hint}".strip()))
    for change in going:
        outcomes.setdefault(change, unknown(change, "nothing was said about this change"))
    _forget_in_merge(tools, outcomes)
    store.record_outcomes({steps[change]: outcome for change, outcome in outcomes.items()})
    return list(outcomes.values())


def _forget_in_merge(tools: TripTools, outcomes: dict[Change, Outcome]) -> None:
    """Whoever leaves the trip must not be written to by the next mail merge either; where their line cannot be taken
    out of the file, their outcome says so."""
    leaving = {
        c: email_of(c) for c in outcomes if (c.kind, c.verb, c.fields[0].name) == ("membership", "remove", "email")
    }
    if not leaving or tools.work.desired.trip.notify.by != "none":
        return
    try:
        tools.write_merge((), set(leaving.values()))
    except InputError as error:
        for change in leaving:
            detail = f"{outcomes[change].detail}; take their line out of the mail-merge file by hand: {error.message}"
            outcomes[change] = replace(outcomes[change], detail=detail)


def _apply_kind(kind: str, tools: TripTools) -> Apply:
    if kind == "notice":
        return lambda work, changes: notice.apply(work, changes, tools.render, lambda rows: tools.write_merge(rows, ()))
    kinds: dict[str, Apply] = {
        "site": site.apply,
        "trip_group": trip_group.apply,
        "site_content": site_filling.apply,
        "site_file": site_file.apply,
        "site_page": site_page_writing.apply,
        "site_calendar": site_calendar.apply,
        "site_marker": site_marker.apply,
        "guest": guest.apply,
        "membership": membership.apply,
        "site_opening": site_opening.apply,
        "site_lock": site_lock.apply,
        "site_archive": site_archive.apply,
    }
    return kinds[kind]


def _record(store: RunStore, run: Run, outcomes: Sequence[Outcome], scope: str) -> None:
    if outcomes:
        steps = store.record_intended(run, [outcome.change for outcome in outcomes], scope)
        store.record_outcomes({steps[outcome.change]: outcome for outcome in outcomes})
