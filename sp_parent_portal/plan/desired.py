"""What the files want of one trip. Pure: everything was loaded before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from ..contacts.model import Guardian, Screened, Verdict
from ..templates import Content
from ..trips import Trip

EXCLUDED = "exclusion"


@dataclass(frozen=True, slots=True)
class Desired:
    """`guardians` come in; `keep_out` maps an address to why it must leave at once, whatever the contact list says.
    `distrust` says why the contact list is not believed, "" when it is: then nothing is inferred from it. `staff`: it
    is the staff's own site of a trip, which has no guardians, no group, and is never opened."""

    trip: Trip
    url: str
    content: Content
    guardians: tuple[Guardian, ...]
    screened: tuple[Screened, ...]
    students: int
    keep_out: Mapping[str, str] = field(default_factory=dict)
    expired: bool = False
    distrust: str = ""
    staff: bool = False

    @property
    def slug(self) -> str:
        return self.trip.slug


def is_expired(trip: Trip, today: date) -> bool:
    """Access lasts to the end of `access_until`."""
    return today > trip.access_until


def make_guardians(guardians: Iterable[Guardian], keep_out: Mapping[str, str]) -> tuple[Guardian, ...]:
    """Who comes in. Somebody excluded for one child of the trip stays out of the whole trip, also when they have
    another child in it: the site would tell them where the first one goes."""
    return tuple(sorted(each for each in guardians if each.email not in keep_out))


def make_keep_out(screened: Iterable[Screened]) -> dict[str, str]:
    """Addresses that an exclusion keeps out of the trip, for any of its students."""
    return {
        row.email: EXCLUDED
        for row in screened
        if row.email and row.rule == EXCLUDED and row.verdict in (Verdict.BLOCK, Verdict.REVIEW)
    }
