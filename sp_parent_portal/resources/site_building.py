"""Of the changes of a trip's site those that one request makes, as the work that it carries: whatever is new on a site,
what access depends on, and the site's own settings. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..microsoft365.site_work import NewLevel, NewLink, NewList, NewView, Private, SiteWork
from ..plan.desired import Desired
from ..plan.model import Change
from ..template_model import WantedList
from .private_lists import MARKER_PART, NEW_MARKER_LIST, START
from .site_content import (
    BINDING,
    LEVEL,
    NOTHING,
    PARENT_READ,
    PARENT_READ_HIGH,
    PARENT_READ_LOW,
    SETTINGS,
    VISITORS,
    part_of,
    wanted_settings,
)
from .site_things import HEADING, navigation_key

DESCRIPTION = "description"
NEW_LEVEL = NewLevel(PARENT_READ, "Read without seeing who else reads", PARENT_READ_HIGH, PARENT_READ_LOW)
WEB_PROPERTIES = {
    "members_can_share": "MembersCanShare",
    "comments_off": "CommentsOnSitePagesDisabled",
    "access_requests_to": "RequestAccessEmail",
}

# What the request says of a new list and of what stands in it; a site script says the rest.
PLAIN_LIST = frozenset({"verb", "listName", "templateType", "subactions"})
PLAIN_STEPS = {
    "setDescription": frozenset({"verb", "description"}),
    "addSPField": frozenset({"verb", "fieldType", "displayName", "internalName", "isRequired", "id"}),
    "addSPFieldXml": frozenset({"verb", "schemaXml"}),
    "addSPView": frozenset({"verb", "name", "viewFields", "query", "rowLimit", "isPaged", "makeDefault"}),
}
BORN_WITH = ("all ", "calendar", "current events")

Action = Mapping[str, object]


def choose(desired: Desired, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Those that make_work() puts into one request."""
    verbs = {part_of(change): change.verb for change in changes}
    plain = {f"list {each.title}" for each in desired.content.lists if is_plain(each.action)}
    made = {part for part, verb in verbs.items() if verb == "create" and part in plain}
    always = {SETTINGS, DESCRIPTION, VISITORS, BINDING}
    always |= {part for part in (LEVEL, MARKER_PART) if verbs.get(part) == "create"}
    always |= {part for part, verb in verbs.items() if verb == "create" and part.startswith("navigation ")}
    if verbs.get(LEVEL) == "update":  # another level of that name is in the way: nobody is given it
        always -= {VISITORS, BINDING}
    with_list = {f"{START}{part.removeprefix('list ')}" for part in made}
    return tuple(change for change in changes if part_of(change) in always | made | with_list)


def make_work(desired: Desired, chosen: Sequence[Change], group_id: str) -> SiteWork:
    """`group_id` is the trip group's."""
    parts = {part_of(change): change for change in chosen}
    settings: dict[str, str | bool] = {}
    if SETTINGS in parts:
        settings |= {WEB_PROPERTIES[name]: value for name, value in wanted_settings(desired).items()}
    if DESCRIPTION in parts:
        settings["Description"] = desired.content.description
    lists = [_new_list(each) for each in desired.content.lists if f"list {each.title}" in parts]
    if MARKER_PART in parts:
        lists.append(NEW_MARKER_LIST)
    return SiteWork(
        settings=settings,
        level=NEW_LEVEL if LEVEL in parts else None,
        visitors=PARENT_READ if VISITORS in parts else "",
        visitors_hold_nothing=VISITORS in parts and parts[VISITORS].fields[0].before == NOTHING,
        lists=tuple(lists),
        links=tuple(
            NewLink(each.title, each.url or f"{HEADING}/")
            for each in desired.content.navigation
            if navigation_key(each) in parts
        ),
        visitor_login=f"c:0t.c|tenant|{group_id}" if BINDING in parts else "",
    )


def is_plain(action: Action) -> bool:
    """Whether a new list is nothing but title, kind, description, columns and views. A script changes a view that the
    list is born with, where it names one; otherwise there would be two of that name."""
    given = action.get("subactions", ())
    steps: Sequence[Action] = given if isinstance(given, list | tuple) else ()
    views = [str(each["name"]).casefold() for each in steps if each["verb"] == "addSPView"]
    return (
        action.keys() <= PLAIN_LIST
        and not any(name.startswith(BORN_WITH) for name in views)
        and all(
            {name for name, value in each.items() if value not in (False, "", "Default")}
            <= PLAIN_STEPS.get(str(each["verb"]), frozenset())
            for each in steps
        )
    )


def _new_list(wanted: WantedList) -> NewList:
    views = (
        NewView(each.title, each.fields, each.query, each.row_limit, each.paged, each.default) for each in wanted.views
    )
    columns = tuple(each.schema_xml for each in wanted.fields)
    private = Private.STAFF if wanted.staff_only else Private.NO
    return NewList(wanted.title, wanted.template, wanted.description, columns, tuple(views), private=private)
