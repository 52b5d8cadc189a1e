"""How many recorded or documented bodies are checked, how many differ where that is meant, and what is omitted.

`python -m pytest tests/contract/test_recordings_total.py -s` prints the totals.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from . import (
    test_csom_recordings,
    test_graph_sites_recordings,
    test_metadata,
    test_sharepoint_recordings,
    test_sharing_recordings,
)
from .comparison import differences
from .shapes import find_differences

HERE = Path(__file__).parent
WIRE = HERE / "wire"
INDEX: list[dict[str, Any]] = json.loads((WIRE / "index.json").read_text(encoding="utf-8"))
ROW = re.compile(r"\| `([^`]+)` \| (.+) \|")
DIFFERENCE = re.compile(r"\| `([^`]+)` \| (.+) \| (.+) \|")
FEWEST = 105
CASES: dict[str, tuple[Any, ...]] = {
    "csom": test_csom_recordings.CASES,
    "rest": test_sharepoint_recordings.CASES,
    "": (*test_graph_sites_recordings.CASES, *test_sharing_recordings.CASES),
}


def checked() -> set[str]:
    """Bodies that lie here and that a test of this folder names."""
    named: set[str] = set()
    for path in HERE.glob("test_*.py"):
        if path.name == Path(__file__).name:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named |= {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    files = {entry["file"] for entry in INDEX}
    return {file for file in files if {file, file.rpartition("/")[2]} & named and (WIRE / file).exists()}


def omitted() -> dict[str, str]:
    text = (WIRE / "OMITTED.md").read_text(encoding="utf-8")
    return {match[1]: match[2] for match in map(ROW.fullmatch, text.splitlines()) if match is not None}


def listed_differences() -> set[tuple[str, str]]:
    text = (WIRE / "DIFFERENCES.md").read_text(encoding="utf-8")
    found = (DIFFERENCE.fullmatch(line) for line in text.splitlines())
    return {(match[1], match[2].strip("`")) for match in found if match is not None}


def played_differences() -> set[tuple[str, str]]:
    return {
        (f"{folder}/{case.file}".lstrip("/"), place)
        for folder, cases in CASES.items()
        for case in cases
        for place in case.besides
    }


def test_every_body_is_checked_or_omitted_for_a_reason() -> None:
    files = {entry["file"] for entry in INDEX}
    assert checked() | omitted().keys() == files
    assert not checked() & omitted().keys()
    assert all(len(reason) > 15 for reason in omitted().values())


def test_every_body_that_lies_here_is_used() -> None:
    here = {path.relative_to(WIRE).as_posix() for path in WIRE.glob("*/*") if path.suffix in (".json", ".xml", ".http")}
    assert here - {"rest/index.json"} == checked()


@pytest.mark.parametrize("file", sorted(file for file in checked() if file.startswith(("entra/", "graph/"))))
def test_a_dropped_key_is_noticed_by_either_comparison(file: str) -> None:
    """Those of CSOM, REST and sites are shown to notice it where they are compared."""
    recorded = json.loads((WIRE / file).read_text(encoding="utf-8"))
    for key, value in recorded.items():
        if value is not None:
            short = {name: each for name, each in recorded.items() if name != key}
            assert f"$.{key}: recorded, not answered" in find_differences(recorded, short)
            assert differences(recorded, short) == [f"$.{key}: missing"]


def test_every_check_is_shown_to_fail() -> None:
    """Where it is compared with an answer by dropping its keys, a request by dropping one of its actions."""
    shown = {f"{folder}/{case.file}".lstrip("/") for folder, cases in CASES.items() for case in cases}
    shown |= {file for file in checked() if file.startswith(("entra/", "graph/"))}
    shown |= {f"rest/{file}" for file in test_sharepoint_recordings.BATCHES}
    shown |= {f"csom/{file}" for file in test_csom_recordings.REQUESTS}
    shown |= {f"metadata/{file}" for file, _ in test_metadata.ANSWERS}
    # Its test deletes one of its keys itself; a poll is answered or not; two bodies of one key each are compared whole.
    shown |= {"rest/admin-aggregated-sites-row.http", "csom/req-poll-operation.xml"}
    shown |= {"rest/error-401-token-issuer.json", "rest/error-401-unsupported-token.json"}
    assert checked() - shown == set()


def test_every_meant_difference_is_listed() -> None:
    listed = listed_differences()
    assert played_differences() <= listed
    assert {file for file, _ in listed} <= checked()
    for folder, cases in CASES.items():
        files = {f"{folder}/{case.file}".lstrip("/") for case in cases}
        assert {each for each in listed if each[0] in files} <= played_differences()


def test_no_meant_difference_is_in_a_status_or_an_error_code() -> None:
    assert not [place for _, place in listed_differences() if re.search(r"status|code", place, re.IGNORECASE)]


def test_at_least_so_many_are_checked_and_at_most_one_in_ten_differs() -> None:
    found, differing = checked(), {file for file, _ in listed_differences()}
    for grade in sorted({entry["grade"] for entry in INDEX}):
        files = {entry["file"] for entry in INDEX if entry["grade"] == grade}
        sys.stdout.write(f"\ngrade {grade}: {len(files)} bodies, {len(files & found)} checked")
    sys.stdout.write(
        f"\nbodies: {len(INDEX)}, checked: {len(found)}, omitted: {len(omitted())}, "
        f"differing where meant: {len(differing)} bodies in {len(listed_differences())} places\n"
    )
    assert len(found) >= FEWEST
    assert len(differing) * 10 <= len(found)
    said = f"Of {len(INDEX)} recorded or documented bodies {len(found)} are compared with its answers; {len(differing)}"
    assert f"{said} differ where that is meant" in (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
