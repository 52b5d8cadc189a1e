from __future__ import annotations

import pytest

from sp_parent_portal.contacts.changes import compare, sizes
from sp_parent_portal.contacts.model import Contact, ContactList

from .lists import make_list


def school(size: int, *, with_email: int | None = None) -> ContactList:
    reachable = size if with_email is None else with_email
    contacts = [Contact(f"P{n}", "A", "B", f"p{n}@mail.example" if n < reachable else "") for n in range(size)]
    return make_list(contacts, [(f"S{n}", f"P{n}") for n in range(size)])


def test_sizes() -> None:
    assert sizes(school(3, with_email=2)) == {"students": 3, "contacts": 3, "relationships": 3, "reachable": 2}


@pytest.mark.parametrize(("after", "refused"), [(100, False), (80, False), (79, True), (1, True), (300, False)])
def test_shrinking(after: int, refused: bool) -> None:
    refusal = compare(sizes(school(100)), school(after), 0.2)
    assert (refusal is not None) == refused
    if refusal:
        assert (refusal.rule, refusal.what, refusal.before, refusal.after) == ("shrunk", "students", 100, after)


@pytest.mark.parametrize("before", [{}, sizes(school(100))])
def test_an_empty_list_is_always_refused(before: dict[str, int]) -> None:
    refusal = compare(before, school(0), 1.0)
    assert refusal is not None
    assert refusal.rule == "empty"


def test_students_without_relationships_are_an_empty_list() -> None:
    full = school(10)
    refusal = compare({}, ContactList("sds-v2.1", full.students, full.contacts, ()), 0.2)
    assert refusal is not None
    assert (refusal.rule, refusal.what) == ("empty", "relationships")


def test_an_export_that_lost_its_addresses_is_noticed() -> None:
    refusal = compare(sizes(school(100)), school(100, with_email=10), 0.2)
    assert refusal is not None
    assert refusal.what == "reachable"
    assert "10 contacts with a usable e-mail address" in str(refusal)


def test_the_first_list_has_nothing_to_be_compared_with() -> None:
    assert compare({}, school(1), 0.2) is None
