"""Who is told on paper, because the contact list has no address of theirs."""

from __future__ import annotations

from collections.abc import Sequence

from ..status import OnPaper
from .report import Column, Report

_COLUMNS = (
    Column("trip", "trip"),
    Column("contact", "contact"),
    Column("name", "name"),
    Column("students", "students"),
)
HEADER = (*(column.key for column in _COLUMNS), "target")  # of the file that `status --on-paper` writes


def on_paper_report(target: str, people: Sequence[OnPaper]) -> Report:
    data = [
        {
            "trip": each.trip,
            "contact": each.contact,
            "name": each.name,
            "students": list(each.students),
            "target": target,
        }
        for each in people
    ]
    rows = tuple(
        {"trip": each.trip, "contact": each.contact, "name": each.name, "students": ", ".join(each.students)}
        for each in people
    )
    return Report(target, f"{len(data)} people are told on paper", data, _COLUMNS, rows)
