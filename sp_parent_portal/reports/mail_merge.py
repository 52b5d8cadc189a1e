"""The mail-merge file of a trip that tells its guardians by other means (`notify.by = "none"`)."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from ..errors import InputError, Problem
from ..private_files import write_private
from ..templates import Message
from ..trips import Trip
from .safe import inert

COLUMNS = ("address", "name", "site", "subject", "html")


def write_mail_merge(trip: Trip, url: str, rows: Sequence[tuple[str, str, Message]], gone: Collection[str] = ()) -> str:
    """Put one line for each (address, name, mail) into `<slug>.mail-merge.csv` beside the trip file; the file's name.
    Lines of earlier runs stay, except those of the same addresses and of those in `gone`: whoever must leave the trip
    is not written to by the next merge. Raises InputError where the file cannot be used."""
    path = trip.file.parent / f"{trip.slug}.mail-merge.csv"
    try:
        lines = {address: line for address, line in _read(path).items() if address not in gone}
        if gone and not rows and not path.exists():
            return path.name
        for address, name, message in rows:
            values = (address, name, url, message.subject, message.html)
            # One line in the file for each person: the mail's own line breaks say nothing in HTML.
            cells = [inert(value) for value in values]
            lines[cells[0]] = cells
        write_private(path, _render(lines.values()))
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "make room for it and run again") from None
    return path.name


def _read(path: Path) -> dict[str, list[str]]:
    """Lines by address. A file that is not ours is not overwritten."""
    if not path.exists():
        return {}
    try:
        header, *lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error, ValueError):
        header, lines = [], []
    if tuple(header) != COLUMNS or any(len(line) != len(COLUMNS) for line in lines):
        problem = Problem(str(path), 1, "mail-merge", f"the columns are not {', '.join(COLUMNS)}")
        raise InputError(f"{path} is no mail-merge file of ours", "move it away and run again", [problem])
    return {line[0]: line for line in lines}


def _render(lines: Iterable[list[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(lines)
    return out.getvalue()
