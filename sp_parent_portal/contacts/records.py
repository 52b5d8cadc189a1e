"""The bytes of a CSV file as records with their lines: block by block where nothing is to be said about a block, and
line by line, with every mistake noted, where something is. A property test holds both ways equal."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import IO

from ..errors import Problem

MAX_LINE_BYTES = 64 * 1024
MAX_PROBLEMS = 1000  # a file; the rest is counted
_BLOCK_BYTES = 256 * 1024

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# A tab is left out: it is met at the edge of cells, where white space is removed anyway.
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_CONTROL_BYTES = bytes([*range(9), 11, 12, *range(14, 32), 127])


@dataclass(frozen=True, slots=True)
class Grid:
    """Records of one and the same width, at least two cells: the cells of one record after those of the other."""

    cells: list[str]
    width: int

    def __len__(self) -> int:
        return len(self.cells) // self.width

    def __iter__(self) -> Iterator[list[str]]:
        return (self.cells[start : start + self.width] for start in range(0, len(self.cells), self.width))

    def column(self, place: int) -> list[str]:
        return self.cells[place :: self.width]


Records = Grid | list[list[str]]
Batch = tuple[Sequence[int], Records]
"""Lines, and the records that start on them."""


@dataclass(slots=True)
class Notes:
    """What is noticed while one file is read. `sha256` is that of its bytes, once all of them have been read."""

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


class Stop(Exception):
    """The rest of the file cannot be read."""

    def __init__(self, line: int, rule: str, message: str) -> None:
        super().__init__(rule)
        self.line, self.rule, self.message = line, rule, message


def record_batches(file: IO[bytes], most_bytes: int, notes: Notes) -> Iterator[Batch]:
    """Every record that is one physical line, blank lines passed over; no batch is empty. Raises Stop, also for a file
    of more than `most_bytes`."""
    lines = _Lines(_blocks(file, notes), most_bytes, notes)
    while block := lines.take_block():
        # The first line may hold a byte-order mark, or tell that the whole file is in another encoding.
        fits = lines.line and lines.size + len(block) <= most_bytes
        records = read_quickly(block) if fits else None
        if records is None:
            yield from _read_carefully(lines, block)
        else:
            numbers = range(lines.line + 1, lines.line + len(records) + 1)
            lines.line += len(records)
            lines.size += len(block)
            yield from _without_blanks(numbers, records)


def _without_blanks(numbers: Sequence[int], records: Records) -> Iterator[Batch]:
    if isinstance(records, list) and records and min(map(len, records)) < 2:
        kept = [i for i, record in enumerate(records) if len(record) > 1 or any(map(str.strip, record))]
        numbers, records = [numbers[i] for i in kept], [records[i] for i in kept]
    if records:
        yield numbers, records


def _blocks(file: IO[bytes], notes: Notes) -> Iterator[bytes]:
    """The first line by itself, then as many whole lines as fit a block, or a piece that is too long for a line."""
    digest = hashlib.sha256()
    rest = file.readline(MAX_LINE_BYTES + 1)
    if rest:
        digest.update(rest)
        yield rest
    rest = b""
    while more := file.read(_BLOCK_BYTES):
        digest.update(more)
        rest += more
        end = rest.rfind(b"\n") + 1 or (len(rest) if len(rest) > MAX_LINE_BYTES else 0)
        if end:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest
    notes.sha256 = digest.hexdigest()


def read_quickly(block: bytes) -> Records | None:
    """The record of each line; None where anything is to be said about the block, or where records are longer than a
    line: then it is for the careful way to say what."""
    if len(block.translate(None, _CONTROL_BYTES)) != len(block):
        return None
    if b"\r" in block:
        if block.count(b"\r") != block.count(b"\r\n"):
            return None
        block = block.replace(b"\r\n", b"\n")
    try:
        text = block.decode()
    except UnicodeDecodeError:
        return None
    if not text.isascii() and _CONTROL.search(text):
        return None
    lines = text.removesuffix("\n").split("\n")
    if max(map(len, lines)) > MAX_LINE_BYTES // 5:  # no letter takes more than four bytes
        return None
    if '"' not in text:
        commas = set(map(str.count, lines, repeat(",")))
        if len(commas) == 1 and 0 not in commas:
            return Grid(text.removesuffix("\n").replace("\n", ",").split(","), commas.pop() + 1)
    try:
        records = list(csv.reader(lines, strict=True))
    except csv.Error:
        return None
    return records if len(records) == len(lines) else None


class _Lines:
    """The lines of the blocks one by one, decoded, with what is wrong with each noted. csv.reader takes from it as many
    as it needs for a record. `line` is the number of the last one given, `size` the bytes up to its end."""

    def __init__(self, blocks: Iterator[bytes], most_bytes: int, notes: Notes) -> None:
        self._blocks = blocks
        self._most_bytes = most_bytes
        self.notes = notes
        self._waiting: deque[bytes] = deque()
        self.line = self.size = 0

    def take_block(self) -> bytes:
        """The next block, b"" at the end of the file."""
        return next(self._blocks, b"")

    def give_back(self, block: bytes) -> None:
        self._waiting.extend(_split(block))

    @property
    def has_more(self) -> bool:
        """Whether lines are left of what was given back."""
        return bool(self._waiting)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if not self._waiting:
            self.give_back(next(self._blocks))
        raw = self._waiting.popleft()
        self.line += 1
        self.size += len(raw)
        if self.line == 1 and raw.startswith(_UTF16):
            raise Stop(1, "encoding", "The file is UTF-16. Save it as CSV UTF-8; no other encoding is guessed.")
        if len(raw) > MAX_LINE_BYTES:
            message = f"The line is longer than {MAX_LINE_BYTES} bytes; the rest was not read."
            raise Stop(self.line, "too-long", message)
        if self.size > self._most_bytes:
            message = f"The file is larger than {self._most_bytes} bytes; the rest was not read."
            raise Stop(self.line, "too-large", message)
        if b"\0" in raw:
            raise Stop(self.line, "nul", "The line holds a NUL byte: the file is damaged, or is not CSV in UTF-8.")
        return self._decode(raw)

    def _decode(self, raw: bytes) -> str:
        try:
            text = raw.decode("utf-8-sig" if self.line == 1 else "utf-8")
        except UnicodeDecodeError:
            self.notes.undecodable.append(self.line)
            text = raw.decode("utf-8", errors="replace")
        text = text.rstrip("\r\n")
        if "\r" in text:
            message = "The line holds a lone carriage return. Lines must end with LF or CR LF."
            self.notes.add(self.line, "line-break", message)
            text = text.replace("\r", " ")
        if _CONTROL.search(text):
            message = "The line holds a control character, which nobody can see or type."
            self.notes.add(self.line, "control-character", message)
        return text + "\n"


def _split(block: bytes) -> list[bytes]:
    """The lines with their ends; only LF ends a line."""
    lines = [line + b"\n" for line in block.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _read_carefully(lines: _Lines, block: bytes) -> Iterator[Batch]:
    """What was read of the block before a Stop is given before it is raised."""
    lines.give_back(block)
    numbers: list[int] = []
    records: list[list[str]] = []
    stopped: Stop | None = None
    reader = csv.reader(lines, strict=True)
    while lines.has_more and stopped is None:
        line = lines.line + 1
        try:
            record = next(reader)
        except Stop as stop:
            stopped = stop
        except csv.Error as error:
            # After an error the reader starts afresh with the next line.
            _note_quoting(lines.notes, line, str(error))
        else:
            if lines.line > line:
                lines.notes.add(line, "line-break", "A cell holds a line break, which School Data Sync refuses.")
            else:
                numbers.append(line)
                records.append(record)
    yield from _without_blanks(numbers, records)
    if stopped is not None:
        raise stopped


def _note_quoting(notes: Notes, line: int, error: str) -> None:
    if "field limit" in error:
        notes.add(line, "too-long", "A cell is longer than 131072 characters, or its quote is never closed.")
    else:
        notes.add(line, "quoting", f"The quotes cannot be read ({error}).")
