"""Whether a site or group that bears the trip's name is the trip's: made by us, not planted beforehand by somebody who
knows how ours are called.

Names and descriptions can be copied. Trusted are ids: those in the site's marker and in the run store. The marker
itself is trusted where the run store remembers working on this very site, or where the site is owned by the trip's
owner, which nobody but an administrator can make it.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..microsoft365 import Gateway
from ..microsoft365.model import Site
from ..plan.desired import Desired
from ..runs.model import Status, Step
from ..runs.store import RunStore
from .accounts import addresses_of
from .around import Around
from .drift import Memory
from .marker import CLOSED, Marker
from .trip_group import GROUP_PART, RECEIPT, Known, make_nickname

ENDED_WELL = (Status.DONE, Status.ALREADY)
TAKEN = 4  # SiteStatus, as create_site


def find_made(gateway: Gateway, store: RunStore, desired: Desired) -> Step | None:
    """What the run store remembers of the site's creation."""
    return store.find_steps(gateway.target, desired.slug, "site").get(desired.url)


def is_cut_off(made: Step | None) -> bool:
    """Whether the run store remembers a creation that it never saw end."""
    return made is not None and made.outcome.status in (Status.INTENDED, Status.UNKNOWN) and _is_creation(made)


def _is_creation(made: Step) -> bool:
    return made.outcome.change.verb == "create"


# ---- the address -----------------------------------------------------------------------------------------------------


def why_not_free(gateway: Gateway, desired: Desired, around: Around) -> tuple[str, str]:
    """Why no site can be made at the trip's address, and what to do; ("", "") when one can."""
    if around.get_address(desired).deleted:
        return (
            f"{desired.url} belongs to a deleted site that is still in the recycle bin",
            "restore or purge it in the SharePoint admin centre, or choose another slug",
        )
    if gateway.sharepoint.get_site_status(desired.url) == TAKEN:
        return (
            f"{desired.url} is reserved: SharePoint says that the address is taken, though no site is there",
            "a group or a site that was renamed may hold it: choose another slug",
        )
    return why_no_owner(desired, around)


def why_no_owner(desired: Desired, around: Around) -> tuple[str, str]:
    """SharePoint takes a site without a known owner and never finishes it, so the owner is looked up before."""
    owner, users = desired.trip.owner.lower(), around.find_owner(desired)
    if any(not user.is_from_outside and user.enabled for user in users):
        return "", ""
    who = "is from outside" if any(user.is_from_outside for user in users) else "has no account that can sign in here"
    return f"the owner {owner} {who}; the site cannot be theirs", "name a colleague as owner in the trip's file"


# ---- the site --------------------------------------------------------------------------------------------------------


def why_not_ours(
    gateway: Gateway,
    store: RunStore,
    desired: Desired,
    site: Site,
    marker: Marker,
    made: Step | None,
    around: Around,
) -> tuple[str, str]:
    """Why the site at the trip's address is not the trip's; ("", "") when it is."""
    told = marker.about.get("trip")
    if told == desired.slug:
        if _has_worked_on(gateway, store, desired, site) or _is_owner(desired, site, around):
            return "", ""
        return (
            f"there is a site at {desired.url} that calls itself this trip's, but it is not its owner's and nothing "
            "here remembers making it; it is not touched",
            "if it is the trip's, set its owner in the SharePoint admin centre to the one in the trip's file; else "
            "choose another slug",
        )
    # A site without a marker is ours only if we remember making it: a run was cut off before the marker was written.
    if told is None and made is not None and _made_it(made, site, desired):
        return "", ""
    whose = f"made for the trip {told}" if told else "not made by this product"
    return f"there is a site at {desired.url} already, {whose}; it is not touched", "choose another slug for the trip"


def find_closed(gateway: Gateway, store: RunStore, desired: Desired, site: Site) -> str:
    """The day on which the trip of this very site was closed: what the run store remembers that the site's marker was
    told last, "" where it was told no such thing. For a site whose marker cannot be read."""
    step = store.find_steps(gateway.target, desired.slug, "site_marker", site.id).get(desired.url)
    if step is None:
        return ""
    unwritten = step.outcome.status in (Status.FAILED, Status.HELD)
    told = {each.name: each.before if unwritten else each.after for each in step.outcome.change.fields}
    return str(told.get(CLOSED) or "")


def _has_worked_on(gateway: Gateway, store: RunStore, desired: Desired, site: Site) -> bool:
    """Steps are recorded with the id of their site: one that stands there instead has another."""
    steps: Iterable[Step] = ()
    for kind in ("site_marker", "site_content", "site"):
        steps = (*steps, *store.find_steps(gateway.target, desired.slug, kind, site.id).values())
    return any(step.outcome.status in ENDED_WELL for step in steps)


def _is_owner(desired: Desired, site: Site, around: Around) -> bool:
    """SharePoint may tell the owner by another of their addresses."""
    owner, there = desired.trip.owner.lower(), site.owner.lower()
    if owner == there:
        return True
    users = around.find_owner(desired)
    return any(there in addresses_of(user) | {user.upn.lower()} for user in users if not user.is_guest)


def _made_it(made: Step, site: Site, desired: Desired) -> bool:
    began = made.outcome.status in (Status.INTENDED, Status.DONE, Status.UNKNOWN)
    return began and _is_creation(made) and site.owner.lower() == desired.trip.owner.lower()


# ---- the group -------------------------------------------------------------------------------------------------------


def know_group(gateway: Gateway, store: RunStore, desired: Desired, memory: Memory) -> Known:
    """By which ids the trip group is known, and whether one was begun whose id nobody had time to write down."""
    step = store.find_steps(gateway.target, desired.slug, "trip_group").get(make_nickname(desired.slug))
    ids = {memory[GROUP_PART].id} if GROUP_PART in memory else set()
    begun = False
    if step is not None and _is_creation(step):
        told = step.receipt.removeprefix(RECEIPT) if step.receipt.startswith(RECEIPT) else ""
        ids |= {told} if told else set()
        begun = not told and step.outcome.status is not Status.HELD
    return Known(frozenset(ids - {""}), begun)
