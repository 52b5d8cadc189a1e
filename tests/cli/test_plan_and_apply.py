"""`plan` and `apply`: what they say, how they end, and that nothing is written unless it must be."""

from __future__ import annotations

import csv
import json
import os
import stat
import time
from dataclasses import replace

import pytest

from sp_parent_portal.plan.approval import read_plan
from sp_parent_portal.runs.locks import hold
from sp_parent_portal.runs.store import open_store
from sp_parent_portal.settings import data_folder
from tests.stage import GUARDIANS, RELATIONSHIPS, SITE, USERS

from .conftest import Desk

CHANGE = {"verb", "kind", "key", "trip", "risk", "urgent", "reason", "fields"}


def test_a_closed_tenant_holds_the_trip_and_says_what_to_ask_for(desk: Desk) -> None:
    said = desk.type("plan", "--all")
    assert said.code == 5
    assert said.err.startswith("target: emulator\n")
    assert "Your organization's policies do not allow you to share with these users." in said.err
    assert "ask the Microsoft 365 admin" in said.err
    said = desk.type("apply", "--all", "--allow", "opens-access", "--yes")
    assert said.code == 5
    assert "held: lake-2027: the tenant's sharing is" in said.err
    assert desk.writes == 0


def test_a_plan_as_json(desk: Desk) -> None:
    desk.open_tenant()
    said = desk.type("--format", "json", "plan", "lake-2027")
    assert said.code == 0
    plan = said.json
    assert set(plan) == {"target", "fingerprint", "changes", "held"}
    assert plan["target"] == "emulator"
    assert len(plan["fingerprint"]) == 64
    assert all(set(change) - {"words"} == CHANGE for change in plan["changes"])
    assert {change["kind"] for change in plan["changes"] if "words" in change} == {
        "site_file",
        "site_page",
        "site_calendar",
        "site_marker",
    }
    assert all(set(field) == {"name", "before", "after"} for change in plan["changes"] for field in change["fields"])
    kinds = [change["kind"] for change in plan["changes"]]
    assert kinds == sorted(kinds, key=list(dict.fromkeys(kinds)).index), "every kind in one piece"
    guests = [change["key"] for change in plan["changes"] if change["kind"] == "guest"]
    assert guests == sorted(GUARDIANS)
    assert {c["risk"] for c in plan["changes"] if c["kind"] in ("site", "site_opening")} == {"opens-access"}


def test_a_plan_changes_nothing_and_check_says_that_something_is_pending(desk: Desk) -> None:
    desk.open_tenant()
    before = desk.writes
    assert desk.type("plan", "--all").code == 0
    assert desk.type("plan", "--all", "--check").code == 3
    assert desk.writes == before


def test_apply_refuses_what_was_not_allowed_before_it_writes(desk: Desk) -> None:
    desk.open_tenant()
    before = desk.writes
    said = desk.type("apply", "--all", "--yes")
    assert said.code == 5
    assert said.out == ""
    assert "error: nothing was done, because the plan needs to be allowed: opens-access: create site" in said.err
    assert "add --allow opens-access" in said.err
    assert desk.writes == before


def test_apply_asks_for_yes_where_nobody_is_there(desk: Desk) -> None:
    desk.open_tenant()
    before = desk.writes
    said = desk.type("apply", "--all", "--allow", "opens-access")
    assert said.code == 2
    assert "add --yes" in said.err
    assert desk.writes == before


def test_apply_then_plan_is_empty_and_apply_again_does_nothing(desk: Desk) -> None:
    said = desk.make_trip()
    assert said.code == 0, said.err
    run = said.json
    assert set(run) == {"target", "run", "counts", "outcomes", "held"}
    assert set(run["counts"]) == {"done", "already", "held", "failed", "unknown"}
    assert run["counts"]["done"] == len(run["outcomes"]) > 0
    assert all({"verb", "kind", "key", "status", "detail"} <= set(outcome) for outcome in run["outcomes"])
    assert desk.outbox() == sorted(GUARDIANS)
    writes = desk.writes
    said = desk.type("--format", "json", "plan", "--all", "--check")
    assert (said.code, said.json["changes"]) == (0, [])
    said = desk.type("--format", "json", "apply", "--all")
    assert (said.code, said.json["outcomes"]) == (0, []), "nothing to do needs no --yes"
    assert desk.writes == writes


def test_a_saved_plan_is_private_and_is_applied_as_approved(desk: Desk) -> None:
    desk.open_tenant()
    said = desk.type("plan", "trips/lake-2027/trip.toml", "--out", "plan.json")
    assert said.code == 0
    assert "saved: plan.json" in said.err
    saved = desk.folder / "plan.json"
    assert os.name == "nt" or stat.S_IMODE(saved.stat().st_mode) == 0o600
    said = desk.type("apply", "plan.json", "--allow", "opens-access", "--yes")
    assert said.code == 0, said.err
    assert desk.outbox() == sorted(GUARDIANS)
    assert desk.type("apply", "plan.json", "--yes").code == 0, "nothing is left of it"


