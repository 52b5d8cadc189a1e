"""What each command answers: keys of the JSON exactly, a few tables whole."""

from __future__ import annotations

import csv
import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from sp_parent_portal.contacts.model import Verdict
from tests.stage import GUARDIANS, SITE

from .conftest import ROOT, Desk

TARGET = "emulator"


# ---- status ----------------------------------------------------------------------------------------------------------


def test_status_before_and_after(desk: Desk) -> None:
    (row,) = desk.type("--format", "json", "status").json
    assert row["guardians"] == {
        "wanted": 5,
        "invited": 0,
        "redeemed": 0,
        "pending": 0,
        "held": 0,
        "on_paper": 1,
        "forwarded": 0,
    }
    assert (row["site"], row["version"]) == ("", "")
    assert desk.make_trip().code == 0
    desk.ask("visit", {"email": GUARDIANS[0], "site": SITE})
    desk.ask("redeem", {"email": GUARDIANS[1], "as": "somebody@else.example"})
    said = desk.type("--format", "json", "status", "lake-2027")
    (row,) = said.json
    assert set(row) == {
        "trip", "site", "staff_site", "template", "version", "newest", "closed", "archive",
        "guardians", "access_until", "days_left", "target",
    }  # fmt: skip
    assert row["guardians"] == {
        "wanted": 5,
        "invited": 4,
        "redeemed": 2,
        "pending": 2,
        "held": 0,
        "on_paper": 1,
        "forwarded": 1,
    }
    assert (row["trip"], row["site"], row["template"]) == ("lake-2027", SITE, "school-trip")
    assert (row["access_until"], row["target"]) == ("2027-06-30", TARGET)
    assert row["version"] == "1.1.0"


def test_status_saves_who_is_told_on_paper(desk: Desk) -> None:
    said = desk.type("status", "--on-paper", "paper.csv")
    assert said.code == 0
    path = desk.folder / "paper.csv"
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {"trip": "lake-2027", "contact": "P5", "name": "Eve Bell", "students": "Noah Bell", "target": TARGET}
    ]


def test_whoever_is_excluded_is_not_told_on_paper(desk: Desk) -> None:
    for decision in ("block", "review"):
        desk.school.write_exclusions(f"S4,P5,,{decision},,")
        (row,) = desk.type("--format", "json", "status").json
        assert (row["guardians"]["held"], row["guardians"]["on_paper"]) == (1, 0)


def test_status_with_a_broken_contact_list_says_that_nobody_knows(desk: Desk) -> None:
    assert desk.make_trip().code == 0
    desk.school.write("sds/users.csv", "nothing,of,use\n")
    said = desk.type("--format", "json", "status")
    assert said.code == 2
    (row,) = said.json
    assert row["guardians"] == {
        "wanted": None, "invited": 4, "redeemed": 0, "pending": 4, "held": None, "on_paper": None, "forwarded": 0
    }  # fmt: skip


# ---- tenant ----------------------------------------------------------------------------------------------------------


def test_tenant_show_plan_apply(desk: Desk) -> None:
    shown = desk.type("--format", "json", "tenant", "show").json
    assert set(shown) == {"target", "agree", "level", "graph", "sharepoint", "wanted"}
    assert (shown["level"], shown["wanted"]["sharing"], shown["agree"]) == ("disabled", "existing-guests", True)
    assert desk.type("tenant", "plan", "--check").code == 3
    said = desk.type("tenant", "apply", "--yes")
    assert said.code == 5
    assert "--allow tenant-wide" in said.err
    assert desk.type("tenant", "apply", "--allow", "tenant-wide").code == 2, "nobody is there to be asked"
    assert desk.writes == 0
    said = desk.type("--format", "json", "tenant", "apply", "--allow", "tenant-wide", "--yes")
    assert said.code == 0
    assert said.json["counts"] == {"done": 1, "already": 0, "held": 0, "failed": 0, "unknown": 0}
    assert desk.type("tenant", "plan", "--check").code == 0
    assert desk.type("tenant", "apply").code == 0, "nothing to do needs neither --allow nor --yes"
    assert desk.type("--format", "json", "tenant", "show").json["level"] == "existing-guests"


