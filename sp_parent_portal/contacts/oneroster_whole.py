"""A whole OneRoster package as a contact list, by columns: for lists of a million people, of which the careful way
(`oneroster_csv`, `oneroster`) would make a million objects. Whatever is an error is left to that way to say; a property
test holds both equal."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import compress, islice, pairwise
from operator import eq

from ..errors import Problem
from .linking import RowIndex, check_phones
from .model import Contact, Role, Student
from .oneroster import (
    KIN,
    STUDENT,
    OwnRole,
    has_several_family_roles,
    is_role,
    rank_role,
    say_links_elsewhere,
    say_one_sided,
    say_own_role,
    say_several_roles,
    say_staff,
    split_list,
    terms_of,
)
from .packed import Chosen
from .reading import Table
from .relationships import Relationships, Terms
from .side_files import parse_date

MOST_ROLES = 50  # of one person; more are a mistake


@dataclass(frozen=True, slots=True)
class Whole:
    """What a package says of people; `problems` are warnings."""

    students: Mapping[str, Student]
    contacts: Mapping[str, Contact]
    relationships: Relationships
    problems: list[Problem]


class _NotSoundError(Exception):
    """Something is to be said about a row."""


def read_whole(version: str, tables: Mapping[str, Table]) -> Whole | None:
    """`tables` of users, orgs and demographics, in 1.2 of roles too, none of them broken. None where any row has a
    mistake, or a status: the careful way is then to say so."""
    users = tables["users"]
    index = RowIndex(users.rows, users.rows.column("sourcedId"))
    try:
        people = _People(index, users, version)
        if version == "1.2":
            people.take_roles(tables["roles"])
        else:
            people.take_own_roles(users)
        links = people.links()
        births = people.births(tables["demographics"])
        _check_ids(tables["orgs"])
    except _NotSoundError:
        return None
    if not links:
        return None
    schools = dict(zip(tables["orgs"].rows.column("sourcedId"), tables["orgs"].rows.column("name"), strict=True))
    relationships = people.relationships(links, users.file)
    problems = people.problems(links, users.file)
    phones = zip(users.rows.lines, users.rows.select("phone", "sms"), strict=True)
    numbers = ((line, phone or sms) for line, (phone, sms) in compress(phones, people.are_contacts()))
    problems += check_phones(users.file, numbers)
    return Whole(people.students(schools, births), people.contacts(), relationships, problems)


def _check_ids(table: Table) -> None:
    """No id twice: by their hashes, which take less room, and are different where there is nothing to say."""
    hashes = array("q")
    for ids, statuses, days in table.rows.pieces("sourcedId", "status", "dateLastModified"):
        if any(statuses) or any(days):
            raise _NotSoundError
        hashes.extend(map(hash, ids))
    in_order = sorted(hashes)
    if any(map(eq, in_order, islice(in_order, 1, None))):
        raise _NotSoundError


@dataclass(slots=True)
class _Links:
    """Pairs of student and contact as one number each (`student * size + contact`), in order: those that the students
    name, those that the contacts name, and all. `elsewhere` are the numbers of those who name one of their own kind."""

    size: int
    by_student: array[int]
    by_contact: array[int]
    elsewhere: list[int]

    def all(self) -> Sequence[int]:
        if self.by_student == self.by_contact:
            return self.by_student
        return array("Q", sorted({*self.by_student, *self.by_contact}))

    def alone(self) -> tuple[list[int], list[int]]:
        """Pairs that only the student names, and those that only the contact names."""
        if self.by_student == self.by_contact:
            return [], []
        one, other = set(self.by_student), set(self.by_contact)
        return sorted(one - other), sorted(other - one)

    def __bool__(self) -> bool:
        return bool(self.by_student or self.by_contact)


class _People:
    def __init__(self, index: RowIndex, users: Table, version: str) -> None:
        if len(index) < len(users.rows):
            raise _NotSoundError
        self._index = index
        self._version = version
        self._lines = users.rows.lines
        self.is_student = bytearray(len(index))
        self._is_kin = bytearray(len(index))
        self._is_enabled = bytearray(len(index))
        self._is_related = bytearray(len(index))
        self._own: list[tuple[OwnRole, ...]] = [()] * len(index)
        self._known: dict[tuple[OwnRole, ...], tuple[tuple[OwnRole, ...], bool, bool]] = {}
        number = 0
        for statuses, days, enabled in users.rows.pieces("status", "dateLastModified", "enabledUser"):
            if any(statuses) or any(days) or not set(enabled) <= {"true", "false"}:
                raise _NotSoundError
            for cell in enabled:
                self._is_enabled[number] = cell == "true"
                number += 1

    def take_own_roles(self, users: Table) -> None:
        """1.1: one role for each user, at one or more organisations."""
        made: dict[tuple[str, ...], tuple[OwnRole, ...]] = {}
        for number, said in enumerate(users.rows.select("role", "orgSourcedIds")):
            if said not in made:
                word, orgs = said
                _check_word(word, self._version)
                made[said] = tuple(OwnRole(word, org) for org in split_list(orgs) or ("",))
            self._take(number, made[said])

    def take_roles(self, roles: Table) -> None:
        _check_ids(roles)
        made: dict[tuple[str, ...], tuple[OwnRole, ...]] = {}
        for user, *said in roles.rows.select("userSourcedId", "role", "orgSourcedId", "beginDate", "endDate"):
            number, key = self._index.numbers.get(user), tuple(said)
            if number is None:
                raise _NotSoundError
            if key not in made:
                made[key] = (_own_role(*said, version=self._version),)
            self._take(number, self._own[number] + made[key])

    def _take(self, number: int, own: tuple[OwnRole, ...]) -> None:
        """Equal roles are kept as one. Whoever has very many is left to the other way: here each makes another row of
        all before it."""
        if len(own) > MOST_ROLES:
            raise _NotSoundError
        if own not in self._known:
            is_student, is_kin = (any(role.word in words for role in own) for words in ((STUDENT,), KIN))
            self._known[own] = own, is_student, is_kin
        self._own[number], self.is_student[number], self._is_kin[number] = self._known[own]

    def links(self) -> _Links:
        size, number_of, is_student = len(self._index), self._index.numbers.get, self.is_student
        found = _Links(size, array("Q"), array("Q"), [])
        for number, agents in enumerate(self._index.column("agentSourcedIds")):
            for agent in split_list(agents):
                other = number_of(agent)
                if other is None:
                    raise _NotSoundError
                if is_student[number] == is_student[other]:
                    found.elsewhere.append(number)
                elif is_student[number]:
                    found.by_student.append(number * size + other)
                else:
                    found.by_contact.append(other * size + number)
        found.by_student, found.by_contact = _in_order(found.by_student), _in_order(found.by_contact)
        return found

    def relationships(self, links: _Links, file: str) -> Relationships:
        _, unsaid = links.alone()
        by_contact_alone, ids, lines = set(unsaid), self._index.ids, self._lines
        standing: dict[tuple[OwnRole, ...], tuple[Role, Terms]] = {}
        found = Relationships()
        for pair in links.all():
            student, contact = divmod(pair, links.size)
            own = self._own[contact]
            if own not in standing:
                role, rows = rank_role(own)
                standing[own] = role, Terms(True, *terms_of(rows))
            self._is_related[contact] = True
            said = contact if pair in by_contact_alone else student
            role, terms = standing[own]
            found.add(ids[student], ids[contact], role, file, lines[said], terms)
        return found

    def problems(self, links: _Links, file: str) -> list[Problem]:
        lines, size = self._lines, links.size
        by_student, by_contact = links.alone()
        related = [number for number, is_related in enumerate(self._is_related) if is_related]
        several = {own for own in self._known if has_several_family_roles(own)}
        return [
            *say_links_elsewhere(file, [lines[number] for number in links.elsewhere]),
            *say_one_sided(file, "student", [lines[pair // size] for pair in by_student]),
            *say_one_sided(file, "contact", [lines[pair % size] for pair in by_contact]),
            *say_own_role(file, len(links.all())),
            *say_staff(file, [lines[number] for number in related if not self._is_kin[number]]),
            *say_several_roles(file, [lines[n] for n in related if several and self._own[n] in several]),
        ]

    def births(self, demographics: Table) -> list[date | None]:
        """By number."""
        _check_ids(demographics)
        found: list[date | None] = [None] * len(self._index)
        for key, text in demographics.rows.select("sourcedId", "birthDate"):
            number = self._index.numbers.get(key)
            if number is not None:
                found[number] = parse_date(text)
        return found

    def students(self, schools: Mapping[str, str], births: Sequence[date | None]) -> Mapping[str, Student]:
        pick = self._index.picker("givenName", "familyName", "grades", "email", "username")

        def make(key: str, number: int) -> Student:
            given, family, grades, email, sign_in = pick(number)
            org = min(role.org for role in self._own[number] if role.word == STUDENT)
            grade = next(iter(split_list(grades)), "")
            return Student(key, given, family, schools.get(org, org), grade, email, sign_in, births[number])

        columns = {"given": "givenName", "family": "familyName", "email": "email", "sign_in": "username"}
        select = self._index.selector(columns, {"birth_date": births})
        return Chosen(self._index.numbers, self.is_student, make, select)

    def contacts(self) -> Mapping[str, Contact]:
        pick = self._index.picker("givenName", "familyName", "email", "phone", "sms")

        def make(key: str, number: int) -> Contact:
            given, family, email, phone, sms = pick(number)
            return Contact(key, given, family, email, phone or sms, bool(self._is_enabled[number]))

        columns = {"given": "givenName", "family": "familyName", "email": "email"}
        select = self._index.selector(columns, {"is_enabled": self._is_enabled})
        return Chosen(self._index.numbers, self.are_contacts(), make, select)

    def are_contacts(self) -> bytearray:
        """Whoever is related to a student, and family who are not students themselves."""
        flags = zip(self._is_related, self._is_kin, self.is_student, strict=True)
        return bytearray(related or (kin and not student) for related, kin, student in flags)


def _own_role(word: str, org: str, begins: str, ends: str, *, version: str) -> OwnRole:
    _check_word(word, version)
    days = parse_date(begins), parse_date(ends)
    if any(text and day is None for text, day in zip((begins, ends), days, strict=True)):
        raise _NotSoundError
    return OwnRole(word, org, *days)


def _check_word(word: str, version: str) -> None:
    if not is_role(word, version):
        raise _NotSoundError


def _in_order(numbers: array[int]) -> array[int]:
    """Each once."""
    found = sorted(numbers)
    repeats = any(one == other for one, other in pairwise(found))
    return array("Q", dict.fromkeys(found) if repeats else found)
