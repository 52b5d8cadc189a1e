"""Related contacts out of the directory: what a list of students says of them is believed only where it was tried."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.contact_source import read_contact_list
from sp_parent_portal.contacts.graph_source import load_graph, read_contacts
from sp_parent_portal.contacts.model import ContactList, Role
from sp_parent_portal.contacts.screening import Rules, screen
from sp_parent_portal.contacts.sources import GraphSource
from sp_parent_portal.errors import ContactListError, ContactSourceFailed
from sp_parent_portal.microsoft365 import Gateway, connect
from sp_parent_portal.microsoft365.education import EducationStudent, RelatedContact
from sp_parent_portal.settings import emulator_settings
from tests.school_directory import CONTACTS, USERS, open_directory, write_seed

from .lists import TODAY

SETTLED = Rules(none_confirmed=True, internal_domains=frozenset({"school.example"}))


def dial(folder: Path, **seed: Any) -> Gateway:
    return connect(emulator_settings(), app=open_directory(write_seed(folder / "seed", **seed)))


def verdicts(contacts: ContactList) -> dict[tuple[str, str], tuple[str, str]]:
    rows = screen(contacts, contacts.students, SETTLED, TODAY)
    return {(row.student_id, row.email): (row.verdict.value, row.rule) for row in rows}


@pytest.mark.parametrize("weather", ["", "full", "empty", "absent"])
def test_a_directory_whatever_its_list_shows(weather: str, tmp_path: Path) -> None:
    gateway = dial(tmp_path, weather=weather)
    contacts = read_contact_list(GraphSource(), gateway)
    assert contacts.format == "graph"
    assert len(contacts.students) == 4
    assert {"1001", "1002", "1004"} < set(contacts.students), "who has no id of the school's has the directory's"
    assert sorted(contact.name for contact in contacts.contacts.values()) == [
        "Ann Fox",
        "Dr Grey",
        "Nina Hale",
        "Tom Hale",
    ]
    assert sorted((row.student_id, row.role) for row in contacts.relationships if row.role is Role.PARENT) == [
        ("1001", Role.PARENT),
        ("1002", Role.PARENT),
        ("1004", Role.PARENT),
    ]
    assert verdicts(contacts) == {
        ("1001", "nina.hale@mail.example"): ("invite", ""),
        ("1001", "tom.hale@mail.example"): ("invite", ""),
        ("1002", "nina.hale@mail.example"): ("invite-once", "same-guardian"),
        ("1004", "ann.fox@mail.example"): ("review", "adult-student"),
        ("1004", "grey@clinic.example"): ("skip-role", "role"),
    }


def many(count: int, *, last: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    users = [USERS[0], *(f"p{n}@school.example,Pupil {n},,student,{n},," for n in range(count))]
    return tuple(users), (CONTACTS[0], last)


def test_a_student_with_contacts_is_looked_for_until_one_is_found(tmp_path: Path) -> None:
    users, contacts = many(45, last="p44@school.example,Ann,ann@mail.example,parent,,")
    for weather in ("full", "empty"):
        gateway = dial(tmp_path / weather, users=users, contacts=contacts, weather=weather)
        assert len(read_contact_list(GraphSource(), gateway).relationships) == 1


def test_where_the_list_is_right_few_students_are_read_singly(tmp_path: Path) -> None:
    users, contacts = many(200, last="p3@school.example,Ann,ann@mail.example,parent,,")
    emulator = open_directory(write_seed(tmp_path / "seed", users=users, contacts=contacts))
    read_contact_list(GraphSource(), connect(emulator_settings(), app=emulator))
    report: Any = emulator.usage.report()
    assert report["by_operation"]["GET /education/users/{key}"] == 20


def test_two_people_with_one_address_stay_two(tmp_path: Path) -> None:
    lines = (*CONTACTS[:2], "s2@school.example,Olga Hale,nina.hale@mail.example,parent,,")
    found = verdicts(read_contact_list(GraphSource(), dial(tmp_path, contacts=lines)))
    assert sorted(found.values()) == [("invite", ""), ("review", "shared-address")]


@pytest.mark.parametrize(
    ("consents", "expected"),
    [
        (("", ""), [("invite", ""), ("invite", "")]),
        (("true", ""), [("invite", ""), ("review", "no-consent")]),
        (("true", "false"), [("invite", ""), ("review", "no-consent")]),
        (("false", ""), [("review", "no-consent"), ("review", "no-consent")]),
        (("true", "true"), [("invite", ""), ("invite", "")]),
    ],
)
def test_consent_counts_where_the_school_keeps_it(
    consents: tuple[str, str], expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    lines = [CONTACTS[0]]
    lines += [f"s1@school.example,P{n},p{n}@mail.example,parent,,{said}" for n, said in enumerate(consents)]
    found = verdicts(read_contact_list(GraphSource(), dial(tmp_path, contacts=lines)))
    assert [found["1001", f"p{n}@mail.example"] for n in (0, 1)] == expected


@pytest.mark.parametrize("contacts", [CONTACTS[:1]])
def test_nobody_with_a_contact_is_not_an_empty_school(contacts: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(ContactListError) as error:
        read_contact_list(GraphSource(), dial(tmp_path, contacts=contacts))
    assert [problem.rule for problem in error.value.problems] == ["no-rows"]


def test_no_student_at_all_is_not_an_empty_school(tmp_path: Path) -> None:
    with pytest.raises(ContactListError) as error:
        read_contact_list(GraphSource(), dial(tmp_path, users=USERS[:3], contacts=CONTACTS[:1]))
    assert [problem.rule for problem in error.value.problems] == ["no-rows"]


def test_two_students_with_one_id(tmp_path: Path) -> None:
    users = (*USERS, "s5@school.example,Twin,,student,1001,,")
    with pytest.raises(ContactListError) as error:
        read_contact_list(GraphSource(), dial(tmp_path, users=users))
    assert [problem.rule for problem in error.value.problems] == ["duplicate-id"]


def test_whoever_may_not_read_them_is_told(tmp_path: Path) -> None:
    seed = write_seed(tmp_path / "seed")
    app_id = emulator_settings().client_id
    with (seed / "tenant.toml").open("a", encoding="utf-8") as file:
        file.write(f'[[apps]]\nid = "{app_id}"\nroles = ["User.Read.All"]\n')
    gateway = connect(emulator_settings(), app=open_directory(seed))
    with pytest.raises(ContactSourceFailed, match="access was denied") as error:
        read_contact_list(GraphSource(), gateway)
    assert error.value.exit_code == 1


def test_nobody_signed_in() -> None:
    with pytest.raises(ContactSourceFailed):
        read_contact_list(GraphSource(), None)


# ---- believing the list


class Directory:
    """`listed` is what the list says of each student (None: nothing), `true` what is."""

    def __init__(self, listed: list[int | None], true: list[int]) -> None:
        self.listed, self.true = listed, true
        self.read: list[str] = []

    def list_students(self) -> Iterable[EducationStudent]:
        return [pupil(n, said) for n, said in enumerate(self.listed)]

    def get_contacts(self, ids: Sequence[str]) -> dict[str, tuple[RelatedContact, ...] | None]:
        self.read += ids
        return {each: contacts(int(each), self.true[int(each)]) for each in ids}


def contacts(student: int, count: int) -> tuple[RelatedContact, ...]:
    return tuple(RelatedContact(f"P{n}", f"p{student}-{n}@mail.example", "", "parent", None, {}) for n in range(count))


def pupil(number: int, said: int | None) -> EducationStudent:
    told = None if said is None else contacts(number, said)
    return EducationStudent(str(number), f"S{number}", "", "", "", "", "", "", "", told)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=60), st.sampled_from(["full", "empty", "absent"]))
def test_whatever_the_list_does_every_contact_is_found(true: list[int], manner: str) -> None:
    manners: dict[str, list[int | None]] = {
        "full": list(true),
        "empty": [0] * len(true),
        "absent": [None] * len(true),
    }
    listed = manners[manner]
    directory = Directory(listed, true)
    found = read_contacts(directory, list(directory.list_students()))
    assert [len(found[str(n)]) for n in range(len(true))] == true


@given(st.lists(st.integers(0, 2), min_size=1, max_size=60))
def test_what_one_row_leaves_out_makes_the_whole_list_doubtful(true: list[int]) -> None:
    directory = Directory([*true[:-1], None], true)
    assert [len(each) for each in read_contacts(directory, list(directory.list_students())).values()] == true
    assert len(directory.read) == len(true)


def test_the_same_people_have_the_same_fingerprint() -> None:
    one, two = load_graph(Directory([1, 2], [1, 2])), load_graph(Directory([None, None], [1, 2]))
    assert one.fingerprint == two.fingerprint != load_graph(Directory([1, 1], [1, 1])).fingerprint
