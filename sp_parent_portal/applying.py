"""From a plan to what was done: what of it may go ahead, and with which exit code it ended. One place for every command
that applies."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from .errors import COULD_NOT, DONE, PARTLY, REFUSED, InputError, LockHeld, PortalError
from .microsoft365 import Gateway
from .plan.applier import apply_plan
from .plan.approval import check_approved, check_target
from .plan.model import Held, Plan, Risk
from .plan.planner import is_trip_held
from .plan.safety import check_allowed
from .planning import SMALLER_LIST, Planned
from .resources import tenant_sharing
from .resources.drift import ByHand
from .runs.locks import hold, present_holder
from .runs.model import Outcome, Run, Status, count
from .runs.store import RunStore
from .school import accept_contact_list
from .trips import Portal

Progress = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the person allowed by name: risks, and a contact list that is much smaller than the one before it."""

    risks: frozenset[Risk] = frozenset()
    smaller_list: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        return (*sorted(risk.value for risk in self.risks), *([SMALLER_LIST] if self.smaller_list else []))


def read_allowed(options: Sequence[str]) -> Allowed:
    """Each option holds one word or several with commas. Raises InputError for a word that names no risk."""
    words = {word.strip() for option in options for word in option.split(",")} - {""}
    risks = {risk.value: risk for risk in Risk}
    unknown = sorted(words - risks.keys() - {SMALLER_LIST})
    if unknown:
        raise InputError(
            f"--allow does not know {', '.join(unknown)}; nothing was done",
            f"what can be allowed: {', '.join((*risks, SMALLER_LIST))}",
        )
    return Allowed(frozenset(risks[word] for word in words & risks.keys()), SMALLER_LIST in words)


class Act(Enum):
    """What a run does with the trips: brings them up to their files, ends them, or takes them up again."""

    APPLY = "apply"
    CLOSE = "close"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run was asked to do, so that it can be asked again. `words` are trips or a saved plan, as whole paths;
    none for the tenant's own sharing. `by_hand` is what they want done about what people changed in the sites."""

    portal: Path
    words: tuple[str, ...] = ()
    allowed: Allowed = Allowed()
    by_hand: ByHand = ByHand.ASK
    act: Act = Act.APPLY

    def as_arguments(self) -> tuple[str, ...]:
        if self.act is not Act.APPLY:
            return ("--portal", str(self.portal), f"--{self.act.value}", "--", *self.words)
        allow = ["--allow", ",".join(self.allowed.words)] if self.allowed.words else []
        by_hand = [] if self.by_hand is ByHand.ASK else [f"--{self.by_hand.value}"]
        return ("--portal", str(self.portal), *allow, *by_hand, "--", *self.words)


def read_asked(arguments: Sequence[str]) -> Asked:
    """Raises InputError for arguments that no run of ours recorded."""
    by_hand = {f"--{each.value}": each for each in (ByHand.ADOPT, ByHand.REPAIR)}
    acts = {f"--{each.value}": each for each in (Act.CLOSE, Act.REOPEN)}
    match list(arguments):
        case ["--portal", portal, option, "--", *words] if option in acts:
            return Asked(Path(portal), tuple(words), act=acts[option])
        case ["--portal", portal, "--allow", allow, option, "--", *words] if option in by_hand:
            return Asked(Path(portal), tuple(words), read_allowed([allow]), by_hand[option])
        case ["--portal", portal, "--allow", allow, "--", *words]:
            return Asked(Path(portal), tuple(words), read_allowed([allow]))
        case ["--portal", portal, option, "--", *words] if option in by_hand:
            return Asked(Path(portal), tuple(words), by_hand=by_hand[option])
        case ["--portal", portal, "--", *words]:
            return Asked(Path(portal), tuple(words))
        case _:
            raise InputError("it is not recorded what this run was asked to do", "run apply again instead")


def read_by_hand(*, adopt: bool, repair: bool) -> ByHand:
    """Raises InputError where both are asked for."""
    if adopt and repair:
        raise InputError("--adopt and --repair ask for opposite things; nothing was done", "choose one of them")
    return ByHand.ADOPT if adopt else ByHand.REPAIR if repair else ByHand.ASK


