"""Ceilings: how much a plan may add without being asked, and remove without being refused. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..errors import RiskNotAllowed
from ..trips import SafetySection
from .model import Change, Plan, Risk

ADDED_KINDS = ("guest", "membership")

# A risk that must be allowed by name. Removing access is safe by itself; its ceiling is judged apart.
MUST_BE_ALLOWED = (Risk.OPENS_ACCESS, Risk.TENANT_WIDE)


def why_too_many(limits: SafetySection, *, live: bool, members: int, added: int, students: int) -> str:
    """Why the additions to one trip are more than routine, "" when they are not.

    `members` are in the trip group now, `added` are to come; `live` means that the site is open to them already.
    """
    total = members + added
    if added == 0:
        return ""
    if total > limits.guardians_per_trip:
        return f"{total} guardians are more than {limits.guardians_per_trip}"
    if total > limits.guardians_per_student * students:
        return f"{total} guardians are more than {limits.guardians_per_student} for each of {students} students"
    # Rounded up, so that a small trip can still gain one.
    if live and added > math.ceil(limits.growth_of_live_trip * members):
        return f"{added} more on a live trip of {members} are more than {limits.growth_of_live_trip:.0%}"
    return ""


def raise_risk(changes: Iterable[Change], why: str) -> tuple[Change, ...]:
    """The trip's additions as opens-access, with the reason said."""
    return tuple(
        replace(c, risk=Risk.OPENS_ACCESS, reason=f"{c.reason}; {why}")
        if c.kind in ADDED_KINDS and c.risk is Risk.ROUTINE
        else c
        for c in changes
    )


def check_allowed(plan: Plan, allowed: Iterable[Risk]) -> None:
    """Raises RiskNotAllowed naming each risk that was not allowed and what carries it."""
    missing: dict[Risk, list[Change]] = {}
    for change in plan.changes:
        if change.risk in MUST_BE_ALLOWED and change.risk not in set(allowed):
            missing.setdefault(change.risk, []).append(change)
    if missing:
        told = "; ".join(f"{risk.value}: {', '.join(_tell(changes))}" for risk, changes in missing.items())
        raise RiskNotAllowed(
            f"nothing was done, because the plan needs to be allowed: {told}",
            f"read the plan, then add --allow {','.join(risk.value for risk in missing)}",
        )


def why_too_few_left(changes: Iterable[Change], members: int, limits: SafetySection) -> str:
    """Why the removals from one trip are refused, "" when they are not. `members` are in the trip group now. What an
    exclusion or a date asks for is not counted: it has no ceiling."""
    inferred = sum(1 for c in changes if c.kind == "membership" and c.verb == "remove" and not c.urgent)
    if members >= 10 and inferred > limits.inferred_removals * members:
        return (
            f"{inferred} of {members} guardians would be removed only because the files no longer name them, "
            f"more than {limits.inferred_removals:.0%}"
        )
    return ""


def _tell(changes: Iterable[Change]) -> Iterator[str]:
    """Each thing by name; people by number and trip, with why they are more than routine: their keys hold addresses."""
    people: Counter[tuple[str, str, str, str]] = Counter()
    for change in changes:
        if change.kind in ADDED_KINDS:
            people[change.verb, change.kind, change.trip, change.reason.rpartition("; ")[2]] += 1
        else:
            yield f"{change.verb} {change.kind} {change.key}"
    for (verb, kind, trip, why), number in people.items():
        yield f"{verb} {number} {kind}{'s' if number > 1 else ''} in {trip} ({why})"
