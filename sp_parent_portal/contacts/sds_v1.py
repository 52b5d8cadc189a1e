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
from .addresses import fold_email
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
    without_repeats,
)
from .model import Contact, ContactList, Role, Student
from .packed import Chosen
from .reading import Table
from .relationships import Relationships
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
    pupils, problems = index_rows(files.students, _id_name(files.students), "id")
    users, wrong = index_rows(files.users, "Email", "e-mail address", fold_email)
    problems += wrong + [problem for table in files.all for problem in table.problems]
    contact_ids = list(map(_contact_id, users, users.column(_id_name(files.users))))
    relationships, wrong = _link(files, pupils, users, contact_ids)
    problems += wrong + _repeated_ids(files.users, users, contact_ids)
    problems += check_not_empty(files.students, "students", files.students.rows)
    problems += check_not_empty(files.relationships, "relationships", files.relationships.rows)
    problems += check_phones(files.users.file, users.pairs("Phone"))
    warnings = raise_errors(problems)
    students = _students(pupils, _school_column(files.students), _names_of(files.schools))
    contacts = _contacts(RowIndex(files.users.rows, contact_ids))
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


def _id_name(table: Table) -> str:
    return next((name for name in ("SIS ID", "DfE Number", "ID") if name in table.columns), "SIS ID")


def _school_column(students: Table) -> str:
    return next((name for name in ("School SIS ID", "School DfE Number") if name in students.columns), "School SIS ID")


def _names_of(schools: Table) -> Mapping[str, str]:
    return dict(zip(schools.rows.column(_id_name(schools)), schools.rows.column("Name"), strict=True))


def _students(pupils: RowIndex, school_column: str, schools: Mapping[str, str]) -> Mapping[str, Student]:
    # Microsoft's samples write 4/2/2000, which is two days; only YYYY-MM-DD says which.
    births = [parse_date(text) for text in pupils.column("Birthdate")]
    pick = pupils.picker("First Name", "Last Name", school_column, "Grade", "Username")

    def make(key: str, number: int) -> Student:
        given, family, school, grade, sign_in = pick(number)
        return Student(key, given, family, schools.get(school, school), grade, "", sign_in, births[number])

    columns = {"given": "First Name", "family": "Last Name", "sign_in": "Username"}
    select = pupils.selector(columns, {"email": repeat(""), "birth_date": births})
    return Chosen(pupils.numbers, bytearray(b"\1") * len(pupils), make, select)


def _contacts(users: RowIndex) -> Mapping[str, Contact]:
    pick = users.picker("First Name", "Last Name", "Email", "Phone")

    def make(key: str, number: int) -> Contact:
        given, family, email, phone = pick(number)
        return Contact(key, given, family, email, phone)

    columns = {"given": "First Name", "family": "Last Name", "email": "Email", "phone": "Phone"}
    select = users.selector(columns, {"is_enabled": repeat(True)})
    return Chosen(users.numbers, bytearray(b"\1") * len(users), make, select)


def _contact_id(key: str, own: str) -> str:
    """Without an id of its own a contact gets one that the address determines, so that it is the same in every sync."""
    return own or "mail-" + hashlib.sha256(key.encode()).hexdigest()[:16]


def _repeated_ids(table: Table, users: RowIndex, ids: Sequence[str]) -> list[Problem]:
    """Two addresses with one contact id, also where one of them got it from us; repeated addresses have been noted
    before and are left out of `users`."""
    if len(set(ids)) == len(ids):
        return []
    lines: dict[str, int] = {}
    places = (line for line, _ in users.pairs(_id_name(table)))
    return [
        repeated(table.file, line, "id", lines[key])
        for line, key in zip(places, ids, strict=True)
        if lines.setdefault(key, line) != line
    ]


def _link(
    files: _Files, pupils: RowIndex, users: RowIndex, contact_ids: Sequence[str]
) -> tuple[Relationships, list[Problem]]:
    """All at once where every line is sound; otherwise line by line, to say what is wrong with each."""
    found, table = Relationships(), files.relationships
    lines = table.rows.lines
    for students, emails, words in table.rows.pieces(_id_name(table), "Email", "Role"):
        some = lines[len(found) : len(found) + len(words)]
        role_of = {word: _ROLES.get(word.casefold()) for word in set(words)}
        ones = [number for number in map(pupils.numbers.get, students) if number is not None]
        others = [number for number in map(users.numbers.get, map(fold_email, emails)) if number is not None]
        roles = [role for role in map(role_of.get, words) if role]
        if not len(ones) == len(others) == len(roles) == len(some):
            return link(table.file, _claims(files, pupils, users, contact_ids))
        contacts = [contact_ids[number] for number in others]
        found.extend(map(pupils.ids.__getitem__, ones), contacts, roles, table.file, some)
    return without_repeats(table.file, found)


def _claims(files: _Files, pupils: RowIndex, users: RowIndex, contact_ids: Sequence[str]) -> Iterator[Claim]:
    """Where a file is broken nothing can be said about references to it, so nothing is."""
    known = set(contact_ids)
    id_name = _id_name(files.relationships)
    for row in files.relationships.rows:
        pupil, email = row[id_name], fold_email(row["Email"])
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
