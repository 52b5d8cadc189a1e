"""flags.csv: what the school knows about relationships and no roster format carries.

Columns `student_id` and `contact_id`, and any of `lives_with`, `court_order`, `corporate_parent` (true, false or
blank), `bounced_on`, `ended_on`, `birth_date` (YYYY-MM-DD). A blank `contact_id` means every contact of the student, a
blank `student_id` every child of the contact. The reason of a court order has no column and is never repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from ..errors import Problem
from .model import ContactList
from .reading import Row, read_table
from .side_files import Notes

_YES_NO = ("lives_with", "court_order", "corporate_parent")
_DATES = ("bounced_on", "ended_on", "birth_date")


@dataclass(frozen=True, slots=True)
class Flag:
    """One row; `lives_with` is checked when it is read and not kept, as nothing depends on it."""

    student_id: str
    contact_id: str
    court_order: bool = False
    corporate_parent: bool = False
    bounced_on: date | None = None
    ended_on: date | None = None
    birth_date: date | None = None


@dataclass(frozen=True)
class Flags:
    """`problems` are warnings; `fingerprint` is the SHA-256 of the file's bytes."""

    rows: tuple[Flag, ...] = ()
    problems: tuple[Problem, ...] = ()
    fingerprint: str = ""

    def of(self, student_id: str, contact_id: str) -> tuple[Flag, ...]:
        """Every row that speaks of this contact of this student."""
        if contact_id not in self._contact_ids and student_id not in self._student_ids:
            return ()
        wanted = {(student_id, contact_id), (student_id, ""), ("", contact_id)}
        return tuple(flag for key in sorted(wanted) for flag in self._by_pair.get(key, ()))

    @cached_property
    def bounced(self) -> frozenset[str]:
        """Ids of the contacts whose address has bounced, for whichever child it was noticed."""
        return frozenset(flag.contact_id for flag in self.rows if flag.bounced_on)

    @cached_property
    def birth_dates(self) -> Mapping[str, date]:
        """Student id → the earliest birth date that is given for them."""
        rows = sorted((flag.birth_date, flag.student_id) for flag in self.rows if flag.birth_date)
        return {student_id: birth_date for birth_date, student_id in reversed(rows)}

    @cached_property
    def _contact_ids(self) -> frozenset[str]:
        return frozenset(flag.contact_id for flag in self.rows if flag.contact_id)

    @cached_property
    def _student_ids(self) -> frozenset[str]:
        return frozenset(flag.student_id for flag in self.rows if flag.student_id)

    @cached_property
    def _by_pair(self) -> Mapping[tuple[str, str], tuple[Flag, ...]]:
        found: dict[tuple[str, str], tuple[Flag, ...]] = {}
        for flag in self.rows:
            key = (flag.student_id, flag.contact_id)
            found[key] = (*found.get(key, ()), flag)
        return found


def load_flags(path: Path, contacts: ContactList | None) -> Flags:
    """Raises ContactListError with every problem: an unknown id, a missing or unknown column, a wrong kind of cell.
    `contacts` None is for a list that cannot be trusted: then ids are not looked up."""
    ids = ("student_id", "contact_id")
    table = read_table(path, ids, (*_YES_NO, *_DATES), ids=ids, other_columns=False)
    notes = Notes(table.file, contacts)
    rows = tuple(_read_row(row, notes) for row in table.rows)
    return Flags(rows, notes.raise_errors(table), table.sha256)


def _read_row(row: Row, notes: Notes) -> Flag:
    notes.check_ids(row)
    if not row["student_id"] and not row["contact_id"]:
        notes.add(row.line, "blank", "One of 'student_id' and 'contact_id' must be filled.")
    if row["bounced_on"] and not row["contact_id"]:
        notes.add(row.line, "blank", "'bounced_on' is about an address and needs 'contact_id'.")
    if row["birth_date"] and not row["student_id"]:
        notes.add(row.line, "blank", "'birth_date' is the student's and needs 'student_id'.")
    _, court_order, corporate_parent = (notes.read_yes_no(row, column) for column in _YES_NO)
    bounced_on, ended_on, birth_date = (notes.read_date(row, column) for column in _DATES)
    return Flag(row["student_id"], row["contact_id"], court_order, corporate_parent, bounced_on, ended_on, birth_date)
