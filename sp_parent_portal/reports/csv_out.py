"""A report as CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import io

from .report import Cell, Report
from .safe import inert


def render_csv(report: Report) -> str:
    """One line for each row, every cell quoted, the target in the last column. Lines end with CR LF (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([*(inert(column.key) for column in report.columns), "target"])
    for row in report.rows:
        writer.writerow([*(_cell(row.get(column.key)) for column in report.columns), inert(report.target)])
    return out.getvalue()


def _cell(value: Cell) -> str:
    """Numbers are ours and stay numbers; only text can be somebody's formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return inert(value) if isinstance(value, str) else str(value)
