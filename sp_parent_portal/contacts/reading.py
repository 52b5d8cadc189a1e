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

import re
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from operator import itemgetter
from typing import IO, overload

from ..errors import Problem
from .packed import PackedCells
from .records import MAX_LINE_BYTES, Grid, Notes, Records, Stop, record_batches
from .watched import Readable as Readable

MAX_FILE_BYTES = 512 * 1024 * 1024  # School Data Sync takes two million rows a file; ours are then below 300 MB
MAX_ROWS = 3_000_000

# What reading a file, or one packed in a zip file, may raise when it is damaged or not ours to read.
UNREADABLE = (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)

_SCIENTIFIC = re.compile(r"\d([.,]\d+)?E[+-]\d+", re.IGNORECASE)
_EXPONENTS = ("e+", "e-", "E+", "E-")
_BLANKS = tuple(" \t\r\v\f\x1c\x1d\x1e\x1f")  # white space in ASCII; a line end is in no cell
# What stands after + and - is a number, or else a formula.
_FORMULA = re.compile(r"[=@＝＠]|[+＋－-](?=[^\d\s().-])")
_FORMULA_SOMEWHERE = re.compile(rf"\n(?:{_FORMULA.pattern})")
_FORMULAS = tuple(f"\n{sign}" for sign in "=@+-＝＠＋－")
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass(slots=True)  # not frozen: setting the attributes of millions of frozen ones takes twice the time
class Row:
    """One record. `line` is the physical line in the file on which it starts, counted from 1 (the header is line 1)."""

    line: int
    cells: Sequence[str]
    columns: Mapping[str, int]

    def __getitem__(self, column: str) -> str:
        """The cell without surrounding white space; "" where the file has no such optional column.
        KeyError for a column that was not asked for."""
        place = self.columns[column]
        return "" if place < 0 else self.cells[place]


class Rows(Sequence[Row]):
    """The sound rows of a file, packed; each is made when it is asked for."""

    def __init__(self, columns: Mapping[str, int]) -> None:
        self._columns = columns
        self._cells = PackedCells()
        self._lines = array("I")

    def extend(self, lines: Iterable[int], columns: Sequence[Sequence[str]]) -> None:
        self._lines.extend(lines)
        self._cells.extend(columns)

    def __len__(self) -> int:
        return len(self._lines)

    def select(self, *columns: str) -> Iterator[tuple[str, ...]]:
        """The cells of these columns, row by row."""
        return self._cells.select(self._places(columns))

    def column(self, name: str) -> Iterator[str]:
        return chain.from_iterable(piece for (piece,) in self.pieces(name))

    def pieces(self, *columns: str) -> Iterator[list[list[str]]]:
        """The cells of each of these columns, for some thousand rows after the other."""
        return self._cells.columns(self._places(columns))

    @property
    def lines(self) -> Sequence[int]:
        return self._lines

    def picker(self, *columns: str) -> Callable[[int], tuple[str, ...]]:
        """What gives the cells of these columns (at least two) of the row of a number, without making the row."""
        cells, places = self._cells, self._places(columns)
        take: Callable[[list[str]], tuple[str, ...]] = itemgetter(*places)
        # The last place is that of a column that is not there.
        return lambda number: take([*cells[number], ""])

    def _places(self, columns: Sequence[str]) -> list[int]:
        return [self._columns.get(column, -1) for column in columns]

    @overload
    def __getitem__(self, number: int) -> Row: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[Row]: ...

    def __getitem__(self, number: int | slice) -> Row | Sequence[Row]:
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        number = number if number >= 0 else number + len(self)
        return Row(self._lines[number], self._cells[number], self._columns)

    def __iter__(self) -> Iterator[Row]:
        return map(Row, self._lines, self._cells, repeat(self._columns))


NO_ROWS = Rows({})


