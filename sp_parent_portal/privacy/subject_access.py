"""Everything that is held of one guardian, for when they ask: from the school's files, from what this product remembers
and wrote, and from the tenant. A source that could not be read is UNKNOWN, never empty.

It is about this guardian and nobody else: of their own children it has ids, and names where nothing keeps the guardian
from them; of other contacts, other families and of whoever else accepted an invitation it has nothing. Of a court order
it has that there is one, as the school's files do, never the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ..contact_check import ContactCheck
from ..contacts.model import ContactList, Verdict
from . import subject_files, subject_tenant
from .subject import Entry, Export, Section, Sources, Subject, read_section

WITHHELD = "(withheld: look at it before you hand this over)"


def collect(sources: Sources, subject: Subject, made: datetime) -> Export:
    """Raises nothing of the gateway's and nothing about files: what could not be read is said in its section."""
    whole = (
        Section("contact list", tuple(_contact(sources.check.contacts, subject)), _why(sources.check)),
        Section("relationships", tuple(_relationships(sources.check, subject)), _why(sources.check)),
        *subject_files.read(sources, subject),
        *subject_tenant.read(sources, subject),
        *_memory(sources, subject),
    )
    return Export(sources.target, subject.email, made, whole)


def _why(check: ContactCheck) -> str:
    return check.error.message if check.error is not None else ""


def _contact(contacts: ContactList, subject: Subject) -> Iterator[Entry]:
    found = contacts.contacts.get(subject.contact_id)
    if found is not None:
        yield {
            "contact": found.id,
            "name": found.name,
            "address": found.email,
            "phone": found.phone,
            "access switched off": not found.is_enabled,
        }


def _relationships(check: ContactCheck, subject: Subject) -> Iterator[Entry]:
    for row in check.rows:
        if subject.contact_id and row.contact_id == subject.contact_id:
            apart = row.verdict in (Verdict.BLOCK, Verdict.REVIEW)
            student = check.contacts.students.get(row.student_id)
            yield {
                "student": row.student_id,
                "student's name": WITHHELD if apart else (student.name if student else ""),
                "role": row.role.value,
                "verdict": row.verdict.value,
                "rule": row.rule,
            }


def _memory(sources: Sources, subject: Subject) -> Iterator[Section]:
    """What the run store remembers: that they came in, and every step about them."""
    store, target, email = sources.store, sources.target, subject.email

    def people() -> Iterator[Entry]:
        for trip, guardian in store.list_people(target, email):
            # The address may have been another contact's then.
            known = {subject.contact_id} if subject.contact_id else set(guardian.contact_ids)
            alone = len(guardian.contact_ids) == 1 and set(guardian.contact_ids) == known and not subject.shared
            own = [each for each in guardian.student_ids if alone or each in subject.children]
            yield {
                "trip": trip,
                "address": guardian.email,
                "students": ", ".join(own),
                "students of others": "withheld" if len(own) < len(guardian.student_ids) else "none",
            }

    def steps() -> Iterator[Entry]:
        for step, trip in store.find_steps_about(target, email):
            change = step.outcome.change
            yield {
                "trip": trip,
                "when": step.at.isoformat(timespec="seconds"),
                "done": f"{change.verb} {change.kind}",
                "about": change.key,
                "because": change.reason,
                "ended": step.outcome.status.value,
                "detail": step.outcome.detail,
            }

    yield read_section("who came in (run store)", people)
    yield read_section("steps (run store)", steps)
