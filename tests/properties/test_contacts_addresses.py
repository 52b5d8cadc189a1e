"""The fast way to a normal form says what the library says, and nothing else."""

from __future__ import annotations

import string

import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from sp_parent_portal.contacts import addresses
from sp_parent_portal.contacts.addresses import fold_email, normalise_email

SIGNS = string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~."
locals_ = st.text(SIGNS, min_size=1, max_size=66)
labels = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=8)
tops = st.sampled_from(["example", "com", "uk", "con", "1a", "a1", "x", *SPECIAL_USE_DOMAIN_NAMES])
plain = st.builds("{}@{}.{}".format, locals_, st.lists(labels, min_size=1, max_size=3).map(".".join), tops)


def library_says(text: str) -> str | None:
    try:
        given = validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return None
    return f"{given.local_part}@{given.ascii_domain}".lower() if len(given.local_part) <= 64 else None


@given(plain)
@example("a@b-.example")
@example("a@xn--a.example")
@example("a@b.c--d.example")
@example("a" * 64 + "@" + ".".join(["b" * 60] * 3) + ".example")
def test_plain_addresses_are_what_the_library_says(text: str) -> None:
    assert normalise_email(text) == library_says(text)


@given(st.text(max_size=40) | plain | st.builds("{}@{}.example".format, st.text(max_size=20), st.text(max_size=20)))
def test_normal_form_is_stable(text: str) -> None:
    normal = normalise_email(text)
    if normal is not None:
        assert normalise_email(normal) == normal
        assert normal == normal.strip()
        assert normal.count("@") == 1


@given(st.text(max_size=40) | plain | st.builds("{}@{}.example".format, st.text(max_size=20), st.text(max_size=20)))
@example("\u0345@mail.example")
@example("Nobody At All")
def test_what_is_no_address_is_never_taken_for_one(text: str) -> None:
    normal, folded = normalise_email(text), fold_email(text)
    assert folded == normal if normal is not None else normalise_email(folded) is None


@pytest.mark.parametrize("text", ["Nobody At All", "STRASSE 1@x", ""])
def test_what_is_no_address_is_compared_without_its_case(text: str) -> None:
    assert fold_email(text) == fold_email(text.lower()) == text.casefold()


@given(plain)
def test_case_and_surrounding_space_do_not_matter(text: str) -> None:
    assert normalise_email(f"\t{text.swapcase()} ") == normalise_email(text)


@given(st.text(max_size=60) | plain)
def test_questions_about_any_address_have_an_answer(text: str) -> None:
    normal = normalise_email(text)
    addresses.holds_several_addresses(text)
    if normal is not None:
        assert addresses.mailbox_of(normal).endswith("@" + normal.partition("@")[2])
        assert "@" not in addresses.suggest_domain(normal)


@given(plain | st.text(string.printable, max_size=20).map("{}@mail.example".format))
def test_plain_text_loses_only_case_and_white_space(text: str) -> None:
    """On this rests that a student's address need not be looked at when no contact has it in lower case."""
    assert normalise_email(text) in (None, text.strip().lower())
