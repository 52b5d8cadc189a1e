"""trip.toml and portal.toml: what loads, and that every mistake is told with its line. Most cases are files."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from sp_parent_portal.contacts.sources import GraphSource, OneRosterSource, Source
from sp_parent_portal.errors import Problem, TripError
from sp_parent_portal.sharing import Sharing
from sp_parent_portal.trips import (
    Trip,
    find_portal,
    find_trips,
    load_portal,
    load_students,
    load_trip,
    load_trips,
)

CASES = Path(__file__).parents[1] / "cases" / "trips"
TRIP = (CASES / "trip-one-day.toml").read_text(encoding="utf-8")
PORTAL = (CASES / "portal-no-exclusions.toml").read_text(encoding="utf-8")


def problems_of(path: Path) -> tuple[Problem, ...]:
    load = load_portal if path.name.startswith("portal") else load_trip
    try:
        load(path)
    except TripError as exc:
        return exc.problems or (Problem(str(path), 0, "silent", "refused without a problem"),)
    return ()


@pytest.mark.parametrize("path", sorted(CASES.glob("*.toml")), ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    wanted = []
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if mark := re.search(r"#!(0?) ([a-z-]+) \| (.+)$", text):
            wanted.append((0 if mark[1] else line, mark[2], mark[3]))
    found = problems_of(path)
    assert sorted((line, rule) for line, rule, _ in wanted) == sorted((each.line, each.rule) for each in found)
    for line, rule, words in wanted:
        said = [each.message for each in found if (each.line, each.rule) == (line, rule)]
        assert any(words in message for message in said), (words, said)
    assert all(each.file == str(path) for each in found)


def write_trip(folder: Path, name: str, text: str = TRIP) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "students.csv").write_text("student_id\n1001\n", encoding="utf-8")
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


# ---- a trip ----------------------------------------------------------------------------------------------------------


def test_the_trip_of_the_interface() -> None:
    trip = load_trip(CASES / "trip-interface.toml")
    assert (trip.title, trip.slug, trip.template) == ("Lake District 2027", "lake-district-2027", "school-trip")
    assert (trip.starts, trip.ends, trip.access_until) == (date(2027, 5, 10), date(2027, 5, 14), date(2027, 6, 30))
    assert trip.file == (CASES / "trip-interface.toml").resolve()
    assert trip.guardians.students == CASES / "students.csv"
    assert trip.guardians.exclusions == CASES / "also-not.csv"
    assert trip.guardians.relationships == ("parent", "guardian")
    assert trip.inputs == {"destination": "Keswick", "emergency_phone": "+441632960100"}
    assert trip.notify.by == "mailbox"
    assert trip.site_url("contoso.sharepoint.com") == "https://contoso.sharepoint.com/sites/lake-district-2027"


def test_paths_are_those_of_the_file_not_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_trip(tmp_path / "school" / "trips", "a.toml")
    monkeypatch.chdir(tmp_path)
    trip = load_trip(Path("school") / "trips" / "a.toml")
    assert trip.guardians.students == (tmp_path / "school" / "trips" / "students.csv").resolve()
    assert trip.file.is_absolute()


def test_the_owners_address_is_compared_in_one_form() -> None:
    assert load_trip(CASES / "trip-one-day.toml").owner == "j.okoro@school.example"


@pytest.mark.parametrize("slug", ["a", "2027", "a-b", "x" * 50])
def test_slugs_that_are_fine(tmp_path: Path, slug: str) -> None:
    assert load_trip(write_trip(tmp_path, "a.toml", TRIP.replace('"m"', f'"{slug}"'))).slug == slug


@pytest.mark.parametrize("slug", ["x" * 51, "A", "a_b", "a b", "é", "a.b", "-", "a-", "%2e%2e", "a\\\\b", "lake\\n"])
def test_slugs_that_are_not(tmp_path: Path, slug: str) -> None:
    assert [each.rule for each in problems_of(write_trip(tmp_path, "a.toml", TRIP.replace('"m"', f'"{slug}"')))] == [
        "slug"
    ]


def test_a_trip_made_in_code_obeys_the_same_rules(tmp_path: Path) -> None:
    trip = load_trip(CASES / "trip-one-day.toml")
    with pytest.raises(ValueError, match="ends is before starts"):
        Trip(**{**dict(trip), "ends": date(2027, 5, 9)})


@pytest.mark.parametrize(
    ("raw", "line", "rule"),
    [
        (b'\xef\xbb\xbftitle = "x"\r\nslug = 1\r\n', 2, "wrong-type"),
        (b'title = "x"\r\nowner = "Zo\xeb"\r\n', 2, "not-utf-8"),
        (b'title = "x"\n\nslug = "a\x00b"\n', 3, "not-toml"),
        (b"\xff\xfet\x00", 1, "not-utf-8"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, 0, "not-toml"),
        (b"# " + b"x" * 300_000, 0, "too-large"),
        (b"", 0, "missing-key"),
    ],
)
def test_bytes_that_are_no_trip(tmp_path: Path, raw: bytes, line: int, rule: str) -> None:
    (tmp_path / "trip.toml").write_bytes(raw)
    assert (line, rule) in [(each.line, each.rule) for each in problems_of(tmp_path / "trip.toml")]


def test_no_such_file_and_a_folder(tmp_path: Path) -> None:
    assert [each.rule for each in problems_of(tmp_path / "trip.toml")] == ["no-file"]
    assert [each.rule for each in problems_of(tmp_path)] == ["no-file"]


def test_absurd_values_are_complaints_too(tmp_path: Path) -> None:
    text = TRIP.replace('"students.csv"', f'"{"x" * 900}"').replace('"Museum"', f'"{"y" * 100_000}"')
    found = problems_of(write_trip(tmp_path, "a.toml", text))
    assert [each.rule for each in found] == ["too-long", "no-file"]
    assert all(len(each.message) < 1200 for each in found)


# ---- many trips ------------------------------------------------------------------------------------------------------


def test_trips_are_loaded_in_the_order_given(tmp_path: Path) -> None:
    first = write_trip(tmp_path, "b.toml")
    second = write_trip(tmp_path, "a.toml", TRIP.replace('"m"', '"n"'))
    assert [trip.slug for trip in load_trips((first, second))] == ["m", "n"]
    assert load_trips(()) == ()


def test_one_file_named_twice_is_one_trip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_trip(tmp_path, "a.toml")
    monkeypatch.chdir(tmp_path)
    assert len(load_trips((Path("a.toml"), tmp_path / "a.toml"))) == 1


def test_problems_of_all_files_at_once(tmp_path: Path) -> None:
    paths = (
        write_trip(tmp_path, "a.toml", TRIP.replace('"Museum"', "7")),
        write_trip(tmp_path, "b.toml"),
        write_trip(tmp_path, "c.toml", TRIP.replace("owner", "ownr")),
        write_trip(tmp_path, "d.toml"),
    )
    with pytest.raises(TripError) as caught:
        load_trips(paths)
    assert [(Path(each.file).name, each.line, each.rule) for each in caught.value.problems] == [
        ("a.toml", 1, "wrong-type"),
        ("c.toml", 0, "missing-key"),
        ("c.toml", 4, "unknown-key"),
        ("d.toml", 2, "same-slug"),
    ]
    both = str(caught.value.problems[-1])
    assert "b.toml" in both
    assert "d.toml" in both


# ---- the school ------------------------------------------------------------------------------------------------------


def test_the_portal_of_the_interface() -> None:
    portal = load_portal(CASES / "portal-interface.toml")
    assert portal.contacts.source == CASES / "sds"
    assert portal.contacts.exclusions == CASES / "exclusions.csv"
    assert portal.contacts.flags == CASES / "flags.csv"
    assert portal.contacts.internal_domains == ("school.example",)
    assert portal.tenant.sharing is Sharing.EXISTING_GUESTS
    assert portal.licences.external_user_budget == 10_000
    assert portal.safety.guardians_per_trip == 200


@pytest.mark.parametrize(
    ("told", "source", "base"),
    [
        ('source = "graph:"', GraphSource(), None),
        (
            'source = "oneroster:https://sis.school.example/ims/oneroster/v1p1"',
            OneRosterSource("https://sis.school.example/ims/oneroster/v1p1"),
            None,
        ),
        ('source = "changes"\nbase = "whole.zip"', Path("changes"), Path("whole.zip")),
    ],
)
def test_where_the_contact_list_comes_from(told: str, source: Source, base: Path | None, tmp_path: Path) -> None:
    path = tmp_path / "portal.toml"
    path.write_text(f'[contacts]\n{told}\n[tenant]\nsharing = "disabled"\n', encoding="utf-8")
    section = load_portal(path).contacts
    assert section.source == (tmp_path / source if isinstance(source, Path) else source)
    assert section.base == (None if base is None else tmp_path / base)


def test_three_ways_to_have_no_exclusions() -> None:
    confirmed = load_portal(CASES / "portal-none-confirmed.toml").contacts
    assert (confirmed.exclusions, confirmed.confirmed_by) == (None, "J. Okoro, 2027-03-01")
    silent = load_portal(CASES / "portal-no-exclusions.toml").contacts
    assert (silent.exclusions, silent.confirmed_by) == (None, "")


def test_find_portal_looks_upwards(tmp_path: Path) -> None:
    trip = write_trip(tmp_path / "school" / "trips" / "2027", "a.toml")
    with pytest.raises(TripError, match=r"no portal\.toml"):
        find_portal(trip)
    (tmp_path / "school" / "portal.toml").write_text(PORTAL, encoding="utf-8")
    expected = (tmp_path / "school" / "portal.toml").resolve()
    assert find_portal(trip) == find_portal(trip.parent) == find_portal(tmp_path / "school") == expected


def test_find_trips_beside_and_below(tmp_path: Path) -> None:
    school = tmp_path / "school"
    beside = write_trip(school, "beside.toml")
    below = write_trip(school / "trips" / "2027", "below.toml")
    write_trip(school / "sds", "not-a-trip.toml")
    write_trip(school / "trips", "._below.toml")
    write_trip(school / "trips", "portal.toml", PORTAL)
    write_trip(school, "portal.toml", PORTAL)
    portal = load_portal(school / "portal.toml")
    assert find_trips(portal) == (beside.resolve(), below.resolve())


# ---- students.csv ----------------------------------------------------------------------------------------------------


def students(folder: Path, text: str) -> Path:
    (folder / "students.csv").write_text(text, encoding="utf-8")
    return folder / "students.csv"


def test_students_with_their_lines(tmp_path: Path) -> None:
    path = students(tmp_path, "name,student_id\nA,0001\n\nB, 0002 \n")
    assert load_students(path) == (("0001", 2), ("0002", 4))


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ("student_id\n1\n2\n1\n", 4, "duplicate"),
        ("student_id,x\n1,\n,y\n", 3, "blank"),
        ("id\n1\n", 1, "missing-column"),
        ("student_id\n", 0, "no-students"),
        ("student_id\n1,2\n", 2, "ragged"),
        ("student_id\n1.23E+05\n", 2, "scientific"),
    ],
)
def test_students_that_cannot_be_used(tmp_path: Path, text: str, line: int, rule: str) -> None:
    path = students(tmp_path, text)
    with pytest.raises(TripError) as caught:
        load_students(path)
    assert [(each.file, each.line, each.rule) for each in caught.value.problems] == [(str(path), line, rule)]


def test_no_students_file(tmp_path: Path) -> None:
    with pytest.raises(TripError) as caught:
        load_students(tmp_path / "students.csv")
    assert caught.value.problems[0].rule == "missing-file"
