"""Lists of a trip's site that not everybody sees who sees the site: the marker's, and those that a template declares to
be for staff only. Each has permissions of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..microsoft365.model import AssociatedGroups, Grant
from ..microsoft365.site_reading import WholeList, WholeSite
from ..microsoft365.site_work import NewList, Private
from ..plan.desired import Desired
from ..plan.model import Change, Field, Risk
from .marker import MARKER_LIST, MEMORY, MEMORY_XML
from .work import Work

MARKER_PART = "marker list"
START = "permission of list "
GENERIC_LIST = 100
NEW_MARKER_LIST = NewList(
    MARKER_LIST, GENERIC_LIST, "Kept by the school", (MEMORY_XML,), (), hidden=True, private=Private.OWNERS
)
NOT_THERE = "it is not there"
NO_MEMORY = f"it has no column {MEMORY}"

Wrong = Mapping[str, str]  # by the list's title: what is not as it must be, "" where nothing


def titles(desired: Desired) -> list[str]:
    return [MARKER_LIST, *(each.title for each in desired.content.lists if each.staff_only)]


def title_of(part: str) -> str:
    """Of the list that a change of a part is about, "" where it is about none of these."""
    if part == MARKER_PART:
        return MARKER_LIST
    return part.removeprefix(START) if part.startswith(START) else ""


def judge(desired: Desired, site: WholeSite) -> Wrong:
    """`site` was read with these lists."""
    found = {each.list.title.casefold(): each for each in site.lists}
    return {title: _why_wrong(title, found.get(title.casefold()), site.access.groups) for title in titles(desired)}


def _why_wrong(title: str, found: WholeList | None, groups: AssociatedGroups) -> str:
    if found is None:
        return NOT_THERE
    if not found.list.unique_permissions:
        return "whoever can see the site"
    others = [grant for grant in found.grants if not _is_kept(title, grant, groups)]
    if others:
        return f"others as well ({len(others)})"
    if title == MARKER_LIST and all(each.internal_name != MEMORY for each in found.shape.fields):
        return NO_MEMORY
    return ""


def _is_kept(title: str, grant: Grant, groups: AssociatedGroups) -> bool:
    kept = {groups.owners.id} if title == MARKER_LIST else {groups.owners.id, groups.members.id}
    return grant.principal.id in kept or _is_admin(grant)


def _is_admin(grant: Grant) -> bool:
    """Breaking inheritance as a person leaves that person with Full Control. No group is ever left with it, and no
    guest: guardians may be in the one and are the other."""
    principal = grant.principal
    return principal.kind == "user" and not principal.is_guest and set(grant.levels) <= {"Full Control"}


def diff(desired: Desired, observed: Wrong | None) -> Iterator[Change]:
    """`observed` is None for a site that is not there yet."""
    for title in titles(desired):
        seen = None if observed is None else observed[title]
        if seen == "":
            continue
        if title != MARKER_LIST:
            field, reason = Field("seen by", seen, "owners and members"), "only staff may see it"
            risk = Risk.ROUTINE if seen in (None, NOT_THERE) else Risk.REMOVES_ACCESS
            yield _change(desired, "update", f"{START}{title}", field, reason, risk)
        elif seen in (None, NOT_THERE):
            field, reason = Field("seen by", None, "owners"), "hidden; we note in it what we made"
            yield _change(desired, "create", MARKER_PART, field, reason, Risk.ROUTINE)
        elif seen == NO_MEMORY:
            field, reason = Field("column", None, MEMORY), "hidden; we note in it what we made"
            yield _change(desired, "update", MARKER_PART, field, reason, Risk.ROUTINE)
        else:
            field, reason = Field("seen by", seen, "owners"), "only owners may see what it remembers"
            yield _change(desired, "update", MARKER_PART, field, reason, Risk.REMOVES_ACCESS)


def _change(desired: Desired, verb: str, part: str, field: Field, reason: str, risk: Risk) -> Change:
    return Change(verb, "site_content", f"{desired.slug}: {part}", (field,), reason, risk, desired.slug)


def mend(work: Work, title: str) -> None:
    """A list that is there already: own permissions, none copied; then, of a list for staff, those that owners and
    members have on the site itself."""
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    site = sharepoint.read_site(url, [title])
    if not site.lists:
        return
    [found], access = site.lists, site.access
    levels = {level.name: level.id for level in access.levels}
    if not found.list.unique_permissions:
        sharepoint.break_inheritance(url, found.list.id)
    for grant in sharepoint.list_grants(url, found.list.id):
        if not _is_kept(title, grant, access.groups):
            for name in grant.levels:
                sharepoint.remove_grant(url, grant.principal.id, levels[name], found.list.id)
    if title == MARKER_LIST:
        if all(each.internal_name != MEMORY for each in found.shape.fields):
            sharepoint.add_field(url, found.list.id, MEMORY_XML)
        return
    staff = {access.groups.owners.id, access.groups.members.id}
    for grant in access.grants:
        if grant.principal.id in staff:
            for name in grant.levels:
                sharepoint.add_grant(url, grant.principal.id, levels[name], found.list.id)
