"""Parts that people write in, such as pages, files and calendar entries: what is done about each of them. Pure.

What is missing is made, and what only the template changed is written; what somebody changed by hand is theirs: it is
held, and the person at the keyboard says which of the two is to stay.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..plan.desired import Desired
from ..plan.model import Change, Field, Held, Risk
from .drift import Drift, Memory, Part, judge_part

ASK = "run it with --adopt to keep what is there, or with --repair to write the template's over it"
REASONS = {Drift.MISSING: "the template has it", Drift.NEWER: "the template or the trip's inputs changed"}


def diff_authored(
    desired: Desired, kind: str, parts: Iterable[Part], memory: Memory
) -> tuple[tuple[Change, ...], tuple[Held, ...]]:
    changes, held = list[Change](), list[Held]()
    for part in parts:
        drift = judge_part(part, memory)
        if drift in REASONS:
            verb = "create" if drift is Drift.MISSING else "update"
            changes.append(change_of(desired, kind, verb, part, REASONS[drift]))
        elif drift is not Drift.SAME:
            held.append(Held(desired.slug, part.key, drift.value, ASK))
    return tuple(changes), tuple(held)


def change_of(desired: Desired, kind: str, verb: str, part: Part, reason: str) -> Change:
    fields = (Field("content", part.seen, part.wanted),)
    return Change(verb, kind, f"{desired.slug}: {part.key}", fields, reason, Risk.ROUTINE, desired.slug)
