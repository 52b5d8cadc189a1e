"""`contacts sync`, `show` and `changes` at the command line."""

from __future__ import annotations

import csv
import io
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sp_parent_portal.contacts.kept import list_kept, lists_folder, load_kept
from sp_parent_portal.settings import data_folder
from tests.loopback import listening
from tests.oneroster_service import CLIENT_ID, CLIENT_SECRET, PATHS, OneRosterService
from tests.stage import RELATIONSHIPS, USERS
from tests.unit.contacts.lists import ONEROSTER_1_1, write_files

from .conftest import ROOT, Desk, Said

TOM = "tom.hale@mail.example"


def told(desk: Desk, *words: str) -> Said:
    return desk.type("--format", "json", *words)


def move_tom(desk: Desk, email: str = "tom@post.example") -> None:
    desk.school.write_contacts([(*user[:4], email) if user[0] == "P2" else user for user in USERS])


def kept_files() -> list[Path]:
    return sorted(path for path in lists_folder(data_folder()).rglob("*") if path.is_file())


# ---- sync ------------------------------------------------------------------------------------------------------------


def test_sync(desk: Desk) -> None:
    said = told(desk, "contacts", "sync")
    assert said.code == 0, said.err
    found = said.json
    assert (found["target"], found["kept"], found["refused"], found["before"]) == ("emulator", True, "", None)
    assert (found["format"], found["students"], found["contacts"], found["relationships"]) == ("sds-v2.1", 4, 5, 6)
    assert found["verdicts"]["invite"] == 4
    assert found["source"] == str(desk.folder / "sds")
    (kept,) = kept_files()
    if os.name != "nt":
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    move_tom(desk)
    again = told(desk, "contacts", "sync", "sds")
    assert again.json["counts"]["contacts"]["new-address"] == 1
    assert again.json["before"]["synced_at"] == found["synced_at"]
    assert "1 contact new-address" in desk.type("contacts", "changes").out


def test_only_what_screening_reads_is_kept(desk: Desk) -> None:
    """No password, and nothing of a column that has no use."""
    users = desk.folder / "sds" / "users.csv"
    lines = users.read_text(encoding="utf-8").splitlines()
    planted = [f"{line.replace(',,,', ',planted-secret,,', 1)},planted-note" for line in lines[1:]]
    users.write_text("\n".join([f"{lines[0]},note", *planted]) + "\n", encoding="utf-8")
    assert "planted-secret" in users.read_text(encoding="utf-8")
    assert told(desk, "contacts", "sync").code == 0
    assert "planted" not in kept_files()[0].read_text(encoding="utf-8")


def test_a_list_with_mistakes_is_wrong_input_and_all_are_told(desk: Desk) -> None:
    told(desk, "contacts", "sync")
    before = kept_files()
    (desk.folder / "sds" / "relationships.csv").write_text(
        "userSourcedId,relationshipUserSourcedId,relationshipRole\nS1,P1,uncle\nS9,P1,parent\n", encoding="utf-8"
    )
    said = told(desk, "contacts", "sync")
    assert said.code == 2
    assert {each["rule"] for each in said.json["problems"] if each["severity"] == "error"} == {
        "unknown-role",
        "unknown-student",
    }
    assert kept_files() == before


@pytest.mark.parametrize("state", ["shrunk", "headers only", "no bytes", "no exclusions left"])
def test_what_is_not_believed_is_refused(desk: Desk, state: str) -> None:
    desk.school.write_exclusions(",,out@mail.example,block,,")
    assert told(desk, "contacts", "sync").code == 0
    before = kept_files()
    if state == "shrunk":
        desk.school.write_contacts(USERS, RELATIONSHIPS[:4])
    elif state == "headers only":
        desk.school.write_contacts([], [])
    elif state == "no bytes":
        for name in ("users.csv", "roles.csv", "relationships.csv"):
            (desk.folder / "sds" / name).write_bytes(b"")
        (desk.folder / "sds" / "users.csv").write_text("sourcedId,username,givenName,familyName,email\n")
    else:
        desk.school.write_exclusions()
    said = told(desk, "contacts", "sync")
    assert said.code == 5, said.err
    assert said.json["kept"] is False
    assert said.json["refused"]
    assert "nobody is removed" in said.err
    assert kept_files() == before


def test_a_smaller_list_is_let_through_by_name(desk: Desk) -> None:
    told(desk, "contacts", "sync")
    desk.school.write_contacts(USERS, RELATIONSHIPS[:3])
    desk.school.write_trip(students=("S1", "S2"))
    desk.open_tenant()
    assert told(desk, "plan", "--all").code == 5
    assert told(desk, "contacts", "sync").code == 5
    said = told(desk, "contacts", "sync", "--allow", "smaller-list")
    assert (said.code, said.json["counts"]["relationships"]["removed"]) == (0, 3)
    assert told(desk, "plan", "--all").code == 0, "it is the list to compare with now"
    desk.school.write_contacts([], [])
    assert told(desk, "contacts", "sync", "--allow", "smaller-list").code == 5, "an empty list never is"