def test_a_saved_plan_is_found_from_anywhere(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.open_tenant()
    assert desk.type("plan", "--all", "--out", "plan.json").code == 0
    (desk.folder / "elsewhere").mkdir()
    (desk.folder / "plan.json").rename(desk.folder / "elsewhere" / "plan.json")
    monkeypatch.chdir("/")
    said = desk.type("apply", str(desk.folder / "elsewhere" / "plan.json"), "--allow", "opens-access", "--yes")
    assert said.code == 0, said.err


def test_what_is_new_since_the_approval_is_refused(desk: Desk) -> None:
    desk.school.write_trip(students=["S1", "S3"])
    desk.open_tenant()
    assert desk.type("plan", "--all", "--out", "plan.json").code == 0
    desk.school.write_trip()
    before = desk.writes
    said = desk.type("apply", "plan.json", "--allow", "opens-access", "--yes")
    assert said.code == 5
    assert "not in the approved plan" in said.err
    assert desk.writes == before


def test_a_changed_plan_is_refused(desk: Desk) -> None:
    desk.open_tenant()
    assert desk.type("plan", "--all", "--out", "plan.json").code == 0
    path = desk.folder / "plan.json"
    path.write_text(path.read_text(encoding="utf-8").replace("tom.hale@", "tim.hale@"), encoding="utf-8")
    before = desk.writes
    said = desk.type("apply", "plan.json", "--allow", "opens-access", "--yes")
    assert said.code == 2
    assert "changed after it was saved" in said.err
    assert desk.writes == before


def excluded_now(desk: Desk) -> None:
    """Tom Hale is excluded after he came in."""
    assert desk.make_trip().code == 0
    desk.school.write_exclusions("S1,P2,,block,,")


def test_a_plan_approved_for_another_tenant_does_nothing_at_all_here(desk: Desk) -> None:
    excluded_now(desk)
    assert desk.type("plan", "--all", "--out", "plan.json").code == 0
    path = desk.folder / "plan.json"
    elsewhere = replace(read_plan(path.read_text(encoding="utf-8"), "plan.json"), target="contoso (real)")
    path.write_text(json.dumps(elsewhere.as_data()), encoding="utf-8")
    before = desk.writes
    said = desk.type("apply", "plan.json", "--yes")
    assert said.code == 5
    assert "approved for contoso (real), this is emulator; nothing was done" in said.err
    assert desk.writes == before


def may_open(desk: Desk, email: str) -> bool:
    return bool(desk.ask("visit", {"email": email, "site": SITE})["allowed"])


def test_an_exclusion_is_carried_out_even_if_the_rest_is_refused(desk: Desk) -> None:
    excluded_now(desk)
    desk.school.write_trip("second", title="A second trip")
    said = desk.type("--format", "json", "apply", "--all", "--yes")
    assert said.code == 6
    assert [(o["verb"], o["kind"], o["status"]) for o in said.json["outcomes"]] == [("remove", "membership", "done")]
    assert "as for the rest:" in said.err
    assert not may_open(desk, "tom.hale@mail.example")
    assert may_open(desk, "nina.hale@mail.example")


def test_an_exclusion_is_carried_out_even_if_the_contact_list_is_broken(desk: Desk) -> None:
    excluded_now(desk)
    desk.school.write("sds/relationships.csv", "nothing,of,use\n")
    said = desk.type("plan", "--all")
    assert said.code == 2
    assert "tom.hale@mail.example" in said.out, "the removal is shown all the same"
    assert "relationships.csv" in said.err
    said = desk.type("apply", "--all", "--yes")
    assert said.code == 6
    assert not may_open(desk, "tom.hale@mail.example")
    assert may_open(desk, "nina.hale@mail.example"), "an unreadable list removes nobody"
    said = desk.type("apply", "--all", "--yes")
    assert said.code == 2, "nothing urgent is left, and the list is still broken"


def test_a_much_smaller_contact_list_is_let_through_by_name(desk: Desk) -> None:
    assert desk.make_trip().code == 0
    desk.school.write_trip(students=["S1"])
    desk.school.write_contacts(
        [user for user in USERS if user[0] in ("S1", "P1", "P2")], [r for r in RELATIONSHIPS if r[0] == "S1"]
    )
    said = desk.type("plan", "--all")
    assert said.code == 5
    said = desk.type("--format", "json", "apply", "--all", "--allow", "smaller-list", "--yes")
    assert said.code == 0, said.err
    assert {o["verb"] for o in said.json["outcomes"]} == {"remove"}
    assert desk.type("plan", "--all", "--check").code == 0, "the smaller list is the accepted one now"


def test_one_failure_does_not_stop_the_others(desk: Desk) -> None:
    desk.open_tenant()
    refusal = {"error": {"code": "BadRequest", "message": "no"}}
    desk.ask("faults", [{"on": "POST /invitations", "nth": 2, "times": 1, "reply": 400, "body": refusal}])
    said = desk.type("--format", "json", "apply", "--all", "--allow", "opens-access", "--yes")
    assert said.code == 6
    counts = said.json["counts"]
    assert counts["failed"] == 1
    assert counts["held"] == 2, "their membership and their mail"
    assert len(desk.outbox()) == len(GUARDIANS) - 1
    desk.ask("faults", [])
    assert desk.type("apply", "--all", "--allow", "opens-access", "--yes").code == 0
    assert desk.outbox() == sorted(GUARDIANS)


def test_who_must_leave_leaves_though_the_site_cannot_be_read(desk: Desk) -> None:
    desk.make_trip()
    desk.school.write_exclusions(",P2,,block,,")
    desk.ask("faults", [{"on": "POST *-admin.sharepoint.com/_vti_bin/*", "times": None, "reply": 403}])
    said = desk.type("status")
    assert (said.code, "lake-2027: it could not be read" in said.err) == (1, True)
    assert desk.type("plan", "--all").code == 5
    said = desk.type("--format", "json", "apply", "--all", "--yes")
    assert said.code == 6
    assert [(o["verb"], o["kind"], o["status"]) for o in said.json["outcomes"]] == [("remove", "membership", "done")]
    assert "it could not be read" in said.json["held"][0]["reason"]
    said = desk.type("apply", "--all", "--yes")
    assert said.code == 1, "nothing is left that could be done"
    desk.ask("faults", [])
    assert desk.type("plan", "--all", "--check").code == 0


@pytest.mark.parametrize("format", ["table", "csv", "json"])
def test_every_form_names_the_target(desk: Desk, format: str) -> None:
    said = desk.type("--format", format, "plan", "--all")
    assert "emulator" in said.out if format != "csv" else '"target"' in said.out


def test_the_format_may_stand_anywhere(desk: Desk) -> None:
    first = desk.type("--format", "json", "plan", "--all")
    assert desk.type("plan", "--all", "--format", "json").out == first.out
    assert desk.type("plan", "--format=json", "--all").out == first.out
    said = desk.type("plan", "--all", "--format", "yaml")
    assert said.code == 2
    assert "table, json, csv" in said.err


def test_verbose_tells_what_was_asked_without_a_person_in_it(desk: Desk) -> None:
    desk.open_tenant()
    said = desk.type("apply", "--all", "--allow", "opens-access", "--yes", "--verbose")
    assert "  graph: " in said.err
    assert "  sharepoint: " in said.err
    assert "@" not in said.err


def test_without_mail_a_file_for_mail_merge_is_written(desk: Desk) -> None:
    desk.school.write_trip(by="none")
    said = desk.make_trip()
    assert said.code == 0, said.err
    assert desk.outbox() == []
    path = desk.folder / "trips" / "lake-2027" / "lake-2027.mail-merge.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert sorted(row["address"] for row in csv.DictReader(file)) == sorted(GUARDIANS)
    assert {o["detail"] for o in said.json["outcomes"] if o["kind"] == "notice"} == {f"for mail merge, in {path.name}"}
    assert desk.type("plan", "--all", "--check").code == 0


def test_a_mail_merge_file_that_cannot_be_written_stops_nothing_else(desk: Desk) -> None:
    desk.school.write_trip(by="none")
    desk.school.write("trips/lake-2027/lake-2027.mail-merge.csv", "somebody's own file\n")
    said = desk.make_trip()
    assert said.code == 6
    assert {o["kind"] for o in said.json["outcomes"] if o["status"] != "done"} == {"notice"}


def test_after_access_until_everybody_is_out_without_being_allowed_by_name(desk: Desk) -> None:
    assert desk.make_trip().code == 0
    desk.school.write_trip(starts="2020-05-10", ends="2020-05-14", access_until="2020-06-30")
    said = desk.type("--format", "json", "apply", "--all", "--yes")
    assert said.code == 0, said.err
    assert [o["key"] for o in said.json["outcomes"] if o["kind"] == "membership"] == [
        f"{email} in lake-2027" for email in sorted(GUARDIANS)
    ]
    assert not any(may_open(desk, email) for email in GUARDIANS)
    assert desk.type("plan", "--all", "--check").code == 0


def test_a_trip_that_somebody_else_is_working_on_is_held(desk: Desk) -> None:
    desk.open_tenant()
    store = open_store(f"sqlite:///{(data_folder() / 'runs.sqlite').as_posix()}")
    before = desk.writes
    with hold(store.engine, "emulator: lake-2027", "a.colleague@office:1", time.time):
        said = desk.type("--format", "json", "apply", "--all", "--allow", "opens-access", "--yes")
    store.engine.dispose()
    assert said.code == 5
    assert (said.out, said.err.count("a.colleague@office:1 is working on")) == ("", 1)
    assert desk.writes == before


def test_one_trip_file_that_cannot_be_read_keeps_nobody_in_on_the_others(desk: Desk) -> None:
    desk.open_tenant()
    desk.make_trip()
    desk.school.write("trips/museum/trip.toml", 'title = "Museum\n')
    desk.school.write_exclusions(",P4,,block,,")
    said = desk.type("--format", "json", "apply", "--all", "--yes")
    assert [(o["verb"], o["kind"], o["status"]) for o in said.json["outcomes"]] == [("remove", "membership", "done")]
    assert said.code == 6
    assert "museum" in said.err
    again = desk.type("plan", "--all")
    assert (again.code, again.out) == (2, "")
