"""What the trap tables cannot say in one row: decisions against each other, and rows that change each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sp_parent_portal.contacts.exclusions import Decision, Exclusion, Exclusions
from sp_parent_portal.contacts.flags import Flag, Flags
from sp_parent_portal.contacts.model import Contact, ContactList, Role, Student, Verdict
from sp_parent_portal.contacts.row_rules import is_of_age
from sp_parent_portal.contacts.screening import Rules, counts, guardians, screen
from sp_parent_portal.errors import ContactListError

from .lists import TODAY, make_list

RULES = Rules(exclusions=Exclusions(), internal_domains=frozenset({"school.example"}))
NINA = Contact("P1", "Nina", "Hale", "nina@mail.example")
TOM = Contact("P2", "Tom", "Hale", "tom@mail.example")
FAMILY = make_list([NINA, TOM], [("S1", "P1"), ("S2", "P1"), ("S1", "P2")])


def verdicts(contacts: ContactList, rules: Rules = RULES, *students: str) -> dict[tuple[str, str], tuple[str, str]]:
    rows = screen(contacts, students or contacts.students, rules, TODAY)
    return {(row.student_id, row.contact_id): (row.verdict.value, row.rule) for row in rows}


def excluding(*entries: Exclusion) -> Rules:
    return replace(RULES, exclusions=Exclusions(entries))


def test_a_family() -> None:
    assert verdicts(FAMILY) == {
        ("S1", "P1"): ("invite", ""),
        ("S1", "P2"): ("invite", ""),
        ("S2", "P1"): ("invite-once", "same-guardian"),
    }


def test_without_exclusions_nobody_is_invited() -> None:
    rows = screen(FAMILY, ["S1", "S2"], replace(RULES, exclusions=None), TODAY)
    assert {(row.verdict, row.rule) for row in rows} == {(Verdict.REVIEW, "no-exclusions")}
    assert guardians(rows) == ()


def test_confirmed_that_there_are_none() -> None:
    assert verdicts(FAMILY, replace(RULES, exclusions=None, none_confirmed=True)) == verdicts(FAMILY)


def test_a_trips_own_exclusions_do_not_stand_for_the_schools() -> None:
    trip = Exclusions((Exclusion("S1", "P2", "", Decision.BLOCK),), school_wide=False)
    found = verdicts(FAMILY, replace(RULES, exclusions=trip))
    assert found["S1", "P1"] == ("review", "no-exclusions")
    assert found["S1", "P2"] == ("block", "exclusion")
    confirmed = verdicts(FAMILY, replace(RULES, exclusions=trip, none_confirmed=True))
    assert confirmed["S1", "P1"] == ("invite", "")
    assert confirmed["S1", "P2"] == ("block", "exclusion")


@pytest.mark.parametrize("domains", [None, frozenset()])
def test_without_internal_domains_nobody_knows_who_is_a_colleague(domains: frozenset[str] | None) -> None:
    assert set(verdicts(FAMILY, replace(RULES, internal_domains=domains)).values()) == {("review", "internal-unknown")}


def test_no_exclusions_is_said_before_internal_unknown() -> None:
    assert set(verdicts(FAMILY, Rules()).values()) == {("review", "no-exclusions")}


def test_a_block_for_one_child_holds_the_other_on_the_same_site() -> None:
    rules = excluding(Exclusion("S1", "P1", "", Decision.BLOCK))
    assert verdicts(FAMILY, rules) == {
        ("S1", "P1"): ("block", "exclusion"),
        ("S1", "P2"): ("invite", ""),
        ("S2", "P1"): ("review", "exclusion"),
    }
    assert verdicts(FAMILY, rules, "S2") == {("S2", "P1"): ("invite", "")}, "alone on a site the other child is free"
    settled = excluding(Exclusion("S1", "P1", "", Decision.BLOCK), Exclusion("S2", "P1", "", Decision.ALLOW))
    assert verdicts(FAMILY, settled)["S2", "P1"] == ("invite", "")


def test_a_block_for_a_child_that_the_list_does_not_relate() -> None:
    rules = excluding(Exclusion("S2", "P2", "", Decision.BLOCK))
    assert verdicts(FAMILY, rules)["S1", "P2"] == ("review", "exclusion"), "S2 is on the site"
    assert verdicts(FAMILY, rules, "S1")["S1", "P2"] == ("invite", "")


def test_a_block_for_all_children() -> None:
    assert {pair for pair, (verdict, _) in verdicts(FAMILY, excluding(Exclusion("", "P1", "", Decision.BLOCK))).items()
            if verdict == "block"} == {("S1", "P1"), ("S2", "P1")}  # fmt: skip


def test_a_blocked_address_is_blocked_for_whoever_has_it() -> None:
    rules = excluding(Exclusion("", "", "nina@mail.example", Decision.BLOCK))
    assert verdicts(FAMILY, rules)["S2", "P1"] == ("block", "exclusion")


def test_an_expired_block_is_none() -> None:
    rules = excluding(Exclusion("", "P1", "", Decision.BLOCK, date(2026, 11, 21)))
    assert verdicts(FAMILY, rules) == verdicts(FAMILY)


def test_nobody_gets_in_by_the_mailbox_of_one_who_is_blocked() -> None:
    shared = make_list([NINA, replace(TOM, email="Nina@mail.example")], [("S1", "P1"), ("S1", "P2"), ("S2", "P2")])
    found = verdicts(shared, excluding(Exclusion("S1", "P1", "", Decision.BLOCK)))
    assert found == {
        ("S1", "P1"): ("block", "exclusion"),
        ("S1", "P2"): ("block", "exclusion"),
        ("S2", "P2"): ("review", "exclusion"),
    }
    allowed = excluding(Exclusion("S1", "P1", "", Decision.BLOCK), Exclusion("", "P2", "", Decision.ALLOW))
    assert verdicts(shared, allowed)["S1", "P2"] == ("block", "exclusion")


def test_a_blocked_contact_in_a_role_that_is_skipped_still_blocks_the_mailbox() -> None:
    links = [("S1", "P1", Role.PARENT), ("S1", "P2", Role.RELATIVE)]
    shared = make_list([NINA, replace(TOM, email="nina@mail.example")], links)
    found = verdicts(shared, excluding(Exclusion("S1", "P2", "", Decision.BLOCK)))
    assert found["S1", "P1"] == ("block", "exclusion")


def test_court_order_flag() -> None:
    flagged = replace(RULES, flags=Flags((Flag("S1", "P1", court_order=True),)))
    assert verdicts(FAMILY, flagged)["S1", "P1"] == ("block", "exclusion")
    assert verdicts(FAMILY, flagged)["S2", "P1"] == ("review", "exclusion")
    for decision, verdict in ((Decision.ALLOW, "invite"), (Decision.REVIEW, "block"), (Decision.BLOCK, "block")):
        rules = replace(flagged, exclusions=Exclusions((Exclusion("S1", "P1", "", decision),)))
        assert verdicts(FAMILY, rules)["S1", "P1"][0] == verdict


def test_court_order_for_everybody_around_a_student() -> None:
    flagged = replace(RULES, flags=Flags((Flag("S1", "", court_order=True),)))
    assert verdicts(FAMILY, flagged, "S1") == {
        ("S1", "P1"): ("block", "exclusion"),
        ("S1", "P2"): ("block", "exclusion"),
    }


@pytest.mark.parametrize(
    ("contact", "rule"),
    [
        (replace(NINA, email="nina+s@mail.example"), "plus-tag"),
        (replace(NINA, email="nina@hotmial.example"), "near-miss-domain"),
        (replace(NINA, given="=1+1"), "formula-name"),
        (replace(NINA, email="ñina@mail.example"), "idn-local-part"),
    ],
)
def test_allow_settles_what_a_person_was_to_look_at(contact: Contact, rule: str) -> None:
    alone = make_list([contact], [("S1", "P1")])
    assert verdicts(alone)["S1", "P1"] == ("review", rule)
    assert verdicts(alone, excluding(Exclusion("S1", "P1", "", Decision.ALLOW)))["S1", "P1"] == ("invite", "")


@pytest.mark.parametrize("email", ["", "nina@", "none@mail.example", "s1@pupils.example", "nina@school.example"])
def test_allow_makes_no_address_usable(email: str) -> None:
    students = [Student("S1", sign_in="s1@pupils.example")]
    alone = make_list([replace(NINA, email=email)], [("S1", "P1")], *students)
    before = verdicts(alone)
    assert before["S1", "P1"][0] not in ("invite", "review")
    assert verdicts(alone, excluding(Exclusion("", "P1", "", Decision.ALLOW))) == before


def test_allow_does_not_widen_the_roles() -> None:
    doctor = make_list([NINA], [("S1", "P1", Role.DOCTOR)])
    assert verdicts(doctor, excluding(Exclusion("S1", "P1", "", Decision.ALLOW)))["S1", "P1"] == ("skip-role", "role")
    wider = replace(RULES, roles=frozenset({Role.DOCTOR}))
    assert verdicts(doctor, wider)["S1", "P1"] == ("invite", "")


def test_excluded_for_review() -> None:
    rules = excluding(Exclusion("S1", "P1", "", Decision.REVIEW))
    assert verdicts(FAMILY, rules)["S1", "P1"] == ("review", "exclusion")
    assert verdicts(FAMILY, rules)["S2", "P1"] == ("invite", "")


def test_who_owns_a_shared_address_is_the_same_for_every_trip() -> None:
    shared = make_list([NINA, replace(TOM, email="nina@mail.example")], [("S1", "P1"), ("S2", "P2")])
    assert verdicts(shared, RULES, "S2") == {("S2", "P2"): ("review", "shared-address")}
    assert verdicts(shared) == {("S1", "P1"): ("invite", ""), ("S2", "P2"): ("review", "shared-address")}
    allowed = excluding(Exclusion("S2", "P2", "", Decision.ALLOW))
    assert verdicts(shared, allowed)["S2", "P2"] == ("merge", "same-address")
    rows = screen(shared, ["S1", "S2"], allowed, TODAY)
    assert [(one.name, one.student_ids) for one in guardians(rows)] == [("Nina Hale", ("S1", "S2"))]


def test_a_record_without_relationships_owns_nothing() -> None:
    old = make_list([replace(TOM, id="P0", email="nina@mail.example"), NINA], [("S1", "P1")])
    assert verdicts(old) == {("S1", "P1"): ("invite", "")}


@pytest.mark.parametrize(
    ("given", "phone", "rule"),
    [
        ("Nina", "", "same-address"),
        ("NÍNA", "", "same-address"),
        ("Ni", "+44 1632 960001", "same-address"),
        ("Nina Maria", "+441632960001", "same-address"),
        ("Ni", "", "shared-address"),
        ("Ni", "+441632960009", "shared-address"),
        ("N", "+441632960001", "shared-address"),
        ("Tom", "+441632960001", "shared-address"),
        ("", "+441632960001", "shared-address"),
    ],
)
def test_who_is_plainly_the_same_person(given: str, phone: str, rule: str) -> None:
    records = [replace(NINA, phone="+441632960001"), replace(NINA, id="P2", given=given, phone=phone)]
    assert verdicts(make_list(records, [("S1", "P1"), ("S1", "P2")]))["S1", "P2"][1] == rule


def test_nameless_records_are_never_the_same_person() -> None:
    nameless = [Contact("P1", ".", "", "a@mail.example"), Contact("P2", ".", "", "a@mail.example")]
    assert verdicts(make_list(nameless, [("S1", "P1"), ("S1", "P2")]))["S1", "P2"] == ("review", "shared-address")


def test_the_same_person_in_two_records_for_two_children() -> None:
    twice = make_list([NINA, replace(NINA, id="P9")], [("S1", "P1"), ("S2", "P9"), ("S2", "P1")])
    assert verdicts(twice) == {
        ("S1", "P1"): ("invite", ""),
        ("S2", "P1"): ("invite-once", "same-guardian"),
        ("S2", "P9"): ("merge", "same-address"),
    }


def test_an_excluded_address_in_another_spelling_is_looked_at() -> None:
    alone = make_list([replace(NINA, email="n.ina@mail.example")], [("S1", "P1")])
    rules = excluding(Exclusion("", "", "nina@mail.example", Decision.BLOCK))
    assert verdicts(alone, rules)["S1", "P1"] == ("review", "possible-duplicate")


def test_birth_date_of_the_contact_list_counts_too() -> None:
    adult = make_list([NINA], [("S1", "P1")], Student("S1", birth_date=date(2008, 1, 1)))
    assert verdicts(adult)["S1", "P1"] == ("review", "adult-student")


@pytest.mark.parametrize(
    ("birth", "today", "of_age"),
    [
        (date(2008, 11, 22), date(2026, 11, 22), True),
        (date(2008, 11, 23), date(2026, 11, 22), False),
        (date(2008, 2, 29), date(2026, 2, 28), True),
        (date(2008, 2, 29), date(2026, 2, 27), False),
        (date(1990, 12, 31), date(2026, 1, 1), True),
    ],
)
def test_of_age(birth: date, today: date, of_age: bool) -> None:
    assert is_of_age(birth, today) is of_age


def test_unknown_students_are_named() -> None:
    with pytest.raises(ContactListError, match="S8, S9"):
        screen(FAMILY, ["S9", "S1", "S8"], RULES, TODAY)


def test_counts_name_every_verdict() -> None:
    found = counts(screen(FAMILY, ["S1", "S2"], RULES, TODAY))
    assert found == {verdict.value: 0 for verdict in Verdict} | {"invite": 2, "invite-once": 1}


def test_details_name_no_address_and_no_reason() -> None:
    shared = make_list([NINA, replace(TOM, email="nina@mail.example")], [("S1", "P1"), ("S1", "P2")])
    rules = replace(RULES, flags=Flags((Flag("S2", "P1", court_order=True),)))
    for row in screen(shared, ["S1"], rules, TODAY):
        assert "@" not in row.detail
        assert "court" not in row.detail


def test_allow_settles_a_possible_duplicate() -> None:
    twins = make_list([NINA, replace(NINA, id="P2", email="hale@post.example")], [("S1", "P1"), ("S1", "P2")])
    assert verdicts(twins)["S1", "P2"] == ("review", "possible-duplicate")
    assert verdicts(twins, excluding(Exclusion("S1", "P2", "", Decision.ALLOW)))["S1", "P2"] == ("invite", "")


def test_allow_says_that_somebody_is_no_colleague() -> None:
    rules = replace(excluding(Exclusion("S1", "P1", "", Decision.ALLOW)), internal_domains=None)
    assert verdicts(FAMILY, rules, "S1") == {("S1", "P1"): ("invite", ""), ("S1", "P2"): ("review", "internal-unknown")}


def test_whom_somebody_is_to_look_at_first_is_not_told_on_paper() -> None:
    alone = make_list([replace(NINA, email="")], [("S1", "P1")])
    assert verdicts(alone)["S1", "P1"] == ("no-email", "no-email")
    assert verdicts(alone, excluding(Exclusion("S1", "P1", "", Decision.REVIEW)))["S1", "P1"] == ("review", "exclusion")
    assert verdicts(alone, excluding(Exclusion("S1", "P1", "", Decision.BLOCK)))["S1", "P1"] == ("block", "exclusion")
