"""Strict reading of the CSV files that schools hand us: every mistake with its file and line, and nothing guessed.

Used for the contact list, for exclusions.csv and flags.csv, and for a trip's students.csv:

    table = read_table(path, required=("student_id",), ids=("student_id",), filled=("student_id",))
    if table.broken:
        raise TripError("…", problems=table.problems)
    for row in table.rows:
        row.line, row["student_id"]

What is asked of a file is what School Data Sync asks (Microsoft Learn "CSV files for School Data Sync", read 2026-11):
UTF-8, comma, RFC 4180, column names in exact case, no line break inside data. A byte-order mark is tolerated. Other
encodings and delimiters are named, never guessed.
"""

from __future__ import annotations

import csv
import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ..errors import Problem

Readable = Path | zipfile.Path

MAX_FILE_BYTES = 512 * 1024 * 1024  # School Data Sync takes two million rows a file; ours are then below 300 MB
MAX_LINE_BYTES = 64 * 1024
MAX_ROWS = 3_000_000
MAX_PROBLEMS = 1000  # a file; the rest is counted

# What reading a file, or one packed in a zip file, may raise when it is damaged or not ours to read.
UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# A tab is left out: it is met at the edge of cells, where white space is removed anyway.
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?E[+-]\d+", re.IGNORECASE)
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `line` is the physical line in the file on which it starts, counted from 1 (the header is line 1)."""

    line: int
    cells: tuple[str, ...]
    columns: Mapping[str, int]

    def __getitem__(self, column: str) -> str:
        """The cell without surrounding white space; "" where the file has no such optional column.
        KeyError for a column that was not asked for."""
        place = self.columns[column]
        return "" if place < 0 else self.cells[place]


@dataclass(frozen=True, slots=True)
class Table:
    """What was read. `rows` leaves out those with an error; `problems` is in the order of lines; `columns` are those
    asked for that the file has; `sha256` is of the file's bytes, "" where it could not be read to its end."""

    file: str
    columns: frozenset[str] = frozenset()
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    sha256: str = ""

    @property
    def broken(self) -> bool:
        """Whether any problem is an error: then the rows are not to be relied on."""
        return any(problem.severity == "error" for problem in self.problems)


def read_table(
    path: Readable,
    required: Sequence[str],
    optional: Sequence[str] = (),
    *,
    filled: Sequence[str] = (),
    ids: Sequence[str] = (),
    other_columns: bool = True,
    name: str = "",
) -> Table:
    """Reads one CSV file; raises nothing about its content: look at `Table.broken` and `Table.problems`.

    `required` columns must be in the header, `optional` ones may be; all other columns are dropped while reading
    (passwords never reach memory that we keep), or are an error with `other_columns=False`. Cells of `filled` columns
    must not be blank. Columns in `ids` are checked for what spreadsheets do to ids: 1.23E+05 is an error, leading zeros
    that seem lost are a warning. `name` is what problems call the file (default: the file's own name).

    Rules of problems: missing-file, unreadable, empty-file, too-large, too-long, encoding, nul, control-character,
    line-break, quoting, delimiter, duplicate-column, missing-column, unnamed-column, unknown-column, ragged, blank,
    scientific, leading-zero (warning), more (warning: problems beyond the thousandth).
    """
    notes = _Notes(name or path.name)
    asked = _Asked(tuple(required), tuple(optional), frozenset(filled), frozenset(ids), other_columns)
    try:
        with path.open("rb") as file:
            rows, columns = _read(file, asked, notes)
    except FileNotFoundError:
        return Table(notes.file, problems=(Problem(notes.file, 0, "missing-file", "The file is not there."),))
    except UNREADABLE as error:
        # The exception's text may hold the whole path; its class says enough.
        message = f"The file cannot be read ({type(error).__name__})."
        return Table(notes.file, problems=(Problem(notes.file, 0, "unreadable", message),))
    _warn_of_lost_zeros(rows, asked.ids & columns, notes)
    return Table(notes.file, columns, tuple(rows), notes.all(), notes.sha256)


