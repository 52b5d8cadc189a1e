"""What reading and screening a contact list costs: CPU seconds, seconds on the clock, and the most memory.

    python -m tests.benchmarks.contacts_at_size --students 800000

Generates the list (seed 7, 2 % of families with a trap) unless `--list FOLDER` names one, then measures in a process
of its own. `--without-fast-path` sends every address and telephone number through the libraries and every row through
the rules one by one; `--truth` compares every verdict with truth.csv, after the measurement. Nothing here is a test:
machines differ, and a time that is asserted fails on somebody else's.
"""

from __future__ import annotations

import argparse
import csv
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TypeVar

from sp_parent_portal.contacts import addresses, phones, screening
from sp_parent_portal.contacts.exclusions import load_exclusions
from sp_parent_portal.contacts.flags import load_flags
from sp_parent_portal.contacts.generator import DEFAULT_FORMAT, generate
from sp_parent_portal.contacts.invented import INTERNAL_DOMAIN
from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.contacts.model import Screened
from sp_parent_portal.contacts.screening import Rules, Screening, counts

TODAY = date(2026, 11, 22)
T = TypeVar("T")


def measured(what: str, work: Callable[[], T]) -> T:
    cpu, clock = time.process_time(), time.perf_counter()
    found = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{what:12} {time.process_time() - cpu:7.2f} s CPU  {time.perf_counter() - clock:7.2f} s  "
        f"{peak:6.0f} MB at most so far"
    )
    return found


def leave_out_the_fast_path() -> None:
    addresses._is_plain_domain = lambda domain: False  # type: ignore[assignment]  # a cached function: another kind
    phones._PLAIN = re.compile("(?!)")
    screening.MANY = sys.maxsize


def measure(folder: Path, *, truth: bool) -> None:
    contacts = measured("read", lambda: load_contact_list(folder))
    rules = measured(
        "side files",
        lambda: Rules(
            exclusions=load_exclusions(folder / "exclusions.csv", contacts),
            flags=load_flags(folder / "flags.csv", contacts),
            internal_domains=frozenset({INTERNAL_DOMAIN}),
        ),
    )
    rows = measured("screened", lambda: Screening(contacts, contacts.students, rules, TODAY))
    found = measured("counted", lambda: counts(rows))
    print(f"{len(contacts.students)} students, {len(contacts.contacts)} contacts, {len(rows)} relationships")
    print(", ".join(f"{verdict} {number}" for verdict, number in found.items() if number))
    if truth:
        print(f"{count_wrong(folder, rows)} of {len(rows)} verdicts are not those of truth.csv")


def count_wrong(folder: Path, rows: Iterable[Screened]) -> int:
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        wanted = {hash((row[0], row[1])): hash((row[2], row[3])) for row in csv.reader(file) if row[0] != "student_id"}
    wrong = sum(
        wanted.pop(hash((row.student_id, row.contact_id)), None) != hash((row.verdict.value, row.rule)) for row in rows
    )
    return wrong + len(wanted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=2000)
    parser.add_argument("--format", default=DEFAULT_FORMAT)
    parser.add_argument("--list", type=Path, help="a generated list that is there already")
    parser.add_argument("--here", action="store_true", help="measure in this process")
    parser.add_argument("--without-fast-path", action="store_true", help="by the libraries and the rules alone")
    parser.add_argument("--truth", action="store_true", help="compare every verdict with truth.csv")
    asked = parser.parse_args()
    if asked.list and asked.here:
        if asked.without_fast_path:
            leave_out_the_fast_path()
        measure(asked.list, truth=asked.truth)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = asked.list or Path(name)
        if not asked.list:
            generate(folder, asked.students, 7, traps=0.02, format=asked.format)
        again = [sys.executable, "-m", "tests.benchmarks.contacts_at_size", "--here", "--list", str(folder)]
        again += ["--without-fast-path"] * asked.without_fast_path + ["--truth"] * asked.truth
        subprocess.run(again, check=True)


if __name__ == "__main__":
    main()
