"""Work of tenant administration that goes on after the answer, and shows in the site's properties when it is done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from ..errors import GatewayError, OutcomeUnknown
from ..microsoft365.model import Operation, Site
from ..plan.model import Change
from ..runs.model import Outcome
from .work import Work, done, failed, unknown


def carry_through(
    work: Work, change: Change, begin: Callable[[str], Operation], is_so: Callable[[Site], bool]
) -> Outcome:
    """Begins it with the trip's site, waits, and reads the site until it `is_so`. Raises GatewayError."""
    url = work.desired.url
    lost: OutcomeUnknown | None = None
    try:
        wait_for(work, begin(url))
    except OutcomeUnknown as error:
        lost = error
    for _ in work.tries():
        site = work.gateway.sharepoint.find_site(url)
        if site is None:
            return failed(change, "the site is gone")
        if is_so(site):
            return done(change)
    if lost is not None:
        raise lost
    return unknown(change, "asked for, but SharePoint does not show it yet; run the command again in a few minutes")


def wait_for(work: Work, operation: Operation) -> None:
    """Looks as often as SharePoint asks for, until it is over or the patience ends. Whoever waited reads back: a look
    that fails is no failure of the work, nor is one that finds it over its success."""
    with suppress(GatewayError):
        for _ in range(work.patience):
            if operation.complete or operation.timed_out:
                return
            work.sleep(operation.pause)
            operation = work.gateway.sharepoint.look_at_operation(operation)
