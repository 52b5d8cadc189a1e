"""A report as JSON for scripts."""

from __future__ import annotations

import json

from .report import Report


def render_json(report: Report) -> str:
    """The report's data. Whatever is not ASCII is escaped, so that no text in it can act on a terminal, and so that
    it survives every encoding."""
    return json.dumps(report.data, ensure_ascii=True, indent=2) + "\n"
