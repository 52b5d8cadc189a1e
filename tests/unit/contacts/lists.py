"""Small contact lists for tests: as objects, and as the files of a school."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from sp_parent_portal.contacts.model import Contact, ContactList, Relationship, Role, Student

TODAY = date(2026, 11, 22)
CASES = Path(__file__).parents[2] / "cases" / "contacts"

V2_FILES = {
    "orgs.csv": "sourcedId,name,type,parentSourcedId\nO1,Hill School,school,\n",
    "users.csv": (
        "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms\n"
        "S1,s1@pupils.example,Ava,Hale,secret,,,,\n"
        "S2,s2@pupils.example,Leo,Hale,secret,,,,\n"
        "P1,nina.hale@mail.example,Nina,Hale,secret,,nina.hale@mail.example,+441632960001,\n"
        "P2,tom.hale@mail.example,Tom,Hale,,,tom.hale@mail.example,,\n"
    ),
    "roles.csv": "userSourcedId,orgSourcedId,role,grade\nS1,O1,student,5\nS2,O1,student,7\n",
    "relationships.csv": (
        "userSourcedId,relationshipUserSourcedId,relationshipRole\nS1,P1,parent\nS2,P1,parent\nS1,P2,guardian\n"
    ),
}

V1_FILES = {
    "School.csv": "SIS ID,Name\nO1,Hill School\n",
    "Student.csv": (
        "SIS ID,School SIS ID,First Name,Last Name,Username,Password,Birthdate\n"
        "S1,O1,Ava,Hale,s1@pupils.example,secret,2015-04-02\n"
        "S2,O1,Leo,Hale,s2@pupils.example,secret,4/2/2013\n"
    ),
    "User.csv": (
        "Email,First Name,Last Name,Phone,SIS ID\n"
        "nina.hale@mail.example,Nina,Hale,+441632960001,P1\n"
        "tom.hale@mail.example,Tom,Hale,,\n"
    ),
    "Guardianrelationship.csv": (
        "SIS ID,Email,Role\n"
        "S1,Nina.Hale@mail.example,Parent\n"
        "S2,nina.hale@mail.example,Guardian\n"
        "S1,tom.hale@mail.example,\n"
    ),
}

BASES: Mapping[str, Mapping[str, str]] = {"v1": V1_FILES, "v2": V2_FILES, "none": {}}


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def make_list(
    contacts: Iterable[Contact], links: Iterable[tuple[str, str] | tuple[str, str, Role]], *students: Student
) -> ContactList:
    """Students that are named in a link only need not be given."""
    rows = [Relationship(link[0], link[1], link[2] if len(link) == 3 else Role.PARENT) for link in links]
    known = {row.student_id: Student(row.student_id) for row in rows} | {student.id: student for student in students}
    return ContactList("sds-v2.1", known, {contact.id: contact for contact in contacts}, tuple(rows))
