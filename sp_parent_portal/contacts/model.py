"""The contact list: students, contacts and their relationships as synced from the student information system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ..errors import Problem


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
    """`email` is the student's own sign-in or mail address where the list knows it."""

    id: str
    given: str = ""
    family: str = ""
    school: str = ""
    grade: str = ""
    email: str = ""

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True, slots=True)
class Contact:
    """`email` and `phone` as the file has them, surrounding white space removed; screening judges them."""

    id: str
    given: str = ""
    family: str = ""
    email: str = ""
    phone: str = ""

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True, slots=True)
class Relationship:
    """One student, one contact, one role; `file` and `line` are where it was read."""

    student_id: str
    contact_id: str
    role: Role
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ContactList:
    """`format` is `sds-v1` or `sds-v2.1`; `problems` are the ones that do not stop the list (warnings);
    `fingerprint` is the SHA-256 of the files' bytes, in order of file name, as lower-case hex."""

    format: str
    students: Mapping[str, Student]
    contacts: Mapping[str, Contact]
    relationships: tuple[Relationship, ...]
    problems: tuple[Problem, ...] = ()
    fingerprint: str = ""


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


@dataclass(frozen=True, slots=True, order=True)
class Guardian:
    """A contact that screening lets in, once for each normalised address, with every student they come for."""

    email: str
    name: str
    student_ids: tuple[str, ...]
    contact_ids: tuple[str, ...]
