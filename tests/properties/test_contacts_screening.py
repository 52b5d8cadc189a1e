"""Screening, whatever the school: nobody who is kept out comes in, and the order of nothing matters."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from itertools import zip_longest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.contacts import screening
from sp_parent_portal.contacts.exclusions import Decision, Exclusion, Exclusions
from sp_parent_portal.contacts.flags import Flag, Flags
from sp_parent_portal.contacts.model import Contact, ContactList, Relationship, Role, Student, Verdict
from sp_parent_portal.contacts.row_rules import School
from sp_parent_portal.contacts.screening import Rules, counts, guardians, normalise_email, screen

TODAY = date(2026, 11, 22)
STUDENTS = ["S1", "S2", "S3", "S4"]
CONTACTS = ["P1", "P2", "P3", "P4", "P5"]
EMAILS = [
    *("", "nobody", "a@mail.example", "A@Mail.example ", "a.a@mail.example", "aa@mail.example", "a+b@mail.example"),
    *(
        "b@mail.example",
        "none@mail.example",
        "s1@pupils.example",
        "c@school.example",
        "ü@mail.example",
        "d@hotmial.example",
    ),
]
DATES = st.sampled_from([date(2008, 1, 1), date(2026, 11, 21), TODAY, date(2026, 11, 23)])

contacts = st.tuples(
    *(
        st.builds(Contact, st.just(key), st.sampled_from(["Ann", "An", "=A", ""]), st.sampled_from(["Hale", "Fox"]),
                  st.sampled_from(EMAILS), st.sampled_from(["", "+441632960001"]))
        for key in CONTACTS
    )
)  # fmt: skip
links = st.dictionaries(
    st.tuples(st.sampled_from(STUDENTS), st.sampled_from(CONTACTS)),
    st.sampled_from([Role.PARENT, Role.GUARDIAN, Role.DOCTOR]),
)
exclusions = st.lists(
    st.builds(Exclusion, st.sampled_from(["", *STUDENTS]), st.sampled_from(["", *CONTACTS]),
              st.sampled_from(["", "a@mail.example", "b@mail.example"]), st.sampled_from(Decision), st.none() | DATES),
    max_size=4,
)  # fmt: skip
flags = st.lists(
    st.builds(Flag, st.sampled_from(["", *STUDENTS]), st.sampled_from(CONTACTS), st.booleans(), st.booleans(),
              st.none() | DATES, st.none() | DATES, st.none() | DATES),
    max_size=3,
)  # fmt: skip
rules = st.builds(
    Rules,
    exclusions=st.none() | exclusions.map(tuple).map(Exclusions),
    none_confirmed=st.booleans(),
    flags=st.none() | flags.map(tuple).map(Flags),
    internal_domains=st.sampled_from([None, frozenset({"school.example"})]),
)


def make_school(people: tuple[Contact, ...], related: dict[tuple[str, str], Role]) -> ContactList:
    students = {key: Student(key, sign_in=f"{key.lower()}@pupils.example") for key in STUDENTS}
    rows = tuple(Relationship(student, contact, role) for (student, contact), role in related.items())
    return ContactList("sds-v2.1", students, {person.id: person for person in people}, rows)


schools = st.builds(make_school, contacts, links)
some_students = st.lists(st.sampled_from(STUDENTS))


@given(schools, some_students, rules)
def test_nobody_kept_out_is_a_guardian(school: ContactList, students: list[str], rules: Rules) -> None:
    rows = screen(school, students, rules, TODAY)
    let_in = {guardian.email for guardian in guardians(rows)}
    assert let_in.isdisjoint(
        {row.email for row in rows if row.verdict is Verdict.BLOCK and row.rule == "exclusion"} - {""}
    )
    known = [row for row in rows if row.verdict.lets_in]
    for row in known:
        assert row.role in rules.roles
        assert normalise_email(row.email) == row.email
        assert not row.email.endswith(("@school.example", "@pupils.example"))
    if not rules.none_confirmed and rules.exclusions is None:
        assert not let_in


@given(schools, some_students, rules)
def test_an_excluded_person_reaches_no_site_of_the_student(
    school: ContactList, students: list[str], rules: Rules
) -> None:
    """By definition from the files alone: blocked contact or address, and every mailbox that such a contact reads."""
    if rules.exclusions is None:
        return
    blocked = set()
    for entry in rules.exclusions.blocks_on(TODAY):
        if entry.email and (not entry.student_id or entry.student_id in students):
            blocked.add(entry.email)
        for row in school.relationships:
            applies = row.student_id in students and entry.student_id in ("", row.student_id)
            if applies and row.contact_id == entry.contact_id:
                blocked.add(normalise_email(school.contacts[row.contact_id].email) or "")
    allowed = any(entry.decision is Decision.ALLOW for entry in rules.exclusions.entries)
    if not allowed:
        assert blocked.isdisjoint(guardian.email for guardian in guardians(screen(school, students, rules, TODAY)))


@given(schools, some_students, rules, st.randoms(use_true_random=False))
def test_order_does_not_matter(school: ContactList, students: list[str], rules: Rules, shuffle: random.Random) -> None:
    relationships, people, again = list(school.relationships), list(school.contacts.items()), students * 2
    for each in (relationships, people, again):
        shuffle.shuffle(each)
    other = replace(school, relationships=tuple(relationships), contacts=dict(people))
    if rules.exclusions and rules.flags:
        back = replace(
            rules, exclusions=Exclusions(rules.exclusions.entries[::-1]), flags=Flags(rules.flags.rows[::-1])
        )
    else:
        back = rules
    assert screen(other, again, back, TODAY) == screen(school, students, rules, TODAY)


@given(schools, some_students, rules)
def test_every_relationship_gets_one_verdict(school: ContactList, students: list[str], rules: Rules) -> None:
    rows = screen(school, students, rules, TODAY)
    pairs = [(row.student_id, row.contact_id) for row in rows]
    assert pairs == sorted(
        (row.student_id, row.contact_id) for row in school.relationships if row.student_id in students
    )
    assert sum(counts(rows).values()) == len(rows)
    assert all(row.rule for row in rows if row.verdict is not Verdict.INVITE)


@given(schools, some_students, rules)
def test_one_invitation_for_each_address(school: ContactList, students: list[str], rules: Rules) -> None:
    rows = screen(school, students, rules, TODAY)
    invited = [row.email for row in rows if row.verdict is Verdict.INVITE]
    assert len(invited) == len(set(invited))
    assert set(invited) == {guardian.email for guardian in guardians(rows)}
    assert sorted((each.email, student) for each in guardians(rows) for student in each.student_ids) == sorted(
        {(row.email, row.student_id) for row in rows if row.verdict.lets_in}
    )


@given(schools, some_students, rules, exclusions)
def test_more_blocks_never_let_anybody_in(
    school: ContactList, students: list[str], rules: Rules, more: list[Exclusion]
) -> None:
    """Against the same rules with exclusions known, adding block and review rows only takes away."""
    own = rules.exclusions.entries if rules.exclusions else ()
    added = tuple(entry for entry in more if entry.decision is not Decision.ALLOW)
    before = replace(rules, exclusions=Exclusions(own))
    after = replace(rules, exclusions=Exclusions(own + added))
    there, here = (
        {guardian.email for guardian in guardians(screen(school, students, each, TODAY))} for each in (before, after)
    )
    assert here <= there


terms = st.tuples(st.booleans(), st.none() | DATES, st.none() | DATES, st.booleans())


@given(schools, some_students, rules, st.dictionaries(st.sampled_from(STUDENTS), DATES), st.lists(terms))
def test_whole_columns_are_ruled_on_as_rows_are(
    school: ContactList, students: list[str], rules: Rules, births: dict[str, date], terms: list[tuple[Any, ...]]
) -> None:
    """The rules one by one are what counts; a long list takes the quick way round them."""
    aged = {key: replace(student, birth_date=births.get(key)) for key, student in school.students.items()}
    disabled = {key: replace(one, is_enabled=key != "P5") for key, one in school.contacts.items()}
    plain = [(row.student_id, row.contact_id, row.role, "", 0) for row in school.relationships]
    rows = tuple(Relationship(*row, *term) for row, term in zip_longest(plain, terms[: len(plain)], fillvalue=()))
    school = replace(school, students=aged, contacts=disabled, relationships=rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screening, "MANY", len(STUDENTS))
        one_by_one = screen(school, students, rules, TODAY)
        patch.setattr(screening, "MANY", -1)
        assert screen(school, students, rules, TODAY) == one_by_one


def test_plain_families_are_ordinary() -> None:
    """Otherwise the comparison above would compare the rules with themselves."""
    people = [Contact("P1", "Ann", "Hale", "ann@mail.example"), Contact("P2", "Bo", "Hale", "", "")]
    links = {("S1", "P1"): Role.PARENT, ("S1", "P2"): Role.PARENT, ("S2", "P1"): Role.DOCTOR}
    school = make_school(
        (*people, Contact("P3", "Cy", "Hale", "c+d@mail.example")), {**links, ("S3", "P3"): Role.PARENT}
    )
    ordinary = screening.Site(
        School(school, frozenset(STUDENTS), Rules().roles, Exclusions(), None, frozenset({"school.example"}), TODAY),
        Rules(exclusions=Exclusions(), internal_domains=frozenset({"school.example"})),
    ).ordinary()
    found = {student: ordinary.rulings(student) for student in STUDENTS}
    assert [[ruling[1] for _, ruling in found[student] or ()] for student in ("S1", "S2")] == [
        ["", "no-email"],
        ["role"],
    ]
    assert found["S3"] is None
    assert found["S4"] == []
