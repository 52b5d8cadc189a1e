"""The words for what changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sp_parent_portal.contacts.differences import ListChange, explain, find_differences
from sp_parent_portal.contacts.listing import Classes, make_listing
from sp_parent_portal.contacts.model import Contact, ContactList, Relationship, Role, Student

NINA = Contact("P1", "Nina", "Hale", "nina.hale@mail.example", "+441632960001")
AVA = Student("S1", "Ava", "Hale", "Hill School", "5", "ava@pupils.example", "ava", date(2015, 4, 2))
ROW = Relationship("S1", "P1", Role.PARENT)


def make(student: Student = AVA, contact: Contact = NINA, row: Relationship = ROW) -> ContactList:
    return ContactList("sds-v2.1", {"S1": student}, {"P1": contact}, (row,))


def changes(
    old: ContactList, new: ContactList, before: Classes | None = None, after: Classes | None = None
) -> list[ListChange]:
    return list(explain(find_differences(make_listing(old, before), make_listing(new, after))))


@pytest.mark.parametrize(
    ("field", "value", "what", "told"),
    [
        ("grade", "6", "moved-class", ("5", "6")),
        ("school", "Lake School", "moved-class", ("Hill School", "Lake School")),
        ("given", "Eva", "renamed", ("Ava", "Eva")),
        ("birth_date", date(2015, 4, 3), "corrected", ("", "")),
        ("sign_in", "ava2", "corrected", ("ava", "ava2")),
    ],
)
def test_a_student(field: str, value: Any, what: str, told: tuple[str, str]) -> None:
    assert changes(make(), make(replace(AVA, **{field: value}))) == [
        ListChange(what, "student", ("S1",), "", field, *told)
    ]


@pytest.mark.parametrize(
    ("field", "value", "what", "told"),
    [
        ("email", "nina@post.example", "new-address", ("nina.hale@mail.example", "nina@post.example")),
        ("email", "Nina.Hale@Mail.example", "corrected", ("nina.hale@mail.example", "Nina.Hale@Mail.example")),
        ("email", "", "new-address", ("nina.hale@mail.example", "")),
        ("is_enabled", False, "inactive", ("true", "false")),
        ("family", "Fox", "renamed", ("Hale", "Fox")),
        ("phone", "+441632960002", "corrected", ("", "")),
    ],
)
def test_a_contact(field: str, value: Any, what: str, told: tuple[str, str]) -> None:
    assert changes(make(), make(contact=replace(NINA, **{field: value}))) == [
        ListChange(what, "contact", ("S1",), "P1", field, *told)
    ]


@pytest.mark.parametrize(
    ("field", "value", "what", "told"),
    [
        ("role", Role.RELATIVE, "role-changed", ("parent", "relative")),
        ("ends", date(2026, 11, 1), "ended", ("", "2026-11-01")),
        ("begins", date(2026, 11, 1), "corrected", ("", "2026-11-01")),
        ("lacks_consent", True, "consent-withdrawn", ("false", "true")),
    ],
)
def test_a_relationship(field: str, value: Any, what: str, told: tuple[str, str]) -> None:
    changed = make(row=replace(ROW, **{field: value}))
    assert changes(make(), changed) == [ListChange(what, "relationship", ("S1",), "P1", field, *told)]


def test_what_is_taken_back() -> None:
    gone = make(contact=replace(NINA, is_enabled=False), row=replace(ROW, ends=date(2026, 11, 1), lacks_consent=True))
    assert [each.what for each in changes(gone, make())] == ["active-again", "corrected", "consent-given"]


def test_where_something_was_read_is_no_change() -> None:
    assert changes(make(), make(row=replace(ROW, file="relationships.csv", line=7))) == []


def test_who_comes_and_who_goes() -> None:
    empty = ContactList("sds-v2.1", {}, {}, ())
    assert [(each.what, each.kind, each.after) for each in changes(empty, make())] == [
        ("added", "student", "5"),
        ("added", "contact", "nina.hale@mail.example"),
        ("added", "relationship", "parent"),
    ]
    assert [(each.what, each.before, each.students) for each in changes(make(), empty)] == [
        ("removed", "5", ("S1",)),
        ("removed", "nina.hale@mail.example", ("S1",)),
        ("removed", "parent", ("S1",)),
    ]


def test_another_class() -> None:
    moved = changes(make(), make(), {"S1": ("5A (1)",)}, {"S1": ("5B (2)", "Art (9)")})
    assert moved == [ListChange("moved-class", "student", ("S1",), "", "classes", "5A (1)", "5B (2), Art (9)")]
    assert changes(make(), make(), {"S1": ("5A (1)",)}, None) == []
    assert changes(make(), make(), None, {"S1": ("5A (1)",)}) == []
