"""Loading of contact lists. `tests/cases/contacts/lists/*.toml`: the files of a school (those of `base`, changed) and
every problem that must be found in them, as "severity file:line rule"."""

from __future__ import annotations

import io
import shutil
import tomllib
import zipfile
from datetime import date
from pathlib import Path

import pytest

from sp_parent_portal.contacts import reading
from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.contacts.model import ContactList, Role
from sp_parent_portal.errors import ContactListError, Problem

from .lists import BASES, CASES, V1_FILES, V2_FILES, write_files

LISTS = sorted((CASES / "lists").glob("*.toml"))
DEMO = Path(__file__).parents[3] / "sp_parent_portal" / "demo" / "data" / "contacts"


def spoken(problems: tuple[Problem, ...]) -> list[str]:
    return sorted(f"{problem.severity} {problem.file}:{problem.line} {problem.rule}" for problem in problems)


def load(path: Path) -> tuple[ContactList | None, tuple[Problem, ...]]:
    try:
        contacts = load_contact_list(path)
    except ContactListError as error:
        return None, error.problems
    return contacts, contacts.problems


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path) -> None:
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    files = {name: text for name, text in BASES[case["base"]].items() if name not in case.get("without", [])}
    write_files(tmp_path / "school", files | case.get("files", {}))
    contacts, problems = load(tmp_path / "school")
    assert spoken(problems) == sorted(case["problems"]), case["about"]
    assert (contacts is None) == any(problem.severity == "error" for problem in problems)


BYTES = {
    "bom.csv": [],
    "cp1252.csv": ["error users.csv:2 encoding"],
    "dup_header.csv": [
        "error users.csv:1 duplicate-column",
        "error users.csv:1 missing-column",
        "error users.csv:1 missing-column",
        "error users.csv:1 missing-column",
    ],
    "leading_zero_lost.csv": ["warning users.csv:2 leading-zero"],
    "linebreak_in_field.csv": ["error users.csv:2 line-break"],
    "ragged.csv": ["error users.csv:2 ragged", "error users.csv:3 ragged"],
}


def test_every_byte_trap_is_tested() -> None:
    assert sorted(path.name for path in (CASES / "bytes").iterdir()) == sorted(BYTES)


@pytest.mark.parametrize("name", BYTES)
def test_byte_trap(name: str, tmp_path: Path) -> None:
    known = "0123" if "zero" in name else "1"
    write_files(
        tmp_path,
        {
            "users.csv": (CASES / "bytes" / name).read_bytes(),
            "roles.csv": f"userSourcedId,orgSourcedId,role\n{known},O1,student\n",
            "relationships.csv": (
                f"userSourcedId,relationshipUserSourcedId,relationshipRole\n{known},{known},parent\n"
            ),
        },
    )
    contacts, problems = load(tmp_path)
    assert spoken(problems) == BYTES[name]
    if name == "bom.csv":
        assert contacts is not None
        assert contacts.students["1"].name == "José Núñez"


def test_utf16_is_named(tmp_path: Path) -> None:
    write_files(tmp_path, V2_FILES | {"users.csv": V2_FILES["users.csv"].encode("utf-16")})
    assert spoken(load(tmp_path)[1]) == ["error users.csv:1 encoding"]


def test_a_cell_of_ten_megabytes_is_refused(tmp_path: Path) -> None:
    users = V2_FILES["users.csv"] + "P3,p3," + "x" * 10_000_000 + ",Hale,,,,,\n"
    write_files(tmp_path, V2_FILES | {"users.csv": users})
    assert spoken(load(tmp_path)[1]) == ["error users.csv:6 too-long"]


def test_a_cell_of_many_lines_is_refused(tmp_path: Path) -> None:
    users = V2_FILES["users.csv"] + 'P3,p3,"' + "x\n" * 100_000 + '",Hale,,,,,\n'
    write_files(tmp_path, V2_FILES | {"users.csv": users})
    assert "error users.csv:6 too-long" in spoken(load(tmp_path)[1])


def test_problems_beyond_the_thousandth_are_counted(tmp_path: Path) -> None:
    write_files(tmp_path, V2_FILES | {"users.csv": V2_FILES["users.csv"] + "ragged\n" * 1200})
    problems = load(tmp_path)[1]
    assert len(problems) == 1001
    assert [problem.message for problem in problems if problem.rule == "more"] == ["200 more problems are not listed."]


def test_v2_list(tmp_path: Path) -> None:
    contacts = load_contact_list(write_files(tmp_path, V2_FILES))
    ava = contacts.students["S1"]
    assert (ava.name, ava.school, ava.grade, ava.sign_in) == ("Ava Hale", "Hill School", "5", "s1@pupils.example")
    assert sorted(contacts.contacts) == ["P1", "P2"]
    assert [(row.student_id, row.contact_id, row.role, row.line) for row in contacts.relationships] == [
        ("S1", "P1", Role.PARENT, 2),
        ("S2", "P1", Role.PARENT, 3),
        ("S1", "P2", Role.GUARDIAN, 4),
    ]
    assert "secret" not in repr(contacts)


