"""A contact list one record after the other, in one order whatever its source: to be kept, and to be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from .model import Contact, ContactList, Relationship, Student

Classes = Mapping[str, tuple[str, ...]]
"""Student id → names of their classes, sorted."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Students and contacts in order of id, relationships in order of student id and contact id, without file and
    line. Each can be gone through once, and in this order: behind it may be a file. `knows_classes`: whether a student
    without classes is in none, or nobody knows."""

    students: Iterator[Student]
    contacts: Iterator[Contact]
    relationships: Iterator[Relationship]
    knows_classes: bool = False


def make_listing(contacts: ContactList, classes: Classes | None = None) -> Listing:
    """`classes` None: they are not known."""
    return Listing(
        _students(contacts, classes or {}),
        (contacts.contacts[key] for key in sorted(contacts.contacts)),
        _relationships(contacts),
        classes is not None,
    )


def _students(contacts: ContactList, classes: Classes) -> Iterator[Student]:
    for key in sorted(contacts.students):
        student, own = contacts.students[key], classes.get(key)
        yield replace(student, classes=own) if own else student


def _relationships(contacts: ContactList) -> Iterator[Relationship]:
    rows = contacts.packed
    for number in rows.in_order:
        student, contact, role = rows.student_ids[number], rows.contact_ids[number], rows.roles[number]
        yield Relationship(student, contact, role, "", 0, *rows.terms(number))
