"""The inputs a template declares, and the values a trip gives them.

A checked value is a string in one canonical form: dates 2027-05-10, times 08:30, phone numbers in E.164
(+441632960100). An optional input that is not given is "".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from difflib import get_close_matches
from urllib.parse import urlsplit

from .contacts.addresses import normalise_email
from .errors import Problem, TemplateError
from .template_model import InputSpec
from .toml_files import complaint, find_line
from .trips import Trip

MAX_TEXT, MAX_URL = 500, 1000

# What `new` asks of every trip. An input of the same name could never be answered beside it.
OF_THE_TRIP = ("title", "slug", "owner", "starts", "ends", "access_until")


def make_inputs(specs: tuple[InputSpec, ...], trip: Trip) -> dict[str, str]:
    """Every declared input with its canonical value. Raises TemplateError: missing, unknown and wrong ones at once,
    each with the trip's file and line."""
    by_name = {spec.name: spec for spec in specs}
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for spec in specs:
        try:
            values[spec.name] = check_input(spec, trip.inputs[spec.name]) if spec.name in trip.inputs else spec.default
        except ValueError as exc:
            problems.append(_problem(trip, spec.name, "wrong-input", f"{spec.name} {exc}"))
        if spec.required and spec.name not in trip.inputs:
            said = f"{spec.name} is missing in [inputs]: {spec.help}"
            problems.append(_problem(trip, spec.name, "missing-input", said))
    for name in trip.inputs.keys() - by_name.keys():
        close = get_close_matches(name, by_name, 1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        said = f"the template {trip.template} has no input {name[:40]}{hint}"
        problems.append(_problem(trip, name, "unknown-input", said))
    if problems:
        raise complaint(TemplateError, problems)
    return values


def check_input(spec: InputSpec, value: object) -> str:
    """The canonical form of a value. Raises ValueError that says what the value must be."""
    if value == "" and not spec.required:
        return ""
    if spec.type == "choice":
        if value not in spec.choices:
            raise ValueError(f"must be one of {', '.join(spec.choices)}")
        return str(value)
    return _TYPES[spec.type](value)


def _problem(trip: Trip, name: str, rule: str, message: str) -> Problem:
    return Problem(str(trip.file), find_line(trip.file, ("inputs", name)), rule, message)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must not be empty" if isinstance(value, str) else 'must be text in quotation marks: "…"')
    text = value.replace("\r\n", "\n").strip()
    if len(text) > MAX_TEXT:
        raise ValueError(f"is longer than {MAX_TEXT} characters")
    # Control characters and what Unicode calls non-characters cannot stand in XML.
    if any(unicodedata.category(c) in ("Cc", "Cs", "Cn", "Zl", "Zp") and c not in "\n\t" for c in text):
        raise ValueError("holds a control character")
    return text


def _date(value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise ValueError("must be a date such as 2027-05-10")


def _time(value: object) -> str:
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, str) and (found := re.fullmatch(r"([01]?\d|2[0-3])[:.]([0-5]\d)", value)):
        return f"{int(found[1]):02}:{found[2]}"
    raise ValueError("must be a time such as 08:30")


def _phone(value: object) -> str:
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse

    if not isinstance(value, str) or not re.fullmatch(r"\s*\+[0-9 ().\-]{4,40}", value):
        raise ValueError("must be a phone number that begins with + and its country code, such as +44")
    try:
        number = parse(value)
    except NumberParseException:
        number = None
    if number is None or not is_possible_number(number):
        raise ValueError("is not a phone number that can exist")
    return format_number(number, PhoneNumberFormat.E164)


def _email(value: object) -> str:
    address = normalise_email(value) if isinstance(value, str) else None
    if address is None:
        raise ValueError("must be an e-mail address: a name, an @ and a domain")
    return address


def _url(value: object) -> str:
    if not isinstance(value, str) or not value.startswith("https://"):
        raise ValueError("must be an address that begins with https://")
    if len(value) > MAX_URL or not re.fullmatch(r"[!#-&(-;=?-\[\]_a-z~]+", value):
        raise ValueError(f"must be an address without spaces, quotes or accents, at most {MAX_URL} characters")
    try:
        parts = urlsplit(value)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        port_is_fine = False
    if not port_is_fine or not parts.hostname or "@" in parts.netloc or normalise_email(f"a@{parts.hostname}") is None:
        raise ValueError("must be a whole address such as https://forms.school.example/consent")
    return value


def _number(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**15:
        return str(value)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?", value):
        return value
    raise ValueError("must be a number")


_TYPES: Mapping[str, Callable[[object], str]] = {
    "text": _text,
    "date": _date,
    "time": _time,
    "phone": _phone,
    "email": _email,
    "url": _url,
    "number": _number,
}
TYPES = (*_TYPES, "choice")
