"""Reading block by block says what reading line by line says."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sp_parent_portal.contacts import records
from sp_parent_portal.contacts.records import Grid, Notes, Stop, read_quickly, record_batches

PIECES = [
    "a",
    "b,c",
    ",",
    '"',
    '""',
    "\n",
    "\r\n",
    "\r",
    "\0",
    "\t",
    " ",
    "é",
    "\x1b",
    "\x85",
    "\u2028",
    "\ufeff",
    "x" * 50,
]
texts = st.lists(st.sampled_from(PIECES), max_size=30).map("".join).map(str.encode)
contents = texts | st.lists(texts | st.binary(max_size=5), max_size=4).map(b"".join)


def read(content: bytes, most_bytes: int = 10_000) -> tuple[list[tuple[int, list[str]]], object, str]:
    notes = Notes("x.csv")
    found: list[tuple[int, list[str]]] = []
    try:
        for lines, batch in record_batches(io.BytesIO(content), most_bytes, notes):
            found += zip(lines, batch, strict=True)
    except Stop as stop:
        return found, (stop.line, stop.rule, notes.all()), notes.sha256
    return found, notes.all(), notes.sha256


@given(contents, st.sampled_from([20, 10_000]))
@example(b'h\n"a\nb",c\nd\n', 10_000)
@example(b"h\n\n \na,b\n", 10_000)
@example(b"h\n" + b"y" * 61 + b"\n", 10_000)
@example(b'h\na,"b', 10_000)
def test_blocks_are_read_as_lines_are(content: bytes, most_bytes: int) -> None:
    """With blocks so small that a few lines are many, and records end within and across them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "_BLOCK_BYTES", 7)
        patch.setattr(records, "MAX_LINE_BYTES", 60)
        quick = read(content, most_bytes)
        patch.setattr(records, "read_quickly", lambda block: None)
        assert read(content, most_bytes) == quick


def test_plain_lines_are_read_quickly() -> None:
    """Otherwise the comparison above would compare the careful way with itself."""
    assert read_quickly(b"a,b\r\n\xc3\xa9,d\r\n") == Grid(["a", "b", "é", "d"], 2)
    assert read_quickly(b'"a,b",c\n') == [["a,b", "c"]]
    assert read_quickly(b"a,b\nc\n\n") == [["a", "b"], ["c"], []]


@pytest.mark.parametrize("block", [b"a\0\n", b"a\rb\n", b"\xff\n", b'"a\nb"\n', b'"a\n', b"\xe2\x80\xa8\n", b"\x1b\n"])
def test_what_needs_a_word_is_left_to_the_careful_way(block: bytes) -> None:
    assert read_quickly(block) is None


def test_every_line_of_a_long_file_has_its_number() -> None:
    rows = [f"S{number},{'x' * (number % 90)}" for number in range(40_000)]
    found, problems, digest = read("\n".join(["id,text", *rows]).encode(), 10_000_000)
    assert problems == ()
    assert digest
    assert [line for line, _ in found] == list(range(1, 40_002))
    assert [record for _, record in found[1:]] == list(csv.reader(rows))
