"""The first hour with trips: what is said of a trip is true of it, and names only what can be typed."""

from __future__ import annotations

import shlex
import sys

import pytest
from rich.progress import Progress

from sp_parent_portal.cli.talking import progress
from sp_parent_portal.new_trip import list_questions
from sp_parent_portal.templates import load_template

from .conftest import Desk


def make_stay(desk: Desk) -> str:
    """A trip with a second site for staff; its slug."""
    answers = {each.name: each.example for each in list_questions(load_template("residential"))}
    words = [word for key, value in answers.items() for word in ("--input", f"{key}={value}")]
    assert desk.type("new", "residential", *words).code == 0
    desk.school.write(f"trips/{answers['slug']}/students.csv", "student_id\nS1\n")
    desk.open_tenant()
    assert desk.type("apply", answers["slug"], "--allow", "opens-access", "--yes").code == 0
    return answers["slug"]


def test_a_closed_trip_is_told_once_by_the_slug_that_can_be_typed(desk: Desk) -> None:
    slug = make_stay(desk)
    said = desk.type("close", slug)
    assert (said.code, "at a terminal it shows each of them" in said.err) == (2, True), "no plan shows a closing"
    assert desk.type("close", slug, "--yes").code == 0
    again = desk.type("close", slug, "--yes")
    assert (again.code, again.err.count("was closed on"), "nothing to do" in again.err) == (0, 1, True)
    said = desk.type("plan", slug)
    assert said.err.count("was closed on") == 1
    assert f"{slug}-staff" not in said.err


def test_a_trip_that_was_not_closed_is_not_said_to_be_taken_up_again(desk: Desk) -> None:
    desk.make_trip()
    said = desk.type("close", "lake-2027", "--reopen", "--yes")
    assert said.code == 0
    assert "lake-2027 was not closed" in said.err
    assert "lets its guardians in" not in said.err


def test_more_steps_than_were_expected_make_the_bar_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[float, float]] = []
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(Progress, "update", lambda _bar, _task, **now: told.append((now["completed"], now["total"])))
    with progress("observing", 1) as step:
        step()
        step()
    assert told == [(1, 1), (2, 2)]


def test_a_plan_that_is_not_there_or_no_plan_is_told_in_words(desk: Desk) -> None:
    said = desk.type("apply", "plan.json", "--yes")
    assert (said.code, "there is no file" in said.err, "nothing was done" in said.err) == (2, True, True)
    desk.school.write("plan.json", "{}")
    said = desk.type("apply", "plan.json", "--yes")
    assert (said.code, "is not a saved plan; nothing was done" in said.err) == (2, True)
    assert "Error" not in said.err, "no name of an exception"


def test_runs_are_listed_as_they_were_typed(desk: Desk) -> None:
    desk.make_trip()
    assert desk.type("close", "lake-2027", "--yes").code == 0
    assert desk.type("close", "lake-2027", "--reopen", "--yes").code == 0
    told = desk.type("--format", "csv", "runs", "list").out
    asked = [line.split('","')[4] for line in told.splitlines()[1:]]
    assert asked == [
        "close lake-2027 --reopen",
        "close lake-2027",
        "apply lake-2027 --allow opens-access",
        "tenant apply --allow tenant-wide",
    ]


def test_a_plan_says_how_it_is_applied_and_what_has_to_be_allowed(desk: Desk) -> None:
    desk.open_tenant()
    said = desk.type("plan", "lake-2027")
    assert "then: sp-parent-portal apply lake-2027 --allow opens-access\n" in said.err
    said = desk.type("plan", "--all", "--repair", "--out", "the plan.json")
    line = "then: sp-parent-portal apply 'the plan.json' --repair --allow opens-access\n"
    assert line in said.err
    assert "next:" not in desk.type("plan", "--all", "--check").err, "a schedule at night reads exit codes"
    assert desk.type(*shlex.split(line)[2:], "--yes").code == 0, "what is said can be typed"
    assert "next:" not in desk.type("plan", "--all").err, "nothing is left to do"
