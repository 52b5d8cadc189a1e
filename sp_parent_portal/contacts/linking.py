"""What every source does with its rows: ids that may occur once, and relationships that must lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from ..errors import ContactListError, Problem
from .model import Contact, Relationship, Role
from .reading import Row, Table

_E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class Claim:
    """What one line of a relationship file says. `student_id` and `contact_id` are None where the reference leads
    nowhere; `role` is None for a word that the format does not have."""

    line: int
    student_id: str | None
    contact_id: str | None
    role: Role | None
    student_hint: str = ""
    contact_hint: str = ""


def index_rows(table: Table, key: Callable[[Row], str], what: str) -> tuple[dict[str, Row], list[Problem]]:
    """Rows by key; a key that occurs again is an error at its later line."""
    rows: dict[str, Row] = {}
    problems = []
    for row in table.rows:
        first = rows.setdefault(key(row), row)
        if first is not row:
            message = f"The {what} is already that of line {first.line}; it must belong to one person only."
            problems.append(Problem(table.file, row.line, "duplicate-id", message))
    return rows, problems


def link(file: str, claims: Iterable[Claim]) -> tuple[tuple[Relationship, ...], list[Problem]]:
    """The relationships, one for each student and contact, and what is wrong with the lines that say so.

    Where a pair occurs again it counts once, with a warning; where the roles differ, with the one that stands first in
    `Role`, so that the order of lines does not matter.
    """
    kept: dict[tuple[str, str], Relationship] = {}
    problems = []
    for claim in claims:
        wrong = _errors(file, claim)
        problems += wrong
        if claim.student_id is None or claim.contact_id is None or claim.role is None:
            continue
        key = (claim.student_id, claim.contact_id)
        said = Relationship(*key, claim.role, file, claim.line)
        before = kept.get(key)
        if before is not None:
            same = "" if before.role is said.role else f" as {before.role.value}"
            message = f"Line {before.line} relates the same two{same}; they count once."
            problems.append(Problem(file, claim.line, "duplicate-relationship", message, "warning"))
        if before is None or _RANK[said.role] < _RANK[before.role]:
            kept[key] = said
    return tuple(kept.values()), problems


_RANK = {role: rank for rank, role in enumerate(Role)}


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


def check_phones(file: str, contacts: Iterable[tuple[int, Contact]]) -> list[Problem]:
    """One warning for the whole file: telephone numbers are never dialled here, but School Data Sync wants E.164."""
    lines = [line for line, contact in contacts if contact.phone and not _E164.fullmatch(contact.phone)]
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
        message = f"The contact list cannot be used: {errors} errors in its files. Nothing was changed."
        raise ContactListError(message, "Correct the export in the student information system, not by hand.", found)
    return found
