"""What changed between two contact lists is exactly that, however files were ordered; and keeping loses nothing."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.contacts.changes import sizes
from sp_parent_portal.contacts.differences import WHAT, Difference, count, explain, find_differences
from sp_parent_portal.contacts.kept import About, KeptList, load_kept, open_listing, save_kept
from sp_parent_portal.contacts.listing import Classes, make_listing
from sp_parent_portal.contacts.model import Contact, ContactList, Relationship, Role, Student

IDS = ["1", "01", "P1", "p1", "é", "S1", "S2"]
TEXT = st.sampled_from(
    ["", "Ann", "Zoë", 'a "b", c', "line\nbreak", "nul\0", "\ud800", "a@mail.example", "A@Mail.example"]
)
DATES = st.none() | st.sampled_from([date(2015, 4, 2), date(2026, 11, 22)])

students = st.dictionaries(
    st.sampled_from(IDS), st.tuples(TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, DATES), max_size=len(IDS)
).map(lambda found: {key: Student(key, *cells) for key, cells in found.items()})
contacts = st.dictionaries(
    st.sampled_from(IDS), st.tuples(TEXT, TEXT, TEXT, TEXT, st.booleans()), max_size=len(IDS)
).map(lambda found: {key: Contact(key, *cells) for key, cells in found.items()})
links = st.dictionaries(
    st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)),
    st.tuples(st.sampled_from(Role), st.booleans(), DATES, DATES, st.booleans()),
    max_size=8,
)
classes = st.none() | st.dictionaries(
    st.sampled_from(IDS),
    st.lists(st.sampled_from(["8A (1)", "8B (2)"]), unique=True, min_size=1).map(sorted).map(tuple),
)


def make_list(
    students: Mapping[str, Student], contacts: Mapping[str, Contact], links: Mapping[tuple[str, str], tuple[Any, ...]]
) -> ContactList:
    rows = tuple(
        Relationship(*pair, role, "relationships.csv", line, *terms)
        for line, (pair, (role, *terms)) in enumerate(links.items(), 2)
    )
    return ContactList("sds-v2.1", students, contacts, rows, fingerprint="f")


lists = st.builds(make_list, students, contacts, links)


def shuffled(contacts: ContactList, seed: int) -> ContactList:
    chance = random.Random(seed)

    def mixed(items: Iterable[Any]) -> list[Any]:
        found = list(items)
        chance.shuffle(found)
        return found

    return ContactList(
        contacts.format,
        dict(mixed(contacts.students.items())),
        dict(mixed(contacts.contacts.items())),
        tuple(mixed(contacts.relationships)),
    )


def apply(before: dict[Any, Any], key: Any, differences: Iterable[Difference[Any]]) -> dict[Any, Any]:
    """Makes the changes, and insists that each began from what was there."""
    after = dict(before)
    for each in differences:
        assert after.pop(key(each.either), None) == each.before
        if each.after is not None:
            after[key(each.after)] = each.after
    return after


def as_dicts(contacts: ContactList, classes: Classes | None) -> tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any]]:
    listing = make_listing(contacts, classes)
    return (
        {student.id: student for student in listing.students},
        {contact.id: contact for contact in listing.contacts},
        {(row.student_id, row.contact_id): row for row in listing.relationships},
    )


@given(lists, lists, classes, classes)
def test_the_changes_made_to_the_old_list_give_the_new_one(
    old: ContactList, new: ContactList, before: Classes | None, after: Classes | None
) -> None:
    if before is None or after is None:
        before = after = None  # what one of two lists does not know is not compared
    found = find_differences(make_listing(old, before), make_listing(new, after))
    one, other = as_dicts(old, before), as_dicts(new, after)
    assert apply(one[0], lambda student: student.id, found.students) == other[0]
    assert apply(one[1], lambda contact: contact.id, found.contacts) == other[1]
    assert apply(one[2], lambda row: (row.student_id, row.contact_id), found.relationships) == other[2]
    assert all(each.before != each.after for kind in (found.students, found.contacts) for each in kind)


@given(lists, lists, st.integers(0, 9))
def test_the_order_of_files_changes_nothing(old: ContactList, new: ContactList, seed: int) -> None:
    found = find_differences(make_listing(old), make_listing(new))
    assert find_differences(make_listing(shuffled(old, seed)), make_listing(shuffled(new, seed + 1))) == found


@given(lists, classes, st.integers(0, 9))
def test_the_same_list_has_no_changes(contacts: ContactList, known: Classes | None, seed: int) -> None:
    assert len(find_differences(make_listing(contacts, known), make_listing(shuffled(contacts, seed), known))) == 0


@given(lists, lists)
def test_every_difference_is_told_in_words_that_are_counted(old: ContactList, new: ContactList) -> None:
    found = find_differences(make_listing(old), make_listing(new))
    told = list(explain(found))
    assert {(each.kind, each.students if each.kind == "student" else each.contact) for each in told} == {
        *(("student", (each.either.id,)) for each in found.students),
        *(("contact", each.either.id) for each in found.contacts),
        *(("relationship", each.either.contact_id) for each in found.relationships),
    }
    assert all(each.what in WHAT[f"{each.kind}s"] for each in told)
    assert sum(number for whats in count(told).values() for number in whats.values()) == len(told)
    related = {(row.student_id, row.contact_id) for one in (old, new) for row in one.relationships}
    for each in told:
        if each.kind == "contact":
            assert set(each.students) == {student for student, contact in related if contact == each.contact}


def keep(folder: Path, contacts: ContactList, known: Classes | None) -> KeptList:
    about = {
        "target": "emulator",
        "portal": "portal.toml",
        "source": "sds",
        "format": contacts.format,
        "fingerprint": contacts.fingerprint,
        "synced_at": datetime(2026, 11, 22, tzinfo=UTC),
        "knows_classes": known is not None,
        "exclusions": 0,
        "court_orders": 0,
        **sizes(contacts),
    }
    return save_kept(folder, About.model_validate(about), make_listing(contacts, known))


@given(lists, classes)
def test_a_kept_list_is_the_list(contacts: ContactList, known: Classes | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept = keep(Path(folder), contacts, known)
        assert len(find_differences(make_listing(contacts, known), open_listing(kept))) == 0
        again = load_kept(kept)
        assert (again.format, again.fingerprint) == (contacts.format, contacts.fingerprint)
        listing = open_listing(kept)
        loaded = as_dicts(again, None)
        assert loaded[0] == {student.id: student for student in listing.students}
        assert loaded[1] == dict(contacts.contacts)
        assert loaded[2] == as_dicts(contacts, None)[2]
        assert sizes(again) == sizes(contacts)
