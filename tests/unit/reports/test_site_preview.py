"""A preview shows what the site will hold, leads nowhere, loads nothing, and can be read in any theme's colours."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.reports.preview_look import READABLE, contrast, make_palette
from sp_parent_portal.reports.site_preview import LARGEST_PICTURE, is_preview, render_preview
from sp_parent_portal.template_model import Content, Template
from sp_parent_portal.templates import list_templates, load_folder, make_content, make_staff_content
from sp_parent_portal.trips import load_trip
from tests.preview_template import write_every_part
from tests.template_folder import make_trip

DAY = date(2027, 5, 1)
TRIP = make_trip({"words": "Keswick", "link": "https://l.example/form"})


def render(content: Content, staff: Content | None = None, on: date = DAY) -> str:
    return render_preview(TRIP, content, staff, target="emulator", source="its example", on=on)


@pytest.fixture
def content(tmp_path: Path) -> Content:
    return make_content(load_folder(write_every_part(tmp_path)), TRIP)


class Reader(HTMLParser):
    """Anchors, places that links lead to, words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.hrefs: list[str] = []
        self.tags: set[str] = set()
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        self.ids |= {given["id"] or ""} if "id" in given else set()
        self.hrefs += [value or "" for name, value in attrs if name in ("href", "src", "action", "xlink:href")]
        assert not [name for name in given if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    @property
    def said(self) -> str:
        return " ".join(self.words)


def test_every_part_is_shown_and_every_link_leads_within_the_page(content: Content) -> None:
    page = Reader(render(content))
    inside = [href for href in page.hrefs if not href.startswith("data:image/png;base64,")]
    assert inside
    assert all(href[0] == "#" and href[1:] in page.ids for href in inside)
    assert not page.tags & {"script", "iframe", "object", "embed", "form", "link", "base"}
    for words in (
        "Preview: nothing was made.",
        "/sites/lake-district-2027",
        "tiny 1.2.3 and its example. Target: emulator. Days are counted from Saturday 1 May 2027",
        "9 days until Monday 10 May 2027, 08:30",
        "54.6013, -3.1347",
        "Monday 10 May 2027, 08:30 to 09:15",
        "Monday 10 May 2027 to Friday 14 May 2027",
        "Monday 10 May 2027, 22:00 to Friday 14 May 2027, 06:00",
        "Monday 10 May 2027, all day",
        "A link to Monday 10 May 2027 https://l.example/form",
        "Keswick tel:+441632960100",
        "For the site's owners and members alone.",
        "Guardians can open this site until Wednesday 30 June 2027",
    ):
        assert words in page.said, words


@pytest.mark.parametrize("template", list_templates(), ids=lambda template: template.name)
def test_the_gallery(template: Template) -> None:
    """Pages, menu and lists of each, by their titles, and the columns that people see first."""
    trip = load_trip(template.folder / "example" / "trip.toml")
    content = make_content(template, trip)
    shown = Reader(render_preview(trip, content, None, target="emulator", source="its example", on=DAY))
    titles = [page.title for page in content.pages] + [node.title for node in content.navigation]
    for each in content.lists:
        titles.append(each.title)
        first = {name for view in each.views if view.default for name in view.fields}
        titles += [field.title for field in each.fields if field.internal_name in first]
    for words in titles:
        assert " ".join(words.split()) in shown.said, words


@pytest.mark.parametrize(
    ("on", "said"), [("2027-05-09", "1 day until"), ("2027-05-10", "0 days"), ("2028-01-01", "0 days")]
)
def test_a_countdown_is_of_the_day(content: Content, on: str, said: str) -> None:
    assert said in Reader(render(content, on=date.fromisoformat(on))).said


def test_the_staffs_own_site_is_shown(tmp_path: Path) -> None:
    template = load_folder(write_every_part(tmp_path))
    staff = make_staff_content(template, TRIP)
    assert staff is not None
    page = Reader(render(make_content(template, TRIP), staff))
    assert "The staff's own site Keswick Sharing with anybody outside is off" in page.said
    assert "Medical /Lists/Medical" in page.said
    assert "own site" not in Reader(render(make_content(template, TRIP))).said


def test_nothing_may_be_loaded_and_only_its_own_style_applies(content: Content) -> None:
    page = render(content)
    [style] = re.findall("<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.replace("&#39;", "'") == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style
    assert "@import" not in style
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_a_picture_that_is_too_large_is_told(content: Content) -> None:
    [asset] = content.files
    large = dataclasses.replace(content, files=(dataclasses.replace(asset, size=LARGEST_PICTURE + 1),))
    page = Reader(render(large))
    assert "img" not in page.tags
    assert "Keswick (a large picture, which the preview leaves out)" in page.said


def test_a_template_without_pages_and_calendar(content: Content) -> None:
    page = Reader(render(dataclasses.replace(content, pages=(), calendar=None)))
    assert {"page-start", "list-2"} & page.ids == {"list-2"}


def test_marks_that_turn_the_reading_direction_are_left_out(tmp_path: Path) -> None:
    trip = make_trip({"words": "a\u202eb\u2066c\u200bd", "link": "https://l.example"})
    content = make_content(load_folder(write_every_part(tmp_path)), trip)
    page = render_preview(trip, content, None, target="emulator", source="x", on=DAY)
    assert not set(page) & set("\u202e\u2066\u200b")
    assert "abcd" in Reader(page).said


def test_a_preview_is_known_by_its_beginning(content: Content) -> None:
    assert is_preview(render(content)[:400])
    assert not is_preview("<!doctype html><title>sp-parent-portal preview/1</title>")


# ---- colours ---------------------------------------------------------------------------------------------------------


def theme(**palette: str) -> dict[str, object]:
    return {"verb": "applyTheme", "themeJson": {"palette": palette}}


def test_colours_are_those_of_the_theme() -> None:
    palette = make_palette([theme(themePrimary="#ff5C4B9A", white="#fefefe")])
    assert (palette["themePrimary"], palette["white"], palette["onPrimary"]) == ("#5c4b9a", "#fefefe", "#fefefe")
    assert make_palette([{"verb": "applyTheme", "themeName": "Orange"}]) == make_palette([])


@pytest.mark.parametrize("value", ["red", "#fff", "#ff5c4b9a;}", "</style>", "url(https://x.example)", "", 7, None])
def test_what_is_no_colour_is_none(value: object) -> None:
    action = {"verb": "applyTheme", "themeJson": {"palette": {"themePrimary": value}}}
    assert make_palette([action]) == make_palette([])
    assert make_palette([{"verb": "applyTheme", "themeJson": {"palette": value}}]) == make_palette([])


def test_contrast_is_that_of_the_standard() -> None:
    """Of black on white, and of the grey that is known to be the lightest readable one."""
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == 21
    assert contrast("#767676", "#ffffff") >= READABLE > contrast("#777777", "#ffffff")


colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colours, colours)
def test_what_is_written_on_the_themes_own_colours_can_be_read(primary: str, darker: str) -> None:
    palette = make_palette([theme(themePrimary=primary, themeDarker=darker)])
    assert contrast(palette["onPrimary"], primary) >= READABLE
    assert contrast(palette["onDarker"], darker) >= READABLE
    for ground in ("white", "neutralLighter"):
        assert min(contrast(palette[ink], palette[ground]) for ink in ("ink", "text", "quiet")) >= READABLE
    assert contrast(palette["softInk"], palette["themeLighter"]) >= READABLE
