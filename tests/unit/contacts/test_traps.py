"""Every row of the trap tables, end to end: written as a School Data Sync export with its side files, loaded, screened.

`guardian_traps.csv` and `more_traps.csv`: one row is one relationship with the verdict and rule it must get.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import pytest

from sp_parent_portal.contacts.exclusions import Exclusions
from sp_parent_portal.contacts.flags import load_flags
from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.contacts.model import Screened
from sp_parent_portal.contacts.screening import Rules, guardians, screen

from .lists import CASES, TODAY, write_files

TABLES = {
    name: list(csv.DictReader(io.StringIO((CASES / name).read_text(encoding="utf-8"))))
    for name in ("guardian_traps.csv", "more_traps.csv")
}
ROWS = [(name, row["case"]) for name, rows in TABLES.items() for row in rows]


def to_csv(header: str, rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header.split(","))
    writer.writerows(sorted({tuple(row): None for row in rows}))
    return out.getvalue()


def write_school(folder: Path, traps: list[dict[str, str]]) -> None:
    users = [(row["studentId"], f"{row['studentId']}@pupils.example", row["studentGiven"], row["studentFamily"], "", "")
             for row in traps]  # fmt: skip
    users += [
        (row["contactId"], row["contactId"], row["given"], row["family"], row["email"], row["phone"]) for row in traps
    ]
    write_files(
        folder,
        {
            "users.csv": to_csv("sourcedId,username,givenName,familyName,email,phone", users),
            "roles.csv": to_csv(
                "userSourcedId,orgSourcedId,role", [(row["studentId"], "O1", "student") for row in traps]
            ),
            "relationships.csv": to_csv(
                "userSourcedId,relationshipUserSourcedId,relationshipRole",
                [(row["studentId"], row["contactId"], row["role"]) for row in traps],
            ),
            "flags.csv": to_csv(
                "student_id,contact_id,court_order,bounced_on,ended_on,corporate_parent,birth_date",
                [(row["studentId"], row["contactId"], *flag_cells(row)) for row in traps],
            ),
        },
    )


def flag_cells(row: dict[str, str]) -> tuple[str, ...]:
    flags = dict(flag.partition("=")[::2] for flag in row["flags"].split(";"))
    court_order, corporate = ("true" if name in flags else "" for name in ("courtOrder", "corporate"))
    return court_order, flags.get("lastBounce", ""), flags.get("ended", ""), corporate, row["studentBirthDate"]


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Screened]:
    found: dict[tuple[str, str], Screened] = {}
    for name, traps in TABLES.items():
        folder = tmp_path_factory.mktemp("traps")
        write_school(folder, traps)
        contacts = load_contact_list(folder)
        rules = Rules(
            exclusions=Exclusions(),
            flags=load_flags(folder / "flags.csv", contacts),
            internal_domains=frozenset({"school.example"}),
        )
        rows = {(row.student_id, row.contact_id): row for row in screen(contacts, contacts.students, rules, TODAY)}
        found |= {(name, row["case"]): rows[row["studentId"], row["contactId"]] for row in traps}
    return found


@pytest.mark.parametrize(("table", "case"), ROWS)
def test_trap(screened: dict[tuple[str, str], Screened], table: str, case: str) -> None:
    trap = next(row for row in TABLES[table] if row["case"] == case)
    row = screened[table, case]
    assert (row.verdict.value, row.rule) == (trap["expect"], trap["rule"]), trap["why"]


def test_a_suggestion_is_made_and_the_address_kept(screened: dict[tuple[str, str], Screened]) -> None:
    row = screened["more_traps.csv", "M23"]
    assert row.email == "lyn@hotmial.example"
    assert "hotmail.com" in row.detail


def test_addresses_are_normalised(screened: dict[tuple[str, str], Screened]) -> None:
    assert screened["guardian_traps.csv", "T04"].email == "ada.okoro@mail.example"
    assert screened["guardian_traps.csv", "T19"].email == "mari@mail.example"
    assert screened["more_traps.csv", "M20"].email == "jo@xn--bcher-kva.example"


def test_guardians_are_those_let_in_once_each(screened: dict[tuple[str, str], Screened]) -> None:
    traps = [row for (table, _), row in screened.items() if table == "guardian_traps.csv"]
    found = {guardian.email: guardian for guardian in guardians(traps)}
    assert sorted(found) == [
        "ada.okoro@mail.example",
        "mari@mail.example",
        "nina.hale@mail.example",
        "pat.o'kerr@mail.example",
    ]
    nina, ada = found["nina.hale@mail.example"], found["ada.okoro@mail.example"]
    assert (nina.name, nina.student_ids, nina.contact_ids) == ("Nina Hale", ("S1", "S2"), ("P1",))
    assert (ada.name, ada.student_ids, ada.contact_ids) == ("Ada Okoro", ("S3",), ("P3", "P3b"))
