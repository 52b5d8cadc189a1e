"""`contacts purge`: what is held too long is shown, then deleted; nothing else is."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from sp_parent_portal.settings import data_folder
from tests.stage import GUARDIANS

from .conftest import Desk, Said

LONG_AGO = time.time() - 400 * 86_400
OVER = {"starts": "2024-05-10", "ends": "2024-05-14", "access_until": "2024-06-30"}


def told(desk: Desk, *words: str) -> Said:
    return desk.type("--format", "json", "contacts", "purge", *words)


def age(*paths: Path) -> None:
    for path in paths:
        os.utime(path, (LONG_AGO, LONG_AGO))


def whole(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.fixture
def past(desk: Desk) -> Desk:
    """A trip that was carried out, and whose dates are then long ago."""
    assert desk.make_trip().code == 0
    desk.school.write_trip(**OVER)
    return desk


def test_nothing_is_due_while_a_trip_lasts(desk: Desk) -> None:
    assert desk.make_trip().code == 0
    said = told(desk)
    assert (said.code, said.json["due"], said.json["confirm"]) == (0, [], "purge 0")
    assert said.json["held"] == 1
    assert "overdue" not in desk.type("plan", "--all").err


def test_a_trip_that_is_over_is_forgotten(past: Desk) -> None:
    before = whole(data_folder())
    assert all(guardian.encode() in before for guardian in GUARDIANS)
    said = told(past)
    (due,) = said.json["due"]
    assert (due["kind"], due["name"], due["since"], due["until"]) == (
        "memory of a trip", "lake-2027", "2024-06-30", "2025-06-30",
    )  # fmt: skip
    assert due["rows"] > len(GUARDIANS)
    assert whole(data_folder()) == before, "shown only"
    done = told(past, "--confirm", "purge 1")
    assert (done.code, done.json["counts"]) == (0, {"done": 1, "failed": 0})
    after = whole(data_folder())
    assert not any(guardian.encode() in after for guardian in GUARDIANS), "not in the file's free pages either"
    assert told(past).json["due"] == []
    runs = past.type("--format", "json", "runs", "list")
    assert runs.code == 0


def test_plan_and_apply_remind(past: Desk) -> None:
    for words in (("plan", "--all"), ("apply", "--all", "--yes")):
        said = past.type(*words)
        assert "overdue: 1 thing with personal data, held longer than 365 days: `contacts purge` shows them" in said.err


def test_the_school_says_how_long(past: Desk) -> None:
    portal = past.folder / "portal.toml"
    portal.write_text(portal.read_text(encoding="utf-8") + "[privacy]\nretention_days = 3650\n", encoding="utf-8")
    assert told(past).json["due"] == []
    portal.write_text(portal.read_text(encoding="utf-8").replace("3650", "0"), encoding="utf-8")
    assert told(past).code == 2


def test_a_trip_without_a_file_is_told_and_left(past: Desk) -> None:
    (past.folder / "trips" / "lake-2027" / "trip.toml").unlink()
    said = told(past)
    assert (said.json["due"], said.json["forgotten"]) == ([], ["lake-2027"])
    assert told(past, "--forgotten").json["due"] == [], "somebody worked on it today"


def test_only_this_target_is_touched(past: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_TENANT", "fabrikam")
    monkeypatch.setenv("SPP_TARGET", "tenant")
    monkeypatch.setenv("SPP_TENANT_ID", "11111111-2222-3333-4444-555555555555")
    monkeypatch.setenv("SPP_SIGN_IN", "device")
    monkeypatch.setenv("SPP_CLIENT_ID", "33333333-2222-3333-4444-555555555555")
    monkeypatch.delenv("SPP_EMULATOR_URL")
    assert told(past).json["due"] == []


def test_files_are_known_by_what_is_in_them(desk: Desk) -> None:
    desk.school.write_trip(by="none")
    assert desk.make_trip().code == 0
    assert desk.type("plan", "--all", "--out", "plan.json").code == 0
    assert desk.type("status", "--on-paper", "paper.csv").code == 0
    backups = data_folder() / "backups"
    backups.mkdir()
    elsewhere = desk.folder.parent / "elsewhere"
    elsewhere.mkdir()
    backup = json.dumps({"kind": "related-contacts-backup/1", "what": "remove"})
    (backups / "one.json").write_text(backup, encoding="utf-8")
    (elsewhere / "two.json").write_text(backup, encoding="utf-8")
    merge = next((desk.folder / "trips").rglob("*.mail-merge.csv"))
    merge = merge.rename(merge.with_name("renamed.csv"))
    ours = [desk.folder / "plan.json", desk.folder / "paper.csv", backups / "one.json", merge]
    theirs = [path for path in desk.folder.rglob("*") if path.is_file() and path not in ours]
    assert told(desk).json["due"] == [], "new files may stay"
    age(*ours, *theirs, elsewhere / "two.json")
    due = told(desk).json["due"]
    assert {each["name"] for each in due} == {str(path.resolve()) for path in ours}
    assert {each["kind"] for each in due} == {
        "saved plan", "list of those told on paper", "contacts backup", "mail merge",
    }  # fmt: skip
    done = told(desk, "--folder", str(elsewhere), "--confirm", "purge 5")
    assert done.json["counts"] == {"done": 5, "failed": 0}
    assert not any(path.exists() for path in (*ours, elsewhere / "two.json"))
    assert all(path.exists() for path in theirs), "the school's own files are not ours to delete"


def test_kept_contact_lists_go_too(desk: Desk) -> None:
    assert desk.type("contacts", "sync").code == 0
    (kept,) = (data_folder() / "contact-lists").rglob("*.jsonl")
    assert told(desk).json["due"] == []
    age(kept)
    (due,) = told(desk).json["due"]
    assert due["kind"] == "kept contact list"
    assert told(desk, "--confirm", "purge 1").code == 0
    assert not kept.exists()


@pytest.mark.parametrize("words", [("--apply",), ("--confirm", "yes"), ("--confirm", "purge 9")])
def test_nothing_goes_unless_it_is_typed(past: Desk, words: tuple[str, ...]) -> None:
    said = told(past, *words)
    assert said.code == 5
    assert "nothing was deleted" in said.err
    assert len(told(past).json["due"]) == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root and Windows delete what they like")
def test_what_cannot_be_deleted_is_told(desk: Desk) -> None:
    assert desk.type("status", "--on-paper", "trips/paper.csv").code == 0
    age(desk.folder / "trips" / "paper.csv")
    (desk.folder / "trips").chmod(0o500)
    try:
        done = told(desk, "--confirm", "purge 1")
    finally:
        (desk.folder / "trips").chmod(0o700)
    assert (done.code, done.json["counts"]["failed"]) == (6, 1)
