"""No text from data acts on a terminal or begins a formula."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sp_parent_portal.reports.csv_out import render_csv
from sp_parent_portal.reports.report import Cell, Column, Report
from sp_parent_portal.reports.safe import clean, inert

DANGEROUS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "⁺", "−"]
BEFORE = [
    "",
    " ",
    "   ",
    "\u00a0",
    "\u3000",
    "\ufeff",
    "\u200b",
    "\u200e",
    "\x00",
    "\x1b",
    "\n",
    "\t",
    "\r\n",
    "\u2028",
]
text = st.text(st.characters(), max_size=40)


@given(st.sampled_from(BEFORE), st.sampled_from(DANGEROUS), text)
def test_no_cell_begins_a_formula(before: str, start: str, rest: str) -> None:
    assert inert(before + start + rest).startswith("'")


@given(text)
@example("=HYPERLINK(1)")
def test_what_a_spreadsheet_trims_away_uncovers_nothing(cell: str) -> None:
    shown = inert(cell).lstrip()
    assert not shown or unicodedata.normalize("NFKC", shown)[0] not in "=+-@"


@given(st.text(st.characters(categories=["L", "N"]), min_size=1), text)
def test_text_that_begins_harmlessly_is_not_marked(start: str, rest: str) -> None:
    assert inert(start + rest) == clean(start + rest)


@given(st.lists(st.tuples(text, st.integers(-9, 9)), max_size=5))
def test_csv_comes_back_row_for_row(cells: list[tuple[str, int]]) -> None:
    rows: tuple[dict[str, Cell], ...] = tuple({"name": name, "days": days} for name, days in cells)
    report = Report("emulator", "t", [], (Column("name", "name"), Column("days", "days")), rows)
    found = list(csv.reader(io.StringIO(render_csv(report), newline="")))
    assert found[0] == ["name", "days", "target"]
    assert found[1:] == [[inert(name), str(days), "emulator"] for name, days in cells]


@pytest.mark.parametrize("cell", ['a","=1+1', 'a"\r\n=1+1', "a;=1+1", "a\n=1+1"])
def test_no_cell_breaks_out_into_the_next(cell: str) -> None:
    report = Report("emulator", "t", [], (Column("name", "name"),), ({"name": cell},))
    (_, row) = csv.reader(io.StringIO(render_csv(report), newline=""))
    assert len(row) == 2
    assert render_csv(report).count("\r\n") == 2


@given(text)
def test_clean_text_has_no_control_character(dirty: str) -> None:
    cleaned = clean(dirty)
    assert all(unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp") for char in cleaned)
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("dirty", "cleaned"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x9b2Jgone", "2Jgone"),
        ("\x1b]8;;https://evil.example\x07click\x1b]8;;\x07", "]8;;https://evil.exampleclick]8;;"),
        ("ann\u202egpj.exe", "anngpj.exe"),
        ("a\u2066b\u2069", "ab"),
        ("one\r\ntwo\tthree", "one  two three"),
        ("\ud800", "\ufffd"),
        ("Zoë O'Brien-Núñez 李 नी\u200dति", "Zoë O'Brien-Núñez 李 नी\u200dति"),
    ],
)
def test_escape_sequences_and_marks_lose_their_force(dirty: str, cleaned: str) -> None:
    assert clean(dirty) == cleaned