# ---- what may go ahead -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """`plan` holds what may be applied now; `refusal` says why the rest may not. `held` is whom nothing is done for."""

    plan: Plan
    held: tuple[Held, ...]
    refusal: PortalError | None = None


def make_ready(planned: Planned, allowed: Allowed, approved: Plan | None = None) -> Ready:
    """What an exclusion or a date asks for goes ahead whatever else is refused, not approved or cannot be read. Raises
    PlanChanged where a plan was approved for another target."""
    if approved is not None:
        check_target(approved, planned.plan)
    refusal = planned.broken or _why_refused(planned.plan, allowed, approved)
    if refusal is None:
        return Ready(planned.plan, planned.plan.held)
    urgent = tuple(change for change in planned.plan.changes if change.urgent)
    return Ready(replace(planned.plan, changes=urgent), planned.plan.held, refusal)


def _why_refused(plan: Plan, allowed: Allowed, approved: Plan | None) -> PortalError | None:
    try:
        if approved is not None:
            check_approved(approved, plan)
        check_allowed(plan, allowed.risks)
    except PortalError as refusal:
        return refusal
    return None


# ---- doing it --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Applied:
    run: Run
    outcomes: tuple[Outcome, ...]
    held: tuple[Held, ...] = ()
    refusal: PortalError | None = None

    def as_data(self) -> dict[str, Any]:
        return {
            "target": self.run.target,
            "run": self.run.id,
            "counts": count(self.outcomes),
            "outcomes": [outcome.as_data() for outcome in self.outcomes],
            "held": [each.as_data() for each in self.held],
        }

    @property
    def exit_code(self) -> int:
        return choose_exit_code(self.outcomes, self.held, self.refusal)


def apply_ready(
    ready: Ready, planned: Planned, store: RunStore, asked: Asked, progress: Progress, at_once: int = 4
) -> Applied:
    """Carry out what may go ahead, as a recorded run. A contact list that was believed is remembered as accepted."""
    run = store.begin_run(ready.plan.target, ready.plan.fingerprint, _holder(), asked.as_arguments())
    try:
        outcomes = apply_plan(ready.plan, planned.tools, store, run, time.time, progress, at_once)
    except LockHeld:
        store.finish_run(run)
        raise
    store.finish_run(run)
    if ready.refusal is None and asked.act is Act.APPLY:
        accept_contact_list(store, run.target, planned.school, allowed=asked.allowed.smaller_list)
    return Applied(run, outcomes, ready.held, ready.refusal)


def apply_tenant(gateway: Gateway, store: RunStore, portal: Portal, plan: Plan, asked: Asked) -> Applied:
    """Raises RiskNotAllowed before anything is done, LockHeld when somebody else is at it."""
    check_allowed(plan, asked.allowed.risks)
    outcomes: list[Outcome] = []
    with hold(store.engine, f"{plan.target}: the tenant", _holder(), time.time):
        run = store.begin_run(plan.target, plan.fingerprint, _holder(), asked.as_arguments())
        for change in plan.changes:
            steps = store.record_intended(run, [change], "")
            ended = list(tenant_sharing.apply(gateway, portal.tenant, change))
            store.record_outcomes({steps[outcome.change]: outcome for outcome in ended})
            outcomes += ended
        store.finish_run(run)
    return Applied(run, tuple(outcomes))


def _holder() -> str:
    try:
        return present_holder(getpass.getuser())
    except (KeyError, OSError):  # a container may run under a number that has no name
        return present_holder("somebody")


def choose_exit_code(outcomes: Sequence[Outcome], held: Sequence[Held], refusal: PortalError | None) -> int:
    """0 all done or nothing to do · 5 (or the refusal's own) nothing done because of what is held or refused ·
    6 something done, something not, or nobody can tell · 1 everything that was tried failed."""
    good = sum(outcome.status in (Status.DONE, Status.ALREADY) for outcome in outcomes)
    trip_held = is_trip_held(Plan("", (), tuple(held)))
    if not outcomes:
        return refusal.exit_code if refusal else (REFUSED if trip_held else DONE)
    if good == len(outcomes):
        return PARTLY if refusal or held else DONE
    if good or any(outcome.status is Status.UNKNOWN for outcome in outcomes):
        return PARTLY
    return REFUSED if all(outcome.status is Status.HELD for outcome in outcomes) else COULD_NOT