@dataclass(frozen=True, slots=True)
class Table:
    """What was read. `rows` leaves out those with an error; `problems` is in the order of lines; `columns` are those
    asked for that the file has; `sha256` is of the file's bytes, "" where it could not be read to its end."""

    file: str
    columns: frozenset[str] = frozenset()
    rows: Rows = NO_ROWS
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
    scientific, formula (a warning outside `ids`), leading-zero (warning), more (warning: problems beyond the
    thousandth).
    """
    notes = Notes(name or path.name)
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
    return Table(notes.file, columns, rows, notes.all(), notes.sha256)


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


def _read(file: IO[bytes], asked: _Asked, notes: Notes) -> tuple[Rows, frozenset[str]]:
    rows = NO_ROWS
    batches = record_batches(file, MAX_FILE_BYTES, notes)
    try:
        first = next(batches, None)
        if first is None:
            notes.add(0, "empty-file", "The file is empty: not even a header is there.")
            return rows, frozenset()
        lines, records = first
        header, *others = records
        if not _header_is_sound(lines[0], header, asked, notes):
            return rows, frozenset()
        taken = _Taken(header, asked, notes)
        rows = taken.rows
        for more_lines, more in chain([(lines[1:], others)], batches):
            taken.take(more_lines, more)
            if len(rows) > MAX_ROWS:
                message = f"The file has more than {MAX_ROWS} rows; the rest was not read."
                raise Stop(rows[MAX_ROWS].line, "too-large", message)
    except Stop as stop:
        notes.add(stop.line, stop.rule, stop.message)
        return rows, frozenset()
    taken.warn_of_lost_zeros()
    return rows, frozenset(taken.places)


class _Taken:
    """The columns that were asked for, taken out of one batch of records after the other."""

    def __init__(self, header: Sequence[str], asked: _Asked, notes: Notes) -> None:
        self.places = {name: header.index(name) for name in (*asked.required, *asked.optional) if name in header}
        self.rows = Rows(dict.fromkeys(asked.optional, -1) | {name: i for i, name in enumerate(self.places)})
        self._width = len(header)
        self._asked = asked
        self._notes = notes
        self._widths: dict[str, set[int]] = {name: set() for name in sorted(asked.ids & set(self.places))}

    def take(self, lines: Sequence[int], records: Records) -> None:
        if isinstance(records, Grid) and records.width == self._width:
            found = {name: _strip(records.column(place)) for name, place in self.places.items()}
        else:
            lines, kept = self._leave_out_ragged(lines, list(records))
            found = {name: _strip([record[place] for record in kept]) for name, place in self.places.items()}
        cells = {name: column for name, (column, _) in found.items()}
        sound = self._sound_rows(lines, cells, {name: text for name, (_, text) in found.items()})
        if len(sound) < len(lines):
            lines = [lines[i] for i in sound]
            cells = {name: [column[i] for i in sound] for name, column in cells.items()}
        self.rows.extend(lines, list(cells.values()))
        for name, widths in self._widths.items():
            if "\n0" in found[name][1]:
                widths.update(len(cell) for cell in cells[name] if cell.startswith("0") and cell.isdecimal())

    def warn_of_lost_zeros(self) -> None:
        """Where all ids with a leading zero have one length, a shorter number has probably lost its zeros."""
        for column, widths in self._widths.items():
            if len(widths) != 1:
                continue
            width = min(widths)
            for row in self.rows:
                if len(row[column]) < width and row[column].isdecimal():
                    message = f"The id {row[column]} in {_shown(column)} seems to have lost its leading zeros."
                    self._notes.add(row.line, "leading-zero", message, "warning")

    def _leave_out_ragged(
        self, lines: Sequence[int], records: list[list[str]]
    ) -> tuple[Sequence[int], list[list[str]]]:
        kept = [i for i, record in enumerate(records) if len(record) == self._width]
        for line, record in zip(lines, records, strict=True):
            if len(record) != self._width:
                message = f"The row has {len(record)} cells, the header has {self._width}."
                self._notes.add(line, "ragged", message)
        return [lines[i] for i in kept], [records[i] for i in kept]

    def _sound_rows(
        self, lines: Sequence[int], cells: Mapping[str, list[str]], texts: Mapping[str, str]
    ) -> Sequence[int]:
        """Numbers of the rows in which nothing is blank or rounded that must not be."""
        wrong = set()
        for column in self._asked.filled & self.places.keys():
            if "\n\n" in texts[column]:
                blank = [i for i, cell in enumerate(cells[column]) if not cell]
                wrong.update(blank)
                for i in blank:
                    self._notes.add(lines[i], "blank", f"The column {_shown(column)} must not be blank.")
        for column in self._widths:
            if any(sign in texts[column] for sign in _EXPONENTS):
                rounded = [i for i, cell in enumerate(cells[column]) if _SCIENTIFIC.fullmatch(cell)]
                wrong.update(rounded)
                message = f"The id in {_shown(column)} was turned into a rounded number by a spreadsheet."
                for i in rounded:
                    self._notes.add(lines[i], "scientific", message)
        wrong.update(self._note_formulas(lines, cells, texts))
        return [i for i in range(len(lines)) if i not in wrong] if wrong else range(len(lines))

    def _note_formulas(
        self, lines: Sequence[int], cells: Mapping[str, list[str]], texts: Mapping[str, str]
    ) -> Iterator[int]:
        """A name may begin so, and is kept as it stands; an id that does is none: the numbers of those rows."""
        for column, text in texts.items():
            if not any(start in text for start in _FORMULAS) or not _FORMULA_SOMEWHERE.search(text):
                continue
            severity = "error" if column in self._widths else "warning"
            message = f"A spreadsheet would take the cell in {_shown(column)} for a formula."
            for i, cell in enumerate(cells[column]):
                if _FORMULA.match(cell):
                    self._notes.add(lines[i], "formula", message, severity)
                    if severity == "error":
                        yield i


def _strip(cells: list[str]) -> tuple[list[str], str]:
    """The cells without surrounding white space, and all of them in one text, each between two line ends."""
    text = "\n".join(["", *cells, ""])
    if text.isascii() and not any(blank in text for blank in _BLANKS):
        return cells, text
    cells = list(map(str.strip, cells))
    return cells, "\n".join(["", *cells, ""])


def _header_is_sound(line: int, header: list[str], asked: _Asked, notes: Notes) -> bool:
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


def _shown(column: str) -> str:
    return repr(column)
