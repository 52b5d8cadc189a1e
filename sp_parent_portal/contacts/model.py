"""The contact list: students, contacts and their relationships as synced from the student information system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property

from ..errors import Problem
from .addresses import normalise_email


class Role(Enum):
    """What a contact is to a student; the union of the SDS v1, SDS v2.1 and Graph vocabularies (read 2026-11)."""

    PARENT = "parent"
    GUARDIAN = "guardian"
    RELATIVE = "relative"
    AIDE = "aide"
    DOCTOR = "doctor"
    CHILD = "child"
    ADMINISTRATOR = "administrator"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Student:
    """`email` is the student's own sign-in or mail address where the list knows it; `sign_in` is the user name, which
    often is a second address; `birth_date` is there where the list has it in a form that can be read one way only."""

    id: str
    given: str = ""
    family: str = ""
    school: str = ""
    grade: str = ""
    email: str = ""
    sign_in: str = ""
    birth_date: date | None = None

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True, slots=True)
class Contact:
    """`email` and `phone` as the file has them, surrounding white space removed; screening judges them. `is_enabled`:
    the student information system has not switched this person's access off (OneRoster's `enabledUser`)."""

    id: str
    given: str = ""
    family: str = ""
    email: str = ""
    phone: str = ""
    is_enabled: bool = True

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True, slots=True)
class Relationship:
    """One student, one contact, one role; `file` and `line` are where it was read.

    `role_is_persons_own`: the source does not say what the contact is to this student (OneRoster never does), so `role`
    is what the person is anywhere. `begins` and `ends` bound that role where the source dates it: it holds from the
    first day to the day before the last. `lacks_consent`: the source keeps account of who may see student data, and
    does not name this contact among them (Graph's `accessConsent`)."""

    student_id: str
    contact_id: str
    role: Role
    file: str = ""
    line: int = 0
    role_is_persons_own: bool = False
    begins: date | None = None
    ends: date | None = None
    lacks_consent: bool = False


@dataclass(frozen=True)
class ContactList:
    """`format` is `sds-v1`, `sds-v2.1`, `oneroster-1.1` or `oneroster-1.2` (files), `oneroster-rest-1.1` or
    `oneroster-rest-1.2`, or `graph`; `problems` are the ones that do not stop the list (warnings); `fingerprint` is a
    SHA-256, as lower-case hex, of the names and bytes of the files that were read, or of what a server answered. What
    is derived from these (the properties below) is worked out once for each list."""

    format: str
    students: Mapping[str, Student]
    contacts: Mapping[str, Contact]
    relationships: tuple[Relationship, ...]
    problems: tuple[Problem, ...] = ()
    fingerprint: str = ""

    @cached_property
    def of_student(self) -> Mapping[str, tuple[Relationship, ...]]:
        """Student id → their relationships, in order of contact id. Students without any are left out."""
        found: dict[str, list[Relationship]] = {}
        for relationship in self.relationships:
            found.setdefault(relationship.student_id, []).append(relationship)
        return {student: tuple(sorted(rows, key=lambda row: row.contact_id)) for student, rows in found.items()}

    @cached_property
    def related(self) -> frozenset[str]:
        """Ids of the contacts that are related to any student at all."""
        return frozenset(relationship.contact_id for relationship in self.relationships)

    @cached_property
    def email_of(self) -> Mapping[str, str]:
        """Contact id → normalised address; contacts without an address, or with what is none, are left out."""
        found = ((contact.id, normalise_email(contact.email)) for contact in self.contacts.values() if contact.email)
        return {contact_id: email for contact_id, email in found if email}

    @cached_property
    def holders(self) -> Mapping[str, tuple[str, ...]]:
        """Normalised address → ids of the contacts that have it, sorted."""
        found: dict[str, list[str]] = {}
        for contact_id, email in self.email_of.items():
            found.setdefault(email, []).append(contact_id)
        return {email: tuple(sorted(contact_ids)) for email, contact_ids in found.items()}

    @cached_property
    def student_addresses(self) -> frozenset[str]:
        """Every address that is a student's own, normalised."""
        own = (text for student in self.students.values() for text in (student.email, student.sign_in) if "@" in text)
        return frozenset(filter(None, map(normalise_email, own)))


class Verdict(Enum):
    """What screening says about one relationship."""

    INVITE = "invite"
    INVITE_ONCE = "invite-once"
    MERGE = "merge"
    SKIP_ROLE = "skip-role"
    SKIP_INTERNAL = "skip-internal"
    NO_EMAIL = "no-email"
    INVALID = "invalid"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def lets_in(self) -> bool:
        """Whether the contact of such a row gets access: only these three, everything else stays out."""
        return self in (Verdict.INVITE, Verdict.INVITE_ONCE, Verdict.MERGE)


@dataclass(frozen=True, slots=True)
class Screened:
    """One relationship with its verdict. `email` is normalised (trimmed, case-folded, domain in IDNA form) where it
    is an address at all; `rule` names why; `detail` is for people and never holds a court order's reason."""

    student_id: str
    contact_id: str
    name: str
    email: str
    role: Role
    verdict: Verdict
    rule: str
    detail: str = ""
    role_is_persons_own: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Guardian:
    """A contact that screening lets in, once for each normalised address, with every student they come for."""

    email: str
    name: str
    student_ids: tuple[str, ...]
    contact_ids: tuple[str, ...]
