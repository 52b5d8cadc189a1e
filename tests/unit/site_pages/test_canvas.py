"""A page as SharePoint keeps it: the shapes of its parts, the same ids each time, and nothing hostile in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sp_parent_portal.site_pages.canvas import make_canvas, make_layout
from sp_parent_portal.site_pages.facts import Facts
from sp_parent_portal.site_pages.model import Page
from sp_parent_portal.site_pages.reading import control_ids, read_canvas, read_layout
from sp_parent_portal.template_model import Asset

SITE = "https://contoso.sharepoint.com/sites/lake"
IDS = {name: f"{n:08d}-0000-4000-8000-000000000000" for n, name in enumerate(["site", "web", "assets", "a", "b", "f"])}
FACTS = Facts(
    site_url=SITE,
    site_id=IDS["site"],
    web_id=IDS["web"],
    assets_list=IDS["assets"],
    lists={"Plans": IDS["a"], "Events": IDS["b"], "Photos": IDS["b"]},
    templates={"Plans": 100, "Events": 106, "Photos": 101},
    files={"hills.png": IDS["f"]},
    sizes={"hills.png": Asset("hills.png", Path("hills.png"), 9, "x", 640, 480)},
    zone=ZoneInfo("Europe/London"),
)
PARTS: list[dict[str, Any]] = [
    {"part": "text", "text": '<p>One <a href="/Lists/Plans">two</a></p>'},
    {"part": "image", "file": "hills.png", "alt": "Hills"},
    {"part": "image-gallery", "title": "Seen", "images": [{"file": "hills.png", "alt": "Hills", "caption": "Day 1"}]},
    {"part": "quick-links", "title": "Links", "links": [{"title": "A", "to": "/Lists/Plans"}]},
    {"part": "list", "list": "Plans"},
    {"part": "document-library", "library": "Photos"},
    {"part": "events", "list": "Events", "layout": "strip"},
    {"part": "news", "layout": "carousel"},
    {"part": "countdown", "day": "2027-01-10", "at": "09:00"},
    {"part": "map", "name": "Keswick", "latitude": "54.6013", "longitude": "-3.1347"},
    {"part": "weather", "name": "Keswick", "latitude": "54.6013", "longitude": "-3.1347", "title": "There"},
    {"part": "people", "people": [{"who": "j.okoro@school.example", "role": "Leader"}]},
    {"part": "button", "label": "Go", "to": "https://x.example"},
    {"part": "call-to-action", "label": "Go", "to": "/Lists/Plans", "image": "hills.png"},
    {"part": "hero", "title": "T", "to": "/Lists/Plans", "image": "hills.png", "alt": "Hills", "label": "Go"},
    {"part": "divider"},
    {"part": "spacer"},
]
# As recorded or captured; the sources stand with each part in site_pages/parts.py.
KNOWN = {
    "image": ("d1d91016-032f-456d-98a4-721247c305e8", "1.9"),
    "image-gallery": ("af8be689-990e-492a-81f7-ba3e4cd3ed9c", "1.12"),
    "quick-links": ("c70391ea-0b10-4ee9-b2b4-006d3fcad0cd", "2.2"),
    "list": ("f92bf067-bc19-489e-a556-7fe95f508720", "1.0"),
    "document-library": ("f92bf067-bc19-489e-a556-7fe95f508720", "1.0"),
    "events": ("20745d7d-8581-4a6c-bf26-68279bc123fc", "1.2"),
    "news": ("8c88f208-6c77-4bdb-86a0-0c47b4316588", "1.12"),
    "countdown": ("62cac389-787f-495d-beca-e11786162ef4", "2.1"),
    "map": ("e377ea37-9047-43b9-8cdb-a761be2f8e09", "1.0"),
    "weather": ("868ac3c3-cad7-4bd6-9a1c-14dc5cc8e823", "1.2"),
    "people": ("7f718435-ee4d-431c-bdbf-9c4ff326f46e", "1.2"),
    "button": ("0f087d7f-520e-42b7-89c0-496aaf979d58", "1.0"),
    "call-to-action": ("df8e44e7-edd5-46d5-90da-aca1539313b8", "1.2"),
    "hero": ("c4bd7b2f-7b6e-4599-8485-16504575f590", "1.5"),
    "divider": ("2161a1c6-db61-4731-b97c-3cdb303f7cbb", "1.0"),
    "spacer": ("8654b779-4886-46d4-8ffb-b5ed960ee986", "1.0"),
}


def page(*sections: dict[str, Any], **more: Any) -> Page:
    wanted = {"name": "start", "kind": "page", "title": "T", "sections": list(sections), **more}
    return Page.model_validate(wanted, context={"filled": True})


def one(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"layout": "one-column", "parts": list(parts), **more}


def controls(made: Page) -> list[dict[str, Any]]:
    *found, settings = json.loads(make_canvas(made, FACTS))
    assert "pageSettingsSlice" in settings
    return list(found)


def place(control: dict[str, Any]) -> tuple[int, ...]:
    return tuple(
        control["position"][n] for n in ("zoneIndex", "sectionIndex", "controlIndex", "sectionFactor", "layoutIndex")
    )


@pytest.mark.parametrize("part", PARTS[1:], ids=lambda part: str(part["part"]))
def test_each_part_is_one_that_is_known(part: dict[str, Any]) -> None:
    [control] = controls(page(one(part)))
    data = control["webPartData"]
    assert (control["webPartId"], data["dataVersion"]) == KNOWN[part["part"]]
    assert (data["id"], data["instanceId"]) == (control["webPartId"], control["id"])
    assert {"htmlStrings", "searchablePlainTexts", "imageSources", "links"} <= data["serverProcessedContent"].keys()


def test_every_kind_of_part_is_rendered() -> None:
    from typing import get_args

    from sp_parent_portal.site_pages import model

    kinds = {each.model_fields["part"].annotation.__args__[0] for each in get_args(get_args(model.Part)[0])}
    assert kinds == {part["part"] for part in PARTS} == {"text", *KNOWN}


def test_a_gallery_and_the_weather_are_as_they_were_seen() -> None:
    gallery, weather = controls(page(one(*(each for each in PARTS if each["part"] in ("image-gallery", "weather")))))
    content = gallery["webPartData"]["serverProcessedContent"]
    assert content["imageSources"] == {"images[0].url": "/sites/lake/SiteAssets/hills.png"}
    assert content["customMetadata"]["images[0].url"]["uniqueid"] == IDS["f"]
    assert content["searchablePlainTexts"] == {"images[0].title": "Day 1", "title": "Seen"}
    [shown] = gallery["webPartData"]["properties"]["images"]
    assert (shown["altText"], shown["id"], shown["listId"]) == ("Hills", IDS["f"], FACTS.assets_list)
    assert weather["webPartData"]["properties"] == {
        "temperatureUnit": "C",
        "locations": [
            {"latitude": 54.6013, "longitude": -3.1347, "name": "Keswick", "showCustomizedDisplayName": False}
        ],
    }


def test_text_is_a_control_of_its_own_and_links_lead_into_the_site() -> None:
    [control] = controls(page(one(PARTS[0])))
    assert (control["controlType"], control["editorType"]) == (4, "CKEditor")
    assert control["innerHTML"] == '<p>One <a href="/sites/lake/Lists/Plans">two</a></p>'


def test_sections_columns_and_emphasis() -> None:
    text = {"part": "text", "text": "<p>x</p>"}
    made = controls(
        page(
            {"layout": "vertical", "parts": [text]},
            {"layout": "two-thirds-left", "left": [text, text], "emphasis": "soft"},
            {"layout": "three-columns", "middle": [text], "collapsible": "More", "open": False},
        )
    )
    assert [place(each) for each in made] == [
        (1, 1, 1, 12, 2),
        *((1, 1, 1, 8, 1), (1, 1, 2, 8, 1), (1, 2, 1, 4, 1)),
        *((2, 1, 1, 4, 1), (2, 2, 1, 4, 1), (2, 3, 1, 4, 1)),
    ]
    assert [each["controlType"] for each in made] == [4, 4, 4, 0, 0, 4, 0]
    assert [each["emphasis"]["zoneEmphasis"] for each in made] == [0, 2, 2, 2, 0, 0, 0]
    assert {each["zoneGroupMetadata"]["displayName"] for each in made[4:]} == {"More"}
    assert {each["zoneGroupMetadata"] is None for each in made[:4]} == {True}


def test_a_section_over_the_full_width() -> None:
    made = controls(page({"layout": "full-width", "parts": [PARTS[1]]}, one(PARTS[0])))
    assert [place(each) for each in made] == [(1, 1, 1, 0, 1), (2, 1, 1, 12, 1)]
    for wrong in ([PARTS[0]], [PARTS[1], PARTS[1]], []):
        with pytest.raises(ValidationError):
            page({"layout": "full-width", "parts": wrong})


def test_ids_follow_from_site_page_and_place() -> None:
    made = page(one(*PARTS))
    ids = [each["id"] for each in controls(made)]
    assert len(set(ids)) == len(PARTS)
    assert make_canvas(made, FACTS) == make_canvas(made, FACTS)
    assert not {each["id"] for each in controls(page(one(*PARTS), name="other"))} & set(ids)


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ({}, ("NoImage", 4, "Left", False)),
        ({"layout": "colour", "align": "center", "above": "May"}, ("ColorBlock", 4, "Center", True)),
        ({"layout": "image", "image": "hills.png", "alt": "Hills"}, ("FullWidthImage", 2, "Left", False)),
        ({"layout": "overlap", "image": "hills.png", "alt": "Hills"}, ("CutInShape", 2, "Left", False)),
    ],
)
def test_the_title_area(area: dict[str, Any], expected: tuple[Any, ...]) -> None:
    [part] = json.loads(make_layout(page(one(PARTS[0]), title_area=area), FACTS))
    found = part["properties"]
    assert (found["layoutType"], found["imageSourceType"], found["textAlignment"], found["showTopicHeader"]) == expected
    assert bool(area.get("image")) == (found.get("uniqueId") == IDS["f"])


def test_a_countdown_knows_summer_time() -> None:
    for day, moment in (("2027-01-10", "Sun Jan 10 2027 09:00:00 GMT+0000"), ("2027-07-01", "GMT+0100")):
        [control] = controls(page(one({"part": "countdown", "day": day, "at": "09:00"})))
        assert control["webPartData"]["properties"]["countDate"].endswith(moment)


def test_what_is_not_there_cannot_be_shown() -> None:
    for part in ({"part": "list", "list": "Gone"}, {"part": "image", "file": "gone.png", "alt": "x"}):
        with pytest.raises(KeyError):
            make_canvas(page(one(part)), FACTS)


# ---- read back -------------------------------------------------------------------------------------------------------


def test_a_canvas_is_the_same_whatever_ids_its_site_has() -> None:
    other = Facts(
        **{
            **{name: getattr(FACTS, name) for name in ("site_url", "templates", "sizes", "zone")},
            "site_id": "5" * 8 + "-0000-4000-8000-000000000000",
            "web_id": "6" * 8 + "-0000-4000-8000-000000000000",
            "assets_list": "7" * 8 + "-0000-4000-8000-000000000000",
            "lists": {"Plans": "8" * 8 + "-0000-4000-8000-000000000000", "Events": IDS["b"], "Photos": IDS["b"]},
            "files": {"hills.png": "9" * 8 + "-0000-4000-8000-000000000000"},
        }
    )
    made = page(one(*PARTS), title_area={"layout": "image", "image": "hills.png", "alt": "x"})
    here, there = make_canvas(made, FACTS), make_canvas(made, other)
    assert here != there
    assert read_canvas(here, FACTS) == read_canvas(there, other)
    assert read_layout(make_layout(made, FACTS), FACTS) == read_layout(make_layout(made, other), other)
    assert len(control_ids(read_canvas(here, FACTS))) == len(PARTS)


def test_what_sharepoint_adds_does_not_count_and_what_people_change_does() -> None:
    made = make_canvas(page(one(*PARTS)), FACTS)
    before = read_canvas(made, FACTS)
    stored = json.loads(made)
    for control in stored:
        control["reservedHeight"] = 300
        control["addedFromPersistedData"] = True
        if "position" in control:
            control["position"]["zoneId"] = "x"
    stored[-1]["pageSettingsSlice"]["isSpellCheckEnabled"] = False
    assert read_canvas(json.dumps(stored), FACTS) == before
    served = stored[3]["webPartData"]["serverProcessedContent"]
    for thing, name, value in (
        (stored[0], "innerHTML", "<p>Mine</p>"),
        (served["links"], "items[0].sourceItem.url", "/x"),
        (stored[4]["webPartData"]["properties"], "selectedListId", "x"),
    ):
        old, thing[name] = thing[name], value
        assert read_canvas(json.dumps(stored), FACTS) != before
        thing[name] = old
    assert read_canvas(json.dumps(stored), FACTS) == before
    assert read_canvas(json.dumps(stored[1:]), FACTS) != before


@pytest.mark.parametrize("text", ["", "{}", "null", "[1, null, {}]", "<div></div>", "[" * 2000, '[{"position": 3}]'])
def test_what_is_no_canvas(text: str) -> None:
    assert not read_canvas(text, FACTS)


@given(
    st.recursive(
        st.none() | st.text(max_size=5) | st.integers(),
        lambda i: (
            st.lists(i)
            | st.dictionaries(
                st.sampled_from(["position", "controlType", "webPartData", "serverProcessedContent", "id", "emphasis"]),
                i,
            )
        ),
    )
)
def test_any_json_is_read_without_an_accident(value: Any) -> None:
    read_canvas(json.dumps(value), FACTS)
    read_layout(json.dumps(value), FACTS)


# ---- hostile values --------------------------------------------------------------------------------------------------

HOSTILE = ["<script>", '"', "'", "\\", "]}", '","x":"', "{{ x }}", "</p>", "javascript:", "&", "<", "\u2028"]
words = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=4)), min_size=1, max_size=8).map("".join)


@given(words)
def test_hostile_words_stay_words(text: str) -> None:
    """Whatever a trip says: the canvas is JSON, its parts are ours, and the words are values in it."""
    from html import escape

    try:
        made = page(
            one(
                {"part": "text", "text": f"<p>{escape(text)}</p>"},
                {"part": "quick-links", "links": [{"title": text, "to": "/Lists/Plans"}]},
                {"part": "button", "label": text, "to": "https://x.example"},
                {"part": "countdown", "day": "2027-01-10", "title": text},
            ),
            title=text,
        )
    except ValidationError:
        return
    found = controls(made)
    assert [each.get("webPartId", "") for each in found] == [
        *("", "c70391ea-0b10-4ee9-b2b4-006d3fcad0cd", "0f087d7f-520e-42b7-89c0-496aaf979d58"),
        "62cac389-787f-495d-beca-e11786162ef4",
    ]
    tags = re.findall(r"<[^>]*>?", found[0]["innerHTML"])
    assert tags in (["<p>", "</p>"], [])
    shown = found[1]["webPartData"]["serverProcessedContent"]["searchablePlainTexts"]["items[0].title"]
    assert "<" not in shown
    assert shown.replace("&lt;", "<") == " ".join(text.split()).replace("&lt;", "<")
    [area] = json.loads(make_layout(made, FACTS))
    assert area["properties"]["title"] == " ".join(text.split())
