"""A OneRoster server's answers → the contact list. Everybody is read and looked at here, because servers differ in what
their filters can do with roles, and there is no endpoint for guardians."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

from ..errors import AccessDenied, NotFound, Problem, Rejected
from .linking import raise_errors
from .model import ContactList
from .oneroster import OwnRole, Person, Roster, is_role, make_contact_list
from .oneroster_server import OneRosterServer, Row
from .side_files import parse_date

T = TypeVar("T")

MOST_PROBLEMS = 1000
_STATES = {"active": True, "tobedeleted": False, "inactive": False}  # 1.1 servers still say "inactive", as 1.0 did


def load_oneroster_rest(server: OneRosterServer) -> ContactList:
    """Raises GatewayError where the server does not answer as it should, ContactListError with every problem of what it
    answers. An answer without anybody is refused: it is how a server fails, not "nobody"."""
    reading = _Reading(server.version)
    people: dict[str, Person] = {}
    gone: set[str] = set()
    for number, row in enumerate(server.list_rows("users"), 1):
        if reading.is_active("users", number, row):
            people[row["sourcedId"]] = reading.person(number, row)
        else:
            gone.add(row["sourcedId"])
    if not people:
        message = "The server answered well and named nobody: that is never taken for an empty school."
        reading.problems.append(Problem("users", 0, "no-rows", message))
    raise_errors(reading.problems)
    schools = dict(reading.optional(server, "orgs", lambda row: str(row.get("name") or "")))
    births = dict(reading.optional(server, "demographics", lambda row: _day(row, "birthDate")))
    roster = Roster(server.version, "users", people, gone, schools, births, whole=False)
    return make_contact_list(f"oneroster-rest-{server.version}", roster, reading.problems, reading.fingerprint(roster))


class _Reading:
    def __init__(self, version: str) -> None:
        self.version = version
        self.problems: list[Problem] = []

    def add(self, number: int, rule: str, message: str, name: str = "users") -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(name, number, rule, message))

    def is_active(self, name: str, number: int, row: Row) -> bool:
        state = _STATES.get(str(row.get("status")))
        if state is None:
            self.add(number, "status", "The status is neither active nor tobedeleted.", name)
        return bool(state)

    def optional(self, server: OneRosterServer, name: str, value: Callable[[Row], T]) -> Iterator[tuple[str, T]]:
        """What is only good to know: where the server does not let us read it, a warning says so."""
        try:
            for number, row in enumerate(server.list_rows(name), 1):
                if self.is_active(name, number, row):
                    yield row["sourcedId"], value(row)
        except (AccessDenied, NotFound, Rejected) as error:
            lost = "no student's age is known" if name == "demographics" else "schools are shown by their ids"
            message = f"{name} cannot be read (HTTP {error.status}): {lost}."
            self.problems.append(Problem(name, 0, "not-read", message, "warning"))

    def person(self, number: int, row: Row) -> Person:
        """Of a row only what screening needs is kept: no password, no metadata."""
        grades = self._texts(number, row, "grades")
        return Person(
            row["sourcedId"],
            self._text(number, row, "givenName"),
            self._text(number, row, "familyName"),
            self._text(number, row, "email"),
            self._text(number, row, "phone") or self._text(number, row, "sms"),
            self._text(number, row, "username"),
            self._is_enabled(number, row),
            self._roles_11(number, row) if self.version == "1.1" else self._roles_12(number, row),
            grades[0] if grades else "",
            self._references(number, row, "agents"),
            "users",
            number,
        )

    def _roles_11(self, number: int, row: Row) -> tuple[OwnRole, ...]:
        word = self._word(number, row)
        return tuple(OwnRole(word, org) for org in self._references(number, row, "orgs") or ("",))

    def _roles_12(self, number: int, row: Row) -> tuple[OwnRole, ...]:
        roles = row.get("roles")
        if not isinstance(roles, list) or not all(isinstance(role, dict) for role in roles):
            self.add(number, "value", "`roles` is not a list of roles.")
            return ()
        return tuple(self._role_12(number, role) for role in roles)

    def _role_12(self, number: int, role: Row) -> OwnRole:
        days = [_day(role, name) for name in ("beginDate", "endDate")]
        for name, day in zip(("beginDate", "endDate"), days, strict=True):
            if role.get(name) and day is None:
                self.add(number, "date", f"The date in {name!r} is not of the form 2027-03-01.")
        org = role.get("org")
        return OwnRole(self._word(number, role), _reference(org) if isinstance(org, dict) else "", *days)

    def _word(self, number: int, row: Row) -> str:
        word = row.get("role")
        if not isinstance(word, str) or not is_role(word, self.version):
            self.add(number, "unknown-role", f"The role is none of those of OneRoster {self.version}.")
            return ""
        return word

    def _is_enabled(self, number: int, row: Row) -> bool:
        """A Boolean; 1.1 servers write it as a word too."""
        value = row.get("enabledUser")
        if value not in (True, False, "true", "false"):
            self.add(number, "value", "`enabledUser` is neither true nor false.")
        return value in (True, "true")

    def _text(self, number: int, row: Row, name: str) -> str:
        value = row.get(name)
        if value is not None and not isinstance(value, str):
            self.add(number, "value", f"`{name}` is not a text.")
        text = value.strip() if isinstance(value, str) else ""
        if any(ord(sign) < 32 or 0x7F <= ord(sign) < 0xA0 or 0xD800 <= ord(sign) < 0xE000 for sign in text):
            self.add(number, "control-character", f"`{name}` holds a control character, which nobody can see or type.")
        return text

    def _texts(self, number: int, row: Row, name: str) -> tuple[str, ...]:
        values = row.get(name)
        if values is None:
            return ()
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            self.add(number, "value", f"`{name}` is not a list of texts.")
            return ()
        return tuple(values)

    def _references(self, number: int, row: Row, name: str) -> tuple[str, ...]:
        values = row.get(name)
        if values is None:
            return ()
        if not isinstance(values, list) or not all(isinstance(value, dict) and _reference(value) for value in values):
            self.add(number, "value", f"`{name}` is not a list of references with a sourcedId.")
            return ()
        return tuple(dict.fromkeys(_reference(value) for value in values))

    def fingerprint(self, roster: Roster) -> str:
        """SHA-256 over what was kept of the answers, in order of id."""
        digest = hashlib.sha256()
        for key in sorted(roster.people):
            person = roster.people[key]
            kept = [getattr(person, name) for name in Person.__slots__ if name not in ("file", "line", "roles")]
            roles = [[role.word, role.org, str(role.begins), str(role.ends)] for role in person.roles]
            digest.update(f"{json.dumps([kept, roles, str(roster.births.get(key))])}\n".encode())
        digest.update(json.dumps(sorted(roster.schools.items())).encode())
        return digest.hexdigest()


def _reference(value: Mapping[str, Any]) -> str:
    found = value.get("sourcedId")
    return found if isinstance(found, str) else ""


def _day(row: Row, name: str) -> date | None:
    value = row.get(name)
    return parse_date(value[:10]) if isinstance(value, str) else None
