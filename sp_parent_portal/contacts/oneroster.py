"""What OneRoster says of people, files and server alike → the contact list (1EdTech OneRoster 1.1, document 1.1.1, and
1.2, both of 22 August 2023, read 2026-11).

`agents` say who is connected with whom, in both directions, and nothing else: OneRoster does not carry *what* a contact
is to a student. So the role of a relationship is the contact's own role, `Relationship.role_is_persons_own` says so for
each row, and one warning says so for the list. Links that stand on one side only are taken, with a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ..errors import Problem
from .linking import check_phones, hint_of_lost_zeros, raise_errors
from .model import Contact, ContactList, Relationship, Role, Student

KIN = {"parent": Role.PARENT, "guardian": Role.GUARDIAN, "relative": Role.RELATIVE}
_STAFF = {
    "aide": Role.AIDE,
    "administrator": Role.ADMINISTRATOR,
    "districtAdministrator": Role.ADMINISTRATOR,
    "siteAdministrator": Role.ADMINISTRATOR,
    "systemAdministrator": Role.ADMINISTRATOR,
}
_RANK = {role: rank for rank, role in enumerate(Role)}
STUDENT = "student"
ROLE_WORDS = {
    "1.1": frozenset({"administrator", "aide", "guardian", "parent", "proctor", "relative", STUDENT, "teacher"}),
    "1.2": frozenset(
        {
            *("aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor", "relative"),
            *("siteAdministrator", STUDENT, "systemAdministrator", "teacher"),
        }
    ),
}


@dataclass(frozen=True, slots=True)
class OwnRole:
    """What a person is, wherever: `word` is OneRoster's, in its exact case; `org` is an organisation's id."""

    word: str
    org: str = ""
    begins: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever OneRoster calls a user. `file` and `line` are where it was read; `agents` are ids of people."""

    id: str
    given: str
    family: str
    email: str
    phone: str
    sign_in: str
    is_enabled: bool
    roles: tuple[OwnRole, ...]
    grade: str
    agents: tuple[str, ...]
    file: str = ""
    line: int = 0

    @property
    def is_student(self) -> bool:
        return any(role.word == STUDENT for role in self.roles)

    @property
    def is_kin(self) -> bool:
        return any(role.word in KIN for role in self.roles)


@dataclass(frozen=True)
class Roster:
    """Everything that was read. `gone` are the ids of people whom the source itself says to be deleted: a link to one
    of them is no mistake. `whole`: the source holds everybody, so that an id which it does not know is an error; a
    server may keep back people whom an application must not see."""

    version: str
    file: str
    people: Mapping[str, Person]
    gone: Collection[str]
    schools: Mapping[str, str]
    births: Mapping[str, date | None]
    whole: bool = True


def is_role(word: str, version: str) -> bool:
    """Whether the version has this role; words are case-sensitive, and 1.2 may be extended with `ext:`."""
    return word in ROLE_WORDS[version] or (version == "1.2" and word.startswith("ext:") and len(word) > 4)


def make_contact_list(format: str, roster: Roster, problems: Iterable[Problem], fingerprint: str) -> ContactList:
    """Raises ContactListError with every problem."""
    found = list(problems)
    students = {person.id: _student(roster, person) for person in roster.people.values() if person.is_student}
    links, wrong = _links(roster, students)
    found += wrong
    relationships = tuple(_relationship(roster, students, *pair) for pair in sorted(links))
    related = {relationship.contact_id for relationship in relationships}
    contacts = {
        key: Contact(key, person.given, person.family, person.email, person.phone, person.is_enabled)
        for key, person in roster.people.items()
        if key in related or (person.is_kin and not person.is_student)
    }
    found += _about_links(roster, links) + _about_roles(roster, relationships)
    found += check_phones(roster.file, ((roster.people[key].line, contact.phone) for key, contact in contacts.items()))
    if not any(problem.severity == "error" for problem in found):
        found += _about_nobody(roster, students, relationships)
    return ContactList(format, students, contacts, relationships, raise_errors(found), fingerprint)


def _student(roster: Roster, person: Person) -> Student:
    """Of several schools the one with the lowest id is named."""
    org = min(role.org for role in person.roles if role.word == STUDENT)
    school = roster.schools.get(org, org)
    birth = roster.births.get(person.id)
    return Student(person.id, person.given, person.family, school, person.grade, person.email, person.sign_in, birth)


# ---- links -----------------------------------------------------------------------------------------------------------

_Links = dict[tuple[str, str], set[bool]]
"""(student id, contact id) → who says so: True is the student, False the contact."""


def _links(roster: Roster, students: Collection[str]) -> tuple[_Links, list[Problem]]:
    links: _Links = {}
    problems: list[Problem] = []
    elsewhere: list[Person] = []
    for person in roster.people.values():
        for agent in person.agents:
            other = roster.people.get(agent)
            if other is None:
                if agent not in roster.gone:
                    problems += _unknown(roster, person, agent)
            elif (person.id in students) != (agent in students):
                pair = (person.id, agent) if person.id in students else (agent, person.id)
                links.setdefault(pair, set()).add(pair[0] == person.id)
            else:
                elsewhere.append(person)
    problems += say_links_elsewhere(roster.file, [person.line for person in elsewhere])
    if not roster.whole and problems:
        problems = _as_one_warning(roster, problems)
    return links, problems


