"""The first hour: each mistake is told with its place, what was not done and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from sp_parent_portal.cli import new as new_command

from .conftest import Desk
from .test_new import ANSWERS, INPUTS


@pytest.mark.parametrize("wrong", ["starts = 10.05.2027", 'title = "Lake', "title : Lake"])
def test_a_trip_that_cannot_be_read_is_told_where_its_slug_is_typed(desk: Desk, wrong: str) -> None:
    path = desk.folder / "trips/lake-2027/trip.toml"
    name = wrong.split()[0]
    lines = [wrong if line.startswith(name) else line for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("\n".join(lines), encoding="utf-8")
    said = desk.type("plan", "lake-2027")
    assert said.code == 2
    number = next(n for n, line in enumerate(lines, start=1) if line == wrong)
    assert f"{path}:{number}: this is not TOML" in said.err
    assert "nothing was done" in said.err
    assert "there are: none" not in said.err


def test_two_trips_with_one_slug_are_both_named(desk: Desk) -> None:
    desk.school.write_trip()
    first = desk.folder / "trips/lake-2027/trip.toml"
    second = desk.school.write("trips/other/trip.toml", first.read_text(encoding="utf-8"))
    desk.school.write("trips/other/students.csv", "student_id\nS1\n")
    said = desk.type("plan", "lake-2027")
    assert said.code == 2
    assert str(first) in said.err
    assert str(second) in said.err


def test_a_trips_folder_stands_for_the_trip_in_it(desk: Desk) -> None:
    desk.open_tenant()
    assert desk.type("plan", "trips/lake-2027").code == 0
    (desk.folder / "trips/empty").mkdir()
    said = desk.type("plan", "trips/empty")
    assert said.code == 2
    assert "there is no such file" in said.err


def test_an_unknown_template_is_named(desk: Desk) -> None:
    said = desk.type("templates", "show", "schooltrip")
    assert said.code == 2
    assert "'schooltrip'" in said.err
    assert "Did you mean school-trip?" in said.err


def test_what_is_wrong_with_a_template_is_told_once(desk: Desk) -> None:
    desk.school.write("mine/template.toml", "name = 1\n")
    said = desk.type("templates", "check", "mine")
    assert said.code == 2
    assert "site-script.json" in said.out
    assert "site-script.json" not in said.err
    assert "mine cannot be used as a template" in said.err


def test_nobody_is_told_that_half_an_address_reaches_nothing(desk: Desk) -> None:
    said = desk.type("audit", "who", "nina.hale")
    assert (said.code, said.out) == (2, "")
    assert "not an e-mail address" in said.err


def test_a_contact_list_alone_says_why_nobody_can_be_invited(desk: Desk) -> None:
    assert "portal.toml" not in desk.type("contacts", "check", "sds").err
    (desk.folder / "portal.toml").unlink()
    assert "no portal.toml" in desk.type("contacts", "check", "sds").err


def test_an_emulator_that_is_not_served(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_EMULATOR_URL", "http://127.0.0.1:9")
    said = desk.type("status")
    assert said.code == 1
    assert "no emulator answers at http://127.0.0.1:9" in said.err
    assert "emulator serve" in said.err


def test_the_emulators_commands_say_which_one_they_mean(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert f"target: emulator, {desk.url}" in desk.type("emulator", "outbox").err
    monkeypatch.delenv("SPP_EMULATOR_URL")
    said = desk.type("emulator", "outbox")
    assert "emulator.sqlite (SPP_EMULATOR_URL is not set)" in said.err


# ---- new -------------------------------------------------------------------------------------------------------------


def type_answers(monkeypatch: pytest.MonkeyPatch, answers: dict[str, list[str]]) -> None:
    waiting: dict[str, Iterator[str]] = {name: iter(texts) for name, texts in answers.items()}

    def answer(what: str, suggested: str = "") -> str:
        return next(waiting[what]) if what in waiting else suggested

    monkeypatch.setattr(new_command, "ask_for", answer)
    monkeypatch.setattr(new_command, "is_person_there", lambda: True)


def test_a_date_before_the_one_before_it_is_asked_for_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {name: [text] for name, text in ANSWERS.items()}
    answers |= {"starts": ["10.05.2027", "2027-09-01"], "ends": ["2027-08-01", "2027-09-03"]}
    type_answers(monkeypatch, answers)
    said = desk.type("--format", "json", "new", "school-trip")
    assert said.code == 0, said.err
    assert said.err.count("starts must be a date such as 2027-05-10") == 1
    assert said.err.count("must follow one another") == 1
    assert "ends = 2027-09-03" in Path(said.json["file"]).read_text(encoding="utf-8")


def test_no_mistake_is_told_in_a_parsers_words(desk: Desk) -> None:
    said = desk.type(
        "new", "school-trip", *INPUTS, "--input", "starts=10.05.2027", "--input", "slug=https://x.example/sites/y"
    )
    assert said.code == 2
    assert "starts must be a date such as 2027-05-10" in said.err
    assert "slug is a whole address" in said.err
    assert "slug slug" not in said.err


def test_an_interrupted_question_says_nothing_of_records(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(what: str, suggested: str = "") -> str:
        raise typer.Abort

    monkeypatch.setattr(new_command, "ask_for", answer)
    monkeypatch.setattr(new_command, "is_person_there", lambda: True)
    said = desk.type("new", "school-trip")
    assert said.code == 130
    assert said.err.endswith("interrupted: run the command again to go on\n")
