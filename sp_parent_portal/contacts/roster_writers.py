"""Invented people written as a student information system exports them: one class for each format, named in `FORMATS`.

A format is added by writing a class with the methods of `RosterWriter` and naming it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Protocol

from .csv_folder import CsvFolder
from .directory_writer import DirectoryWriter, directory_id
from .invented import INTERNAL_DOMAIN, Family, InventedClass, InventedContact, InventedSchool
from .oneroster_writers import WHOLE, AnswersWriter, ChangesWriter, PackageWriter
from .planted import NEEDS, TRAPS, Trap

FOLDER = "../{folder}"


class RosterWriter(Protocol):
    def add_school(self, school: InventedSchool) -> None: ...

    def add_class(self, made: InventedClass) -> None: ...

    def add_family(self, family: Family, school: InventedSchool) -> None: ...


@dataclass(frozen=True, slots=True)
class Format:
    """`says` is what it can say of all that not every format can (`planted.NEEDS`); `source` and `base` are what
    portal.toml names; `contact_id` is the id by which a contact is known once the list has been read."""

    writer: Callable[[Path, ExitStack], RosterWriter]
    says: frozenset[str]
    source: str = FOLDER
    base: str = ""
    contact_id: Callable[[InventedContact], str] = attrgetter("id")

    @property
    def is_files(self) -> bool:
        """Whether the list is CSV files in the folder itself."""
        return self.source == FOLDER

    @property
    def traps(self) -> tuple[Trap, ...]:
        """Those that can be written in it."""
        return tuple(trap for trap in TRAPS if trap.needs <= self.says)


class SdsV2Writer:
    """School Data Sync V2.1 (Microsoft Learn "sds-v2.1-csv-file-format", read 2026-11)."""

    def __init__(self, folder: Path, open_files: ExitStack) -> None:
        headers = {
            "orgs.csv": "sourcedId,name,type,parentSourcedId",
            "users.csv": "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms",
            "roles.csv": "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate",
            "classes.csv": "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId",
            "enrollments.csv": "classSourcedId,userSourcedId,role",
            "demographics.csv": "userSourcedId,sex,birthDate",
            "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole",
        }
        self._files = CsvFolder(folder, headers, open_files)

    def add_school(self, school: InventedSchool) -> None:
        self._files.add("orgs.csv", [(school.id, school.name, "school", "")])

    def add_class(self, made: InventedClass) -> None:
        email = f"{made.teacher_id.lower()}@{INTERNAL_DOMAIN}"
        teacher = (made.teacher_id, email, made.teacher_given, made.teacher_family, "", "", email, "", "")
        self._files.add("users.csv", [teacher])
        self._files.add("roles.csv", [(made.teacher_id, made.school_id, "teacher", "", "", "true", "", "")])
        self._files.add("classes.csv", [(made.id, made.school_id, made.title, "", "")])
        self._files.add("enrollments.csv", [(made.id, made.teacher_id, "teacher")])

    def add_family(self, family: Family, school: InventedSchool) -> None:
        add, students = self._files.add, family.students
        add("users.csv", [(s.id, s.sign_in, s.given, s.family, "", "", "", "", "") for s in students])
        add("users.csv", [(c.id, c.email, c.given, c.family, "", "", c.email, c.phone, "") for c in family.contacts])
        add("roles.csv", [(s.id, school.id, "student", "", f"{s.year:02}", "true", "", "") for s in students])
        add("enrollments.csv", [(s.class_id, s.id, "student") for s in students])
        add("demographics.csv", [(s.id, "", s.birth.isoformat()) for s in students])
        add("relationships.csv", [(s.id, c.id, role.value) for s, c, role in family.links])


class SdsV1Writer:
    """School Data Sync V1 with parent contacts (Microsoft Learn "parent-contact-sync-file-format", read 2026-11)."""

    def __init__(self, folder: Path, open_files: ExitStack) -> None:
        names = "SIS ID,School SIS ID,First Name,Last Name,Username,Password"
        headers = {
            "School.csv": "SIS ID,Name",
            "Section.csv": "SIS ID,School SIS ID,Section Name",
            "Student.csv": f"{names},Grade,Birthdate",
            "Teacher.csv": names,
            "StudentEnrollment.csv": "Section SIS ID,SIS ID",
            "TeacherRoster.csv": "Section SIS ID,SIS ID",
            "User.csv": "Email,First Name,Last Name,Phone,SIS ID",
            "Guardianrelationship.csv": "SIS ID,Email,Role",
        }
        self._files = CsvFolder(folder, headers, open_files)

    def add_school(self, school: InventedSchool) -> None:
        self._files.add("School.csv", [(school.id, school.name)])

    def add_class(self, made: InventedClass) -> None:
        email = f"{made.teacher_id.lower()}@{INTERNAL_DOMAIN}"
        teacher = (made.teacher_id, made.school_id, made.teacher_given, made.teacher_family, email, "")
        self._files.add("Teacher.csv", [teacher])
        self._files.add("Section.csv", [(made.id, made.school_id, made.title)])
        self._files.add("TeacherRoster.csv", [(made.id, made.teacher_id)])

    def add_family(self, family: Family, school: InventedSchool) -> None:
        add, students = self._files.add, family.students
        add(
            "Student.csv",
            [
                (s.id, school.id, s.given, s.family, s.sign_in, "", f"{s.year:02}", s.birth.isoformat())
                for s in students
            ],
        )
        add("StudentEnrollment.csv", [(s.class_id, s.id) for s in students])
        add("User.csv", [(c.email, c.given, c.family, c.phone, c.id) for c in family.contacts])
        add("Guardianrelationship.csv", [(s.id, c.email, role.value.title()) for s, c, role in family.links])


def _all_but(*names: str) -> frozenset[str]:
    return frozenset(NEEDS) - frozenset(names)


_SDS = ("switched-off", "role-dates", "consent")
_ONEROSTER = {
    "1.1": _all_but("role:doctor", "role:other", "role:child", "role-dates", "consent"),
    "1.2": _all_but("consent"),
}
_REST = "oneroster:https://sis.school.example/ims/oneroster/{}"

FORMATS: Mapping[str, Format] = {
    "sds-v2.1": Format(SdsV2Writer, _all_but("role:child", "role:administrator", *_SDS)),
    "sds-v1": Format(SdsV1Writer, _all_but("links-by-id", *_SDS)),
    "oneroster-1.1": Format(partial(PackageWriter, version="1.1"), _ONEROSTER["1.1"]),
    "oneroster-1.2": Format(partial(PackageWriter, version="1.2"), _ONEROSTER["1.2"]),
    "oneroster-1.1-delta": Format(partial(ChangesWriter, version="1.1"), _ONEROSTER["1.1"], base=WHOLE),
    "oneroster-1.2-delta": Format(partial(ChangesWriter, version="1.2"), _ONEROSTER["1.2"], base=WHOLE),
    "oneroster-rest-1.1": Format(partial(AnswersWriter, version="1.1"), _ONEROSTER["1.1"], source=_REST.format("v1p1")),
    "oneroster-rest-1.2": Format(
        partial(AnswersWriter, version="1.2"), _ONEROSTER["1.2"], source=_REST.format("rostering/v1p2")
    ),
    "graph": Format(
        DirectoryWriter,
        _all_but("contact-ids", "role:administrator", "switched-off", "role-dates"),
        source="graph:",
        contact_id=directory_id,
    ),
}
