"""Crafted lists: one contact is never taken for another."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sp_parent_portal.contacts.load import load_contact_list
from sp_parent_portal.errors import ContactListError

from .lists import V1_FILES, write_files


def test_an_id_that_a_list_gives_somebody_is_never_that_which_we_make_for_another(tmp_path: Path) -> None:
    made = "mail-" + hashlib.sha256(b"tom.hale@mail.example").hexdigest()[:16]
    user = V1_FILES["User.csv"] + f"eve@mail.example,Eve,Fox,,{made}\n"
    with pytest.raises(ContactListError) as caught:
        load_contact_list(write_files(tmp_path, {**V1_FILES, "User.csv": user}))
    errors = [(each.file, each.line, each.rule) for each in caught.value.problems if each.severity == "error"]
    assert errors == [("User.csv", 4, "duplicate-id")]
