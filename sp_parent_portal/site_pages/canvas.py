"""A page → what SharePoint keeps of it: CanvasContent1 as a JSON array and LayoutWebpartsContent. Pure.

Ids follow from the site, the page and the place: applying again writes the same canvas. Factors, indexes and emphasis
as recorded by PnP Core (pages with every layout, 2024-08); a vertical section shares the first section's number.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from .facts import Facts
from .model import Page, Part, Section, Text
from .parts import make_web_part

TITLE_AREA = "cbe7b0a9-3504-44dd-a3a3-0e5cacd07788"
FACTORS = {
    "one-column": (12,),
    "two-columns": (6, 6),
    "two-thirds-left": (8, 4),
    "two-thirds-right": (4, 8),
    "three-columns": (4, 4, 4),
    "vertical": (12,),
    "full-width": (0,),
}
EMPHASIS = ("none", "neutral", "soft", "strong")
LAYOUTS = {"plain": "NoImage", "colour": "ColorBlock", "image": "FullWidthImage", "overlap": "CutInShape"}
SETTINGS = {
    "controlType": 0,
    "pageSettingsSlice": {
        "isDefaultDescription": True,
        "isDefaultThumbnail": True,
        "isSpellCheckEnabled": True,
        "globalRichTextStylingVersion": 1,
        "rtePageSettings": {"contentVersion": 4},
        "isEmailReady": False,
    },
}

Control = dict[str, Any]


def make_canvas(page: Page, facts: Facts) -> str:
    return _text([*_make_controls(page, facts), SETTINGS])


def make_layout(page: Page, facts: Facts) -> str:
    """The title area."""
    area = page.title_area
    content: dict[str, Any] = {"htmlStrings": {}, "searchablePlainTexts": {}, "imageSources": {}, "links": {}}
    properties: dict[str, Any] = {
        "title": page.title,
        "imageSourceType": 4 if area.image is None else 2,
        "layoutType": LAYOUTS[area.layout],
        "textAlignment": area.align.capitalize(),
        "showTopicHeader": bool(area.above),
        "showPublishDate": page.kind == "news",
        "topicHeader": area.above,
        "authorByline": [],
        "authors": [],
    }
    if area.image is not None:
        ids = {"siteId": facts.site_id, "webId": facts.web_id, "listId": facts.assets_list}
        ids["uniqueId"] = facts.files[area.image]
        properties |= {"altText": area.alt, **ids}
        content |= {"imageSources": {"imageSource": facts.image_url(area.image)}}
        content["customMetadata"] = {"imageSource": ids}
    part = {
        "id": TITLE_AREA,
        "instanceId": TITLE_AREA,
        "title": "Title Region",
        "description": "Title Region Description",
        "serverProcessedContent": content,
        "dataVersion": "1.4",
        "properties": properties,
    }
    return _text([part])


def control_id(site_url: str, page: str, place: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{site_url.lower()}/SitePages/{page}.aspx#{place}"))


def _make_controls(page: Page, facts: Facts) -> Iterator[Control]:
    zone = 0
    for number, section in enumerate(page.sections, 1):
        zone += section.layout != "vertical"
        around = _around(section)
        for column, (parts, factor) in enumerate(zip(section.columns, FACTORS[section.layout], strict=True), 1):
            position = {
                "zoneIndex": 1 if section.layout == "vertical" else zone,
                "sectionIndex": column,
                "controlIndex": 1,
                "sectionFactor": factor,
                "layoutIndex": 2 if section.layout == "vertical" else 1,
            }
            if not parts:  # without this the column is lost
                yield {"controlType": 0, "displayMode": 2, "position": position, **around}
            for place, part in enumerate(parts, 1):
                thing = control_id(facts.site_url, page.name, f"{number}.{column}.{place}")
                yield {**_make_control(part, thing, facts), "position": {**position, "controlIndex": place}, **around}


def _around(section: Section) -> Control:
    """What each control says of its section."""
    folded = None
    if section.collapsible:
        folded = {
            "type": 1,
            "isExpanded": section.open,
            "showDividerLine": False,
            "iconAlignment": "right",
            "displayName": section.collapsible,
        }
    return {"emphasis": {"zoneEmphasis": EMPHASIS.index(section.emphasis)}, "zoneGroupMetadata": folded}


def _make_control(part: Part, thing: str, facts: Facts) -> Control:
    if isinstance(part, Text):
        # The links of a text that was cleaned are the only places where this stands.
        html = part.text.replace('href="/', f'href="{facts.base}/')
        return {"controlType": 4, "id": thing, "editorType": "CKEditor", "innerHTML": html}
    made = make_web_part(part, facts)
    return {
        "controlType": 3,
        "id": thing,
        "webPartId": made.id,
        "rteInstanceId": None,
        "addedFromPersistedData": False,
        "reservedHeight": 0,
        "reservedWidth": 0,
        "webPartData": made.data(thing),
    }


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
