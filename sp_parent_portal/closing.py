"""Trips that end, and trips that are taken up again: from files and tenant to a plan, as planning.py makes it for the
others; and which guests have no other trip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .microsoft365 import Gateway
from .microsoft365.model import DirectoryUser
from .plan.closing import make_closing, make_reopening
from .planning import Planned
from .resources import site_archive
from .runs.store import RunStore
from .trips import SitesSection


def plan_end(planned: Planned, gateway: Gateway, sites: SitesSection, *, reopen: bool) -> Planned:
    """What was planned for the trips gives way to their end, or to the way back: what is wrong in the files (`broken`)
    does not matter for either."""
    trips = [(planned.desired[slug], planned.observed[slug]) for slug in planned.desired]
    target = planned.plan.target
    if reopen:
        plan = make_reopening(target, trips)
    else:
        archiving = site_archive.observe(gateway, wanted=sites.when_closed == "archived")
        plan = make_closing(target, trips, planned.school.today, archiving)
    return replace(planned, plan=replace(plan, held=(*plan.held, *planned.unread)), broken=None)


def find_prunable(gateway: Gateway, store: RunStore, planned: Planned) -> tuple[DirectoryUser, ...]:
    """Guests of these trips, now or earlier, who are in no other group: whoever wants may delete their accounts. By
    address, each once."""
    guests: dict[str, DirectoryUser] = {}
    for observed in planned.observed.values():
        guests |= {user.id: user for user in observed.members if user.is_guest}
    known = {user.email for user in guests.values()}
    before = {person.email for slug in planned.desired for person in store.find_people(gateway.target, slug)}
    for users in gateway.graph.find_users(sorted(before - known)).values():
        guests |= {user.id: user for user in users if user.is_guest}
    ours = {each.group.id for each in planned.observed.values() if each.group is not None}
    groups = gateway.graph.list_groups_of(sorted(guests)) if guests else {}
    return _by_address([guests[key] for key, found in groups.items() if found is not None and set(found) <= ours])


def _by_address(users: Sequence[DirectoryUser]) -> tuple[DirectoryUser, ...]:
    return tuple(sorted(users, key=lambda user: (user.email, user.id)))
