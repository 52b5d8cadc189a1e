"""The site's lock: a closed trip's site can be read by its staff and changed by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..microsoft365.model import Site
from ..plan.desired import Desired
from ..plan.model import Change, Field, Risk
from ..runs.model import Outcome
from .operation import carry_through
from .work import Work, one_by_one

READ_ONLY, UNLOCKED, NO_ACCESS = "ReadOnly", "Unlock", "NoAccess"


def diff(desired: Desired, site: Site | None, wanted: str) -> tuple[Change, ...]:
    """`wanted` is one of SharePoint's words for LockState. A site with a stricter lock (NoAccess) is locked enough."""
    if site is None or site.lock == wanted or (wanted == READ_ONLY and site.lock != UNLOCKED):
        return ()
    fields = (Field("lock", site.lock, wanted),)
    if wanted == UNLOCKED:
        reason, risk = "its staff work on it again", Risk.ROUTINE
    else:
        reason, risk = "the trip is closed: what is there stays as it is", Risk.REMOVES_ACCESS
    return (Change("update", "site_lock", desired.url, fields, reason, risk, desired.slug),)


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    return one_by_one(work, changes, _set)


def _set(work: Work, change: Change) -> Outcome:
    wanted, sharepoint = str(change.after("lock")), work.gateway.sharepoint
    return carry_through(
        work, change, lambda url: sharepoint.set_site_lock(url, wanted), lambda site: site.lock == wanted
    )