def _unknown(roster: Roster, person: Person, agent: str) -> list[Problem]:
    hint = hint_of_lost_zeros(agent, roster.people)
    return [Problem(person.file, person.line, "unknown-agent", f"An id among the agents is nobody's.{hint}")]


def _as_one_warning(roster: Roster, problems: list[Problem]) -> list[Problem]:
    unknown = [problem for problem in problems if problem.rule == "unknown-agent"]
    rest = [problem for problem in problems if problem.rule != "unknown-agent"]
    if unknown:
        message = f"{len(unknown)} links lead to people whom the server does not show; nobody is invited by them."
        rest.append(Problem(roster.file, 0, "unknown-agent", message, "warning"))
    return rest


def _relationship(roster: Roster, students: Mapping[str, Student], student_id: str, contact_id: str) -> Relationship:
    contact, student = roster.people[contact_id], roster.people[student_id]
    role, rows = rank_role(contact.roles)
    said = student if contact_id in student.agents else contact
    begins, ends = terms_of(rows)
    return Relationship(students[student_id].id, contact_id, role, said.file, said.line, True, begins, ends)


def rank_role(roles: tuple[OwnRole, ...]) -> tuple[Role, tuple[OwnRole, ...]]:
    """The role by which a person counts as a contact, and the rows that say so: what they are to a family if anything,
    otherwise what they are to the school. Whoever is both a parent and a relative somewhere may be the aunt here: the
    more distant one counts."""
    kin = [role for role in roles if role.word in KIN]
    if kin:
        role = max((KIN[each.word] for each in kin), key=_RANK.__getitem__)
        return role, tuple(each for each in kin if KIN[each.word] is role)
    staff = [role for role in roles if role.word in _STAFF]
    if staff:
        role = _STAFF[staff[0].word]
        return role, tuple(each for each in staff if _STAFF[each.word] is role)
    return Role.OTHER, roles or (OwnRole(""),)


def terms_of(rows: tuple[OwnRole, ...]) -> tuple[date | None, date | None]:
    """From when and until when a role is held that several rows say."""
    begins = None if any(row.begins is None for row in rows) else min(row.begins for row in rows if row.begins)
    ends = None if any(row.ends is None for row in rows) else max(row.ends for row in rows if row.ends)
    return begins, ends


def split_list(cell: str) -> tuple[str, ...]:
    """A list in one cell, parted by commas; most cells hold one thing or nothing."""
    if "," not in cell:
        return (cell,) if cell else ()
    return tuple(part.strip() for part in cell.split(",") if part.strip())


# ---- what is said about the list -------------------------------------------------------------------------------------


def say_links_elsewhere(file: str, lines: Sequence[int]) -> list[Problem]:
    return _say(
        file, lines, "link-without-student", "links are not between a student and somebody else; they are left out."
    )


def say_one_sided(file: str, speaker: str, lines: Sequence[int]) -> list[Problem]:
    said = f"links stand with the {speaker} alone, not on both sides. They count all the same."
    return _say(file, lines, "one-sided-link", said)


def say_own_role(file: str, relationships: int) -> list[Problem]:
    message = (
        "OneRoster says who is connected with whom, not what they are to each other: the role in "
        f"{relationships} relationships is the contact's own."
    )
    return [Problem(file, 0, "own-role", message, "warning")] if relationships else []


def say_staff(file: str, lines: Sequence[int]) -> list[Problem]:
    return _say(file, lines, "staff-role", "people linked to students have no family role; by default none is invited.")


def say_several_roles(file: str, lines: Sequence[int]) -> list[Problem]:
    said = "people have several family roles, and which is meant is not said: the most distant counts."
    return _say(file, lines, "several-roles", said)


def has_several_family_roles(roles: tuple[OwnRole, ...]) -> bool:
    return len({role.word for role in roles if role.word in KIN}) > 1


def _say(file: str, lines: Sequence[int], rule: str, said: str) -> list[Problem]:
    return [Problem(file, min(lines), rule, f"{len(lines)} {said}", "warning")] if lines else []


def _about_links(roster: Roster, links: _Links) -> list[Problem]:
    problems = []
    for by_student, speaker in ((True, "student"), (False, "contact")):
        alone = [roster.people[pair[0] if by_student else pair[1]] for pair, by in links.items() if by == {by_student}]
        problems += say_one_sided(roster.file, speaker, [person.line for person in alone])
    return problems


def _about_roles(roster: Roster, relationships: Collection[Relationship]) -> list[Problem]:
    related = [roster.people[key] for key in sorted({relationship.contact_id for relationship in relationships})]
    staff = [person.line for person in related if not person.is_kin]
    several = [person.line for person in related if has_several_family_roles(person.roles)]
    said = say_own_role(roster.file, len(relationships))
    return [*said, *say_staff(roster.file, staff), *say_several_roles(roster.file, several)]


def _about_nobody(roster: Roster, students: Collection[str], links: Collection[Relationship]) -> Iterator[Problem]:
    """A source that answers well and says nothing is how an export fails: it is never taken for "nobody"."""
    if not students:
        yield Problem(roster.file, 0, "no-rows", "There is no student in it: the export seems to have failed.")
    elif not links:
        message = "No student is linked to a contact (agents): the export lost the links, or left them out."
        yield Problem(roster.file, 0, "no-rows", message)
