"""What is held of one guardian: a file to hand over, as HTML or JSON, and a summary that names nobody."""

from __future__ import annotations

import json
from html import escape

from ..privacy.subject import Export, Section
from .report import Cell, Column, Report
from .safe import clean

_SUMMARY = (Column("source", "source"), Column("entries", "entries", judged=True), Column("why", "why"))
BEFORE_HANDING_OVER = (
    "Read it before you hand it over: what an exclusion or a court order says may be exempt, and a child's own data is "
    "the child's. The contact list's other columns, the mails' text and Microsoft's own logs are not in it."
)
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "th,td{border:1px solid #767676;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    ".unknown{border-left:.4rem solid #b00;padding-left:.6rem;font-weight:bold}"
)


def summary_report(export: Export, file: str) -> Report:
    rows: tuple[dict[str, Cell], ...] = tuple(
        {
            "source": each.name,
            "entries": f"at least {len(each.entries)}, UNKNOWN" if each.unknown else len(each.entries),
            "why": each.unknown,
        }
        for each in export.sections
    )
    data = {
        "target": export.target,
        "file": file,
        "complete": export.complete,
        "sections": [
            {"name": each.name, "entries": len(each.entries), "unknown": each.unknown} for each in export.sections
        ],
    }
    return Report(export.target, f"Saved to {file}", data, _SUMMARY, rows, (BEFORE_HANDING_OVER,))


def render_json(export: Export) -> str:
    return json.dumps(export.as_data(), ensure_ascii=True, indent=2) + "\n"


def render_html(export: Export) -> str:
    """One file without scripts and without anything from elsewhere; every word of data is escaped."""
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        '<meta name="generator" content="sp-parent-portal subject-access/1">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>What is held of one person</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<h1>What is held of {_said(export.email)}</h1>",
        f"<p>Target: {_said(export.target)}. Read on {export.made:%Y-%m-%d %H:%M} UTC.</p>",
        *(_section(each) for each in export.sections),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _section(section: Section) -> str:
    lines = [f"<h2>{_said(section.name)}</h2>"]
    if section.unknown:
        lines.append(f'<p class="unknown">UNKNOWN: not all of it could be read: {_said(section.unknown)}</p>')
    elif not section.entries:
        lines.append("<p>Nothing.</p>")
    for entry in section.entries:
        rows = "".join(
            f'<tr><th scope="row">{_said(name)}</th><td>{_said(value)}</td></tr>' for name, value in entry.items()
        )
        lines.append(f"<table>{rows}</table>")
    return "\n".join(lines)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escape(clean("" if value is None else str(value)), quote=True)
