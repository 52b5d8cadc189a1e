"""Whatever a trip says, its pages hold the template's parts and nothing else; words stay words, links stay links."""

from __future__ import annotations

import json
from functools import cache
from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.errors import TemplateError
from sp_parent_portal.site_pages.canvas import make_canvas, make_layout
from sp_parent_portal.site_pages.facts import make_symbols
from sp_parent_portal.site_pages.text import TAGS
from sp_parent_portal.template_model import Content, Template
from sp_parent_portal.templates import list_templates, make_content
from sp_parent_portal.trips import Trip, load_trip
from tests.properties.test_templates_filled import texts

SITE = "https://contoso.sharepoint.com/sites/lake"


@cache
def gallery() -> tuple[tuple[Template, Trip], ...]:
    return tuple((each, load_trip(each.folder / "example" / "trip.toml")) for each in list_templates())


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        assert [name for name, _ in attrs] == (["href"] if tag == "a" else [])
        self.links += [value or "" for _, value in attrs]


def fill(template: Template, trip: Trip, said: str) -> Content | None:
    """Every input that may be any text, and the title, say the same."""
    inputs = {spec.name: said for spec in template.inputs if spec.type == "text"}
    try:
        return make_content(template, trip.model_copy(update={"inputs": {**trip.inputs, **inputs}, "title": said}))
    except TemplateError:
        return None


def links_of(controls: list[dict[str, Any]]) -> list[str]:
    reader = Reader()
    found: list[str] = []
    for control in controls:
        reader.feed(control.get("innerHTML", ""))
        found += control.get("webPartData", {}).get("serverProcessedContent", {}).get("links", {}).values()
    reader.close()
    return found + reader.links


@given(texts, st.integers(0, 4))
def test_pages_keep_their_structure(said: str, number: int) -> None:
    template, trip = gallery()[number]
    usual, hostile = make_content(template, trip), fill(template, trip, said)
    if hostile is None:
        return
    symbols = make_symbols(usual, SITE)
    assert [page.name for page in hostile.pages] == [page.name for page in usual.pages]
    for page, before in zip(hostile.pages, usual.pages, strict=True):
        controls, others = (json.loads(make_canvas(each, symbols)) for each in (page, before))
        shape = [(c.get("id"), c.get("webPartId"), c.get("position")) for c in controls]
        assert shape == [(c.get("id"), c.get("webPartId"), c.get("position")) for c in others]
        for link in links_of(controls):
            assert link.startswith(("https://", "/sites/lake/", "mailto:", "tel:+"))
            assert not set(link) & set("\"'<>\\ \n") or link.startswith("/sites/lake/")
        assert len(json.loads(make_layout(page, symbols))) == 1


@given(texts)
def test_entries_keep_their_number_and_days(said: str) -> None:
    for template, trip in gallery():
        usual, hostile = make_content(template, trip).calendar, fill(template, trip, said)
        if hostile is None or hostile.calendar is None or usual is None:
            continue
        told = [(each.key, each.starts, each.ends) for each in hostile.calendar.entries]
        assert told == [(each.key, each.starts, each.ends) for each in usual.entries]
