"""School Data Sync V2.1 CSV (Microsoft Learn "sds-v2.1-csv-file-format" and "default-list-of-values", read 2026-11).

users.csv holds everybody; roles.csv says who is a student; relationships.csv links student and contact by `sourcedId`.
A contact needs no row in roles.csv: in Microsoft's own sample they have none (OfficeDev/O365-EDU-Tools @ a7cb5861).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..errors import Problem
from .folder import Folder, fingerprint
from .linking import Claim, check_not_empty, check_phones, hint_of_lost_zeros, index_rows, link, raise_errors
from .model import Contact, ContactList, Role, Student
from .reading import Row, Table
from .side_files import parse_date

_ROLES = {role.value: role for role in Role}
_ONLY_IN_V1 = (Role.CHILD, Role.ADMINISTRATOR)
_LINK = ("userSourcedId", "relationshipUserSourcedId", "relationshipRole")


@dataclass(frozen=True, slots=True)
class _Files:
    users: Table
    roles: Table
    relationships: Table
    orgs: Table
    demographics: Table

    @property
    def all(self) -> tuple[Table, ...]:
        return self.users, self.roles, self.relationships, self.orgs, self.demographics


def load_sds_v2(folder: Folder) -> ContactList:
    """Raises ContactListError with every problem of every file."""
    files = _read(folder)
    people, problems = index_rows(files.users, lambda row: row["sourcedId"], "id")
    problems += [problem for table in files.all for problem in table.problems]
    problems += _unknown_users(files, people)
    students = _students(files, people)
    relationships, wrong = link(files.relationships.file, _claims(files, people, students))
    contacts = _contacts(files, people)
    problems += wrong + _foreign_roles(files.relationships)
    problems += check_not_empty(files.roles, "students", [row for row in files.roles.rows if _is_student(row)])
    problems += check_not_empty(files.relationships, "relationships", files.relationships.rows)
    problems += check_phones(files.users.file, [(people[key].line, contact) for key, contact in contacts.items()])
    warnings = raise_errors(problems)
    read = [table for table in files.all if table.sha256]
    return ContactList("sds-v2.1", students, contacts, relationships, warnings, fingerprint(read))


def _read(folder: Folder) -> _Files:
    """What is needed from each file and nothing else: passwords and the like are never kept."""
    return _Files(
        folder.read(
            "users.csv",
            ("sourcedId", "username", "givenName", "familyName", "email"),
            ("phone",),
            filled=("sourcedId",),
            ids=("sourcedId",),
        ),
        folder.read(
            "roles.csv",
            ("userSourcedId", "orgSourcedId", "role"),
            ("grade",),
            filled=("userSourcedId", "role"),
            ids=("userSourcedId",),
        ),
        folder.read("relationships.csv", _LINK, filled=_LINK, ids=_LINK[:2]),
        folder.read_if_there("orgs.csv", ("sourcedId", "name")),
        folder.read_if_there("demographics.csv", ("userSourcedId",), ("birthDate",)),
    )


def _students(files: _Files, people: Mapping[str, Row]) -> dict[str, Student]:
    """Whoever has the role of student anywhere; of several schools the one with the lowest id is named."""
    births = {row["userSourcedId"]: parse_date(row["birthDate"]) for row in files.demographics.rows}
    schools = {row["sourcedId"]: row["name"] for row in files.orgs.rows}
    students: dict[str, Student] = {}
    for role in sorted(files.roles.rows, key=lambda row: (row["orgSourcedId"], row["grade"])):
        key = role["userSourcedId"]
        person = people.get(key)
        if person is None or key in students or not _is_student(role):
            continue
        school = schools.get(role["orgSourcedId"], role["orgSourcedId"])
        names = person["givenName"], person["familyName"]
        students[key] = Student(
            key, *names, school, role["grade"], person["email"], person["username"], births.get(key)
        )
    return students


def _is_student(role: Row) -> bool:
    return role["role"].casefold() == "student"


def _contacts(files: _Files, people: Mapping[str, Row]) -> dict[str, Contact]:
    """Whoever is related to a student, staff among them, and whoever has no role: a contact who was related once."""
    related = {row["relationshipUserSourcedId"] for row in files.relationships.rows}
    with_a_role = {row["userSourcedId"] for row in files.roles.rows}
    return {
        key: Contact(key, row["givenName"], row["familyName"], row["email"], row["phone"])
        for key, row in people.items()
        if key in related or key not in with_a_role
    }


def _claims(files: _Files, people: Mapping[str, Row], students: Mapping[str, Student]) -> Iterator[Claim]:
    """Where users.csv is broken nothing is said about references to it; where roles.csv is, not who is a student."""
    known: Mapping[str, object] = people if files.roles.broken else students
    for row in files.relationships.rows:
        student, contact, role = (row[column] for column in _LINK)
        hint = " It is in users.csv, but not as a student in roles.csv." if student in people else ""
        yield Claim(
            row.line,
            student if student in known or files.users.broken else None,
            contact if contact in people or files.users.broken else None,
            _ROLES.get(role.casefold()),
            hint or hint_of_lost_zeros(student, people),
            hint_of_lost_zeros(contact, people),
        )


def _unknown_users(files: _Files, people: Mapping[str, Row]) -> list[Problem]:
    if files.users.broken:
        return []
    strangers = [row for row in files.roles.rows if row["userSourcedId"] not in people]
    message = "The id in 'userSourcedId' is not in users.csv: it may be cut short."
    return [Problem(files.roles.file, row.line, "unknown-user", message) for row in strangers]


def _foreign_roles(relationships: Table) -> list[Problem]:
    """`child` and `administrator` are words of V1 only. By default nobody is invited by them, so they may stay."""
    found = [row for row in relationships.rows if _ROLES.get(row[_LINK[2]].casefold()) in _ONLY_IN_V1]
    message = "School Data Sync has this role in its V1 format only."
    return [Problem(relationships.file, row.line, "foreign-role", message, "warning") for row in found]
