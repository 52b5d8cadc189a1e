"""The site's own sharing level: raised last, after every permission on the way has been read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import OutcomeUnknown
from ..microsoft365.model import Site
from ..plan.desired import Desired
from ..plan.model import Change, Field, Risk
from ..runs.model import Outcome
from ..sharing import Sharing
from . import private_lists
from .marker import MARKER_LIST, find_marker
from .others import why_others
from .site_content import diff_access, make_observed, part_of
from .site_things import NO_LISTS
from .work import Work, done, failed, held, one_by_one, unknown


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
    return one_by_one(work, changes, _step)


def _step(work: Work, change: Change) -> Outcome:
    why = "" if change.urgent else why_not_ready(work)
    return held(change, why) if why else _set(work, change)


def why_not_ready(work: Work) -> str:
    """What is not as it must be before the first guardian can come in, "" when all of it is. All is read again."""
    desired, known = work.desired, work.known
    titles = private_lists.titles(desired)
    site = work.gateway.sharepoint.read_site(desired.url, titles, with_items_of=MARKER_LIST)
    left = next(diff_access(desired, make_observed(desired, site, NO_LISTS), known.group_id), None)
    if left is not None:
        told = ", ".join(f"{each.name} {each.before} instead of {each.after}" for each in left.fields)
        return f"{part_of(left)}: {told}"
    others = why_others(work.gateway, desired, site.access, known.group_id)
    if others:
        return f"{others}: take it away in the site's permissions"
    marker = find_marker(site)
    if not marker.about:
        return "the site is not whole yet: it has no marker"
    return "" if marker == known.marker else "its marker is not the one that was written last"


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