def test_v1_list(tmp_path: Path) -> None:
    contacts = load_contact_list(write_files(tmp_path, V1_FILES))
    assert contacts.format == "sds-v1"
    assert contacts.students["S1"].birth_date == date(2015, 4, 2)
    assert contacts.students["S2"].birth_date is None
    assert contacts.students["S1"].school == "Hill School"
    tom = next(contact for contact in contacts.contacts.values() if contact.given == "Tom")
    assert tom.id.startswith("mail-")
    assert "tom" not in tom.id
    assert [(row.student_id, row.contact_id, row.role) for row in contacts.relationships] == [
        ("S1", "P1", Role.PARENT),
        ("S2", "P1", Role.GUARDIAN),
        ("S1", tom.id, Role.OTHER),
    ]
    assert "secret" not in repr(contacts)


def test_v1_uk_variant(tmp_path: Path) -> None:
    uk = CASES / "microsoft" / "uk-students"
    contacts_files = {
        "user.csv": V1_FILES["User.csv"],
        "guardianrelationship.csv": "SIS ID,Email,Role\n13001,nina.hale@mail.example,Parent\n",
    }
    shutil.copytree(uk, tmp_path, dirs_exist_ok=True)
    contacts = load_contact_list(write_files(tmp_path, contacts_files))
    assert len(contacts.students) == 22
    assert contacts.students["13001"].school == "Contoso High School"


def test_birth_dates_come_from_demographics(tmp_path: Path) -> None:
    demographics = "userSourcedId,sex,birthDate\nS1,female,2008-05-01\nS2,male,1/2/2010\n"
    contacts = load_contact_list(write_files(tmp_path, V2_FILES | {"demographics.csv": demographics}))
    assert contacts.students["S1"].birth_date == date(2008, 5, 1)
    assert contacts.students["S2"].birth_date is None


def test_of_two_roles_the_closer_one_counts(tmp_path: Path) -> None:
    header = "userSourcedId,relationshipUserSourcedId,relationshipRole\n"
    for lines in ("S1,P1,doctor\nS1,P1,parent\n", "S1,P1,parent\nS1,P1,doctor\n"):
        contacts = load_contact_list(write_files(tmp_path, V2_FILES | {"relationships.csv": header + lines}))
        assert [row.role for row in contacts.relationships] == [Role.PARENT]


def test_staff_may_be_contacts_and_contacts_need_no_relationship(tmp_path: Path) -> None:
    users = (
        V2_FILES["users.csv"] + "T1,t1@school.example,Jo,Fox,,,t1@school.example,,\nP3,p3,Al,Fox,,,,,\nT2,t2,A,B,,,,,\n"
    )
    roles = V2_FILES["roles.csv"] + "T1,O1,teacher,\nT2,O1,teacher,\n"
    links = V2_FILES["relationships.csv"] + "S1,T1,parent\n"
    files = V2_FILES | {"users.csv": users, "roles.csv": roles, "relationships.csv": links}
    assert sorted(load_contact_list(write_files(tmp_path, files)).contacts) == ["P1", "P2", "P3", "T1"]


def test_microsofts_v2_1_sample() -> None:
    contacts = load_contact_list(CASES / "microsoft" / "sds-v2.1")
    assert (contacts.format, contacts.problems) == ("sds-v2.1", ())
    assert sorted(contacts.students) == ["114001", "114003", "114004", "114008"]
    assert sorted(contacts.contacts) == ["114002", "114005"], "they have no row in roles.csv"
    assert [row.role for row in contacts.relationships] == [Role.GUARDIAN, Role.RELATIVE, Role.GUARDIAN]


def test_microsofts_v2_sample_is_refused() -> None:
    contacts, problems = load(CASES / "microsoft" / "sds-v2")
    assert contacts is None
    assert "V2 format" in problems[0].message


def test_grand_bend_v1() -> None:
    contacts = load_contact_list(CASES / "grandbend" / "sds-v1")
    assert len(contacts.students) == 960
    assert len(contacts.contacts) == len(contacts.relationships) == 100
    assert len(contacts.email_of) == 97, "three of the hundred addresses hold a blank"


def test_grand_bend_v2_1() -> None:
    contacts = load_contact_list(DEMO)
    assert contacts.problems == ()
    assert len([key for key in contacts.students if key < "S7"]) == 960
    own = [contact for contact in contacts.contacts.values() if contact.id < "P78"]
    assert len(own) == 1872
    assert len([contact for contact in own if contact.email]) == 100
    assert len([row for row in contacts.relationships if row.student_id < "S7"]) == 1872


def test_order_of_rows_and_files_does_not_matter(tmp_path: Path) -> None:
    def reverse(text: str) -> str:
        header, *rows = text.splitlines(keepends=True)
        return "".join([header, *reversed(rows)])

    there = load_contact_list(write_files(tmp_path / "there", V2_FILES))
    back = load_contact_list(
        write_files(tmp_path / "back", {name: reverse(V2_FILES[name]) for name in reversed(V2_FILES)})
    )
    assert (back.students, back.contacts, back.of_student.keys()) == (
        there.students,
        there.contacts,
        there.of_student.keys(),
    )
    assert {(row.student_id, row.contact_id, row.role) for row in back.relationships} == {
        (row.student_id, row.contact_id, row.role) for row in there.relationships
    }


