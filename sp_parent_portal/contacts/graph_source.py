"""The related contacts of the tenant's students → the contact list.

Nobody documents whether a list of students carries their contacts. So it is tried: students are read one by one, 20 at
a time, until one with contacts is found; if the list says the same of all of these, it is believed, otherwise every
student is read singly. An answer that leaves the contacts out is unknown, and unknown stops the list.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from ..errors import Problem
from ..microsoft365.education import EducationStudent, RelatedContact
from .addresses import fold_email
from .linking import check_phones, raise_errors
from .model import Contact, ContactList, Relationship, Role, Student
from .side_files import parse_date

AT_ONCE = 20
FILE = "graph:"
_ROLES = {role.value: role for role in Role if role is not Role.ADMINISTRATOR}

Contacts = tuple[RelatedContact, ...]


class EducationReader(Protocol):
    """As much of the gateway as is needed here."""

    def list_students(self) -> Iterable[EducationStudent]: ...
    def get_contacts(self, ids: Sequence[str]) -> dict[str, Contacts | None]: ...


def load_graph(education: EducationReader) -> ContactList:
    """Student ids are those of the student information system where the directory knows them, otherwise object ids.
    Raises GatewayError, and ContactListError where nobody is a student or none has a contact."""
    pupils = list(education.list_students())
    contacts_of = read_contacts(education, pupils)
    pupils = [pupil for pupil in pupils if pupil.id in contacts_of]
    problems = _repeated_ids(pupils) + _about_nobody(pupils, contacts_of)
    raise_errors(problems)
    consent_is_kept = any(one.consent is not None for found in contacts_of.values() for one in found)
    contacts: dict[str, Contact] = {}
    relationships: dict[tuple[str, str], Relationship] = {}
    for number, pupil in enumerate(pupils, 1):
        for one in contacts_of[pupil.id]:
            contact = _contact(pupil, one)
            contacts.setdefault(contact.id, contact)
            role = _ROLES.get(one.relationship, Role.OTHER)
            lacks_consent = consent_is_kept and one.consent is not True
            said = Relationship(student_id(pupil), contact.id, role, FILE, number, lacks_consent=lacks_consent)
            before = relationships.setdefault((said.student_id, said.contact_id), said)
            if before is not said:
                problems.append(
                    Problem(FILE, number, "duplicate-relationship", "A guardian is there twice.", "warning")
                )
                relationships[said.student_id, said.contact_id] = _of_two(before, said)
    problems += check_phones(FILE, ((0, contact.phone) for contact in contacts.values()))
    problems += _about_consent(relationships.values())
    return ContactList(
        "graph",
        {student_id(pupil): _student(pupil) for pupil in pupils},
        contacts,
        tuple(relationships.values()),
        raise_errors(problems),
        _fingerprint(pupils, contacts_of),
    )


def student_id(pupil: EducationStudent) -> str:
    return pupil.external_id or pupil.id


def contact_id(pupil_id: str, one: RelatedContact) -> str:
    """Graph gives contacts no id. Address and name determine one, so that it is the same in every sync, and two people
    who share an address stay two; without an address it is of this student alone."""
    return contact_key(one.email or pupil_id, one.name)


def contact_key(email: str, name: str) -> str:
    key = [fold_email(email), " ".join(name.casefold().split())]
    return "graph-" + hashlib.sha256(json.dumps(key).encode()).hexdigest()[:16]


def read_contacts(education: EducationReader, pupils: Sequence[EducationStudent]) -> dict[str, Contacts]:
    """Object id → contacts; students who have left the directory meanwhile are left out. Raises GatewayError."""
    read: dict[str, Contacts | None] = {}
    listed = {pupil.id: pupil.contacts for pupil in pupils}
    is_whole = all(found is not None for found in listed.values())
    for start in range(0, len(pupils), AT_ONCE):
        some = education.get_contacts([pupil.id for pupil in pupils[start : start + AT_ONCE]])
        read |= some
        is_whole = is_whole and all(_are_same(listed[key], found) for key, found in some.items())
        if is_whole and any(some.values()):
            read = {**listed, **read}
            break
    return {key: found for key, found in read.items() if found is not None}


def _are_same(listed: Contacts | None, read: Contacts | None) -> bool:
    return read is None or listed == read


def _of_two(one: Relationship, other: Relationship) -> Relationship:
    """The more distant role counts, and a consent that is lacking once is lacking."""
    ranks = list(Role)
    distant = max(one, other, key=lambda each: (ranks.index(each.role), each.lacks_consent))
    lacking = one if one.lacks_consent else other
    return lacking if lacking.role is distant.role else distant


def _student(pupil: EducationStudent) -> Student:
    given, family = pupil.given or pupil.name, pupil.family if pupil.given else ""
    birth = parse_date(pupil.birth_date)
    return Student(student_id(pupil), given, family, "", pupil.grade, pupil.email, pupil.sign_in, birth)


def _contact(pupil: EducationStudent, one: RelatedContact) -> Contact:
    """Graph has one name; which part of it is the family's is not guessed."""
    return Contact(contact_id(pupil.id, one), one.name, "", one.email, one.phone)


def _repeated_ids(pupils: Sequence[EducationStudent]) -> list[Problem]:
    first: dict[str, int] = {}
    problems = []
    for number, pupil in enumerate(pupils, 1):
        if first.setdefault(student_id(pupil), number) != number:
            message = f"The student's id is already that of number {first[student_id(pupil)]}."
            problems.append(Problem(FILE, number, "duplicate-id", message))
    return problems


def _about_nobody(pupils: Sequence[EducationStudent], contacts_of: Mapping[str, Contacts]) -> list[Problem]:
    if not pupils:
        message = "The directory answered well and named no student: that is never taken for an empty school."
    elif not any(contacts_of.values()):
        message = (
            "No student has a contact: has School Data Sync brought them, or are they read as somebody who may not?"
        )
    else:
        return []
    return [Problem(FILE, 0, "no-rows", message)]


def _about_consent(relationships: Iterable[Relationship]) -> list[Problem]:
    lacking = sum(relationship.lacks_consent for relationship in relationships)
    if not lacking:
        return []
    message = f"{lacking} relationships lack the consent that others have (accessConsent): they are to be reviewed."
    return [Problem(FILE, 0, "no-consent", message, "warning")]


def _fingerprint(pupils: Sequence[EducationStudent], contacts_of: Mapping[str, Contacts]) -> str:
    digest = hashlib.sha256()
    for pupil in sorted(pupils, key=lambda pupil: pupil.id):
        kept = [pupil.id, pupil.external_id, pupil.given, pupil.family, pupil.email, pupil.grade, pupil.birth_date]
        contacts = [[one.name, one.email, one.phone, one.relationship, one.consent] for one in contacts_of[pupil.id]]
        digest.update(f"{json.dumps([kept, contacts])}\n".encode())
    return digest.hexdigest()
