"""exclusions.csv: what the school decided about single contacts, which no roster format carries.

Columns: `student_id` (blank: all their children), `contact_id` or `email` (at least one), `decision` (block, review,
allow), `valid_until` (optional, YYYY-MM-DD, the last day on which the row holds) and `ref` (optional: the school's own
file reference; never the reason). Where several rows cover one relationship the strictest wins: block, then review,
then allow. `allow` lifts what screening would have a person look at, and a court-order flag; it never makes an address
usable that is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property
from pathlib import Path

from ..errors import Problem
from .addresses import normalise_email
from .model import ContactList
from .reading import Row, read_table
from .side_files import Notes


class Decision(Enum):
    BLOCK = "block"
    REVIEW = "review"
    ALLOW = "allow"


_STRICTEST_FIRST = (Decision.BLOCK, Decision.REVIEW, Decision.ALLOW)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One row. A blank `student_id` is every child; `email` is normalised; `valid_until` is the last day it holds."""

    student_id: str
    contact_id: str
    email: str
    decision: Decision
    valid_until: date | None = None
    ref: str = ""

    @property
    def keeps_out(self) -> bool:
        return self.decision is not Decision.ALLOW

    def holds_on(self, today: date) -> bool:
        return self.valid_until is None or today <= self.valid_until

    def covers(self, student_id: str, contact_id: str, email: str) -> bool:
        """Either of contact and address is enough to keep somebody out; both must fit to let somebody in."""
        if self.student_id and self.student_id != student_id:
            return False
        fits = [self.contact_id == contact_id] if self.contact_id else []
        fits += [self.email == email] if self.email else []
        return all(fits) if self.decision is Decision.ALLOW else any(fits)


@dataclass(frozen=True)
class Exclusions:
    """`school_wide` is False for what a trip alone excludes, which is no substitute for the school's file. `problems`
    are warnings; `fingerprint` is the SHA-256 of the file's bytes (of both fingerprints once merged)."""

    entries: tuple[Exclusion, ...] = ()
    problems: tuple[Problem, ...] = ()
    fingerprint: str = ""
    school_wide: bool = True

    def decision(self, student_id: str, contact_id: str, email: str, today: date) -> Decision | None:
        """What was decided about this contact of this student, or None. `email` need not be normalised."""
        return self.decide(student_id, contact_id, normalise_email(email) or "", today)

    def decide(self, student_id: str, contact_id: str, address: str, today: date) -> Decision | None:
        """As `decision`, for an address that is normalised already ("" where there is none)."""
        about = (*self._by_contact.get(contact_id, ()), *self._by_email.get(address, ()))
        if not about:
            return None
        found = {
            entry.decision for entry in about if entry.holds_on(today) and entry.covers(student_id, contact_id, address)
        }
        return next((decision for decision in _STRICTEST_FIRST if decision in found), None)

    def blocks_on(self, today: date) -> tuple[Exclusion, ...]:
        return tuple(entry for entry in self.entries if entry.decision is Decision.BLOCK and entry.holds_on(today))

    def kept_out(self, students: Iterable[str], email_of: Mapping[str, str], today: date) -> frozenset[str]:
        """Normalised addresses that a row keeps out of what the students share: those it names, and those of the
        contacts it names, by contact id in `email_of`; whether or not the contact list relates them to anybody."""
        covered = {"", *students}
        rows = [row for row in self.entries if row.keeps_out and row.holds_on(today) and row.student_id in covered]
        return frozenset({row.email for row in rows} | {email_of.get(row.contact_id, "") for row in rows}) - {""}

    @cached_property
    def _by_contact(self) -> Mapping[str, tuple[Exclusion, ...]]:
        found: dict[str, tuple[Exclusion, ...]] = {}
        for entry in self.entries:
            if entry.contact_id:
                found[entry.contact_id] = (*found.get(entry.contact_id, ()), entry)
        return found

    @cached_property
    def _by_email(self) -> Mapping[str, tuple[Exclusion, ...]]:
        found: dict[str, tuple[Exclusion, ...]] = {}
        for entry in self.entries:
            if entry.email:
                found[entry.email] = (*found.get(entry.email, ()), entry)
        return found


def load_exclusions(path: Path, contacts: ContactList | None, *, school_wide: bool = True) -> Exclusions:
    """Reads exclusions.csv: the school's, or with `school_wide=False` a trip's own, which may only block and review.

    Raises ContactListError with every problem: an unknown student or contact, a missing or unknown column, a row that
    cannot be read. An address that the contact list does not know is kept with a warning: somebody who must never be
    invited may be in no list. `contacts` None is for a list that cannot be trusted: then ids are not looked up.
    """
    ids = ("student_id", "contact_id")
    optional = ("contact_id", "email", "valid_until", "ref")
    table = read_table(path, ("student_id", "decision"), optional, filled=("decision",), ids=ids, other_columns=False)
    notes = Notes(table.file, contacts)
    if table.columns and not table.columns & {"contact_id", "email"}:
        notes.add(1, "missing-column", "A column 'contact_id' or 'email' is missing.")
        notes.raise_errors(table)
    entries = tuple(_read_row(row, notes, may_allow=school_wide) for row in table.rows)
    if not entries and not table.broken:
        notes.add(0, "no-rows", "The file excludes nobody. Is that so, or did an export come out empty?", "warning")
    return Exclusions(entries, notes.raise_errors(table), table.sha256, school_wide)


def merge(school: Exclusions | None, trip: Exclusions | None) -> Exclusions | None:
    """The school's exclusions with a trip's added: as the strictest row wins, a trip can never lift one.

    ValueError where the trip's rows allow somebody. Without the school's, the trip's alone stay `school_wide=False`.
    """
    if trip is None:
        return school
    if any(entry.decision is Decision.ALLOW for entry in trip.entries):
        raise ValueError("a trip may only add block and review")
    if school is None:
        return trip
    digest = hashlib.sha256(f"{school.fingerprint}\n{trip.fingerprint}".encode()).hexdigest()
    return Exclusions(school.entries + trip.entries, school.problems + trip.problems, digest, school.school_wide)


def _read_row(row: Row, notes: Notes, *, may_allow: bool) -> Exclusion:
    notes.check_ids(row)
    email = normalise_email(row["email"]) if row["email"] else ""
    if email is None:
        notes.add(row.line, "malformed", "What stands in 'email' is not one e-mail address.")
    elif not email and not row["contact_id"]:
        notes.add(row.line, "blank", "One of 'contact_id' and 'email' must be filled.")
    elif email:
        notes.check_email(row, email)
    decision = next((known for known in Decision if known.value == row["decision"].casefold()), None)
    if decision is None:
        notes.add(row.line, "decision", "The decision must be block, review or allow.")
    elif decision is Decision.ALLOW and not may_allow:
        notes.add(row.line, "allow", "A trip may only add block and review: what the school excludes stays excluded.")
    valid_until = notes.read_date(row, "valid_until")
    decided = decision or Decision.BLOCK  # a row with an error never leaves load_exclusions
    return Exclusion(row["student_id"], row["contact_id"], email or "", decided, valid_until, row["ref"])
