"""Parts that people write in, such as pages, files and calendar entries: what is done about each of them. Pure.

What is missing is made, and what only the template changed is written; what somebody changed by hand is theirs: it is
held, and the person at the keyboard says which of the two is to stay.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..plan.desired import Desired
from ..plan.model import Change, Field, Held, Risk
from .drift import ByHand, Drift, Memory, Part, judge_part

ASK = "look at it; add --adopt to keep it as it is, or add --repair to have the template's in its place"


def diff_authored(
    desired: Desired, kind: str, parts: Iterable[Part], memory: Memory, by_hand: ByHand
) -> tuple[tuple[Change, ...], tuple[Held, ...]]:
    changes, held = list[Change](), list[Held]()
    for part in parts:
        change = find_change(desired, kind, part, memory, by_hand)
        if change is not None:
            changes.append(change)
        elif judge_part(part, memory) is not Drift.SAME:
            held.append(Held(desired.slug, part.key, _why(part, memory), ASK, part.words))
    return tuple(changes), tuple(held)


def find_change(desired: Desired, kind: str, part: Part, memory: Memory, by_hand: ByHand) -> Change | None:
    """None where there is nothing to do, or nobody has said what."""
    drift, known = judge_part(part, memory), part.key in memory
    if drift is Drift.SAME:
        return None
    if by_hand is ByHand.ADOPT and drift is not Drift.NEWER and (known or drift is not Drift.MISSING):
        return _change(desired, kind, "adopt", part, "somebody made it so; it stays")
    if drift is Drift.MISSING:
        why = "somebody deleted it" if known else "the template has it"
        return _change(desired, kind, "create", part, why)
    if drift is Drift.NEWER or by_hand is ByHand.REPAIR:
        return _change(desired, kind, "update", part, _why(part, memory, desired.content.version))
    return None


def _why(part: Part, memory: Memory, version: str = "") -> str:
    drift = judge_part(part, memory)
    if drift is Drift.NEWER:
        return f"newer in the template ({version}), the trip's file or portal.toml"
    return str(drift.value) if part.key in memory else "not as the template has it"


def _change(desired: Desired, kind: str, verb: str, part: Part, reason: str) -> Change:
    fields: tuple[Field, ...] = (Field("content", part.seen, part.wanted), *part.words)
    if verb == "adopt":  # what is there stays, instead of what is wanted
        fields = tuple(Field(each.name, each.after, each.before) for each in fields)
    key = f"{desired.slug}: {part.key}"
    return Change(verb, kind, key, fields[:1], reason, Risk.ROUTINE, desired.slug, words=fields[1:])
