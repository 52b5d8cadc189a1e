"""The sample school that the demo shows: what it promises to show, and that nothing in it can reach anybody."""

from __future__ import annotations

import csv
import re
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from sp_parent_portal.contacts.exclusions import load_exclusions
from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.contacts.model import ContactList, Screened, Verdict
from sp_parent_portal.contacts.screening import Rules, counts, guardians, screen
from sp_parent_portal.emulator import open_emulator
from sp_parent_portal.trips import load_portal, load_students, load_trip

SCHOOL = Path(str(files("sp_parent_portal.demo"))) / "data"
TRIP = SCHOOL / "trips" / "lake-district-2027" / "trip.toml"
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def contacts() -> ContactList:
    source = load_portal(SCHOOL / "portal.toml").contacts.source
    assert isinstance(source, Path)
    return load_contact_list(source)


@pytest.fixture(scope="module")
def rows(contacts: ContactList) -> tuple[Screened, ...]:
    section = load_portal(SCHOOL / "portal.toml").contacts
    assert section.exclusions is not None
    rules = Rules(
        exclusions=load_exclusions(section.exclusions, contacts),
        internal_domains=frozenset(section.internal_domains or ()),
    )
    students = [student for student, _ in load_students(load_trip(TRIP).guardians.students)]
    assert len(students) == 60
    return screen(contacts, students, rules, TODAY)


def test_counts(rows: tuple[Screened, ...]) -> None:
    assert counts(rows) == {
        "invite": 28,
        "invite-once": 2,
        "merge": 0,
        "skip-role": 0,
        "skip-internal": 1,
        "no-email": 85,
        "invalid": 0,
        "review": 2,
        "block": 1,
    }
    assert len(guardians(rows)) == 28
    assert len({row.student_id for row in rows if row.verdict is Verdict.INVITE}) >= 20


def test_each_authored_family_shows_one_thing(rows: tuple[Screened, ...]) -> None:
    found = {(row.student_id, row.contact_id): (row.verdict.value, row.rule) for row in rows if row.student_id > "S7"}
    assert found == {
        ("S700001", "P780001"): ("invite", ""),
        ("S700001", "P780002"): ("invite", ""),
        ("S700002", "P780001"): ("invite-once", "same-guardian"),
        ("S700002", "P780002"): ("invite-once", "same-guardian"),
        ("S700003", "P780003"): ("invite", ""),
        ("S700003", "P780004"): ("review", "shared-address"),
        ("S700004", "P780005"): ("skip-internal", "internal"),
        ("S700004", "P780006"): ("invite", ""),
    }


def test_exclusions_show_a_block_a_review_and_one_that_is_over(rows: tuple[Screened, ...]) -> None:
    excluded = {(row.contact_id, row.verdict.value) for row in rows if row.rule == "exclusion"}
    assert excluded == {("P778023", "block"), ("P778160", "review")}
    assert next(row for row in rows if row.contact_id == "P778305").verdict is Verdict.INVITE


def test_the_list_has_no_problems(contacts: ContactList) -> None:
    assert contacts.problems == ()
    assert (len(contacts.students), len(contacts.contacts), len(contacts.relationships)) == (964, 1878, 1880)


def test_the_tenant_knows_the_owner_the_mailbox_and_the_colleague_who_is_a_parent(contacts: ContactList) -> None:
    tenant = tomllib.loads((SCHOOL / "tenant" / "tenant.toml").read_text(encoding="utf-8"))
    assert tenant["name"] == "grandbend"
    with (SCHOOL / "tenant" / "users.csv").open(encoding="utf-8", newline="") as file:
        people = list(csv.DictReader(file))
    assert list(people[0]) == ["upn", "name", "mail"]
    addresses = {person["mail"] for person in people}
    assert {load_trip(TRIP).owner, "trips@staff.grandbend.example", contacts.contacts["P780005"].email} <= addresses
    assert all(address.partition("@")[2] in tenant["domains"] for address in addresses)
    assert len(people) >= 14
    open_emulator(":memory:", SCHOOL / "tenant")


def test_no_address_in_it_can_receive_mail() -> None:
    ours = [path for path in SCHOOL.rglob("*") if path.is_file() and path.name != "LICENSE-Apache-2.0.txt"]
    assert len(ours) >= 11
    for path in ours:
        text = path.read_text(encoding="utf-8")
        domains = set(re.findall(r"@([A-Za-z0-9.-]+)", text))
        assert all(domain.endswith(".example") for domain in domains), path


def test_the_licence_travels_with_the_data() -> None:
    assert "Apache License" in (SCHOOL / "contacts" / "LICENSE-Apache-2.0.txt").read_text(encoding="utf-8")
    notice = (SCHOOL / "contacts" / "NOTICE.txt").read_text(encoding="utf-8")
    assert "e181f48a" in notice
    assert "Changed:" in notice
