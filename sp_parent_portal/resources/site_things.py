"""What of a site we manage and compare, thing by thing: as it is wanted and as it is. Pure.

Each thing has facets, such as a column's title and type. What SharePoint may write otherwise than it was given (the
schema of a column, the query of a view) is compared with how it read right after we wrote it: the marker remembers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ..microsoft365.model import ListField, ListShape, ListView, NavNode, SiteList, Web
from ..plan.desired import Desired
from ..plan.model import Field, Value
from ..site_columns import parse_xml
from ..template_model import WantedField, WantedList, WantedNavNode, WantedView
from .drift import Memory, Part, fingerprint

Facets = Mapping[str, Value]
HEADING = "http://linkless.header"
# What a template may say of a column beside its title, type and whether it is required (site_columns.ATTRIBUTES).
COLUMN_FACETS = (
    *("Format", "RichText", "NumLines", "AppendOnly", "MaxLength", "FillInChoice", "Min", "Max", "Decimals"),
    *("Percentage", "LCID", "UserSelectionMode", "FriendlyDisplayFormat"),
)
HEADERS = {1: "Standard", 2: "Compact"}
EMPHASES = {0: "None", 1: "Neutral", 2: "Soft", 3: "Strong"}


@dataclass(frozen=True, slots=True)
class Thing:
    """`key` is the part's. `seen` is None where it is missing. `hard` names the facets that must read as written, the
    others may read otherwise. `words`: people write in it. `stuck` says why it cannot be made as it is wanted. `within`
    is the part that it comes with: a missing list is made with its columns. `unread` is, for what cannot be read back,
    the fingerprint that the marker remembers of it."""

    key: str
    wanted: Facets
    seen: Facets | None
    id: str = ""
    hard: tuple[str, ...] = ()
    words: bool = False
    stuck: str = ""
    within: str = ""
    gone: bool = False
    unread: str = ""

    @property
    def part(self) -> Part:
        seen = self.unread or (None if self.seen is None else fingerprint(dict(self.seen)))
        exact = self.wanted.keys() <= set(self.hard)
        return Part(self.key, fingerprint(dict(self.wanted)), seen, self.id, exact, self.gone)

    @property
    def fields(self) -> tuple[Field, ...]:
        """What a change shows: the facets that differ."""
        before = self.seen or {}
        return tuple(Field(n, before.get(n), value) for n, value in self.wanted.items() if before.get(n) != value)

    @property
    def reads_wrong(self) -> bool:
        """After it was written."""
        return self.seen is None or any(self.seen.get(name) != self.wanted.get(name) for name in self.hard)


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of a site that are not hidden, with what each is made of, by list id."""

    lists: tuple[SiteList, ...]
    shapes: Mapping[str, ListShape]

    @classmethod
    def of(cls, found: tuple[tuple[SiteList, ListShape], ...]) -> Lists:
        return cls(tuple(each for each, _ in found), {each.id: shape for each, shape in found})

    def find(self, title: str, list_id: str) -> SiteList | None:
        """By id first: a list that somebody renamed, or whose title SharePoint shows in another language, stays what it
        is."""
        by_id = next((each for each in self.lists if list_id and each.id == list_id), None)
        return by_id or next((each for each in self.lists if each.title.casefold() == title.casefold()), None)


NO_LISTS = Lists((), {})


# ---- lists -----------------------------------------------------------------------------------------------------------


def list_things(desired: Desired, there: Lists | None, memory: Memory) -> Iterator[Thing]:
    for wanted in desired.content.lists:
        key = f"list {wanted.title}"
        remembered = memory.get(key)
        found = there.find(wanted.title, remembered.id if remembered else "") if there else None
        shape = there.shapes[found.id] if there and found else None
        yield _list_thing(key, wanted, found)
        if wanted.description:
            seen = None if found is None else {"description": found.description}
            words = {"description": wanted.description}
            yield Thing(f"description of {wanted.title}", words, seen, hard=("description",), words=True, within=key)
        columns = {each.internal_name: each for each in shape.fields} if shape else {}
        for column in wanted.fields:
            yield _column_thing(wanted, column, columns.get(column.internal_name))
        views = {each.title.casefold(): each for each in shape.views} if shape else {}
        for view in wanted.views:
            yield _view_thing(wanted, view, views.get(view.title.casefold()))


def _list_thing(key: str, wanted: WantedList, found: SiteList | None) -> Thing:
    facets: Facets = {"title": wanted.title, "template": wanted.template}
    if found is None:
        return Thing(key, facets, None, hard=("title", "template"))
    stuck = "" if found.template == wanted.template else f"it is a list of the kind {found.template}"
    seen: Facets = {"title": found.title, "template": found.template}
    return Thing(key, facets, seen, found.id, hard=("title", "template"), stuck=stuck)


