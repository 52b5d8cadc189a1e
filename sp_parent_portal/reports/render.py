"""The one place where a report becomes text, and where it goes to standard output."""

from __future__ import annotations

import os
import shutil
import sys
from typing import Literal, TextIO

from .csv_out import render_csv
from .json_out import render_json
from .report import Report
from .tables import render_table

Format = Literal["table", "json", "csv"]

_WIDTH_OF_A_FILE = 120


def render(
    report: Report, format: Format, *, width: int = _WIDTH_OF_A_FILE, colour: bool = False, ascii_only: bool = False
) -> str:
    """The report as text that ends with a line break. `width`, `colour` and `ascii_only` are for tables."""
    if format == "json":
        return render_json(report)
    if format == "csv":
        return render_csv(report)
    return render_table(report, width=width, colour=colour, ascii_only=ascii_only)


def write(report: Report, format: Format, stream: TextIO | None = None) -> None:
    """Print the report to `stream` (default: standard output) as wide as the terminal is, coloured where it is one and
    neither NO_COLOR (no-color.org) nor TERM=dumb forbids it."""
    out = sys.stdout if stream is None else stream
    terminal = out.isatty()
    encoding = (out.encoding or "utf-8").lower()
    text = render(
        report,
        format,
        width=shutil.get_terminal_size((80 if terminal else _WIDTH_OF_A_FILE, 24)).columns,
        colour=terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        ascii_only=not encoding.startswith("utf"),
    )
    if os.linesep == "\r\n":
        text = text.replace("\r\n", "\n")  # the stream itself writes CR LF for each line break
    # A console that cannot show a letter shows a question mark rather than nothing at all.
    out.write(text.encode(encoding, "replace").decode(encoding))
    out.flush()
