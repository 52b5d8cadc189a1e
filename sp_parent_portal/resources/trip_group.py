"""The trip group: one security group a trip, bound to its site by being a member of the site's Visitors group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ..errors import NotFound, OutcomeUnknown, Refused
from ..microsoft365 import Gateway
from ..microsoft365.model import Group
from ..plan.desired import Desired
from ..plan.model import Change, Field, Risk
from ..runs.model import Outcome
from .drift import Part, fingerprint
from .work import Work, done, failed, one_by_one, unknown

GROUP_PART = "group"
RECEIPT = "group "
MARK = "Guardians of the trip "


def list_parts(desired: Desired, group: Group | None) -> tuple[Part, ...]:
    """The marker remembers the group's id."""
    wanted = fingerprint(make_nickname(desired.slug))
    return (Part(GROUP_PART, wanted, wanted if group else None, group.id if group else ""),)


def make_nickname(slug: str) -> str:
    return f"trip-{slug}"


def make_description(slug: str) -> str:
    """Our mark: a group without it is somebody else's and is never touched."""
    return f"{MARK}{slug}. Kept by sp-parent-portal: people added by hand are taken out again."


@dataclass(frozen=True, slots=True)
class Known:
    """By which `ids` the group is known; `begun`: somebody here began to make one and its id was not written down."""

    ids: frozenset[str] = frozenset()
    begun: bool = False


def observe(
    gateway: Gateway, desired: Desired, found: Sequence[Group], known: Known, *, site_is_there: bool
) -> Group | None:
    """The trip's among the groups that were `found` by its name. Raises Refused when the name belongs to a group that
    this product did not make."""
    group = next((each for each in found if each.id in known.ids), None)
    if group is None and found:
        group = _recognise(gateway, desired, found, known, site_is_there=site_is_there)
    return group


def _recognise(
    gateway: Gateway, desired: Desired, found: Sequence[Group], known: Known, *, site_is_there: bool
) -> Group:
    """A group of the name whose id nobody remembers. Anybody who may make groups could have made it beforehand, to be
    in it when the site opens."""
    nickname = make_nickname(desired.slug)
    marked = find_marked(gateway, desired.slug, found)
    if not marked:
        raise Refused(
            f"the directory has a group {nickname} that this product did not make; nothing was done for it",
            "rename that group or choose another slug for the trip",
        )
    if len(marked) > 1:
        raise Refused(
            f"there are {len(marked)} groups {nickname}; nothing was done for the trip",
            "delete in Entra the one that has no members, then run again",
        )
    # Bound to a site that has our marker: made before ids were remembered.
    of_old = not known.ids and site_is_there and is_bound(gateway, desired.url, marked[0].id)
    if not known.begun and not of_old:
        raise Refused(
            f"the directory has a group {nickname} that looks like ours, but nothing remembers making it; nobody was "
            "added to it",
            "where a run on another machine made it, go on there (runs resume); else delete it in Entra",
        )
    return marked[0]


def find_marked(gateway: Gateway, slug: str, found: Sequence[Group] | None = None) -> tuple[Group, ...]:
    """Groups of the trip's name that carry our mark. It may be copied: enough to take somebody out, not to let them
    in."""
    groups = gateway.graph.find_groups(make_nickname(slug)) if found is None else found
    return tuple(group for group in groups if group.description == make_description(slug))


def is_bound(gateway: Gateway, url: str, group_id: str) -> bool:
    members = gateway.sharepoint.get_associated_groups(url).visitors.members
    return any(member.directory_id == group_id for member in members)


def diff(desired: Desired, group: Group | None) -> tuple[Change, ...]:
    if group is not None:
        return ()
    name = make_nickname(desired.slug)
    fields, reason = (Field("group", None, name),), "the trip has no group yet"
    return (Change("create", "trip_group", name, fields, reason, Risk.ROUTINE, desired.slug),)


def diff_gone(desired: Desired, group: Group | None, *, bound: bool) -> tuple[Change, ...]:
    """For a trip that is closed: out of the site's Visitors, where it is `bound`, then out of the directory."""
    if group is None:
        return ()
    name, changes = make_nickname(desired.slug), []
    if bound:
        fields: tuple[Field, ...] = (Field("visitors_of", desired.url, None),)
        reason = "the trip is closed"
        changes.append(
            Change("remove", "trip_group", f"{name} in Visitors", fields, reason, Risk.REMOVES_ACCESS, desired.slug)
        )
    fields = (Field("group", name, None), Field("id", group.id, None))
    reason = "the trip is closed; reopening it makes the group again"
    changes.append(Change("remove", "trip_group", name, fields, reason, Risk.REMOVES_ACCESS, desired.slug))
    return tuple(changes)


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    return one_by_one(work, changes, _step)


def _step(work: Work, change: Change) -> Outcome:
    if change.verb == "create":
        return _create(work, change)
    return _unbind(work, change) if change.key.endswith(" in Visitors") else _delete(work, change)


def _create(work: Work, change: Change) -> Outcome:
    slug = work.desired.slug
    nickname = make_nickname(slug)
    try:
        group = work.gateway.graph.create_group(f"Trip {work.desired.trip.title}", nickname, make_description(slug))
    except OutcomeUnknown:
        for _ in work.tries():
            found = find_marked(work.gateway, slug)
            if len(found) == 1:
                _put_down(work, change, found[0].id)
                return done(change, "the answer was lost; found on reading back")
        raise
    if group.nickname.casefold() != nickname.casefold():
        return failed(change, "the directory answered with another group")
    _put_down(work, change, group.id)
    return done(change)


def _put_down(work: Work, change: Change, group_id: str) -> None:
    """In the run store at once: a group whose id nobody knows is not trusted."""
    work.known.group_id = group_id
    work.remember({change: f"{RECEIPT}{group_id}"})
    work.put_down(GROUP_PART, thing=group_id)


def _unbind(work: Work, change: Change) -> Outcome:
    sharepoint, url, group_id = work.gateway.sharepoint, work.desired.url, work.known.group_id
    group = sharepoint.get_associated_groups(url).visitors
    for member in group.members:
        if member.directory_id == group_id:
            sharepoint.remove_from_site_group(url, group.id, member.login)
    if is_bound(work.gateway, url, group_id):
        return unknown(change, "taken out, but SharePoint still shows the group among the Visitors")
    return done(change)


def _delete(work: Work, change: Change) -> Outcome:
    """Only while nobody is in it: whoever cannot be taken out is not forgotten with the group."""
    graph, group_id = work.gateway.graph, work.known.group_id
    if any(True for _ in graph.list_members(group_id)) or any(True for _ in graph.list_member_groups(group_id)):
        return failed(change, "somebody is still in it; run the command again")
    with suppress(NotFound):  # a run that was cut off deleted it
        graph.delete_group(group_id)
    for _ in work.tries():
        if all(group.id != group_id for group in graph.find_groups(make_nickname(work.desired.slug))):
            work.known.group_id = ""
            return done(change)
    return unknown(change, "deleted, but the directory still shows it; run the command again in a few minutes")
