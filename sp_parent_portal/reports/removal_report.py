"""Guardians removed from students: what would be done, and what was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..contacts.removal import SDS_WRITES_AGAIN, STATUSES, Change, Written
from .report import Column, Report

Row = dict[str, str | int | float | bool | None]

_PREVIEW = (Column("student", "student"), Column("contacts", "contacts now"), Column("left", "contacts left"))
_OUTCOMES = (Column("student", "student"), Column("status", "status"), Column("detail", "why"))


def preview_report(target: str, what: str, changes: Sequence[Change], phrase: str) -> Report:
    rows: tuple[Row, ...] = tuple(
        {"student": change.student, "contacts": len(change.before), "left": len(change.after)} for change in changes
    )
    last = sum(change.empties for change in changes)
    data = {"target": target, "what": what, "confirm": phrase, "students": list(rows)}
    how = f' To do it: --apply, or --confirm "{phrase}" where nobody is there to type.' if rows else ""
    notes = [f"Nothing was changed: this is what would be done.{how}", SDS_WRITES_AGAIN]
    if last:
        notes.insert(1, f"{last} students would be left without any contact.")
    return Report(target, f"Would {what} the contacts of {len(rows)} students", data, _PREVIEW, rows, tuple(notes))


def outcome_report(target: str, what: str, backup: Path, written: Sequence[Written]) -> Report:
    counted = Counter(each.status for each in written)
    counts = {status: counted[status] for status in STATUSES}
    rows: tuple[Row, ...] = tuple(
        {"student": each.student, "status": each.status, "detail": each.detail} for each in written
    )
    data = {"target": target, "what": what, "backup": str(backup), "counts": counts, "outcomes": list(rows)}
    told = ", ".join(f"{number} {status}" for status, number in counts.items() if number) or "nothing to do"
    return Report(target, f"Contacts of students, {what}: {told}", data, _OUTCOMES, rows, (SDS_WRITES_AGAIN,))
