"""The rows of WEATHER.md, and the orders that stand in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import sp_parent_portal.emulator

WEATHER = Path(sp_parent_portal.emulator.__file__).parent / "WEATHER.md"
ROW = re.compile(r"\| (?P<name>.+?) \| (?P<how>\w+) \| `(?P<order>.+?)` \| `(?P<test>\w+)` \|")
Test = TypeVar("Test", bound=Callable[..., None])


@dataclass(frozen=True)
class Row:
    name: str
    how: str
    order: str
    test: str

    def rule(self, on: str, **more: Any) -> dict[str, Any]:
        """Of the fault script."""
        assert self.how == "faults", self.name
        return {"on": on, **json.loads(self.order), **more}

    @property
    def settings(self) -> dict[str, Any]:
        assert self.how == "weather", self.name
        return dict(json.loads(self.order))


def read_rows() -> dict[str, Row]:
    """By name. A line of a table that cannot be read is a mistake."""
    rows: dict[str, Row] = {}
    for line in WEATHER.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| weather |"):
            found = ROW.fullmatch(line)
            assert found is not None, line
            assert found["name"] not in rows, line
            rows[found["name"]] = Row(**found.groupdict())
    return rows


def rows_of(test: str) -> list[Row]:
    """The rows that a test plays."""
    return [row for row in read_rows().values() if row.test == test]


def row_of(test: str) -> Row:
    """The only one."""
    (row,) = rows_of(test)
    return row


def names(row: Row) -> str:
    return row.name
