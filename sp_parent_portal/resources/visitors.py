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


def make_visitors(groups: AssociatedGroups, grants: Sequence[Grant]) -> Visitors:
    group = groups.visitors
    levels = {name for grant in grants if grant.principal.id == group.id for name in grant.levels}
    return Visitors(group.id, tuple(sorted(levels)), group.members)
