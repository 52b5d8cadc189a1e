"""What is made of the sample contact lists: the trap tables with verdicts expected and found, every sample set with its
counts, and the problems found in the byte-level traps.

    python -m tests.benchmarks.contact_samples [FOLDER]

FOLDER (default: the samples of the tests) is searched for folders that hold a contact list.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from sp_parent_portal.contacts.exclusions import Exclusions
from sp_parent_portal.contacts.flags import load_flags
from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.contacts.screening import Rules, Screening, counts, screen
from sp_parent_portal.errors import ContactListError, Problem
from tests.unit.contacts.lists import CASES, TODAY, V2_FILES, write_files
from tests.unit.contacts.test_load import BYTES
from tests.unit.contacts.test_traps import TABLES, write_school

SETTLED = Rules(none_confirmed=True, internal_domains=frozenset({"school.example"}))
NOTHING_SAID = Rules()


def tell_samples(root: Path) -> None:
    print("## Every sample set: no exclusions and no portal.toml, then with what a school would have said\n")
    for folder in sorted({path.parent for path in root.rglob("*.csv")}):
        name = str(folder.relative_to(root))
        try:
            contacts = load_contact_list(folder)
        except ContactListError as error:
            if "bytes" not in name and "traps" not in name and "side" not in name and name != ".":
                print(f"{name}: refused: {_rules(error.problems)}")
            continue
        said = f"{contacts.format}: {len(contacts.students)} students, {len(contacts.contacts)} contacts"
        print(f"{name}: {said}, {len(contacts.relationships)} relationships; problems: {_rules(contacts.problems)}")
        for about, rules in (("nothing said", NOTHING_SAID), ("settled", SETTLED)):
            found = counts(Screening(contacts, contacts.students, rules, TODAY))
            print(f"    {about}: {', '.join(f'{verdict} {number}' for verdict, number in found.items() if number)}")


def tell_traps() -> None:
    for table, traps in TABLES.items():
        print(f"## {table}: expected and found\n")
        met = Counter(trap_verdicts(traps))
        wrong = sum(number for (wanted, found), number in met.items() if wanted != found)
        for (wanted, found), number in sorted(met.items()):
            print(f"{wanted:38} {found:38} {number}")
        print(f"{sum(met.values())} cases, {wrong} not as expected\n")


def trap_verdicts(traps: list[dict[str, str]]) -> Iterator[tuple[str, str]]:
    """Verdict and rule expected, and those found, of each case."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_school(folder, traps)
        contacts = load_contact_list(folder)
        flags = load_flags(folder / "flags.csv", contacts)
        rules = Rules(exclusions=Exclusions(), flags=flags, internal_domains=frozenset({"school.example"}))
        rows = {(row.student_id, row.contact_id): row for row in screen(contacts, contacts.students, rules, TODAY)}
        for trap in traps:
            row = rows[trap["studentId"], trap["contactId"]]
            yield f"{trap['expect']} {trap['rule']}".strip(), f"{row.verdict.value} {row.rule}".strip()


def tell_bytes() -> None:
    print("\n## Byte-level traps: the problems found\n")
    for name in BYTES:
        print(f"{name:26} {_found((CASES / 'bytes' / name).read_bytes()) or 'none, read as it is'}")
    users = V2_FILES["users.csv"]
    for name, content in {
        "UTF-16": users.encode("utf-16"),
        "NUL": users.replace("Ava", "A\0va").encode(),
        "semicolons": users.replace(",", ";").encode(),
        "header in another case": users.replace("email", "Email").encode(),
        "Excel's rounded number": users.replace("S1,", "1.23E+05,").encode(),
        "formula in a name": users.replace("Nina", "=SUM(A1)").encode(),
        "formula in an id": users.replace("P1,", '"=""P1""",').encode(),
        "a cell of 10 MB": (users + "P3,p3," + "x" * 10_000_000 + ",Hale,,,,,\n").encode(),
    }.items():
        print(f"{name:26} {_found(content, whole=True)}")


def _found(users: bytes, *, whole: bool = False) -> str:
    with tempfile.TemporaryDirectory() as name:
        if whole:
            folder = write_files(Path(name), {**V2_FILES, "users.csv": users})
        else:
            folder = write_files(
                Path(name),
                {
                    "users.csv": users,
                    "roles.csv": "userSourcedId,orgSourcedId,role\n1,O1,student\n0123,O1,student\n",
                    "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole\n1,1,parent\n",
                },
            )
        try:
            problems = load_contact_list(folder).problems
        except ContactListError as error:
            problems = error.problems
    return ", ".join(f"{p.severity} {p.file}:{p.line} {p.rule}" for p in problems if p.file == "users.csv")


def _rules(problems: Iterable[Problem]) -> str:
    found = Counter(f"{problem.severity} {problem.rule}" for problem in problems)
    return ", ".join(f"{rule} {number}" for rule, number in sorted(found.items())) or "none"


def main() -> None:
    tell_traps()
    tell_samples(Path(sys.argv[1]) if len(sys.argv) > 1 else CASES)
    tell_bytes()


if __name__ == "__main__":
    main()
