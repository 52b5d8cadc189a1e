"""Every mistake somebody can make: exit code 2, the mistake with its place, and nothing written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stage import School

from .conftest import Desk

Mistake = Callable[[School], object]


def replace(name: str, before: str, after: str) -> Mistake:
    def make(school: School) -> None:
        path = school.folder / name
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")

    return make


TRIP = "trips/lake-2027/trip.toml"

MISTAKES: dict[str, tuple[Mistake, str]] = {
    "a missing column in the contact list": (
        replace("sds/relationships.csv", "relationshipUserSourcedId", "somethingElse"),
        "relationships.csv:1",
    ),
    "no contact list": (lambda school: (school.folder / "sds" / "users.csv").unlink(), "users.csv"),
    "an unknown student": (
        lambda school: school.write("trips/lake-2027/students.csv", "student_id\nS1\nS9\n"),
        "students.csv:3",
    ),
    "a missing column in students.csv": (
        lambda school: school.write("trips/lake-2027/students.csv", "id\nS1\n"),
        "students.csv:1",
    ),
    "a template input that is missing": (replace(TRIP, 'destination = "Keswick"\n', ""), "destination is missing"),
    "a template input that is wrong": (replace(TRIP, "+441632960100", "call us"), "emergency_phone"),
    "an unknown template": (replace(TRIP, '"school-trip"', '"school-trap"'), "school-trip"),
    "an unknown key": (replace(TRIP, "owner = ", "ownr = "), "did you mean owner"),
    "two trips with one address": (
        lambda school: replace("trips/other/trip.toml", '"other"', '"lake-2027"')(
            (school.write_trip("other"), school)[1]
        ),
        "the same slug",
    ),
    "an address outside the tenant": (
        replace(TRIP, '"lake-2027"', '"https://evil.example/sites/lake-2027"'),
        "outside the tenant",
    ),
    "a slug that leaves its folder": (replace(TRIP, '"lake-2027"', '"../lake-2027"'), "slug"),
    "dates in the wrong order": (replace(TRIP, "ends = 2027-05-14", "ends = 2027-05-01"), "ends is before starts"),
    "no exclusions file": (lambda school: (school.folder / "exclusions.csv").unlink(), "exclusions.csv"),
    "a missing column in exclusions.csv": (replace("exclusions.csv", "decision", "verdict"), "exclusions.csv:1"),
    "an unknown id in exclusions.csv": (
        lambda school: school.write_exclusions("S1,P99,,block,,"),
        "exclusions.csv:2",
    ),
    "no portal.toml": (lambda school: (school.folder / "portal.toml").unlink(), "portal.toml"),
    "a portal.toml that is not TOML": (lambda school: school.write("portal.toml", "[contacts\n"), "portal.toml:1"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_file(desk: Desk, name: str) -> None:
    mistake, told = MISTAKES[name]
    mistake(desk.school)
    for words in (("plan", "--all"), ("apply", "--all", "--allow", "opens-access", "--yes")):
        said = desk.type(*words)
        assert said.code == 2, said.err
        assert said.out == ""
        assert told in said.err
        assert "Traceback" not in said.err
    assert desk.writes == 0


def test_two_trips_with_one_address_are_seen_when_only_one_is_named(desk: Desk) -> None:
    desk.school.write_trip("other")
    replace("trips/other/trip.toml", '"other"', '"lake-2027"')(desk.school)
    said = desk.type("apply", TRIP, "--allow", "opens-access", "--yes")
    assert said.code == 2
    assert "the same slug" in said.err
    assert desk.type("plan", "lake-2027").code == 2
    assert desk.writes == 0


def test_every_mistake_is_told_at_once(desk: Desk) -> None:
    replace(TRIP, 'destination = "Keswick"\n', "")(desk.school)
    desk.school.write_trip("second", students=["S1", "S8", "S9"])
    said = desk.type("plan", "--all")
    assert said.code == 2
    assert "destination is missing" in said.err
    assert "students.csv:3" in said.err
    assert "students.csv:4" in said.err


WORDS: dict[str, tuple[tuple[str, ...], str]] = {
    "no trip": (("plan",), "no trip is named"),
    "no trip to apply": (("apply", "--yes"), "no trip is named"),
    "trips and --all": (("plan", "lake-2027", "--all"), "not both"),
    "a trip that is not there": (("plan", "trips/none.toml"), "there is no such file"),
    "a slug that is not there": (("plan", "nowhere"), "there are: lake-2027"),
    "an unknown risk": (("apply", "--all", "--allow", "opens-acces", "--yes"), "opens-access, removes-access"),
    "an unknown command": (("close-everything",), "No such command"),
    "an unknown option": (("plan", "--al"), "No such option"),
    "a plan that is not there": (("apply", "none.json", "--yes"), "none.json"),
    "an unknown run": (("runs", "show", "nothing"), "runs list"),
    "an unknown run to resume": (("runs", "resume", "nothing"), "runs list"),
    "a contact list over the network": (("contacts", "check", "oneroster:https://x.example"), "ends with its version"),
    "a contact list that is not there": (("contacts", "check", "nowhere"), "nowhere"),
    "an unknown template": (("templates", "show", "nothing"), "school-trip"),
    "a folder that is no template": (("templates", "check", "sds"), "template.toml"),
    "a site elsewhere": (("audit", "site", "https://evil.example/sites/x"), "of this tenant"),
    "no such site": (("audit", "site", "https://contoso.sharepoint.com/sites/none"), "there is no site"),
    "somebody who was not invited": (("emulator", "redeem", "nobody@mail.example"), "nobody was invited"),
}


@pytest.mark.parametrize("name", WORDS)
def test_a_mistake_on_the_line(desk: Desk, name: str) -> None:
    words, told = WORDS[name]
    said = desk.type(*words)
    assert said.code == 2, said.err
    assert told in said.out + said.err
    assert "Traceback" not in said.err
    assert desk.writes == 0


NEEDS_TARGET: tuple[tuple[str, ...], ...] = (
    ("plan", "--all"),
    ("apply", "--all", "--yes"),
    ("status",),
    ("tenant", "show"),
    ("tenant", "plan"),
    ("tenant", "apply", "--yes"),
    ("contacts", "check", "sds"),
    ("templates", "list"),
    ("templates", "show", "school-trip"),
    ("licences", "show"),
    ("audit", "who", "a@b.example"),
    ("audit", "site", "https://contoso.sharepoint.com/sites/x"),
    ("runs", "list"),
    ("runs", "show", "x"),
    ("runs", "resume", "x"),
    ("new", "school-trip"),
    ("doctor",),
)


@pytest.mark.parametrize("words", NEEDS_TARGET, ids=" ".join)
def test_without_a_target_nothing_is_asked_of_anybody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.delenv("SPP_TARGET")
    requests = desk.requests
    said = desk.type(*words)
    assert said.code == 2
    assert "SPP_TARGET is not set" in said.out + said.err
    assert desk.requests == requests


def test_a_target_that_does_not_exist(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_TARGET", "production")
    said = desk.type("plan", "--all")
    assert said.code == 2
    assert "SPP_TARGET" in said.err


def test_a_secret_is_never_told(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SPP_DATABASE_URL", "postgresql://trips:hunter2@127.0.0.1:1/x")
    said = desk.type("plan", "--all", "--verbose")
    assert said.code in (1, 2)
    assert "hunter2" not in said.out + said.err
