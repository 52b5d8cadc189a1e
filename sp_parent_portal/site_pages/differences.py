"""Two looks at one page → what differs, part by part, in words. Pure.

What stands on a page is somebody else's text: it is quoted shortened, around the place where it differs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any, NamedTuple

from ..plan.model import Field, Value
from .reading import Normal

SHORT = 60
SIDE = 2  # the layout of a section beside all others
MOST = 12  # differences that are told one by one
DEEP = 12
NAMES = {
    "af8be689-990e-492a-81f7-ba3e4cd3ed9c": "image gallery",
    "d1d91016-032f-456d-98a4-721247c305e8": "image",
    "c70391ea-0b10-4ee9-b2b4-006d3fcad0cd": "quick links",
    "f92bf067-bc19-489e-a556-7fe95f508720": "list",
    "20745d7d-8581-4a6c-bf26-68279bc123fc": "events",
    "8c88f208-6c77-4bdb-86a0-0c47b4316588": "news",
    "62cac389-787f-495d-beca-e11786162ef4": "countdown",
    "e377ea37-9047-43b9-8cdb-a761be2f8e09": "map",
    "7f718435-ee4d-431c-bdbf-9c4ff326f46e": "people",
    "0f087d7f-520e-42b7-89c0-496aaf979d58": "button",
    "df8e44e7-edd5-46d5-90da-aca1539313b8": "call to action",
    "c4bd7b2f-7b6e-4599-8485-16504575f590": "hero",
    "868ac3c3-cad7-4bd6-9a1c-14dc5cc8e823": "weather",
    "2161a1c6-db61-4731-b97c-3cdb303f7cbb": "divider",
    "8654b779-4886-46d4-8ffb-b5ed960ee986": "spacer",
}
# What SharePoint calls it in a part's data, and what people call it.
_WORDS = (
    (r"(?:listTitle|webPartTitle)", "title"),
    (r"(?:linkUrl|button\.linkUrl|content\[0\]\.link)", "address"),
    (r"button\.label", "label"),
    (r"items\[(\d+)\]\.title", "link {}"),
    (r"items\[(\d+)\]\.sourceItem\.url", "address of link {}"),
    (r"items\[(\d+)\]\.fabricReactIcon\.iconName", "icon of link {}"),
    (r"(?:imageSource|image\.url|content\[0\]\.image\.url)", "picture"),
    (r"images\[(\d+)\]\.url", "picture {}"),
    (r"images\[(\d+)\]\.altText", "words for picture {}"),
    (r"images\[(\d+)\]\.title", "caption of picture {}"),
    (r"altText|content\[0\]\.alternateText", "words for the picture"),
    (r"countDate", "moment"),
    (r"topicHeader", "line above the title"),
    (r"layoutType", "layout"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What people see of a page; `canvas` and `layout` as reading.py reads them, None where they cannot be read."""

    title: str
    is_news: bool
    canvas: Normal | None
    layout: Normal | None

    @property
    def normal(self) -> list[Any]:
        return [self.title, self.is_news, self.canvas, self.layout]


def describe(seen: Look, wanted: Look) -> tuple[Field, ...]:
    """A field for each thing that differs, before as it is and after as it is wanted; () where nothing does."""
    if seen == wanted:
        return ()
    fields = list(_differences(seen, wanted))
    if not fields:
        return (Field("arrangement", "another", "the template's"),)
    left = len(fields) - MOST
    return (*fields[:MOST], Field("further differences", left, 0)) if left > 0 else tuple(fields)


def outline(wanted: Look) -> tuple[Field, ...]:
    """A page that is to be made."""
    parts = ", ".join(_name(each) for each in wanted.canvas or () if each["type"])
    return (Field("title", None, wanted.title), Field("parts", None, parts))


