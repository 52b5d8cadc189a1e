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

_ONEROSTER_ORGS = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\nO1,,,Hill School,school,,\n"
_USERS_1_1 = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password\n"
)
_USERS_1_2 = (
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,"
    "phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,preferredMiddleName,"
    "preferredFamilyName,primaryOrgSourcedId,pronouns\n"
)
ROLES_HEADER = (
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
    "userProfileSourcedId\n"
)

ONEROSTER_1_1 = {
    "manifest.csv": (
        "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.users,bulk\nfile.orgs,bulk\n"
        "file.classes,absent\nsource.systemName,Hill SIS\n"
    ),
    "orgs.csv": _ONEROSTER_ORGS,
    "users.csv": (
        f"{_USERS_1_1}"
        'S1,,,true,O1,student,s1@pupils.example,,Ava,Hale,,,,,,"P1,P2",05,secret\n'
        "S2,,,true,O1,student,s2@pupils.example,,Leo,Hale,,,,,,P1,07,secret\n"
        'P1,,,true,O1,parent,nina,,Nina,Hale,,,nina.hale@mail.example,,+441632960001,"S1,S2",,secret\n'
        "P2,,,true,O1,guardian,tom,,Tom,Hale,,,tom.hale@mail.example,+441632960002,,S1,,\n"
    ),
}
ONEROSTER_1_2 = {
    "manifest.csv": (
        "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\nfile.users,bulk\nfile.roles,bulk\n"
        "file.orgs,bulk\nfile.userProfiles,absent\n"
    ),
    "orgs.csv": _ONEROSTER_ORGS,
    "users.csv": (
        f"{_USERS_1_2}"
        'S1,,,true,s1@pupils.example,,Ava,Hale,,,,,,"P1,P2",05,secret,,,,,O1,\n'
        "S2,,,true,s2@pupils.example,,Leo,Hale,,,,,,P1,07,secret,,,,,O1,\n"
        'P1,,,true,nina,,Nina,Hale,,,nina.hale@mail.example,,+441632960001,"S1,S2",,secret,,,,,O1,\n'
        "P2,,,true,tom,,Tom,Hale,,,tom.hale@mail.example,+441632960002,,S1,,,,,,,O1,\n"
    ),
    "roles.csv": (
        f"{ROLES_HEADER}"
        "R1,,,S1,primary,student,,,O1,\n"
        "R2,,,S2,primary,student,,,O1,\n"
        "R3,,,P1,primary,parent,,,O1,\n"
        "R4,,,P2,primary,guardian,,,O1,\n"
    ),
}

BASES: Mapping[str, Mapping[str, str]] = {
    "v1": V1_FILES,
    "v2": V2_FILES,
    "oneroster-1.1": ONEROSTER_1_1,
    "oneroster-1.2": ONEROSTER_1_2,
    "none": {},
}


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
