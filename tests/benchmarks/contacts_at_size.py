"""What reading and screening a contact list costs: CPU seconds, seconds on the clock, and the most memory.

    python -m tests.benchmarks.contacts_at_size --students 800000

Generates the list (seed 7, 2 % of families with a trap) unless `--list FOLDER` names one, then measures in a process
of its own. Nothing here is a test: machines differ, and a time that is asserted fails on somebody else's.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from sp_parent_portal.contacts.exclusions import load_exclusions
from sp_parent_portal.contacts.flags import load_flags
from sp_parent_portal.contacts.generator import DEFAULT_FORMAT, generate
from sp_parent_portal.contacts.invented import INTERNAL_DOMAIN
from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.contacts.screening import Rules, counts, screen

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


def measure(folder: Path) -> None:
    contacts = measured("read", lambda: load_contact_list(folder))
    rules = measured(
        "side files",
        lambda: Rules(
            exclusions=load_exclusions(folder / "exclusions.csv", contacts),
            flags=load_flags(folder / "flags.csv", contacts),
            internal_domains=frozenset({INTERNAL_DOMAIN}),
        ),
    )
    rows = measured("screened", lambda: screen(contacts, contacts.students, rules, TODAY))
    found = measured("counted", lambda: counts(rows))
    print(f"{len(contacts.students)} students, {len(contacts.contacts)} contacts, {len(rows)} relationships")
    print(", ".join(f"{verdict} {number}" for verdict, number in found.items() if number))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=2000)
    parser.add_argument("--format", default=DEFAULT_FORMAT)
    parser.add_argument("--list", type=Path, help="a generated list that is there already")
    parser.add_argument("--here", action="store_true", help="measure in this process")
    asked = parser.parse_args()
    if asked.list and asked.here:
        measure(asked.list)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = asked.list or Path(name)
        if not asked.list:
            generate(folder, asked.students, 7, traps=0.02, format=asked.format)
        again = [sys.executable, "-m", "tests.benchmarks.contacts_at_size", "--here", "--list", str(folder)]
        subprocess.run(again, check=True)


if __name__ == "__main__":
    main()