def read_header(path: Readable) -> tuple[str, ...]:
    """The names in the first line, whatever encoding and delimiter: good for recognising a file and nothing else."""
    try:
        with path.open("rb") as file:
            raw = file.readline(MAX_LINE_BYTES)
    except UNREADABLE:
        return ()
    text = raw.replace(b"\0", b"").decode("utf-8-sig", errors="replace")
    return tuple(name.strip(' "\r\n') for name in re.split(r"[,;\t|]", text))


@dataclass(frozen=True, slots=True)
class _Asked:
    required: tuple[str, ...]
    optional: tuple[str, ...]
    filled: frozenset[str]
    ids: frozenset[str]
    other_columns: bool


@dataclass(slots=True)
class _Notes:
    """What is noticed while one file is read."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0
    undecodable: list[int] = field(default_factory=list)
    sha256: str = ""

    def add(self, line: int, rule: str, message: str, severity: str = "error") -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(self.file, line, rule, message, severity))
        else:
            self.left_out += 1

    @property
    def count(self) -> int:
        return len(self.problems) + self.left_out

    def all(self) -> tuple[Problem, ...]:
        found = list(self.problems)
        if self.undecodable:
            first, others = self.undecodable[0], len(self.undecodable) - 1
            more = f" ({others} more lines likewise)" if others else ""
            message = f"The line is not UTF-8{more}. Save the file as CSV UTF-8; no other encoding is guessed."
            found.append(Problem(self.file, first, "encoding", message))
        if self.left_out:
            found.append(Problem(self.file, 0, "more", f"{self.left_out} more problems are not listed.", "warning"))
        return tuple(sorted(found, key=lambda problem: (problem.line, problem.rule)))


class _Stop(Exception):
    """The rest of the file cannot be read."""

    def __init__(self, line: int, rule: str, message: str) -> None:
        super().__init__(rule)
        self.line, self.rule, self.message = line, rule, message


def _read(file: IO[bytes], asked: _Asked, notes: _Notes) -> tuple[list[Row], frozenset[str]]:
    rows: list[Row] = []
    records = _records(file, notes)
    try:
        line, header = next(records, (0, []))
        if not header:
            notes.add(0, "empty-file", "The file is empty: not even a header is there.")
            return rows, frozenset()
        if not _header_is_sound(line, header, asked, notes):
            return rows, frozenset()
        places = {column: header.index(column) for column in (*asked.required, *asked.optional) if column in header}
        wanted = tuple(places.values())
        columns = dict.fromkeys(asked.optional, -1) | {column: i for i, column in enumerate(places)}
        for line, record in records:
            if len(record) != len(header):
                notes.add(line, "ragged", f"The row has {len(record)} cells, the header has {len(header)}.")
                continue
            row = Row(line, tuple([record[place].strip() for place in wanted]), columns)
            if _row_is_sound(row, asked, notes):
                rows.append(row)
            if len(rows) > MAX_ROWS:
                raise _Stop(line, "too-large", f"The file has more than {MAX_ROWS} rows; the rest was not read.")
    except _Stop as stop:
        notes.add(stop.line, stop.rule, stop.message)
        return rows, frozenset()
    return rows, frozenset(places)


def _records(file: IO[bytes], notes: _Notes) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each record that is one physical line; blank lines are passed over."""
    reader = csv.reader(_lines(file, notes), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error as error:
            # After an error the reader starts afresh with the next line.
            if "field limit" in str(error):
                notes.add(line, "too-long", "A cell is longer than 131072 characters, or its quote is never closed.")
            else:
                notes.add(line, "quoting", f"The quotes cannot be read ({error}).")
            continue
        if record is None:
            return
        if reader.line_num > line:
            notes.add(line, "line-break", "A cell holds a line break, which School Data Sync refuses.")
        elif len(record) > 1 or any(cell.strip() for cell in record):
            yield line, record


def _lines(file: IO[bytes], notes: _Notes) -> Iterator[str]:
    digest, size, line = hashlib.sha256(), 0, 0
    while raw := file.readline(MAX_LINE_BYTES + 1):
        line += 1
        size += len(raw)
        digest.update(raw)
        if line == 1 and raw.startswith(_UTF16):
            raise _Stop(1, "encoding", "The file is UTF-16. Save it as CSV UTF-8; no other encoding is guessed.")
        if len(raw) > MAX_LINE_BYTES:
            raise _Stop(line, "too-long", f"The line is longer than {MAX_LINE_BYTES} bytes; the rest was not read.")
        if size > MAX_FILE_BYTES:
            raise _Stop(line, "too-large", f"The file is larger than {MAX_FILE_BYTES} bytes; the rest was not read.")
        if b"\0" in raw:
            raise _Stop(line, "nul", "The line holds a NUL byte: the file is damaged, or is not CSV in UTF-8.")
        yield _decode(raw, line, notes)
    notes.sha256 = digest.hexdigest()


def _decode(raw: bytes, line: int, notes: _Notes) -> str:
    try:
        text = raw.decode("utf-8-sig" if line == 1 else "utf-8")
    except UnicodeDecodeError:
        notes.undecodable.append(line)
        text = raw.decode("utf-8", errors="replace")
    text = text.rstrip("\r\n")
    if "\r" in text:
        notes.add(line, "line-break", "The line holds a lone carriage return. Lines must end with LF or CR LF.")
        text = text.replace("\r", " ")
    if _CONTROL.search(text):
        notes.add(line, "control-character", "The line holds a control character, which nobody can see or type.")
    return text + "\n"


def _header_is_sound(line: int, header: list[str], asked: _Asked, notes: _Notes) -> bool:
    before = notes.count
    known = {*asked.required, *asked.optional}
    missing = [column for column in asked.required if column not in header]
    delimiter = _other_delimiter(header, known) if missing else ""
    if delimiter:
        notes.add(line, "delimiter", f"The columns are parted by {delimiter}. They must be parted by commas.")
        return False
    # A file without a header has a person's data here: a column is named only by what we call it ourselves.
    for place, column in enumerate(header, 1):
        if not column.strip():
            notes.add(line, "unnamed-column", f"Column {place} of the header has no name.")
        elif header.index(column) < place - 1:
            name = f", {_shown(column)}," if column in known else ""
            notes.add(line, "duplicate-column", f"Column {place} of the header{name} has the name of an earlier one.")
        elif column not in known and not asked.other_columns:
            named = ", ".join([*asked.required, *asked.optional])
            notes.add(line, "unknown-column", f"Column {place} of the header is none of {named}.")
    for column in missing:
        alike = next((name for name in header if name.strip().casefold() == column.casefold()), "")
        hint = f" There is {_shown(alike)}: names must match exactly." if alike else ""
        notes.add(line, "missing-column", f"The column {_shown(column)} is missing.{hint}")
    return notes.count == before


def _other_delimiter(header: list[str], known: set[str]) -> str:
    """What parts the columns when commas do not; Excel's `sep=;` line counts."""
    first = ",".join(header)
    for delimiter, spoken in _OTHER_DELIMITERS.items():
        cells = {cell.strip(' "') for cell in first.split(delimiter)}
        if delimiter in first and (cells & known or first.casefold().startswith("sep=")):
            return spoken
    return ""


def _row_is_sound(row: Row, asked: _Asked, notes: _Notes) -> bool:
    sound = True
    for column in asked.filled:
        if not row[column]:
            notes.add(row.line, "blank", f"The column {_shown(column)} must not be blank.")
            sound = False
    for column in asked.ids:
        if _SCIENTIFIC.fullmatch(row[column]):
            message = f"The id in {_shown(column)} was turned into a rounded number by a spreadsheet."
            notes.add(row.line, "scientific", message)
            sound = False
    return sound


def _warn_of_lost_zeros(rows: Sequence[Row], ids: frozenset[str], notes: _Notes) -> None:
    """Where all ids with a leading zero have one length, a shorter number has probably lost its zeros."""
    for column in sorted(ids):
        widths = {len(row[column]) for row in rows if row[column].startswith("0") and row[column].isdecimal()}
        if len(widths) != 1:
            continue
        width = widths.pop()
        for row in rows:
            if row[column].isdecimal() and len(row[column]) < width:
                message = f"The id {row[column]} in {_shown(column)} seems to have lost its leading zeros."
                notes.add(row.line, "leading-zero", message, "warning")


def _shown(column: str) -> str:
    return repr(column)
