"""Previews of all templates in a real browser: quiet, alone, readable on a desk and on a phone, and inert."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from sp_parent_portal.errors import TemplateError
from sp_parent_portal.template_model import Template
from sp_parent_portal.templates import list_templates, make_content
from sp_parent_portal.trips import Trip
from tests.browser.chromium import SIZES, watch
from tests.browser.previews import DAYS_LEFT, write_preview

Examples = Mapping[str, tuple[Template, Trip]]
GALLERY = tuple(template.name for template in list_templates())
NOTHING_WRONG = {
    "tooWide": 0,
    "cutOff": [],
    "withoutWords": [],
    "notShown": [],
    "headings": [],
    "tooSmall": [],
    "tooFaint": [],
    "leadNowhere": [],
    "attacked": None,
}
LONG = "W" * 500
ATTACKS = {
    "a script": "<script>window.attacked=1;alert(1)</script>",
    "a handler": '"><img src=x onerror="window.attacked=1;alert(1)">',
    "an attribute": "' autofocus onfocus='alert(1)' x='",
    "another attribute": '" onmouseover="alert(1)" style="position:fixed;inset:0',
    "an end of the style": "</style></title><svg onload=alert(1)><style>*{display:none}",
    "a comment": "<!-- ]]> --!><script>alert(1)</script>",
    "a link": '<a href="javascript:alert(1)">javascript:alert(1)</a>',
    "an address": "javascript:alert(1)",
    "another policy": '<meta http-equiv="refresh" content="0;url=https://x.example/">',
    "a frame": '<iframe srcdoc="<script>top.attacked=1</script>"></iframe>',
    "a template": "{{ 7*7 }}{% for x in y %}{{ cycler.__init__.__globals__ }}",
    "entities": "&lt;script&gt;alert(1)&lt;/script&gt;&#60;img src=x onerror=alert(1)&#62;",
    "turned round": "\u202e\u2066moc.elpmaxe//:sptth\u2069 \u200f\u061c",
    "a long word": LONG,
    "a long word of markup": "<b>" * 160,
    "letters of other scripts": "مدرسة 学校 школа שלום " * 20,
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", [*GALLERY, "every-part"])
def test_it_is_quiet_alone_and_readable(browser: Browser, examples: Examples, file: Path, name: str, size: str) -> None:
    with watch(browser, write_preview(file, *examples[name]), SIZES[size]) as shown:
        if size == "phone":
            shown.page.locator("label[for=menu]").click()
        measured = shown.measure()
        assert measured.pop("texts") > 50
        assert measured.pop("elements") > 100
        assert measured == NOTHING_WRONG
        assert (shown.noticed, shown.asked) == ([], [])


@pytest.mark.parametrize("name", GALLERY)
def test_the_menu_leads_to_each_list_and_page(browser: Browser, examples: Examples, file: Path, name: str) -> None:
    """And nowhere else: links of the site that lead out of it cannot be followed."""
    with watch(browser, write_preview(file, *examples[name]), SIZES["desktop"]) as shown:
        links = shown.page.locator("nav a[href]")
        assert links.count() > 3
        for link in links.all()[1:]:
            link.click()
            place = shown.page.locator(link.get_attribute("href") or "")
            place.wait_for()
            assert place.evaluate("element => element.matches(':target')")
        for away in shown.page.locator("a.away:visible").all():
            away.click()
        assert shown.page.url.startswith(file.as_uri())
        assert (shown.noticed, shown.asked) == ([], [])


def test_the_menu_of_a_phone_is_folded_and_can_be_opened_by_key(
    browser: Browser, examples: Examples, file: Path
) -> None:
    with watch(browser, write_preview(file, *examples["school-trip"]), SIZES["phone"]) as shown:
        link = shown.page.locator("nav li").first
        assert not link.is_visible()
        shown.page.locator("#menu").focus()
        shown.page.keyboard.press("Space")
        assert link.is_visible()


def test_the_countdown_tells_days(browser: Browser, examples: Examples, file: Path) -> None:
    with watch(browser, write_preview(file, *examples["school-trip"]), SIZES["desktop"]) as shown:
        assert f"{DAYS_LEFT} days" in shown.page.locator(".countdown").inner_text()


# ---- hostile inputs --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def elements(browser: Browser, examples: Examples, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, int]:
    """How many elements each preview has."""
    file, counted = tmp_path_factory.mktemp("plain") / "preview.html", {}
    for name, example in examples.items():
        with watch(browser, write_preview(file, *example), SIZES["phone"]) as shown:
            counted[name] = shown.measure()["elements"]
    return counted


@pytest.mark.parametrize("name", [*GALLERY, "every-part"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_what_a_trip_says_does_nothing(
    browser: Browser, examples: Examples, elements: Mapping[str, int], file: Path, name: str, attack: str
) -> None:
    """Its title, every input that takes any text, and the narrow window of a phone."""
    template, trip = examples[name]
    with watch(browser, write_preview(file, template, _say(template, trip, ATTACKS[attack])), SIZES["phone"]) as shown:
        shown.page.evaluate(TOUCH_EVERYTHING)
        measured = shown.measure()
        assert measured.pop("elements") == elements[name]
        assert measured.pop("texts")
        assert measured == NOTHING_WRONG
        assert (shown.noticed, shown.asked) == ([], [])


TOUCH_EVERYTHING = """() => document.querySelectorAll("body *").forEach((element) =>
    ["mouseover", "focus", "click", "load", "error"].forEach((kind) => element.dispatchEvent(new Event(kind))))"""


def _say(template: Template, trip: Trip, said: str) -> Trip:
    """The trip with it in every place that takes it, or a part of it: a title may not be of any length."""
    told = trip
    for place in (*(spec.name for spec in template.inputs if spec.type == "text"), ""):
        for words in (said, said[:190].strip(), said[:35].strip()):
            change = {"inputs": {**told.inputs, place: words}} if place else {"title": words}
            tried = told.model_copy(update=change)
            if _is_taken(template, tried):
                told = tried
                break
    assert told != trip
    return told


def _is_taken(template: Template, trip: Trip) -> bool:
    try:
        make_content(template, trip)
    except TemplateError:
        return False
    return True


SMUGGLED = '<script>window.attacked=1;alert(1)</script><img alt="x" src="https://x.example/p.png" onerror="alert(2)">'


def test_even_what_would_get_into_the_page_does_nothing(browser: Browser, examples: Examples, file: Path) -> None:
    """The page's own policy stops it, and says so; without the policy this very test sees it act."""
    page = write_preview(file, *examples["school-trip"]).read_text(encoding="utf-8")
    file.write_text(page.replace("<main>", f"<main>{SMUGGLED}"), encoding="utf-8")
    with watch(browser, file, SIZES["desktop"]) as shown:
        assert shown.measure()["attacked"] is None
        assert shown.noticed
        assert not [each for each in shown.noticed if "Content Security Policy" not in each]
    unguarded = page.replace("Content-Security-Policy", "X-No-Policy").replace("<main>", f"<main>{SMUGGLED}")
    file.write_text(unguarded, encoding="utf-8")
    with watch(browser, file, SIZES["desktop"]) as shown:
        shown.page.wait_for_timeout(200)
        assert shown.measure()["attacked"] == 1
        assert "dialog: 1" in shown.noticed
        assert shown.asked == ["https://x.example/p.png"]


BAD = (
    '<h1>x</h1><h3>x</h3><p style="font-size:9px">x</p><p style="color:#999">x</p><a href="#gone">x</a>'
    '<img src="data:," style="width:9px"><div style="width:3000px">x</div>'
)


def test_what_is_wrong_with_a_page_is_measured(browser: Browser, file: Path) -> None:
    file.write_text(f"<!doctype html><body>{BAD}", encoding="utf-8")
    with watch(browser, file, SIZES["phone"]) as shown:
        measured = shown.measure()
    assert {name for name, right in NOTHING_WRONG.items() if measured[name] == right} == {"attacked"}
