"""A whole OneRoster package read by columns is what reading it person by person gives, or a mistake is said of it."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sp_parent_portal.contacts import oneroster_csv
from sp_parent_portal.contacts.generator import generate
from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.contacts.model import ContactList
from sp_parent_portal.contacts.oneroster_whole import Whole, read_whole
from sp_parent_portal.contacts.reading import Table
from sp_parent_portal.errors import ContactListError
from tests.unit.contacts.lists import ONEROSTER_1_1, ONEROSTER_1_2, write_files

PEOPLE = ("S1", "S2", "P1", "P2", "P3", "T1")
# Mostly what a list has; now and then what it must not have.
ids = st.sampled_from(PEOPLE)
agents = st.lists(ids, max_size=3).map(",".join) | st.just("S1,nobody")
rare = st.sampled_from(["", "", "", "", "", "", "", "active"])
days = st.sampled_from(["", "", "2020-01-31", "2026-11-22", "2099-12-31", "tomorrow"])
words = {
    "1.1": st.sampled_from(["student", "parent", "guardian", "relative", "teacher", "aide", "Parent"]),
    "1.2": st.sampled_from(["student", "parent", "relative", "teacher", "siteAdministrator", "ext:uncle", "x"]),
}
users = st.lists(
    st.fixed_dictionaries(
        {
            "sourcedId": ids,
            "status": rare,
            "enabledUser": st.sampled_from(["true", "true", "true", "false", "yes"]),
            "orgSourcedIds": st.sampled_from(["", "O1", "O2,O1"]),
            "username": st.sampled_from(["a", "b@pupils.example"]),
            "givenName": st.sampled_from(["Ann", "=A", "Zoë"]),
            "familyName": st.just("Hale"),
            "email": st.sampled_from(["", "a@mail.example", "b@mail.example"]),
            "phone": st.sampled_from(["", "+447700900123", "07700"]),
            "sms": st.sampled_from(["", "+447700900124"]),
            "grades": st.sampled_from(["", "05", "05,06"]),
            "agentSourcedIds": agents,
        }
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda row: row["sourcedId"],
)
roles = st.lists(
    st.fixed_dictionaries(
        {
            "sourcedId": st.sampled_from([f"R{number}" for number in range(20)]),
            "userSourcedId": ids,
            "role": words["1.2"],
            "beginDate": days,
            "endDate": days,
            "orgSourcedId": st.sampled_from(["O1", "O2"]),
        }
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row["sourcedId"],
)


def write(header: str, rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header.split(","), extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def say(folder: Path) -> object:
    try:
        return contents(load_contact_list(folder))
    except ContactListError as error:
        return error.problems


def contents(found: ContactList) -> object:
    rows = sorted(found.relationships, key=lambda row: (row.student_id, row.contact_id))
    return replace(found, students=dict(found.students), contacts=dict(found.contacts), relationships=tuple(rows))


def both_ways(folder: Path) -> tuple[object, object]:
    quick = say(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(oneroster_csv, "read_whole", lambda version, tables: None)
        return quick, say(folder)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["1.1", "1.2"]), users, roles, st.data())
def test_columns_are_read_as_people_are(
    version: str, users: list[dict[str, str]], roles: list[dict[str, str]], data: st.DataObject
) -> None:
    files = dict(ONEROSTER_1_1 if version == "1.1" else ONEROSTER_1_2)
    if version == "1.1":
        users = [{**row, "role": data.draw(words["1.1"])} for row in users]
    else:
        files["roles.csv"] = write(files["roles.csv"].splitlines()[0], roles)
    files["users.csv"] = write(files["users.csv"].splitlines()[0], users)
    with tempfile.TemporaryDirectory() as name:
        quick, careful = both_ways(write_files(Path(name), files))
    assert quick == careful


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(["oneroster-1.1", "oneroster-1.2"]), st.integers(0, 2**32))
def test_generated_packages_are_read_by_columns(format: str, seed: int) -> None:
    found: list[Whole | None] = []

    def read(version: str, tables: Mapping[str, Table]) -> Whole | None:
        found.append(read_whole(version, tables))
        return found[-1]

    with tempfile.TemporaryDirectory() as name:
        generate(Path(name), 60, seed, traps=0.5, format=format)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(oneroster_csv, "read_whole", read)
            load_contact_list(Path(name))
        quick, careful = both_ways(Path(name))
    assert len(found) == 1
    assert found[0] is not None
    assert quick == careful
