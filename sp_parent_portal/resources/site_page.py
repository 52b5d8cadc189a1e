"""Pages of the site: which are missing, older than the template, or changed by hand. site_page_writing.py makes them.

A page is found by its file's name. Its version tells whether somebody has saved it since: only then is it read, and
compared in a form that does not depend on the site's ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..microsoft365 import Gateway
from ..microsoft365.model import PageContent, SiteList, SitePage
from ..plan.desired import Desired
from ..plan.model import Change, Field, Held
from ..site_pages.canvas import make_canvas, make_layout
from ..site_pages.differences import Look, describe, outline
from ..site_pages.facts import Facts, make_facts, make_symbols
from ..site_pages.model import Page
from ..site_pages.reading import read_canvas, read_layout
from .authored import diff_authored, find_change
from .drift import ByHand, Memory, Part, fingerprint

WELCOME = "welcome page"
KIND = "site_page"


@dataclass(frozen=True, slots=True)
class Observed:
    """Pages by the name of their file in lower case; how those that were read look, by the same name. `begun` are
    pages that nobody can read yet, and on which there is nothing, or what we want."""

    pages: Mapping[str, SitePage] = field(default_factory=dict)
    looks: Mapping[str, Look] = field(default_factory=dict)
    begun: frozenset[str] = frozenset()


def observe(
    gateway: Gateway,
    desired: Desired,
    memory: Memory,
    *,
    site_id: str,
    web_id: str,
    lists: Sequence[SiteList],
    files: Mapping[str, str],
) -> Observed:
    """Nothing is asked for a template without pages. `files` are the ids of files in Site Assets."""
    wanted = {page.file: page for page in desired.content.pages}
    if not wanted:
        return Observed()
    sharepoint, url = gateway.sharepoint, desired.url
    pages = {each.file.lower(): each for each in sharepoint.list_pages(url)}
    unread = [
        page for name, page in pages.items() if name in wanted and _is_to_read(desired, page, wanted[name], memory)
    ]
    if not unread:
        return Observed(pages)
    facts = make_facts(
        desired.content,
        url,
        site_id=site_id,
        web_id=web_id,
        lists=[(each.title, each.id, each.url) for each in lists],
        files=files,
    )
    looks, begun = {}, set()
    for page, answer in zip(unread, sharepoint.read_pages(url, [page.id for page in unread]), strict=True):
        if answer.error is not None or answer.value is None:
            raise answer.error or LookupError(page.file)
        name, content = page.file.lower(), answer.value[1]
        looks[name] = look_of(page, content, facts)
        as_wanted = looks[name] == wanted_look(desired, wanted[name])
        if not page.is_published and (as_wanted or not read_canvas(content.canvas, facts)):
            begun.add(name)
    return Observed(pages, looks, frozenset(begun))


def _is_to_read(desired: Desired, page: SitePage, wanted: Page, memory: Memory) -> bool:
    """Not where nobody has saved it since, and it is to stay as it is."""
    remembered = memory.get(key_of(wanted))
    same = remembered is not None and remembered.id == stamp(page)
    return not same or remembered is None or remembered.wanted != fingerprint(wanted_look(desired, wanted).normal)


def stamp(page: SitePage) -> str:
    """Changes whenever the page is saved."""
    return f"{page.id}:{page.version}"


def key_of(page: Page) -> str:
    return f"page {page.name}"


def look_of(page: SitePage, content: PageContent, facts: Facts) -> Look:
    """What people see of a page of this site."""
    canvas, layout = read_canvas(content.canvas, facts), read_layout(content.layout, facts)
    return Look(content.title, page.is_news, canvas, layout)


def wanted_look(desired: Desired, page: Page) -> Look:
    """The same of a page as the template has it."""
    symbols = make_symbols(desired.content, desired.url)
    canvas = read_canvas(make_canvas(page, symbols), symbols)
    return Look(page.title, page.kind == "news", canvas, read_layout(make_layout(page, symbols), symbols))


# ---- parts and diff --------------------------------------------------------------------------------------------------


def list_parts(desired: Desired, observed: Observed | None, memory: Memory) -> tuple[Part, ...]:
    observed = observed or Observed()
    pages = tuple(_part(desired, page, observed, memory) for page in desired.content.pages)
    return (*pages, *_welcome_part(desired, observed))


def _part(desired: Desired, page: Page, observed: Observed, memory: Memory) -> Part:
    key, look = key_of(page), wanted_look(desired, page)
    wanted, found, remembered = fingerprint(look.normal), observed.pages.get(page.file), memory.get(key)
    if found is None or page.file in observed.begun:
        return Part(key, wanted, None, words=outline(look))
    there = observed.looks.get(page.file)
    words = () if there is None else describe(there, look)
    if remembered is not None and remembered.id == stamp(found):
        return Part(key, wanted, remembered.seen, stamp(found), words=words)
    return Part(key, wanted, "" if there is None else fingerprint(there.normal), stamp(found), words=words)


def find_home(desired: Desired) -> Page | None:
    return next((page for page in desired.content.pages if page.kind == "home"), None)


def _welcome_part(desired: Desired, observed: Observed) -> tuple[Part, ...]:
    home = find_home(desired)
    if home is None:
        return ()
    now = next((name for name, page in observed.pages.items() if page.is_welcome), "")
    seen = fingerprint(now) if home.file in observed.pages else None
    words = (Field("page", now or None, home.file),)
    return (Part(WELCOME, fingerprint(home.file), seen, words=words),)


def diff(
    desired: Desired, observed: Observed | None, memory: Memory, by_hand: ByHand = ByHand.ASK
) -> tuple[tuple[Change, ...], tuple[Held, ...]]:
    """What a page says is people's as soon as they change it; which page the site begins with is ours, unless they
    say that it is to stay."""
    parts = list_parts(desired, observed, memory)
    changes, held = diff_authored(desired, KIND, [part for part in parts if part.key != WELCOME], memory, by_hand)
    ours = ByHand.ADOPT if by_hand is ByHand.ADOPT else ByHand.REPAIR
    first = [find_change(desired, KIND, part, memory, ours) for part in parts if part.key == WELCOME]
    return (*changes, *(change for change in first if change is not None)), held
