"""School Data Sync V1 CSV with parent contacts, and its UK variant (Microsoft Learn "parent-contact-sync-file-format"
and "sds-v1-csv-file-format", read 2026-11; headers from OfficeDev/O365-EDU-Tools @ a7cb5861, "CSV Samples").

User.csv holds the contacts and Guardianrelationship.csv links them to students *by e-mail address*: that is the key, so
an address may occur once only. `SIS ID` means the contact in User.csv and the student in Guardianrelationship.csv.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ..errors import Problem
from .addresses import normalise_email
from .folder import Folder, fingerprint
from .linking import Claim, check_not_empty, check_phones, hint_of_lost_zeros, index_rows, link, raise_errors
from .model import Contact, ContactList, Role, Student
from .reading import Row, Table
from .side_files import parse_date

_ROLES = {role.value: role for role in Role} | {"": Role.OTHER}  # Microsoft: a blank role means Other


@dataclass(frozen=True, slots=True)
class _Files:
    students: Table
    users: Table
    relationships: Table
    schools: Table

    @property
    def all(self) -> tuple[Table, ...]:
        return self.students, self.users, self.relationships, self.schools


def load_sds_v1(folder: Folder) -> ContactList:
    """Raises ContactListError with every problem of every file."""
    files = _read(folder)
    pupils, problems = index_rows(files.students, _id, "id")
    users, wrong = index_rows(files.users, lambda row: _key(row["Email"]), "e-mail address")
    problems += wrong + [problem for table in files.all for problem in table.problems]
    contacts = {key: _contact(key, row) for key, row in users.items()}
    relationships, wrong = link(files.relationships.file, _claims(files, pupils, contacts))
    problems += wrong + _repeated_ids(files.users, users)
    problems += check_not_empty(files.students, "students", files.students.rows)
    problems += check_not_empty(files.relationships, "relationships", files.relationships.rows)
    problems += check_phones(files.users.file, [(users[key].line, contact) for key, contact in contacts.items()])
    warnings = raise_errors(problems)
    schools = {_id(row): row["Name"] for row in files.schools.rows}
    students = {key: _student(key, row, schools) for key, row in pupils.items()}
    read = [table for table in files.all if table.sha256]
    by_id = {contact.id: contact for contact in contacts.values()}
    return ContactList("sds-v1", students, by_id, relationships, warnings, fingerprint(read))


def _read(folder: Folder) -> _Files:
    """What is needed from each file and nothing else: passwords and the like are never kept."""
    pupil = _id_column(folder, "Student.csv")
    school = "School DfE Number" if "School DfE Number" in folder.header("Student.csv") else "School SIS ID"
    user = _id_column(folder, "User.csv")
    link_id = _id_column(folder, "Guardianrelationship.csv")
    names = ("First Name", "Last Name")
    return _Files(
        folder.read(
            "Student.csv", (pupil, school, "Username"), (*names, "Grade", "Birthdate"), filled=(pupil,), ids=(pupil,)
        ),
        folder.read("User.csv", ("Email", *names, "Phone", user), filled=("Email",), ids=(user,)),
        folder.read("Guardianrelationship.csv", (link_id, "Email", "Role"), filled=(link_id, "Email"), ids=(link_id,)),
        folder.read_if_there("School.csv", (_id_column(folder, "School.csv"), "Name")),
    )


def _id_column(folder: Folder, file: str) -> str:
    """`SIS ID`, or what the UK variant calls it."""
    header = folder.header(file)
    return next((name for name in ("SIS ID", "DfE Number", "ID") if name in header), "SIS ID")


def _id(row: Row) -> str:
    return next(row[name] for name in ("SIS ID", "DfE Number", "ID") if name in row.columns)


def _key(email: str) -> str:
    """What User.csv and Guardianrelationship.csv are matched by; an address that is none is matched as it stands."""
    return normalise_email(email) or email.casefold()


def _student(key: str, row: Row, schools: Mapping[str, str]) -> Student:
    school_id = next(row[name] for name in ("School SIS ID", "School DfE Number") if name in row.columns)
    # Microsoft's samples write 4/2/2000, which is two days; only YYYY-MM-DD says which.
    birth = parse_date(row["Birthdate"])
    school = schools.get(school_id, school_id)
    return Student(key, row["First Name"], row["Last Name"], school, row["Grade"], "", row["Username"], birth)


def _contact(key: str, row: Row) -> Contact:
    """Without an id of its own a contact gets one that the address determines, so that it is the same in every sync."""
    own = _id(row) or "mail-" + hashlib.sha256(key.encode()).hexdigest()[:16]
    return Contact(own, row["First Name"], row["Last Name"], row["Email"], row["Phone"])


def _repeated_ids(table: Table, users: Mapping[str, Row]) -> list[Problem]:
    """Two addresses with one contact id; repeated addresses have been noted before and are left out of `users`."""
    rows = {row.line for row in users.values()}
    with_id = tuple(row for row in table.rows if row.line in rows and _id(row))
    return index_rows(replace(table, rows=with_id), _id, "id")[1]


def _claims(files: _Files, pupils: Mapping[str, Row], contacts: Mapping[str, Contact]) -> Iterator[Claim]:
    """Where a file is broken nothing can be said about references to it, so nothing is."""
    contact_ids = {contact.id for contact in contacts.values()}
    for row in files.relationships.rows:
        pupil, email = _id(row), _key(row["Email"])
        hint = " It is a contact's id, but here the student's is wanted." if pupil in contact_ids else ""
        contact_id = contacts[email].id if email in contacts else None
        yield Claim(
            row.line,
            pupil if pupil in pupils or files.students.broken else None,
            email if contact_id is None and files.users.broken else contact_id,
            _ROLES.get(row["Role"].casefold()),
            hint or hint_of_lost_zeros(pupil, pupils),
            " User.csv does not have this e-mail address.",
        )
