"""The end of a trip, as a plan: nobody from outside is left, its group goes, its site stays readable for its staff, or
is archived. And the way back. Pure.

The marker says first that the trip is closed, so that no apply in between lets anybody in again. The archive comes last
and is left first: of an archived site nothing can be read or changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from ..microsoft365.model import Site
from ..resources import site_archive, site_lock, site_marker, trip_group
from .desired import Desired
from .model import Change, Held, Plan
from .planner import TripObserved, diff_closed, diff_left


def make_closing(
    target: str,
    trips: Sequence[tuple[Desired, TripObserved]],
    today: date,
    archiving: site_archive.Archiving,
) -> Plan:
    plan = _make_plan(target, [(each, observed, _close(each, observed, today, archiving)) for each, observed in trips])
    held = [
        held
        for each, observed in trips
        if not observed.why_not_ours
        for held in site_archive.hold_archived(each, observed.site, archiving)
    ]
    return replace(plan, held=(*plan.held, *held))


def make_reopening(target: str, trips: Iterable[tuple[Desired, TripObserved]]) -> Plan:
    """Back from the archive, unlocked, and open to be planned: group and guardians come back by plan and apply."""
    return _make_plan(target, [(each, observed, _reopen(each, observed)) for each, observed in trips])


def _make_plan(target: str, trips: Iterable[tuple[Desired, TripObserved, tuple[Change, ...]]]) -> Plan:
    """In the order in which it is done, which is not that of an apply."""
    changes: list[Change] = []
    held: list[Held] = []
    for desired, observed, wanted in trips:
        if observed.why_not_ours:
            held.append(Held(desired.slug, "", observed.why_not_ours, observed.ask))
        changes += wanted
    return Plan(target, tuple(changes), tuple(held))


def _close(
    desired: Desired, observed: TripObserved, today: date, archiving: site_archive.Archiving
) -> tuple[Change, ...]:
    if observed.why_not_ours:  # the site is left alone; who is in a group with our mark is not
        return _say_closed(diff_left(replace(desired, expired=True), observed))
    left, site = _say_closed(diff_closed(desired, observed)), observed.site
    return (
        *site_marker.diff_closed(desired, observed.marker, _day(site, today)),
        *left,
        *trip_group.diff_gone(desired, observed.group, bound=observed.bound),
        *(() if site and site.is_archived else site_lock.diff(desired, site, site_lock.READ_ONLY)),
        *site_archive.diff_archived(desired, site, archiving),
    )


def _say_closed(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(replace(change, reason="the trip is closed") for change in changes)


def _day(site: Site | None, today: date) -> str:
    return "" if site is None else today.isoformat()


def _reopen(desired: Desired, observed: TripObserved) -> tuple[Change, ...]:
    if observed.why_not_ours:
        return ()
    return (
        *site_archive.diff_reactivated(desired, observed.site),
        *site_lock.diff(desired, observed.site, site_lock.UNLOCKED),
        *site_marker.diff_reopened(desired, observed.marker),
    )