def _differences(seen: Look, wanted: Look) -> Iterator[Field]:
    if seen.title != wanted.title:
        yield Field("title", *excerpts(seen.title, wanted.title))
    if seen.is_news != wanted.is_news:
        yield Field("kind", _kind(seen), _kind(wanted))
    area = (_first(seen.layout), _first(wanted.layout))
    skip = ("title",) if seen.title != wanted.title else ()
    yield from (Field(f"title area, {name}", *both) for name, *both in _unlike(*area) if name not in skip)
    if seen.canvas is None:
        yield Field("parts", "cannot be read", "the template's")
        return
    yield from _parts(seen.canvas, wanted.canvas or [])


def _kind(look: Look) -> str:
    return "news post" if look.is_news else "page"


def _first(layout: Normal | None) -> object:
    return layout[0] if layout else {}


# ---- parts -----------------------------------------------------------------------------------------------------------


def _parts(seen: Normal, wanted: Normal) -> Iterator[Field]:
    now = {str(each["id"]): each for each in seen if each["id"]}
    then = {str(each["id"]): each for each in wanted if each["id"]}
    places, ours = _places(seen), _places(wanted)
    for thing, part in then.items():
        where = f"{ours[thing]}, {_name(part)}"
        if thing not in now:
            yield Field(where, None, _gist(part))
            continue
        there = now[thing]
        if there["part"] != part["part"] or there["type"] != part["type"]:
            yield Field(where, _name(there), _name(part))
            continue
        yield from _part(where, there, part)
        if places[thing] != ours[thing]:
            yield Field(f"place of {_name(part)}", places[thing], ours[thing])
        elif there["position"] != part["position"] and there["position"][2:3] == part["position"][2:3]:
            yield Field(f"{where}, width", "another", "the template's")
        if (there["emphasis"], there["group"]) != (part["emphasis"], part["group"]):
            yield Field(f"{where}, look of its section", "another", "the template's")
    for thing, part in now.items():
        if thing not in then:
            yield Field(f"{places[thing]}, {_name(part)}", _gist(part), None)


def _part(where: str, seen: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Field]:
    if seen["text"] != wanted["text"]:
        yield from _text(where, str(seen["text"]), str(wanted["text"]))
    for name, before, after in _unlike(
        [seen["content"], seen["properties"]], [wanted["content"], wanted["properties"]]
    ):
        yield Field(f"{where}, {name}", before, after)


def _text(where: str, seen: str, wanted: str) -> Iterator[Field]:
    words = plain(seen), plain(wanted)
    if words[0] != words[1]:
        yield Field(where, *excerpts(*words))
    links = _links(seen), _links(wanted)
    if links[0] != links[1]:
        for before, after in _pairs(*links):
            yield Field(f"{where}, link", before, after)
    elif words[0] == words[1]:
        yield Field(f"{where}, formatting", "another", "the template's")


def _pairs(seen: list[str], wanted: list[str]) -> Iterator[tuple[str | None, str | None]]:
    gone = [each for each in seen if each not in wanted]
    new = [each for each in wanted if each not in seen]
    for number in range(max(len(gone), len(new))):
        before = gone[number] if number < len(gone) else None
        after = new[number] if number < len(new) else None
        yield (short(before) if before else None, short(after) if after else None)
    if not gone and not new:
        yield "in another order", "as the template has them"


def _links(html: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'href="([^"]*)"', html)]


def plain(html: str) -> str:
    """What people read of it."""
    joined = re.sub(r"</?(?:a|b|em|i|span|strong|u)(?:\s[^<>]*)?>", "", html)
    return " ".join(unescape(re.sub(r"<[^<>]*>", " ", joined)).split())


def _name(part: Mapping[str, Any]) -> str:
    return "text" if part["type"] == 4 else NAMES.get(str(part["part"]).lower(), "web part")


def _gist(part: Mapping[str, Any]) -> str:
    """A few words of a part that only one of the two has."""
    said = plain(str(part["text"])) or next((str(text) for text in _texts(part) if text), "")
    return short(said) or _name(part)


