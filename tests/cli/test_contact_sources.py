"""Contact lists over the network at the command line, and guardians taken out of the directory."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.emulator.app import Emulator
from sp_parent_portal.microsoft365 import gateway as gateway_module
from tests.loopback import listening
from tests.oneroster_service import CLIENT_ID, CLIENT_SECRET, PATHS, Fault, OneRosterService, refusal
from tests.school_directory import open_directory, write_seed
from tests.unit.contacts.lists import ONEROSTER_1_1, write_files

from .conftest import Desk, Said

NINA = "nina.hale@mail.example"


def told(desk: Desk, *words: str) -> Said:
    return desk.type("--format", "json", *words)


# ---- OneRoster


@pytest.fixture
def service() -> OneRosterService:
    return OneRosterService("1.2")


def ask_service(desk: Desk, service: OneRosterService, monkeypatch: pytest.MonkeyPatch, *words: str) -> Said:
    with listening(service) as address:
        monkeypatch.setenv("SPP_ONEROSTER_TOKEN_URL", f"{address}/oauth/token")
        monkeypatch.setenv("SPP_ONEROSTER_CLIENT_ID", CLIENT_ID)
        monkeypatch.setenv("SPP_ONEROSTER_CLIENT_SECRET", CLIENT_SECRET)
        source = f"oneroster:{address}{PATHS['1.2']}"
        return told(desk, *(word.replace("SOURCE", source) for word in words))


def test_check_a_oneroster_server(desk: Desk, service: OneRosterService, monkeypatch: pytest.MonkeyPatch) -> None:
    said = ask_service(desk, service, monkeypatch, "contacts", "check", "SOURCE", "--rows")
    assert said.code == 0, said.err
    assert (said.json["format"], said.json["students"], said.json["relationships"]) == ("oneroster-rest-1.2", 2, 3)
    assert {row["role_of"] for row in said.json["rows"]} == {"person"}
    assert "planted" not in said.out + said.err
    assert CLIENT_SECRET not in said.out + said.err


def test_plan_with_a_oneroster_server(desk: Desk, service: OneRosterService, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way: portal.toml names the server, and the plan invites whom it names."""
    desk.school.write_exclusions()
    desk.school.write_trip(students=("S1",))
    portal = desk.folder / "portal.toml"
    with listening(service) as address:
        source = f"oneroster:{address}{PATHS['1.2']}"
        portal.write_text(portal.read_text(encoding="utf-8").replace('"sds"', f'"{source}"'), encoding="utf-8")
        monkeypatch.setenv("SPP_ONEROSTER_TOKEN_URL", f"{address}/oauth/token")
        monkeypatch.setenv("SPP_ONEROSTER_CLIENT_ID", CLIENT_ID)
        monkeypatch.setenv("SPP_ONEROSTER_CLIENT_SECRET", CLIENT_SECRET)
        desk.open_tenant()
        said = told(desk, "plan", "--all")
        assert said.code == 0, said.err
        assert {"p1@mail.example", "p2@mail.example"} <= {
            change["key"] for change in said.json["changes"] if change["kind"] == "guest"
        }
        service.faults.append(Fault("/users", times=999, status=403, body=refusal("forbidden")))
        refused = told(desk, "plan", "--all")
        assert refused.code == 1
        assert "cannot be read from its server" in refused.err
        found = {each["id"]: each["result"] for each in told(desk, "doctor").json}
        assert found["contact-list"] == "UNKNOWN"
        service.faults.clear()
        found = {each["id"]: each["result"] for each in told(desk, "doctor").json}
        assert found["contact-list"] == "PASS"


def test_without_settings_no_server_is_asked(desk: Desk) -> None:
    said = told(desk, "contacts", "check", "oneroster:https://sis.school.example/ims/oneroster/v1p1")
    assert said.code == 2
    assert "SPP_ONEROSTER_TOKEN_URL" in said.err


def test_changes_and_their_base(desk: Desk) -> None:
    write_files(desk.folder / "whole", ONEROSTER_1_1)
    manifest = ONEROSTER_1_1["manifest.csv"].replace("users,bulk", "users,delta").replace("orgs,bulk", "orgs,absent")
    header = ONEROSTER_1_1["users.csv"].splitlines()[0]
    gone = "P2,tobedeleted,2026-11-01T08:00:00.000Z" + "," * 15
    write_files(desk.folder / "changes", {"manifest.csv": manifest, "users.csv": f"{header}\n{gone}\n"})
    alone = told(desk, "contacts", "check", "changes")
    assert (alone.code, "--base" in alone.err) == (2, True)
    both = told(desk, "contacts", "check", "changes", "--base", "whole")
    assert (both.code, both.json["contacts"]) == (0, 1)
    portal = desk.folder / "portal.toml"
    text = portal.read_text(encoding="utf-8").replace('"sds"', '"changes"\nbase = "whole"')
    portal.write_text(text, encoding="utf-8")
    assert {each["id"]: each["result"] for each in told(desk, "doctor").json}["contact-list"] == "PASS"


@pytest.mark.parametrize(
    "source", ["graph:x", "ftp:x", "oneroster:http://sis.school.example/v1p1", "oneroster:https://u:p@x.example/v1p1"]
)
def test_a_source_that_is_none(desk: Desk, source: str) -> None:
    said = told(desk, "contacts", "check", source)
    assert said.code == 2
    assert "u:p" not in said.err
    assert "Traceback" not in said.err


