"""The trip's site collection: a team site without a group or a communication site, created with sharing Disabled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..errors import BadAnswer, GatewayError, OutcomeUnknown
from ..microsoft365.model import Site
from ..plan.desired import Desired
from ..plan.model import Change, Field, Risk
from ..runs.model import Outcome
from ..sharing import Sharing
from .drift import Drift, Memory, Part, fingerprint, judge_part
from .work import Work, done, failed, one_by_one, unknown

OWNER = "owner"
NOT_FOUND, ERROR, TAKEN = 0, 3, 4  # of SharePoint's SiteStatus; 1 is provisioning, 2 ready


def list_parts(desired: Desired, observed: Site | None) -> tuple[Part, ...]:
    """The marker remembers the owner as SharePoint tells them, perhaps by another of their addresses."""
    wanted = fingerprint(desired.trip.owner.lower())
    return (Part(OWNER, wanted, None if observed is None else fingerprint(observed.owner.lower()), exact=False),)


def is_owner_right(desired: Desired, observed: Site, memory: Memory) -> bool:
    return all(judge_part(part, memory) is Drift.SAME for part in list_parts(desired, observed))


def why_other_kind(desired: Desired, observed: Site | None) -> str:
    """SharePoint cannot turn one kind of site into another."""
    wanted = desired.content.site.value
    if observed is None or observed.template == wanted:
        return ""
    return f"the site was made as {observed.template}, the template asks for {wanted}: it stays what it is"


def diff(desired: Desired, observed: Site | None, memory: Memory) -> tuple[Change, ...]:
    """A site that is there keeps its settings; its title and owner follow the trip."""
    title, owner = desired.trip.title, desired.trip.owner
    if observed is None:
        fields: tuple[Field, ...] = (
            Field("title", None, title),
            Field("owner", None, owner),
            Field("template", None, desired.content.site.value),
            Field("sharing", None, Sharing.DISABLED.value),
        )
        reason = "the trip has no site yet"
        return (Change("create", "site", desired.url, fields, reason, Risk.OPENS_ACCESS, desired.slug),)
    changes = []
    if observed.title != title:
        fields = (Field("title", observed.title, title),)
        reason = "not the trip's title"
        changes.append(Change("update", "site", desired.url, fields, reason, Risk.ROUTINE, desired.slug))
    if not is_owner_right(desired, observed, memory):
        fields = (Field(OWNER, observed.owner, owner),)
        key = f"{desired.url} {OWNER}"
        reason = "the trip's file names another owner"
        changes.append(Change("update", "site", key, fields, reason, Risk.OPENS_ACCESS, desired.slug))
    return tuple(changes)


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    return one_by_one(work, changes, _step)


def _step(work: Work, change: Change) -> Outcome:
    if change.verb == "create":
        return _create(work, change)
    return _hand_over(work, change) if change.key.endswith(f" {OWNER}") else _rename(work, change)


def _create(work: Work, change: Change) -> Outcome:
    status = None if work.known.building else _begin(work)
    if status == TAKEN:
        return failed(change, "the address is taken, perhaps by a site in the recycle bin; choose another slug")
    try:
        site = None if status == ERROR else _wait(work)
        if site is None:
            return unknown(change, _why_not_there(work))
    except GatewayError as error:
        # Begun all the same: a creation that failed would not make the site known for ours.
        return unknown(change, f"SharePoint has begun the site, but: {error.message} {error.hint}".strip())
    work.known.site_id = site.id
    work.put_down(OWNER, fingerprint(site.owner.lower()))
    if site.sharing is not Sharing.DISABLED:
        return unknown(change, f"the new site reads sharing {site.sharing.value}, not disabled; nobody was let in")
    return done(change)


def _begin(work: Work) -> int:
    desired, sharepoint = work.desired, work.gateway.sharepoint
    try:
        trip, content = desired.trip, desired.content
        return sharepoint.create_site(
            desired.url, trip.title, trip.owner, content.description, content.lcid, content.site.value
        )
    except (OutcomeUnknown, BadAnswer) as error:
        lost = OutcomeUnknown(error.message, error.hint)
    try:
        status = sharepoint.get_site_status(desired.url)
    except GatewayError:
        raise lost from None
    if status == NOT_FOUND:
        raise lost
    return status


def _wait(work: Work) -> Site | None:
    """The new site once its making is complete, None where patience ran out first."""
    for _ in work.tries():
        site, complete = work.gateway.sharepoint.look_at_new_site(work.desired.url)
        if site is not None and complete:
            return site if site.sharing is Sharing.DISABLED else _close(work)
    return None


def _close(work: Work) -> Site | None:
    """A site that came up more open than Disabled, before anything else happens to it."""
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    sharepoint.set_site_sharing(url, Sharing.DISABLED)
    return sharepoint.find_site(url)


def _why_not_there(work: Work) -> str:
    if work.gateway.sharepoint.get_site_status(work.desired.url) == ERROR:
        return "SharePoint says that it could not build the site: look for it in the SharePoint admin centre"
    return "SharePoint is still building the site; run apply again in a few minutes"


def _rename(work: Work, change: Change) -> Outcome:
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    sharepoint.set_title(url, work.desired.trip.title)
    web = sharepoint.get_web(url)
    if web.title != work.desired.trip.title:
        return unknown(change, "written, but the old title still reads")
    return done(change)


def _hand_over(work: Work, change: Change) -> Outcome:
    sharepoint, url, owner = work.gateway.sharepoint, work.desired.url, work.desired.trip.owner
    before = str(change.fields[0].before)
    sharepoint.set_site_owner(url, owner)
    for _ in work.tries():
        site = sharepoint.find_site(url)
        if site is not None and site.owner.lower() != before.lower():
            work.put_down(OWNER, fingerprint(site.owner.lower()))
            return done(change, "whoever owned it before may still be one of its administrators")
    return unknown(change, "written, but the former owner still reads; run apply again in a few minutes")
