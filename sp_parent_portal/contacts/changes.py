"""Whether a contact list may take the place of the one before it. Pure: the caller knows the numbers of last time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .model import ContactList


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a list is not accepted. `rule` is `empty` or `shrunk`; `what` is the key of `sizes` that is at fault."""

    rule: str
    what: str
    before: int
    after: int

    def __str__(self) -> str:
        if self.rule == "empty":
            return f"The contact list has no {_SPOKEN[self.what]}: the export seems to have failed."
        return f"The contact list has {self.after} {_SPOKEN[self.what]}; the one accepted last had {self.before}."


_SPOKEN = {
    "students": "students",
    "contacts": "contacts",
    "relationships": "relationships",
    "reachable": "contacts with a usable e-mail address",
}


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
