"""Carries out what site_content.py found: what access depends on first, then what a site script makes
(site_scripting.py), then what of an existing site is brought up through REST. Everything is read back, once for all."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element, tostring

from ..errors import GatewayError
from ..microsoft365.model import Web
from ..plan.model import Change
from ..runs.model import Outcome
from ..site_columns import parse_xml
from ..template_model import WantedField, WantedList, WantedNavNode, WantedView
from . import site_access, site_scripting, staff_lists
from .site_content import SETTINGS, part_of, settings_of, wanted_settings
from .site_things import HEADING, navigation_key
from .site_written import read_back
from .work import Work, done, ended, unknown

Step = Callable[[Work, Change], Outcome]


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    rest: list[Change] = []
    of_access: list[Change] = []
    for change in changes:
        if change.verb == "adopt":
            work.adopt(part_of(change))
            yield done(change)
        elif part_of(change).startswith("permission ") and not part_of(change).startswith(staff_lists.START):
            of_access.append(change)
        else:
            rest.append(change)
    yield from site_access.apply(work, of_access)
    private = [change for change in rest if part_of(change).startswith(staff_lists.START)]
    rest = [change for change in rest if change not in private]
    scripted = site_scripting.choose(rest)
    wrong = site_scripting.run(work, scripted)
    for change in rest:
        if change not in wrong and change not in scripted:
            try:
                _bring_up(work, change)
            except GatewayError as error:
                wrong[change] = ended(change, error)
    yield from wrong.values()
    web = yield from _set_web(work, [change for change in rest if part_of(change) in (SETTINGS, "description")])
    written = [c for c in rest if c not in wrong and part_of(c) not in (SETTINGS, "description")]
    yield from read_back(work, written, web)
    yield from (_guarded(work, change, staff_lists.apply) for change in private)


def _guarded(work: Work, change: Change, step: Step) -> Outcome:
    try:
        return step(work, change)
    except GatewayError as error:
        return ended(change, error)


# ---- settings ------------------------------------------------------------------------------------------


def _set_web(work: Work, changes: Sequence[Change]) -> Generator[Outcome, None, Web | None]:
    """Settings and description in one call. Returns the web as it reads afterwards, None where it was not read."""
    if not changes:
        return None
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    wanted, said = wanted_settings(work.desired), work.desired.content.description
    parts = {part_of(change) for change in changes}
    try:
        sharepoint.update_web(
            url,
            members_can_share=False if SETTINGS in parts else None,
            comments_off=True if SETTINGS in parts else None,
            access_requests_to=str(wanted["access_requests_to"]) if SETTINGS in parts else None,
            description=said if "description" in parts else None,
        )
        web = sharepoint.get_web(url)
        work.known.web_id = web.id
    except GatewayError as error:
        yield from (ended(change, error) for change in changes)
        return None
    for change in changes:
        right = settings_of(web) == wanted if part_of(change) == SETTINGS else web.description == said
        if right and part_of(change) == "description":
            work.put_down("description")
        yield done(change) if right else unknown(change, "written, but it reads otherwise")
    return web


# ---- what exists already, through REST -------------------------------------------------------------------------------


def _bring_up(work: Work, change: Change) -> None:
    kind, _, name = part_of(change).partition(" ")
    if kind == "navigation":
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
    wanted = _wanted_link(work, change)
    if change.verb == "create":
        sharepoint.add_navigation(url, wanted.title, wanted.url or f"{HEADING}/")
    else:
        sharepoint.update_navigation(url, int(node), wanted.title, wanted.url or f"{HEADING}/")


def _wanted_link(work: Work, change: Change) -> WantedNavNode:
    return next(each for each in work.desired.content.navigation if navigation_key(each) == part_of(change))
