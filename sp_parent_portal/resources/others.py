"""Who from outside could reach a trip's site otherwise than through the trip group among its Visitors.

Colleagues may be given the site by hand; guests, everyone at once and other groups of guardians are never let in
unseen, and the trip's guardians are never let into more than Visitors are.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..microsoft365 import Gateway
from ..microsoft365.model import Access, Principal, SiteGroup
from ..plan.desired import Desired
from .trip_group import MARK


def why_others(gateway: Gateway, desired: Desired, access: Access, group_id: str) -> str:
    """Why somebody could, in words that name nobody; "" when nobody could. `group_id` is the trip group's."""
    groups, direct = access.groups, [grant.principal for grant in access.grants]
    ours = {groups.owners.id, groups.members.id, groups.visitors.id}
    if len(ours) < 3:
        return "two of owners, members and Visitors are one group"
    beside: list[SiteGroup] = []
    if any(each.kind == "site-group" and each.id not in ours for each in direct):
        named = {each.id for each in direct} - ours
        beside = [each for each in gateway.sharepoint.list_site_groups(desired.url) if each.id in named]
        if len(beside) < sum(each.kind == "site-group" and each.id in named for each in direct):
            return "nobody can say who is in a group that has been given the site"
    elsewhere = [*direct, *groups.owners.members, *groups.members.members, *(m for g in beside for m in g.members)]
    return _why_seen(elsewhere, groups.visitors.members, group_id) or _why_unseen(gateway, elsewhere)


def _why_seen(elsewhere: Iterable[Principal], visitors: Iterable[Principal], group_id: str) -> str:
    elsewhere, people = tuple(elsewhere), (*elsewhere, *visitors)
    if any(each.kind == "everyone" for each in people):
        return "everyone has been given the site"
    if any(each.is_guest for each in people):
        return "a guest has been given the site by hand"
    if any(each.kind == "security-group" and each.directory_id != group_id for each in visitors):
        return "another group than the trip's is among the Visitors"
    if any(each.directory_id == group_id for each in elsewhere):
        return "the trip group has been given more than its place among the Visitors"
    return ""


def _why_unseen(gateway: Gateway, elsewhere: Iterable[Principal]) -> str:
    """What only the directory tells, of the groups in it that have been given the site: whose they are, and their
    direct members."""
    ids = sorted({each.directory_id for each in elsewhere if each.directory_id})
    groups = [group for group in map(gateway.graph.find_group, ids) if group is not None]
    if not groups:
        return ""
    members = [each.get() for each in gateway.graph.list_members_each([group.id for group in groups]).values()]
    if any(each.description.startswith(MARK) for each in (*groups, *(group for m in members for group in m.groups))):
        return "the guardians of another trip have been given the site"
    if any(user.is_from_outside for each in members for user in each.users):
        return "a group with people from outside in it has been given the site"
    return ""
