"""What a run remembers: every step as it was intended, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from ..plan.model import Change


class Status(Enum):
    """`intended` is written before the call; a step still intended when its run is over was cut off: read it back."""

    INTENDED = "intended"
    DONE = "done"
    ALREADY = "already"
    HELD = "held"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one change ended. `detail` is for people; it holds no token and no redeem link."""

    change: Change
    status: Status
    detail: str = ""

    def as_data(self) -> dict[str, Any]:
        return {
            "verb": self.change.verb,
            "kind": self.change.kind,
            "key": self.change.key,
            "trip": self.change.trip,
            "status": self.status.value,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """A row of the run store. `receipt` is what the kind needs to look an unfinished step up again."""

    id: int
    run: str
    outcome: Outcome
    receipt: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """`finished_at` is None for a run that is going on or was cut off."""

    id: str
    target: str
    fingerprint: str
    started_at: datetime
    finished_at: datetime | None
    holder: str
    arguments: tuple[str, ...] = ()


def count(outcomes: tuple[Outcome, ...]) -> dict[str, int]:
    """Outcomes by status, the five of the interface; a step that is still intended cannot be told: unknown."""
    counts = {"done": 0, "already": 0, "held": 0, "failed": 0, "unknown": 0}
    for outcome in outcomes:
        name = "unknown" if outcome.status is Status.INTENDED else outcome.status.value
        counts[name] += 1
    return counts
