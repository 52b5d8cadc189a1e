"""A plan is data: the changes that would make the tenant what the files say, and what stands in the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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

    def as_data(self) -> dict[str, Value]:
        return {"name": self.name, "before": self.before, "after": self.after}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Field:
        return cls(str(data["name"]), _value(data["before"]), _value(data["after"]))


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do. `verb`: create, update, remove or send. `key` names the thing for people and for comparison.
    `trip` is the slug, "" for the tenant. `urgent` removals (exclusion, quarantine, access_until, close) run first,
    have no ceiling, and run even when the contact list is refused. `words` say the same for people where the fields
    are fingerprints; two plans are not compared by them, and they are not recorded."""

    verb: str
    kind: str
    key: str
    fields: tuple[Field, ...]
    reason: str
    risk: Risk
    trip: str = ""
    urgent: bool = False
    words: tuple[Field, ...] = field(default=(), compare=False)

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
            "fields": [field.as_data() for field in self.fields],
            **_words_as_data(self.words),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Change:
        """Raises KeyError, TypeError or ValueError for data that is not a change."""
        return cls(
            verb=str(data["verb"]),
            kind=str(data["kind"]),
            key=str(data["key"]),
            fields=tuple(map(Field.from_data, data["fields"])),
            reason=str(data["reason"]),
            risk=Risk(data["risk"]),
            trip=str(data["trip"]),
            urgent=bool(data["urgent"]),
            words=tuple(map(Field.from_data, data.get("words", ()))),
        )


def _words_as_data(words: tuple[Field, ...]) -> dict[str, Any]:
    return {"words": [field.as_data() for field in words]} if words else {}


def _value(data: Any) -> Value:
    if data is not None and not isinstance(data, str | int | float | bool):
        raise TypeError("a field holds one value")
    return data


@dataclass(frozen=True, slots=True)
class Held:
    """A trip, a person of it or a part of its site (`subject`), for which nothing is done, why, and what to ask for.
    `words` say what of a part differs: before as it is, after as it is wanted. They quote what people wrote, which
    belongs into the answer and not into a log."""

    trip: str
    subject: str
    reason: str
    ask: str = ""
    words: tuple[Field, ...] = ()

    def as_data(self) -> dict[str, Any]:
        return {
            "trip": self.trip,
            "subject": self.subject,
            "reason": self.reason,
            "ask": self.ask,
            **_words_as_data(self.words),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Held:
        """Raises KeyError or TypeError for data that is none."""
        return cls(
            trip=str(data["trip"]),
            subject=str(data["subject"]),
            reason=str(data["reason"]),
            ask=str(data["ask"]),
            words=tuple(map(Field.from_data, data.get("words", ()))),
        )


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
