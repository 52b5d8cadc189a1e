"""A plan is data: the changes that would make the tenant what the files say, and what stands in the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

KINDS = (
    "tenant_sharing",
    "site",
    "trip_group",
    "site_content",
    "site_file",
    "site_page",
    "site_calendar",
    "site_marker",
    "guest",
    "membership",
    "site_opening",
    "notice",
    "site_lock",
    "site_archive",
)

Value = str | int | float | bool | None


class Risk(Enum):
    ROUTINE = "routine"
    OPENS_ACCESS = "opens-access"
    REMOVES_ACCESS = "removes-access"
    TENANT_WIDE = "tenant-wide"


@dataclass(frozen=True, slots=True)
class Field:
    """One value that changes; None means "not there"."""

    name: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do. `verb`: create, update, remove or send. `key` names the thing for people and for comparison.
    `trip` is the slug, "" for the tenant. `urgent` removals (exclusion, quarantine, access_until, close) run first,
    have no ceiling, and run even when the contact list is refused."""

    verb: str
    kind: str
    key: str
    fields: tuple[Field, ...]
    reason: str
    risk: Risk
    trip: str = ""
    urgent: bool = False

    @property
    def identity(self) -> tuple[str, str, tuple[tuple[str, Value], ...]]:
        """What two plans are compared by: kind, key and after."""
        return (self.kind, f"{self.verb} {self.key}", tuple((f.name, f.after) for f in self.fields))

    def after(self, name: str) -> Value:
        for each in self.fields:
            if each.name == name:
                return each.after
        raise KeyError(name)

    def as_data(self) -> dict[str, Any]:
        return {
            "verb": self.verb,
            "kind": self.kind,
            "key": self.key,
            "trip": self.trip,
            "risk": self.risk.value,
            "urgent": self.urgent,
            "reason": self.reason,
            "fields": [{"name": f.name, "before": f.before, "after": f.after} for f in self.fields],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Change:
        """Raises KeyError, TypeError or ValueError for data that is not a change."""
        return cls(
            verb=str(data["verb"]),
            kind=str(data["kind"]),
            key=str(data["key"]),
            fields=tuple(Field(str(f["name"]), _value(f["before"]), _value(f["after"])) for f in data["fields"]),
            reason=str(data["reason"]),
            risk=Risk(data["risk"]),
            trip=str(data["trip"]),
            urgent=bool(data["urgent"]),
        )


def _value(data: Any) -> Value:
    if data is not None and not isinstance(data, str | int | float | bool):
        raise TypeError("a field holds one value")
    return data


@dataclass(frozen=True, slots=True)
class Held:
    """A trip, or one person of it (`subject`), for whom nothing is done, why, and what to ask for."""

    trip: str
    subject: str
    reason: str
    ask: str = ""

    def as_data(self) -> dict[str, str]:
        return {"trip": self.trip, "subject": self.subject, "reason": self.reason, "ask": self.ask}


@dataclass(frozen=True, slots=True)
class Plan:
    """`target` names the tenant or the emulator. `changes` are in the order in which they are applied."""

    target: str
    changes: tuple[Change, ...]
    held: tuple[Held, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical JSON of target and changes, lower-case hex."""
        data = {"target": self.target, "changes": [change.as_data() for change in self.changes]}
        return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def as_data(self) -> dict[str, Any]:
        return {
            "target": self.target,
            "fingerprint": self.fingerprint,
            "changes": [change.as_data() for change in self.changes],
            "held": [each.as_data() for each in self.held],
        }


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Urgent removals first; then trip by trip, each trip's kinds in their fixed order; never by order of the input."""
    return tuple(
        sorted(
            changes,
            key=lambda c: (not c.urgent, c.trip, _stage(c), c.verb, c.key, c.identity[2].__repr__()),
        )
    )


def _stage(change: Change) -> int:
    return KINDS.index(change.kind)
