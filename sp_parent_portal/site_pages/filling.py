"""A page as the template has it → the page of one trip. `fill` puts the trip's values into a string, escaped for HTML
where the second argument says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from ..template_text import has_placeholder
from .model import NEEDED, Page
from .text import TextRefused, make_text

Fill = Callable[[str, bool], str]
Place = tuple[str | int, ...]
HTML = "text"  # the key of a text part that holds HTML; everything else is plain


class PageRefused(ValueError):
    """What a trip's values made of a page cannot be one; its words say where and why."""


def leaves(data: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every string of a page with its place."""
    if isinstance(data, str):
        yield place, data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from leaves(value, (*place, key))
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            yield from leaves(value, (*place, index))


def fill_page(page: Page, fill: Fill) -> Page:
    """Raises PageRefused. A link, part or section that is empty because the trip does not give an optional input is
    left out."""
    filled = _fill(page.model_dump(exclude_defaults=True), fill)
    filled["sections"] = [section for section in filled["sections"] if any(map(section.get, _COLUMNS))]
    try:
        return Page.model_validate(filled, context={"filled": True})
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PageRefused(f"pages/{page.name}.toml, {where}: {first['msg']}") from None


_COLUMNS = ("parts", "left", "middle", "right")


def _fill(data: Any, fill: Fill, *, html: bool = False) -> Any:
    if isinstance(data, str):
        return fill(data, html)
    if isinstance(data, Mapping):
        is_text = data.get("part") == "text"
        return {key: _fill(value, fill, html=is_text and key == HTML) for key, value in data.items()}
    if isinstance(data, list | tuple):
        filled = [(each, _fill(each, fill)) for each in data]
        return [new for old, new in filled if not _is_empty(old, new)]
    return data


def _is_empty(old: Any, new: Any) -> bool:
    if not isinstance(old, Mapping):
        return False
    needed = (*NEEDED, "title") if "to" in old else NEEDED
    lost = any(isinstance(old.get(key), str) and has_placeholder(old[key]) and not _says(new, key) for key in needed)
    return lost or any(key in old and not new[key] for key in ("links", "people", "images"))


def _says(new: Mapping[str, Any], key: str) -> bool:
    if new.get("part") == "text" and key == HTML:
        try:
            return bool(make_text(new[key]))
        except TextRefused:
            return True  # the page's own check says what is wrong with it
    return bool(str(new[key]).strip())