TENANT = """\
The tenant's sharing is 'Only people in your organization' - target: emulator
setting              Microsoft Graph says   SharePoint says   portal.toml wants
───────────────────────────────────────────────────────────────────────────────
sharing              disabled               disabled          existing-guests
guests_may_reshare   yes                    yes               no
domain_mode          none                   none
allowed_domains
blocked_domains
"""


def test_tenant_show_as_a_table(desk: Desk) -> None:
    assert desk.type("tenant", "show").out == TENANT


# ---- contacts --------------------------------------------------------------------------------------------------------


def test_contacts_check(desk: Desk) -> None:
    requests = desk.requests
    said = desk.type("--format", "json", "contacts", "check", "sds")
    assert said.code == 0
    answer = said.json
    problems = answer.pop("problems")
    assert answer == {
        "target": TARGET,
        "format": "sds-v2.1",
        "students": 4,
        "contacts": 5,
        "relationships": 6,
        "verdicts": {verdict.value: 0 for verdict in Verdict} | {"invite": 4, "invite-once": 1, "no-email": 1},
    }
    assert [(p["file"], p["line"], p["rule"]) for p in problems] == [("exclusions.csv", 0, "no-rows")]
    assert desk.requests == requests, "nothing is asked of Microsoft"


def test_contacts_check_with_rows(desk: Desk) -> None:
    desk.school.write_exclusions("S1,P2,,block,,CASE-7")
    said = desk.type("--format", "json", "contacts", "check", "sds", "--rows")
    rows = said.json["rows"]
    assert len(rows) == said.json["relationships"]
    assert {
        "student": "S1",
        "contact": "P2",
        "email": "tom.hale@mail.example",
        "role": "parent",
        "role_of": "relationship",
        "verdict": "block",
        "rule": "exclusion",
    } in rows
    assert "CASE-7" not in said.out + said.err


def test_contacts_check_without_a_portal_invites_nobody(desk: Desk) -> None:
    (desk.folder / "portal.toml").unlink()
    said = desk.type("--format", "json", "contacts", "check", "sds", "--rows")
    assert said.code == 0
    assert said.json["verdicts"]["invite"] == 0
    assert {row["rule"] for row in said.json["rows"] if row["verdict"] == "review"} == {"no-exclusions"}
    assert desk.type("contacts", "check", "sds", "--portal", "none.toml").code == 2


def test_contacts_check_tells_every_mistake(desk: Desk) -> None:
    desk.school.write(
        "sds/relationships.csv",
        "userSourcedId,relationshipUserSourcedId,relationshipRole\nS1,P9,parent\nS9,P1,parent\n",
    )
    said = desk.type("--format", "json", "contacts", "check", "sds")
    assert said.code == 2
    problems = said.json["problems"]
    assert all(set(problem) == {"severity", "file", "line", "rule", "message"} for problem in problems)
    assert {(p["file"], p["line"]) for p in problems if p["severity"] == "error"} >= {
        ("relationships.csv", 2),
        ("relationships.csv", 3),
    }
    assert "relationships.csv:2" in said.err


# ---- templates -------------------------------------------------------------------------------------------------------


def test_templates(desk: Desk) -> None:
    listed = desk.type("--format", "json", "templates", "list").json
    for row in listed:
        assert set(row) == {"name", "version", "title", "description", "sharing", "pages", "preview", "target"}
        assert "start" in row["pages"]
        assert Path(row["preview"]).is_file()
    assert [row["name"] for row in listed] == [
        *("parents-evening", "residential", "school-contacts", "school-trip", "sports-fixture"),
    ]
    assert "What it looks like: " in desk.type("templates", "show", "residential").out
    shown = desk.type("--format", "json", "templates", "show", "school-trip").json
    assert [each["name"] for each in shown["inputs"] if each["required"]] == ["destination", "emergency_phone"]
    assert shown["target"] == TARGET


