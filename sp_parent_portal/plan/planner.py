"""Desired against observed → a plan. Pure: everything was loaded and observed before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..microsoft365.model import DirectoryUser, Group, Site
from ..resources import (
    guest,
    membership,
    notice,
    site,
    site_calendar,
    site_content,
    site_file,
    site_lock,
    site_marker,
    site_opening,
    site_page,
    tenant_sharing,
    trip_group,
)
from ..resources.drift import ByHand, Part
from ..resources.marker import NO_MARKER, Marker
from ..sharing import Sharing
from ..trips import SafetySection
from .desired import Desired
from .model import Change, Held, Plan, Risk, in_order
from .safety import raise_risk, why_too_few_left, why_too_many

# What SharePoint's share box says where sharing is off (Microsoft Support, read 2026-08).
SHARE_BOX = "Your organization's policies do not allow you to share with these users."


@dataclass(frozen=True, slots=True)
class TripObserved:
    """What the tenant says of one trip. `nested` are groups that somebody put into the trip group. `building`: an
    earlier run began its site and SharePoint has not finished it. `why_not_ours` is set where its address or group
    belongs to somebody else."""

    site: Site | None
    content: site_content.Observed | None
    group: Group | None
    members: tuple[DirectoryUser, ...]
    notices: notice.Observed
    nested: tuple[Group, ...] = ()
    building: bool = False
    why_not_ours: str = ""
    ask: str = ""
    marker: Marker = NO_MARKER
    files: site_file.Observed | None = None
    pages: site_page.Observed | None = None
    calendar: site_calendar.Observed | None = None

    @property
    def closed(self) -> str:
        """The day on which the trip was closed, "" while it is not."""
        return self.marker.closed

    @property
    def bound(self) -> bool:
        """Whether the trip group is in the site's Visitors group."""
        return self.group is not None and self.content is not None and self.content.visitors.has_group(self.group.id)


@dataclass(frozen=True, slots=True)
class TripPart:
    """One trip's part of a plan."""

    changes: tuple[Change, ...]
    held: tuple[Held, ...]


def make_plan(
    target: str,
    tenant: tenant_sharing.Observed,
    trips: Iterable[tuple[Desired, TripObserved]],
    accounts: guest.Accounts,
    limits: SafetySection,
    allowed: frozenset[Risk] = frozenset(),
    by_hand: ByHand = ByHand.ASK,
) -> Plan:
    """`allowed` lifts the ceiling on inferred removals; what a plan needs besides is judged when it is applied."""
    parts = [_make_part(tenant, desired, observed, accounts, limits, allowed, by_hand) for desired, observed in trips]
    return Plan(
        target,
        in_order(change for part in parts for change in part.changes),
        tuple(sorted((held for part in parts for held in part.held), key=lambda h: (h.trip, h.subject, h.reason))),
    )


def make_tenant_plan(target: str, changes: Iterable[Change]) -> Plan:
    return Plan(target, in_order(changes))


def _make_part(
    tenant: tenant_sharing.Observed,
    desired: Desired,
    observed: TripObserved,
    accounts: guest.Accounts,
    limits: SafetySection,
    allowed: frozenset[Risk],
    by_hand: ByHand,
) -> TripPart:
    people = diff_left(desired, observed)
    if observed.why_not_ours:
        return TripPart(people, (Held(desired.slug, "", observed.why_not_ours, observed.ask),))
    urgent = (
        *people,
        *site_opening.diff_urgent(desired, observed.site),
    )
    if observed.closed:
        return TripPart(diff_closed(desired, observed), ())
    why, ask = _why_locked(observed.site) or _why_held(tenant, desired)
    if why:
        return TripPart(urgent, (Held(desired.slug, "", why, ask),))
    if desired.expired:
        return TripPart(urgent, ())
    changes, held = _make_changes(desired, observed, accounts, by_hand)
    too_few = why_too_few_left(changes, len(observed.members), limits)
    if too_few and Risk.REMOVES_ACCESS not in allowed:
        ask = "check the contact list and students.csv; if it is meant, add --allow removes-access"
        return TripPart(urgent, (Held(desired.slug, "", too_few, ask),))
    too_many = why_too_many(
        limits,
        live=observed.site is not None and observed.site.sharing > Sharing.DISABLED,
        members=len(observed.members),
        added=sum(1 for c in changes if c.kind == "membership" and c.verb == "create"),
        students=desired.students,
    )
    return TripPart(raise_risk(changes, too_many) if too_many else changes, held)


