"""OneRoster CSV packages: whole ones, changes to them, and what their roles mean to screening."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.contacts.model import ContactList, Role, Screened
from sp_parent_portal.contacts.screening import Rules, screen
from sp_parent_portal.errors import ContactListError

from .lists import CASES, ONEROSTER_1_1, ONEROSTER_1_2, ROLES_HEADER, TODAY, V2_FILES, write_files

SETTLED = Rules(none_confirmed=True, internal_domains=frozenset({"school.example"}))
DATED = "2026-11-01T08:00:00.000Z"
HEADER_1_1 = ONEROSTER_1_1["users.csv"].splitlines()[0]


def verdicts(contacts: ContactList, *students: str) -> dict[tuple[str, str], tuple[str, str]]:
    rows = screen(contacts, students or contacts.students, SETTLED, TODAY)
    return {(row.student_id, row.contact_id): (row.verdict.value, row.rule) for row in rows}


def rules_of(error: pytest.ExceptionInfo[ContactListError]) -> list[str]:
    return [problem.rule for problem in error.value.problems if problem.severity == "error"]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_grand_bend(version: str) -> None:
    contacts = load_contact_list(CASES / "grandbend" / f"oneroster-{version}")
    assert contacts.format == f"oneroster-{version}"
    assert (len(contacts.students), len(contacts.contacts), len(contacts.relationships)) == (960, 1872, 1872)
    assert len([contact for contact in contacts.contacts.values() if contact.email]) == 100
    assert len(contacts.email_of) == 97, "three of the hundred addresses hold a blank"
    assert [problem.rule for problem in contacts.problems] == ["own-role"]
    assert contacts.students["S604821"].school == "Grand Bend Elementary School"


def test_grand_bend_is_the_same_school_in_both_versions() -> None:
    one, two = (load_contact_list(CASES / "grandbend" / f"oneroster-{version}") for version in ("1.1", "1.2"))
    assert (one.students, one.contacts) == (two.students, two.contacts)
    assert [(row.student_id, row.contact_id, row.role) for row in one.relationships] == [
        (row.student_id, row.contact_id, row.role) for row in two.relationships
    ]


@pytest.mark.parametrize("files", [ONEROSTER_1_1, ONEROSTER_1_2], ids=["1.1", "1.2"])
def test_a_list(files: dict[str, str], tmp_path: Path) -> None:
    profiles = "sourcedId,status,dateLastModified,userSourcedId,username,password\nX,,,P1,n,planted-credential\n"
    manifest = files["manifest.csv"].replace("file.userProfiles,absent", "file.userProfiles,bulk")
    package = files | {"userProfiles.csv": profiles, "manifest.csv": manifest}
    contacts = load_contact_list(write_files(tmp_path, package))
    ava = contacts.students["S1"]
    assert (ava.name, ava.school, ava.grade, ava.sign_in) == ("Ava Hale", "Hill School", "05", "s1@pupils.example")
    assert contacts.contacts["P2"].phone == "+441632960002", "the number in sms, where phone has none"
    assert [(row.student_id, row.contact_id, row.role) for row in contacts.relationships] == [
        ("S1", "P1", Role.PARENT),
        ("S1", "P2", Role.GUARDIAN),
        ("S2", "P1", Role.PARENT),
    ]
    assert all(row.role_is_persons_own for row in contacts.relationships)
    assert "secret" not in repr(contacts)
    assert "planted-credential" not in repr(contacts)


def test_every_row_of_screening_says_whose_role_it_is(tmp_path: Path) -> None:
    def screened(path: Path) -> tuple[Screened, ...]:
        contacts = load_contact_list(path)
        return screen(contacts, contacts.students, SETTLED, TODAY)

    assert all(row.role_is_persons_own for row in screened(write_files(tmp_path / "or", ONEROSTER_1_1)))
    assert not any(row.role_is_persons_own for row in screened(write_files(tmp_path / "sds", V2_FILES)))


def test_a_byte_order_mark_is_tolerated(tmp_path: Path) -> None:
    files = {name: b"\xef\xbb\xbf" + text.encode() for name, text in ONEROSTER_1_1.items()}
    assert len(load_contact_list(write_files(tmp_path, files)).students) == 2


def test_births_come_from_demographics(tmp_path: Path) -> None:
    files = ONEROSTER_1_1 | {
        "manifest.csv": ONEROSTER_1_1["manifest.csv"] + "file.demographics,bulk\n",
        "demographics.csv": "sourcedId,status,dateLastModified,birthDate,sex\nS1,,,2008-05-01,female\n",
    }
    contacts = load_contact_list(write_files(tmp_path, files))
    assert contacts.students["S1"].birth_date == date(2008, 5, 1)
    assert verdicts(contacts)["S1", "P1"] == ("review", "adult-student")


@pytest.mark.parametrize(
    ("role", "verdict"),
    [
        ("parent", ("invite", "")),
        ("guardian", ("invite", "")),
        ("relative", ("skip-role", "role")),
        ("aide", ("skip-role", "role")),
        ("administrator", ("skip-role", "role")),
        ("teacher", ("skip-role", "role")),
        ("proctor", ("skip-role", "role")),
    ],
)
def test_only_a_parents_or_guardians_own_role_invites(role: str, verdict: tuple[str, str], tmp_path: Path) -> None:
    users = ONEROSTER_1_1["users.csv"].replace(",O1,guardian,", f",O1,{role},")
    assert (
        verdicts(load_contact_list(write_files(tmp_path, ONEROSTER_1_1 | {"users.csv": users})))["S1", "P2"] == verdict
    )


def with_roles(*rows: str) -> dict[str, str]:
    students = "R1,,,S1,primary,student,,,O1,\nR2,,,S2,primary,student,,,O1,\nR3,,,P1,primary,parent,,,O1,\n"
    return ONEROSTER_1_2 | {"roles.csv": ROLES_HEADER + students + "".join(f"{row}\n" for row in rows)}


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        (["R4,,,P2,primary,guardian,,,O1,"], ("invite", "")),
        (["R4,,,P2,primary,guardian,,2026-11-22,O1,"], ("block", "ended")),
        (["R4,,,P2,primary,guardian,,2026-11-23,O1,"], ("invite", "")),
        (["R4,,,P2,primary,guardian,,2026-11-01,O1,", "R5,,,P2,secondary,guardian,,,O2,"], ("invite", "")),
        (["R4,,,P2,primary,guardian,2026-11-23,,O1,"], ("review", "not-begun")),
        (["R4,,,P2,primary,guardian,2026-11-22,,O1,"], ("invite", "")),
        (["R4,,,P2,primary,teacher,,,O1,", "R5,,,P2,secondary,parent,,,O1,"], ("invite", "")),
        (["R4,,,P2,primary,parent,,,O1,", "R5,,,P2,secondary,relative,,,O1,"], ("skip-role", "role")),
        ([], ("skip-role", "role")),
    ],
)
def test_roles_of_1_2(rows: list[str], verdict: tuple[str, str], tmp_path: Path) -> None:
    assert verdicts(load_contact_list(write_files(tmp_path, with_roles(*rows))))["S1", "P2"] == verdict


def test_whose_access_is_switched_off_is_looked_at(tmp_path: Path) -> None:
    users = ONEROSTER_1_1["users.csv"].replace("P2,,,true", "P2,,,false")
    contacts = load_contact_list(write_files(tmp_path, ONEROSTER_1_1 | {"users.csv": users}))
    assert verdicts(contacts)["S1", "P2"] == ("review", "inactive")
    assert verdicts(contacts)["S1", "P1"] == ("invite", "")


# ---- changes ---------------------------------------------------------------------------------------------------------


def changes(*rows: str, **modes: str) -> dict[str, str]:
    said = {"users": "delta", **modes}
    lines = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.1"]
    return {
        "manifest.csv": "\n".join([*lines, *(f"file.{name},{mode}" for name, mode in said.items())]) + "\n",
        "users.csv": "\n".join([HEADER_1_1, *rows]) + "\n",
    }


def load_changed(tmp_path: Path, files: dict[str, str]) -> ContactList:
    base = write_files(tmp_path / "whole", ONEROSTER_1_1)
    return load_contact_list(write_files(tmp_path / "changes", files), base)


def test_changes_are_made_to_their_base(tmp_path: Path) -> None:
    files = changes(
        f"P2,tobedeleted,{DATED},,,,,,,,,,,,,,,",
        f'P1,active,{DATED},true,O1,parent,nina,,Nina,Hale,,,nina@new.example,,,"S1,S2",,',
        f"S3,active,{DATED},true,O1,student,s3,,Mia,Hale,,,,,,P3,,",
        f"P3,active,{DATED},true,O1,parent,p3,,Ann,Hale,,,ann@mail.example,,,S3,,",
    )
    contacts = load_changed(tmp_path, files)
    assert sorted(contacts.students) == ["S1", "S2", "S3"]
    assert sorted(contacts.contacts) == ["P1", "P3"], "a link to somebody deleted is no mistake"
    assert contacts.email_of["P1"] == "nina@new.example"
    assert contacts.students["S3"].school == "Hill School", "organisations are those of the base"
    assert [problem.rule for problem in contacts.problems] == ["own-role"]


def test_what_the_package_has_whole_takes_the_place_of_the_base(tmp_path: Path) -> None:
    files = changes(f"P2,tobedeleted,{DATED},,,,,,,,,,,,,,,", orgs="bulk")
    files["orgs.csv"] = ONEROSTER_1_1["orgs.csv"].replace("Hill", "Dale")
    assert load_changed(tmp_path, files).students["S1"].school == "Dale School"


@pytest.mark.parametrize(
    ("row", "rules"),
    [
        ("P2,,,true,O1,guardian,tom,,Tom,Hale,,,,,,S1,,", ["delta-date", "delta-status"]),
        (f"P2,inactive,{DATED},true,O1,guardian,tom,,Tom,Hale,,,,,,S1,,", ["delta-status"]),
        ("P2,active,yesterday,true,O1,guardian,tom,,Tom,Hale,,,,,,S1,,", ["delta-date"]),
        (f"P2,active,{DATED},,O1,guardian,tom,,Tom,Hale,,,,,,S1,,", ["blank"]),
    ],
)
def test_changes_say_what_and_when(row: str, rules: list[str], tmp_path: Path) -> None:
    with pytest.raises(ContactListError) as error:
        load_changed(tmp_path, changes(row))
    assert rules_of(error) == rules


def test_the_refusal_of_changes_alone_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ContactListError) as error:
        load_contact_list(write_files(tmp_path / "changes", changes(f"P2,tobedeleted,{DATED},,,,,,,,,,,,,,,")))
    assert rules_of(error) == ["delta-without-base"]
    assert "--base" in error.value.hint


@pytest.mark.parametrize("base", [ONEROSTER_1_2, changes(f"P2,tobedeleted,{DATED},,,,,,,,,,,,,,,")])
def test_not_everything_is_a_base(base: dict[str, str], tmp_path: Path) -> None:
    files = changes(f"P2,tobedeleted,{DATED},,,,,,,,,,,,,,,")
    with pytest.raises(ContactListError) as error:
        load_contact_list(write_files(tmp_path / "changes", files), write_files(tmp_path / "base", base))
    assert rules_of(error) == ["base"]


def test_only_oneroster_has_a_base(tmp_path: Path) -> None:
    sds = write_files(tmp_path / "sds", V2_FILES)
    with pytest.raises(ContactListError) as error:
        load_contact_list(sds, write_files(tmp_path / "whole", ONEROSTER_1_1))
    assert rules_of(error) == ["base"]
