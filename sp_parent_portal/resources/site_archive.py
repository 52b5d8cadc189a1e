"""Microsoft 365 Archive: where portal.toml asks for it, the site of a closed trip is archived. Nobody can read it then,
staff neither, nothing of it is lost, and reactivating it brings it back as it was.

Reactivating takes no time in the first seven days and up to 24 hours after them (Microsoft Learn, "Manage Microsoft 365
Archive", read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import GatewayError, Rejected
from ..microsoft365 import Gateway
from ..microsoft365.model import NOT_ARCHIVED, Site
from ..plan.desired import Desired
from ..plan.model import Change, Field, Held, Risk
from ..runs.model import Outcome, Status
from .marker import MARKER_LIST, find_marker
from .operation import carry_through
from .work import Work, done, ended, failed, unknown

ARCHIVED, FULLY_ARCHIVED, REACTIVATING = "RecentlyArchived", "FullyArchived", "Reactivating"
A_DAY = "which takes up to 24 hours"


@dataclass(frozen=True, slots=True)
class Archiving:
    """Whether sites of closed trips are to be archived; why the tenant does not let them be, and what to do about it,
    "" where it does."""

    wanted: bool
    why_not: str = ""
    ask: str = ""


def observe(gateway: Gateway, *, wanted: bool) -> Archiving:
    """Asks the tenant only where it matters. That the archive is on says nothing of how it is paid for: nothing that an
    application can read does."""
    if not wanted:
        return Archiving(False)
    try:
        enabled = gateway.sharepoint.is_archive_enabled()
    except GatewayError as error:
        return Archiving(True, f"whether the tenant has Microsoft 365 Archive could not be read: {error.message}")
    return Archiving(True, *(("", "") if enabled else (NOT_ENABLED, ENABLE_IT)))


NOT_ENABLED = "Microsoft 365 Archive is not turned on in the tenant: the site is read-only and not archived"
# Microsoft Learn, "Set up Microsoft 365 Archive", read 2026-11.
WHERE = (
    "in the Microsoft 365 admin centre: Settings > Org settings > Pay-as-you-go services > Settings > Archive, which "
    "needs pay-as-you-go billing"
)
ENABLE_IT = f'turn it on ({WHERE}) and close the trip again; or write when_closed = "read-only" in portal.toml'


def diff_archived(desired: Desired, site: Site | None, archiving: Archiving) -> tuple[Change, ...]:
    if not _is_due(site, archiving) or site is None or archiving.why_not:
        return ()
    fields = (Field("archive", site.archive, ARCHIVED),)
    reason = "the trip is closed: nobody opens its site until it is reactivated"
    return (Change("update", "site_archive", desired.url, fields, reason, Risk.REMOVES_ACCESS, desired.slug),)


def hold_archived(desired: Desired, site: Site | None, archiving: Archiving) -> tuple[Held, ...]:
    """Where the tenant does not let the site be archived."""
    if not _is_due(site, archiving) or not archiving.why_not:
        return ()
    return (Held(desired.slug, desired.url, archiving.why_not, archiving.ask),)


def _is_due(site: Site | None, archiving: Archiving) -> bool:
    return archiving.wanted and site is not None and not site.is_archived


def diff_reactivated(desired: Desired, site: Site | None) -> tuple[Change, ...]:
    if site is None or not site.is_archived:
        return ()
    fields = (Field("archive", site.archive, NOT_ARCHIVED),)
    reason = "its staff work on it again"
    if site.archive != ARCHIVED:
        reason += f", once it is reactivated, {A_DAY}"
    return (Change("update", "site_archive", desired.url, fields, reason, Risk.ROUTINE, desired.slug),)


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    for change in changes:
        try:
            yield _reactivate(work, change) if change.after("archive") == NOT_ARCHIVED else _archive(work, change)
        except GatewayError as error:
            yield ended(change, error)


# Microsoft Learn, "Set up Microsoft 365 Archive" and "Manage Microsoft 365 Archive"; CLI for Microsoft 365, `spo site
# unarchive` (read 2026-11).
WHY_REFUSED = (
    "SharePoint archives no site without pay-as-you-go billing, no hub site, and none that came back from the full "
    "archive in the last 120 days"
)


def _archive(work: Work, change: Change) -> Outcome:
    try:
        return carry_through(work, change, work.gateway.sharepoint.archive_site, lambda site: site.is_archived)
    except Rejected as error:
        return failed(change, f"{error.message}; {WHY_REFUSED}")


def _reactivate(work: Work, change: Change) -> Outcome:
    """The marker is read as soon as that is possible: what comes after needs it."""
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    site = sharepoint.find_site(url)
    if site is not None and site.archive in (ARCHIVED, FULLY_ARCHIVED):
        back = (NOT_ARCHIVED, REACTIVATING)
        outcome = carry_through(work, change, sharepoint.reactivate_site, lambda site: site.archive in back)
        if outcome.status is not Status.DONE:
            return outcome
        site = sharepoint.find_site(url)
    if site is None:
        return failed(change, "the site is gone")
    if site.is_archived:
        return unknown(change, f"SharePoint is reactivating the site, {A_DAY}: run the command again then")
    return _know_again(work, change)


def _know_again(work: Work, change: Change) -> Outcome:
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    marker = find_marker(sharepoint.read_site(url, [MARKER_LIST], with_items_of=MARKER_LIST))
    if marker.about.get("trip") != work.desired.slug:
        return failed(change, "the site is back, but its marker does not say that it is this trip's")
    work.known.marker = marker
    return done(change)
