"""Entries of the site's calendar that the template makes of the trip's dates. What people enter is never touched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape, unescape
from zoneinfo import ZoneInfo

from ..errors import GatewayError
from ..microsoft365 import Gateway
from ..microsoft365.model import ListItem, SiteList
from ..microsoft365.site_building import Value
from ..plan.desired import Desired
from ..plan.model import Change, Field, Held
from ..runs.model import Outcome
from ..site_pages.differences import excerpts
from ..template_model import WantedEntry
from .authored import diff_authored
from .drift import ByHand, Memory, Part, fingerprint
from .site_content import part_of
from .work import Work, done, ended, failed, unknown

Normal = tuple[str, str, str, bool, str, str]
FACETS = ("title", "starts", "ends", "whole day", "place", "details")


@dataclass(frozen=True, slots=True)
class Observed:
    """What each item of the list says, by its number."""

    items: Mapping[int, Normal] = field(default_factory=dict)


def observe(gateway: Gateway, desired: Desired, lists: Sequence[SiteList]) -> Observed:
    """Nothing is asked for a template without a calendar, or while the list is not there."""
    found = _find_list(desired, lists)
    return Observed() if found is None else _read(gateway, desired.url, found.id)


def _find_list(desired: Desired, lists: Sequence[SiteList]) -> SiteList | None:
    calendar = desired.content.calendar
    if calendar is None:
        return None
    return next((each for each in lists if each.title.casefold() == calendar.list.casefold()), None)


def _read(gateway: Gateway, url: str, list_id: str) -> Observed:
    return Observed({item.id: _normal(item) for item in gateway.sharepoint.list_items(url, list_id)})


def _normal(item: ListItem) -> Normal:
    """SharePoint keeps the description as HTML."""

    def text(name: str) -> str:
        return str(item.values.get(name) or "")

    details = " ".join(unescape(re.sub(r"<[^<>]*>", " ", text("Description"))).split())
    whole_day = item.values.get("fAllDayEvent") is True
    return text("Title"), text("EventDate"), text("EndDate"), whole_day, text("Location"), details


def _wanted(entry: WantedEntry) -> Normal:
    return entry.title, entry.starts, entry.ends, entry.all_day, entry.place, " ".join(entry.details.split())


def _values(entry: WantedEntry) -> dict[str, Value]:
    return {
        "Title": entry.title,
        "EventDate": datetime.fromisoformat(entry.starts),
        "EndDate": datetime.fromisoformat(entry.ends),
        "fAllDayEvent": entry.all_day,
        "Location": entry.place,
        "Description": escape(entry.details),
    }


def _key(entry: WantedEntry) -> str:
    return f"calendar {entry.key}"


def _entries(desired: Desired) -> tuple[WantedEntry, ...]:
    return () if desired.content.calendar is None else desired.content.calendar.entries


def list_parts(desired: Desired, observed: Observed | None, memory: Memory) -> tuple[Part, ...]:
    """An entry is found by its remembered number; one that a run made which was cut off, by all that it says."""
    items = {} if observed is None else observed.items
    numbers = {key: each.id for key, each in memory.items()}
    taken = set(numbers.values())
    parts = []
    for entry in _entries(desired):
        wanted, key = _wanted(entry), _key(entry)
        number = next((n for n in items if str(n) == numbers.get(key)), None)
        if number is None:
            number = next((n for n, said in items.items() if said == wanted and str(n) not in taken), None)
        if number is None:
            parts.append(Part(key, fingerprint(wanted), None, words=_words(desired, None, wanted)))
        else:
            taken.add(str(number))
            words = _words(desired, items[number], wanted)
            parts.append(Part(key, fingerprint(wanted), fingerprint(items[number]), str(number), words=words))
    return tuple(parts)


def _words(desired: Desired, seen: Normal | None, wanted: Normal) -> tuple[Field, ...]:
    now = ("",) * len(FACETS) if seen is None else _tell(desired, seen)
    both = zip(FACETS, now, _tell(desired, wanted), strict=True)
    if seen is None:
        return tuple(Field(name, None, after) for name, _, after in both if after)
    return tuple(Field(name, *excerpts(before, after)) for name, before, after in both if before != after)


def _tell(desired: Desired, said: Normal) -> tuple[str, ...]:
    title, starts, ends, whole_day, place, details = said
    if whole_day:  # SharePoint keeps its days from midnight to 23:59 of no zone
        return title, starts[:10], ends[:10], "yes", place, details
    zone = desired.content.zone
    return title, _moment(starts, zone), _moment(ends, zone), "no", place, details


def _moment(text: str, zone: ZoneInfo | None) -> str:
    """The time at the place, of what SharePoint keeps in UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment.tzinfo and zone else text


def diff(
    desired: Desired, observed: Observed | None, memory: Memory, by_hand: ByHand = ByHand.ASK
) -> tuple[tuple[Change, ...], tuple[Held, ...]]:
    return diff_authored(desired, "site_calendar", list_parts(desired, observed, memory), memory, by_hand)


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    """All entries written and read back in one request."""
    yield from work.adopt_all(changes)
    changes = [change for change in changes if change.verb != "adopt"]
    if not changes:
        return
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    list_id = _find_list_id(work)
    if not list_id:
        yield from (failed(change, "the list of the calendar is not there") for change in changes)
        return
    entries = {_key(entry): entry for entry in _entries(work.desired)}
    wanted = [(_number(work, change), _values(entries[part_of(change)])) for change in changes]
    try:
        written = sharepoint.write_items_and_read(url, list_id, wanted)
    except GatewayError as error:
        yield from _read_after(work, list_id, changes, error)
        return
    items = {item.id: _normal(item) for item in written.items}
    for change, number in zip(changes, written.ids, strict=True):
        if number not in items or not _reads_right(items[number], _wanted(entries[part_of(change)])):
            yield unknown(change, "written, but it reads otherwise")
            continue
        work.put_down(part_of(change), fingerprint(items[number]), str(number))
        yield done(change)


def _reads_right(said: Normal, wanted: Normal) -> bool:
    """Title and times; of a whole day SharePoint may tell other hours, and text otherwise than it was given."""
    whole_day = wanted[3]
    return (said[0], said[3]) == (wanted[0], whole_day) and (whole_day or said[1:3] == wanted[1:3])


def _read_after(work: Work, list_id: str, changes: Sequence[Change], error: GatewayError) -> Iterator[Outcome]:
    """Entries that stood before the one that failed may have been written."""
    try:
        there = _read(work.gateway, work.desired.url, list_id)
    except GatewayError:
        there = Observed()
    parts = {part.key: part for part in list_parts(work.desired, there, work.known.memory)}
    for change in changes:
        part = parts[part_of(change)]
        if part.seen == part.wanted:
            work.put_down(part.key, thing=part.id)
        yield done(change) if part.seen == part.wanted else ended(change, error)


def _find_list_id(work: Work) -> str:
    """As it was remembered when the list was made or found, otherwise by its title; "" without it."""
    calendar = work.desired.content.calendar
    remembered = work.known.memory.get(f"list {calendar.list}") if calendar else None
    if remembered is not None and remembered.id:
        return remembered.id
    found = _find_list(work.desired, work.known.lists)
    return found.id if found else ""


def _number(work: Work, change: Change) -> int | None:
    """The number of the item that a change changes; None where one is to be made."""
    remembered = work.known.memory.get(part_of(change))
    return int(remembered.id) if change.verb == "update" and remembered and remembered.id.isdecimal() else None
