"""Guardians taken out of students: backed up, written, read back; nothing emptied by accident, no other's lost."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.contacts.removal import (
    Change,
    Written,
    make_changes,
    make_undoing,
    observe_removal,
    observe_reset,
    start,
    write,
)
from sp_parent_portal.contacts.removal_backup import load_backup
from sp_parent_portal.emulator.app import Emulator
from sp_parent_portal.errors import InputError
from sp_parent_portal.microsoft365 import Gateway, connect
from sp_parent_portal.settings import emulator_settings
from tests.school_directory import CONTACTS, open_directory, write_seed
from tests.unit.emulator.caller import Caller

NOW = datetime(2027, 5, 10, 12, tzinfo=UTC)
NINA = "nina.hale@mail.example"


class Office:
    """A tenant with students, the gateway to it, and a folder for backups."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.emulator: Emulator = open_directory(write_seed(folder / "seed"))
        self.gateway: Gateway = connect(emulator_settings(), app=self.emulator, sleep=lambda _seconds: None)
        self.caller = Caller(self.emulator)

    @property
    def education(self) -> Any:
        return self.gateway.education

    def start(self, changes: tuple[Change, ...], *, may_empty: bool = False) -> tuple[Path, dict[str, str]]:
        target = self.gateway.target
        path, written = start(
            self.education, target, "remove", changes, self.folder / "backups", NOW, may_empty=may_empty
        )
        return path, statuses(written)

    def names(self, number: int) -> list[str]:
        path = f"/education/users/s{number}@school.example?$select=relatedContacts"
        return [contact["displayName"] for contact in self.caller.get(path)["relatedContacts"]]

    def put(self, number: int, *contacts: dict[str, Any]) -> None:
        body = {"relatedContacts": list(contacts)}
        assert self.caller.graph("PATCH", f"/education/users/s{number}@school.example", body).status_code == 200

    def faults(self, *script: dict[str, Any]) -> None:
        assert self.caller.ask("POST", "faults", list(script)).status_code == 200


def statuses(written: tuple[Written, ...]) -> dict[str, str]:
    return {each.student: each.status for each in written}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_one_guardian_leaves_every_student_who_has_another(office: Office) -> None:
    changes = observe_removal(office.education, NINA.upper())
    assert [(change.student, len(change.before), len(change.after)) for change in changes] == [
        ("1001", 2, 1),
        ("1002", 1, 0),
    ]
    _, done = office.start(changes)
    assert done == {"1001": "done", "1002": "held"}, "the only contact is not removed by accident"
    assert (office.names(1), office.names(2)) == (["Tom Hale"], ["Nina Hale"])


def test_the_last_one_too_where_that_is_meant(office: Office) -> None:
    _, done = office.start(observe_removal(office.education, NINA), may_empty=True)
    assert set(done.values()) == {"done"}
    assert (office.names(1), office.names(2)) == (["Tom Hale"], [])


def test_by_id_and_for_one_student(office: Office) -> None:
    from sp_parent_portal.contacts.graph_source import load_graph

    contacts = load_graph(office.education)
    nina = next(contact.id for contact in contacts.contacts.values() if contact.given == "Nina Hale")
    changes = observe_removal(office.education, nina, ["1001"])
    assert [change.student for change in changes] == ["1001"]


@pytest.mark.parametrize("guardian", ["nobody@mail.example", "graph-0000000000000000", "", "Nina Hale"])
def test_a_guardian_whom_nobody_has(office: Office, guardian: str) -> None:
    with pytest.raises(InputError):
        observe_removal(office.education, guardian)


def test_a_student_whom_nobody_knows(office: Office) -> None:
    with pytest.raises(InputError, match=r"1 of the students named .*\(number 2\)") as caught:
        observe_reset(office.education, ["1001", "9999"])
    assert "9999" not in str(caught.value.problems)


def test_what_is_not_removed_stays_as_it_was(office: Office) -> None:
    tom = {"displayName": "Tom", "emailAddress": "t@mail.example", "relationship": "guardian", "accessConsent": True}
    nina = {"displayName": "Nina", "emailAddress": NINA, "relationship": "parent", "mobilePhone": None, "id": "7"}
    office.put(1, tom | {"id": "8"}, nina)
    office.start(observe_removal(office.education, NINA, ["1001"]))
    path = "/education/users/s1@school.example?$select=relatedContacts"
    assert office.caller.get(path)["relatedContacts"] == [tom | {"id": "8", "mobilePhone": None}]


def test_the_collection_is_written_alone(office: Office) -> None:
    seen: list[Any] = []
    inner = office.education.set_contacts

    class Watched:
        list_students, get_contacts = office.education.list_students, office.education.get_contacts

        def set_contacts(self, wanted: Any) -> Any:
            seen.extend(wanted)
            return inner(seen)

    changes = observe_removal(office.education, NINA, ["1001"])
    start(Watched(), "emulator", "remove", changes, office.folder / "b", NOW)
    assert [[row["displayName"] for row in rows] for _, rows in seen] == [["Tom Hale"]]


# ---- the backup


