"""CSOM's JSON as SharePoint writes it (recorded): a slash inside text is `\\u002f`, dates are
`"\\/Date(2021,11,15,10,0,33,523)\\/"` in UTC with the month counted from 0, guids `"\\/Guid(…)\\/"`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as the rest of the emulator writes it: `2027-05-01T09:00:00Z`."""

    text: str


@dataclass(frozen=True, slots=True)
class Guid:
    text: str


def render(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quote(name)}:{render(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(render, value)) + "]"
    if isinstance(value, Moment):
        return f'"\\/Date({_numbers(value.text)})\\/"'
    if isinstance(value, Guid):
        return f'"\\/Guid({value.text})\\/"'
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value)


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("/", "\\u002f")


def _numbers(text: str) -> str:
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    parts = (moment.year, moment.month - 1, moment.day, moment.hour, moment.minute, moment.second)
    return ",".join(map(str, (*parts, moment.microsecond // 1000)))
