"""COVERAGE.md is complete: every endpoint the emulator plays has a row, every row is an endpoint it plays.

SharePoint's table is held by test_sharepoint_coverage.py."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sp_parent_portal.emulator
from sp_parent_portal.emulator import control, entra, graph
from sp_parent_portal.emulator.graph.routing import ROUTES

COVERAGE = Path(sp_parent_portal.emulator.__file__).parent / "COVERAGE.md"
EVIDENCE = {"recorded", "documented", "assumed"}
ROW = re.compile(r"^\| `([^`]+)` \| (.+) \| (\w+) \| (.+) \| (\S+) \|$")


def read_rows() -> dict[str, list[tuple[str, ...]]]:
    """Rows by the heading they stand under."""
    sections: dict[str, list[tuple[str, ...]]] = {}
    heading = ""
    for line in COVERAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif line.startswith("| `"):
            found = ROW.match(line)
            assert found is not None, line
            sections.setdefault(heading, []).append(found.groups())
    return sections


def rows_under(beginning: str) -> set[str]:
    return {row[0] for heading, rows in read_rows().items() if heading.startswith(beginning) for row in rows}


def test_every_row_says_how_we_know() -> None:
    for rows in read_rows().values():
        for endpoint, behaviour, evidence, source, date in rows:
            assert evidence in EVIDENCE, endpoint
            assert behaviour.strip()
            assert source.strip()
            assert re.fullmatch(r"\d{4}-\d\d", date), endpoint


def test_graph() -> None:
    graph.load_routes()
    assert rows_under("Microsoft Graph") == {route.operation for route in ROUTES}


def test_entra() -> None:
    assert rows_under("Entra") == {key.replace("<", "{").replace(">", "}") for key in entra.ROUTES}


def test_the_emulator_itself() -> None:
    assert rows_under("The emulator itself") == {f"{method} {path}" for method, path in control.ENDPOINTS}


@pytest.mark.parametrize("line", ["| `GET /x` | a | guessed | b | 2026-11 |", "| `GET /x` | a | recorded | b | soon |"])
def test_a_row_that_says_nothing_is_noticed(line: str) -> None:
    found = ROW.match(line)
    assert found is None or found[3] not in EVIDENCE or not re.fullmatch(r"\d{4}-\d\d", found[5])
