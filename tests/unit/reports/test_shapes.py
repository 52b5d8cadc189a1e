"""Every answer keeps the keys that scripts rely on, in all three forms."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from sp_parent_portal.acceptances import Acceptance, Forwarded, make
from sp_parent_portal.audit.reach import Reach, SiteReach
from sp_parent_portal.doctor.finding import Finding
from sp_parent_portal.errors import Problem
from sp_parent_portal.licences.counters import Licences
from sp_parent_portal.plan.model import Change, Field, Held, Plan, Risk
from sp_parent_portal.reports.render import render
from sp_parent_portal.reports.report import Report
from sp_parent_portal.reports.shapes import (
    doctor_report,
    licences_report,
    plan_report,
    problems_report,
    reach_report,
    run_report,
    status_report,
    who_report,
)

SITE = "https://contoso.sharepoint.com/sites/lake"
PLAN = Plan(
    "emulator",
    (
        Change(
            "create", "guest", "a@home.example", (Field("email", None, "a@home.example"),), "new", Risk.ROUTINE, "lake"
        ),
        Change("remove", "membership", "b", (Field("role", "visitor", None),), "gone", Risk.REMOVES_ACCESS, "lake"),
        Change("update", "site_opening", SITE, (Field("sharing", 0, 3),), "open", Risk.OPENS_ACCESS, "lake"),
    ),
    (Held("lake", "c@home.example", "two families share the address", "ask the office"), Held("", "", "tenant closed")),
)
RUN: dict[str, Any] = {
    "target": "emulator",
    "run": "r1",
    "counts": {"done": 1, "already": 0, "held": 1, "failed": 0, "unknown": 0},
    "outcomes": [{"verb": "create", "kind": "guest", "key": "k", "status": "done", "detail": "=1"}],
}
STATUS: list[dict[str, Any]] = [
    {
        "trip": "lake",
        "site": SITE,
        "staff_site": "",
        "template": "school-trip",
        "version": "1.0.0",
        "newest": "1.1.0",
        "closed": "",
        "archive": "",
        "guardians": {"wanted": 6, "invited": 5, "redeemed": 4, "pending": 3, "held": 2, "on_paper": 1},
        "access_until": "2027-06-30",
        "days_left": -2,
    }
]
REACH = (
    Reach("[red]Ann", "a@home.example", "guest", True, "Read", (("Visitors", "Read"), ("list Photos", "x", "Read"))),
    Reach("UNKNOWN", "", "unknown", False, "UNKNOWN", (("lists", "AccessDenied"),)),
)
LICENCES = Licences(7, 10, False, None, None, None, None, 3, None, (("guests", "Throttled: busy"),))
REPORTS: dict[str, tuple[Report, set[str]]] = {
    "plan": (plan_report(PLAN), {"target", "fingerprint", "changes"}),
    "run": (run_report(RUN), {"target", "run", "counts", "outcomes"}),
    "status": (
        status_report("emulator", STATUS, {"lake": Forwarded()}),
        {
            "trip",
            "site",
            "template",
            "version",
            "newest",
            "closed",
            "archive",
            "guardians",
            "access_until",
            "days_left",
            "target",
        },
    ),
    "reach": (
        reach_report("emulator", SITE, REACH, make([Acceptance("a@home.example", "a@home.example")])),
        {"principal", "email", "kind", "guest", "level", "accepted_as", "paths", "target"},
    ),
    "who": (
        who_report("emulator", "a@home.example", [SiteReach(SITE, "Read", (("Visitors", "Read"),))]),
        {"site", "level", "paths", "target"},
    ),
    "licences": (licences_report("emulator", LICENCES), {"external_users", "guests", "directory", "target"}),
    "doctor": (
        doctor_report("emulator", [Finding("env-file", "FAIL", "anybody can read .env", "chmod 600 .env")]),
        {"id", "result", "message", "remedy", "target"},
    ),
    "problems": (
        problems_report("emulator", [Problem("trip.toml", 3, "unknown-key", "no such key")]),
        {"severity", "file", "line", "rule", "message", "target"},
    ),
}


@pytest.mark.parametrize("name", REPORTS)
def test_json_keeps_its_keys(name: str) -> None:
    report, keys = REPORTS[name]
    data = json.loads(render(report, "json"))
    for answer in data if isinstance(data, list) else [data]:
        assert keys <= set(answer)
        assert answer["target"] == "emulator"


@pytest.mark.parametrize("name", REPORTS)
def test_csv_has_a_row_for_each_row_and_no_formula(name: str) -> None:
    report, _ = REPORTS[name]
    header, *rows = csv.reader(io.StringIO(render(report, "csv"), newline=""))
    assert header == [*(column.key for column in report.columns), "target"]
    assert len(rows) == len(report.rows)
    assert all(row[-1] == "emulator" for row in rows)
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@")]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [40, 200])
def test_a_table_has_every_cell(name: str, width: int) -> None:
    report, _ = REPORTS[name]
    shown = "".join(render(report, "table", width=width).split())
    cells = [row.get(column.key) for row in report.rows for column in report.columns]
    first_words = [cell.split()[0][:8] for cell in cells if isinstance(cell, str) and cell]
    assert [word for word in first_words if word not in shown] == []


def test_a_change_says_what_it_changes() -> None:
    rows = REPORTS["plan"][0].rows
    assert [row["fields"] for row in rows] == ["email: a@home.example", "role: visitor", "sharing: 0 → 3"]


def test_what_is_removed_is_not_said_to_be_gone_with_all_that_it_names() -> None:
    fields = (Field("group", "trip-x", None), Field("visitors_of", "https://c.example/sites/x", None))
    change = Change("remove", "trip_group", "trip-x in Visitors", fields, "closed", Risk.REMOVES_ACCESS, "x")
    [row] = plan_report(Plan("emulator", (change,), ())).rows
    assert row["fields"] == "group: trip-x; visitors_of: https://c.example/sites/x"


def test_a_digest_is_no_reading_for_people() -> None:
    change = Change("update", "site_marker", "x", (Field("inputs", "ab" * 32, "cd" * 32),), "new", Risk.ROUTINE)
    made = plan_report(Plan("emulator", (change,), ()))
    assert made.rows[0]["fields"] == "inputs: abababababab… → cdcdcdcdcdcd…"
    assert json.loads(render(made, "json"))["changes"][0]["fields"][0]["after"] == "cd" * 32


def test_the_json_of_a_theme_is_no_reading_for_people() -> None:
    theme = json.dumps({f"colour{n}": "#ff000000" for n in range(30)})
    change = Change("create", "site_content", "x: look", (Field("themeJson", None, theme),), "new", Risk.ROUTINE)
    made = plan_report(Plan("emulator", (change,), ()))
    assert len(str(made.rows[0]["fields"])) < 100
    assert json.loads(render(made, "json"))["changes"][0]["fields"][0]["after"] == theme


def test_what_is_held_stands_below_the_plan() -> None:
    assert REPORTS["plan"][0].notes == (
        "held: lake c@home.example: two families share the address (ask the office)",
        "held: tenant: tenant closed",
    )


def test_what_differs_is_said_in_words_and_fingerprints_are_for_programs() -> None:
    words = (Field("title", "Ours", "Lake"), Field("text", "Hello", None), Field("button", None, "Map"))
    change = Change("update", "site_page", "x: page", (Field("content", "0a", "0b"),), "", Risk.ROUTINE, words=words)
    made = plan_report(Plan("emulator", (change,), (Held("x", "page", "changed by hand", "look", words),)))
    assert made.rows[0]["fields"] == "title: “Ours” → “Lake”; text: “Hello” → (gone); button: “Map”"
    assert made.notes == (
        "held: x page: changed by hand (look)",
        "      title: “Ours”, the template has “Lake”",
        "      text was added: “Hello”",
        "      button is missing: “Map”",
    )
    assert json.loads(render(made, "json"))["changes"][0]["fields"][0]["after"] == "0b"


def test_status_counts_stand_in_columns_of_their_own() -> None:
    (row,) = REPORTS["status"][0].rows
    assert [row[name] for name in ("wanted", "invited", "redeemed", "pending", "held", "on_paper")] == [
        6,
        5,
        4,
        3,
        2,
        1,
    ]


def test_what_could_not_be_counted_is_unknown_never_nought() -> None:
    counts = {row["counter"]: row["count"] for row in REPORTS["licences"][0].rows}
    assert counts["guests"] == counts["directory quota"] == "UNKNOWN"
    assert counts["external users"] == 7
    text = render(REPORTS["licences"][0], "table")
    assert "at least" in text
    assert "Throttled: busy" in text


def test_parts_that_could_not_be_read_are_said_below() -> None:
    assert "1 part could not be read" in render(REPORTS["reach"][0], "table")
    assert REPORTS["who"][0].notes == ()


def test_a_doctor_without_a_target_says_so() -> None:
    report = doctor_report("", [Finding("settings", "FAIL", "SPP_TARGET is not set", "set it")])
    assert json.loads(render(report, "json"))[0]["target"] == "not set"
