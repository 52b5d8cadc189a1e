"""Observes one trip: every kind in turn, so that the planner compares and nothing else asks the tenant."""

from __future__ import annotations

from dataclasses import replace

from ..errors import Refused
from ..microsoft365 import Gateway
from ..microsoft365.model import Members, Site
from ..microsoft365.site_reading import WholeSite
from ..plan.desired import Desired
from ..plan.planner import TripObserved
from ..runs.store import RunStore
from . import (
    notice,
    private_lists,
    site_archive,
    site_calendar,
    site_content,
    site_file,
    site_lock,
    site_page,
    trip_group,
)
from .around import Around
from .belonging import find_closed, find_made, is_cut_off, know_group, why_no_owner, why_not_free, why_not_ours
from .marker import CLOSED, MARKER_LIST, NO_MARKER, Marker, find_marker
from .site import is_owner_right
from .site_things import Lists


def observe_trip(gateway: Gateway, desired: Desired, store: RunStore, around: Around) -> TripObserved:
    """Raises GatewayError when a read fails that the plan cannot do without: UNKNOWN is never taken for absent."""
    site = around.get_address(desired).site
    if site is not None and site.is_archived:
        return _observe_archived(gateway, store, desired, around, site)
    made = find_made(gateway, store, desired)
    building = site is not None and is_cut_off(made) and not gateway.sharepoint.look_at_new_site(desired.url)[1]
    whole: WholeSite | None = None
    marker, why, ask = NO_MARKER, "", ""
    if building:
        # Begun by a run that was cut off: for the plan it is still to be made, and making it means waiting for it.
        site = None
    elif site is None:
        why, ask = why_not_free(gateway, desired, around)
    elif site.lock == site_lock.NO_ACCESS:
        # Every read of it is refused, which must not keep anybody in, here or in another trip.
        why = f"the site is locked ({site.lock}): nobody can read it, this product neither"
        ask = "unlock it in the SharePoint admin centre"
    else:
        whole = gateway.sharepoint.read_site(desired.url, private_lists.titles(desired), with_items_of=MARKER_LIST)
        marker = find_marker(whole)
        why, ask = why_not_ours(gateway, store, desired, site, marker, made, around)
        if not why and not is_owner_right(desired, site, marker.memory):
            why, ask = why_no_owner(desired, around)
    if why:
        return observe_people(gateway, desired, around, why, ask, site)
    if desired.staff:
        content = _observe_content(gateway, desired, whole)
        return TripObserved(site, content, None, (), notice.Observed({}), building=building, marker=marker)
    known = know_group(gateway, store, desired, marker.memory)
    try:
        found = around.find_groups(desired)
        group = trip_group.observe(gateway, desired, found, known, site_is_there=site is not None)
    except Refused as refused:
        return observe_people(gateway, desired, around, refused.message, refused.hint, site)
    members = around.get_members(gateway, group.id) if group else Members()
    steps = store.find_steps(gateway.target, desired.slug, "notice", site.id) if site else {}
    content = _observe_content(gateway, desired, whole)
    files = site_file.observe(gateway, desired, marker.memory) if site else None
    return TripObserved(
        site=site,
        content=content,
        files=files,
        pages=_observe_pages(gateway, desired, marker, site, content, files),
        calendar=site_calendar.observe(gateway, desired, content.lists.lists) if content else None,
        marker=marker,
        group=group,
        members=members.users,
        nested=members.groups,
        notices=notice.observe(gateway, desired, steps),
        building=building,
    )


def _observe_content(gateway: Gateway, desired: Desired, whole: WholeSite | None) -> site_content.Observed | None:
    if whole is None:
        return None
    lists = Lists.of(gateway.sharepoint.list_shapes(desired.url))
    return site_content.make_observed(desired, whole, lists)


def _observe_pages(
    gateway: Gateway,
    desired: Desired,
    marker: Marker,
    site: Site | None,
    content: site_content.Observed | None,
    files: site_file.Observed | None,
) -> site_page.Observed | None:
    if site is None or content is None or files is None:
        return None
    ids = {name: file.id for name, file in files.files.items()}
    return site_page.observe(
        gateway, desired, marker.memory, site_id=site.id, web_id=content.web.id, lists=content.lists.lists, files=ids
    )


def _observe_archived(gateway: Gateway, store: RunStore, desired: Desired, around: Around, site: Site) -> TripObserved:
    """Every read of it is refused, its marker's too: whether the trip is closed is what the run store remembers."""
    day = find_closed(gateway, store, desired, site)
    if day:
        observed = observe_people(gateway, desired, around, "", "", site)
        return replace(observed, marker=Marker({"trip": desired.slug, CLOSED: day}))
    why = (
        f"the site is archived ({site.archive}), and nothing here remembers closing the trip: nobody can read the site"
    )
    ask = "reactivate it in the SharePoint admin centre; for a trip that is over, take its file away"
    if site.archive == site_archive.REACTIVATING:
        why, ask = f"the site is being reactivated, {site_archive.A_DAY}: nobody can read it yet", "run again then"
    return observe_people(gateway, desired, around, why, ask, site)


def observe_people(
    gateway: Gateway, desired: Desired, around: Around, why: str, ask: str, site: Site | None = None
) -> TripObserved:
    """Where site or group are not the trip's, or do not say so any more, or cannot be read, a group with our mark may
    still be: who must not be in it is taken out. Raises GatewayError."""
    marked = () if desired.staff else trip_group.find_marked(gateway, desired.slug, around.find_groups(desired))
    group = marked[0] if len(marked) == 1 else None
    members = around.get_members(gateway, group.id) if group else Members()
    notices = notice.Observed({})
    return TripObserved(site, None, group, members.users, notices, members.groups, why_not_ours=why, ask=ask)
