"""Whether a contact list may take the place of the one before it. Pure: the caller knows the numbers of last time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .exclusions import Exclusions
from .flags import Flags
from .model import ContactList


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a list is not accepted. `rule` is `empty` or `shrunk`; `what` is the key of `sizes` or of `sizes_kept_out`
    that is at fault."""

    rule: str
    what: str
    before: int
    after: int

    def __str__(self) -> str:
        if self.what in _KEPT_OUT:
            return (
                f"The school's files hold {self.after} {_KEPT_OUT[self.what]}; with the list accepted last they held "
                f"{self.before}: whoever they kept out would come in."
            )
        if self.rule == "empty":
            return f"The contact list has no {_SPOKEN[self.what]}: the export seems to have failed."
        return f"The contact list has {self.after} {_SPOKEN[self.what]}; the one accepted last had {self.before}."


_SPOKEN = {
    "students": "students",
    "contacts": "contacts",
    "relationships": "relationships",
    "reachable": "contacts with a usable e-mail address",
}


_KEPT_OUT = {"exclusions": "exclusions", "court_orders": "court orders"}
_MANY = 10  # below this a row or two that was lifted is a large share


def sizes(contacts: ContactList) -> dict[str, int]:
    """What is remembered of an accepted list. `reachable` notices an export that lost its e-mail column."""
    return {
        "students": len(contacts.students),
        "contacts": len(contacts.contacts),
        "relationships": len(contacts.relationships),
        "reachable": len(contacts.email_of),
    }


def compare(before: Mapping[str, int], after: ContactList, shrink: float) -> Refusal | None:
    """None where the list may be used. `before` holds `sizes` of the list accepted last ({}: there was none); `shrink`
    is the share (0 to 1) by which any of them may have become smaller. An empty list is always refused."""
    now = sizes(after)
    for what in ("students", "relationships"):
        if not now[what]:
            return Refusal("empty", what, before.get(what, 0), 0)
    for what, count in now.items():
        if count < before.get(what, 0) * (1 - shrink):
            return Refusal("shrunk", what, before[what], count)
    return None


def sizes_kept_out(exclusions: Exclusions | None, flags: Flags | None) -> dict[str, int]:
    """What is remembered, beside an accepted list, of the files that keep people out. Rows that hold no more count too,
    so that a date that passes is no loss."""
    return {
        "exclusions": sum(row.keeps_out for row in exclusions.entries) if exclusions else 0,
        "court_orders": sum(flag.court_order for flag in flags.rows) if flags else 0,
    }


def compare_kept_out(before: Mapping[str, int], now: Mapping[str, int], shrink: float) -> Refusal | None:
    """As `compare` for `sizes_kept_out`: a file that came out empty, or cut short, lets nobody in."""
    for what, count in now.items():
        had = before.get(what, 0)
        if had and not count:
            return Refusal("empty", what, had, 0)
        if had >= _MANY and count < had * (1 - shrink):
            return Refusal("shrunk", what, had, count)
    return None
