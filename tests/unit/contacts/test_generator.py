"""The generator of contact lists: every trap, its numbers, and what it refuses."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from sp_parent_portal.contacts.generator import generate
from sp_parent_portal.contacts.invented import GIVEN, Inventor
from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.contacts.model import Role, Verdict
from sp_parent_portal.contacts.planted import NEEDS, TRAPS
from sp_parent_portal.contacts.roster_writers import FORMATS
from sp_parent_portal.errors import InputError
from sp_parent_portal.trips import load_portal
from tests.generated import load_generated

from ...properties.test_contacts_generated import check_truth


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_every_trap_is_planted_and_gets_its_verdict(format: str, tmp_path: Path) -> None:
    made = generate(tmp_path, 120, 1, traps=1, format=format)
    assert check_truth(tmp_path, made, format) == {trap.name for trap in FORMATS[format].traps}


def test_in_a_large_list_everything_is_found_too(tmp_path: Path) -> None:
    """More than a thousand students, and every search that is made another way for many."""
    made = generate(tmp_path, 2500, 2, traps=0.4)
    assert check_truth(tmp_path, made) == {trap.name for trap in FORMATS["sds-v2.1"].traps}


def test_every_trap_is_written_in_some_format() -> None:
    assert {trap for each in FORMATS.values() for trap in each.traps} == set(TRAPS)


CANNOT_BE_SAID = {
    "sds-v2.1": "administrator child lacks-consent role-not-begun role-over switched-off",
    "sds-v1": "entered-twice lacks-consent no-email placeholder reads-the-mailbox-of-the-excluded role-not-begun "
    "role-over shared-address switched-off",
    "oneroster-1.1": "child doctor lacks-consent other role-not-begun role-over",
    "oneroster-1.2": "lacks-consent",
    "graph": "administrator entered-twice no-email placeholder role-not-begun role-over same-name shared-address "
    "switched-off without-dots",
}


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_what_a_format_cannot_say_is_named(format: str) -> None:
    alike = format.replace("-delta", "").replace("-rest", "")
    missing = {trap.name for trap in TRAPS} - {trap.name for trap in FORMATS[format].traps}
    assert missing == set(CANNOT_BE_SAID[alike].split())
    assert FORMATS[format].says <= NEEDS.keys()
    assert all(trap.needs <= NEEDS.keys() for trap in TRAPS)


@pytest.mark.parametrize("format", sorted(format for format, each in FORMATS.items() if each.is_files))
def test_packed_into_a_zip_file_it_is_the_same_list(format: str, tmp_path: Path) -> None:
    generate(tmp_path / "plain", 60, 4, traps=0.5, format=format)
    made = generate(tmp_path / "packed", 60, 4, traps=0.5, format=format, packed=True)
    section = load_portal(tmp_path / "packed" / "portal.toml").contacts
    assert section.source == tmp_path / "packed" / "list.zip"
    assert isinstance(section.source, Path)
    plain, packed = load_generated(tmp_path / "plain", format), load_contact_list(section.source, section.base)
    assert packed.fingerprint == plain.fingerprint
    assert packed.relationships == plain.relationships
    assert len(packed.relationships) == made.relationships


def test_what_is_no_folder_of_files_is_not_packed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a list of CSV"):
        generate(tmp_path / "list", 5, 1, format="graph", packed=True)


def test_changes_correct_delete_and_add(tmp_path: Path) -> None:
    """Otherwise a reader who takes the whole list alone would find the truth too."""
    generate(tmp_path, 40, 6, traps=0, format="oneroster-1.2-delta")
    before, after = load_contact_list(tmp_path / "whole"), load_generated(tmp_path, "oneroster-1.2-delta")
    assert before.contacts.keys() - after.contacts.keys()
    assert after.contacts.keys() - before.contacts.keys()
    assert after.students.keys() > before.students.keys()
    assert any(
        before.contacts[key].email != after.contacts[key].email for key in before.contacts.keys() & after.contacts
    )


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_the_list_is_recognised_and_has_what_was_asked_for(format: str, tmp_path: Path) -> None:
    made = generate(tmp_path, 500, 3, format=format)
    contacts = load_generated(tmp_path, format)
    assert contacts.format == format.removesuffix("-delta")
    assert (len(contacts.students), len(contacts.contacts), len(contacts.relationships)) == (
        500,
        made.contacts,
        made.relationships,
    )


def test_families_are_of_many_kinds(tmp_path: Path) -> None:
    generate(tmp_path, 2000, 5, traps=0)
    contacts = load_contact_list(tmp_path)
    guardians = Counter(len(rows) for rows in contacts.of_student.values())
    assert set(guardians) == {1, 2, 3, 4}
    children = Counter(Counter(row.contact_id for row in contacts.relationships).values())
    assert set(children) == {1, 2, 3}
    assert {row.role for row in contacts.relationships} == {Role.PARENT, Role.GUARDIAN, Role.RELATIVE}
    assert any(email.endswith("@school.example") for email in contacts.holders)
    half_siblings = [row for row in contacts.relationships if len(contacts.of_student[row.student_id]) == 2]
    assert half_siblings
    assert {student.grade for student in contacts.students.values()} == {f"{year:02}" for year in range(1, 12)}
    assert len({student.school for student in contacts.students.values()}) > 1


def test_the_bytes_of_a_seed_stay_as_they_are(tmp_path: Path) -> None:
    """Other people's figures rest on them: a change of this number is a change for them."""
    generate(tmp_path / "list", 300, 7, traps=0.5)
    digest = hashlib.sha256()
    for path in sorted((tmp_path / "list").iterdir()):
        digest.update(path.name.encode() + b"\n" + path.read_bytes())
    assert digest.hexdigest()[:16] == "7bffa8631298b6c8"


def test_the_school_s_own_file_names_what_lies_beside_it(tmp_path: Path) -> None:
    generate(tmp_path / "list", 50, 7)
    section = load_portal(tmp_path / "list" / "portal.toml").contacts
    assert isinstance(section.source, Path)
    assert load_contact_list(section.source).students
    assert (section.exclusions, section.flags) == (tmp_path / "list/exclusions.csv", tmp_path / "list/flags.csv")


def test_progress_counts_students(tmp_path: Path) -> None:
    told: list[int] = []
    generate(tmp_path, 100, 1, progress=told.append)
    assert sum(told) == 100


@pytest.mark.parametrize(
    ("students", "traps", "format"),
    [(0, 0.1, "sds-v1"), (1_000_001, 0.1, "sds-v1"), (5, 1.1, "sds-v1"), (5, -0.1, "sds-v1"), (5, 0.1, "sds-v2")],
)
def test_what_cannot_be_generated_is_refused(students: int, traps: float, format: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        generate(tmp_path / "list", students, 1, traps=traps, format=format)
    assert not (tmp_path / "list").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        generate(tmp_path, 5, 1)
    with pytest.raises(InputError, match="cannot be written"):
        generate(tmp_path / "users.csv", 5, 1)
    assert (tmp_path / "users.csv").read_text() == "mine"


def test_no_given_name_begins_with_another() -> None:
    assert not [(one, other) for one in GIVEN for other in GIVEN if one != other and other.startswith(one)]
    assert len(set(GIVEN)) == len(GIVEN)


def test_the_truth_of_an_ordinary_family() -> None:
    family = Inventor(1).family(2, plain=True)
    assert [outcome for _, _, outcome in family.truth()] == [
        (Verdict.INVITE, ""),
        (Verdict.INVITE, ""),
        (Verdict.INVITE_ONCE, "same-guardian"),
        (Verdict.INVITE_ONCE, "same-guardian"),
    ]
