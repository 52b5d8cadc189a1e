"""The verdict on one relationship, looked at by itself. Pure. A rule is a function in `_RULES`, in order of weight."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from .addresses import (
    endings,
    has_plus_tag,
    holds_several_addresses,
    is_ascii_before_the_at,
    is_placeholder,
    suggest_domain,
)
from .exclusions import Decision, Exclusion, Exclusions
from .flags import Flag, Flags
from .model import Contact, ContactList, Role, Student, Verdict
from .relationships import Terms

_FULL_AGE = 18
_MANY = 1000  # from here on it is quicker to look through all relationships than at those of each student
# What makes a spreadsheet take a cell for a formula, the full-width forms among them.
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")


Ruling = tuple[Verdict, str, str]
"""Verdict, rule, detail."""


CANDIDATE: Ruling = (Verdict.INVITE, "", "")


@dataclass(slots=True)
class Case:
    """A row under judgement. `email` is "" where the contact has no address that can be used; `decision` is what the
    school has decided of them, `flags` what it knows of them, `terms` what the source says of the relationship."""

    student: Student
    role: Role
    contact: Contact
    email: str
    decision: Decision | None
    flags: tuple[Flag, ...]
    terms: Terms

    @property
    def allowed(self) -> bool:
        """Let in by the school, whatever a person should otherwise look at."""
        return self.decision is Decision.ALLOW


@dataclass(frozen=True)
class School:
    """Everything the rules look at; `students` are those who share the site."""

    contacts: ContactList
    students: frozenset[str]
    roles: frozenset[Role]
    exclusions: Exclusions | None
    flags: Flags | None
    internal_domains: frozenset[str]
    today: date

    def decision(self, student_id: str, contact_id: str) -> Decision | None:
        if self.exclusions is None:
            return None
        return self.exclusions.decide(student_id, contact_id, self.contacts.email_of.get(contact_id, ""), self.today)

    def flags_of(self, student_id: str, contact_id: str) -> tuple[Flag, ...]:
        return self.flags.of(student_id, contact_id) if self.flags else ()

    def is_blocked(self, student_id: str, contact_id: str) -> bool:
        """By a decision, or by a court-order flag that no decision allows."""
        if contact_id not in self._suspects and student_id not in self._under_court_order:
            return False
        decision = self.decision(student_id, contact_id)
        if decision is Decision.BLOCK:
            return True
        return decision is not Decision.ALLOW and any(
            flag.court_order for flag in self.flags_of(student_id, contact_id)
        )

    def blocked_contacts(self, student_id: str) -> frozenset[str]:
        """Contacts who are blocked for this student, whether or not the contact list relates them."""
        if not self.blocks_anybody:
            return frozenset()
        named = {*self.contacts.of_student.contact_ids(student_id), *self._named_with.get(student_id, ())}
        return frozenset(one for one in named if one in self.contacts.contacts and self.is_blocked(student_id, one))

    @cached_property
    def internal_ends(self) -> tuple[str, ...]:
        return endings(self.internal_domains)

    @cached_property
    def blocks_anybody(self) -> bool:
        return bool(self._suspects or self._under_court_order)

    @cached_property
    def blocked_people(self) -> frozenset[str]:
        """Contacts who are blocked for any student of the site, or for all their children."""
        students: Iterable[str] = ("", *self.students)
        if len(self.students) > _MANY:
            pairs = zip(self.contacts.packed.student_ids, self.contacts.packed.contact_ids, strict=True)
            asked_about = {student for student, contact in pairs if contact in self._suspects}
            asked_about |= self._named_with.keys() | self._under_court_order
            students = ("", *(asked_about & self.students))
        return frozenset(contact for student in students for contact in self.blocked_contacts(student))

    @cached_property
    def blocked_on_the_site(self) -> frozenset[str]:
        """Addresses of everybody who is blocked for any student of the site, or for all their children."""
        blocked = self._emails_blocked_for.items()
        emails = {email for student, named in blocked if not student or student in self.students for email in named}
        return frozenset(emails | {self.contacts.email_of.get(one, "") for one in self.blocked_people}) - {""}

    @cached_property
    def bounced(self) -> frozenset[str]:
        """Addresses that have bounced, whichever of their holders it was noticed for."""
        holders = self.flags.bounced if self.flags else frozenset()
        return frozenset(self.contacts.email_of.get(contact, "") for contact in holders) - {""}

    @cached_property
    def _blocks(self) -> tuple[Exclusion, ...]:
        return self.exclusions.blocks_on(self.today) if self.exclusions else ()

    @cached_property
    def _suspects(self) -> frozenset[str]:
        """Contacts whom some block or court order may mean: whoever is not among them need not be looked up in each."""
        flags = self.flags.rows if self.flags else ()
        emails = {entry.email for entry in self._blocks if entry.email}
        found = {holder for email in emails for holder in self.contacts.holders.get(email, ())}
        found |= {entry.contact_id for entry in self._blocks} | {flag.contact_id for flag in flags if flag.court_order}
        return frozenset(found) - {""}

    @cached_property
    def _under_court_order(self) -> frozenset[str]:
        """Students with a court order against every contact."""
        flags = self.flags.rows if self.flags else ()
        return frozenset(flag.student_id for flag in flags if flag.court_order and not flag.contact_id)

    @cached_property
    def _emails_blocked_for(self) -> Mapping[str, frozenset[str]]:
        """Student id ("" for everybody) → addresses that an exclusion blocks."""
        return _gather((entry.student_id, entry.email) for entry in self._blocks if entry.email)

    @cached_property
    def _named_with(self) -> Mapping[str, frozenset[str]]:
        """Student id → contacts that an exclusion or a court-order flag names together with them."""
        flags = self.flags.rows if self.flags else ()
        pairs = [(entry.student_id, entry.contact_id) for entry in self._blocks if entry.contact_id]
        pairs += [(flag.student_id, flag.contact_id) for flag in flags if flag.court_order and flag.contact_id]
        return _gather(pairs)


def _gather(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for key, value in pairs:
        found.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}


def role_ruling(role: Role) -> Ruling:
    return Verdict.SKIP_ROLE, "role", f"{role.value} is not among the relationships that are invited"


ON_PAPER: Ruling = (Verdict.NO_EMAIL, "no-email", "the contact list has no address: on paper")
INTERNAL: Ruling = (Verdict.SKIP_INTERNAL, "internal", "the address is the school's own: use the account, not a guest")


def judge(school: School, student: Student, contact_id: str, role: Role, terms: Terms) -> tuple[Case, Ruling]:
    """The first rule that has something to say decides; where none has, the contact is a candidate."""
    contact = school.contacts.contacts[contact_id]
    email = school.contacts.email_of.get(contact_id, "")
    decision, flags = school.decision(student.id, contact_id), school.flags_of(student.id, contact_id)
    case = Case(student, role, contact, email, decision, flags, terms)
    for rule in _RULES if decision is Decision.ALLOW else _ALL_RULES:
        outcome = rule(school, case)
        if outcome:
            return case, outcome
    return case, CANDIDATE


def _blocked(school: School, case: Case) -> Ruling | None:
    """Whoever else reads the same mailbox is meant too: an invitation there would reach the one who is blocked."""
    if school.blocks_anybody:
        for reader in (case.contact.id, *school.contacts.holders.shared.get(case.email, ())):
            if school.is_blocked(case.student.id, reader):
                return Verdict.BLOCK, "exclusion", "excluded by the school"
    return None


def _role(school: School, case: Case) -> Ruling | None:
    if case.role in school.roles:
        return None
    return role_ruling(case.role)


def _ended(school: School, case: Case) -> Ruling | None:
    days = [case.terms.ends, *(flag.ended_on for flag in case.flags)]
    if any(day and day <= school.today for day in days):
        return Verdict.BLOCK, "ended", "the relationship has ended"
    return None


def _address(school: School, case: Case) -> Ruling | None:
    if case.email:
        return None
    if not case.contact.email:
        # Whom somebody is to look at first is not told on paper either.
        return _excluded_for_review(school, case) or ON_PAPER
    if holds_several_addresses(case.contact.email):
        return Verdict.INVALID, "two-addresses", "the cell holds more than one address"
    return Verdict.INVALID, "malformed", "this is not an e-mail address"


def _placeholder(_school: School, case: Case) -> Ruling | None:
    if is_placeholder(case.email):
        return Verdict.BLOCK, "placeholder", "the address only fills the field"
    return None


def _student_address(school: School, case: Case) -> Ruling | None:
    if case.email in school.contacts.student_addresses:
        return Verdict.BLOCK, "student-address", "the address is a student's own"
    return None


def _bounced(school: School, case: Case) -> Ruling | None:
    if case.email in school.bounced:
        return Verdict.BLOCK, "bounced", "mail to this address has bounced"
    return None


def _internal(school: School, case: Case) -> Ruling | None:
    if case.email.endswith(school.internal_ends):
        return INTERNAL
    return None


def _excluded_for_review(_school: School, case: Case) -> Ruling | None:
    if case.decision is Decision.REVIEW:
        return Verdict.REVIEW, "exclusion", "the school wants a person to look"
    return None


def _blocked_for_another(school: School, case: Case) -> Ruling | None:
    if case.email in school.blocked_on_the_site:
        return Verdict.REVIEW, "exclusion", "excluded for another student on the same site"
    return None


def _not_begun(school: School, case: Case) -> Ruling | None:
    begins = case.terms.begins
    if begins and begins > school.today:
        return Verdict.REVIEW, "not-begun", "the contact's role begins later"
    return None


def _inactive(_school: School, case: Case) -> Ruling | None:
    if case.contact.is_enabled:
        return None
    return Verdict.REVIEW, "inactive", "the student information system has switched this person's access off"


def _lacks_consent(_school: School, case: Case) -> Ruling | None:
    if not case.terms.lacks_consent:
        return None
    return Verdict.REVIEW, "no-consent", "the directory does not say that this contact may see student data"


def _corporate_parent(_school: School, case: Case) -> Ruling | None:
    if case.flags and any(flag.corporate_parent for flag in case.flags):
        return Verdict.REVIEW, "corporate-parent", "an authority acts as the parent"
    return None


def _adult_student(school: School, case: Case) -> Ruling | None:
    flagged = school.flags.birth_dates.get(case.student.id) if school.flags else None
    birth = case.student.birth_date
    if (birth and is_of_age(birth, school.today)) or (flagged and is_of_age(flagged, school.today)):
        return Verdict.REVIEW, "adult-student", "the student is 18 or older: rights may be theirs"
    return None


def _formula_name(_school: School, case: Case) -> Ruling | None:
    if case.contact.given.startswith(FORMULA_STARTS) or case.contact.family.startswith(FORMULA_STARTS):
        return Verdict.REVIEW, "formula-name", "a spreadsheet would take the name for a formula"
    return None


def _idn_local_part(_school: School, case: Case) -> Ruling | None:
    if is_ascii_before_the_at(case.contact.email):
        return None
    return Verdict.REVIEW, "idn-local-part", "letters other than A-Z before the @: redemption may fail"


def _plus_tag(_school: School, case: Case) -> Ruling | None:
    if has_plus_tag(case.email):
        return Verdict.REVIEW, "plus-tag", "with a plus tag it is another account than without"
    return None


def _near_miss_domain(_school: School, case: Case) -> Ruling | None:
    suggestion = suggest_domain(case.email)
    return (Verdict.REVIEW, "near-miss-domain", f"was {suggestion} meant?") if suggestion else None


_RULES: tuple[Callable[[School, Case], Ruling | None], ...] = (
    _blocked,
    _role,
    _ended,
    _address,
    _placeholder,
    _student_address,
    _bounced,
    _internal,
)

_RULES_FOR_A_PERSON: tuple[Callable[[School, Case], Ruling | None], ...] = (
    _excluded_for_review,
    _blocked_for_another,
    _not_begun,
    _inactive,
    _lacks_consent,
    _corporate_parent,
    _adult_student,
    _formula_name,
    _idn_local_part,
    _plus_tag,
    _near_miss_domain,
)
"""What only a person can settle; an `allow` among the exclusions is how they say that they have."""

_ALL_RULES = _RULES + _RULES_FOR_A_PERSON


def is_of_age(birth: date, today: date) -> bool:
    """On 29 February births count from 28 February on: too early is the safe side."""
    day = 28 if (birth.month, birth.day) == (2, 29) else birth.day
    return (today.year - birth.year, today.month, today.day) >= (_FULL_AGE, birth.month, day)
