"""Files with personal data that this product wrote, recognised by what is in them: people rename and move files."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..reports.mail_merge import COLUMNS as MAIL_MERGE
from ..reports.on_paper_report import HEADER as ON_PAPER

HEAD_BYTES = 4096
_JSON = (
    ("contacts backup", re.compile(r'\A\s*\{\s*"kind":\s*"related-contacts-backup/')),
    ("subject-access export", re.compile(r'\A\s*\{\s*"kind":\s*"subject-access/')),
    ("saved plan", re.compile(r'\A\s*\{\s*"target":\s*"[^"]*",\s*"fingerprint":\s*"[0-9a-f]{64}",\s*"changes":')),
)
_HTML = (
    (
        "subject-access export",
        re.compile(r'\A<!doctype html>[^!]{0,200}<meta name="generator" content="sp-parent-portal subject-access/'),
    ),
)


@dataclass(frozen=True, slots=True, order=True)
class PersonalFile:
    """`at` is when it was last written."""

    path: Path
    kind: str
    at: datetime


def find_personal_files(folders: Iterable[Path]) -> tuple[PersonalFile, ...]:
    """Those in the folders and below them, each once; hidden folders and links are not followed. What cannot be read is
    left out: it is nobody's word that it is ours."""
    found = {file.path: file for folder in folders for file in _find_below(folder)}
    return tuple(sorted(found.values()))


def _find_below(folder: Path) -> Iterator[PersonalFile]:
    for place, below, names in os.walk(folder.resolve()):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            kind = name_kind(path)
            if kind:
                with suppress(FileNotFoundError):  # deleted meanwhile
                    yield PersonalFile(path, kind, written_at(path))


def name_kind(path: Path) -> str:
    """What kind of our files it is, "" for any other file."""
    suffix = path.suffix.lower()
    # A pipe with such a name would keep whoever opens it waiting.
    if suffix not in (".csv", ".json", ".html") or path.is_symlink() or not path.is_file():
        return ""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return ""
    if suffix == ".csv":
        return _name_table(head)
    return next((kind for kind, mark in (_JSON if suffix == ".json" else _HTML) if mark.search(head)), "")


def _name_table(head: str) -> str:
    try:
        header = tuple(next(csv.reader(io.StringIO(head.split("\n", 1)[0], newline=""), strict=True), ()))
    except csv.Error:
        return ""
    return {MAIL_MERGE: "mail merge", ON_PAPER: "list of those told on paper"}.get(header, "")


def written_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
