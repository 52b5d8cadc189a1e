"""The contact list that is kept: a sync of it, what it holds, and what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..contact_changes import Changes, OnTrips, Side, tell_counts
from ..contact_check import row_data
from ..contact_sync import Shown, Synced
from ..contacts.differences import ListChange, count
from ..contacts.kept import KeptList
from .contacts_report import VERDICTS, verdict_rows
from .report import Cell, Column, Report

Row = dict[str, Cell]

_ROWS = (
    Column("student", "student"),
    Column("contact", "contact"),
    Column("email", "address"),
    Column("role", "role"),
    Column("verdict", "verdict"),
    Column("rule", "rule"),
    Column("detail", "detail"),
)
_CHANGES = (
    Column("what", "what"),
    Column("kind", "of"),
    Column("student", "student"),
    Column("contact", "contact"),
    Column("field", "field"),
    Column("before", "before"),
    Column("after", "after"),
    Column("trips", "trips"),
)


def sync_report(target: str, source: str, synced: Synced) -> Report:
    """`synced` that was kept, or refused; for one that could not be read there is the report of the check."""
    check = synced.check.as_data(with_rows=False)
    data = {
        "target": target,
        "source": source,
        "kept": synced.kept is not None,
        "refused": synced.refused,
        "synced_at": None if synced.kept is None else _moment(synced.kept),
        "before": None if synced.before is None else _about(synced.before),
        "counts": count(synced.changes),
        **check,
    }
    rows = verdict_rows(check["verdicts"])
    size = f"{check['students']} students, {check['contacts']} contacts, {check['relationships']} relationships"
    if synced.kept is None:
        return Report(target, f"Contact list refused: {size}", data, VERDICTS, rows)
    notes = [f"{each.severity}: {each}" for each in synced.check.problems]
    if synced.before is not None:
        notes.append(f"Since the sync of {_moment(synced.before)}: {tell_counts(synced.changes)}.")
    return Report(target, f"Contact list {check['format']} kept: {size}", data, VERDICTS, rows, tuple(notes))


def shown_report(target: str, shown: Shown, *, with_rows: bool) -> Report:
    about = shown.kept.about
    data: dict[str, Any] = {
        "target": target,
        **_about(shown.kept),
        "verdicts": dict(shown.verdicts),
        "before": None if shown.before is None else _about(shown.before),
    }
    title = (
        f"Contact list {about.format} of {_moment(shown.kept)}: {about.students} students, {about.contacts} contacts, "
        f"{about.relationships} relationships"
    )
    notes = (
        f"From {about.source}",
        "Verdicts are those of the exclusions and flags of today.",
        "There is no list before it." if shown.before is None else f"The list before it: {_moment(shown.before)}",
    )
    if with_rows:
        data["rows"] = [{**row_data(row), "detail": row.detail} for row in shown.rows]
        return Report(target, title, data, _ROWS, tuple(data["rows"]), notes)
    return Report(target, title, data, VERDICTS, verdict_rows(shown.verdicts), notes)


def changes_report(target: str, found: Changes, on_trips: OnTrips) -> Report:
    trips = _touched(found.changes, on_trips)
    rows = [{**_change(change), "trips": list(on_trips.of(change))} for change in found.changes]
    data = {
        "target": target,
        "before": _side(found.before),
        "after": _side(found.after),
        "counts": count(found.changes),
        "changes": rows,
        "trips": trips,
        "trips_unread": list(on_trips.unread),
    }
    notes = [
        f"{each['trip']}: {each['changes']} of these changes, students: {each['students']}; `plan` shows what follows"
        for each in trips
    ]
    notes += [f"UNKNOWN whether a trip is touched: {each}" for each in on_trips.unread]
    flat = tuple({**row, "student": " ".join(row["students"]), "trips": " ".join(row["trips"])} for row in rows)
    return Report(
        target, f"Changes of the contact list: {tell_counts(found.changes)}", data, _CHANGES, flat, tuple(notes)
    )


def _change(change: ListChange) -> dict[str, Any]:
    return {
        "what": change.what,
        "kind": change.kind,
        "students": list(change.students),
        "contact": change.contact,
        "field": change.field,
        "before": change.before,
        "after": change.after,
    }


def _touched(changes: Sequence[ListChange], on_trips: OnTrips) -> list[dict[str, Any]]:
    number: Counter[str] = Counter()
    students: dict[str, set[str]] = {}
    for change in changes:
        number.update(on_trips.of(change))
        for student in change.students:
            for slug in on_trips.of_student.get(student, ()):
                students.setdefault(slug, set()).add(student)
    return [{"trip": slug, "changes": number[slug], "students": len(students[slug])} for slug in sorted(number)]


def _side(side: Side) -> dict[str, str | None]:
    at = None if side.synced_at is None else side.synced_at.isoformat(timespec="seconds")
    return {"source": side.source, "format": side.format, "synced_at": at}


def _about(kept: KeptList) -> dict[str, Any]:
    about = kept.about
    return {"source": about.source, "format": about.format, "synced_at": _moment(kept), **about.sizes}


def _moment(kept: KeptList) -> str:
    return kept.about.synced_at.isoformat(timespec="seconds")