def _column_thing(of: WantedList, wanted: WantedField, found: ListField | None) -> Thing:
    facets = column_facets(wanted)
    seen: dict[str, Value] | None = None
    stuck = ""
    if found is not None:
        seen = {"title": found.title, "type": found.type, "required": found.required}
        seen |= {name: value for name, value in _xml_facets(found.xml).items() if name in facets}
        seen |= dict.fromkeys(facets.keys() - seen.keys())
        stuck = "" if found.type == wanted.type else f"it holds {found.type}, which stays what it is"
    key = f"column {of.title}/{wanted.internal_name}"
    thing = found.id if found else ""
    return Thing(key, facets, seen, thing, ("title", "type", "required"), stuck=stuck, within=f"list {of.title}")


def column_facets(wanted: WantedField) -> dict[str, Value]:
    required = parse_xml(wanted.schema_xml).get("Required", "").upper() == "TRUE"
    return {"title": wanted.title, "type": wanted.type, "required": required, **_xml_facets(wanted.schema_xml)}


def _xml_facets(xml: str) -> dict[str, Value]:
    """{} for what is no column's schema."""
    try:
        column = parse_xml(xml)
    except ValueError:
        return {}
    told: dict[str, Value] = {}
    for name in COLUMN_FACETS:
        value = column.get(name)
        if value is not None:
            told[name] = value.upper() if value.upper() in ("TRUE", "FALSE") else value
    default, choices = column.find("Default"), column.findall("CHOICES/CHOICE")
    if default is not None:
        told["default"] = default.text or ""
    if choices:
        told["choices"] = " | ".join(each.text or "" for each in choices)
    return told


def _view_thing(of: WantedList, wanted: WantedView, found: ListView | None) -> Thing:
    facets: dict[str, Value] = {
        "columns": ", ".join(wanted.fields),
        "query": canonical(wanted.query),
        "rows": wanted.row_limit,
        "paged": wanted.paged,
    }
    if wanted.default:
        facets["default"] = True
    seen = None if found is None else {name: value for name, value in _seen_view(found).items() if name in facets}
    key = f"view {of.title}/{wanted.title}"
    return Thing(key, facets, seen, found.id if found else "", ("columns",), within=f"list {of.title}")


def _seen_view(found: ListView) -> dict[str, Value]:
    """Facets of a view as SharePoint writes it; {} for what cannot be read."""
    try:
        view = parse_xml(found.xml)
    except ValueError:
        return {}
    query, limit = view.find("Query"), view.find("RowLimit")
    rows = (limit.text or "").strip() if limit is not None else ""
    return {
        "columns": ", ".join(each.get("Name", "") for each in view.findall("ViewFields/FieldRef")),
        "query": "" if query is None else "".join(_canonical(each) for each in query),
        "rows": int(rows) if rows.isascii() and rows.isdigit() else None,
        "paged": limit is not None and limit.get("Paged", "").upper() == "TRUE",
        "default": found.default,
    }


def canonical(query: str) -> str:
    """One form for CAML that means the same: no blanks between elements, attributes in order."""
    return "".join(_canonical(each) for each in parse_xml(f"<Query>{query}</Query>"))


def _canonical(element: Element) -> str:
    attributes = "".join(f" {name}={json.dumps(value)}" for name, value in sorted(element.attrib.items()))
    inner = (element.text or "").strip() + "".join(_canonical(each) for each in element)
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"


# ---- navigation ------------------------------------------------------------------------------------------------------


def navigation_key(wanted: WantedNavNode) -> str:
    """The same whatever the inputs are."""
    return f"navigation {wanted.stem.strip(' :-') or wanted.title}"


def navigation_things(desired: Desired, nodes: tuple[NavNode, ...] | None, memory: Memory) -> Iterator[Thing]:
    left = list(nodes or ())
    found: dict[str, NavNode] = {}
    # Those that we remember, or that are as they should be, before those that only look like one of ours.
    for find in (_by_id, _as_wanted, _like_ours):
        for wanted in desired.content.navigation:
            key = navigation_key(wanted)
            node = None if key in found else find(desired, wanted, left, memory)
            if node is not None:
                found[key] = node
                left.remove(node)
    for wanted in desired.content.navigation:
        key = navigation_key(wanted)
        node = found.get(key)
        seen = None if node is None else {"title": node.title, "url": same_url(node.url, desired)}
        facets = {"title": wanted.title, "url": same_url(wanted.url, desired)}
        yield Thing(key, facets, seen, str(node.id) if node else "", ("title", "url"))


def _by_id(_: Desired, wanted: WantedNavNode, nodes: list[NavNode], memory: Memory) -> NavNode | None:
    remembered = memory.get(navigation_key(wanted))
    return next((each for each in nodes if remembered and str(each.id) == remembered.id), None)


def _as_wanted(desired: Desired, wanted: WantedNavNode, nodes: list[NavNode], _: Memory) -> NavNode | None:
    place = (wanted.title, same_url(wanted.url, desired))
    return next((each for each in nodes if (each.title, same_url(each.url, desired)) == place), None)


def _like_ours(desired: Desired, wanted: WantedNavNode, nodes: list[NavNode], memory: Memory) -> NavNode | None:
    """A link that earlier inputs made in the place of this one, such as last week's emergency number."""
    if navigation_key(wanted) in memory:
        return None
    return next(
        (
            each
            for each in nodes
            if (each.title.startswith(wanted.stem) if wanted.stem else each.title == wanted.title)
            and (wanted.url_varies or same_url(each.url, desired) == same_url(wanted.url, desired))
        ),
        None,
    )


