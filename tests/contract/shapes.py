"""Compares an answer of the emulator with a recorded or documented one: keys, types and formats, not values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

FORMATS = {
    "guid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "moment": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    "moment without zone": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
    "moment of Entra": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"),
    "security identifier": re.compile(r"S-1-12-1(-\d+){4}"),
    "site id": re.compile(r"[a-z0-9.-]+\.sharepoint\.com(,[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}){2}"),
    "address": re.compile(r"https://\S+"),
}


def find_differences(recorded: Any, answered: Any, *, missing: tuple[str, ...] = (), at: str = "$") -> list[str]:
    """What differs, as lines for people; none where the shapes agree. `missing` are paths that the recording has and we
    are known to leave out. A recorded null says nothing about a type, and null may stand where a value was recorded."""
    return list(_differences(recorded, answered, missing, at))


def _differences(recorded: Any, answered: Any, missing: tuple[str, ...], at: str) -> Iterator[str]:
    if recorded is None or answered is None:
        return
    if type(recorded) is not type(answered):
        yield f"{at}: {type(recorded).__name__} recorded, {type(answered).__name__} answered"
    elif isinstance(recorded, dict):
        for key in sorted(recorded.keys() | answered.keys()):
            where = f"{at}.{key}"
            if key not in answered:
                if where not in missing:
                    yield f"{where}: recorded, not answered"
            elif key not in recorded:
                yield f"{where}: answered, not recorded"
            else:
                yield from _differences(recorded[key], answered[key], missing, where)
    elif isinstance(recorded, list) and recorded and answered:
        for number, each in enumerate(answered):
            yield from _differences(recorded[0], each, missing, f"{at}[{number}]")
    elif isinstance(recorded, str):
        for name, form in FORMATS.items():
            if form.fullmatch(recorded) and not form.fullmatch(answered):
                yield f"{at}: a {name} recorded, {answered!r} answered"
