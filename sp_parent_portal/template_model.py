"""What a template is, and what it wants a trip's site to hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from .sharing import Sharing

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from .site_pages.model import Page
    from .template_calendar import Calendar


class SiteKind(Enum):
    """What a trip's site is, by SharePoint's name of the site template: a team site without a group, or a communication
    site."""

    TEAM = "STS#3"
    COMMUNICATION = "SITEPAGEPUBLISHING#0"


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input a template declares. `type`: text, date, time, phone, email, url, number, choice (one of `choices`)."""

    name: str
    type: str
    help: str
    required: bool = True
    default: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WantedField:
    """A column that the site script gives a list. `schema_xml` is what adds it to a list that already exists."""

    internal_name: str
    title: str
    type: str
    schema_xml: str


@dataclass(frozen=True, slots=True)
class WantedView:
    """A view that the site script gives a list. `fields` are internal names, `query` is CAML without <Query>."""

    title: str
    fields: tuple[str, ...]
    query: str
    row_limit: int
    paged: bool
    default: bool


@dataclass(frozen=True, slots=True)
class WantedList:
    """A list the site must hold; `action` is its createSPList action with all subactions, ready to send. `staff_only`:
    it has permissions of its own, for the site's owners and members."""

    title: str
    template: int
    description: str
    fields: tuple[WantedField, ...]
    action: Mapping[str, object]
    views: tuple[WantedView, ...] = ()
    staff_only: bool = False


@dataclass(frozen=True, slots=True)
class WantedNavNode:
    """A link of the quick launch. `url` is server-relative or absolute, "" for a heading, as observed nodes have it;
    `action` is its addNavLink action, whose address may be relative to the site. `stem` is what the title begins with
    whatever the inputs are, "" where it does not depend on them; `url_varies` says whether the address does. By these
    two a link that earlier inputs made is found again."""

    title: str
    url: str
    action: Mapping[str, object]
    stem: str = ""
    url_varies: bool = False


@dataclass(frozen=True, slots=True)
class Asset:
    """A file for the site, which may be a picture on its pages: size in bytes, SHA-256 as lower-case hex, width and
    height in pixels (0 for what is no picture)."""

    name: str
    path: Path
    size: int
    sha256: str
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class WantedEntry:
    """An entry of the site's calendar. `starts` and `ends` are UTC as 2027-05-10T07:30:00Z; of a whole day they are
    00:00 and 23:59 of that day in any time zone."""

    key: str
    title: str
    starts: str
    ends: str
    all_day: bool
    place: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class WantedCalendar:
    """`list` is the title of the list that holds the entries."""

    list: str
    entries: tuple[WantedEntry, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """What the trip's site must hold: the template filled with the trip's inputs.

    `settings` are the remaining actions (regional settings, theme, branding), sent once when the site is made, before
    the lists. `pages` are filled; `zone` is what their times are in. `input_hash` is the SHA-256 of the canonical
    inputs, the trip's title and its dates as lower-case hex; with name and version it goes into the site's marker."""

    template: str
    version: str
    sharing: Sharing
    description: str
    lcid: int
    lists: tuple[WantedList, ...]
    navigation: tuple[WantedNavNode, ...]
    settings: tuple[Mapping[str, object], ...]
    input_hash: str
    pages: tuple[Page, ...] = ()
    files: tuple[Asset, ...] = ()
    calendar: WantedCalendar | None = None
    zone: ZoneInfo | None = None
    site: SiteKind = SiteKind.TEAM


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to one guardian: plain-text subject, HTML body with every value escaped."""

    subject: str
    html: str


@dataclass(frozen=True, slots=True)
class StaffSite:
    """A second site for what guests must not see, of the trip's staff alone: sharing with anybody outside is off, and
    nothing ever opens it. `actions` are its own site script's, unfilled."""

    site_description: str
    actions: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True)
class Template:
    """One template as its folder declares it. `actions` are the site script's, unfilled; `site_description`,
    `subject` and `invite` (the mail's HTML) are texts with placeholders, and so are those of `pages` and `calendar`.
    `preview` is a picture of the site for whoever chooses."""

    name: str
    version: str
    title: str
    description: str
    sharing: Sharing
    inputs: tuple[InputSpec, ...]
    folder: Path
    lcid: int
    site_description: str
    subject: str
    invite: str
    actions: tuple[Mapping[str, object], ...]
    pages: tuple[Page, ...] = ()
    assets: tuple[Asset, ...] = ()
    calendar: Calendar | None = None
    preview: Path | None = None
    site: SiteKind = SiteKind.TEAM
    staff_only: tuple[str, ...] = ()
    staff: StaffSite | None = None
