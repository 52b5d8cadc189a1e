"""Why somebody leaves or comes, in words that a trip leader understands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sp_parent_portal.contacts.departures import NEW_ADDRESS, why_of_trip
from sp_parent_portal.contacts.exclusions import Exclusions
from sp_parent_portal.contacts.flags import Flag, Flags
from sp_parent_portal.contacts.model import Contact, ContactList, Guardian, Relationship, Role, Student
from sp_parent_portal.contacts.screening import Rules, guardians, screen

from .lists import TODAY

NINA = Contact("P1", "Nina", "Hale", "nina.hale@mail.example")
TOM = Contact("P2", "Tom", "Hale", "tom.hale@mail.example")
CAME = (
    Guardian(NINA.email, "", ("S1", "S2"), ("P1",)),
    Guardian(TOM.email, "", ("S1",), ("P2",)),
)
RULES = Rules(exclusions=Exclusions(), internal_domains=frozenset({"school.example"}))


def row(student: str = "S1", contact: str = "P2", role: Role = Role.PARENT) -> Relationship:
    return Relationship(student, contact, role)


def why(
    tom: Contact | None = TOM,
    row_of_tom: Relationship | None = None,
    students: tuple[str, ...] = ("S1", "S2"),
    rules: Rules = RULES,
    came: tuple[Guardian, ...] = CAME,
    *,
    related: bool = True,
) -> dict[str, str]:
    """What is told of a trip of both children, after something about Tom has changed."""
    people = {contact.id: contact for contact in (NINA, tom) if contact is not None}
    rows = [row("S1", "P1"), row("S2", "P1")]
    if tom is not None and related:
        rows.append(row_of_tom or row())
    contacts = ContactList("sds-v2.1", {key: Student(key) for key in ("S1", "S2")}, people, tuple(rows))
    screened = screen(contacts, students, rules, TODAY)
    return why_of_trip(contacts, students, screened, guardians(screened), came)


def test_nothing_is_said_of_who_stays() -> None:
    assert why() == {}
    assert why(came=()) == {}


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("no longer in the contact list", why(None)),
        ("not related to a student of the trip any more", why(related=False)),
        ("the relation has ended", why(row_of_tom=replace(row(), ends=date(2026, 1, 1)))),
        ("the relation has ended", why(rules=replace(RULES, flags=Flags((Flag("S1", "P2", ended_on=TODAY),))))),
        ("the role is now relative", why(row_of_tom=row(role=Role.RELATIVE))),
        ("marked inactive in the contact list", why(replace(TOM, is_enabled=False))),
        ("consent was withdrawn", why(row_of_tom=replace(row(), lacks_consent=True))),
        ("the contact list has lost the address", why(replace(TOM, email=""))),
        ("screening says review (plus-tag)", why(replace(TOM, email="t+x@mail.example"),
                                                 came=(Guardian("t+x@mail.example", "", ("S1",), ("P2",)),))),
        ("no child of theirs is on the trip any more", why(students=("S2",))),
    ],
)  # fmt: skip
def test_why_somebody_leaves(told: str, found: dict[str, str]) -> None:
    assert list(found.values()) == [told]
    assert found.keys() <= {TOM.email, "t+x@mail.example"}


def test_a_new_address_is_said_of_both() -> None:
    assert why(replace(TOM, email="tom@post.example")) == {
        TOM.email: "has a new address in the contact list",
        "tom@post.example": NEW_ADDRESS,
    }


def test_of_whom_nothing_is_known_nothing_is_said() -> None:
    assert why(None, came=(Guardian(TOM.email, "", (), ()),)) == {}
