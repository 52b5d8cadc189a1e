"""The site's own sharing level: raised last, after every permission on the way has been read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import GatewayError, NotFound, OutcomeUnknown
from ..microsoft365.model import Site
from ..plan.desired import Desired
from ..plan.model import Change, Field, Risk
from ..runs.model import Outcome
from ..sharing import Sharing
from . import staff_lists, visitors
from .marker import MARKER_LIST, is_private
from .site_content import PARENT_READ
from .work import Work, done, ended, failed, held, unknown


def wanted_level(desired: Desired) -> Sharing:
    return Sharing.DISABLED if desired.expired else desired.content.sharing


def is_discreet(site: Site) -> bool:
    """Links that people copy let nobody in, and pages do not show who has seen them."""
    return site.links_to_existing and site.likes_off


def diff(desired: Desired, site: Site | None) -> tuple[Change, ...]:
    before = Sharing.DISABLED if site is None else site.sharing
    after = wanted_level(desired)
    if before is after and (site is None or is_discreet(site) or after is Sharing.DISABLED):
        return ()
    if site is not None and before is after:
        links = () if site.links_to_existing else (Field("links", "anybody's", "existing"),)
        likes = () if site.likes_off else (Field("likes", "on", "off"),)
        fields: tuple[Field, ...] = (Field("sharing", before.value, after.value), *links, *likes)
        reason = "a link that somebody copies must let nobody in" if links else "nobody is to see who has read a page"
        return (Change("update", "site_opening", desired.url, fields, reason, Risk.ROUTINE, desired.slug),)
    fields = (Field("sharing", before.value, after.value),)
    if after > before:
        reason, risk = "guardians can come in once it is open", Risk.OPENS_ACCESS
    elif desired.expired:
        reason, risk = "access_until is over", Risk.REMOVES_ACCESS
    else:
        reason, risk = "it is more open than the trip needs", Risk.REMOVES_ACCESS
    # Closing is never waited for, whatever else the plan holds.
    urgent = after < before
    return (Change("update", "site_opening", desired.url, fields, reason, risk, desired.slug, urgent),)


def diff_urgent(desired: Desired, site: Site | None) -> tuple[Change, ...]:
    """Only closing."""
    return tuple(change for change in diff(desired, site) if change.urgent)


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    for change in changes:
        try:
            why = "" if change.urgent else why_not_ready(work)
            yield held(change, why) if why else _set(work, change)
        except GatewayError as error:
            yield ended(change, error)


def why_not_ready(work: Work) -> str:
    """What is not as it must be before the first guardian can come in, "" when all of it is. All is read again."""
    sharepoint, desired = work.gateway.sharepoint, work.desired
    access = sharepoint.get_access(desired.url)
    if access.web.members_can_share:
        return "members of the site can still share it"
    seen = visitors.make_visitors(access.groups, access.grants)
    if seen.levels != (PARENT_READ,):
        return f"Visitors hold {', '.join(seen.levels) or 'nothing'} instead of {PARENT_READ}"
    if not seen.has_group(work.known.group_id):
        return "the trip group is not among the Visitors"
    others = visitors.why_more_than_ours(access.groups, access.grants, work.known.group_id)
    if others:
        return f"{others}: take it away in the site's permissions"
    lists = sharepoint.list_lists_with_access(desired.url, [MARKER_LIST, *staff_lists.titles(desired)])
    open_list = staff_lists.why_not_ready(desired, lists, access.groups)
    if open_list:
        return open_list
    try:
        if not is_private(lists, access.groups.owners.id):
            return "the marker's list can be read by others than the owners"
    except NotFound:
        return "the site is not whole yet: it has no marker"
    return ""


def _set(work: Work, change: Change) -> Outcome:
    wanted, sharepoint, url = Sharing(change.after("sharing")), work.gateway.sharepoint, work.desired.url
    lost: OutcomeUnknown | None = None
    try:
        sharepoint.set_site_sharing(url, wanted, work.known.site_id)
    except OutcomeUnknown as error:
        lost = error
    read: Sharing | None = None
    for _ in work.tries():
        site = sharepoint.find_site(url)
        if site is None:
            return failed(change, "the site is gone")
        read = site.sharing
        if read is wanted and site.effective_sharing <= wanted:
            if not is_discreet(site):
                continue
            if site.effective_sharing is wanted:
                return done(change)
            return failed(change, f"the tenant lets the site be {site.effective_sharing.value} only")
        if read > wanted:
            return _close(work, change, read)
    if lost is not None:
        raise lost
    return unknown(change, f"written, but it still reads {read.value if read else 'nothing'}; run apply again")


def _close(work: Work, change: Change, read: Sharing) -> Outcome:
    """More open than asked is a disclosure: shut it, and say so."""
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    sharepoint.set_site_sharing(url, Sharing.DISABLED)
    site = sharepoint.find_site(url)
    shut = site is not None and site.sharing is Sharing.DISABLED
    return failed(
        change,
        f"it came up {read.value}, more open than asked; "
        + ("it was shut again" if shut else "IT COULD NOT BE SHUT: set the site's sharing in the admin centre now"),
    )
