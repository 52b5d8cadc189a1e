"""The second site of a trip, for its staff alone: what lies there (medical and dietary notes) must not lie on a site
that guests reach. It is planned and applied like a trip of its own, without guardians, group or notices."""

from __future__ import annotations

from collections.abc import Mapping

from .file_values import STAFF_SUFFIX
from .plan.desired import Desired
from .template_place import load_placed
from .templates import make_staff_content
from .trips import Portal


def add_staff_sites(trips: Mapping[str, Desired], host: str, portal: Portal) -> dict[str, Desired]:
    """By slug, each trip followed by its staff site where its template asks for one. Nothing for a trip whose files
    cannot be used."""
    sites: dict[str, Desired] = {}
    for slug, desired in trips.items():
        sites[slug] = desired
        staff = _make_staff_site(desired, host, portal) if desired.content.version else None
        if staff is not None:
            sites[staff.slug] = staff
    return sites


def _make_staff_site(desired: Desired, host: str, portal: Portal) -> Desired | None:
    trip = desired.trip.model_copy(update={"slug": f"{desired.slug}{STAFF_SUFFIX}"})
    content = make_staff_content(load_placed(trip.template, portal), trip)
    if content is None:
        return None
    trip = trip.model_copy(update={"title": f"{trip.title} (staff)"})
    return Desired(trip, trip.site_url(host), content, (), (), 0, expired=desired.expired, staff=True)
