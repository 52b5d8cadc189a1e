"""CSV files that are written row by row, several at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path


class CsvFolder:
    """CSV files in one folder that are written to in any order; RFC 4180, UTF-8."""

    def __init__(self, folder: Path, headers: Mapping[str, str], open_files: ExitStack) -> None:
        self._writers = {}
        for name, header in headers.items():
            file = open_files.enter_context((folder / name).open("x", encoding="utf-8", newline=""))
            self._writers[name] = csv.writer(file)
            self._writers[name].writerow(header.split(","))

    def add(self, name: str, rows: Iterable[Iterable[object]]) -> None:
        self._writers[name].writerows(rows)
