"""One answer, ready to be printed as a table, as JSON or as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """`key` heads the CSV, `title` the table; words of a `judged` column (PASS, failed, held …) have a colour."""

    key: str
    title: str
    judged: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """`target` is the tenant or the emulator and stands in every form. `data` is the JSON answer, with the target in
    it; `rows` hold a cell for each column; `notes` are lines below the table."""

    target: str
    title: str
    data: Any
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Cell], ...]
    notes: tuple[str, ...] = ()
