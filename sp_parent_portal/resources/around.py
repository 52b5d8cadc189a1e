"""What is asked of the tenant for all trips at once, before each of them is observed: their addresses, the owners of
those whose owner must be known, their groups, and who is in them.

Each answer belongs to one trip. Where a look-up fails, or the request that carried it, whoever needs it is told of that
and nobody else: UNKNOWN is never taken for absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..microsoft365 import Gateway
from ..microsoft365.model import Answer, DirectoryUser, Group, Members
from ..microsoft365.site_reading import Address
from ..plan.desired import Desired
from .trip_group import find_marked, make_nickname


@dataclass(frozen=True, slots=True)
class Around:
    """`addresses` by the sites' urls, `owners` by their addresses, `groups` by nickname, `members` by the group's id:
    of the groups that carry our mark, for there is no end of people in somebody else's."""

    addresses: Mapping[str, Answer[Address]]
    owners: Mapping[str, Answer[tuple[DirectoryUser, ...]]]
    groups: Mapping[str, Answer[tuple[Group, ...]]]
    members: Mapping[str, Answer[Members]]

    def get_address(self, desired: Desired) -> Address:
        """Raises GatewayError, as the others."""
        return self.addresses[desired.url].get()

    def find_owner(self, desired: Desired) -> tuple[DirectoryUser, ...]:
        """The accounts that have the owner's address. Known where there is no site yet, or it has another owner."""
        return self.owners[_owner(desired)].get()

    def find_groups(self, desired: Desired) -> tuple[Group, ...]:
        """The groups that bear the name of the trip's."""
        return self.groups[make_nickname(desired.slug)].get()

    def get_members(self, gateway: Gateway, group_id: str) -> Members:
        if group_id in self.members:
            return self.members[group_id].get()
        graph = gateway.graph  # somebody changed its description
        return Members(tuple(graph.list_members(group_id)), tuple(graph.list_member_groups(group_id)))


def observe_around(gateway: Gateway, trips: Iterable[Desired]) -> Around:
    """A handful of requests for twenty trips. Raises nothing of the gateway's."""
    trips = tuple(trips)
    addresses = gateway.sharepoint.find_addresses([each.url for each in trips])
    owners = sorted({_owner(each) for each in trips if _needs_owner(each, addresses[each.url])})
    groups = gateway.graph.find_groups_each([make_nickname(each.slug) for each in trips if not each.staff])
    marked = [
        group.id
        for each in trips
        if not each.staff
        for group in find_marked(gateway, each.slug, groups[make_nickname(each.slug)].value or ())
    ]
    return Around(addresses, gateway.graph.find_users_each(owners), groups, gateway.graph.list_members_each(marked))


def _owner(desired: Desired) -> str:
    return desired.trip.owner.lower()


def _needs_owner(desired: Desired, address: Answer[Address]) -> bool:
    """Nothing is asked about the owner of a site that has the right one."""
    if address.value is None:
        return False
    site = address.value.site
    return site is None or site.owner.lower() != _owner(desired)
