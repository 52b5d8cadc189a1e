"""What lies in the site: settings, the permission level Parent read, lists, navigation and look; what of it is missing
or changed. site_filling.py and site_scripting.py carry it out.

A site script creates but does not converge: since October 2024 ExecuteTemplateScript refuses a list that exists and
skips its subactions. So lists that are missing are created by script, and lists that exist are compared column by
column and get what they lack through REST. Content that people added is never touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..microsoft365 import Gateway
from ..microsoft365.model import ListField, NavNode, PermissionLevel, SiteList, Web
from ..plan.desired import Desired
from ..plan.model import Change, Field, Risk
from ..template_model import WantedNavNode
from . import visitors
from .drift import Drift, Memory, Part, fingerprint, judge_part
from .visitors import Visitors

PARENT_READ = "Parent read"
# Read (High 176, Low 138612833, as recorded) without Browse User Information, bit 0x8000000 of Low
# (SP.PermissionKind): guardians must not see who the other guardians are.
PARENT_READ_HIGH, PARENT_READ_LOW = 176, 4395105


@dataclass(frozen=True, slots=True)
class Observed:
    """`fields` are by list id."""

    web: Web
    lists: tuple[SiteList, ...]
    fields: Mapping[str, tuple[ListField, ...]]
    navigation: tuple[NavNode, ...]
    levels: tuple[PermissionLevel, ...]
    visitors: Visitors

    def find_list(self, title: str) -> SiteList | None:
        return next((each for each in self.lists if each.title.casefold() == title.casefold()), None)


def observe(gateway: Gateway, desired: Desired, lists: tuple[SiteList, ...]) -> Observed:
    sharepoint, url = gateway.sharepoint, desired.url
    return Observed(
        web=sharepoint.get_web(url),
        lists=lists,
        fields=sharepoint.list_all_fields(url),
        navigation=sharepoint.list_navigation(url),
        levels=sharepoint.list_permission_levels(url),
        visitors=visitors.observe(gateway, url),
    )


# ---- parts ---------------------------------------------------------------------------------------------------------


def part_of(change: Change) -> str:
    """The part that a change is about, its key without the trip: `list Itinerary`, `settings` …"""
    return change.key.split(": ", 1)[1]


def list_parts(desired: Desired, observed: Observed | None, memory: Memory) -> tuple[Part, ...]:
    """Everything of this kind that the marker remembers. What access depends on is not among it: that is compared with
    what it must be, and nothing else."""
    return (
        _settings_part(desired, observed),
        *_list_parts(desired, observed),
        *_navigation_parts(desired, observed),
        *_look_part(desired, memory),
    )


def _settings_part(desired: Desired, observed: Observed | None) -> Part:
    wanted = fingerprint(wanted_settings(desired))
    return Part("settings", wanted, None if observed is None else fingerprint(settings_of(observed.web)))


def _list_parts(desired: Desired, observed: Observed | None) -> Iterator[Part]:
    for wanted in desired.content.lists:
        columns = {each.internal_name for each in wanted.fields}
        found = None if observed is None else observed.find_list(wanted.title)
        seen = None
        if observed is not None and found is not None:
            there = {each.internal_name for each in observed.fields[found.id]}
            seen = fingerprint([found.template, sorted(columns & there)])
        wish = fingerprint([wanted.template, sorted(columns)])
        yield Part(f"list {wanted.title}", wish, seen, found.id if found else "")


def _navigation_parts(desired: Desired, observed: Observed | None) -> Iterator[Part]:
    nodes = () if observed is None else observed.navigation
    there = {(each.title, same_url(each.url, desired)): str(each.id) for each in nodes}
    for wanted in desired.content.navigation:
        place = (wanted.title, same_url(wanted.url, desired))
        wish = fingerprint(place)
        yield Part(f"navigation {wanted.title}", wish, wish if place in there else None, there.get(place, ""))


def _look_part(desired: Desired, memory: Memory) -> Iterator[Part]:
    """Regional settings and theme cannot be compared with what is there: they count as being what they were made."""
    if desired.content.settings:
        remembered = memory.get("look")
        wish = fingerprint(desired.content.settings)
        yield Part("look", wish, remembered.seen if remembered else None)


# ---- diff ----------------------------------------------------------------------------------------------------------


def diff(desired: Desired, observed: Observed | None, memory: Memory) -> tuple[Change, ...]:
    """`observed` is None for a site that is not there yet: then all of it is to be made."""
    return (
        *_diff_settings(desired, observed),
        *_diff_permission_level(desired, observed),
        *_diff_lists(desired, observed),
        *_diff_navigation(desired, observed),
        *_diff_look(desired, memory),
    )


def _change(desired: Desired, verb: str, key: str, fields: tuple[Field, ...], reason: str) -> Change:
    return Change(verb, "site_content", f"{desired.slug}: {key}", fields, reason, Risk.ROUTINE, desired.slug)


def wanted_settings(desired: Desired) -> dict[str, bool | str]:
    return {
        "members_can_share": False,
        "comments_off": True,
        "access_requests_to": desired.trip.owner.lower(),
        "description": desired.content.description,
    }


def settings_of(web: Web) -> dict[str, bool | str]:
    return {
        "members_can_share": web.members_can_share,
        "comments_off": web.comments_off,
        "access_requests_to": web.access_requests_to.lower(),
        "description": web.description,
    }


def _diff_settings(desired: Desired, observed: Observed | None) -> Iterator[Change]:
    wanted = wanted_settings(desired)
    before: Mapping[str, bool | str | None] = dict.fromkeys(wanted) if observed is None else settings_of(observed.web)
    fields = tuple(Field(name, before[name], value) for name, value in wanted.items() if before[name] != value)
    if fields:
        yield _change(desired, "update", "settings", fields, "a trip's site is shared by us alone, and quiet")


def _diff_permission_level(desired: Desired, observed: Observed | None) -> Iterator[Change]:
    mask = f"{PARENT_READ_HIGH}/{PARENT_READ_LOW}"
    levels = {} if observed is None else {each.name: f"{each.high}/{each.low}" for each in observed.levels}
    if PARENT_READ not in levels:
        fields = (Field("mask", None, mask),)
        yield _change(
            desired, "create", f"permission level {PARENT_READ}", fields, "Read without seeing who else reads"
        )
    held_now = () if observed is None else observed.visitors.levels
    if held_now != (PARENT_READ,):
        fields = (Field("levels", ", ".join(held_now) or None, PARENT_READ),)
        yield _change(desired, "update", "permission of Visitors", fields, "guardians must not see each other")


def _diff_lists(desired: Desired, observed: Observed | None) -> Iterator[Change]:
    for wanted in desired.content.lists:
        found = None if observed is None else observed.find_list(wanted.title)
        if found is None or observed is None:
            columns = ", ".join(each.internal_name for each in wanted.fields)
            yield _change(
                desired, "create", f"list {wanted.title}", (Field("columns", None, columns),), "the template has it"
            )
            continue
        there = {each.internal_name for each in observed.fields[found.id]}
        missing = tuple(each for each in wanted.fields if each.internal_name not in there)
        if missing:
            fields = tuple(Field(each.internal_name, None, each.type) for each in missing)
            yield _change(desired, "update", f"list {wanted.title}", fields, "columns of the template are missing")


def _diff_navigation(desired: Desired, observed: Observed | None) -> Iterator[Change]:
    there = set() if observed is None else {(each.title, same_url(each.url, desired)) for each in observed.navigation}
    for wanted in desired.content.navigation:
        older = _older_links(desired, wanted, there)
        fields = [Field("replaces", title, None) for title in older]
        if (wanted.title, same_url(wanted.url, desired)) not in there:
            fields.append(Field("url", None, wanted.url))
        if fields:
            verb, why = ("update", "its inputs have changed") if older else ("create", "the template has it")
            yield _change(desired, verb, f"navigation {wanted.title}", tuple(fields), why)


def _older_links(desired: Desired, wanted: WantedNavNode, there: set[tuple[str, str]]) -> list[str]:
    """Titles of the links that earlier inputs made in the place of this one, such as last week's emergency number."""
    now = {(each.title, same_url(each.url, desired)) for each in desired.content.navigation}
    return [
        title
        for title, url in sorted(there - now)
        if (title.startswith(wanted.stem) if wanted.stem else title == wanted.title)
        and (wanted.url_varies or url == same_url(wanted.url, desired))
    ]


def same_url(url: str, desired: Desired) -> str:
    """One form for an address that SharePoint gives back absolute, server-relative or site-relative; "" for a heading,
    which SharePoint keeps under a host of its own (http://linkless.header/, as PnP Core sends it)."""
    if not url or url.startswith("http://linkless.header"):
        return ""
    host = desired.url.split("/sites/")[0]
    path = f"/sites/{desired.slug}"
    if url.startswith(("https://", "http://")):
        url = url.removeprefix(host)
    elif not url.startswith("/"):
        url = f"{path}/{url}"
    return url.rstrip("/").casefold()


def _diff_look(desired: Desired, memory: Memory) -> Iterator[Change]:
    for part in _look_part(desired, memory):
        if judge_part(part, memory) is not Drift.SAME:
            verbs = ", ".join(str(action["verb"]) for action in desired.content.settings)
            yield _change(
                desired, "update", "look", (Field("actions", None, verbs),), "the template's look is new here"
            )