def diff_closed(desired: Desired, observed: TripObserved) -> tuple[Change, ...]:
    """Who must not be in a closed trip, and a site that somebody opened again: an archived one is open to nobody."""
    over, site = replace(desired, expired=True), observed.site
    return (*diff_left(over, observed), *site_opening.diff_urgent(over, None if site and site.is_archived else site))


def diff_left(desired: Desired, observed: TripObserved) -> tuple[Change, ...]:
    """Who must not be in the trip group, also where the site is not the trip's."""
    return (
        *membership.diff_urgent(desired, observed.members),
        *membership.diff_nested(desired, observed.nested),
    )


def _why_locked(site: Site | None) -> tuple[str, str] | None:
    if site is None or site.lock == site_lock.UNLOCKED:
        return None
    return (
        f"the site is locked ({site.lock}), and this product has not closed it",
        "unlock it in the SharePoint admin centre, or with close --reopen",
    )


def _why_held(tenant: tenant_sharing.Observed, desired: Desired) -> tuple[str, str]:
    if desired.distrust:
        return desired.distrust, (
            "repair the files; a list that is smaller on purpose is let through by --allow smaller-list. Until then "
            "nothing is inferred from the contact list and nobody is added"
        )
    if tenant.level < desired.content.sharing and not desired.expired:
        return (
            f"the tenant's sharing is {tenant.level.label!r}, the trip needs {desired.content.sharing.label!r}; "
            f"SharePoint's share box would say: “{SHARE_BOX}”",
            f'ask the Microsoft 365 admin to set sharing = "{desired.content.sharing.value}" in portal.toml and to run '
            "tenant plan and tenant apply (in the admin centre: Policies > Sharing > "
            f"{desired.content.sharing.label})",
        )
    return "", ""


def _make_changes(
    desired: Desired,
    observed: TripObserved,
    accounts: Mapping[str, tuple[DirectoryUser, ...]],
    by_hand: ByHand,
) -> tuple[tuple[Change, ...], tuple[Held, ...]]:
    guests, held_guests = guest.diff(desired, accounts)
    notices, held_notices = notice.diff(desired, observed.notices, accounts)
    memory = observed.marker.memory
    group_id = observed.group.id if observed.group else ""
    content, held_content = site_content.diff(desired, observed.content, memory, by_hand, group_id)
    files, held_files = site_file.diff(desired, observed.files, memory, by_hand)
    pages, held_pages = site_page.diff(desired, observed.pages, memory, by_hand)
    entries, held_entries = site_calendar.diff(desired, observed.calendar, memory, by_hand)
    written = (*files, *pages, *entries)
    writing = site_content.list_written(desired, observed.content, memory, content)
    writing |= {site_content.part_of(change): change.verb for change in written}
    sites = site.diff(desired, observed.site, memory)
    if any(field.name == site.OWNER for change in sites for field in change.fields):
        writing[site.OWNER] = "update"
    group = () if desired.staff else trip_group.diff(desired, observed.group)
    if any(change.verb == "create" for change in group):
        writing[trip_group.GROUP_PART] = "create"
    changes = (
        *sites,
        *group,
        *content,
        *written,
        *site_marker.diff(desired, observed.marker, list_parts(desired, observed), writing),
        *guests,
        *membership.diff(desired, observed.members, accounts),
        *membership.diff_nested(desired, observed.nested),
        *site_opening.diff(desired, observed.site),
        *notices,
    )
    kind = site.why_other_kind(desired, observed.site)
    held_site = (
        (Held(desired.slug, "site", kind, "close the trip, or ask for that kind in template.toml"),) if kind else ()
    )
    held_parts = (*held_site, *held_content, *held_files, *held_pages, *held_entries)
    return changes, (*held_parts, *held_guests, *held_notices)


def list_parts(desired: Desired, observed: TripObserved) -> tuple[Part, ...]:
    """Everything of the trip's site that the marker remembers."""
    memory = observed.marker.memory
    return (
        *site_content.list_parts(desired, observed.content, memory),
        *site_file.list_parts(desired, observed.files, memory),
        *site_page.list_parts(desired, observed.pages, memory),
        *site_calendar.list_parts(desired, observed.calendar, memory),
        *site.list_parts(desired, observed.site),
        *(() if desired.staff else trip_group.list_parts(desired, observed.group)),
    )


def is_trip_held(plan: Plan) -> bool:
    """Whether a whole trip is held, not only somebody in it."""
    return any(not each.subject for each in plan.held)
