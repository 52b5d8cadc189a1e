"""The fast way to E.164 says what the library says, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sp_parent_portal.contacts import phones
from sp_parent_portal.contacts.phones import to_e164

CODES = st.sampled_from(["44", "1", "61", "353", "33", "49", "31", "7", "39", "971", "0", ""])
numbers = st.builds("+{}{}".format, CODES, st.text("0123456789", min_size=4, max_size=14))
written = numbers | st.text(max_size=20) | st.text("+0123456789 -()x.", max_size=20)


@settings(max_examples=500)
@given(written)
@example("+447700900123")
@example("+4407700900123")
@example("+12025550123")
@example("+11234567890")
@example("+447700900123\n")
@example("+44770090012٣")
def test_every_number_is_what_the_library_says(text: str) -> None:
    by_library = phones._to_e164_by_library(text)
    assert to_e164(text) == by_library
    assert by_library is None or to_e164(by_library) == by_library


@settings(max_examples=500)
@given(st.from_regex(phones._PLAIN, fullmatch=True))
def test_what_looks_plain_stays_as_it_is(text: str) -> None:
    """In any decimal digits, of which the fast way takes ASCII's alone."""
    if text.isascii():
        assert phones._to_e164_by_library(text) == text


def test_plain_numbers_do_not_reach_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phones, "_to_e164_by_library", lambda text: None)
    assert to_e164("+447700900123") == "+447700900123"
    assert to_e164("+44 7700 900123") is None


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("+44 7700 900123", "+447700900123"),
        ("+1 (202) 555-0123", "+12025550123"),
        ("07700 900123", None),
        ("+44", None),
        ("+999123456789", None),
        ("none", None),
    ],
)
def test_numbers_as_people_write_them(text: str, normal: str | None) -> None:
    assert to_e164(text) == normal
