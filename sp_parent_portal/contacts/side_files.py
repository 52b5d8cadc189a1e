"""What exclusions.csv and flags.csv have in common: cells that are ids, dates or yes and no, and how they fail."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal

from ..errors import ContactListError, Problem
from .model import ContactList
from .reading import Row, Table

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": False}


@dataclass(frozen=True, slots=True)
class Notes:
    """The problems of one side file, and the contact list that its ids are looked up in; None where no list can be
    believed: then ids are not looked up, for what the file excludes must stay excluded. No message repeats what stands
    in a cell other than an id: a court order's reason may stand where it should not."""

    file: str
    contacts: ContactList | None
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int, rule: str, message: str, severity: Literal["error", "warning"] = "error") -> None:
        self.problems.append(Problem(self.file, line, rule, message, severity))

    def check_ids(self, row: Row) -> None:
        """Unknown ids are errors; two known ones that the contact list does not relate are a warning."""
        if self.contacts is None:
            return
        student_id, contact_id = row["student_id"], row["contact_id"]
        known_student = not student_id or student_id in self.contacts.students
        known_contact = not contact_id or contact_id in self.contacts.contacts
        if not known_student:
            self.add(row.line, "unknown-student", "No student has this id.")
        if not known_contact:
            self.add(row.line, "unknown-contact", "No contact has this id.")
        if not (student_id and contact_id and known_student and known_contact):
            return
        if all(related.contact_id != contact_id for related in self.contacts.of_student.get(student_id, ())):
            message = "The contact list does not relate this contact to this student; the row is kept all the same."
            self.add(row.line, "not-related", message, "warning")

    def check_email(self, row: Row, email: str) -> None:
        """An unknown address stays, with a warning: somebody who must never be invited may be in no list."""
        if self.contacts is not None and email not in self.contacts.holders:
            message = "No contact has this address; the row is kept all the same."
            self.add(row.line, "unknown-email", message, "warning")

    def read_date(self, row: Row, column: str) -> date | None:
        """None where the cell is blank or wrong; what is wrong has then been noted."""
        found = parse_date(row[column]) if row[column] else None
        if row[column] and found is None:
            self.add(row.line, "date", f"What stands in {column!r} is not a date like 2027-05-31.")
        return found

    def read_yes_no(self, row: Row, column: str) -> bool:
        answer = _YES_NO.get(row[column].casefold())
        if answer is None:
            self.add(row.line, "yes-no", f"What stands in {column!r} must be true, false or blank.")
        return bool(answer)

    def raise_errors(self, table: Table) -> tuple[Problem, ...]:
        """The warnings of the table and of its rows; ContactListError with everything where there is an error."""
        problems = tuple(sorted({*table.problems, *self.problems}))
        if any(problem.severity == "error" for problem in problems):
            message = f"{self.file} cannot be used, so nobody was screened."
            raise ContactListError(message, "Correct the rows that are named.", problems)
        return problems


@lru_cache(maxsize=40_000)  # a hundred years: equal dates are one object
def parse_date(text: str) -> date | None:
    """A date in the one form that everybody reads the same way, YYYY-MM-DD; None for anything else."""
    if not _ISO_DATE.fullmatch(text) or not text.isascii():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
