"""What lies in the site: settings, who may what, lists with their columns and views, navigation and look; what of it is
missing, newer in the template or changed by hand. site_filling.py carries it out.

What is missing is made; what exists is compared column by column and brought up. Content that people added is never
touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..microsoft365.model import NavNode, PermissionLevel, Web
from ..microsoft365.site_reading import WholeSite
from ..plan.desired import Desired
from ..plan.model import Change, Field, Held, Risk
from . import private_lists
from .drift import ByHand, Drift, Memory, Part, judge_part
from .site_things import (
    Lists,
    Thing,
    description_thing,
    gone_things,
    list_things,
    look_things,
    navigation_things,
)
from .visitors import Visitors, make_visitors

PARENT_READ = "Parent read"
# Read (High 176, Low 138612833, as recorded) without Browse User Information, bit 0x8000000 of Low
# (SP.PermissionKind): guardians must not see who the other guardians are.
PARENT_READ_HIGH, PARENT_READ_LOW = 176, 4395105
SETTINGS = "settings"
LEVEL = f"permission level {PARENT_READ}"
VISITORS = "permission of Visitors"
BINDING = "trip group in Visitors"
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Observed:
    web: Web
    lists: Lists
    navigation: tuple[NavNode, ...]
    levels: tuple[PermissionLevel, ...]
    visitors: Visitors
    private: private_lists.Wrong


def make_observed(desired: Desired, site: WholeSite, lists: Lists) -> Observed:
    """`site` was read with private_lists.titles()."""
    access = site.access
    return Observed(
        web=access.web,
        lists=lists,
        navigation=site.navigation,
        levels=access.levels,
        visitors=make_visitors(access.groups, access.grants),
        private=private_lists.judge(desired, site),
    )


# ---- parts ---------------------------------------------------------------------------------------------------------


def part_of(change: Change) -> str:
    """The part that a change is about, its key without the trip: `list Itinerary`, `settings` …"""
    return change.key.split(": ", 1)[1]


def list_parts(desired: Desired, observed: Observed | None, memory: Memory) -> tuple[Part, ...]:
    """Everything of this kind that the marker remembers. What access depends on is not among it: that is compared with
    what it must be, and with nothing else."""
    return tuple(thing.part for thing in list_things_of(desired, observed, memory))


def list_things_of(desired: Desired, observed: Observed | None, memory: Memory) -> tuple[Thing, ...]:
    lists = observed.lists if observed else None
    nodes = observed.navigation if observed else None
    web = observed.web if observed else None
    return (
        description_thing(desired, web),
        *(thing for thing, _ in look_things(desired, web, memory)),
        *list_things(desired, lists, memory),
        *navigation_things(desired, nodes, memory),
        *gone_things(desired, lists, nodes, memory),
    )


def list_written(
    desired: Desired, observed: Observed | None, memory: Memory, changes: Sequence[Change]
) -> dict[str, str]:
    """The verb of each part that the changes write: a new list is made with its columns, views and description."""
    verbs = {part_of(change): change.verb for change in changes}
    for thing in list_things_of(desired, observed, memory):
        if thing.within in verbs and verbs[thing.within] == "create":
            verbs[thing.key] = "create"
    return verbs


# ---- diff ----------------------------------------------------------------------------------------------------------


def diff(
    desired: Desired,
    observed: Observed | None,
    memory: Memory,
    by_hand: ByHand = ByHand.ASK,
    group_id: str = "",
) -> tuple[tuple[Change, ...], tuple[Held, ...]]:
    """`observed` is None for a site that is not there yet: then all of it is to be made. `group_id` is the trip
    group's, "" while there is none."""
    changes = [*diff_access(desired, observed, group_id)]
    held: list[Held] = []
    things = list_things_of(desired, observed, memory)
    coming = {thing.key for thing in things if thing.seen is None and judge_part(thing.part, memory) is Drift.MISSING}
    for thing in things:
        if thing.within in coming:
            continue
        one = _diff_gone(desired, thing, by_hand) if thing.gone else _diff_thing(desired, thing, memory, by_hand)
        if isinstance(one, Change):
            changes.append(one)
        elif one is not None:
            held.append(one)
    return tuple(changes), tuple(held)


def _change(desired: Desired, verb: str, key: str, fields: tuple[Field, ...], reason: str) -> Change:
    return Change(verb, "site_content", f"{desired.slug}: {key}", fields, reason, Risk.ROUTINE, desired.slug)


