"""Invented schools and families, as a student information system knows them: siblings, two households, step-parents,
grandparents, staff who are parents. The same seed gives the same people on every machine and Python.

Addresses lie in `.example` domains (RFC 2606), telephone numbers in the range that Ofcom keeps for drama
(+44 7700 900000 to 900999, read 2026-11), so that nothing generated ever reaches anybody.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from .model import Role, Verdict

INTERNAL_DOMAIN, STUDENT_DOMAIN = "school.example", "pupils.example"
FIRST_BIRTHDAY = date(2021, 9, 1)  # whoever was born in the twelve months before it is in year 1
YEARS = 11

_DOMAINS = ("mail.example", "post.example", "inbox.example", "family.example", "letters.example")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# No given name begins with another: to screening, Jo and Joan with one telephone are one person.
GIVEN = _words(
    "Ada Aisha Alan Bella Ben Carla Chen Clara Dan Derek Dina Edith Elias Emeka Fatima Felix Finn Gita Grace "
    "Gwen Hanna Hugo Ida Imran Ines Ivan Jamal Joan Jonas Kemal Kira Kofi Lara Leila Liam Luca Maeve Marek "
    "Mila Musa Nadia Nils Nora Olga Omar Oscar Paula Piotr Priya Quinn Rafael Ravi Rosa Ruth Samir Selma "
    "Sofia Tara Theo Tomas Uma Usha Vera Viktor Wanda Wei Xenia Yara Yusuf Zane Zoya"
)
FAMILY = _words(
    "Abara Adler Ahmed Baker Banerjee Barros Bell Brandt Byrne Castro Chowdhury Clarke Cohen Cruz Dahl Diaz "
    "Dunn Eriksen Evans Farah Fischer Foley Fox Garcia Gill Grant Hale Hamid Hart Hughes Hussain Ito Iqbal "
    "Jansen Jones Joshi Kaya Kerr Khan Kim Kovacs Lane Larsen Lee Lind Lopez Mbeki Mehta Meyer Moss Murphy "
    "Nash Nguyen Novak Okafor Okoro Olsen Osman Park Patel Pereira Petrov Quist Rahman Reid Rossi Roth Sato "
    "Schmidt Shah Silva Singh Snow Stein Tanaka Tran Unwin Vance Vargas Voss Walsh Ward Weber Wolf Wong "
    "Yilmaz York Young Zhang Ziegler"
)

_SYLLABLES = tuple(consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou")

T = TypeVar("T")
Outcome = tuple[Verdict, str]
"""Verdict and rule that screening must come to."""


@dataclass(slots=True)
class InventedSchool:
    id: str
    name: str
    places: int
    in_year: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class InventedClass:
    """A class of one year with its teacher."""

    id: str
    title: str
    school_id: str
    teacher_id: str
    teacher_given: str
    teacher_family: str


@dataclass(slots=True)
class InventedStudent:
    id: str
    given: str
    family: str
    year: int
    birth: date
    class_id: str = ""

    @property
    def sign_in(self) -> str:
        return f"{self.id.lower()}@{STUDENT_DOMAIN}"


@dataclass(slots=True)
class InventedContact:
    """What follows the telephone only some formats can say: `begins` and `ends` bound the role (YYYY-MM-DD)."""

    id: str
    given: str
    family: str
    email: str
    phone: str
    is_enabled: bool = True
    begins: str = ""
    ends: str = ""
    has_consent: bool = True


@dataclass(slots=True)
class Family:
    """Students and contacts who belong together, what the school knows besides, and what must become of them.

    `flags` and `exclusions` are rows of those files by column. `outcomes` holds what was planted; every other link is
    ordinary and `truth` knows what becomes of it.
    """

    students: list[InventedStudent]
    contacts: list[InventedContact]
    links: list[tuple[InventedStudent, InventedContact, Role]]
    flags: list[dict[str, str]] = field(default_factory=list)
    exclusions: list[dict[str, str]] = field(default_factory=list)
    outcomes: dict[tuple[str, str], Outcome] = field(default_factory=dict)
    trap: str = ""

    def add(self, contact: InventedContact, role: Role) -> InventedContact:
        """One more contact, of every student."""
        self.contacts.append(contact)
        self.links += [(student, contact, role) for student in self.students]
        return contact

    def expect(self, contact: InventedContact, verdict: Verdict, rule: str) -> None:
        """The same for every student of the contact."""
        for student, linked, _ in self.links:
            if linked is contact:
                self.outcomes[student.id, contact.id] = verdict, rule

    def truth(self) -> list[tuple[str, str, Outcome]]:
        """(student id, contact id, outcome) of every link, when all students of the list are screened together with
        its exclusions and flags, `INTERNAL_DOMAIN`, and parents and guardians as those who are invited."""
        found = []
        invited: set[str] = set()
        for student, contact, role in sorted(self.links, key=lambda link: (link[0].id, link[1].id)):
            outcome = self.outcomes.get((student.id, contact.id))
            if outcome is None and role not in (Role.PARENT, Role.GUARDIAN):
                outcome = Verdict.SKIP_ROLE, "role"
            elif outcome is None and contact.email.endswith("@" + INTERNAL_DOMAIN):
                outcome = Verdict.SKIP_INTERNAL, "internal"
            elif outcome is None and contact.id in invited:
                outcome = Verdict.INVITE_ONCE, "same-guardian"
            elif outcome is None:
                invited.add(contact.id)
                outcome = Verdict.INVITE, ""
            found.append((student.id, contact.id, outcome))
        return found


class Inventor:
    """Where people come from: keeps the numbers already given, so that ids and addresses are unique in a list."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose; nothing secret comes from it
        self._numbers: Counter[str] = Counter()
        self._named: Counter[str] = Counter()

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def choose(self, among: Sequence[T]) -> T:
        """By `random()` alone: of all methods only its sequence is promised to stay the same between Pythons."""
        return among[int(self._random.random() * len(among))]

    def school(self) -> InventedSchool:
        key = self._id("O", 4)
        kind = self.choose(("Primary and High School", "Community School", "Academy", "College"))
        return InventedSchool(key, f"{self.choose(FAMILY)} {kind} {key[1:]}", 200 + int(self._random.random() * 1000))

    def new_class(self, school: InventedSchool, title: str) -> InventedClass:
        own = self._id("C", 6), title, school.id
        return InventedClass(*own, self._id("T", 6), self.choose(GIVEN), self.choose(FAMILY))

    def family(self, children: int = 0, *, plain: bool = False) -> Family:
        """`children` 0 is as many as it happens; `plain` is two parents and nothing unusual."""
        children = children or self.choose((1,) * 14 + (2,) * 5 + (3,))
        names = self._different_names(children + 4)
        family = self.choose(FAMILY)
        students = [self._student(name, family) for name in names[:children]]
        first, second, third, fourth = names[children:]
        found = Family(students, [], [])
        household = "two" if plain else self.choose(("two",) * 62 + ("one",) * 18 + ("step",) * 12 + ("grand",) * 8)
        mother = found.add(self.contact(first, family), Role.PARENT)
        if household != "one":
            found.add(self.contact(second, family if self.chance(0.8) else self.choose(FAMILY)), Role.PARENT)
        if household == "grand":
            found.add(self.contact(third, family), Role.RELATIVE)
        if household == "step":
            self._add_second_household(found, third, fourth)
        if not plain and self.chance(0.02):
            mother.email = self.address(mother.given, mother.family, INTERNAL_DOMAIN)
        return found

    def contact(self, given: str, family: str) -> InventedContact:
        phone = f"+447700900{int(self._random.random() * 1000):03}" if self.chance(0.9) else ""
        return InventedContact(self._id("P", 7), given, family, self.address(given, family), phone)

    def address(self, given: str, family: str, domain: str = "") -> str:
        """One that nobody else has, and no second spelling of anybody's."""
        name = f"{given}.{family}".lower()
        self._named[name] += 1
        often = self._named[name]
        return f"{name}{often if often > 1 else ''}@{domain or self.choose(_DOMAINS)}"

    def another_name(self, family: Family) -> str:
        """A given name that nobody in the family has."""
        taken = {student.given for student in family.students} | {contact.given for contact in family.contacts}
        return self.choose([name for name in GIVEN if name not in taken])

    def make_unmistakable(self, contact: InventedContact) -> None:
        """Gives a family name that nobody else has: whoever has the name of somebody excluded is held for review."""
        self._numbers["name"] += 1
        number, syllables = self._numbers["name"], []
        while number:
            number, rest = divmod(number, len(_SYLLABLES))
            syllables.append(_SYLLABLES[rest])
        contact.family += "-" + "".join(syllables).capitalize()

    def _add_second_household(self, family: Family, third: str, fourth: str) -> None:
        """New partners of both parents; the youngest of several children is the first parent's and their partner's."""
        _, father = family.contacts
        name = self.choose(FAMILY)
        family.add(self.contact(third, name), Role.GUARDIAN)
        partner = family.add(self.contact(fourth, self.choose(FAMILY)), Role.GUARDIAN) if self.chance(0.5) else None
        if len(family.students) > 1:
            youngest = family.students[-1]
            youngest.family = name
            gone = (father, partner)
            family.links = [link for link in family.links if link[0] is not youngest or link[1] not in gone]

    def _student(self, given: str, family: str) -> InventedStudent:
        year = 1 + int(self._random.random() * YEARS)
        start = FIRST_BIRTHDAY.replace(year=FIRST_BIRTHDAY.year - year)
        born = start + timedelta(days=int(self._random.random() * 365))
        return InventedStudent(self._id("S", 7), given, family, year, born)

    def _different_names(self, number: int) -> list[str]:
        names: dict[str, None] = {}
        while len(names) < number:
            names[self.choose(GIVEN)] = None
        return list(names)

    def _id(self, letter: str, width: int) -> str:
        self._numbers[letter] += 1
        return f"{letter}{self._numbers[letter]:0{width}}"
