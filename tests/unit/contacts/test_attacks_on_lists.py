"""Crafted lists: one contact is never taken for another, and a small file does not take all memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from sp_parent_portal.contacts import oneroster_csv
from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.contacts.oneroster_whole import Whole, read_whole
from sp_parent_portal.contacts.reading import Table
from sp_parent_portal.errors import ContactListError

from .lists import ONEROSTER_1_1, ONEROSTER_1_2, V1_FILES, write_files


def test_an_id_that_a_list_gives_somebody_is_never_that_which_we_make_for_another(tmp_path: Path) -> None:
    made = "mail-" + hashlib.sha256(b"tom.hale@mail.example").hexdigest()[:16]
    user = V1_FILES["User.csv"] + f"eve@mail.example,Eve,Fox,,{made}\n"
    with pytest.raises(ContactListError) as caught:
        load_contact_list(write_files(tmp_path, {**V1_FILES, "User.csv": user}))
    errors = [(each.file, each.line, each.rule) for each in caught.value.problems if each.severity == "error"]
    assert errors == [("User.csv", 4, "duplicate-id")]


@pytest.mark.parametrize("cell", ["S1,", "nobody{},"])
def test_more_ids_in_lists_than_there_can_be_relationships_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: str
) -> None:
    monkeypatch.setattr(oneroster_csv, "MOST_LISTED", 1000)
    many = "".join(cell.format(number) for number in range(1001))
    users = ONEROSTER_1_1["users.csv"] + f'P3,,,true,O1,parent,eve,,Eve,Fox,,,,,,"{many}",,\n'
    files = {**ONEROSTER_1_1, "users.csv": users}
    with pytest.raises(ContactListError) as caught:
        load_contact_list(write_files(tmp_path, files))
    assert [(each.file, each.rule) for each in caught.value.problems if each.severity == "error"] == [
        ("users.csv", "too-large")
    ]


def test_very_many_roles_of_one_person_are_not_read_by_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There each role makes another row of all roles before it."""
    found: list[Whole | None] = []

    def read(version: str, tables: Mapping[str, Table]) -> Whole | None:
        found.append(read_whole(version, tables))
        return found[-1]

    monkeypatch.setattr(oneroster_csv, "read_whole", read)
    more = [f"R3-{number},,,P1,primary,parent,,,O1,\n" for number in range(100)]
    roles = "".join([ONEROSTER_1_2["roles.csv"], *more])
    contacts = load_contact_list(write_files(tmp_path, {**ONEROSTER_1_2, "roles.csv": roles}))
    assert found == [None]
    assert contacts.relationships
