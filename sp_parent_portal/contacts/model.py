"""The contact list: students, contacts and their relationships as synced from the student information system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property

from ..errors import Problem
from .addresses import normalise_email
from .packed import select
from .relationships import Holders, OfStudents, Relationships
from .relationships import Relationship as Relationship
from .relationships import Role as Role


@dataclass(frozen=True, slots=True)
class Student:
    """`email` is the student's own sign-in or mail address where the list knows it; `sign_in` is the user name, which
    often is a second address; `birth_date` is there where the list has it in a form that can be read one way only.
    `classes` are names with ids, sorted; only a list that is kept has them."""

    id: str
    given: str = ""
    family: str = ""
    school: str = ""
    grade: str = ""
    email: str = ""
    sign_in: str = ""
    birth_date: date | None = None
    classes: tuple[str, ...] = ()

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


@dataclass(frozen=True)
class ContactList:
    """`format` is `sds-v1`, `sds-v2.1`, `oneroster-1.1` or `oneroster-1.2` (files), `oneroster-rest-1.1` or
    `oneroster-rest-1.2`, or `graph`; `problems` are the ones that do not stop the list (warnings); `fingerprint` is a
    SHA-256, as lower-case hex, of the names and bytes of the files that were read, or of what a server answered. What
    is derived from these (the properties below) is worked out once for each list."""

    format: str
    students: Mapping[str, Student]
    contacts: Mapping[str, Contact]
    relationships: Sequence[Relationship]
    problems: tuple[Problem, ...] = ()
    fingerprint: str = ""

    @cached_property
    def packed(self) -> Relationships:
        return (
            self.relationships if isinstance(self.relationships, Relationships) else Relationships(self.relationships)
        )

    @cached_property
    def of_student(self) -> OfStudents:
        """Student id → their relationships, in order of contact id. Students without any are left out."""
        return OfStudents(self.packed)

    @cached_property
    def email_of(self) -> Mapping[str, str]:
        """Contact id → normalised address; contacts without an address, or with what is none, are left out."""
        texts = (text for (text,) in select(self.contacts, "email"))
        found = zip(self.contacts, (normalise_email(text) if text else None for text in texts), strict=True)
        return {contact_id: email for contact_id, email in found if email}

    @cached_property
    def holders(self) -> Holders:
        """Normalised address → ids of the contacts that have it, sorted."""
        return Holders(self.email_of)

    @cached_property
    def student_addresses(self) -> frozenset[str]:
        """Every address of a contact that is a student's own, normalised."""
        own = (text for texts in select(self.students, "email", "sign_in") for text in texts if "@" in text)
        # Of plain text only upper case and white space go: what no contact has then, none has in its normal form.
        alike = (text for text in own if not text.isascii() or text.strip().lower() in self.holders)
        return frozenset(email for email in map(normalise_email, alike) if email and email in self.holders)

    @cached_property
    def owners(self) -> Mapping[str, str]:
        """Address that several contacts have → id of the first of them who is related to any student at all."""
        shared = self.holders.shared
        sharers = {contact_id for contact_ids in shared.values() for contact_id in contact_ids}
        related = sharers.intersection(self.packed.contact_ids)
        firsts = ((email, next((one for one in ids if one in related), "")) for email, ids in shared.items())
        return {email: first for email, first in firsts if first}


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
