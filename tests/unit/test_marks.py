"""Marks instead of people."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.marks import KEY_BYTES, KEY_FILE, MARK, conceal, find_marked, load_key, make_mark

KEY, OTHER_KEY = b"k" * KEY_BYTES, b"o" * KEY_BYTES
NINA = "nina.hale@mail.example"


def test_a_mark_needs_the_key() -> None:
    mark = make_mark(KEY, "address", NINA)
    assert MARK.match(mark)
    assert make_mark(KEY, "address", f" {NINA.upper()}") == mark
    assert make_mark(OTHER_KEY, "address", NINA) != mark
    assert make_mark(KEY, "student", "s1") != make_mark(KEY, "student", "S1"), "ids differ in case"
    assert make_mark(KEY, "student", "1") != make_mark(KEY, "contact", "1")


def test_whoever_has_the_key_and_the_list_finds_the_person() -> None:
    mark = make_mark(KEY, "address", NINA)
    assert find_marked(KEY, mark, ["tom.hale@mail.example", NINA]) == NINA
    assert find_marked(OTHER_KEY, mark, [NINA]) == ""


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    key = load_key(tmp_path)
    path = tmp_path / KEY_FILE
    assert load_key(tmp_path) == key == path.read_bytes()
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [KEY_FILE]
    path.write_bytes(key[:5])
    assert len(load_key(tmp_path)) == KEY_BYTES


def test_of_many_that_begin_at_once_all_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: load_key(tmp_path), range(32)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"held: lake-2027 {NINA}: their account is blocked",
        f"<{NINA}>,({NINA});'{NINA}'",
        "GET /users?$filter=mail%20eq%20'nina.hale%40mail.example'",
        "nina.hale_mail.example#EXT#@contoso.onmicrosoft.com",
        "i:0#.f|membership|nina.hale_mail.example%23ext%23@contoso.onmicrosoft.com",
        "o'nina.hale+trips@mail.example",
    ],
)
def test_addresses_are_concealed(text: str) -> None:
    shown = conceal(text, KEY)
    assert "nina.hale" not in shown
    assert "mail.example" not in shown


def test_what_is_nobodys_stays() -> None:
    text = "target: contoso (11111111-2222-3333-4444-555555555555) at 2027-05-01T10:00:00+00:00, run 1f0c9a4b7d21, 3@4"
    assert conceal(text, KEY) == text


@pytest.mark.parametrize(
    "link",
    [
        "https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3ftenant%3d1",
        "https://invitations.microsoft.com/redeem/?tenant=1&user=2&ticket=3&lc=1033&ver=2.0",
    ],
)
def test_links_and_phones_are_left_out(link: str) -> None:
    shown = conceal(f"sent {link} to +44 1632 960 100 or +441632960101.", KEY)
    assert shown == "sent (redemption link) to (phone) or (phone)."


@given(
    st.from_regex(r"[a-z0-9._+-]{1,20}@[a-z0-9-]{1,20}\.(example|com|co\.uk)", fullmatch=True), st.text(" ,;<>()'\"")
)
def test_no_address_survives(address: str, around: str) -> None:
    assert address not in conceal(f"{around} {address} {around}", KEY)
    assert "@" not in conceal(f"{around} {address} {around}", None)