def test_templates_check(desk: Desk) -> None:
    from sp_parent_portal.templates import load_template

    shutil.copytree(load_template("school-trip").folder, desk.folder / "mine" / "school-trip")
    said = desk.type("--format", "json", "templates", "check", "mine/school-trip")
    assert (said.code, said.json) == (0, [])
    desk.school.write(
        "mine/school-trip/site-script.json", '{"actions": [{"verb": "setSiteExternalSharingCapability"}]}'
    )
    said = desk.type("--format", "json", "templates", "check", "mine/school-trip")
    assert said.code == 2
    assert "setSiteExternalSharingCapability" in json.dumps(said.json)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("trip.toml", "emergency_phone", "emergency", "emergency_phone is missing in [inputs]"),
        ("trip.toml", '"+441632960100"', '"ring us"', "emergency_phone must be a phone number"),
        ("trip.toml", '"school-trip"', '"residential"', "the example must be of this template"),
        ("students.csv", "student_id", "student", "student_id"),
    ],
)
def test_templates_check_tries_the_example_too(desk: Desk, file: str, old: str, new: str, told: str) -> None:
    mine = desk.folder / "mine" / "school-trip"
    shutil.copytree(ROOT / "site_templates" / "school-trip", mine)
    path = mine / "example" / file
    assert old in path.read_text(encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    said = desk.type("--format", "json", "templates", "check", "mine/school-trip")
    assert said.code == 2
    assert any(told in problem["message"] and file in problem["file"] for problem in said.json), said.json


def test_templates_check_tells_the_examples_mistakes_with_the_others(desk: Desk) -> None:
    mine = desk.folder / "mine" / "school-trip"
    shutil.copytree(ROOT / "site_templates" / "school-trip", mine)
    (mine / "site-script.json").write_text("{", encoding="utf-8")
    (mine / "example" / "trip.toml").unlink()
    said = desk.type("--format", "json", "templates", "check", "mine/school-trip")
    assert said.code == 2
    assert {"site-script.json", "trip.toml"} <= {problem["file"].rpartition("/")[2] for problem in said.json}


# ---- licences, audit -------------------------------------------------------------------------------------------------


def test_licences(desk: Desk) -> None:
    assert desk.make_trip().code == 0
    desk.ask("visit", {"email": GUARDIANS[0], "site": SITE})
    counted = desk.type("--format", "json", "licences", "show").json
    assert counted["external_users"] == {
        "consumed": 1, "budget": 10000, "source": "SharePoint external users", "complete": True
    }  # fmt: skip
    assert counted["guests"] == {"total": 4, "redeemed": 1, "pending": 3, "active_this_month": 1}
    assert set(counted["directory"]) == {"objects", "quota"}
    assert counted["target"] == TARGET


def test_audit_site_and_who(desk: Desk) -> None:
    assert desk.make_trip().code == 0
    rows = desk.type("--format", "json", "audit", "site", SITE).json
    assert all(
        set(row) == {"principal", "email", "kind", "guest", "level", "accepted_as", "paths", "target"} for row in rows
    )
    assert sorted(row["email"] for row in rows if row["guest"]) == sorted(GUARDIANS)
    assert {row["level"] for row in rows if row["guest"]} == {"Parent read"}
    (row,) = desk.type("--format", "json", "audit", "who", GUARDIANS[0].upper()).json
    assert (row["site"], row["level"], row["target"]) == (SITE, "Parent read", TARGET)
    said = desk.type("--format", "json", "audit", "who", "nobody@mail.example")
    assert (said.code, said.json) == (0, [])
    assert "no account has the address address-" in said.err, "standard error is a log here"


# ---- runs ------------------------------------------------------------------------------------------------------------


def test_runs(desk: Desk) -> None:
    applied = desk.make_trip().json
    newest, first = desk.type("--format", "json", "runs", "list").json
    assert set(newest) == {"run", "started_at", "finished_at", "holder", "fingerprint", "arguments", "target"}
    assert newest["run"] == applied["run"]
    assert first["arguments"][-3:] == ["--allow", "tenant-wide", "--"]
    shown = desk.type("--format", "json", "runs", "show", applied["run"]).json
    assert {name: shown[name] for name in ("target", "run", "counts")} == {
        name: applied[name] for name in ("target", "run", "counts")
    }
    key = ["verb", "kind", "key", "status", "detail"]
    assert sorted([o[k] for k in key] for o in shown["outcomes"]) == sorted(
        [o[k] for k in key] for o in applied["outcomes"]
    )
    assert desk.type("runs", "resume", applied["run"]).code == 0
    assert desk.type("runs", "resume", first["run"]).code == 0


def test_a_run_is_resumed_with_what_it_was_allowed_and_no_more(desk: Desk) -> None:
    assert desk.make_trip().code == 0
    desk.school.write_trip(students=["S1", "S2", "S3"])
    narrow = desk.type("--format", "json", "apply", "--all", "--yes").json["run"]
    desk.school.write_trip("second", title="A second trip")
    said = desk.type("runs", "resume", narrow)
    assert said.code == 0, "its own trip alone"
    desk.school.write_trip(title="Another", slug="lake-2028", students=["S1"])
    desk.school.write(
        "trips/lake-2027/trip.toml", (desk.folder / "trips/lake-2028/trip.toml").read_text(encoding="utf-8")
    )
    (desk.folder / "trips/lake-2028/trip.toml").unlink()
    said = desk.type("runs", "resume", narrow)
    assert said.code == 5, "a new site needs --allow opens-access, which that run did not have"


# ---- doctor ----------------------------------------------------------------------------------------------------------


def test_doctor(desk: Desk) -> None:
    said = desk.type("--format", "json", "doctor")
    rows = said.json
    assert all(set(row) == {"id", "result", "message", "remedy", "target"} for row in rows)
    results = {row["id"]: row["result"] for row in rows}
    assert results["tenant-sharing"] == "FAIL"
    assert said.code == 4
    assert all(row["remedy"] for row in rows if row["result"] != "PASS")


def test_doctor_without_settings_says_which_are_missing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPP_TARGET")
    said = desk.type("--format", "json", "doctor")
    assert said.code == 2
    assert {row["target"] for row in said.json} == {"not set"}
    assert "FAIL" in {row["result"] for row in said.json if row["id"] == "settings"}


# ---- emulator --------------------------------------------------------------------------------------------------------


def test_emulator_commands_need_no_target(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.make_trip().code == 0
    monkeypatch.delenv("SPP_TARGET")
    rows = desk.type("--format", "json", "emulator", "outbox").json
    assert {row["to"] for row in rows} == set(GUARDIANS)
    assert set(rows[0]) == {"to", "subject", "kind", "html", "redeem_url", "at", "target"}
    seen = desk.type("--format", "json", "emulator", "visit", GUARDIANS[0], "lake-2027").json
    assert (seen["allowed"], seen["target"]) == (True, TARGET)
    done = desk.type("--format", "json", "emulator", "redeem", GUARDIANS[1], "--as", "x@else.example").json
    assert (done["accepted_as"], done["target"]) == ("x@else.example", TARGET)
    assert desk.type("emulator", "reset").code == 0
    assert desk.type("--format", "json", "emulator", "outbox").json == []


def test_emulator_in_this_process_keeps_its_state_in_a_private_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPP_EMULATOR_URL")
    desk.open_tenant()
    said = desk.type("--format", "json", "apply", "--all", "--allow", "opens-access", "--yes")
    assert said.code == 0, said.err
    assert len(desk.type("--format", "json", "emulator", "outbox").json) == len(GUARDIANS)
    from sp_parent_portal.settings import data_folder

    kept = {path.name: stat.S_IMODE(path.stat().st_mode) for path in data_folder().iterdir()}
    assert {"emulator.sqlite", "runs.sqlite"} <= set(kept)
    assert os.name == "nt" or set(kept.values()) == {0o600}
    assert desk.type("emulator", "reset").code == 0
    assert desk.type("plan", "--all").code == 5, "closed again"
    assert desk.writes == 0, "the served one was not meant"


def test_an_emulator_that_is_not_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_EMULATOR_URL", "http://127.0.0.1:9")
    assert desk.type("emulator", "outbox").code == 1
    monkeypatch.setenv("SPP_EMULATOR_URL", "http://emulator.example")
    assert desk.type("emulator", "outbox").code == 1


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("--faults", "{not json", "cannot start"),
        ("--faults", '[{"om": 1}]', "cannot start"),
        ("--seed", "", "cannot start"),
    ],
)
def test_the_emulator_says_what_keeps_it_from_starting(desk: Desk, option: str, text: str, told: str) -> None:
    path = desk.school.write("wrong/tenant.toml" if option == "--seed" else "faults.json", text or "name = \n")
    given = str(path.parent if option == "--seed" else path)
    said = desk.type("emulator", "serve", "--port", "0", "--state", "new.sqlite", option, given)
    assert said.code == 2
    assert "the emulator cannot start" in said.err
