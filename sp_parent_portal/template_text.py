"""Texts of templates: whether one is still to be filled, and how dates and telephone numbers are written on sites and
in mails: British English, the same on every machine."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def has_placeholder(text: str) -> bool:
    return any(mark in text for mark in ("{{", "{%", "{#"))


def day(value: object) -> str:
    """Monday 10 May 2027, of a date or a canonical date input; anything else as it is."""
    try:
        when = date.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"


def phone(value: object) -> str:
    """+44 1632 960100, of a canonical phone input; anything else as it is."""
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

    if not re.fullmatch(r"\+\d+", str(value)):
        return str(value)
    try:
        return format_number(parse(str(value)), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return str(value)


def query(value: object) -> str:
    """Keswick%2C%20Cumbria, for the end of an address such as https://maps.example/?q=…"""
    return quote(str(value), safe="")