def test_a_server_that_answers_well_and_names_nobody_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    service = OneRosterService("1.2")
    with listening(service) as address:
        monkeypatch.setenv("SPP_ONEROSTER_TOKEN_URL", f"{address}/oauth/token")
        monkeypatch.setenv("SPP_ONEROSTER_CLIENT_ID", CLIENT_ID)
        monkeypatch.setenv("SPP_ONEROSTER_CLIENT_SECRET", CLIENT_SECRET)
        source = f"oneroster:{address}{PATHS['1.2']}"
        said = told(desk, "contacts", "sync", source)
        assert (said.code, said.json["format"], said.json["source"]) == (0, "oneroster-rest-1.2", source)
        before = kept_files()
        for rows in service.data.values():
            rows.clear()
        said = told(desk, "contacts", "sync", source)
    assert said.code == 5, said.err
    assert kept_files() == before
    assert CLIENT_SECRET not in said.out + said.err


def test_sync_needs_a_school(desk: Desk) -> None:
    (desk.folder / "portal.toml").unlink()
    said = desk.type("contacts", "sync", "sds")
    assert said.code == 2
    assert "portal.toml" in said.err


def test_sync_of_changes_on_their_base(desk: Desk) -> None:
    write_files(desk.folder / "whole", ONEROSTER_1_1)
    manifest = ONEROSTER_1_1["manifest.csv"].replace("users,bulk", "users,delta").replace("orgs,bulk", "orgs,absent")
    gone = "P2,tobedeleted,2026-11-01T08:00:00.000Z" + "," * 15
    users = f"{ONEROSTER_1_1['users.csv'].splitlines()[0]}\n{gone}\n"
    write_files(desk.folder / "delta", {"manifest.csv": manifest, "users.csv": users})
    assert told(desk, "contacts", "sync", "whole").json["contacts"] == 2
    said = told(desk, "contacts", "sync", "delta", "--base", "whole", "--allow", "smaller-list")
    assert (said.json["contacts"], said.json["counts"]["contacts"]["removed"]) == (1, 1)


# ---- show ------------------------------------------------------------------------------------------------------------


def test_show(desk: Desk) -> None:
    assert desk.type("contacts", "show").code == 2
    told(desk, "contacts", "sync")
    found = told(desk, "contacts", "show").json
    assert (found["target"], found["source"], found["students"]) == ("emulator", str(desk.folder / "sds"), 4)
    assert (found["verdicts"]["invite"], found["before"]) == (4, None)
    rows = told(desk, "contacts", "show", "S1").json["rows"]
    assert [(row["contact"], row["verdict"], row["rule"]) for row in rows] == [
        ("P1", "invite", ""),
        ("P2", "invite", ""),
    ]
    for who in ("P2", TOM, TOM.upper()):
        assert [row["student"] for row in told(desk, "contacts", "show", who).json["rows"]] == ["S1"]
    unknown = desk.type("contacts", "show", "nobody@mail.example")
    assert unknown.code == 2
    assert "nobody@mail.example" not in unknown.err


def test_show_says_what_the_exclusions_of_today_say(desk: Desk) -> None:
    told(desk, "contacts", "sync")
    desk.school.write_exclusions("S1,P2,,block,,")
    (row,) = told(desk, "contacts", "show", "P2").json["rows"]
    assert (row["verdict"], row["rule"]) == ("block", "exclusion")
    assert told(desk, "contacts", "show").json["verdicts"]["block"] == 1


def test_show_agrees_with_check(desk: Desk) -> None:
    told(desk, "contacts", "sync")
    checked = told(desk, "contacts", "check", "sds", "--rows").json
    assert told(desk, "contacts", "show").json["verdicts"] == checked["verdicts"]
    shown = told(desk, "contacts", "show", "S4").json["rows"]
    assert shown
    for row in shown:
        del row["detail"]
    assert shown == [row for row in checked["rows"] if row["student"] == "S4"]


# ---- changes ---------------------------------------------------------------------------------------------------------


def test_changes_of_the_last_two_syncs(desk: Desk) -> None:
    told(desk, "contacts", "sync")
    alone = desk.type("contacts", "changes")
    assert (alone.code, "only one" in alone.err) == (2, True)
    desk.school.write_trip("hills-2027", students=("S4",))
    move_tom(desk)
    told(desk, "contacts", "sync")
    found = told(desk, "contacts", "changes").json
    assert found["changes"] == [
        {
            "what": "new-address",
            "kind": "contact",
            "students": ["S1"],
            "contact": "P2",
            "field": "email",
            "before": TOM,
            "after": "tom@post.example",
            "trips": ["lake-2027"],
        }
    ]
    assert found["trips"] == [{"trip": "lake-2027", "changes": 1, "students": 1}]
    told(desk, "contacts", "sync")
    assert told(desk, "contacts", "changes").json["changes"] == []


