"""The site's Visitors group: what it may, and who is in it. Everything a guardian reaches goes through it."""

from __future__ import annotations

from dataclasses import dataclass

from ..microsoft365 import Gateway
from ..microsoft365.model import Principal


@dataclass(frozen=True, slots=True)
class Visitors:
    """`levels` are the names of its permission levels on the web, sorted; `members` its direct members."""

    id: int
    levels: tuple[str, ...]
    members: tuple[Principal, ...]

    def has_group(self, group_id: str) -> bool:
        return any(member.directory_id == group_id for member in self.members)


def observe(gateway: Gateway, url: str) -> Visitors:
    group = gateway.sharepoint.get_associated_groups(url).visitors
    grants = gateway.sharepoint.list_grants(url)
    levels = {name for grant in grants if grant.principal.id == group.id for name in grant.levels}
    return Visitors(group.id, tuple(sorted(levels)), group.members)