def _diff_thing(desired: Desired, thing: Thing, memory: Memory, by_hand: ByHand) -> Change | Held | None:
    drift = judge_part(thing.part, memory)
    known = thing.key in memory
    if drift is Drift.SAME:
        return None
    if by_hand is ByHand.ADOPT and drift is not Drift.NEWER and (known or drift is not Drift.MISSING):
        return _change(desired, "adopt", thing.key, _kept(thing), "somebody made it so; it stays")
    if drift is Drift.MISSING:
        why = "somebody deleted it" if known else "the template has it"
        return _change(desired, "create", thing.key, _made_of(desired, thing), why)
    why = _tell(drift, desired, known=known)
    if thing.stuck:
        return _hold(desired, thing, f"{thing.stuck}: it cannot be made what the template asks for", adopt_only=True)
    if thing.words and drift is not Drift.NEWER and by_hand is not ByHand.REPAIR:
        return _hold(desired, thing, why, adopt_only=False)
    return _change(desired, "update", thing.key, thing.fields, why)


def _tell(drift: Drift, desired: Desired, *, known: bool) -> str:
    if drift is Drift.NEWER:
        return f"newer in the template ({desired.content.version}), the trip's file or portal.toml"
    if not known:
        return "not as the template has it"
    return str(drift.value)


def _kept(thing: Thing) -> tuple[Field, ...]:
    """What is there stays, instead of what is wanted."""
    seen = thing.seen or {}
    return tuple(Field(n, value, seen.get(n)) for n, value in thing.wanted.items() if seen.get(n) != value)


def _made_of(desired: Desired, thing: Thing) -> tuple[Field, ...]:
    """A new list shows its columns, not its number."""
    for wanted in desired.content.lists:
        if thing.key == f"list {wanted.title}":
            return (Field("columns", None, ", ".join(each.internal_name for each in wanted.fields)),)
    return thing.fields


def _hold(desired: Desired, thing: Thing, why: str, *, adopt_only: bool) -> Held:
    repair = "" if adopt_only else ", or add --repair to have the template's in its place"
    return Held(desired.slug, thing.key, why, f"look at it; add --adopt to keep it as it is{repair}", thing.fields)


def _diff_gone(desired: Desired, thing: Thing, by_hand: ByHand) -> Change | Held:
    if thing.key.startswith("navigation "):
        fields = tuple(Field(name, value, None) for name, value in thing.wanted.items())
        return _change(desired, "remove", thing.key, fields, "the template or the trip's file has it no longer")
    if by_hand is ByHand.ADOPT:
        return _change(desired, "adopt", thing.key, (Field("managed", True, False),), "the template has it no longer")
    ask = "it is never deleted by itself: delete it in the site, or add --adopt to keep it"
    return Held(desired.slug, thing.key, "the template has it no longer, the site still does", ask)


# ---- what access depends on ------------------------------------------------------------------------------------------


def diff_access(desired: Desired, observed: Observed | None, group_id: str) -> Iterator[Change]:
    yield from _diff_settings(desired, observed)
    yield from private_lists.diff(desired, observed.private if observed else None)
    if not desired.staff:  # a staff site has no guardians
        yield from _diff_visitors(desired, observed)
        yield from _diff_binding(desired, observed, group_id)


def wanted_settings(desired: Desired) -> dict[str, bool | str]:
    return {
        "members_can_share": False,
        "comments_off": True,
        "access_requests_to": desired.trip.owner.lower(),
    }


def settings_of(web: Web) -> dict[str, bool | str]:
    return {
        "members_can_share": web.members_can_share,
        "comments_off": web.comments_off,
        "access_requests_to": web.access_requests_to.lower(),
    }


def _diff_settings(desired: Desired, observed: Observed | None) -> Iterator[Change]:
    wanted = wanted_settings(desired)
    before: Mapping[str, bool | str | None] = dict.fromkeys(wanted) if observed is None else settings_of(observed.web)
    fields = tuple(Field(name, before[name], value) for name, value in wanted.items() if before[name] != value)
    if fields:
        yield _change(desired, "update", SETTINGS, fields, "a trip's site is shared by us alone, and quiet")


def _diff_visitors(desired: Desired, observed: Observed | None) -> Iterator[Change]:
    levels = {} if observed is None else {each.name: f"{each.high}/{each.low}" for each in observed.levels}
    seen, wanted = levels.get(PARENT_READ), f"{PARENT_READ_HIGH}/{PARENT_READ_LOW}"
    if seen != wanted:
        fields, verb, reason = (Field("mask", seen, wanted),), "create", "Read without seeing who else reads"
        if seen:
            verb, reason = "update", "somebody changed what it allows: delete it in the site, it is made again"
        yield _change(desired, verb, LEVEL, fields, reason)
    held_now = None if observed is None else ", ".join(observed.visitors.levels) or NOTHING
    if held_now != PARENT_READ:
        fields = (Field("levels", held_now, PARENT_READ),)
        yield _change(desired, "update", VISITORS, fields, "guardians must not see each other")


def _diff_binding(desired: Desired, observed: Observed | None, group_id: str) -> Iterator[Change]:
    if observed is None or not group_id or not observed.visitors.has_group(group_id):
        fields, reason = (Field("visitors_of", None, desired.url),), "its members come to the site through it"
        key = f"{desired.slug}: {BINDING}"
        yield Change("update", "site_content", key, fields, reason, Risk.OPENS_ACCESS, desired.slug)
