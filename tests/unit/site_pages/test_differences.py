"""What is said of two looks at one page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.plan.model import Field
from sp_parent_portal.site_pages import model
from sp_parent_portal.site_pages.canvas import make_canvas, make_layout
from sp_parent_portal.site_pages.differences import MOST, NAMES, SHORT, Look, describe, excerpts, outline, plain, short
from sp_parent_portal.site_pages.facts import make_symbols
from sp_parent_portal.site_pages.parts import _MAKERS, make_web_part
from sp_parent_portal.site_pages.reading import read_canvas, read_layout
from sp_parent_portal.templates import load_template, make_content
from sp_parent_portal.trips import load_trip

TEMPLATE = load_template("school-trip")
CONTENT = make_content(TEMPLATE, load_trip(TEMPLATE.folder / "example" / "trip.toml"))
SYMBOLS = make_symbols(CONTENT, "https://contoso.sharepoint.com/sites/lake")
HOME = next(page for page in CONTENT.pages if page.kind == "home")


def look(**changes: Any) -> Look:
    """The home page as somebody left it: `title`, `canvas` changes the controls, `area` the title area."""
    controls, area = json.loads(make_canvas(HOME, SYMBOLS)), json.loads(make_layout(HOME, SYMBOLS))
    controls = changes.get("canvas", lambda same: same)(controls)
    changes.get("area", lambda _: None)(area[0]["properties"])
    return Look(
        changes.get("title", HOME.title),
        changes.get("is_news", False),
        read_canvas(json.dumps(controls), SYMBOLS),
        read_layout(json.dumps(area), SYMBOLS),
    )


def told(**changes: Any) -> list[tuple[str, Any, Any]]:
    return [(each.name, each.before, each.after) for each in describe(look(**changes), look())]


def part(controls: list[dict[str, Any]], title: str) -> dict[str, Any]:
    return next(each for each in controls if each.get("webPartData", {}).get("title") == title)


def in_part(title: str, *path: Any, value: object) -> Any:
    def change(controls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        there: Any = part(controls, title)["webPartData"]
        for step in path[:-1]:
            there = there[step]
        there[path[-1]] = value
        return controls

    return change


def in_text(old: str, new: str) -> Any:
    def change(controls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        text = next(each for each in controls if each.get("controlType") == 4)
        assert old in text["innerHTML"]
        text["innerHTML"] = text["innerHTML"].replace(old, new)
        return controls

    return change


def without(title: str) -> Any:
    return lambda controls: [each for each in controls if each.get("webPartData", {}).get("title") != title]


def with_text(words: str) -> Any:
    def change(controls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        last = next(each for each in reversed(controls) if "position" in each)
        position = {**last["position"], "controlIndex": 2}
        return [{**controls[0], "id": "1" * 8, "innerHTML": words, "position": position}, *controls]

    return change


TEXTS = "serverProcessedContent", "searchablePlainTexts"
LINKS = "serverProcessedContent", "links"


def test_nothing_is_said_of_what_is_the_same() -> None:
    assert told() == []


def test_a_title_and_a_title_area() -> None:
    def paint(area: dict[str, Any]) -> None:
        area["layoutType"] = "ColorBlock"
        area["altText"] = ""

    assert told(title="Our trip") == [("title", "Our trip", "Lake District 2027")]
    assert told(area=paint) == [
        ("title area, layout", "ColorBlock", "FullWidthImage"),
        (
            "title area, words for the picture",
            "",
            "Green hills, a path that leads to a lake, and the sun above them."[:59] + "…",
        ),
    ]
    assert told(is_news=True) == [("kind", "news post", "page")]


def test_a_text_is_quoted_where_it_differs() -> None:
    [(name, before, after)] = told(canvas=in_text("and pack together", "and <b>do</b> pack together"))
    assert name == "section 1, column 1, part 1, text"
    assert (before.split(",")[1], after.split(",")[1]) == (
        " and do pack together. We meet here: Main ga…"[: len(before.split(",")[1])],
        after.split(",")[1],
    )
    assert " do pack" in before
    assert " do pack" not in after
    assert len(before) <= SHORT >= len(after)


def test_a_link_that_leads_elsewhere_is_said_although_the_words_are_the_same() -> None:
    form = "https://forms.school.example/lake-district-2027"
    assert told(canvas=in_text(form, "https://evil.example/")) == [
        ("section 1, column 1, part 1, text, link", "https://evil.example/", form)
    ]


def test_other_formatting_alone() -> None:
    assert told(canvas=in_text("<h2>Next steps</h2>", "<h3>Next steps</h3>")) == [
        ("section 1, column 1, part 1, text, formatting", "another", "the template's")
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (in_part("Quick links", *TEXTS, "items[1].title", value="Plan"), ("quick links, link 2", "Plan", "Itinerary")),
        (
            in_part("Quick links", *LINKS, "items[0].sourceItem.url", value="https://other.example/"),
            ("quick links, address of link 1", "https://other.example/", "/sites/lake/SitePages/bring.aspx"),
        ),
        (in_part("Button", *TEXTS, "label", value="Map"), ("button, label", "Map", "Keswick on the map")),
        (
            in_part("Countdown timer", "properties", "title", value="So long"),
            ("countdown, title", "So long", "We leave in"),
        ),
        (in_part("News", "properties", "renderItemsSliderValue", value=9), ("news, renderItemsSliderValue", 9, 4)),
    ],
)
def test_what_a_part_shows(change: Any, expected: tuple[str, Any, Any]) -> None:
    [(name, before, after)] = told(canvas=change)
    assert name.endswith(f", {expected[0]}")
    assert (before, after) == expected[1:]


def test_parts_that_are_gone_or_were_added() -> None:
    assert told(canvas=without("Countdown timer"))[0] == ("section 1, column 2, part 1, countdown", None, "countdown")
    added = told(canvas=with_text("<p>Hello <b>all</b></p>"))
    assert ("section 3, column 2, part 2, text", "Hello all", None) in added


def test_parts_that_stand_elsewhere() -> None:
    def swap(controls: list[dict[str, Any]]) -> list[dict[str, Any]]:
        one, other = part(controls, "Button"), part(controls, "Events")
        one["position"], other["position"] = other["position"], one["position"]
        return controls

    assert told(canvas=swap) == [
        ("place of button", "section 1, column 2, part 3", "section 1, column 2, part 2"),
        ("place of events", "section 1, column 2, part 2", "section 1, column 2, part 3"),
    ]


def test_very_many_differences_are_counted() -> None:
    bare = told(canvas=lambda controls: [controls[-1]], title="x", is_news=True, area=lambda area: area.clear())
    assert len(bare) == MOST + 1
    assert bare[-1][0] == "further differences"
    assert bare[-1][1] > 0


def test_a_canvas_that_cannot_be_read() -> None:
    there = Look(HOME.title, False, None, look().layout)
    assert describe(there, look()) == (Field("parts", "cannot be read", "the template's"),)


def test_a_new_page_says_its_parts() -> None:
    title, parts = outline(look())
    assert (title.before, title.after) == (None, "Lake District 2027")
    assert parts.after == "text, quick links, countdown, button, events, list, news, list"


def test_every_part_that_we_make_has_a_name() -> None:
    made = {
        make_web_part(each, SYMBOLS).id
        for page in CONTENT.pages
        for s in page.sections
        for c in s.columns
        for each in c
        if not isinstance(each, model.Text)
    }
    assert made <= NAMES.keys()
    assert len(NAMES) >= len(_MAKERS) - 1  # a list and a library are one part


def test_excerpts_begin_where_texts_differ() -> None:
    before, after = excerpts("word " * 40 + "old end", "word " * 40 + "new end")
    assert before.endswith("old end")
    assert after.endswith("new end")
    assert before.startswith("…word")
    assert excerpts("a", "b") == ("a", "b")
    assert excerpts("", "b") == ("", "b")
    assert plain("<p>a<strong>b</strong>.</p><p>c &lt;</p>") == "ab. c <"
    assert short("{list Itinerary}") == "list Itinerary"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
POSITIONS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("zoneIndex", "sectionIndex", "controlIndex", "sectionFactor", "layoutIndex"), JSON)
)
CONTROLS = st.fixed_dictionaries(
    {"position": POSITIONS},
    optional={
        "controlType": JSON,
        "id": JSON,
        "webPartId": JSON,
        "innerHTML": JSON,
        "emphasis": JSON,
        "zoneGroupMetadata": JSON,
        "webPartData": JSON | st.fixed_dictionaries({"properties": JSON, "serverProcessedContent": JSON}),
    },
)


@given(st.lists(CONTROLS | JSON, max_size=4), JSON)
def test_whatever_lies_on_a_page_is_told_in_few_words(controls: list[Any], area: Any) -> None:
    seen = Look("x", False, read_canvas(json.dumps(controls), SYMBOLS), read_layout(json.dumps([area]), SYMBOLS))
    for one, other in ((seen, look()), (look(), seen), (seen, seen)):
        fields = describe(one, other)
        assert bool(fields) is (one != other)
        assert len(fields) <= MOST + 1
        assert all(len(str(value)) <= 400 for each in fields for value in (each.before, each.after))
