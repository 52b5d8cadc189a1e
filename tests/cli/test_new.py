"""`new`: a trip.toml that can be used, out of what was answered; nothing is overwritten."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.cli import new as new_command
from sp_parent_portal.new_trip import check_answers, list_questions, make_trip_text, suggest_slug
from sp_parent_portal.templates import load_folder, load_template
from sp_parent_portal.trips import load_trip
from tests.template_folder import DECLARATION, write_template

from .conftest import Desk

ANSWERS = {
    "title": "Peak District 2027",
    "owner": "j.okoro@school.example",
    "starts": "2027-09-01",
    "ends": "2027-09-03",
    "access_until": "2027-09-30",
    "destination": "Castleton",
    "emergency_phone": "+44 1632 960100",
}
INPUTS = [word for name, value in ANSWERS.items() for word in ("--input", f"{name}={value}")]


def test_a_new_trip_can_be_planned_once_its_students_are_in(desk: Desk) -> None:
    said = desk.type("--format", "json", "new", "school-trip", *INPUTS)
    assert said.code == 0, said.err
    path, students = Path(said.json["file"]), Path(said.json["students"])
    assert path == desk.folder / "trips" / "peak-district-2027" / "trip.toml"
    trip = load_trip(path)
    assert (trip.slug, trip.title, trip.inputs["emergency_phone"]) == (
        "peak-district-2027", "Peak District 2027", "+441632960100"
    )  # fmt: skip
    assert desk.type("plan", str(path)).code == 2, "a trip without students is a mistake"
    students.write_text("student_id\nS1\n", encoding="utf-8")
    desk.open_tenant()
    assert desk.type("plan", str(path)).code == 0


def test_every_line_of_the_file_is_explained(desk: Desk) -> None:
    assert desk.type("new", "school-trip", *INPUTS, "--out", "one.toml").code == 0
    lines = (desk.folder / "one.toml").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "=" in line.split("#")[0] and "#" not in line] == []
    assert any(line.startswith("# meeting_place = ") for line in lines), "what was not answered stands as a comment"


def test_nothing_is_overwritten(desk: Desk) -> None:
    path = desk.school.write("mine.toml", "mine")
    said = desk.type("new", "school-trip", *INPUTS, "--out", "mine.toml")
    assert said.code == 2
    assert "is there already" in said.err
    assert path.read_text(encoding="utf-8") == "mine"
    desk.school.write("trips/x/students.csv", "student_id\nS1\n")
    assert desk.type("new", "school-trip", *INPUTS, "--out", "trips/x/trip.toml").code == 0
    assert (desk.folder / "trips/x/students.csv").read_text(encoding="utf-8") == "student_id\nS1\n"


def test_everything_that_is_missing_or_wrong_is_told_at_once(desk: Desk) -> None:
    said = desk.type(
        "new", "school-trip", "--input", "starts=2027-09-05", "--input", "ends=2027-09-03",
        "--input", "emergency_phone=ask", "--input", "colour=red", "--out", "one.toml",
    )  # fmt: skip
    assert said.code == 2
    for told in ("title is missing", "owner is missing", "destination is missing", "emergency_phone must be",
                 "asks for no colour", "must follow one another"):  # fmt: skip
        assert told in said.err
    assert not (desk.folder / "one.toml").exists()


def test_an_input_without_a_value(desk: Desk) -> None:
    said = desk.type("new", "school-trip", "--input", "title")
    assert said.code == 2
    assert "name=value" in said.err


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Somebody at the terminal, who answers in this order."""
    answers: list[str] = []

    def answer(what: str, suggested: str = "") -> str:
        return answers.pop(0) or suggested

    monkeypatch.setattr(new_command, "is_person_there", lambda: True)
    monkeypatch.setattr(new_command, "ask_for", answer)
    yield answers
    assert answers == [], "nobody asked for these"