# ---- the directory


@pytest.fixture
def directory(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """The tenant is one whose students have contacts, in this process."""
    emulator = open_directory(write_seed(tmp_path / "seed"))
    monkeypatch.delenv("SPP_EMULATOR_URL")
    inner = gateway_module.connect

    def connect(settings: Any, **options: Any) -> Any:
        return inner(settings, **{**options, "app": emulator})

    monkeypatch.setattr("sp_parent_portal.microsoft365.connect", connect)
    return emulator


def names(desk: Desk) -> list[str]:
    rows = told(desk, "contacts", "check", "graph:", "--rows").json["rows"]
    return sorted(f"{row['student']} {row['email']}" for row in rows if row["role"] != "doctor")


def test_check_the_directory(desk: Desk, directory: Emulator) -> None:
    desk.school.write_exclusions("S1,,,block,,")
    assert told(desk, "contacts", "check", "graph:").code == 2, "the exclusions name an id that the directory has not"
    desk.school.write_exclusions()
    said = told(desk, "contacts", "check", "graph:", "--rows")
    assert (said.code, said.json["format"], said.json["students"]) == (0, "graph", 4)
    assert {row["role_of"] for row in said.json["rows"]} == {"relationship"}


def test_remove_shows_and_does_nothing_by_default(desk: Desk, directory: Emulator) -> None:
    said = told(desk, "contacts", "remove", NINA, "--last")
    assert said.code == 0, said.err
    assert said.json["confirm"] == "remove 2"
    assert [(each["student"], each["contacts"], each["left"]) for each in said.json["students"]] == [
        ("1001", 2, 1),
        ("1002", 1, 0),
    ]
    assert f"1001 {NINA}" in names(desk)


def test_remove_asks_and_nobody_is_there(desk: Desk, directory: Emulator) -> None:
    for words in (("--apply",), ("--confirm", "yes"), ("--confirm", "remove 9")):
        said = told(desk, "contacts", "remove", NINA, *words)
        assert said.code == 5
        assert "nothing was changed" in said.err
    assert f"1001 {NINA}" in names(desk)


def test_remove(desk: Desk, directory: Emulator) -> None:
    said = told(desk, "contacts", "remove", NINA, "--confirm", "remove 1", "--backup", "kept")
    assert said.code == 0, said.err
    assert re.search(r"held: student-[0-9a-f]{12}: it is their only contact", said.err)
    assert "1002" not in said.err, "standard error is a log here"
    assert "School Data Sync writes" in said.err
    assert said.json["counts"]["done"] == 1
    assert Path(said.json["backup"]).parent.name == "kept"
    assert names(desk) == ["1001 tom.hale@mail.example", f"1002 {NINA}", "1004 ann.fox@mail.example"]
    assert NINA not in said.out + said.err


def test_remove_the_only_contact_needs_a_word(desk: Desk, directory: Emulator) -> None:
    assert told(desk, "contacts", "remove", NINA, "--student", "1002", "--confirm", "remove 1").code == 5
    assert told(desk, "contacts", "remove", NINA, "--student", "1002", "--last", "--confirm", "remove 1").code == 0


def test_reset_and_restore(desk: Desk, directory: Emulator) -> None:
    before = names(desk)
    (desk.folder / "some.csv").write_text("student_id\n1001\n1002\n", encoding="utf-8")
    assert told(desk, "contacts", "reset").json["confirm"] == "reset 3"
    said = told(desk, "contacts", "reset", "--students", "some.csv", "--confirm", "reset 2")
    assert (said.code, said.json["counts"]["done"]) == (0, 2)
    assert names(desk) == ["1004 ann.fox@mail.example"]
    backup = said.json["backup"]
    again = told(desk, "contacts", "reset", "--resume", backup, "--confirm", "reset 2")
    assert (again.code, again.json["counts"]["already"]) == (0, 2)
    assert told(desk, "contacts", "reset", "--restore", backup).json["confirm"] == "restore 2"
    back = told(desk, "contacts", "reset", "--restore", backup, "--confirm", "restore 2")
    assert (back.code, back.json["counts"]["done"]) == (0, 2)
    assert names(desk) == before


def test_reset_of_what_changed_meanwhile_ends_with_6(desk: Desk, directory: Emulator) -> None:
    said = told(desk, "contacts", "reset", "--confirm", "reset 3")
    backup = Path(said.json["backup"])
    doc = json.loads(backup.read_text(encoding="utf-8"))
    doc["students"][0]["after"] = doc["students"][1]["before"]
    backup.write_text(json.dumps(doc), encoding="utf-8")
    back = told(desk, "contacts", "reset", "--restore", str(backup), "--confirm", "restore 3")
    assert (back.code, back.json["counts"]["held"]) == (6, 1)


def test_mistakes(desk: Desk, directory: Emulator) -> None:
    assert told(desk, "contacts", "remove", "nobody@mail.example").code == 2
    assert told(desk, "contacts", "reset", "--restore", "none.json").code == 2
    assert told(desk, "contacts", "reset", "--restore", "a", "--resume", "b").code == 2
