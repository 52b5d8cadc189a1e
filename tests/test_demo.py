"""The demo tells the truth: every number in it is in the emulated tenant, its outbox or the school's files."""

from __future__ import annotations

import csv
import json
import os
import re
import stat
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.cli.app import run
from sp_parent_portal.demo import scene
from sp_parent_portal.demo.folder import lay_out
from sp_parent_portal.demo.story import play
from sp_parent_portal.emulator import open_emulator
from sp_parent_portal.emulator.client import EmulatorClient
from sp_parent_portal.errors import InputError
from sp_parent_portal.trips import find_trips, load_portal, load_trip


@dataclass(frozen=True)
class Told:
    """One performance: what was told, the facts that were answered, the sentences as they stand in the source."""

    folder: Path
    text: str
    facts: dict[str, Any]
    sentences: tuple[str, ...]

    def state(self, kind: str) -> list[dict[str, Any]]:
        client = EmulatorClient.of(open_emulator(self.folder / "emulator.sqlite", self.folder / "tenant"))
        return list(client.get_state(kind=kind, limit=1000)[kind])

    def outbox(self) -> list[dict[str, Any]]:
        return EmulatorClient.of(open_emulator(self.folder / "emulator.sqlite", self.folder / "tenant")).list_outbox()

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("demo") / "kept"
    lines: list[str] = []
    sentences: list[str] = []
    real = scene.Scene.say

    def say(self: scene.Scene, sentence: str, **facts: object) -> None:
        sentences.append(sentence)
        real(self, sentence, **facts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scene.Scene, "say", say)
        facts = play(folder, lines.append)
    return Told(folder, "\n".join(lines), facts, tuple(sentences))


# ---- no number is typed by hand --------------------------------------------------------------------------------------


def test_no_sentence_holds_a_number_of_its_own(told: Told) -> None:
    assert len(told.sentences) > 10
    assert [each for each in told.sentences if re.search(r"\d", each.replace("Microsoft 365", ""))] == []


def test_every_fact_in_a_sentence_is_in_the_answer(told: Told) -> None:
    facts = {name for chapter in told.facts.values() if isinstance(chapter, dict) for name in chapter}
    named = {name for sentence in told.sentences for name in re.findall(r"{(\w+)", sentence)}
    assert named <= facts
    assert told.facts == json.loads((told.folder / "demo.json").read_text(encoding="utf-8"))


# ---- every fact is true ----------------------------------------------------------------------------------------------


def test_the_contact_list(told: Told) -> None:
    users = told.rows("contacts/users.csv")
    related = told.rows("contacts/relationships.csv")
    students = {row["userSourcedId"] for row in told.rows("contacts/roles.csv") if row["role"] == "student"}
    contacts = {row["relationshipUserSourcedId"] for row in related}
    facts = told.facts["contacts"]
    assert facts["students"] == len(students)
    assert facts["contacts"] == len(contacts)
    assert facts["no_email"] == sum(not row["email"].strip() for row in users if row["sourcedId"] in contacts)


def test_the_trip_was_held_and_then_applied_whole(told: Told) -> None:
    trip = load_trip(find_trips(load_portal(told.folder / "portal.toml"))[0])
    assert told.facts["closed"]["students"] == len(told.rows(str(trip.guardians.students.relative_to(told.folder))))
    assert (told.facts["closed"]["changes"], told.facts["closed"]["held"]) == (0, 1)
    assert "Your organization's policies do not allow you to share" in told.text
    plan = json.loads((told.folder / "plan.json").read_text(encoding="utf-8"))
    run = json.loads((told.folder / "run.json").read_text(encoding="utf-8"))
    kinds = Counter(change["kind"] for change in plan["changes"])
    facts = told.facts["plan"]
    assert facts["changes"] == told.facts["apply"]["changes"] == len(plan["changes"])
    assert (facts["guests"], facts["memberships"], facts["mails"]) == (
        kinds["guest"], kinds["membership"], kinds["notice"]
    )  # fmt: skip
    assert told.facts["apply"]["done"] == run["counts"]["done"] == len(run["outcomes"]) == len(plan["changes"])
    assert told.facts["again"]["changes"] == 0


def test_the_tenant_is_as_told(told: Told) -> None:
    guests = [user for user in told.state("users") if user["userType"] == "Guest"]
    assert told.facts["plan"]["guests"] == len(guests)
    assert told.facts["plan"]["memberships"] == len(told.state("members"))
    accepted = [user for user in guests if user["externalUserState"] == "Accepted"]
    status = told.facts["status"]
    assert (status["redeemed"], status["pending"]) == (len(accepted), len(guests) - len(accepted))
    assert status["invited"] == len(guests)
    assert status["wanted"] == status["invited"] + status["held"] + status["on_paper"]
    assert told.facts["licences"]["redeemed"] == len(accepted)
    assert told.facts["licences"]["guests"] == len(guests)
    assert told.facts["licences"]["consumed"] == len(told.state("external_users"))


