"""calendar.toml of a template: entries for the site's calendar, made from the trip's dates.

A whole day is kept as SharePoint keeps it: from 00:00 to 23:59 with no regard to the time zone. Anything else happens
at the time of the place, and is sent as UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import Problem, TemplateError
from .site_pages.values import Clock, Day, ListName, NeededWords, Words
from .template_model import WantedEntry
from .template_text import has_placeholder
from .toml_files import load_toml, make_model

MOMENT = "%Y-%m-%dT%H:%M:%SZ"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Model):
    """All day, unless `at` says when it begins; `until` says when it ends, an hour later without it."""

    title: Annotated[NeededWords, Field(max_length=200)]
    starts: Day
    ends: Day = ""
    at: Clock = ""
    until: Clock = ""
    place: Annotated[Words, Field(max_length=200)] = ""
    details: Words = ""


class Calendar(_Model):
    list: ListName
    entries: Annotated[
        dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,38}$")], Entry], Field(min_length=1, max_length=50)
    ]


def load_calendar(path: Path) -> tuple[Calendar | None, list[Problem]]:
    """None where the template has no calendar, or one that cannot be used."""
    try:
        return make_model(load_toml(path, TemplateError), Calendar, TemplateError), []
    except TemplateError as exc:
        return None, [problem for problem in exc.problems if problem.rule != "no-file"]


def make_entries(
    calendar: Calendar, fill: Callable[[str, bool], str], zone: ZoneInfo | None
) -> tuple[WantedEntry, ...]:
    """The entries of one trip. One whose day is an optional input that the trip does not give is left out. Raises
    ValueError that says what the trip's values made of it."""
    entries = []
    for key, entry in calendar.entries.items():
        filled = {name: fill(value, False) for name, value in entry.model_dump(exclude_defaults=True).items()}
        if has_placeholder(entry.starts) and not filled["starts"]:
            continue
        try:
            entries.append(_make_entry(key, Entry.model_validate(filled, context={"filled": True}), zone))
        except ValidationError as exc:
            first = exc.errors(include_url=False, include_input=False)[0]
            raise ValueError(f"calendar.toml, {key}.{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        except ValueError as exc:
            raise ValueError(f"calendar.toml, {key}: {exc}") from None
    return tuple(entries)


def _make_entry(key: str, entry: Entry, zone: ZoneInfo | None) -> WantedEntry:
    ends = entry.ends or entry.starts
    if not entry.at:
        starts, until = f"{entry.starts}T00:00:00Z", f"{ends}T23:59:00Z"
    else:
        if zone is None:
            raise ValueError("a time needs a time zone that we know: see setRegionalSettings")
        began = datetime.fromisoformat(f"{entry.starts}T{entry.at}").replace(tzinfo=zone)
        if entry.until:
            over = datetime.fromisoformat(f"{ends}T{entry.until}").replace(tzinfo=zone)
        else:
            over = (began.astimezone(UTC) + timedelta(hours=1)).astimezone(zone)
        starts, until = began.astimezone(UTC).strftime(MOMENT), over.astimezone(UTC).strftime(MOMENT)
    if until < starts:
        raise ValueError("it ends before it begins")
    return WantedEntry(key, entry.title, starts, until, not entry.at, entry.place, entry.details)


def texts(calendar: Calendar) -> Mapping[tuple[str, ...], str]:
    """Every text that a trip's values may stand in, by its place in the file."""
    return {
        ("entries", key, name): value
        for key, entry in calendar.entries.items()
        for name, value in entry.model_dump().items()
    }