def test_the_backup_is_whole_private_and_first(office: Office) -> None:
    changes = observe_reset(office.education)
    told: list[list[str]] = []
    path, _ = start(
        office.education,
        "emulator",
        "reset",
        changes,
        office.folder / "backups",
        NOW,
        may_empty=True,
        backed_up=lambda _path: told.append(office.names(1)),
    )
    assert told == [["Nina Hale", "Tom Hale"]], "it is there before anything is written"
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert [each["student"] for each in saved["students"]] == ["1001", "1002", "1004"]
    assert saved["students"][0]["before"][0]["emailAddress"] == NINA
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_without_a_backup_nothing_is_removed(office: Office) -> None:
    (office.folder / "backups").write_text("a file where the folder should be")
    with pytest.raises(InputError, match="nothing was changed"):
        office.start(observe_reset(office.education), may_empty=True)
    assert office.names(1) == ["Nina Hale", "Tom Hale"]


def test_reset_and_the_way_back(office: Office) -> None:
    before = [office.names(number) for number in (1, 2, 3, 4)]
    path, done = office.start(observe_reset(office.education), may_empty=True)
    assert set(done.values()) == {"done"}
    assert [office.names(number) for number in (1, 2, 3, 4)] == [[], [], [], []]
    assert observe_reset(office.education) == ()
    undoing = make_undoing(load_backup(path, "emulator"))
    assert set(statuses(write(office.education, undoing, may_empty=True)).values()) == {"done"}
    assert [office.names(number) for number in (1, 2, 3, 4)] == before
    assert set(statuses(write(office.education, undoing, may_empty=True)).values()) == {"already"}


def test_the_way_back_overwrites_nobody(office: Office) -> None:
    path, _ = office.start(observe_reset(office.education), may_empty=True)
    office.put(2, {"displayName": "Olga", "emailAddress": "o@mail.example", "relationship": "parent"})
    done = statuses(write(office.education, make_undoing(load_backup(path, "emulator")), may_empty=True))
    assert done == {"1001": "done", "1002": "held", "1004": "done"}
    assert office.names(2) == ["Olga"]


def test_a_reset_that_was_cut_off_goes_on(office: Office) -> None:
    changes = observe_reset(office.education)
    path, _ = office.start(changes[:1], may_empty=True)
    whole, _ = office.start(changes, may_empty=True)
    done = statuses(write(office.education, make_changes(load_backup(whole, "emulator")), may_empty=True))
    assert set(done.values()) == {"already"}
    assert path != whole, "a backup never takes the place of another one"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"kind": "related-contacts-backup/2"}', "planted@mail.example", '{"target": 1}']
)
def test_what_is_no_backup(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="cannot be used as a backup") as error:
        load_backup(path, "emulator")
    assert "planted" not in str(error.value)


def test_a_backup_of_another_tenant(office: Office) -> None:
    path, _ = office.start(observe_reset(office.education), may_empty=True)
    with pytest.raises(InputError, match="contoso"):
        load_backup(path, "contoso (1111)")


def test_a_backup_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load_backup(tmp_path / "none.json", "emulator")


# ---- when it does not go well


def test_what_changed_since_it_was_shown_is_left_alone(office: Office) -> None:
    changes = observe_removal(office.education, NINA, ["1001"])
    office.put(1, {"displayName": "New", "emailAddress": "new@mail.example", "relationship": "parent"})
    _, done = office.start(changes)
    assert done == {"1001": "held"}
    assert office.names(1) == ["New"]


def test_a_student_who_has_left(office: Office) -> None:
    changes = observe_removal(office.education, NINA, ["1001"])
    assert office.caller.graph("DELETE", "/users/s1@school.example").status_code == 204
    assert office.start(changes)[1] == {"1001": "held"}


def test_an_answer_that_was_lost_after_the_work_is_read_back(office: Office) -> None:
    changes = observe_removal(office.education, NINA, ["1001"])
    # Of the batches that follow, the second one writes.
    office.faults({"on": "POST /$batch", "nth": 2, "times": 1, "after_work": True, "drop": True})
    assert office.start(changes)[1] == {"1001": "done"}
    assert office.names(1) == ["Tom Hale"]


def test_a_write_that_is_refused_says_so(tmp_path: Path) -> None:
    office = Office(tmp_path)
    app_id = emulator_settings().client_id
    office.emulator.state.set_fact("apps", [{"id": app_id, "name": "x", "roles": ["EduRoster.Read.All"]}])
    reader = connect(emulator_settings(), app=office.emulator)
    changes = observe_reset(reader.education)
    path, written = start(reader.education, "emulator", "reset", changes, tmp_path / "b", NOW, may_empty=True)
    assert {each.status for each in written} == {"failed"}
    assert "access was denied" in written[0].detail
    assert path.is_file()
    assert office.names(1) == ["Nina Hale", "Tom Hale"]


def test_nothing_of_a_guardian_is_in_what_is_said(office: Office) -> None:
    changes = observe_removal(office.education, NINA)
    _, written = start(office.education, "emulator", "remove", changes, office.folder / "b", NOW)
    assert "mail.example" not in repr(changes) + repr(written)


def test_many_students(tmp_path: Path) -> None:
    users = ["upn,name,mail,role,student_id", *(f"p{n}@school.example,P {n},,student,{n}" for n in range(45))]
    lines = [CONTACTS[0], *(f"p{n}@school.example,G{n},g{n}@mail.example,parent,," for n in range(45))]
    emulator = open_directory(write_seed(tmp_path / "seed", users=users, contacts=lines))
    education = connect(emulator_settings(), app=emulator).education
    steps: list[int] = []
    _, written = start(
        education,
        "emulator",
        "reset",
        observe_reset(education),
        tmp_path / "b",
        NOW,
        may_empty=True,
        stepped=lambda: steps.append(1),
    )
    assert set(statuses(written).values()) == {"done"}
    assert len(steps) == len(written) == 45