def test_the_mails_are_as_told(told: Told) -> None:
    mails = [mail for mail in told.outbox() if mail["kind"] == "mail"]
    assert told.facts["apply"]["mails"] == told.facts["plan"]["mails"] == len(mails)
    assert max(Counter(mail["to"] for mail in mails).values()) == 1
    files = sorted((told.folder / "outbox").glob("*.html"))
    assert [path.read_text(encoding="utf-8") for path in files] == [mail["html"] for mail in mails]
    assert all(mail["redeem_url"] is None for mail in mails), "no mail holds a redemption link"


def test_the_forwarded_link_is_on_record(told: Told) -> None:
    rows = [row for row in told.state("external_users") if row["InvitedAs"] != row["AcceptedAs"]]
    facts = told.facts["guardians"]
    assert facts["forwarded"] == len(rows) == 1
    assert (facts["invited_as"], facts["accepted_as"]) == (rows[0]["InvitedAs"], rows[0]["AcceptedAs"])
    assert facts["let_in"] == facts["visitors"] == len(told.state("external_users")) - 1
    assert told.facts["status"]["forwarded"] == len(rows)
    audited = json.loads((told.folder / "audit.json").read_text(encoding="utf-8"))
    assert [row["accepted_as"] for row in audited].count(facts["accepted_as"]) == len(rows)
    note = f"{facts['invited_as']} was accepted as {facts['accepted_as']}"
    assert told.text.count(note) == 2, "status says it, and the audit"


def test_whoever_is_excluded_got_nothing(told: Told) -> None:
    facts = told.facts["excluded"]
    assert facts["email"] not in {mail["to"] for mail in told.outbox()}
    assert facts["email"] not in {user["mail"] for user in told.state("users")}
    assert (facts["allowed"], facts["mails"], facts["sites"]) == (False, 0, 0)
    assert facts["email"] in told.text
    refs = {row["ref"] for row in told.rows("exclusions.csv")} - {""}
    assert not [ref for ref in refs if ref in told.text], "no reason, and no reference to one"


def test_who_is_told_on_paper(told: Told) -> None:
    people = told.rows("paper-list.csv")
    assert told.facts["status"]["on_paper"] == len(people) == len({row["contact"] for row in people})
    emails = {row["sourcedId"]: row["email"].strip() for row in told.rows("contacts/users.csv")}
    assert [row for row in people if emails[row["contact"]]] == []
    assert all(row["students"] for row in people)


def test_the_audit(told: Told) -> None:
    rows = json.loads((told.folder / "audit.json").read_text(encoding="utf-8"))
    facts = told.facts["audit"]
    assert facts["guests"] == sum(row["guest"] for row in rows) == told.facts["status"]["invited"]
    assert facts["people"] == len(rows) - facts["unknown"]
    assert facts["unknown"] == 0
    assert facts["levels"] == "Parent read"


# ---- the folder and the command --------------------------------------------------------------------------------------


def test_what_it_leaves(told: Told) -> None:
    for name in (
        "contacts",
        "trips",
        "portal.toml",
        "plan.json",
        "run.json",
        "outbox",
        "audit.json",
        "emulator.sqlite",
    ):
        assert (told.folder / name).exists(), name
    for name in ("plan.json", "run.json", "audit.json", "paper-list.csv", "emulator.sqlite", "runs.sqlite", ".env"):
        others = (told.folder / name).stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        assert os.name == "nt" or others == 0, name


def test_the_folder_is_a_school_to_go_on_with(
    told: Told, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its plan is applied again, and does nothing, with the folder's own settings."""
    settings = dict(line.split("=", 1) for line in (told.folder / ".env").read_text(encoding="utf-8").splitlines())
    assert settings["SPP_TARGET"] == "emulator"
    monkeypatch.chdir(told.folder)
    trip = load_trip(find_trips(load_portal(told.folder / "portal.toml"))[0])
    with scene.open_scene(told.folder, lambda text: None) as opened:
        assert opened.plan().plan.changes == ()
    assert trip.slug in told.text
    assert capsys.readouterr().out == ""


def test_the_command_ignores_every_setting(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in {
        "SPP_TARGET": "tenant",
        "SPP_TENANT": "realschool",
        "SPP_EMULATOR_URL": "http://127.0.0.1:9",
        "SPP_DATABASE_URL": "postgresql://nowhere",
        "SPP_CERTIFICATE_PATH": "/none",
    }.items():
        monkeypatch.setenv(name, value)
    Path(".env").write_text("SPP_TARGET=tenant\n", encoding="utf-8")
    assert run(["--format", "json", "demo", "--keep", "kept"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["target"] == "emulator"
    assert said.err.startswith("target: emulator\n")
    assert run(["demo", "--keep", "kept"]) == 2
    assert "not empty" in capsys.readouterr().err


def test_the_trip_is_always_still_to_come(tmp_path: Path) -> None:
    for today in (date(2026, 11, 22), date(2027, 4, 30), date(2027, 5, 1), date(2031, 12, 31)):
        folder = tmp_path / str(today)
        lay_out(folder, today)
        (path,) = find_trips(load_portal(folder / "portal.toml"))
        trip = load_trip(path)
        assert trip.starts > today
        assert str(trip.starts.year) in trip.title
        assert path.parent.name == trip.slug


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not empty"):
        lay_out(tmp_path, date(2027, 1, 1))
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["mine"]
