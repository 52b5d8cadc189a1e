"""The mail-merge file: inert, private, whole, and nobody of an earlier run is lost."""

from __future__ import annotations

import csv
import os
import stat
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sp_parent_portal.errors import InputError
from sp_parent_portal.reports.mail_merge import COLUMNS, write_mail_merge
from sp_parent_portal.template_model import Message
from sp_parent_portal.trips import Trip
from tests.unit.resources.wishes import URL, make_trip

MAIL = Message("A message", "<p>Hello</p>")


def trip_in(folder: Path) -> Trip:
    return make_trip("none").model_copy(update={"file": folder / "trip.toml"})


def read(folder: Path) -> list[dict[str, str]]:
    with (folder / "lake.mail-merge.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_one_line_for_each_person(tmp_path: Path) -> None:
    rows = [("a@b.example", "Ann Other", MAIL), ("c@d.example", "Zoë Ünal", Message("Two", "<p>\nline</p>"))]
    assert write_mail_merge(trip_in(tmp_path), URL, rows) == "lake.mail-merge.csv"
    assert read(tmp_path) == [
        dict(zip(COLUMNS, ("a@b.example", "Ann Other", URL, "A message", "<p>Hello</p>"), strict=True)),
        dict(zip(COLUMNS, ("c@d.example", "Zoë Ünal", URL, "Two", "<p> line</p>"), strict=True)),
    ]
    mode = (tmp_path / "lake.mail-merge.csv").stat().st_mode
    assert os.name == "nt" or stat.S_IMODE(mode) == 0o600


def test_earlier_lines_stay_and_the_same_person_is_replaced(tmp_path: Path) -> None:
    trip = trip_in(tmp_path)
    write_mail_merge(trip, URL, [("a@b.example", "Ann", MAIL), ("c@d.example", "Cid", MAIL)])
    write_mail_merge(trip, URL, [("c@d.example", "Sid", MAIL), ("e@f.example", "Eve", MAIL)])
    assert [(row["address"], row["name"]) for row in read(tmp_path)] == [
        ("a@b.example", "Ann"), ("c@d.example", "Sid"), ("e@f.example", "Eve")
    ]  # fmt: skip


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    write_mail_merge(trip_in(tmp_path), URL, [("+a@b.example", '=HYPERLINK("x")', Message("@SUM(1)", "-1"))])
    assert [value[0] for value in read(tmp_path)[0].values()] == ["'", "'", "h", "'", "'"]
    write_mail_merge(trip_in(tmp_path), URL, [("+a@b.example", "Ann", MAIL)])
    assert len(read(tmp_path)) == 1, "the same person, although the cell is marked"


@pytest.mark.parametrize("text", ["my own notes\n", "address,name,site,subject\n", '"address', "", "\udcff"])
def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lake.mail-merge.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    before = path.read_bytes()
    with pytest.raises(InputError, match="no mail-merge file of ours"):
        write_mail_merge(trip_in(tmp_path), URL, [("a@b.example", "Ann", MAIL)])
    assert path.read_bytes() == before


def test_a_crash_leaves_the_old_file_whole(tmp_path: Path) -> None:
    trip = trip_in(tmp_path)
    write_mail_merge(trip, URL, [("a@b.example", "Ann", MAIL)])
    with mock.patch("os.fsync", side_effect=OSError(28, "No space left on device")), pytest.raises(InputError):
        write_mail_merge(trip, URL, [("c@d.example", "Cid", MAIL)])
    assert [row["address"] for row in read(tmp_path)] == ["a@b.example"]
    assert [path.name for path in tmp_path.iterdir()] == ["lake.mail-merge.csv"]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a@b.example", "c@d.example", "=x@y.example"]),
        st.text(max_size=20),
        st.builds(Message, st.text(max_size=20), st.text(max_size=40)),
    ),
    max_size=4,
)


@given(first=ROWS, second=ROWS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # every example clears the folder itself
def test_whatever_is_written_can_be_read_and_added_to(
    tmp_path: Path, first: list[tuple[str, str, Message]], second: list[tuple[str, str, Message]]
) -> None:
    (tmp_path / "lake.mail-merge.csv").unlink(missing_ok=True)
    for rows in (first, second):
        write_mail_merge(trip_in(tmp_path), URL, rows)
    assert {row["address"].lstrip("'") for row in read(tmp_path)} == {address for address, _, _ in (*first, *second)}
