"""An address that goes from one family to another, and files that somebody else puts beside ours: an export tells
nobody of another family's child, and a purge deletes what is ours alone, of trips that are over alone."""

from __future__ import annotations

import json
import os

import pytest

from sp_parent_portal.runs.store import open_store
from sp_parent_portal.settings import data_folder
from tests.stage import RELATIONSHIPS, USERS

from .conftest import Desk
from .test_export import NINA, export
from .test_purge import OVER, age, told

BACKUP = {"kind": "related-contacts-backup/1", "what": "remove", "target": "emulator", "made": "2027-01-01"}


def test_an_address_that_was_another_familys_tells_nothing_of_their_children(desk: Desk) -> None:
    assert desk.make_trip().code == 0
    assert desk.type("contacts", "sync").code == 0
    before = {"displayName": "Nina Hale", "emailAddress": NINA, "mobilePhone": "+441632960001"}
    students = [{"id": "x", "student": "S1", "before": [before], "after": []}]
    desk.school.write("backup.json", json.dumps({**BACKUP, "students": students}))
    moved = {"P1": "", "P3": NINA}
    desk.school.write_contacts([(*user[:4], moved.get(user[0], user[4])) for user in USERS], RELATIONSHIPS)
    said, found = export(desk)
    assert said.code == 0, said.err
    assert [each["contact"] for each in found["contact list"]["entries"]] == ["P3"]
    for name in ("kept contact lists", "files that this product wrote", "who came in (run store)"):
        told = json.dumps(found[name]["entries"])
        assert "withheld" in told, name
        for word in ("S1", "S2", "P1", "Nina Hale", "960001"):
            assert f'"{word}"' not in told, f"{word} in {name}"


@pytest.mark.parametrize(
    "text", ['{"kind": "related-contacts-backup/1"}', '{"kind": "related-contacts-backup/1", "a": ']
)
def test_a_file_that_only_begins_like_ours_makes_one_section_unknown(desk: Desk, text: str) -> None:
    desk.school.write("crafted.json", text)
    said, found = export(desk)
    assert said.code == 6
    assert [name for name, each in found.items() if each["unknown"]] == ["files that this product wrote"]


def test_a_file_that_quotes_ours_is_not_deleted(desk: Desk) -> None:
    theirs = [
        desk.school.write("answer.json", json.dumps({"users": [], "more": BACKUP})),
        desk.school.write(
            "a.html", '<p>&lt;meta</p><meta name="generator" content="sp-parent-portal subject-access/1">'
        ),
    ]
    age(*theirs)
    assert told(desk).json["due"] == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
@pytest.mark.timeout(60)
def test_a_pipe_beside_the_trips_keeps_nobody_waiting(desk: Desk) -> None:
    os.mkfifo(desk.folder / "trips" / "export.json")
    assert told(desk).json["due"] == []


def test_what_is_remembered_of_a_staff_site_goes_with_its_trip(desk: Desk) -> None:
    assert desk.make_trip().code == 0
    store = open_store(f"sqlite:///{data_folder() / 'runs.sqlite'}")
    with store.engine.begin() as connection:
        names = [row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            columns = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({name})")]
            if "trip" in columns:
                connection.exec_driver_sql(f"UPDATE {name} SET trip = 'lake-2027-staff' WHERE trip = 'lake-2027'")
    store.engine.dispose()
    assert told(desk, "--forgotten").json["forgotten"] == []
    desk.school.write_trip(**OVER)
    assert [each["name"] for each in told(desk).json["due"]] == ["lake-2027-staff"]
