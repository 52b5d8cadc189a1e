"""The trip's site collection: a team site without a group (STS#3), created with sharing Disabled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import GatewayError, OutcomeUnknown
from ..microsoft365 import Gateway
from ..microsoft365.model import Site
from ..plan.desired import Desired
from ..plan.model import Change, Field, Risk
from ..runs.model import Outcome
from ..sharing import Sharing
from .work import Work, done, ended, failed, unknown

TEMPLATE = "STS#3"
NOT_FOUND, PROVISIONING, READY, ERROR, TAKEN = range(5)


def diff(desired: Desired, observed: Site | None) -> tuple[Change, ...]:
    """A site that is there keeps its settings; only its title follows the trip."""
    title = desired.trip.title
    if observed is None:
        fields: tuple[Field, ...] = (
            Field("title", None, title),
            Field("owner", None, desired.trip.owner),
            Field("template", None, TEMPLATE),
            Field("sharing", None, Sharing.DISABLED.value),
        )
        reason = "the trip has no site yet"
        return (Change("create", "site", desired.url, fields, reason, Risk.OPENS_ACCESS, desired.slug),)
    if observed.title != title:
        fields = (Field("title", observed.title, title),)
        reason = "the trip's title changed"
        return (Change("update", "site", desired.url, fields, reason, Risk.ROUTINE, desired.slug),)
    return ()


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    for change in changes:
        try:
            yield _create(work, change) if change.verb == "create" else _rename(work, change)
        except GatewayError as error:
            yield ended(change, error)


def _create(work: Work, change: Change) -> Outcome:
    desired = work.desired
    status = work.gateway.sharepoint.get_site_status(desired.url) if work.known.building else _begin(work)
    if status == TAKEN:
        return failed(change, "the address is taken, perhaps by a site in the recycle bin; choose another slug")
    if not _wait(work, status):
        return unknown(change, "SharePoint is still building the site; run apply again in a few minutes")
    site = find_closed(work.gateway, desired.url)
    if site is None:
        return unknown(change, "created, but SharePoint does not show it yet; run apply again in a few minutes")
    work.known.site_id = site.id
    if site.sharing is not Sharing.DISABLED:
        return unknown(change, f"the new site reads sharing {site.sharing.value}, not disabled; nobody was let in")
    return done(change)


def _begin(work: Work) -> int:
    desired, sharepoint = work.desired, work.gateway.sharepoint
    try:
        return sharepoint.create_site(
            desired.url, desired.trip.title, desired.trip.owner, desired.content.description, desired.content.lcid
        )
    except OutcomeUnknown:
        status = sharepoint.get_site_status(desired.url)
        if status == NOT_FOUND:
            raise
        return status


def is_ready(gateway: Gateway, url: str) -> bool:
    """SharePoint says ready, and the web says that its provisioning is complete."""
    return gateway.sharepoint.get_site_status(url) == READY and gateway.sharepoint.is_provisioned(url)


def _wait(work: Work, status: int) -> bool:
    """Until it is ready, or patience runs out. `status` is what was said last."""
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    for _ in work.tries():
        if status == ERROR:
            return False
        if status == READY and sharepoint.is_provisioned(url):
            return True
        status = sharepoint.get_site_status(url)
    return False


def find_closed(gateway: Gateway, url: str) -> Site | None:
    """The new site; one that came up more open than Disabled is closed before anything else happens to it."""
    site = gateway.sharepoint.find_site(url)
    if site is not None and site.sharing is not Sharing.DISABLED:
        gateway.sharepoint.set_site_sharing(url, Sharing.DISABLED)
        site = gateway.sharepoint.find_site(url)
    return site


def _rename(work: Work, change: Change) -> Outcome:
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    sharepoint.update_web(url, title=work.desired.trip.title)
    web = sharepoint.get_web(url)
    if web.title != work.desired.trip.title:
        return unknown(change, "written, but the old title still reads")
    return done(change)
