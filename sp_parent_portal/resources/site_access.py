"""What guardians may on a site: the permission level Parent read, held by Visitors and nothing else. Every write is
read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from ..errors import AlreadyExists, GatewayError
from ..microsoft365.model import Access
from ..plan.model import Change
from ..runs.model import Outcome
from .site_content import PARENT_READ, PARENT_READ_HIGH, PARENT_READ_LOW
from .visitors import make_visitors
from .work import Work, done, ended, failed, unknown


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    """The level first. How it reads back is also how Visitors are before they are given it."""
    access: Access | None = None
    for change in changes:
        try:
            if change.verb == "create":
                access = _create_level(work)
                yield _judge_level(change, access)
            else:
                yield _set_visitors(work, change, access or work.gateway.sharepoint.get_access(work.desired.url))
        except GatewayError as error:
            yield ended(change, error)


def _create_level(work: Work) -> Access:
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    with suppress(AlreadyExists):  # a run that was cut off made it; what it holds is read back like any other
        sharepoint.create_permission_level(
            url, PARENT_READ, "Read without seeing who else reads", PARENT_READ_HIGH, PARENT_READ_LOW
        )
    return sharepoint.get_access(url)


def _judge_level(change: Change, access: Access) -> Outcome:
    for level in access.levels:
        if level.name == PARENT_READ:
            if (level.high, level.low) == (PARENT_READ_HIGH, PARENT_READ_LOW):
                return done(change)
            return failed(change, f"it exists with another mask ({level.high}/{level.low}); remove it by hand")
    return unknown(change, "created, but SharePoint does not show it")


def _set_visitors(work: Work, change: Change, access: Access) -> Outcome:
    """Grant Parent read first, then take the others away: the group is never without one."""
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    before = make_visitors(access.groups, access.grants)
    work.known.visitors = before.id
    ids = {level.name: level.id for level in access.levels}
    if PARENT_READ not in ids:
        return failed(change, "the permission level Parent read is not there")
    if PARENT_READ not in before.levels:
        sharepoint.add_grant(url, before.id, ids[PARENT_READ])
    for name in before.levels:
        if name != PARENT_READ:
            sharepoint.remove_grant(url, before.id, ids[name])
    levels: tuple[str, ...] = ()
    for _ in work.tries():
        seen = sharepoint.get_access(url)
        levels = make_visitors(seen.groups, seen.grants).levels
        if levels == (PARENT_READ,):
            return done(change)
    return failed(change, f"Visitors hold {', '.join(levels) or 'nothing'} instead of {PARENT_READ}")
