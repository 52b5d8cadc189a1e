"""CSOM's JSON as SharePoint writes it (recorded): a slash inside text is `\\u002f`, dates are
`"\\/Date(2021,11,15,10,0,33,523)\\/"` in UTC with the month counted from 0, guids `"\\/Guid(…)\\/"`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as the rest of the emulator writes it: `2027-05-01T09:00:00Z`."""

    text: str


@dataclass(frozen=True, slots=True)
class Guid:
    text: str


WORDS = {None: "null", True: "true", False: "false"}


def render(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return WORDS[value]
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, int | float):
        return str(int(value)) if isinstance(value, int) or value.is_integer() else repr(value)
    if isinstance(value, dict):
        return "{" + ",".join([f"{_quote_name(name)}:{render(item)}" for name, item in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(render, value)) + "]"
    if isinstance(value, Moment):
        return f'"\\/Date({_numbers(value.text)})\\/"'
    if isinstance(value, Guid):
        return f'"\\/Guid({value.text})\\/"'
    raise TypeError(type(value).__name__)


def _quote(text: str) -> str:
    return encode_basestring(text).replace("/", "\\u002f")


_quote_name = lru_cache(maxsize=4096)(_quote)


def _numbers(text: str) -> str:
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    parts = (moment.year, moment.month - 1, moment.day, moment.hour, moment.minute, moment.second)
    return ",".join(map(str, (*parts, moment.microsecond // 1000)))
