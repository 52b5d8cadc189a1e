"""Students and contacts about whom no rule has anything unusual to say, found for whole columns at once.

A long contact list is a great many plain families: two parents, plain ASCII addresses, nothing that the school has
decided or knows of them. Their rulings are worked out here. The rules themselves are in `row_rules`: whoever may be
touched by any of them, by reason of one cell or one row of a side file, is left to them, and a property test holds both
ways equal.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import lru_cache

from .addresses import is_placeholder, suggest_domain
from .model import Role
from .packed import numbers, select
from .persons import whole_name
from .row_rules import FORMULA_STARTS, INTERNAL, ON_PAPER, Ruling, School, is_of_age, role_ruling

_LOOKED_AT, _CANDIDATE, _ON_PAPER, _INTERNAL = range(4)


class Ordinary:
    """`candidate` is what becomes of a contact whom nothing keeps out; `names` and `mailboxes` are those of everybody
    who is blocked on the site, and who must not come in as somebody else."""

    def __init__(self, school: School, candidate: Ruling, names: Iterable[str], mailboxes: Iterable[str]) -> None:
        contacts = school.contacts
        self.numbers = numbers(contacts.contacts)
        self._rows, self._of_student = contacts.packed, contacts.of_student
        # What is said of a contact, by number. Equal names and mailboxes have equal hashes, and those are compared.
        self._kinds = bytearray(len(self.numbers))
        self._names = array("q", bytes(8 * len(self.numbers)))
        self._mailboxes = array("q", bytes(8 * len(self.numbers)))
        self._take_contacts(school)
        for contact_id in _known_contacts(school):
            if contact_id in self.numbers:
                self._kinds[self.numbers[contact_id]] = _LOOKED_AT
        self._known_students = _known_students(school)
        self._skipped = {role: role_ruling(role) for role in Role if role not in school.roles}
        self._rulings = (candidate, candidate, ON_PAPER, INTERNAL)
        self._blocked_names, self._blocked_mailboxes = frozenset(map(hash, names)), frozenset(map(hash, mailboxes))

    def rulings(self, student_id: str) -> list[tuple[int, Ruling]] | None:
        """Contact's number and ruling for each of the student's relationships, in order; None where the rules must
        look at them."""
        if student_id in self._known_students:
            return None
        rows, found, candidates = self._rows, [], []
        for place in self._of_student.places(student_id):
            number = self.numbers[rows.contact_ids[place]]
            kind = self._kinds[number]
            if kind == _LOOKED_AT or place in rows.unusual:
                return None
            ruling = self._skipped.get(rows.roles[place])
            if ruling is None:
                ruling = self._rulings[kind]
                if kind == _CANDIDATE:
                    candidates.append(number)
            found.append((number, ruling))
        return None if self._are_alike(candidates) else found

    def _are_alike(self, candidates: list[int]) -> bool:
        """Whether any of them may be another one, or somebody who is blocked, under another address."""
        names = {self._names[number] for number in candidates}
        mailboxes = {self._mailboxes[number] for number in candidates}
        return not (
            len(names) == len(mailboxes) == len(candidates)
            and names.isdisjoint(self._blocked_names)
            and mailboxes.isdisjoint(self._blocked_mailboxes)
        )

    def _take_contacts(self, school: School) -> None:
        contacts, kinds, about_domain = school.contacts, self._kinds, _Domains(school).kind
        cells = select(contacts.contacts, "given", "family", "email", "is_enabled")
        for contact_id, (given, family, written, is_enabled) in zip(contacts.contacts, cells, strict=True):
            number = self.numbers[contact_id]
            if not written:
                kinds[number] = _ON_PAPER
                continue
            local, _, domain = contacts.email_of.get(contact_id, "").partition("@")
            kind = about_domain(domain)
            if not kind or not is_enabled or given[:1] in FORMULA_STARTS or family[:1] in FORMULA_STARTS:
                continue
            if "+" in local or not written.isascii() or is_placeholder(local + "@"):
                continue
            kinds[number] = kind
            self._mailboxes[number] = hash(local.replace(".", "") + "@" + domain)
            # A blank is in no whole name: whoever has none is like nobody.
            self._names[number] = hash(whole_name(given, family) or f" {number}")


class _Domains:
    """What an address's domain alone says of it, asked once for each domain."""

    def __init__(self, school: School) -> None:
        self._ends = school.internal_ends
        self.kind = lru_cache(maxsize=10_000)(self._kind)

    def _kind(self, domain: str) -> int:
        email = "someone@" + domain
        if not domain or is_placeholder(email) or suggest_domain(email):
            return _LOOKED_AT
        return _INTERNAL if email.endswith(self._ends) else _CANDIDATE


def _known_contacts(school: School) -> Iterator[str]:
    """Contacts of whom the list or the school says anything beyond their own row."""
    contacts = school.contacts
    addresses: set[str] = {*contacts.student_addresses, *school.bounced, *school.blocked_on_the_site}
    if school.exclusions is not None:
        addresses |= {entry.email for entry in school.exclusions.entries}
        yield from (entry.contact_id for entry in school.exclusions.entries)
    if school.flags is not None:
        yield from (flag.contact_id for flag in school.flags.rows)
    for email in addresses:
        yield from contacts.holders.get(email, ())
    for sharers in contacts.holders.shared.values():
        yield from sharers


def _known_students(school: School) -> Collection[str]:
    """Students of whom the school knows anything, and those of age."""
    known = {flag.student_id for flag in school.flags.rows} if school.flags is not None else set()
    of_age: dict[date | None, bool] = {None: False}
    students = school.contacts.students
    for student_id, (birth,) in zip(students, select(students, "birth_date"), strict=True):
        if birth not in of_age:
            of_age[birth] = is_of_age(birth, school.today)
        if of_age[birth]:
            known.add(student_id)
    return known