def test_fingerprint_follows_the_bytes_that_were_read(tmp_path: Path) -> None:
    first = load_contact_list(write_files(tmp_path / "a", V2_FILES)).fingerprint
    again = load_contact_list(write_files(tmp_path / "b", V2_FILES | {"classes.csv": "not,read\n"})).fingerprint
    changed = V2_FILES | {"orgs.csv": V2_FILES["orgs.csv"].replace("Hill", "Dale")}
    other = load_contact_list(write_files(tmp_path / "c", changed)).fingerprint
    assert first == again
    assert first != other


def test_two_files_that_differ_only_in_case(tmp_path: Path) -> None:
    write_files(tmp_path, V2_FILES | {"Users.CSV": "sourcedId\n"})
    if len(list(tmp_path.iterdir())) == len(V2_FILES):
        pytest.skip("this file system does not tell case apart, so there cannot be two")
    assert [problem.rule for problem in load(tmp_path)[1]] == ["duplicate-file"]


@pytest.mark.parametrize(
    ("prepare", "rule"),
    [
        (lambda path: None, "missing-folder"),
        (lambda path: path.write_text("sourcedId\n"), "not-a-folder"),
        (lambda path: path.mkdir(), "empty-folder"),
        (lambda path: write_files(path / "export", V2_FILES), "empty-folder"),
    ],
)
def test_not_a_folder_of_files(prepare: object, rule: str, tmp_path: Path) -> None:
    assert callable(prepare)
    prepare(tmp_path / "school")
    contacts, problems = load(tmp_path / "school")
    assert contacts is None
    assert [problem.rule for problem in problems] == [rule]


def write_zip(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("folder", ["", "export/2026/"])
def test_zip_file(folder: str, tmp_path: Path) -> None:
    packed = write_zip(tmp_path / "export.zip", {folder + name: text for name, text in V2_FILES.items()})
    assert load_contact_list(packed) == load_contact_list(write_files(tmp_path / "plain", V2_FILES))


def test_zip_file_of_a_mac(tmp_path: Path) -> None:
    files = {**V2_FILES, "__MACOSX/users.csv": "sourcedId\n"}
    assert load_contact_list(write_zip(tmp_path / "export.zip", dict(files))).problems == ()


def test_zip_file_with_a_password(tmp_path: Path) -> None:
    packed = write_zip(tmp_path / "export.zip", dict(V2_FILES))
    data = bytearray(packed.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    packed.write_bytes(data)
    contacts, problems = load(packed)
    assert contacts is None
    assert [problem.rule for problem in problems] == ["unreadable"]
    assert "encrypted" in problems[0].message


def test_zip_file_of_very_many_files(tmp_path: Path) -> None:
    packed = write_zip(tmp_path / "export.zip", {f"{number}.csv": "x" for number in range(1001)})
    assert [problem.rule for problem in load(packed)[1]] == ["unreadable"]


@pytest.mark.parametrize(("limit", "value"), [("MAX_FILE_BYTES", 300), ("MAX_ROWS", 3)])
def test_a_file_too_large_is_refused(limit: str, value: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, limit, value)
    contacts, problems = load(write_files(tmp_path, V2_FILES))
    assert contacts is None
    assert "too-large" in [problem.rule for problem in problems if problem.file == "users.csv"]


def test_zip_bomb_is_refused_where_it_gets_too_long(tmp_path: Path) -> None:
    bomb = {**V2_FILES, "users.csv": V2_FILES["users.csv"] + "0" * 50_000_000}
    packed = write_zip(tmp_path / "export.zip", dict(bomb))
    assert packed.stat().st_size < 100_000
    assert spoken(load(packed)[1]) == ["error users.csv:6 too-long"]


def test_damaged_zip_file(tmp_path: Path) -> None:
    packed = write_zip(tmp_path / "export.zip", dict(V2_FILES))
    data = bytearray(packed.read_bytes())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        start = archive.getinfo("users.csv").header_offset
    data[start + 60 : start + 90] = b"\xff" * 30
    packed.write_bytes(data)
    contacts, problems = load(packed)
    assert contacts is None
    assert "error users.csv:0 unreadable" in spoken(problems)


@pytest.mark.parametrize(
    "name", ["../users.csv", "a/../../users.csv", "/etc/users.csv", "..\\users.csv", "C:\\users.csv"]
)
def test_a_name_that_leads_out_of_the_zip_file_is_refused(name: str, tmp_path: Path) -> None:
    files = {name if known == "users.csv" else known: text for known, text in V2_FILES.items()}
    contacts, problems = load(write_zip(tmp_path / "export.zip", dict(files)))
    assert contacts is None
    assert spoken(problems) == ["error export.zip:0 unsafe-path"]
    assert [path.name for path in tmp_path.iterdir()] == ["export.zip"]
