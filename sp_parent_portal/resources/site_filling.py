"""Carries out what site_content.py found: all that is new on a site, and what access depends on, in one request
(site_building.py); then what only a site script makes (site_scripting.py); then what exists already and must change
(site_mending.py). Afterwards everything is read back, once for all (site_written.py)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import GatewayError, NotFound
from ..microsoft365.site_work import SiteWork
from ..plan.model import Change
from ..runs.model import Outcome
from . import site_building, site_mending, site_scripting
from .site_content import BINDING, part_of
from .site_written import read_back
from .work import Work, ended

Errors = dict[Change, GatewayError]


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    yield from work.adopt_all(changes)
    changes = [change for change in changes if change.verb != "adopt"]
    if not changes:
        return
    built = site_building.choose(work.desired, changes)
    errors = _build(work, built) if built else {}
    left = [change for change in changes if change not in built]
    scripted = site_scripting.choose(left)
    wrong = site_scripting.run(work, scripted)
    for change in left:
        if change not in scripted:
            try:
                site_mending.mend(work, change)
            except GatewayError as error:
                wrong[change] = ended(change, error)
    yield from wrong.values()
    yield from read_back(work, [change for change in changes if change not in wrong], errors)


def _build(work: Work, changes: Sequence[Change]) -> Errors:
    """What went wrong. Of a request that failed as a whole nobody knows how far it came: reading tells."""
    asked = site_building.make_work(work.desired, changes, work.known.group_id)
    try:
        error = _send(work, asked)
    except GatewayError as failure:
        return dict.fromkeys(changes, failure)
    return {change: error for change in changes if error is not None and part_of(change) == BINDING}


def _send(work: Work, asked: SiteWork) -> GatewayError | None:
    """SharePoint does not know a group that was just made for a while: then that step is tried again by itself."""
    error: GatewayError | None = None
    for _ in work.tries():
        error = work.gateway.sharepoint.build_site(work.desired.url, asked)
        if not isinstance(error, NotFound):
            break
        asked = SiteWork(visitor_login=asked.visitor_login)
    return error
