"""A canvas as SharePoint gives it back → one form that does not depend on ids, so that it can be compared.

SharePoint adds keys of its own and the editor writes sizes: what people see and can change is what counts. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .facts import Facts

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_POSITION = ("zoneIndex", "sectionIndex", "controlIndex", "sectionFactor", "layoutIndex")
_CONTENT = ("searchablePlainTexts", "imageSources", "links")

Normal = list[Any]


def read_canvas(text: str, facts: Facts) -> Normal | None:
    """One entry for each control in order; None where the text is no canvas. A page on which there is nothing is []."""
    controls = _array(text)
    if controls is None:
        return None
    names = facts.names()
    told = _GUID.sub(lambda found: names.get(found[0].lower(), found[0]), json.dumps(controls))
    kept = [_control(each) for each in json.loads(told) if isinstance(each, Mapping)]
    return [each for each in kept if each is not None]


def read_layout(text: str, facts: Facts) -> Normal | None:
    """The title area: its properties."""
    parts = _array(text or "[]")
    if parts is None:
        return None
    names = facts.names()
    told = _GUID.sub(lambda found: names.get(found[0].lower(), found[0]), json.dumps(parts))
    return [each.get("properties") for each in json.loads(told) if isinstance(each, Mapping)]


def control_ids(normal: Normal | None) -> list[str]:
    """The ids of its parts, in order."""
    return [str(each["id"]) for each in normal or () if each["id"]]


def _array(text: str) -> list[Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) else None


def _control(control: Mapping[str, Any]) -> dict[str, Any] | None:
    kind, position = control.get("controlType", 0), control.get("position")
    if not isinstance(position, Mapping):  # the settings of the page
        return None
    data = control.get("webPartData")
    data = data if isinstance(data, Mapping) else {}
    content = data.get("serverProcessedContent")
    content = content if isinstance(content, Mapping) else {}
    group = control.get("zoneGroupMetadata")
    return {
        "type": kind,
        "id": control.get("id", "") if kind else "",
        "position": [position.get(name) for name in _POSITION],
        "emphasis": _emphasis(control.get("emphasis")),
        "group": group if isinstance(group, Mapping) and group.get("type") else None,
        "part": control.get("webPartId", ""),
        "text": control.get("innerHTML", ""),
        "properties": data.get("properties"),
        "content": [content.get(name) or {} for name in _CONTENT],
    }


def _emphasis(value: object) -> object:
    return value.get("zoneEmphasis", 0) if isinstance(value, Mapping) else 0
