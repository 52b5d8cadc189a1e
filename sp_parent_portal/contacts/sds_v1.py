"""School Data Sync V1 CSV with parent contacts, and its UK variant (Microsoft Learn "parent-contact-sync-file-format"
and "sds-v1-csv-file-format", read 2026-11; headers from OfficeDev/O365-EDU-Tools @ a7cb5861, "CSV Samples").

User.csv holds the contacts and Guardianrelationship.csv links them to students *by e-mail address*: that is the key, so
an address may occur once only. `SIS ID` means the contact in User.csv and the student in Guardianrelationship.csv.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

from ..errors import Problem
from .addresses import normalise_email
from .folder import Folder, fingerprint
from .linking import (
    Claim,
    RowIndex,
    check_not_empty,
    check_phones,
    hint_of_lost_zeros,
    index_rows,
    link,
    raise_errors,
    repeated,
)
from .model import Contact, ContactList, Role, Student
from .packed import Chosen
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
    contact_ids = [_contact_id(key, row) for key, row in zip(users, users.rows(), strict=True)]
    relationships, wrong = link(files.relationships.file, _claims(files, pupils, users, contact_ids))
    problems += wrong + _repeated_ids(files.users.file, users)
    problems += check_not_empty(files.students, "students", files.students.rows)
    problems += check_not_empty(files.relationships, "relationships", files.relationships.rows)
    problems += check_phones(files.users.file, users.pairs("Phone"))
    warnings = raise_errors(problems)
    students = _students(pupils, {_id(row): row["Name"] for row in files.schools.rows})
    contacts = _contacts(users, contact_ids)
    read = [table for table in files.all if table.sha256]
    return ContactList("sds-v1", students, contacts, relationships, warnings, fingerprint(read))


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


def _students(pupils: RowIndex, schools: Mapping[str, str]) -> Mapping[str, Student]:
    def make(key: str, number: int) -> Student:
        row = pupils.row(number)
        school_id = next(row[name] for name in ("School SIS ID", "School DfE Number") if name in row.columns)
        # Microsoft's samples write 4/2/2000, which is two days; only YYYY-MM-DD says which.
        birth, school = parse_date(row["Birthdate"]), schools.get(school_id, school_id)
        return Student(key, row["First Name"], row["Last Name"], school, row["Grade"], "", row["Username"], birth)

    births = [parse_date(text) for text in pupils.column("Birthdate")]
    columns = {"given": "First Name", "family": "Last Name", "sign_in": "Username"}
    select = pupils.selector(columns, {"email": repeat(""), "birth_date": births})
    return Chosen(pupils.numbers, bytearray(b"\1") * len(pupils), make, select)


def _contacts(users: RowIndex, contact_ids: Sequence[str]) -> Mapping[str, Contact]:
    pick = users.picker("First Name", "Last Name", "Email", "Phone")

    def make(key: str, number: int) -> Contact:
        given, family, email, phone = pick(number)
        return Contact(key, given, family, email, phone)

    columns = {"given": "First Name", "family": "Last Name", "email": "Email", "phone": "Phone"}
    select = users.selector(columns, {"is_enabled": repeat(True)})
    numbers = {key: number for number, key in enumerate(contact_ids)}
    return Chosen(numbers, bytearray(b"\1") * len(users), make, select)


def _contact_id(key: str, row: Row) -> str:
    """Without an id of its own a contact gets one that the address determines, so that it is the same in every sync."""
    return _id(row) or "mail-" + hashlib.sha256(key.encode()).hexdigest()[:16]


def _repeated_ids(file: str, users: RowIndex) -> list[Problem]:
    """Two addresses with one contact id; repeated addresses have been noted before and are left out of `users`."""
    lines: dict[str, int] = {}
    owned = ((_id(row), row.line) for row in users.rows())
    return [
        repeated(file, line, "id", lines[own]) for own, line in owned if own and lines.setdefault(own, line) != line
    ]


def _claims(files: _Files, pupils: RowIndex, users: RowIndex, contact_ids: Sequence[str]) -> Iterator[Claim]:
    """Where a file is broken nothing can be said about references to it, so nothing is."""
    known = set(contact_ids)
    for row in files.relationships.rows:
        pupil, email = _id(row), _key(row["Email"])
        student, number = pupils.own(pupil), users.numbers.get(email)
        contact = None if number is None else contact_ids[number]
        hint = ""
        if student is None:
            hint = " It is a contact's id, but here the student's is wanted." if pupil in known else ""
            hint = hint or hint_of_lost_zeros(pupil, pupils)
        yield Claim(
            row.line,
            student or (pupil if files.students.broken else None),
            contact or (email if files.users.broken else None),
            _ROLES.get(row["Role"].casefold()),
            hint,
            " User.csv does not have this e-mail address.",
        )
