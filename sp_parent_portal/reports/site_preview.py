"""A site before it exists: pages, news, navigation, lists and calendar as one page for a browser.

It is made of the same content as the site. The file needs nothing but itself: pictures are in it, there is no script,
and its own policy lets a browser load nothing (Content Security Policy Level 3). Links lead within the page; where a
link of the site leads out of it is told, not followed. Every word of data is escaped, and marks that turn the reading
direction are left out.
"""

from __future__ import annotations

import base64
import hashlib
import html
import locale
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from ..sharing import Sharing
from ..site_pages import model
from ..site_pages.facts import Facts, make_symbols
from ..site_pages.text import make_text
from ..template_model import Content, SiteKind
from ..template_text import day
from ..trips import Trip
from .preview_lists import ShownEntry, ShownList, show_lists
from .preview_look import make_palette
from .safe import clean

GENERATOR = "sp-parent-portal preview/1"
LARGEST_PICTURE = 10_000_000  # bytes; a larger one is told by its alternative text
INTRODUCTION = 180  # characters of a news post that its card shows
_FOLDER = Path(__file__).parent
_BEGINS_LINK = re.compile(r'<a href="([^"]*)">')
_LINK = re.compile(_BEGINS_LINK.pattern + r"(.*?)</a>", re.DOTALL)
_HEADING = re.compile(r"(</?h)([234])>")
_END_OF_BLOCK = re.compile(r"<br>|</(?:p|h[234]|li)>")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Away:
    """A link that leads out of the site."""

    label: str
    address: str


@dataclass(frozen=True)
class _Site:
    """What the page asks about the site that it shows. `on` is the day of which countdowns are told."""

    trip: Trip
    content: Content
    on: date

    @cached_property
    def facts(self) -> Facts:
        return make_symbols(self.content, f"https://preview.example/sites/{self.trip.slug}")

    @cached_property
    def lists(self) -> dict[str, ShownList]:
        return {each.title: each for each in show_lists(self.content, self.facts, "list-")}

    @property
    def entries(self) -> tuple[ShownEntry, ...]:
        calendar = self.content.calendar
        return self.lists[calendar.list].entries if calendar is not None else ()

    @cached_property
    def pages(self) -> tuple[model.Page, ...]:
        """The home page first, news posts last."""
        return tuple(sorted(self.content.pages, key=lambda page: ("home", "page", "news").index(page.kind)))

    @property
    def news(self) -> tuple[model.Page, ...]:
        return tuple(page for page in self.pages if page.kind == "news")

    @cached_property
    def _places(self) -> dict[str, str]:
        places = {each.address: each.anchor for each in self.lists.values()}
        return places | {f"/SitePages/{page.file}": f"page-{page.name}" for page in self.pages}

    def place(self, address: str) -> str:
        """The anchor of an address in the site, "" for any other."""
        return self._places.get(address.removeprefix(self.facts.base), "")

    def text(self, text: str) -> Markup:
        """Read and written again tag by tag, however it came here; one level of headings lower, as the pages are."""
        lower = _HEADING.sub(lambda found: f"{found[1]}{int(found[2]) + 1}>", clean(make_text(text)))
        return Markup(_BEGINS_LINK.sub(self._begin_link, lower))  # noqa: S704 - nothing but make_text's tags

    def _begin_link(self, found: re.Match[str]) -> str:
        place = self.place(html.unescape(found[1]))
        return f'<a href="#{place}">' if place else f'<a class="away" title="{found[1]}">'

    def introduction(self, page: model.Page) -> str:
        """The first words of a news post, as its card shows them."""
        texts = (part.text for part in page.each_part() if isinstance(part, model.Text))
        said = " ".join(_plain(_END_OF_BLOCK.sub(" ", next(texts, ""))).split())
        return said if len(said) <= INTRODUCTION else f"{said[:INTRODUCTION].rsplit(' ', 1)[0]} …"

    def picture(self, name: str) -> Markup:
        """The file as a data: URI, "" where it is too large. Raises OSError."""
        asset = self.facts.sizes[name]
        if asset.size > LARGEST_PICTURE:
            return Markup()
        kind = "png" if name.lower().endswith(".png") else "jpeg"
        data = base64.b64encode(asset.path.read_bytes()).decode()
        return Markup(f"data:image/{kind};base64,{data}")  # noqa: S704 - base64 has no character that means anything

    def days_until(self, day: str) -> int:
        return max(0, (date.fromisoformat(day) - self.on).days)

    @cached_property
    def away(self) -> tuple[Away, ...]:
        """Every link that leads out of the site, once."""
        return tuple(dict.fromkeys(each for each in self._links() if each.address and not self.place(each.address)))

    def _links(self) -> Iterator[Away]:
        for node in self.content.navigation:
            yield Away(node.title, node.url)
        for page in self.pages:
            for part in page.each_part():
                if isinstance(part, model.Text):
                    for address, label in _LINK.findall(make_text(part.text)):
                        yield Away(_plain(label), html.unescape(address))
                elif isinstance(part, model.QuickLinks):
                    yield from (Away(link.title, link.to) for link in part.links)
                elif isinstance(part, model.Button | model.CallToAction):
                    yield Away(part.label, part.to)
                elif isinstance(part, model.Hero):
                    yield Away(part.title, part.to)


def render_preview(trip: Trip, content: Content, staff: Content | None, *, target: str, source: str, on: date) -> str:
    """One file of HTML. `content` is what the trip's site must hold, `staff` what the staff's own must; `source` says
    what was filled in, `on` is the day of which countdowns are told. Raises OSError where a picture cannot be read."""
    site = _Site(trip, content, on)
    style = _style(make_palette(content.settings))
    return _template().render(
        site=site,
        trip=trip,
        content=content,
        staff=staff,
        staff_lists=[*show_lists(staff, make_symbols(staff, "https://staff.example/sites/staff"), "staff-list-")]
        if staff is not None
        else [],
        target=target,
        source=source,
        on=on,
        style=Markup(style),  # noqa: S704 - our own file and colours
        policy=_policy(style),
        generator=GENERATOR,
        language=locale.windows_locale.get(content.lcid, "en").replace("_", "-"),
        open_to_nobody=content.sharing is Sharing.DISABLED,
        communication=content.site is SiteKind.COMMUNICATION,
    )


def is_preview(begins: str) -> bool:
    """Whether a file that begins like this is a preview of ours, which a newer one may take the place of."""
    return f'<meta name="generator" content="{GENERATOR.split("/")[0]}/' in begins


@lru_cache(maxsize=1)
def _template() -> Template:
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) or not isinstance(value, str) else clean(value),
    )
    made.filters["day"] = day
    return made.get_template("site_preview.html.j2")


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text))


def _style(palette: dict[str, str]) -> str:
    slots = "".join(f"--{slot}:{colour};" for slot, colour in palette.items())
    return f":root{{{slots}}}\n" + (_FOLDER / "site_preview.css").read_text(encoding="utf-8")


def _policy(style: str) -> str:
    """Nothing may be loaded, sent or run; this style, and pictures that are in the file."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
