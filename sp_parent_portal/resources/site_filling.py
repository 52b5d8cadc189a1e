"""Carries out what site_content.py found missing, but for what a site script makes (site_scripting.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from ..errors import AlreadyExists, GatewayError
from ..plan.model import Change
from ..runs.model import Outcome
from . import site_scripting, visitors
from .drift import Remembered, fingerprint
from .site_content import (
    PARENT_READ,
    PARENT_READ_HIGH,
    PARENT_READ_LOW,
    part_of,
    settings_of,
    wanted_settings,
)
from .site_scripting import put_down, wanted_list
from .work import Work, done, ended, failed, unknown

Step = Callable[[Work, Change], Outcome]


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    """Settings and permissions first."""
    steps: tuple[tuple[str, str, Step], ...] = (
        ("update", "settings", _set_settings),
        ("create", "permission level", _create_level),
        ("update", "permission of", _set_visitors),
        ("update", "list", _add_columns),
    )
    scripted = list(changes)
    for verb, part, step in steps:
        for change in changes:
            if change.verb == verb and part_of(change).startswith(part):
                scripted.remove(change)
                yield _guarded(work, change, step)
    yield from site_scripting.apply(work, scripted)


def _guarded(work: Work, change: Change, step: Step) -> Outcome:
    try:
        return step(work, change)
    except GatewayError as error:
        return ended(change, error)


def _set_settings(work: Work, change: Change) -> Outcome:
    sharepoint, url, owner = work.gateway.sharepoint, work.desired.url, work.desired.trip.owner.lower()
    said = work.desired.content.description
    sharepoint.update_web(url, members_can_share=False, comments_off=True, access_requests_to=owner, description=said)
    read = settings_of(sharepoint.get_web(url))
    if read != wanted_settings(work.desired):
        return unknown(change, "written, but it reads otherwise")
    work.known.memory["settings"] = Remembered(fingerprint(read), fingerprint(read))
    return done(change)


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
    before = visitors.observe(work.gateway, url)
    ids = {level.name: level.id for level in sharepoint.list_permission_levels(url)}
    if PARENT_READ not in ids:
        return failed(change, "the permission level Parent read is not there")
    if PARENT_READ not in before.levels:
        sharepoint.add_grant(url, before.id, ids[PARENT_READ])
    for name in before.levels:
        if name != PARENT_READ:
            sharepoint.remove_grant(url, before.id, ids[name])
    levels: tuple[str, ...] = ()
    for _ in work.tries():
        levels = visitors.observe(work.gateway, url).levels
        if levels == (PARENT_READ,):
            return done(change)
    return failed(change, f"Visitors hold {', '.join(levels) or 'nothing'} instead of {PARENT_READ}")


def _add_columns(work: Work, change: Change) -> Outcome:
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    wanted = wanted_list(work, change)
    found = next(each for each in sharepoint.list_lists(url) if each.title.casefold() == wanted.title.casefold())
    missing = {each.name for each in change.fields}
    for column in wanted.fields:
        if column.internal_name in missing:
            sharepoint.add_field(url, found.id, column.schema_xml)
    there = {each.internal_name for each in sharepoint.list_fields(url, found.id)}
    lost = sorted(missing - there)
    if lost:
        return unknown(change, f"columns {', '.join(lost)} do not show")
    put_down(work, change, found.id)
    return done(change)
