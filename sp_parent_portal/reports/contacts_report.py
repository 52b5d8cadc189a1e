"""A screened contact list: counts, verdicts, mistakes; or every relationship with its verdict."""

from __future__ import annotations

from collections.abc import Mapping

from ..contact_check import ContactCheck
from .report import Cell, Column, Report

VERDICTS = (Column("verdict", "verdict"), Column("relationships", "relationships"))
_ROWS = (
    Column("student", "student"),
    Column("contact", "contact"),
    Column("email", "address"),
    Column("role", "role"),
    Column("role_of", "role of"),
    Column("verdict", "verdict"),
    Column("rule", "rule"),
)


def contacts_report(target: str, checked: ContactCheck, *, with_rows: bool) -> Report:
    data = {"target": target, **checked.as_data(with_rows=with_rows)}
    title = (
        f"Contact list {data['format'] or 'that cannot be read'}: {data['students']} students, "
        f"{data['contacts']} contacts, {data['relationships']} relationships"
    )
    notes = tuple(f"{each.severity}: {each}" for each in checked.problems if checked.error is None)
    if with_rows:
        return Report(target, title, data, _ROWS, tuple(data["rows"]), notes)
    return Report(target, title, data, VERDICTS, verdict_rows(data["verdicts"]), notes)


def verdict_rows(counted: Mapping[str, int]) -> tuple[dict[str, Cell], ...]:
    """Rows of VERDICTS: those that there are."""
    return tuple({"verdict": name, "relationships": number} for name, number in counted.items() if number)
