"""Brings up what exists on a site already and is not as it must be: columns, views, lists, links, who sees a list; each
through REST."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element, tostring

from ..errors import AlreadyExists
from ..plan.model import Change
from ..site_columns import parse_xml
from ..template_model import WantedField, WantedList, WantedView
from . import private_lists
from .site_content import BINDING, LEVEL, PARENT_READ, VISITORS, part_of
from .site_things import HEADING, navigation_key
from .work import Work


def mend(work: Work, change: Change) -> None:
    """Raises GatewayError; AlreadyExists where another permission level of our name is in the way."""
    if part_of(change) in (LEVEL, VISITORS, BINDING):
        raise AlreadyExists(
            f"the site has another permission level {PARENT_READ}", "delete it there, then run apply again"
        )
    kind, _, name = part_of(change).partition(" ")
    private = private_lists.title_of(part_of(change))
    if private:
        private_lists.mend(work, private)
    elif kind == "navigation":
        _bring_up_link(work, change)
    elif kind == "list":
        work.gateway.sharepoint.update_list(work.desired.url, _list_id(work, name), {"Title": name})
    elif kind == "description" and name:
        title = name.removeprefix("of ")
        values = {"Description": _wanted_list(work, title).description}
        work.gateway.sharepoint.update_list(work.desired.url, _list_id(work, title), values)
    elif kind == "column":
        _bring_up_column(work, change, *_wanted_column(work, name))
    elif kind == "view":
        _bring_up_view(work, change, *_wanted_view(work, name))


def _list_id(work: Work, title: str) -> str:
    return work.known.parts[f"list {title}"].id


def _wanted_list(work: Work, title: str) -> WantedList:
    return next(each for each in work.desired.content.lists if each.title == title)


def _wanted_column(work: Work, name: str) -> tuple[WantedList, WantedField]:
    title, _, internal = name.partition("/")
    of = _wanted_list(work, title)
    return of, next(each for each in of.fields if each.internal_name == internal)


def _wanted_view(work: Work, name: str) -> tuple[WantedList, WantedView]:
    title, _, inner = name.partition("/")
    of = _wanted_list(work, title)
    return of, next(each for each in of.views if each.title == inner)


def _bring_up_column(work: Work, change: Change, of: WantedList, wanted: WantedField) -> None:
    sharepoint, url, list_id = work.gateway.sharepoint, work.desired.url, _list_id(work, of.title)
    if change.verb == "create":
        sharepoint.add_field(url, list_id, wanted.schema_xml)
        return
    names = {each.name for each in change.fields}
    column_id = work.known.parts[part_of(change)].id
    values: dict[str, str | bool] = {}
    if "title" in names:
        values["Title"] = wanted.title
    if "required" in names:
        values["Required"] = parse_xml(wanted.schema_xml).get("Required", "").upper() == "TRUE"
    if names - {"title", "required"}:
        there = next(each for each in sharepoint.list_fields(url, list_id) if each.id == column_id)
        values["SchemaXml"] = _laid_over(there.xml, wanted.schema_xml)
    sharepoint.update_field(url, list_id, column_id, values)


def _laid_over(there: str, wanted: str) -> str:
    """The schema that the column has, with what the template says of it: SharePoint's own attributes stay. The
    template's alone where SharePoint's cannot be read."""
    of_template = parse_xml(wanted)
    try:
        column = parse_xml(there)
    except ValueError:
        return wanted
    for name, value in of_template.attrib.items():
        column.set(name, value)
    for tag in ("Default", "CHOICES"):
        old, new = column.find(tag), of_template.find(tag)
        if old is not None and new is not None:
            column.remove(old)
        if new is not None:
            column.append(new)
    return _text(column)


def _text(element: Element) -> str:
    return tostring(element, encoding="unicode")


def _bring_up_view(work: Work, change: Change, of: WantedList, wanted: WantedView) -> None:
    sharepoint, url, list_id = work.gateway.sharepoint, work.desired.url, _list_id(work, of.title)
    if change.verb == "create":
        values: dict[str, str | int | bool] = {
            "Query": wanted.query,
            "RowLimit": wanted.row_limit,
            "Paged": wanted.paged,
            "SetAsDefaultView": wanted.default,
        }
        sharepoint.create_view(url, list_id, wanted.title, wanted.fields, values)
        return
    facets: Mapping[str, tuple[str, str | int | bool]] = {
        "query": ("ViewQuery", wanted.query),
        "rows": ("RowLimit", wanted.row_limit),
        "paged": ("Paged", wanted.paged),
        "default": ("DefaultView", wanted.default),
    }
    names = {each.name for each in change.fields}
    changed = {name: value for facet, (name, value) in facets.items() if facet in names}
    fields = wanted.fields if "columns" in names else None
    sharepoint.update_view(url, list_id, work.known.parts[part_of(change)].id, changed, fields)


def _bring_up_link(work: Work, change: Change) -> None:
    sharepoint, url, node = work.gateway.sharepoint, work.desired.url, work.known.parts[part_of(change)].id
    if change.verb == "remove":
        sharepoint.remove_navigation(url, int(node))
        return
    wanted = next(each for each in work.desired.content.navigation if navigation_key(each) == part_of(change))
    sharepoint.update_navigation(url, int(node), wanted.title, wanted.url or f"{HEADING}/")
