"""Carries out what site_content.py found missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from ..errors import AlreadyExists, GatewayError
from ..plan.model import Change
from ..runs.model import Outcome, Status
from ..templates import WantedList
from .marker import write_marker
from .site_content import PARENT_READ, PARENT_READ_HIGH, PARENT_READ_LOW, observe, wanted_settings
from .work import Work, done, ended, failed, held, unknown

# Actions of one ExecuteTemplateScript, subactions counted: over it the answer is empty and nothing says so.
# Microsoft documents it for site designs (Microsoft Learn, read 2026-08); for this call it is assumed.
SCRIPT_ACTIONS = 30

Step = Callable[[Work, Change], Outcome]


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    """Settings and permissions first, the marker last and only when all the rest is there: a site whose marker fits is
    a site that is whole."""
    whole = True
    for outcome in _apply_content(work, [change for change in changes if _part(change) != "marker"]):
        whole = whole and outcome.status is Status.DONE
        yield outcome
    for change in changes:
        if _part(change) == "marker":
            yield _guarded(work, change, _mark) if whole else held(change, "not written: the site is not whole yet")


def _apply_content(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    steps: tuple[tuple[str, str, Step], ...] = (
        ("update", "settings", _set_settings),
        ("create", "permission level", _create_level),
        ("update", "permission of", _set_visitors),
        ("update", "look", _set_look),
        ("update", "list", _add_columns),
        ("create", "navigation", _add_navigation),
    )
    for verb, part, step in steps:
        for change in changes:
            if change.verb == verb and _part(change).startswith(part):
                yield _guarded(work, change, step)
    yield from _create_lists(work, [c for c in changes if c.verb == "create" and _part(c).startswith("list ")])


def _part(change: Change) -> str:
    """The key without the trip: `list Itinerary`, `settings`, `marker` …"""
    return change.key.split(": ", 1)[1]


def _guarded(work: Work, change: Change, step: Step) -> Outcome:
    try:
        return step(work, change)
    except GatewayError as error:
        return ended(change, error)


def _set_settings(work: Work, change: Change) -> Outcome:
    sharepoint, url, owner = work.gateway.sharepoint, work.desired.url, work.desired.trip.owner.lower()
    sharepoint.update_web(url, members_can_share=False, comments_off=True, access_requests_to=owner)
    web = sharepoint.get_web(url)
    read = {
        "members_can_share": web.members_can_share,
        "comments_off": web.comments_off,
        "access_requests_to": web.access_requests_to.lower(),
    }
    return done(change) if read == wanted_settings(work.desired) else unknown(change, "written, but it reads otherwise")


def _create_level(work: Work, change: Change) -> Outcome:
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    with suppress(AlreadyExists):  # a run that was cut off made it; what it holds is read back like any other
        sharepoint.create_permission_level(
            url, PARENT_READ, "Read without seeing who else reads", PARENT_READ_HIGH, PARENT_READ_LOW
        )
    for level in sharepoint.list_permission_levels(url):
        if level.name == PARENT_READ:
            if (level.high, level.low) == (PARENT_READ_HIGH, PARENT_READ_LOW):
                return done(change)
            return failed(change, f"it exists with another mask ({level.high}/{level.low}); remove it by hand")
    return unknown(change, "created, but SharePoint does not show it")


def _set_visitors(work: Work, change: Change) -> Outcome:
    """Grant Parent read first, then take the others away: the group is never without one."""
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    before = observe(work.gateway, work.desired)
    ids = {level.name: level.id for level in before.levels}
    if PARENT_READ not in ids:
        return failed(change, "the permission level Parent read is not there")
    if PARENT_READ not in before.visitors_levels:
        sharepoint.add_grant(url, before.visitors_id, ids[PARENT_READ])
    for name in before.visitors_levels:
        if name != PARENT_READ:
            sharepoint.remove_grant(url, before.visitors_id, ids[name])
    for _ in work.tries():
        levels = observe(work.gateway, work.desired).visitors_levels
        if levels == (PARENT_READ,):
            return done(change)
    return failed(change, f"Visitors hold {', '.join(levels) or 'nothing'} instead of {PARENT_READ}")


def _set_look(work: Work, change: Change) -> Outcome:
    rows = work.gateway.sharepoint.run_site_script(work.desired.url, work.desired.content.settings)
    bad = [f"{row.verb}: {row.text}" for row in rows if not row.ok]
    return failed(change, "; ".join(bad)) if bad else done(change)


def _add_columns(work: Work, change: Change) -> Outcome:
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    wanted = _wanted_list(work, change)
    found = next(each for each in sharepoint.list_lists(url) if each.title.casefold() == wanted.title.casefold())
    missing = {each.name for each in change.fields}
    for column in wanted.fields:
        if column.internal_name in missing:
            sharepoint.add_field(url, found.id, column.schema_xml)
    there = {each.internal_name for each in sharepoint.list_fields(url, found.id)}
    lost = sorted(missing - there)
    return unknown(change, f"columns {', '.join(lost)} do not show") if lost else done(change)


def _add_navigation(work: Work, change: Change) -> Outcome:
    wanted = next(each for each in work.desired.content.navigation if _part(change) == f"navigation {each.title}")
    work.gateway.sharepoint.add_navigation(work.desired.url, wanted.title, wanted.url)
    titles = {node.title for node in work.gateway.sharepoint.list_navigation(work.desired.url)}
    return done(change) if wanted.title in titles else unknown(change, "added, but it does not show")


def _mark(work: Work, change: Change) -> Outcome:
    if write_marker(work.gateway, work.desired):
        return done(change)
    return unknown(change, "written, but it reads otherwise")


# ---- new lists, as many in one script as its limit lets --------------------------------------------------------------


def _create_lists(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    for part in _parts(work, changes):
        try:
            rows = work.gateway.sharepoint.run_site_script(
                work.desired.url, [_wanted_list(work, change).action for change in part]
            )
            refused = [f"{row.title or row.verb}: {row.text}" for row in rows if not row.ok]
            lists = {each.title.casefold(): each.id for each in work.gateway.sharepoint.list_lists(work.desired.url)}
        except GatewayError as error:
            yield from (ended(change, error) for change in part)
            continue
        for change in part:
            try:
                yield _check_list(work, change, lists, refused)
            except GatewayError as error:
                yield ended(change, error)


def _check_list(work: Work, change: Change, lists: Mapping[str, str], refused: Sequence[str]) -> Outcome:
    """HTTP 200 proves nothing and rows tell of actions, not of lists: the list itself is read back."""
    wanted = _wanted_list(work, change)
    if wanted.title.casefold() not in lists:
        return failed(change, "; ".join(refused) or "the script ended well, but the list is not there")
    fields = work.gateway.sharepoint.list_fields(work.desired.url, lists[wanted.title.casefold()])
    there = {each.internal_name for each in fields}
    lost = [each.internal_name for each in wanted.fields if each.internal_name not in there]
    if lost:
        return failed(change, f"columns {', '.join(lost)} are missing; " + "; ".join(refused))
    return done(change)


def _parts(work: Work, changes: Sequence[Change]) -> Iterator[list[Change]]:
    part: list[Change] = []
    size = 0
    for change in changes:
        subactions = _wanted_list(work, change).action.get("subactions", ())
        cost = 1 + (len(subactions) if isinstance(subactions, (list, tuple)) else 0)
        if part and size + cost > SCRIPT_ACTIONS:
            yield part
            part, size = [], 0
        part.append(change)
        size += cost
    if part:
        yield part


def _wanted_list(work: Work, change: Change) -> WantedList:
    return next(each for each in work.desired.content.lists if _part(change) == f"list {each.title}")
