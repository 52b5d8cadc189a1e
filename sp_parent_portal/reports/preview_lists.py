"""Lists and calendar of a site as its preview shows them: the columns of the view that people see first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ..site_columns import COLUMN_VERBS, parse_xml
from ..site_pages.facts import Facts
from ..template_model import Content, WantedEntry, WantedField, WantedList
from ..template_text import day

LIBRARIES, CALENDAR = (101, 109), 106
_OWN = {  # how SharePoint heads the columns that a list has without us
    "title": "Title",
    "linktitle": "Title",
    "linktitlenomenu": "Title",
    "name": "Name",
    "filename": "Name",
    "fileleafref": "Name",
    "linkfilename": "Name",
    "linkfilenamenomenu": "Name",
    "docicon": "Type",
    "filesizedisplay": "File size",
    "created": "Created",
    "modified": "Modified",
    "author": "Created by",
    "editor": "Modified by",
    "attachments": "Attachments",
    "contenttype": "Content type",
    "id": "ID",
}
_KINDS = {
    "Text": "words",
    "Note": "some lines",
    "Number": "a number",
    "Currency": "an amount",
    "DateTime": "date and time",
    "Boolean": "yes or no",
    "URL": "a link",
    "User": "a colleague",
}


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """`holds` says what people write into it."""

    title: str
    holds: str


@dataclass(frozen=True, slots=True)
class ShownList:
    """`anchor` is its place in the preview, `address` its place below the site, `views` the titles of its others."""

    anchor: str
    title: str
    address: str
    description: str
    columns: tuple[ShownColumn, ...]
    views: tuple[str, ...]
    staff_only: bool
    library: bool
    entries: tuple[ShownEntry, ...]


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """`number` and `month` are those of its first day."""

    title: str
    number: int
    month: str
    when: str
    place: str
    details: str


def show_lists(content: Content, facts: Facts, prefix: str) -> Iterator[ShownList]:
    """In the order of the site script. `prefix` begins their anchors."""
    calendar = content.calendar
    for number, wanted in enumerate(content.lists, 1):
        own = calendar is not None and calendar.list == wanted.title
        entries = sorted(calendar.entries, key=lambda each: (each.starts, each.title)) if calendar and own else []
        first = next((view for view in reversed(wanted.views) if view.default), None)
        yield ShownList(
            anchor=f"{prefix}{number}",
            title=wanted.title,
            address=f"/{facts.list_path(wanted.title)}",
            description=wanted.description,
            columns=tuple(_columns(wanted)),
            views=tuple(view.title for view in wanted.views if view is not first),
            staff_only=wanted.staff_only,
            library=wanted.template in LIBRARIES,
            entries=tuple(_show_entry(each, content.zone) for each in entries),
        )


def _columns(wanted: WantedList) -> Iterator[ShownColumn]:
    fields = {field.internal_name: field for field in wanted.fields}
    for name in _first_view(wanted):
        field = fields.get(name)
        if field is None:
            title = _OWN.get(name.lower(), name)
            yield ShownColumn(title, {"Title": "words", "Name": "a file"}.get(title, ""))
        else:
            yield ShownColumn(field.title, _holds(field))


def _first_view(wanted: WantedList) -> tuple[str, ...]:
    """Internal names: of the template's default view, else of the one that SharePoint makes with the list."""
    chosen = [view.fields for view in wanted.views if view.default]
    if chosen:
        return chosen[-1]
    steps = wanted.action.get("subactions")
    columns = [step for step in steps if step["verb"] in COLUMN_VERBS] if isinstance(steps, list | tuple) else []
    added = [
        field.internal_name for field, step in zip(wanted.fields, columns, strict=True) if step.get("addToDefaultView")
    ]
    return (*(("LinkFilename", "Modified", "Editor") if wanted.template in LIBRARIES else ("LinkTitle",)), *added)


def _holds(field: WantedField) -> str:
    xml = parse_xml(field.schema_xml)
    if field.type in ("Choice", "MultiChoice"):
        return " / ".join(each.text or "" for each in xml.iter("CHOICE"))
    return "a date" if xml.get("Format") == "DateOnly" else _KINDS.get(field.type, "")


def _show_entry(entry: WantedEntry, zone: ZoneInfo | None) -> ShownEntry:
    starts, ends = (datetime.fromisoformat(moment) for moment in (entry.starts, entry.ends))
    if not entry.all_day:
        starts, ends = (moment.astimezone(zone or UTC) for moment in (starts, ends))
    when = day(starts.date())
    if starts.date() != ends.date():
        clocks = ("", "") if entry.all_day else (f", {starts:%H:%M}", f", {ends:%H:%M}")
        when = f"{when}{clocks[0]} to {day(ends.date())}{clocks[1]}"
    else:
        when += ", all day" if entry.all_day else f", {starts:%H:%M} to {ends:%H:%M}"
    month = day(starts.date()).split()[2][:3]
    return ShownEntry(entry.title, starts.day, month, when, entry.place, entry.details)
