"""Observes one trip: every kind in turn, so that the planner compares and nothing else asks the tenant."""

from __future__ import annotations

from dataclasses import replace

from ..errors import Refused
from ..microsoft365 import Gateway
from ..microsoft365.model import Site, SiteList
from ..plan.desired import Desired
from ..plan.planner import TripObserved
from ..runs.store import RunStore
from . import notice, site_archive, site_calendar, site_content, site_file, site_lock, site_page, trip_group
from .belonging import find_closed, find_made, is_cut_off, know_group, why_no_owner, why_not_free, why_not_ours
from .marker import CLOSED, NO_MARKER, Marker, read_marker
from .site import is_owner_right, is_ready

NO_GROUP = trip_group.Observed(None, bound=False)


def observe_trip(gateway: Gateway, desired: Desired, store: RunStore) -> TripObserved:
    """Raises GatewayError when a read fails that the plan cannot do without: UNKNOWN is never taken for absent."""
    site = gateway.sharepoint.find_site(desired.url)
    if site is not None and site.is_archived:
        return _observe_archived(gateway, store, desired, site)
    made = find_made(gateway, store, desired)
    building = site is not None and is_cut_off(made) and not is_ready(gateway, desired.url)
    lists: tuple[SiteList, ...] = ()
    marker = NO_MARKER
    if building:
        # Begun by a run that was cut off: for the plan it is still to be made, and making it means waiting for it.
        site = None
    else:
        if site is None:
            why, ask = why_not_free(gateway, desired)
        elif site.lock == site_lock.NO_ACCESS:
            # Every read of it is refused, which must not keep anybody in, here or in another trip.
            why = f"the site is locked ({site.lock}): nobody can read it, this product neither"
            ask = "unlock it in the SharePoint admin centre"
        else:
            lists = gateway.sharepoint.list_lists(desired.url)
            marker = read_marker(gateway, desired.url, lists)
            why, ask = why_not_ours(gateway, store, desired, site, marker, made)
            if not why and not is_owner_right(desired, site, marker.memory):
                why, ask = why_no_owner(gateway, desired.trip.owner.lower())
        if why:
            return _observe_people_only(gateway, desired, site, why, ask)
    if desired.staff:
        content = site_content.observe(gateway, desired) if site else None
        return TripObserved(site, content, NO_GROUP, (), notice.Observed({}), building=building, marker=marker)
    known = know_group(gateway, store, desired, marker.memory)
    try:
        group = trip_group.observe(gateway, desired, known, site_is_there=site is not None)
    except Refused as refused:
        return _observe_people_only(gateway, desired, site, refused.message, refused.hint)
    steps = store.find_steps(gateway.target, desired.slug, "notice", site.id) if site else {}
    content = site_content.observe(gateway, desired) if site else None
    files = site_file.observe(gateway, desired, marker.memory) if site else None
    return TripObserved(
        site=site,
        content=content,
        files=files,
        pages=_observe_pages(gateway, desired, marker, site, content, lists, files),
        calendar=site_calendar.observe(gateway, desired, lists) if site else None,
        marker=marker,
        group=group,
        members=tuple(gateway.graph.list_members(group.group.id)) if group.group else (),
        nested=tuple(gateway.graph.list_member_groups(group.group.id)) if group.group else (),
        notices=notice.observe(gateway, desired, steps),
        building=building,
    )


def _observe_pages(
    gateway: Gateway,
    desired: Desired,
    marker: Marker,
    site: Site | None,
    content: site_content.Observed | None,
    lists: tuple[SiteList, ...],
    files: site_file.Observed | None,
) -> site_page.Observed | None:
    if site is None or content is None or files is None:
        return None
    ids = {name: file.id for name, file in files.files.items()}
    return site_page.observe(
        gateway, desired, marker.memory, site_id=site.id, web_id=content.web.id, lists=lists, files=ids
    )


def _observe_archived(gateway: Gateway, store: RunStore, desired: Desired, site: Site) -> TripObserved:
    """Every read of it is refused, its marker's too: whether the trip is closed is what the run store remembers."""
    day = find_closed(gateway, store, desired, site)
    if day:
        observed = _observe_people_only(gateway, desired, site, "", "")
        return replace(observed, marker=Marker({"trip": desired.slug, CLOSED: day}))
    why = (
        f"the site is archived ({site.archive}), and nothing here remembers closing the trip: nobody can read the site"
    )
    ask = "reactivate it in the SharePoint admin centre; for a trip that is over, take its file away"
    if site.archive == site_archive.REACTIVATING:
        why, ask = f"the site is being reactivated, {site_archive.A_DAY}: nobody can read it yet", "run again then"
    return _observe_people_only(gateway, desired, site, why, ask)


def _observe_people_only(gateway: Gateway, desired: Desired, site: Site | None, why: str, ask: str) -> TripObserved:
    """Where site or group are not the trip's, or do not say so any more, a group with our mark may still be: who must
    not be in it is taken out."""
    marked = () if desired.staff else trip_group.find_marked(gateway, desired.slug)
    group = marked[0] if len(marked) == 1 else None
    members = tuple(gateway.graph.list_members(group.id)) if group else ()
    nested = tuple(gateway.graph.list_member_groups(group.id)) if group else ()
    there = trip_group.Observed(group, bound=False)
    return TripObserved(site, None, there, members, notice.Observed({}), nested, why_not_ours=why, ask=ask)
