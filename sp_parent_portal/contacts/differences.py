"""What is different between two contact lists, exactly: whoever makes these changes to the old list has the new one.
Pure. Lists are gone through record by record, so that two large ones need not be in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from .addresses import normalise_email
from .listing import Listing
from .model import Contact, Relationship, Student

Record = TypeVar("Record")
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference(Generic[Record]):
    """None before: the record is new; None after: it is gone."""

    before: Record | None
    after: Record | None

    @property
    def either(self) -> Record:
        found = self.before if self.after is None else self.after
        if found is None:
            raise ValueError("a difference has a record on one side at least")
        return found


@dataclass(frozen=True, slots=True)
class Differences:
    """Each in order of ids. `students_of` says of each contact in `contacts` whose contact they are or were."""

    students: tuple[Difference[Student], ...]
    contacts: tuple[Difference[Contact], ...]
    relationships: tuple[Difference[Relationship], ...]
    students_of: Mapping[str, tuple[str, ...]]

    def __len__(self) -> int:
        return len(self.students) + len(self.contacts) + len(self.relationships)


def find_differences(old: Listing, new: Listing, step: Callable[[], object] = lambda: None) -> Differences:
    """Classes are compared where both lists know them. `step` is called after each ten thousand records."""
    both_know = old.knows_classes and new.knows_classes
    one, other = ((listing.students if both_know else _without_classes(listing.students)) for listing in (old, new))
    students = tuple(_differences(_stepping(one, step), other, lambda student: (student.id,)))
    contacts = tuple(_differences(_stepping(old.contacts, step), new.contacts, lambda contact: (contact.id,)))
    students_of: dict[str, set[str]] = {each.either.id: set() for each in contacts}
    relationships = tuple(
        _differences(
            _noting(_stepping(old.relationships, step), students_of),
            _noting(new.relationships, students_of),
            lambda row: (row.student_id, row.contact_id),
        )
    )
    found = {contact_id: tuple(sorted(ids)) for contact_id, ids in students_of.items()}
    return Differences(students, contacts, relationships, found)


def _differences(
    old: Iterable[Record], new: Iterable[Record], key: Callable[[Record], Key]
) -> Iterator[Difference[Record]]:
    """Both are in order of key, and no key occurs twice."""
    before, after = iter(old), iter(new)
    one, other = next(before, None), next(after, None)
    while one is not None or other is not None:
        if other is None or (one is not None and key(one) < key(other)):
            yield Difference(one, None)
            one = next(before, None)
        elif one is None or key(other) < key(one):
            yield Difference(None, other)
            other = next(after, None)
        else:
            if one != other:
                yield Difference(one, other)
            one, other = next(before, None), next(after, None)


def _without_classes(students: Iterable[Student]) -> Iterator[Student]:
    return (replace(student, classes=()) if student.classes else student for student in students)


def _noting(rows: Iterable[Relationship], students_of: Mapping[str, set[str]]) -> Iterator[Relationship]:
    for row in rows:
        if row.contact_id in students_of:
            students_of[row.contact_id].add(row.student_id)
        yield row


AT_ONCE = 10_000


def _stepping(records: Iterable[Record], step: Callable[[], object]) -> Iterator[Record]:
    for number, record in enumerate(records, 1):
        if number % AT_ONCE == 0:
            step()
        yield record


# ---- in words --------------------------------------------------------------------------------------------------------

ADDED, REMOVED = "added", "removed"
_STUDENT = {"school": "moved-class", "grade": "moved-class", "classes": "moved-class"}
_NAMES = {"given": "renamed", "family": "renamed"}
_NOT_SHOWN = ("phone", "birth_date")
CORRECTED = "corrected"
WHAT = {
    "students": (ADDED, REMOVED, "moved-class", "renamed", CORRECTED),
    "contacts": (ADDED, REMOVED, "new-address", "inactive", "active-again", "renamed", CORRECTED),
    "relationships": (ADDED, REMOVED, "role-changed", "ended", "consent-withdrawn", "consent-given", CORRECTED),
}


@dataclass(frozen=True, slots=True)
class ListChange:
    """One thing that is different. `kind` is student, contact or relationship, `what` one of `WHAT`; `students` are
    those whom it is about. `before` and `after` are for people; of telephones and birth dates it is only said that they
    changed."""

    what: str
    kind: str
    students: tuple[str, ...]
    contact: str
    field: str = ""
    before: str = ""
    after: str = ""


def explain(differences: Differences) -> Iterator[ListChange]:
    """One for each field that is different, and one for each record that came or went."""
    for student in differences.students:
        yield from _changes("student", student, (student.either.id,), "", _told_student, _what_of_student)
    for contact in differences.contacts:
        key = contact.either.id
        students = differences.students_of.get(key, ())
        yield from _changes("contact", contact, students, key, _told_contact, _what_of_contact)
    for row in differences.relationships:
        one = row.either
        yield from _changes(
            "relationship", row, (one.student_id,), one.contact_id, _told_relationship, _what_of_relationship
        )


def _changes(
    kind: str,
    difference: Difference[Record],
    students: tuple[str, ...],
    contact: str,
    told: Callable[[Record], Mapping[str, str]],
    what: Callable[[str, Record, Record], str],
) -> Iterator[ListChange]:
    before, after = difference.before, difference.after
    if before is None or after is None:
        one = told(difference.either)
        field = next(iter(one))
        gone = after is None
        before_told, after_told = (one[field], "") if gone else ("", one[field])
        yield ListChange(REMOVED if gone else ADDED, kind, students, contact, field, before_told, after_told)
        return
    old, new = told(before), told(after)
    for field in old:
        if old[field] != new[field]:
            values = ("", "") if field in _NOT_SHOWN else (old[field], new[field])
            yield ListChange(what(field, before, after), kind, students, contact, field, *values)


# What is told of a record: each of its fields but the ids, the one first that tells most of a record that came or went.


def _told_student(one: Student) -> Mapping[str, str]:
    return {
        "grade": one.grade,
        "school": one.school,
        "classes": ", ".join(one.classes),
        "given": one.given,
        "family": one.family,
        "email": one.email,
        "sign_in": one.sign_in,
        "birth_date": _told(one.birth_date),
    }


def _told_contact(one: Contact) -> Mapping[str, str]:
    return {
        "email": one.email,
        "given": one.given,
        "family": one.family,
        "phone": one.phone,
        "is_enabled": _told(one.is_enabled),
    }


def _told_relationship(one: Relationship) -> Mapping[str, str]:
    return {
        "role": one.role.value,
        "begins": _told(one.begins),
        "ends": _told(one.ends),
        "lacks_consent": _told(one.lacks_consent),
        "role_is_persons_own": _told(one.role_is_persons_own),
    }


def _told(value: object) -> str:
    return "" if value is None else str(value).lower()


def _what_of_student(field: str, _before: Student, _after: Student) -> str:
    return _STUDENT.get(field) or _NAMES.get(field, CORRECTED)


def _what_of_contact(field: str, before: Contact, after: Contact) -> str:
    if field == "email":
        # Spelled otherwise, it is the same guest.
        same = normalise_email(before.email) == normalise_email(after.email)
        return CORRECTED if same and normalise_email(after.email) else "new-address"
    if field == "is_enabled":
        return "active-again" if after.is_enabled else "inactive"
    return _NAMES.get(field, CORRECTED)


def _what_of_relationship(field: str, _before: Relationship, after: Relationship) -> str:
    if field == "ends" and after.ends is not None:
        return "ended"
    if field == "lacks_consent":
        return "consent-withdrawn" if after.lacks_consent else "consent-given"
    return "role-changed" if field == "role" else CORRECTED


def count(changes: Iterable[ListChange]) -> dict[str, dict[str, int]]:
    """How many of each; every word is named, 0 included. Whoever changed twice over counts twice."""
    counts = {kinds: dict.fromkeys(words, 0) for kinds, words in WHAT.items()}
    for change in changes:
        counts[f"{change.kind}s"][change.what] += 1
    return counts
