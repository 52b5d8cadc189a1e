"""A preview from the command line: of a template, of a trip before the tenant is asked, and never over another file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Desk

TRIP = "trips/lake-2027/trip.toml"


def test_of_a_template(desk: Desk) -> None:
    said = desk.type("templates", "show", "school-trip", "--preview", "out.html")
    assert said.code == 0
    assert "saved: out.html" in said.err
    assert "Template school-trip" in said.out
    page = Path("out.html").read_text(encoding="utf-8")
    assert "Preview: nothing was made." in page
    assert "Target: emulator" in page
    assert Path("out.html").stat().st_mode & 0o777 == 0o600 or os.name == "nt"
    assert desk.requests == 0


def test_of_a_trip_with_its_own_inputs(desk: Desk) -> None:
    """The plan itself is as ever."""
    text = Path(TRIP).read_text(encoding="utf-8")
    Path(TRIP).write_text(text.replace('destination = "Keswick"', 'destination = "Grasmere & <b>"'), encoding="utf-8")
    plain = desk.type("plan", TRIP)
    said = desk.type("plan", TRIP, "--preview", "out.html")
    assert (said.code, said.out) == (plain.code, plain.out)
    page = Path("out.html").read_text(encoding="utf-8")
    assert "Grasmere &amp; &lt;b&gt;" in page
    assert "lake-2027/trip.toml" in page
    assert "/sites/lake-2027" in page
    assert desk.writes == 0


def test_a_newer_preview_takes_the_place_of_an_older_one_and_of_nothing_else(desk: Desk) -> None:
    for _ in range(2):
        assert desk.type("templates", "show", "school-trip", "--preview", "out.html").code == 0
    Path("mine.html").write_text("<!doctype html>", encoding="utf-8")
    said = desk.type("templates", "show", "school-trip", "--preview", "mine.html")
    assert (said.code, said.out) == (2, "")
    assert "mine.html is there already, and is no preview" in said.err
    assert Path("mine.html").read_text(encoding="utf-8") == "<!doctype html>"


@pytest.mark.parametrize(
    ("place", "told"),
    [("trip.toml", "is no name for a preview"), ("gone/out.html", "No such file"), ("folder.html", "cannot be read")],
)
def test_a_place_that_cannot_be_written(desk: Desk, place: str, told: str) -> None:
    Path("folder.html").mkdir()
    said = desk.type("plan", TRIP, "--preview", place)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert desk.requests == 0


def test_it_shows_one_trip(desk: Desk) -> None:
    desk.school.write_trip("lake-2028")
    said = desk.type("plan", "--all", "--preview", "out.html")
    assert said.code == 2
    assert "a preview shows one trip" in said.err
    assert not Path("out.html").exists()
