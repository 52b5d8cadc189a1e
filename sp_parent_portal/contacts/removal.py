"""Removing guardians from the directory's students: one guardian, or all of them; for contacts that School Data Sync
does not manage, because it writes its own again on its next run.

Graph replaces a student's whole collection and has no way to say "only if nobody changed it". So each student is read
again just before the write, written, and read back; whatever is not as it was when the change was shown is left alone.
Nothing is written before everything that may be lost is in a backup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from ..errors import GatewayError, InputError, OutcomeUnknown, Problem
from ..microsoft365.batch import ENDING
from ..microsoft365.education import EducationStudent, RelatedContact
from ..microsoft365.model import Answer
from .addresses import normalise_email
from .graph_source import AT_ONCE, EducationReader, contact_id, read_contacts, student_id
from .removal_backup import Backup, SavedStudent, What, save_backup

SDS_WRITES_AGAIN = (
    "School Data Sync writes the contacts that it manages again on its next run: remove those in the student "
    "information system, or they come back."
)
DONE, ALREADY, HELD, FAILED, UNKNOWN = "done", "already", "held", "failed", "unknown"
STATUSES = (DONE, ALREADY, HELD, FAILED, UNKNOWN)

Rows = tuple[Mapping[str, Any], ...]


class EducationWriter(EducationReader, Protocol):
    """As much of the gateway as removing needs."""

    def set_contacts(self, wanted: Iterable[tuple[str, Sequence[Mapping[str, Any]]]]) -> list[Answer[None]]: ...


@dataclass(frozen=True, slots=True)
class Change:
    """One student whose contacts become `after`; `id` is the directory's, `student` the school's."""

    id: str
    student: str
    before: Rows = field(repr=False)
    after: Rows = field(repr=False)

    @property
    def empties(self) -> bool:
        return bool(self.before) and not self.after


@dataclass(frozen=True, slots=True)
class Written:
    """What came of one change: a word of STATUSES, and why."""

    student: str
    status: str
    detail: str = ""


def observe_removal(education: EducationReader, guardian: str, only: Sequence[str] = ()) -> tuple[Change, ...]:
    """Every student (of `only`, by the school's ids, where it names any) who has the guardian, without them. `guardian`
    is an e-mail address, or a contact's id as `contacts check graph: --rows` shows it. Raises InputError where no
    student has them or an id is unknown, GatewayError."""
    email = normalise_email(guardian) or ""
    changes = []
    for pupil, contacts in _observe(education, only):
        rest = tuple(one for one in contacts if not _is(pupil, one, guardian, email))
        if len(rest) < len(contacts):
            changes.append(_change(pupil, contacts, rest))
    if not changes:
        raise InputError(
            "No student has this contact; nothing was changed.",
            "Give the e-mail address, or the contact's id that `contacts check graph: --rows` shows.",
        )
    return tuple(changes)


def observe_reset(education: EducationReader, only: Sequence[str] = ()) -> tuple[Change, ...]:
    """Every student (of `only` where it names any) who has contacts, without any. Raises InputError for an unknown id,
    GatewayError."""
    return tuple(_change(pupil, contacts, ()) for pupil, contacts in _observe(education, only) if contacts)


def make_changes(backup: Backup) -> tuple[Change, ...]:
    """The changes that a backup was written for: carried out again they go on where they were cut off."""
    return tuple(Change(each.id, each.student, each.before, each.after) for each in backup.students)


def make_undoing(backup: Backup) -> tuple[Change, ...]:
    """The way back."""
    return tuple(Change(each.id, each.student, each.after, each.before) for each in backup.students)


def start(
    education: EducationWriter,
    target: str,
    what: What,
    changes: Sequence[Change],
    folder: Path,
    now: datetime,
    *,
    may_empty: bool = False,
    backed_up: Callable[[Path], None] = lambda _path: None,
    stepped: Callable[[], None] = lambda: None,
) -> tuple[Path, tuple[Written, ...]]:
    """Back up, then write. Raises InputError where the backup cannot be written. `may_empty`: a student may be left
    without any contact. `backed_up` is told where the backup is before anything is written."""
    saved = tuple(
        SavedStudent(
            id=change.id,
            student=change.student,
            before=tuple(map(dict, change.before)),
            after=tuple(map(dict, change.after)),
        )
        for change in changes
        if may_empty or not change.empties
    )
    path = save_backup(folder, Backup(what=what, target=target, made=now, students=saved))
    backed_up(path)
    return path, write(education, changes, may_empty=may_empty, stepped=stepped)


def write(
    education: EducationWriter,
    changes: Sequence[Change],
    *,
    may_empty: bool,
    stepped: Callable[[], None] = lambda: None,
) -> tuple[Written, ...]:
    """Each change on its own: read, compare, write the whole collection, read back. Only for what is in a backup:
    `start` sees to it. Raises nothing."""
    written: list[Written] = []
    hopeless: GatewayError | None = None
    for begin in range(0, len(changes), AT_ONCE):
        some = changes[begin : begin + AT_ONCE]
        if hopeless is None:
            outcomes, hopeless = _write_some(education, some, may_empty=may_empty)
        else:
            outcomes = [Written(change.student, FAILED, hopeless.message) for change in some]
        written += outcomes
        for _ in some:
            stepped()
    return tuple(written)


def _observe(
    education: EducationReader, only: Sequence[str]
) -> list[tuple[EducationStudent, tuple[RelatedContact, ...]]]:
    pupils = list(education.list_students())
    known = {student_id(pupil) for pupil in pupils} | {pupil.id for pupil in pupils}
    unknown = [number for number, each in enumerate(only, start=1) if each not in known]
    if unknown:
        # Not by their ids: standard error is a log.
        numbers = ", ".join(map(str, unknown[:20]))
        message = f"{len(unknown)} of the students named are not in the directory (number {numbers}); nothing changed."
        hint = "They are counted in the order in which they were named; `contacts check graph: --rows` shows the ids."
        raise InputError(message, hint, [Problem("students", 0, "unknown-student", message)])
    wanted = [pupil for pupil in pupils if not only or student_id(pupil) in only or pupil.id in only]
    found = read_contacts(education, wanted)
    return [(pupil, found[pupil.id]) for pupil in wanted if pupil.id in found]


def _is(pupil: EducationStudent, one: RelatedContact, guardian: str, email: str) -> bool:
    return contact_id(pupil.id, one) == guardian or (bool(email) and normalise_email(one.email) == email)


def _change(pupil: EducationStudent, before: Sequence[RelatedContact], after: Sequence[RelatedContact]) -> Change:
    return Change(pupil.id, student_id(pupil), tuple(one.row for one in before), tuple(one.row for one in after))


def _write_some(
    education: EducationWriter, changes: Sequence[Change], *, may_empty: bool
) -> tuple[list[Written], GatewayError | None]:
    """The outcomes in order, and the error after which no further change can succeed."""
    try:
        there = education.get_contacts([change.id for change in changes])
    except GatewayError as error:
        failed = [Written(change.student, FAILED, error.message) for change in changes]
        return failed, error if isinstance(error, ENDING) else None
    outcomes = {change.id: _judge(change, there.get(change.id), may_empty=may_empty) for change in changes}
    wanted = [change for change in changes if outcomes[change.id] is None]
    answers = education.set_contacts([(change.id, change.after) for change in wanted]) if wanted else []
    outcomes |= _read_back(education, wanted, [answer.error for answer in answers])
    ending = next((answer.error for answer in answers if isinstance(answer.error, ENDING)), None)
    return [outcome for outcome in outcomes.values() if outcome is not None], ending


def _judge(change: Change, contacts: tuple[RelatedContact, ...] | None, *, may_empty: bool) -> Written | None:
    """Why a change is not to be written; None where it is."""
    if contacts is None:
        return Written(change.student, HELD, "the student is no longer in the directory")
    now = _content(one.row for one in contacts)
    if now == _content(change.after):
        return Written(change.student, ALREADY)
    if now != _content(change.before):
        return Written(change.student, HELD, "the contacts have changed since; look again")
    if change.empties and not may_empty:
        return Written(change.student, HELD, "it is the student's only contact; say so to remove it")
    return None


def _read_back(
    education: EducationWriter, changes: Sequence[Change], errors: Sequence[GatewayError | None]
) -> dict[str, Written | None]:
    if not changes:
        return {}
    try:
        there = education.get_contacts([change.id for change in changes])
    except GatewayError as error:
        return {change.id: Written(change.student, UNKNOWN, error.message) for change in changes}
    return {
        change.id: _compare(change, there.get(change.id), error) for change, error in zip(changes, errors, strict=True)
    }


def _compare(change: Change, contacts: tuple[RelatedContact, ...] | None, error: GatewayError | None) -> Written:
    now = None if contacts is None else _content(one.row for one in contacts)
    if now == _content(change.after):
        return Written(change.student, DONE)
    if now == _content(change.before):
        if isinstance(error, OutcomeUnknown):
            return Written(change.student, UNKNOWN, error.message)
        return Written(change.student, FAILED, error.message if error else "it reads back as it was before")
    return Written(change.student, UNKNOWN, "something else reads back: somebody wrote at the same time; look again")


def _content(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """What of contacts is compared; their order says nothing."""
    names = ("displayName", "emailAddress", "mobilePhone", "relationship", "accessConsent")
    return sorted(tuple("" if row.get(name) is None else str(row[name]) for name in names) for row in rows)
