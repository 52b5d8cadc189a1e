"""The site's Visitors group: what it may, and who is in it. Everything a guardian reaches goes through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..microsoft365.model import AssociatedGroups, Grant, Principal


@dataclass(frozen=True, slots=True)
class Visitors:
    """`levels` are the names of its permission levels on the web, sorted; `members` its direct members."""

    id: int
    levels: tuple[str, ...]
    members: tuple[Principal, ...]

    def has_group(self, group_id: str) -> bool:
        return any(member.directory_id == group_id for member in self.members)


def why_more_than_ours(groups: AssociatedGroups, grants: Sequence[Grant], group_id: str) -> str:
    """Who from outside could reach the site otherwise than through the trip group, in words that name nobody; "" when
    nobody could. Colleagues may be given the site by hand; guests, everyone at once and another group of guardians are
    never let in unseen."""
    direct = [grant.principal for grant in grants]
    people = [*direct, *groups.owners.members, *groups.members.members, *groups.visitors.members]
    if any(each.kind == "everyone" for each in people):
        return "everyone has been given the site"
    if any(each.is_guest for each in people):
        return "a guest has been given the site by hand"
    if any(each.kind == "security-group" and each.directory_id != group_id for each in groups.visitors.members):
        return "another group than the trip's is among the Visitors"
    return ""


def make_visitors(groups: AssociatedGroups, grants: Sequence[Grant]) -> Visitors:
    group = groups.visitors
    levels = {name for grant in grants if grant.principal.id == group.id for name in grant.levels}
    return Visitors(group.id, tuple(sorted(levels)), group.members)
