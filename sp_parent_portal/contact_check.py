"""What would become of a contact list: every relationship of every student screened, with the school's own rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .contact_source import read_contact_list
from .contacts.model import ContactList, Screened
from .contacts.screening import AT_ONCE, Rules, Screening, counts
from .contacts.sources import Source
from .contacts.watched import Bar, no_bar
from .errors import ContactListError, Problem
from .school import load_side_files, make_rules
from .trips import Portal

if TYPE_CHECKING:
    from .microsoft365 import Gateway

UNREAD = ContactList("", {}, {}, ())


@dataclass(frozen=True, slots=True)
class ContactCheck:
    """`error` is set where the list, the exclusions or the flags cannot be read; `problems` holds every mistake and
    warning of all of them. `rules` are what was screened by."""

    contacts: ContactList
    rows: Collection[Screened]
    problems: tuple[Problem, ...]
    error: ContactListError | None = None
    rules: Rules = field(default_factory=Rules)

    def as_data(self, *, with_rows: bool) -> dict[str, Any]:
        found: dict[str, Any] = {
            "format": self.contacts.format,
            "students": len(self.contacts.students),
            "contacts": len(self.contacts.contacts),
            "relationships": len(self.contacts.relationships),
            "verdicts": counts(self.rows),
            "problems": [
                {"severity": p.severity, "file": p.file, "line": p.line, "rule": p.rule, "message": p.message}
                for p in self.problems
            ],
        }
        return {**found, "rows": [row_data(row) for row in self.rows]} if with_rows else found


def row_data(row: Screened) -> dict[str, str]:
    return {
        "student": row.student_id,
        "contact": row.contact_id,
        "email": row.email,
        "role": row.role.value,
        "role_of": "person" if row.role_is_persons_own else "relationship",
        "verdict": row.verdict.value,
        "rule": row.rule,
    }


def check_contacts(
    source: Source,
    portal: Portal | None,
    today: date,
    gateway: Gateway | None = None,
    base: Path | None = None,
    bar: Bar = no_bar,
) -> ContactCheck:
    """Without `portal` nobody knows the exclusions: whoever could be invited is to be reviewed. `gateway` is needed for
    `graph:` alone; `base` is the whole list where the source holds only changes; `bar` shows progress."""
    try:
        contacts = read_contact_list(source, gateway, base, bar)
    except ContactListError as error:
        return ContactCheck(UNREAD, (), error.problems, error)
    problems = list(contacts.problems)
    try:
        rules = load_rules(portal, contacts)
    except ContactListError as error:
        return ContactCheck(contacts, (), (*problems, *error.problems), error)
    for side in (rules.exclusions, rules.flags):
        problems += side.problems if side is not None else ()
    return ContactCheck(contacts, screen_all(contacts, rules, today, bar), tuple(problems), None, rules)


def screen_all(contacts: ContactList, rules: Rules, today: date, bar: Bar = no_bar) -> Screening:
    """Every relationship of every student."""
    with bar("screening, thousands of students", len(contacts.students) // AT_ONCE) as step:
        return Screening(contacts, contacts.students, rules, today, step)


def load_rules(portal: Portal | None, contacts: ContactList) -> Rules:
    """The school's own, without a trip's. Raises ContactListError."""
    if portal is None:
        return Rules()
    return make_rules(portal, *load_side_files(portal, contacts))
