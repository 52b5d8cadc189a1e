"""School Data Sync V2.1 CSV (Microsoft Learn "sds-v2.1-csv-file-format" and "default-list-of-values", read 2026-11).

users.csv holds everybody; roles.csv says who is a student; relationships.csv links student and contact by `sourcedId`.
A contact needs no row in roles.csv: in Microsoft's own sample they have none (OfficeDev/O365-EDU-Tools @ a7cb5861).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import compress, repeat
from operator import not_, or_

from ..errors import Problem
from .folder import Folder, fingerprint
from .linking import (
    Claim,
    RowIndex,
    check_not_empty,
    check_phones,
    hint_of_lost_zeros,
    index_rows,
    link,
    raise_errors,
    without_repeats,
    without_rows,
)
from .model import Contact, ContactList, Role, Student
from .packed import Chosen
from .reading import Table
from .relationships import Relationships
from .side_files import parse_date

_ROLES = {role.value: role for role in Role}
_ONLY_IN_V1 = (Role.CHILD.value, Role.ADMINISTRATOR.value)
_PERSON = ("sourcedId", "username", "givenName", "familyName", "email")
_ROLE = ("userSourcedId", "orgSourcedId", "role")
_LINK = ("userSourcedId", "relationshipUserSourcedId", "relationshipRole")


def load_sds_v2(folder: Folder) -> ContactList:
    """Raises ContactListError with every problem of every file."""
    users = folder.read("users.csv", _PERSON, ("phone",), filled=_PERSON[:1], ids=_PERSON[:1])
    index, problems = index_rows(users, "sourcedId", "id")
    people, users = _People(index), without_rows(users)
    roles = folder.read("roles.csv", _ROLE, ("grade",), filled=(_ROLE[0], _ROLE[2]), ids=_ROLE[:1])
    problems += people.take_roles(roles, users_broken=users.broken)
    roles = without_rows(roles)
    links = folder.read("relationships.csv", _LINK, filled=_LINK, ids=_LINK[:2])
    problems += check_not_empty(links, "relationships", links.rows) + _foreign_roles(links)
    relationships, wrong = _link(links, people, users, roles)
    links = without_rows(links)
    orgs = folder.read_if_there("orgs.csv", ("sourcedId", "name"))
    births = folder.read_if_there("demographics.csv", ("userSourcedId",), ("birthDate",))
    people.take_births(births)
    tables = (users, roles, links, orgs, without_rows(births))
    problems += wrong + [problem for table in tables for problem in table.problems]
    problems += check_phones(users.file, people.phones())
    warnings = raise_errors(problems)
    students = people.students({row["sourcedId"]: row["name"] for row in orgs.rows})
    contacts = people.contacts()
    read = [table for table in tables if table.sha256]
    return ContactList("sds-v2.1", students, contacts, relationships, warnings, fingerprint(read))


class _People:
    """Everybody in users.csv, by number, with what the other files say of them. What is needed of each file is taken
    and nothing else: passwords and the like are never kept."""

    def __init__(self, index: RowIndex) -> None:
        self.index = index
        self._has_role = bytearray(len(index))
        self._is_related = bytearray(len(index))
        self._enrolled: list[tuple[str, str] | None] = [None] * len(index)
        self._births: list[date | None] = [None] * len(index)

    def take_roles(self, roles: Table, *, users_broken: bool) -> list[Problem]:
        """Whoever has the role of student anywhere is one; of several schools the one with the lowest id counts."""
        places: dict[tuple[str, str], tuple[str, str]] = {}
        strangers, student_there = [], False
        cells = roles.rows.select("userSourcedId", "role", "orgSourcedId", "grade")
        for line, (user, role, *place) in zip(roles.rows.lines, cells, strict=True):
            number = self.index.numbers.get(user)
            is_student = role.casefold() == "student"
            student_there = student_there or is_student
            if number is None:
                strangers.append(line)
                continue
            self._has_role[number] = True
            if is_student:
                org, grade = place
                found, before = places.setdefault((org, grade), (org, grade)), self._enrolled[number]
                self._enrolled[number] = found if before is None else min(found, before)
        message = "The id in 'userSourcedId' is not in users.csv: it may be cut short."
        unknown = [] if users_broken else strangers
        problems = [Problem(roles.file, line, "unknown-user", message) for line in unknown]
        return problems + check_not_empty(roles, "students", (1,) if student_there else ())

    def take_births(self, demographics: Table) -> None:
        for user, text in demographics.rows.select("userSourcedId", "birthDate"):
            number = self.index.numbers.get(user)
            if number is not None:
                self._births[number] = parse_date(text)

    def related_by(self, links: Table) -> Relationships | None:
        """All relationships at once; None where any does not lead from a student to somebody by a role that the format
        has. Remembers whom somebody relates to a student."""
        found, lines = Relationships(), links.rows.lines
        number_of, id_of, enrolled = self.index.numbers.get, self.index.ids.__getitem__, self._enrolled
        for students, contacts, words in links.rows.pieces(*_LINK):
            some = lines[len(found) : len(found) + len(words)]
            role_of = {word: _ROLES.get(word.casefold()) for word in set(words)}
            ones = [number for number in map(number_of, students) if number is not None and enrolled[number]]
            others = [number for number in map(number_of, contacts) if number is not None]
            roles = [role for role in map(role_of.get, words) if role]
            if not len(ones) == len(others) == len(roles) == len(some):
                return None
            for other in set(others):
                self._is_related[other] = True
            found.extend(map(id_of, ones), map(id_of, others), roles, links.file, some)
        return found

    def related(
        self, pairs: Iterable[tuple[str, ...]], *, students_known: bool
    ) -> Iterator[tuple[str | None, str | None]]:
        """The ids of student and contact as they are kept, None for whoever is not one; where it is not known who is a
        student, everybody may be. Remembers whom somebody relates to a student."""
        numbers, ids, enrolled = self.index.numbers, self.index.ids, self._enrolled
        for student, contact in pairs:
            one, other = numbers.get(student), numbers.get(contact)
            if other is not None:
                self._is_related[other] = True
            is_student = one is not None and (not students_known or enrolled[one] is not None)
            yield ids[one] if one is not None and is_student else None, None if other is None else ids[other]

    def students(self, schools: Mapping[str, str]) -> Mapping[str, Student]:
        pick = self.index.picker("givenName", "familyName", "email", "username")

        def make(key: str, number: int) -> Student:
            given, family, email, sign_in = pick(number)
            org, grade = self._enrolled[number] or ("", "")
            return Student(key, given, family, schools.get(org, org), grade, email, sign_in, self._births[number])

        columns = {"given": "givenName", "family": "familyName", "email": "email", "sign_in": "username"}
        select = self.index.selector(columns, {"birth_date": self._births})
        return Chosen(self.index.numbers, bytearray(each is not None for each in self._enrolled), make, select)

    def contacts(self) -> Mapping[str, Contact]:
        pick = self.index.picker("givenName", "familyName", "email", "phone")

        def make(key: str, number: int) -> Contact:
            given, family, email, phone = pick(number)
            return Contact(key, given, family, email, phone)

        columns = {"given": "givenName", "family": "familyName", "email": "email", "phone": "phone"}
        select = self.index.selector(columns, {"is_enabled": repeat(True)})
        return Chosen(self.index.numbers, self._are_contacts(), make, select)

    def phones(self) -> Iterator[tuple[int, str]]:
        """Line and telephone of each contact."""
        return compress(self.index.pairs("phone"), self._are_contacts())

    def _are_contacts(self) -> bytearray:
        """Whoever is related to a student, staff too, and whoever has no role: a contact who was related once."""
        return bytearray(map(or_, self._is_related, map(not_, self._has_role)))


def _link(links: Table, people: _People, users: Table, roles: Table) -> tuple[Relationships, list[Problem]]:
    """All at once where every line is sound; otherwise line by line, to say what is wrong with each."""
    found = None if users.broken or roles.broken else people.related_by(links)
    if found is None:
        return link(links.file, _claims(links, people, users, roles))
    return without_repeats(links.file, found)


def _claims(links: Table, people: _People, users: Table, roles: Table) -> Iterator[Claim]:
    """Where users.csv is broken nothing is said about references to it; where roles.csv is, not who is a student."""
    users_broken, written = users.broken, links.rows.select(*_LINK)
    pairs = links.rows.select(*_LINK[:2])
    known = people.related(pairs, students_known=not roles.broken)
    for line, (wanted, related, word), (student, contact) in zip(links.rows.lines, written, known, strict=True):
        role = _ROLES.get(word) or _ROLES.get(word.casefold())
        if users_broken:
            student, contact = student or wanted, contact or related
        if student is None or contact is None:
            hints = _hint_of_student(wanted, people), hint_of_lost_zeros(related, people.index)
            yield Claim(line, student, contact, role, *hints)
        else:
            yield Claim(line, student, contact, role)


def _hint_of_student(wanted: str, people: _People) -> str:
    if wanted in people.index:
        return " It is in users.csv, but not as a student in roles.csv."
    return hint_of_lost_zeros(wanted, people.index)


def _foreign_roles(relationships: Table) -> list[Problem]:
    """`child` and `administrator` are words of V1 only. By default nobody is invited by them, so they may stay."""
    foreign = {word for word in set(relationships.rows.column(_LINK[2])) if word.casefold() in _ONLY_IN_V1}
    found = [row for row in relationships.rows if row[_LINK[2]] in foreign] if foreign else []
    message = "School Data Sync has this role in its V1 format only."
    return [Problem(relationships.file, row.line, "foreign-role", message, "warning") for row in found]
