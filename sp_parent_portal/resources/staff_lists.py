"""Lists of a trip's site that only its staff see: permissions of their own, for the site's owners and members alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..microsoft365 import Gateway
from ..microsoft365.model import AssociatedGroups, Grant, ListAccess, SiteList
from ..plan.desired import Desired
from ..plan.model import Change, Field, Risk
from ..runs.model import Outcome
from .marker import is_admin
from .work import Work, done, failed

START = "permission of list "

Wrong = Mapping[str, str]  # by the list's title: why others than staff could see it


def titles(desired: Desired) -> list[str]:
    return [each.title for each in desired.content.lists if each.staff_only]


def observe(gateway: Gateway, desired: Desired, groups: AssociatedGroups) -> Wrong:
    """Nothing is asked where the template has no such list."""
    wanted = titles(desired)
    return judge(desired, gateway.sharepoint.list_lists_with_access(desired.url, wanted), groups) if wanted else {}


def judge(desired: Desired, lists: Sequence[ListAccess], groups: AssociatedGroups) -> Wrong:
    by_title = {each.list.title.casefold(): each for each in lists}
    return {title: _why_open(by_title.get(title.casefold()), groups) for title in titles(desired)}


def _why_open(found: ListAccess | None, groups: AssociatedGroups) -> str:
    if found is None:
        return "it is not there"
    if not found.list.unique_permissions:
        return "whoever can see the site"
    staff = {groups.owners.id, groups.members.id}
    others = [each for each in found.grants if not _is_staff(each, staff)]
    return f"{len(others)} others than the site's owners and members" if others else ""


def _is_staff(grant: Grant, staff: set[int]) -> bool:
    return grant.principal.id in staff or is_admin(grant)


def diff(desired: Desired, observed: Wrong | None) -> Iterator[Change]:
    """`observed` is None for a site that is not there yet."""
    for each in desired.content.lists:
        if not each.staff_only:
            continue
        seen = "" if observed is None else observed.get(each.title, "")
        if observed is None or seen:
            fields = (Field("seen by", seen or None, "owners and members"),)
            key = f"{desired.slug}: {START}{each.title}"
            reason = "only the site's staff may see it"
            yield Change("update", "site_content", key, fields, reason, Risk.REMOVES_ACCESS, desired.slug)


def apply(work: Work, change: Change) -> Outcome:
    """Own permissions, none copied; then those that owners and members have on the site itself."""
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    title = change.key.partition(START)[2]
    found = _find(work, title)
    if found is None:
        return failed(change, "the list is not there")
    access = sharepoint.get_access(url)
    staff = {access.groups.owners.id, access.groups.members.id}
    levels = {level.name: level.id for level in access.levels}
    if not found.unique_permissions:
        sharepoint.break_inheritance(url, found.id)
    for grant in sharepoint.list_grants(url, found.id):
        if not _is_staff(grant, staff):
            for name in grant.levels:
                sharepoint.remove_grant(url, grant.principal.id, levels[name], found.id)
    for grant in access.grants:
        if grant.principal.id in staff:
            for name in grant.levels:
                sharepoint.add_grant(url, grant.principal.id, levels[name], found.id)
    there = sharepoint.list_lists_with_access(url, [found.title])
    why = _why_open(next((each for each in there if each.list.id == found.id), None), access.groups)
    return failed(change, f"it is still seen by {why}") if why else done(change)


def _find(work: Work, title: str) -> SiteList | None:
    part = work.known.memory.get(f"list {title}")
    lists = work.known.lists or work.gateway.sharepoint.list_lists(work.desired.url)
    by_id = next((each for each in lists if part is not None and each.id == part.id), None)
    return by_id or next((each for each in lists if each.title.casefold() == title.casefold()), None)


def why_not_ready(desired: Desired, lists: Sequence[ListAccess], groups: AssociatedGroups) -> str:
    """Which of them others than staff could see, "" where none."""
    wrong = judge(desired, lists, groups)
    return next((f"the list {title}, for staff only, is seen by {why}" for title, why in wrong.items() if why), "")
