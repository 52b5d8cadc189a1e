from __future__ import annotations

import pytest

from sp_parent_portal.contacts.addresses import (
    endings,
    holds_several_addresses,
    is_placeholder,
    mailbox_of,
    normalise_domain,
    normalise_email,
    suggest_domain,
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (" Mum@X.Example ", "mum@x.example"),
        ("ｍｕｍ@x.example", "mum@x.example"),
        ("mum@ｘ.example", "mum@x.example"),
        ("jo@Bücher.example", "jo@xn--bcher-kva.example"),
        ("jo@xn--bcher-kva.example", "jo@xn--bcher-kva.example"),
        ("JÖRG@mail.example", "jörg@mail.example"),
        ("o'kerr+a@mail.example", "o'kerr+a@mail.example"),
        ("a@mail", None),
        ("a@mail.test", None),
        ("a@mail.local", None),
        ("a b@mail.example", None),
        ("Ann <a@mail.example>", None),
        ("a@mail.example;b@mail.example", None),
        ("a＠mail.example", None),
        ("a@[127.0.0.1]", None),
        ('"a b"@mail.example', None),
        ("a" * 65 + "@mail.example", None),
        ("a@" + "b" * 250 + ".example", None),
        ("", None),
        ("@", None),
    ],
)
def test_normal_form(text: str, normal: str | None) -> None:
    assert normalise_email(text) == normal


@pytest.mark.parametrize(
    ("domain", "suggestion"),
    [
        ("hotmial.com", "hotmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmial.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("outlok.com", "outlook.com"),
        ("yahooo.com", "yahoo.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("school.con", "school.com"),
        ("gmail.com", ""),
        ("yahoo.co.uk", ""),
        ("mail.example", ""),
        ("email.example", ""),
        ("ymail.com", ""),
        ("cloud.example", ""),
        ("school.co", ""),
        ("d1.example", ""),
    ],
)
def test_suggestions(domain: str, suggestion: str) -> None:
    assert suggest_domain(f"a@{domain}") == suggestion


@pytest.mark.parametrize("email", ["none@none.example", "no-email@x.example", "test@x.example", "a@noemail.example"])
def test_placeholders(email: str) -> None:
    assert is_placeholder(email)


@pytest.mark.parametrize("email", ["nonea@x.example", "a.none@x.example", "tess@x.example", "a@nonesuch.example"])
def test_no_placeholders(email: str) -> None:
    assert not is_placeholder(email)


def test_several_addresses() -> None:
    assert holds_several_addresses("a@x.example, b@x.example")
    assert holds_several_addresses("a@x.example b@x.example")
    assert not holds_several_addresses("Ann Hale a@x.example")


def test_mailboxes() -> None:
    assert mailbox_of("a.b.c+school@x.example") == mailbox_of("abc@x.example") != mailbox_of("abc@y.example")


def test_domains() -> None:
    assert "a@school.example".endswith(endings(["school.example"]))
    assert "a@staff.school.example".endswith(endings(["school.example"]))
    assert not "a@myschool.example".endswith(endings(["school.example"]))
    assert normalise_domain("@School.Example") == "school.example"
    assert normalise_domain("Bücher.example") == "xn--bcher-kva.example"
    assert normalise_domain("School") == "school"
