"""Tables, JSON and CSV of one report."""

from __future__ import annotations

import csv
import io
import json
import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.reports.render import Format, render, write
from sp_parent_portal.reports.report import Cell, Column, Report

COLUMNS = (Column("name", "name"), Column("result", "result", judged=True), Column("days", "days left"))
FORMATS: tuple[Format, ...] = ("table", "json", "csv")


def report(*names: str, result: str = "PASS") -> Report:
    rows: tuple[dict[str, Cell], ...] = tuple({"name": name, "result": result, "days": -3} for name in names)
    data = [{**row, "target": "emulator"} for row in rows]
    return Report("emulator", "Checks", data, COLUMNS, rows, ("that is all",) if names else ())


class Terminal(io.StringIO):
    """A stream that says it is a terminal. StringIO's encoding is None, a real one's is not."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("format", FORMATS)
def test_every_form_names_its_target(format: Format) -> None:
    assert "emulator" in render(report("Ann"), format)


@pytest.mark.parametrize("format", ["table", "csv"])
def test_an_empty_answer_names_its_target_or_its_columns(format: Format) -> None:
    assert "target" in render(report(), format)


def test_json_is_the_data() -> None:
    assert json.loads(render(report("Zoë \x1b[31m"), "json")) == report("Zoë \x1b[31m").data


@given(st.text(st.characters()))
def test_json_is_plain_ascii_without_control_characters(name: str) -> None:
    text = render(report(name), "json")
    assert text.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)


@given(st.text(st.characters()), st.integers(20, 200), st.booleans())
def test_a_table_prints_nothing_that_acts_on_the_terminal(name: str, width: int, ascii_only: bool) -> None:
    text = render(report(name), "table", width=width, ascii_only=ascii_only)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    text.encode("utf-8")


@pytest.mark.parametrize("name", ["[red]x[/red]", "[/]", "[link=https://evil.example]x", ":smile:", "\\[b]", "[bold"])
@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("width", [30, 100])
def test_markup_in_data_is_printed_as_it_is(name: str, colour: bool, width: int) -> None:
    shown = re.sub(r"\x1b\[[\d;]*m", "", render(report(name), "table", colour=colour, width=width))
    assert name in shown.replace("\n", "")


@pytest.mark.parametrize("result", ["PASS", "FAIL", "UNKNOWN"])
def test_results_have_a_colour_only_where_colour_is_wanted(result: str) -> None:
    assert re.search(rf"\x1b\[[\d;]+m{result}", render(report("Ann", result=result), "table", colour=True))
    assert "\x1b" not in render(report("Ann", result=result), "table", colour=False)


def test_a_narrow_terminal_gets_lines_and_a_wide_one_a_table() -> None:
    narrow = render(report("Ann"), "table", width=20)
    assert [line for line in narrow.splitlines() if line][-4:-1] == ["name: Ann", "result: PASS", "days left: -3"]
    assert "name: Ann" not in render(report("Ann"), "table", width=80)


@given(st.integers(20, 120))
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    long = "https://contoso.sharepoint.com/sites/lake-district-2027-and-a-very-long-name " * 3
    assert max(map(len, render(report(long, "Ann"), "table", width=width).splitlines())) <= width


@given(st.lists(st.text("abcdefghij0123456789", min_size=1, max_size=12), min_size=1, max_size=9))
def test_no_word_is_cut_off_or_broken(words: list[str]) -> None:
    for width in (20, 40, 200):
        shown = render(report(" ".join(words)), "table", width=width).split()
        assert set(words) <= set(shown)


@given(
    st.lists(st.lists(st.text("abcdefgh @.-", max_size=60), min_size=6, max_size=6), min_size=1, max_size=3),
    st.integers(60, 140),
    st.booleans(),
)
def test_nothing_is_cut_off_at_the_right(rows: list[list[str]], width: int, ascii_only: bool) -> None:
    columns = tuple(Column(name, name) for name in "uvwxyz")
    cells = [dict(zip("uvwxyz", row, strict=True)) for row in rows]
    shown = render(
        Report("emulator", "Checks", cells, columns, tuple(cells)), "table", width=width, ascii_only=ascii_only
    )
    assert max(map(len, shown.splitlines())) <= width
    body = shown.partition("\n")[2].partition("\n")[2]
    if ":" not in body:  # a table, not a block of lines for each row
        for letter in "abcdefgh@.":
            assert body.count(letter) == sum(cell.count(letter) for row in rows for cell in row)


def test_write_colours_a_terminal_but_neither_a_file_nor_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal, file = Terminal(), io.StringIO()
    write(report("Ann"), "table", terminal)
    write(report("Ann"), "table", file)
    assert "\x1b[" in terminal.getvalue()
    assert "\x1b" not in file.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    write(report("Ann"), "table", plain)
    assert "\x1b" not in plain.getvalue()


@pytest.mark.parametrize("format", FORMATS)
def test_write_survives_a_console_that_knows_few_letters(format: Format) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp1252", newline="")
    write(report("Zoë 李"), format, stream)
    assert b"emulator" in raw.getvalue()
    assert "─".encode() not in raw.getvalue()


def test_write_goes_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    write(report("Ann"), "json")
    out, err = capsys.readouterr()
    assert json.loads(out)[0]["name"] == "Ann"
    assert err == ""


def test_csv_keeps_numbers_and_says_nothing_for_nothing() -> None:
    rows: tuple[dict[str, Cell], ...] = ({"name": None, "result": True, "days": -3},)
    text = render(Report("emulator", "t", [], COLUMNS, rows), "csv")
    assert list(csv.reader(io.StringIO(text)))[1] == ["", "true", "-3", "emulator"]


@pytest.mark.parametrize("linesep", ["\n", "\r\n"])
def test_csv_has_the_same_line_ends_on_every_system(monkeypatch: pytest.MonkeyPatch, linesep: str) -> None:
    monkeypatch.setattr(os, "linesep", linesep)
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8", newline=linesep)
    write(report("Ann"), "csv", stream)
    assert raw.getvalue().split(b"\r\n") == [*(line.encode() for line in render(report("Ann"), "csv").split("\r\n"))]
    assert b"\r\r" not in raw.getvalue()
