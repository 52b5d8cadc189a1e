"""Compares an answer with a recorded one: keys, types, and the forms of ids, dates and identities; values by `same`."""

from __future__ import annotations

import re
from typing import Any

FORMS = {
    "GUID": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "date with Z": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "date without Z": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?",
    "number in text": r"\d+",
    "absolute address": r"https://.*",
    "CSOM date": r"/Date\(\d+(,\d+){6}\)/",
    "CSOM guid": r"/Guid\([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\)/",
    "identity in the tenant": r"[0-9a-f-]{36}\|908bed80-a04a-4433-b4a0-883d9847d110:[0-9a-f-]{36}\nTenant",
    "identity of a site's properties": (
        r"[0-9a-f-]{36}\|908bed80-a04a-4433-b4a0-883d9847d110:[0-9a-f-]{36}\n(Deleted)?SiteProperties\nhttps%3a%2f%2f[^/:]+"
    ),
    "identity of an operation": (
        r"[0-9a-f-]{36}\|908bed80-a04a-4433-b4a0-883d9847d110:[0-9a-f-]{36}\nSpoOperation\n[A-Za-z]+\n\d{18}\n"
        r"https%3a%2f%2f[^/:]+\n[0-9a-f-]{36}"
    ),
    "identity of content": (
        r"[0-9a-f-]{36}\|740c6a0b-85e2-48a0-a494-e0f1759d4aa7:site:[0-9a-f-]{36}(:web:[0-9a-f-]{36})?"
    ),
    "drive id": r"b![A-Za-z0-9_-]{64}",
    "item id": r"01[A-Z2-7]{32}",
}


def differences(recorded: Any, answered: Any, place: str = "$") -> list[str]:
    """What is not alike. Null stands for any type; a list is judged by the keys that its members have together."""
    if recorded is None or answered is None:
        return []
    if type(recorded) is not type(answered):
        return [f"{place}: {type(recorded).__name__} became {type(answered).__name__}"]
    if isinstance(recorded, dict):
        found = [f"{place}.{key}: missing" for key in recorded.keys() - answered.keys()]
        found += [f"{place}.{key}: not recorded" for key in answered.keys() - recorded.keys()]
        for key in recorded.keys() & answered.keys():
            found += differences(recorded[key], answered[key], f"{place}.{key}")
        return found
    if isinstance(recorded, list):
        if not recorded or not answered:
            return [] if recorded == answered else [f"{place}: one is empty"]
        return differences(together(recorded), together(answered), f"{place}[]")
    if isinstance(recorded, str):
        forms = [name for name, form in FORMS.items() if re.fullmatch(form, recorded)]
        if forms and not any(re.fullmatch(FORMS[name], answered) for name in forms):
            return [f"{place}: {' or '.join(forms)} became {answered!r}"]
    return []


def together(members: list[Any]) -> Any:
    if not isinstance(members[0], dict):
        return members[0]
    whole: dict[str, Any] = {}
    for member in members:
        whole.update({key: value for key, value in member.items() if whole.get(key) is None})
    return whole