def test_another_class_is_noticed_and_touches_the_trip(desk: Desk) -> None:
    def enrol(class_id: str) -> None:
        desk.school.write("sds/classes.csv", "sourcedId,orgSourcedId,title\nC1,O1,8A\nC2,O1,8B\n")
        rows = f"classSourcedId,userSourcedId,role\n{class_id},S1,student\nC1,S2,student\n"
        desk.school.write("sds/enrollments.csv", rows)

    enrol("C1")
    told(desk, "contacts", "sync")
    enrol("C2")
    assert told(desk, "contacts", "sync").json["counts"]["students"]["moved-class"] == 1
    (change,) = told(desk, "contacts", "changes").json["changes"]
    assert (change["students"], change["before"], change["after"]) == (["S1"], "8A (C1)", "8B (C2)")
    assert change["trips"] == ["lake-2027"]
    (desk.folder / "sds" / "enrollments.csv").unlink()
    assert told(desk, "contacts", "changes", "sds").json["changes"] == [], "without the file nobody knows"


def test_what_a_sync_would_change(desk: Desk) -> None:
    told(desk, "contacts", "sync")
    before = kept_files()
    move_tom(desk)
    assert [each["what"] for each in told(desk, "contacts", "changes", "sds").json["changes"]] == ["new-address"]
    assert kept_files() == before


def test_two_lists_of_which_none_is_kept(desk: Desk) -> None:
    (desk.folder / "sds").rename(desk.folder / "monday")
    move_tom(desk)
    found = told(desk, "contacts", "changes", "monday", "sds").json
    assert [each["what"] for each in found["changes"]] == ["new-address"]
    assert found["before"] == {"source": str(desk.folder / "monday"), "format": "sds-v2.1", "synced_at": None}
    (desk.folder / "portal.toml").unlink()
    assert told(desk, "contacts", "changes", "monday", "sds").json["trips"] == []
    assert desk.type("contacts", "changes", "monday", "sds", "sds").code == 2
    assert kept_files() == []


def test_cells_are_inert(desk: Desk) -> None:
    told(desk, "contacts", "sync")
    move_tom(desk, "=1+1@post.example")
    said = desk.type("--format", "csv", "contacts", "changes", "sds")
    (row,) = csv.DictReader(io.StringIO(said.out))
    assert (row["what"], row["after"], row["trips"]) == ("new-address", "'=1+1@post.example", "lake-2027")


def test_a_trip_that_cannot_be_read_is_unknown(desk: Desk) -> None:
    told(desk, "contacts", "sync")
    (desk.folder / "trips" / "lake-2027" / "students.csv").unlink()
    move_tom(desk)
    said = told(desk, "contacts", "changes", "sds")
    assert (said.code, said.json["trips"]) == (0, [])
    assert "students.csv" in said.json["trips_unread"][0]


def test_the_plan_says_that_the_list_has_changed_since(desk: Desk) -> None:
    desk.open_tenant()
    told(desk, "contacts", "sync")
    assert "has changed since the sync" not in told(desk, "plan", "--all").err
    move_tom(desk)
    said = told(desk, "plan", "--all")
    assert "the contact list has changed since the sync" in said.err
    assert "lake-2027: 1 contact new-address" in said.err
    assert said.code == 0


# ---- kill -9 ---------------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
import sp_parent_portal.contacts.kept as kept
from sp_parent_portal.cli.app import run

room, name, number = sys.argv[1:4]
place = {"os": os, "Path": Path, "kept": kept}[room]
real, calls = getattr(place, name), 0

def die(*words, **more):
    global calls
    calls += ".jsonl" in str(words) or room != "Path"
    if calls == int(number):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*words, **more)

setattr(place, name, die)
run(["contacts", "sync", "sds"])
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
@pytest.mark.parametrize(
    ("room", "name", "number", "current"),
    [
        ("kept", "_encode", 3, 1),  # while records are written
        ("kept", "_encode", 16, 1),
        ("os", "fsync", 1, 1),  # before the new list is on the disk
        ("Path", "replace", 1, 1),  # before it has its name
        ("os", "fsync", 2, 2),  # before the folder knows the name
        ("Path", "unlink", 1, 2),  # before the oldest list is deleted
    ],
)
def test_killed_there_is_the_old_list_or_the_new_one(
    desk: Desk, room: str, name: str, number: int, current: int
) -> None:
    for role in ("parent", "guardian"):
        desk.school.write_contacts(USERS, [*RELATIONSHIPS[:-1], ("S4", "P5", role)])
        assert told(desk, "contacts", "sync").code == 0
    move_tom(desk)
    words = [sys.executable, "-c", KILLED, room, name, str(number)]
    process = subprocess.run(words, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert process.returncode == -signal.SIGKILL, process.stderr
    (school,) = lists_folder(data_folder()).iterdir()
    assert load_kept(list_kept(school)[0]).contacts["P2"].email == (TOM if current == 1 else "tom@post.example")
    assert told(desk, "contacts", "show").code == 0
    again = told(desk, "contacts", "sync")
    assert again.code == 0
    assert again.json["counts"]["contacts"]["new-address"] == (1 if current == 1 else 0)
    assert len(list_kept(school)) == 2
