"""Generated contact lists: read without a mistake, and screened to exactly what was planted."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sp_parent_portal.contacts.exclusions import load_exclusions
from sp_parent_portal.contacts.flags import load_flags
from sp_parent_portal.contacts.generator import DEFAULT_FORMAT, Generated, generate
from sp_parent_portal.contacts.invented import INTERNAL_DOMAIN
from sp_parent_portal.contacts.roster_writers import FORMATS
from sp_parent_portal.contacts.screening import Rules, screen
from tests.generated import load_generated, read_truth

TODAY = date(2026, 11, 22)
sizes = st.integers(1, 300)
seeds = st.integers(0, 2**32)
rates = st.sampled_from([0.0, 0.1, 0.5, 1.0])
formats = st.sampled_from(sorted(FORMATS))


SAID_OF_EVERY_LIST = {"own-role", "staff-role", "no-consent", "formula"}
"""Warnings about what the format cannot say, or what was planted."""


def screened(folder: Path, format: str) -> Mapping[tuple[str, str], tuple[str, str]]:
    contacts = load_generated(folder, format)
    assert {problem.rule for problem in contacts.problems} <= SAID_OF_EVERY_LIST
    exclusions, flags = load_exclusions(folder / "exclusions.csv", contacts), load_flags(folder / "flags.csv", contacts)
    assert {problem.rule for problem in (*exclusions.problems, *flags.problems)} <= {"no-rows"}
    rules = Rules(exclusions=exclusions, flags=flags, internal_domains=frozenset({INTERNAL_DOMAIN}))
    rows = screen(contacts, contacts.students, rules, TODAY)
    return {(row.student_id, row.contact_id): (row.verdict.value, row.rule) for row in rows}


def check_truth(folder: Path, made: Generated, format: str = DEFAULT_FORMAT) -> set[str]:
    """The names of the traps that were planted."""
    truth = read_truth(folder)
    wanted = {(row["student_id"], row["contact_id"]): (row["verdict"], row["rule"]) for row in truth}
    traps = {(row["student_id"], row["contact_id"]): row["trap"] for row in truth}
    found = screened(folder, format)
    wrong = [(traps[pair], pair, wanted[pair], found.get(pair)) for pair in wanted if wanted[pair] != found.get(pair)]
    assert not wrong
    assert len(found) == len(wanted) == made.relationships
    return set(traps.values()) - {""}


@settings(max_examples=40, deadline=None)
@given(sizes, seeds, rates, formats)
def test_what_was_planted_is_what_screening_says(students: int, seed: int, rate: float, format: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = generate(folder, students, seed, traps=rate, format=format)
        planted = check_truth(folder, made, format)
        assert bool(planted) == bool(made.traps)
        if rate == 0:
            assert not planted


@settings(max_examples=10, deadline=None)
@given(sizes, seeds, rates, formats)
def test_one_seed_gives_one_list(students: int, seed: int, rate: float, format: str) -> None:
    def contents(folder: Path, seed: int) -> dict[str, bytes]:
        generate(folder, students, seed, traps=rate, format=format)
        return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}

    with tempfile.TemporaryDirectory() as name:
        one, same, other = (
            contents(Path(name, place, "list"), number) for place, number in (("a", seed), ("b", seed), ("c", seed + 1))
        )
    assert list(one.values()) == list(same.values())
    assert list(one.values()) != list(other.values())


@settings(max_examples=10, deadline=None)
@given(seeds, formats)
def test_nothing_generated_can_reach_anybody(seed: int, format: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        generate(Path(name), 200, seed, traps=1.0, format=format)
        for path in Path(name).rglob("*.csv"):
            with path.open(encoding="utf-8", newline="") as file:
                cells = {cell for row in csv.reader(file) for cell in row}
            addresses = [part for cell in cells for part in cell.split("; ") if "@" in part]
            assert all(address.strip().lower().endswith(".example") for address in addresses)
            assert all(cell.startswith("+447700900") for cell in cells if cell.startswith("+"))