def same_url(url: str, desired: Desired) -> str:
    """One form for an address that SharePoint gives back absolute, server-relative or site-relative; "" for a heading,
    which SharePoint keeps under a host of its own (http://linkless.header/, as PnP Core sends it)."""
    if not url or url.startswith(HEADING):
        return ""
    host = desired.url.split("/sites/")[0]
    path = f"/sites/{desired.slug}"
    if url.startswith(("https://", "http://")):
        url = url.removeprefix(host)
    elif not url.startswith("/"):
        url = f"{path}/{url}"
    return url.rstrip("/").casefold()


# ---- the web ---------------------------------------------------------------------------------------------------------


def description_thing(desired: Desired, web: Web | None) -> Thing:
    seen = None if web is None else {"description": web.description}
    return Thing("description", {"description": desired.content.description}, seen, hard=("description",))


def look_key(actions: tuple[Mapping[str, object], ...], number: int) -> str:
    """`look applyTheme`; of several of one verb the later ones are numbered."""
    verb = str(actions[number]["verb"])
    before = sum(1 for each in actions[:number] if each["verb"] == verb)
    return f"look {verb}{f' {before + 1}' if before else ''}"


def look_things(desired: Desired, web: Web | None, memory: Memory) -> Iterator[tuple[Thing, Mapping[str, object]]]:
    """Each with the action that makes it. What cannot be read back, such as a theme, counts as being what the marker
    remembers."""
    for number, action in enumerate(desired.content.settings):
        key = look_key(desired.content.settings, number)
        facets = {name: _told(value) for name, value in action.items() if name != "verb"}
        if web is not None and action["verb"] in READABLE:
            there = READABLE[str(action["verb"])](web)
            yield Thing(key, facets, {name: there.get(name) for name in facets}), action
        elif web is not None and key in memory:
            yield Thing(key, facets, {}, unread=memory[key].seen), action
        else:
            yield Thing(key, facets, None), action


def _told(value: object) -> Value:
    return value if isinstance(value, str | int | float | bool) else json.dumps(value, sort_keys=True)


def _regional(web: Web) -> dict[str, Value]:
    told = web.regional
    return {
        "timeZone": _number(told.get("TimeZone")),
        "locale": _number(told.get("LocaleId")),
        "sortOrder": _number(told.get("Collation")),
        "hourFormat": "24" if told.get("Time24") is True else "12",
    }


def _chrome(web: Web) -> dict[str, Value]:
    told = web.chrome
    header, emphasis = _number(told.get("HeaderLayout")), _number(told.get("HeaderEmphasis"))
    return {
        "headerLayout": HEADERS.get(header or 0, header),
        "headerBackground": EMPHASES.get(-1 if emphasis is None else emphasis, emphasis),
        "navigationLayout": "Megamenu" if told.get("MegaMenuEnabled") is True else "Cascade",
        "showFooter": told.get("FooterEnabled") is True,
    }


READABLE: Mapping[str, Callable[[Web], dict[str, Value]]] = {
    "setRegionalSettings": _regional,
    "setSiteBranding": _chrome,
}


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


# ---- what the template has no longer ---------------------------------------------------------------------------------


def gone_things(
    desired: Desired, there: Lists | None, nodes: tuple[NavNode, ...] | None, memory: Memory
) -> Iterator[Thing]:
    """Remembered parts that an older version or older inputs made, and that are still there: a link of ours as we left
    it, a list, column or view with what people wrote in it."""
    if there is None or not desired.content.version:
        return
    wanted = {thing.key for thing in list_things(desired, there, memory)}
    wanted |= {navigation_key(each) for each in desired.content.navigation}
    for key, remembered in sorted(memory.items()):
        kind, _, name = key.partition(" ")
        if key in wanted or kind not in ("list", "column", "view", "navigation"):
            continue
        if kind == "navigation":
            node = next((each for each in nodes or () if str(each.id) == remembered.id), None)
            seen: Facets | None = None if node is None else {"title": node.title, "url": same_url(node.url, desired)}
            # A link that somebody made their own since stays.
            if seen is not None and fingerprint(dict(seen)) == remembered.seen:
                yield Thing(key, seen, seen, remembered.id, gone=True)
        elif _is_there(kind, name, there, memory):
            facets: Facets = {"remembered": remembered.wanted}
            yield Thing(key, facets, facets, remembered.id, gone=True)


def _is_there(kind: str, name: str, there: Lists, memory: Memory) -> bool:
    title, _, inner = name.partition("/")
    remembered = memory.get(f"list {title}")
    found = there.find(title, remembered.id if remembered else "")
    if found is None or kind == "list":
        return found is not None
    shape = there.shapes[found.id]
    if kind == "column":
        return any(each.internal_name == inner for each in shape.fields)
    return any(each.title.casefold() == inner.casefold() for each in shape.views)
