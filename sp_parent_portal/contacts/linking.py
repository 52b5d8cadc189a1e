"""What every source does with its rows: ids that may occur once, and relationships that must lead somewhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, NamedTuple

from ..errors import ContactListError, Problem
from .phones import to_e164
from .reading import NO_ROWS, Row, Rows, Table
from .relationships import RANK, Relationship, Relationships, Role


class Claim(NamedTuple):
    """What one line of a relationship file says. `student_id` and `contact_id` are None where the reference leads
    nowhere; `role` is None for a word that the format does not have."""

    line: int
    student_id: str | None
    contact_id: str | None
    role: Role | None
    student_hint: str = ""
    contact_hint: str = ""


class RowIndex(Mapping[str, Row]):
    """The rows of a table by key. `ids` are the keys in order of their first rows, `numbers` says which is which."""

    def __init__(self, rows: Rows, keys: Iterable[str]) -> None:
        self.ids = list(keys)
        self.numbers = dict(zip(self.ids, count(), strict=False))
        self._rows = rows
        self._places: Sequence[int] = range(len(rows))
        if len(self.numbers) < len(self.ids):
            self._keep_first_places()

    def _keep_first_places(self) -> None:
        places: dict[str, int] = {}
        for place, key in enumerate(self.ids):
            places.setdefault(key, place)
        self.ids, self._places = list(places), list(places.values())
        self.numbers = {key: number for number, key in enumerate(self.ids)}

    def rows(self) -> Iterator[Row]:
        """In order of number."""
        all_kept = len(self._rows) == len(self.ids)
        return iter(self._rows) if all_kept else map(self.row, range(len(self.ids)))

    def pairs(self, column: str) -> Iterator[tuple[int, str]]:
        """Line and cell of each row, in order of number."""
        lines = self._rows.lines if len(self._rows) == len(self.ids) else [self._rows.lines[n] for n in self._places]
        return zip(lines, self.column(column), strict=True)

    def column(self, name: str) -> Iterator[str]:
        """The cells of the column, in order of number."""
        return self._rows.column(name) if len(self._rows) == len(self.ids) else (row[name] for row in self.rows())

    def select(self, *columns: str) -> Iterator[tuple[str, ...]]:
        """The cells of these columns, in order of number."""
        if len(self._rows) == len(self.ids):
            return self._rows.select(*columns)
        return (tuple(row[name] for name in columns) for row in self.rows())

    def selector(
        self, columns: Mapping[str, str], known: Mapping[str, Iterable[object]]
    ) -> Callable[[tuple[str, ...]], Iterator[tuple[Any, ...]]]:
        """What gives attributes by their names, in order of number: `columns` says where they stand in the file,
        `known` holds those that do not."""

        def select(attributes: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
            if known.keys().isdisjoint(attributes):
                return self.select(*(columns[name] for name in attributes))
            values = [known[name] if name in known else self.column(columns[name]) for name in attributes]
            return zip(*values, strict=False)

        return select

    def row(self, number: int) -> Row:
        return self._rows[self._places[number]]

    def picker(self, *columns: str) -> Callable[[int], tuple[str, ...]]:
        """What gives the cells of these columns by number."""
        pick, places = self._rows.picker(*columns), self._places
        return lambda number: pick(places[number])

    def own(self, key: str) -> str | None:
        """The key as it is kept here: equal ids are then one string, however often they occur."""
        number = self.numbers.get(key)
        return None if number is None else self.ids[number]

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __contains__(self, key: object) -> bool:
        return key in self.numbers

    def __getitem__(self, key: str) -> Row:
        return self.row(self.numbers[key])


def index_rows(table: Table, column: str, what: str, key: Callable[[str], str] = str) -> tuple[RowIndex, list[Problem]]:
    """Rows by what `key` makes of the cells of a column; one that occurs again is an error at its later line."""

    def keys() -> Iterator[str]:
        return map(key, table.rows.column(column))

    index = RowIndex(table.rows, keys())
    if len(index) == len(table.rows):
        return index, []
    lines = ((line, index[each].line) for each, line in zip(keys(), table.rows.lines, strict=True))
    return index, [repeated(table.file, line, what, first) for line, first in lines if line != first]


def repeated(file: str, line: int, what: str, first: int) -> Problem:
    message = f"The {what} is already that of line {first}; it must belong to one person only."
    return Problem(file, line, "duplicate-id", message)


def link(file: str, claims: Iterable[Claim]) -> tuple[Relationships, list[Problem]]:
    """The relationships, one for each student and contact, and what is wrong with the lines that say so.

    Where a pair occurs again it counts once, with a warning; where the roles differ, with the one that stands first in
    `Role`, so that the order of lines does not matter.
    """
    found = Relationships()
    problems = []
    for claim in claims:
        line, student_id, contact_id, role, _, _ = claim
        if student_id is None or contact_id is None or role is None:
            problems += _errors(file, claim)
        else:
            found.add(student_id, contact_id, role, file, line)
    found, repeated = without_repeats(file, found)
    return found, problems + repeated


def without_repeats(file: str, found: Relationships) -> tuple[Relationships, list[Problem]]:
    """As `link`, of rows that all lead somewhere."""
    problems = []
    kept: dict[int, Relationship | None] = {}
    for numbers in found.repeated():
        before = found[numbers[0]]
        for number in numbers[1:]:
            said = found[number]
            same = "" if before.role is said.role else f" as {before.role.value}"
            message = f"Line {before.line} relates the same two{same}; they count once."
            problems.append(Problem(file, said.line, "duplicate-relationship", message, "warning"))
            before = said if RANK[said.role] < RANK[before.role] else before
        kept |= dict.fromkeys(numbers) | {numbers[0]: before}
    if kept:
        rows = (kept.get(number, row) for number, row in enumerate(found))
        found = Relationships(row for row in rows if row is not None)
    return found, problems


def _errors(file: str, claim: Claim) -> list[Problem]:
    found = []
    if claim.student_id is None:
        message = f"No student has this id.{claim.student_hint}"
        found.append(Problem(file, claim.line, "unknown-student", message))
    if claim.contact_id is None:
        message = f"No contact is known by this.{claim.contact_hint}"
        found.append(Problem(file, claim.line, "unknown-contact", message))
    if claim.role is None:
        found.append(Problem(file, claim.line, "unknown-role", "The role is none of those that the format has."))
    return found


def hint_of_lost_zeros(wanted: str, known: Mapping[str, object]) -> str:
    """An id that is only missing because a spreadsheet took its leading zeros."""
    if wanted.isdecimal() and any("0" * zeros + wanted in known for zeros in range(1, 9)):
        return " There is one with leading zeros: did a spreadsheet remove them?"
    return ""


def without_rows(table: Table) -> Table:
    """What is still needed of a table once its rows have been used: the rest of it is most of its memory."""
    return replace(table, rows=NO_ROWS)


def check_phones(file: str, phones: Iterable[tuple[int, str]]) -> list[Problem]:
    """One warning for the whole file: telephone numbers are never dialled here, but School Data Sync wants E.164.
    `phones` are lines and what stands there."""
    lines = [line for line, phone in phones if phone and to_e164(phone) != phone]
    if not lines:
        return []
    message = f"{len(lines)} telephone numbers are not in E.164 form (such as +441632960001)."
    return [Problem(file, min(lines), "phone", message, "warning")]


def check_not_empty(table: Table, what: str, found: Collection[object]) -> list[Problem]:
    """A header without rows is how an export fails: it must never be taken for "nobody"."""
    if found or table.broken:
        return []
    return [Problem(table.file, 0, "no-rows", f"The file names no {what}: the export seems to have failed.")]


def raise_errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The warnings; ContactListError with everything where there is an error."""
    found = tuple(sorted(set(problems)))
    errors = sum(problem.severity == "error" for problem in found)
    if errors:
        counted = "an error" if errors == 1 else f"{errors} errors"
        message = f"The contact list cannot be used: {counted} in its files. Nothing was changed."
        raise ContactListError(message, "Correct the export in the student information system, not by hand.", found)
    return found