def _texts(part: Mapping[str, Any]) -> Iterator[object]:
    texts = part["content"][0]
    return iter(texts.values()) if isinstance(texts, Mapping) else iter(())


class _Spot(NamedTuple):
    thing: str
    zone: float
    column: float
    rank: float
    aside: bool


def _spot(part: Mapping[str, Any]) -> _Spot:
    zone, column, rank, _, layout = map(_number, part["position"])
    return _Spot(str(part["id"]), zone, column, rank, layout == SIDE)


def _places(canvas: Normal) -> dict[str, str]:
    """Where each part stands, by its id, in words."""
    spots = [_spot(each) for each in canvas]
    zones = sorted({spot.zone for spot in spots if not spot.aside})
    told: dict[str, str] = {}
    for spot in spots:
        beside = [other for other in spots if (other.zone, other.aside) == (spot.zone, spot.aside)]
        where = "side section" if spot.aside else f"section {zones.index(spot.zone) + 1}"
        if len({other.column for other in beside}) > 1:
            where += f", column {spot.column:g}"
        same = sorted(
            (each for each in beside if each.column == spot.column and each.thing), key=lambda each: each.rank
        )
        if len(same) > 1 and spot.thing:
            where += f", part {[each.thing for each in same].index(spot.thing) + 1}"
        told[spot.thing] = where
    return told


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


# ---- a part's data ---------------------------------------------------------------------------------------------------


def _unlike(seen: object, wanted: object) -> Iterator[tuple[str, Value, Value]]:
    """What differs of two pieces of JSON: its name, and both values."""
    now, then = dict(_leaves(seen)), dict(_leaves(wanted))
    told = set[str]()
    for path in (*then, *(path for path in now if path not in then)):
        name = _word(path)
        if now.get(path) == then.get(path) or name in told:
            continue
        told.add(name)
        before, after = now.get(path), then.get(path)
        if isinstance(before, str) and isinstance(after, str):
            before, after = excerpts(before, after)
        yield name, _value(before), _value(after)


def _leaves(data: object, path: str = "", depth: int = 0) -> Iterator[tuple[str, object]]:
    """Of the two lists at the top only what is in them counts, not their number."""
    if depth > DEEP:
        yield path, json.dumps(data, sort_keys=True)
    elif isinstance(data, Mapping) and data:
        for key, value in data.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(data, list | tuple) and data:
        for number, value in enumerate(data):
            yield from _leaves(value, f"{path}[{number}]", depth + 1)
    elif data not in ({}, [], None):
        yield path, data


def _word(path: str) -> str:
    own = re.sub(r"^\[\d\](?:\[\d\])?\.?", "", path)
    for pattern, word in _WORDS:
        found = re.fullmatch(pattern, own)
        if found is not None:
            return word.format(*(int(number) + 1 for number in found.groups()))
    return short(own) or "content"


def _value(value: object) -> Value:
    return short(value) if isinstance(value, str) else value if isinstance(value, bool | int | float) else None


# ---- excerpts --------------------------------------------------------------------------------------------------------


def short(text: str) -> str:
    """One line, and not all of a long one; what stands for an id is named without its braces."""
    line = re.sub(r"\{([^{}]*)\}", r"\1", " ".join(text.split()))
    return line if len(line) <= SHORT else f"{line[: SHORT - 1]}…"


def excerpts(seen: str, wanted: str) -> tuple[str, str]:
    """Both texts around the first place where they differ, from the beginning of the word before it."""
    at = next((n for n, (one, other) in enumerate(zip(seen, wanted, strict=False)) if one != other), None)
    at = min(len(seen), len(wanted)) if at is None else at
    start = 0 if at < SHORT // 2 else max(seen.rfind(" ", 0, max(at - SHORT // 4, 0)) + 1, 0)
    before = "…" if start else ""
    return short(before + seen[start:]), short(before + wanted[start:])
