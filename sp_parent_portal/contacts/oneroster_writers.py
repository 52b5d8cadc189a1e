"""Invented people as OneRoster exports them: whole packages, changes to one, and what a server answers (1EdTech
OneRoster 1.1, document 1.1.1, and 1.2, CSV and REST bindings, read 2026-11).

Of a contact OneRoster says what they are, not what they are to whom; both sides of a link name each other as agents.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

from .csv_folder import CsvFolder
from .invented import INTERNAL_DOMAIN, Family, InventedClass, InventedContact, InventedSchool, InventedStudent
from .model import Role
from .oneroster_csv import HEADERS
from .oneroster_manifest import ABSENT, BULK, DELTA

_STATUS = "sourcedId,status,dateLastModified"
_PACKAGE = {
    "orgs": f"{_STATUS},name,type,identifier,parentSourcedId",
    "academicSessions": f"{_STATUS},title,type,startDate,endDate,parentSourcedId,schoolYear",
    "courses": f"{_STATUS},schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes",
    "classes": f"{_STATUS},title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,"
    "subjects,subjectCodes,periods",
    "enrollments": f"{_STATUS},classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate",
    "demographics": f"{_STATUS},birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,"
    "nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,"
    "countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus",
}
_FILES_1_1 = (
    *("academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics"),
    *("enrollments", "lineItems", "orgs", "resources", "results", "users"),
)
_FILES_1_2 = (
    *("lineItemLearningObjectiveIds", "lineItemScoreScales", "resultLearningObjectiveIds", "resultScoreScales"),
    *("roles", "scoreScales", "userProfiles", "userResources"),
)
_YEAR, _COURSE, _CHANGED = "Y2027", "K1", "2027-03-01T08:00:00.000Z"
# What the versions have no word for is an extension in 1.2 (`ext:`) and cannot be said in 1.1.
_WORDS_1_2 = {Role.ADMINISTRATOR: "siteAdministrator"} | {
    role: f"ext:{role.value}" for role in (Role.DOCTOR, Role.CHILD, Role.OTHER)
}
WHOLE = "whole"
"""The folder beside the changes that holds the list they are made to."""

Row = dict[str, Any]


def role_word(role: Role, version: str) -> str:
    return role.value if version == "1.1" else _WORDS_1_2.get(role, role.value)


def _agents(family: Family) -> tuple[dict[str, list[str]], dict[str, Role]]:
    """Person id → ids of their agents, and contact id → role."""
    agents: dict[str, list[str]] = {}
    for student, contact, _ in family.links:
        agents.setdefault(student.id, []).append(contact.id)
        agents.setdefault(contact.id, []).append(student.id)
    return agents, {contact.id: role for _, contact, role in family.links}


class PackageWriter:
    """A OneRoster CSV package of one version, whole or (`mode` delta) of changes alone."""

    def __init__(self, folder: Path, open_files: ExitStack, version: str, mode: str = BULK) -> None:
        kinds = ["users", "demographics"] if mode == DELTA else ["users", *_PACKAGE]
        kinds += ["roles"] if version == "1.2" else []
        self._version, self._mode, self._links = version, mode, 0
        headers = {kind: _PACKAGE.get(kind) or HEADERS[kind, version] for kind in kinds}
        self._columns = {kind: header.split(",") for kind, header in headers.items()}
        folder.mkdir(parents=True, exist_ok=True)
        self._files = CsvFolder(folder, {f"{kind}.csv": header for kind, header in headers.items()}, open_files)
        _write_manifest(folder, version, kinds, mode, open_files)
        if mode == BULK:
            year = {"title": "2026/27", "type": "schoolYear", "startDate": "2026-09-01", "endDate": "2027-08-31"}
            self._add("academicSessions", {"sourcedId": _YEAR, **year, "schoolYear": "2027"})

    def _add(self, kind: str, row: Mapping[str, str], status: str = "active") -> None:
        if self._mode == DELTA:
            row = {**row, "status": status, "dateLastModified": _CHANGED}
        self._files.add(f"{kind}.csv", [[row.get(column, "") for column in self._columns[kind]]])

    def add_school(self, school: InventedSchool) -> None:
        self._add("orgs", {"sourcedId": school.id, "name": school.name, "type": "school"})
        course = {"schoolYearSourcedId": _YEAR, "title": "Tutor group", "orgSourcedId": school.id}
        self._add("courses", {"sourcedId": _COURSE + school.id, **course})

    def add_class(self, made: InventedClass) -> None:
        email = f"{made.teacher_id.lower()}@{INTERNAL_DOMAIN}"
        teacher = {"givenName": made.teacher_given, "familyName": made.teacher_family, "email": email}
        self.add_user(made.teacher_id, email, teacher, "teacher", made.school_id, [])
        course = {"courseSourcedId": _COURSE + made.school_id, "classType": "homeroom", "termSourcedIds": _YEAR}
        self._add("classes", {"sourcedId": made.id, "title": made.title, **course, "schoolSourcedId": made.school_id})
        self.enrol(made.id, made.school_id, made.teacher_id, "teacher")

    def add_family(self, family: Family, school: InventedSchool) -> None:
        agents, roles = _agents(family)
        for student in family.students:
            self.add_student(student, school.id, agents.get(student.id, []))
            self.enrol(student.class_id, school.id, student.id, "student")
        for contact in family.contacts:
            self.add_contact(contact, roles[contact.id], school.id, agents[contact.id])

    def enrol(self, class_id: str, school_id: str, user_id: str, role: str) -> None:
        if self._mode == BULK:
            own = {"sourcedId": f"E{class_id}.{user_id}", "classSourcedId": class_id, "schoolSourcedId": school_id}
            self._add("enrollments", {**own, "userSourcedId": user_id, "role": role})

    def add_student(self, student: InventedStudent, school_id: str, agents: Collection[str]) -> None:
        cells = {"givenName": student.given, "familyName": student.family, "grades": f"{student.year:02}"}
        self.add_user(student.id, student.sign_in, cells, "student", school_id, agents)
        self._add("demographics", {"sourcedId": student.id, "birthDate": student.birth.isoformat()})

    def add_contact(
        self, contact: InventedContact, role: Role, school_id: str, agents: Collection[str], status: str = "active"
    ) -> None:
        cells = {"givenName": contact.given, "familyName": contact.family, "email": contact.email}
        cells |= {"phone": contact.phone, "enabledUser": "true" if contact.is_enabled else "false"}
        days = {"beginDate": contact.begins, "endDate": contact.ends}
        word = role_word(role, self._version)
        self.add_user(contact.id, contact.id.lower(), cells, word, school_id, agents, days, status)

    def add_user(
        self,
        key: str,
        sign_in: str,
        cells: Mapping[str, str],
        word: str,
        school_id: str,
        agents: Collection[str],
        days: Mapping[str, str] | None = None,
        status: str = "active",
    ) -> None:
        own = {"sourcedId": key, "enabledUser": "true", "username": sign_in, "agentSourcedIds": ",".join(agents)}
        if self._version == "1.1":
            self._add("users", {**own, **cells, "orgSourcedIds": school_id, "role": word}, status)
            return
        self._add("users", {**own, **cells, "primaryOrgSourcedId": school_id}, status)
        role = {"sourcedId": f"R{key}", "userSourcedId": key, "roleType": "primary", "role": word}
        self._add("roles", {**role, "orgSourcedId": school_id, **(days or {})}, status)


class ChangesWriter:
    """Changes to a whole list, which lies in a folder of its own. By turns: a family of whom an address is corrected
    and somebody is deleted, one that is new, and one of whom nothing has changed."""

    def __init__(self, folder: Path, open_files: ExitStack, version: str) -> None:
        self._whole = PackageWriter(folder / WHOLE, open_files, version)
        self._changes = PackageWriter(folder, open_files, version, DELTA)
        self._turn = cycle((self._correct, self._begin, self._whole.add_family))
        self.add_school, self.add_class = self._whole.add_school, self._whole.add_class

    def add_family(self, family: Family, school: InventedSchool) -> None:
        next(self._turn)(family, school)

    def _begin(self, family: Family, school: InventedSchool) -> None:
        self._changes.add_family(family, school)

    def _correct(self, family: Family, school: InventedSchool) -> None:
        first, agents = family.contacts[0], _agents(family)[0]
        leaver = replace(first, id=f"{first.id}X", given="Former", email=f"former.{first.id.lower()}@mail.example")
        stale = replace(first, email=f"old.{first.id.lower()}@mail.example")
        role = next(role for _, contact, role in family.links if contact is first)
        students = [student for student, contact, _ in family.links if contact is first]
        before = [(s, stale if c is first else c, r) for s, c, r in family.links]
        before += [(student, leaver, role) for student in students]
        people = [stale, *family.contacts[1:], leaver]
        self._whole.add_family(replace(family, contacts=people, links=before), school)
        self._changes.add_contact(first, role, school.id, agents[first.id])
        self._changes.add_contact(leaver, role, school.id, agents[first.id], "tobedeleted")
        self._changes.add_student(students[0], school.id, agents[students[0].id])


class AnswersWriter:
    """What a server says of `users`, `orgs` and `demographics`: a JSON file of each, as one page that holds all."""

    def __init__(self, folder: Path, open_files: ExitStack, version: str) -> None:
        self._version = version
        self._rows: dict[str, list[Row]] = {"users": [], "orgs": [], "demographics": []}
        open_files.callback(self._write, folder)

    def _write(self, folder: Path) -> None:
        for name, rows in self._rows.items():
            (folder / f"{name}.json").write_text(json.dumps({name: rows}, indent=1) + "\n", encoding="utf-8")

    def _add(self, name: str, row: Row) -> None:
        self._rows[name].append({"status": "active", "dateLastModified": _CHANGED, **row})

    def add_school(self, school: InventedSchool) -> None:
        self._add("orgs", {"sourcedId": school.id, "name": school.name, "type": "school"})

    def add_class(self, made: InventedClass) -> None:
        email = f"{made.teacher_id.lower()}@{INTERNAL_DOMAIN}"
        row = {"givenName": made.teacher_given, "familyName": made.teacher_family, "username": email, "email": email}
        self._add_user(made.teacher_id, row, "teacher", made.school_id, [])

    def add_family(self, family: Family, school: InventedSchool) -> None:
        agents, roles = _agents(family)
        for s in family.students:
            pupil: Row = {
                "givenName": s.given,
                "familyName": s.family,
                "username": s.sign_in,
                "grades": [f"{s.year:02}"],
            }
            self._add_user(s.id, pupil, "student", school.id, agents.get(s.id, []))
            self._add("demographics", {"sourcedId": s.id, "birthDate": s.birth.isoformat()})
        for c in family.contacts:
            row: Row = {"givenName": c.given, "familyName": c.family, "username": c.id.lower(), "email": c.email}
            row |= {"phone": c.phone, "enabledUser": c.is_enabled}
            days = {"beginDate": c.begins, "endDate": c.ends} if c.begins or c.ends else {}
            self._add_user(c.id, row, role_word(roles[c.id], self._version), school.id, agents[c.id], days)

    def _add_user(
        self,
        key: str,
        row: Row,
        word: str,
        school_id: str,
        agents: Iterable[str],
        days: Mapping[str, str] | None = None,
    ) -> None:
        """1.1 has one role and writes Booleans as words."""
        own = {"sourcedId": key, "enabledUser": True, **row, "agents": [_reference(agent, "user") for agent in agents]}
        if self._version == "1.1":
            own |= {
                "enabledUser": str(own["enabledUser"]).lower(),
                "role": word,
                "orgs": [_reference(school_id, "org")],
            }
        else:
            known = {name: day for name, day in (days or {}).items() if day}
            own["roles"] = [{"roleType": "primary", "role": word, "org": _reference(school_id, "org"), **known}]
        self._add("users", own)


def _reference(key: str, kind: str) -> Row:
    return {"href": f"https://sis.{INTERNAL_DOMAIN}/{kind}s/{key}", "sourcedId": key, "type": kind}


def _write_manifest(folder: Path, version: str, kinds: Collection[str], mode: str, open_files: ExitStack) -> None:
    def properties() -> Iterator[tuple[str, str]]:
        yield "manifest.version", "1.0"
        yield "oneroster.version", version
        for file in sorted((*_FILES_1_1, *(_FILES_1_2 if version == "1.2" else ()))):
            yield f"file.{file}", mode if file in kinds else ABSENT
        yield "source.systemName", "invented"
        yield "source.systemCode", "invented"

    CsvFolder(folder, {"manifest.csv": "propertyName,value"}, open_files).add("manifest.csv", properties())
