"""Who is related to whom: one relationship, and very many of them in little memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, overload


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


RANK = {role: rank for rank, role in enumerate(Role)}
"""Where one pair has two roles, the one of lower rank counts."""


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


class Terms(NamedTuple):
    """What only some sources say of a relationship, see there."""

    role_is_persons_own: bool = False
    begins: date | None = None
    ends: date | None = None
    lacks_consent: bool = False

    @property
    def bind(self) -> bool:
        """Whether screening may come to another verdict by them."""
        return self.lacks_consent or self.begins is not None or self.ends is not None


PLAIN = Terms()


class Relationships(Sequence[Relationship]):
    """As a tuple of them, which each is made when it is asked for. Grows only while a list is being read."""

    def __init__(self, rows: Iterable[Relationship] = ()) -> None:
        self.student_ids: list[str] = []
        self.contact_ids: list[str] = []
        self.roles: list[Role] = []
        self._file = ""
        self._other_files: dict[int, str] = {}
        self._lines = array("I")
        self.usual = PLAIN
        self.unusual: dict[int, Terms] = {}
        """Terms of the rows that have others than the usual ones, which never bind."""
        for row in rows:
            terms = Terms(row.role_is_persons_own, row.begins, row.ends, row.lacks_consent)
            self.add(row.student_id, row.contact_id, row.role, row.file, row.line, terms)

    def add(self, student_id: str, contact_id: str, role: Role, file: str, line: int, terms: Terms = PLAIN) -> None:
        if not self.student_ids and not terms.bind:
            self.usual = terms
        if terms != self.usual:
            self.unusual[len(self.student_ids)] = terms
        self.student_ids.append(student_id)
        self.contact_ids.append(contact_id)
        self.roles.append(role)
        if file != self._file:
            self._name_file(file)
        self._lines.append(line)

    def extend(
        self,
        student_ids: Iterable[str],
        contact_ids: Iterable[str],
        roles: Iterable[Role],
        file: str,
        lines: Iterable[int],
        terms: Terms = PLAIN,
    ) -> None:
        """Many rows of one file and with the same terms, which must be those of all rows before."""
        if terms.bind:
            raise ValueError("rows with terms that bind are added one by one")
        if not self.student_ids:
            self._file, self.usual = file, terms
        elif (file, terms) != (self._file, self.usual):
            raise ValueError("rows of another file, or with other terms, are added one by one")
        self.student_ids.extend(student_ids)
        self.contact_ids.extend(contact_ids)
        self.roles.extend(roles)
        self._lines.extend(lines)

    def _name_file(self, file: str) -> None:
        """Of the row added last; nearly always all rows are of one file."""
        if len(self.student_ids) == 1:
            self._file = file
        else:
            self._other_files[len(self.student_ids) - 1] = file

    def _file_of(self, number: int) -> str:
        return self._other_files.get(number, self._file)

    def __len__(self) -> int:
        return len(self.student_ids)

    @overload
    def __getitem__(self, number: int) -> Relationship: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[Relationship]: ...

    def __getitem__(self, number: int | slice) -> Relationship | Sequence[Relationship]:
        if isinstance(number, slice):
            return tuple(self[each] for each in range(*number.indices(len(self))))
        number = range(len(self))[number]
        student_id, contact_id, role = self.student_ids[number], self.contact_ids[number], self.roles[number]
        return Relationship(
            student_id, contact_id, role, self._file_of(number), self._lines[number], *self.terms(number)
        )

    def terms(self, number: int) -> Terms:
        return self.unusual.get(number, self.usual)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Relationships | tuple):
            return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as other sequences that can grow

    @cached_property
    def in_order(self) -> array[int]:
        """Numbers of the rows in order of student id, then contact id, then place."""
        numbers = sorted(range(len(self)), key=self.contact_ids.__getitem__)
        numbers.sort(key=self.student_ids.__getitem__)
        return array("I", numbers)

    def repeated(self) -> Iterator[list[int]]:
        """Numbers of the rows that say something of the same student and contact, where there is more than one."""
        group: list[int] = []
        for one, other in pairwise(self.in_order):
            same = self.student_ids[one] == self.student_ids[other] and self.contact_ids[one] == self.contact_ids[other]
            if same:
                group = group or [one]
                group.append(other)
            elif group:
                yield group
                group = []
        if group:
            yield group


_NONE = array("I")


class OfStudents(Mapping[str, Sequence[Relationship]]):
    """Student id → their relationships, in order of contact id. Students without any are left out."""

    def __init__(self, rows: Relationships) -> None:
        self._rows = rows
        self._starts: dict[str, int] = {}
        for place, number in enumerate(rows.in_order):
            self._starts.setdefault(rows.student_ids[number], place)

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._starts)

    def __contains__(self, key: object) -> bool:
        return key in self._starts

    def __getitem__(self, student_id: str) -> tuple[Relationship, ...]:
        return tuple(self._rows[number] for number in self._numbers(self._starts[student_id], student_id))

    def places(self, student_id: str) -> array[int]:
        """Numbers of the student's rows, in order; none where the student has none."""
        start = self._starts.get(student_id)
        return _NONE if start is None else self._numbers(start, student_id)

    def roles(self, student_id: str) -> list[tuple[str, Role, Terms]]:
        """Contact id, role and terms of the student's relationships, in order."""
        rows = self._rows
        return [(rows.contact_ids[n], rows.roles[n], rows.terms(n)) for n in self.places(student_id)]

    def contact_ids(self, student_id: str) -> list[str]:
        """Those of the student's relationships, in order."""
        return [self._rows.contact_ids[n] for n in self.places(student_id)]

    def _numbers(self, place: int, student_id: str) -> array[int]:
        order, ids, end = self._rows.in_order, self._rows.student_ids, place + 1
        while end < len(order) and ids[order[end]] == student_id:
            end += 1
        return order[place:end]


class Holders(Mapping[str, tuple[str, ...]]):
    """Normalised address → ids of the contacts that have it, sorted. Nearly every address has one holder, and then is
    kept without a tuple of its own. `shared` are those that several contacts have."""

    def __init__(self, email_of: Mapping[str, str]) -> None:
        self._first: dict[str, str] = {}
        self.shared: dict[str, tuple[str, ...]] = {}
        for contact_id, email in email_of.items():
            first = self._first.setdefault(email, contact_id)
            if first != contact_id:
                self.shared[email] = tuple(sorted((*self.shared.get(email, (first,)), contact_id)))

    def __len__(self) -> int:
        return len(self._first)

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __contains__(self, key: object) -> bool:
        return key in self._first

    def __getitem__(self, email: str) -> tuple[str, ...]:
        return self.shared.get(email) or (self._first[email],)
