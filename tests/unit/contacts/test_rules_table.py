"""RULES.md names every rule that the code gives and no other, and every one of them is met in a case."""

from __future__ import annotations

import ast
import csv
import tomllib
from collections.abc import Iterator
from pathlib import Path

from sp_parent_portal.contacts.model import Verdict

from .lists import CASES

CONTACTS = Path(__file__).parents[3] / "sp_parent_portal" / "contacts"
TESTS = Path(__file__).parents[2]
SCREENING = ("row_rules", "screening")
READING = (
    *(
        "reading",
        "records",
        "linking",
        "folder",
        "load",
        "sds_v1",
        "sds_v2",
        "oneroster",
        "oneroster_csv",
        "oneroster_whole",
    ),
    *("oneroster_manifest", "oneroster_rest", "graph_source", "side_files", "exclusions", "flags", "sources"),
)
# Where a problem is noted: the name of what is called, and which argument is the rule.
NOTED = {"Problem": 2, "Stop": 1, "add": 1, "_refuse": 1, "_say": 2}


def rows_below(heading: str) -> list[list[str]]:
    section = (CONTACTS / "RULES.md").read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]


def nodes(modules: tuple[str, ...]) -> Iterator[ast.AST]:
    for module in modules:
        yield from ast.walk(ast.parse((CONTACTS / f"{module}.py").read_text(encoding="utf-8")))


def rulings_in_the_code() -> set[tuple[str, str]]:
    return {
        (Verdict[node.elts[0].attr].value, str(node.elts[1].value))
        for node in nodes(SCREENING)
        if isinstance(node, ast.Tuple)
        and len(node.elts) == 3
        and isinstance(node.elts[0], ast.Attribute)
        and isinstance(node.elts[1], ast.Constant)
    }


def problems_in_the_code() -> set[str]:
    found = set()
    for node in nodes(READING):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        rule = node.args[NOTED[name]] if name in NOTED and len(node.args) > NOTED[name] else None
        if isinstance(rule, ast.Constant) and isinstance(rule.value, str):
            found.add(rule.value)
    return found


def rulings_in_cases() -> set[tuple[str, str]]:
    found = set()
    for name in ("guardian_traps.csv", "more_traps.csv"):
        with (CASES / name).open(encoding="utf-8", newline="") as file:
            found |= {(row["expect"], row["rule"]) for row in csv.DictReader(file)}
    return found


def test_every_ruling_is_explained_and_no_other() -> None:
    table = [(row[0].strip(" `"), row[1].strip("` ")) for row in rows_below("Screening")]
    assert len(table) == len(set(table))
    assert set(table) == rulings_in_the_code()
    assert {verdict for verdict, _ in table} == {verdict.value for verdict in Verdict}
    assert all(len(row) == 4 and row[2] and row[3] for row in rows_below("Screening"))


def test_every_ruling_is_met_in_a_case() -> None:
    """In the trap tables, or where what decides stands in no row of a contact list, in a test that names the rule."""
    elsewhere = {rule for _, rule in rulings_in_the_code() - rulings_in_cases()}
    assert elsewhere == {"inactive", "internal-unknown", "no-consent", "no-exclusions", "not-begun"}
    tests = "".join(path.read_text(encoding="utf-8") for path in (TESTS / "unit" / "contacts").glob("test_*.py"))
    assert not [rule for rule in elsewhere if f'"{rule}"' not in tests.replace(Path(__file__).read_text("utf-8"), "")]
    assert rulings_in_cases() <= rulings_in_the_code()


def test_every_problem_is_explained_and_no_other() -> None:
    table = [row[0].strip(" `") for row in rows_below("Reading")]
    assert len(table) == len(set(table))
    assert set(table) == problems_in_the_code()


def test_every_problem_is_met_in_a_case() -> None:
    """In a case file of a whole list, or in a test that names the rule."""
    cases = [tomllib.loads(path.read_text(encoding="utf-8")) for path in (CASES / "lists").glob("*.toml")]
    met = {problem.split()[-1] for case in cases for problem in case["problems"]}
    places = (TESTS / "unit" / "contacts", TESTS / "cli")
    written = "".join(
        path.read_text(encoding="utf-8")
        for place in places
        for path in place.glob("test_*.py")
        if path.name != Path(__file__).name
    )
    assert not sorted(rule for rule in problems_in_the_code() - met if f'{rule}"' not in written)
