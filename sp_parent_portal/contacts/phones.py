"""Telephone numbers in E.164 form, by Google's numbering plans (`phonenumbers`).

Numbers are never dialled here and no region is guessed: without a country's code a number is not one. A number counts
where its length is possible in its country; whether it is in use cannot be told (Microsoft's own samples are not).
"""

from __future__ import annotations

import re

# Where a number of these countries looks like this, the library takes it as it stands: a property test holds it so.
_PLAIN = re.compile(
    r"\+(?:44[1237]\d{9}|1[2-9]\d{9}|61[2-478]\d{8}|353[1-9]\d{8}|33[1-9]\d{8}|49[1-9]\d{9}|31[1-9]\d{8})"
)


def to_e164(text: str) -> str | None:
    """`text` as +441632960001, None where it is no telephone number with its country's code."""
    if text.isascii() and _PLAIN.fullmatch(text):
        return text
    return _to_e164_by_library(text)


def _to_e164_by_library(text: str) -> str | None:
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse

    try:
        number = parse(text, None)
        normal = format_number(number, PhoneNumberFormat.E164)
        same = format_number(parse(normal, None), PhoneNumberFormat.E164) == normal
    except NumberParseException:
        return None
    # Of a number with zeros behind its country's code the library drops one each time that it reads it.
    return normal if same and is_possible_number(number) else None
