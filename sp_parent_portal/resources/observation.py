"""Observes one trip: every kind in turn, so that the planner compares and nothing else asks the tenant."""

from __future__ import annotations

from ..errors import Refused
from ..microsoft365 import Gateway
from ..microsoft365.model import Site
from ..plan.desired import Desired
from ..plan.planner import TripObserved
from ..runs.model import Status, Step
from ..runs.store import RunStore
from . import notice, site_content, trip_group
from .marker import read_marker
from .site import is_ready

NO_GROUP = trip_group.Observed(None, bound=False)


def observe_trip(gateway: Gateway, desired: Desired, store: RunStore) -> TripObserved:
    """Raises GatewayError when a read fails that the plan cannot do without: UNKNOWN is never taken for absent."""
    site = gateway.sharepoint.find_site(desired.url)
    made = store.find_steps(gateway.target, desired.slug, "site").get(desired.url)
    building = site is not None and _cut_off(made) and not is_ready(gateway, desired.url)
    if building:
        # Begun by a run that was cut off: for the plan it is still to be made, and making it means waiting for it.
        site = None
    else:
        why, ask = _why_not_ours(gateway, desired, site, made)
        if why:
            return _observe_people_only(gateway, desired, site, why, ask)
    try:
        group = trip_group.observe(gateway, desired, site_is_there=site is not None)
    except Refused as refused:
        return TripObserved(
            site, None, NO_GROUP, (), notice.Observed({}), why_not_ours=refused.message, ask=refused.hint
        )
    steps = store.find_steps(gateway.target, desired.slug, "notice", site.id) if site else {}
    return TripObserved(
        site=site,
        content=site_content.observe(gateway, desired) if site else None,
        group=group,
        members=tuple(gateway.graph.list_members(group.group.id)) if group.group else (),
        nested=tuple(gateway.graph.list_member_groups(group.group.id)) if group.group else (),
        notices=notice.observe(gateway, desired, steps),
        building=building,
    )


def _observe_people_only(gateway: Gateway, desired: Desired, site: Site | None, why: str, ask: str) -> TripObserved:
    """Where the site is not the trip's, or does not say so any more, its group may still be: who must not be in it is
    taken out."""
    try:
        group = trip_group.find_ours(gateway, desired.slug)
    except Refused:
        group = None
    members = tuple(gateway.graph.list_members(group.id)) if group else ()
    nested = tuple(gateway.graph.list_member_groups(group.id)) if group else ()
    there = trip_group.Observed(group, bound=False)
    return TripObserved(site, None, there, members, notice.Observed({}), nested, why_not_ours=why, ask=ask)


def _cut_off(made: Step | None) -> bool:
    """Whether the run store remembers a creation that it never saw end."""
    return made is not None and made.outcome.status in (Status.INTENDED, Status.UNKNOWN) and _is_creation(made)


def _is_creation(made: Step) -> bool:
    return made.outcome.change.verb == "create"


def _why_not_ours(gateway: Gateway, desired: Desired, site: Site | None, made: Step | None) -> tuple[str, str]:
    """Why the address cannot be the trip's, and what to do; ("", "") when it can."""
    if site is None:
        if gateway.sharepoint.find_deleted_site(desired.url):
            return (
                f"{desired.url} belongs to a deleted site that is still in the recycle bin",
                "restore or purge it in the SharePoint admin centre, or choose another slug",
            )
        return _why_not_owned(gateway, desired.trip.owner.lower())
    marker = read_marker(gateway, desired.url, gateway.sharepoint.list_lists(desired.url))
    if marker.get("trip") == desired.slug:
        return "", ""
    # A site without a marker is ours only if we remember making it: a run was cut off before the marker was written.
    if not marker and made is not None and _made_it(made, site, desired):
        return "", ""
    whose = f"made for the trip {marker['trip']}" if marker else "not made by this product"
    return f"there is a site at {desired.url} already, {whose}; it is not touched", "choose another slug for the trip"


def _why_not_owned(gateway: Gateway, owner: str) -> tuple[str, str]:
    """SharePoint takes a site without a known owner and never finishes it, so the owner is looked up before."""
    users = gateway.graph.find_users([owner])[owner]
    if any(not user.is_from_outside and user.enabled for user in users):
        return "", ""
    who = "is from outside" if any(user.is_from_outside for user in users) else "has no account that can sign in here"
    return f"the owner {owner} {who}; the site cannot be theirs", "name a colleague as owner in the trip's file"


def _made_it(made: Step, site: Site, desired: Desired) -> bool:
    began = made.outcome.status in (Status.INTENDED, Status.DONE, Status.UNKNOWN)
    return began and _is_creation(made) and site.owner.lower() == desired.trip.owner.lower()