def test_somebody_at_the_terminal_is_asked_until_it_can_be_used(desk: Desk, person: list[str]) -> None:
    person += [ANSWERS["title"], "", "nobody", ANSWERS["owner"], "1 September", *list(ANSWERS.values())[2:5]]
    person += ["Castleton", "call us", "+44 1632 960100", "", "", "", ""]
    said = desk.type("--format", "json", "new", "school-trip")
    assert said.code == 0, said.err
    trip = load_trip(Path(said.json["file"]))
    assert trip.slug == "peak-district-2027", "suggested from the title"
    assert trip.owner == ANSWERS["owner"]
    assert trip.inputs == {"destination": "Castleton", "emergency_phone": "+441632960100"}
    assert "must be an e-mail address" in said.err
    assert "meeting_time: When pupils meet before they leave. (optional, such as 07:45)" in said.err
    assert "destination: Where the trip goes, as guardians know the place. (such as Keswick)" in said.err


def test_a_slug_that_is_taken_is_told_before_anything_else_is_asked(desk: Desk, person: list[str]) -> None:
    mine = desk.school.write("trips/peak-district-2027/trip.toml", "mine")
    person += [ANSWERS["title"], "", "peak-2027", *list(ANSWERS.values())[1:5], "", "Castleton", "+44 1632 960100"]
    person += ["", "", "", ""]
    said = desk.type("--format", "json", "new", "school-trip")
    assert said.code == 0, said.err
    assert "is there already: give the trip another slug" in said.err
    assert load_trip(Path(said.json["file"])).slug == "peak-2027"
    assert mine.read_text(encoding="utf-8") == "mine"
    assert "destination must not be empty" in said.err, "and not that it needs quotation marks"


def test_without_a_title_it_is_the_title_that_is_missing(desk: Desk) -> None:
    said = desk.type("new", "school-trip", "--input", "owner=j.okoro")
    assert "title is missing" in said.err
    assert "slug is missing" not in said.err
    assert "owner must be an e-mail address: a name, an @ and a domain" in said.err, "no example that is masked"


def test_a_choice_is_asked_for_with_what_there_is_to_choose(tmp_path: Path) -> None:
    more = '[inputs.coach]\ntype = "choice"\nhelp = "How we travel."\nchoices = ["coach", "train"]\n'
    template = load_folder(write_template(tmp_path, f"{DECLARATION}\n{more}"))
    [question] = [each for each in list_questions(template) if each.name == "coach"]
    assert question.help == "How we travel. One of: coach, train."
    assert "# How we travel. One of: coach, train." in make_trip_text(template, {"coach": "train"}, "students.csv")


def test_somebody_who_names_no_template_is_told_what_there_are_and_asked(desk: Desk, person: list[str]) -> None:
    person += ["school trip", "school-trip", ANSWERS["title"], "", *list(ANSWERS.values())[1:5]]
    person += ["Castleton", "+44 1632 960100", "", "", "", ""]
    said = desk.type("--format", "json", "new")
    assert said.code == 0, said.err
    assert "  parents-evening: A site for the guardians of one year" in said.err
    assert "there is no template 'school trip'" in said.err
    assert load_trip(Path(said.json["file"])).template == "school-trip"


TITLES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn"]), min_size=1, max_size=120).filter(
    lambda text: bool(text.strip())
)


@given(title=TITLES, place=TITLES)
def test_whatever_is_answered_is_what_the_file_says(title: str, place: str) -> None:
    template = load_template("school-trip")
    answers = check_answers(template, {**ANSWERS, "title": title, "destination": place, "slug": "a-trip"})
    data = tomllib.loads(make_trip_text(template, answers, "students.csv"))
    assert data["title"] == title.strip()
    assert data["inputs"]["destination"] == place.strip()
    assert data["slug"] == "a-trip"
    assert set(data) == {
        *ANSWERS.keys() - {"destination", "emergency_phone"},
        "slug",
        "template",
        "guardians",
        "inputs",
        "notify",
    }


@given(title=TITLES)
def test_a_suggested_slug_can_be_used_or_is_nothing(title: str) -> None:
    slug = suggest_slug(title)
    if slug:
        template = load_template("school-trip")
        assert check_answers(template, {**ANSWERS, "slug": slug})["slug"] == slug
