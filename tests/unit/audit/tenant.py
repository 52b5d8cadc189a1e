"""A tenant in memory at the gateway's edge. `broken` names calls that fail: {"list_grants lake": AccessDenied("…")};
a listing named with "after 2 " in front fails after two rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sp_parent_portal.errors import GatewayError, NotFound
from sp_parent_portal.microsoft365 import Gateway
from sp_parent_portal.microsoft365.graph import Graph
from sp_parent_portal.microsoft365.model import (
    AuthorizationPolicy,
    DirectoryUser,
    ExternalUser,
    Grant,
    Group,
    Mail,
    Organization,
    Principal,
    Site,
    SiteGroup,
    SiteList,
    SiteRef,
    TenantSharing,
    Web,
)
from sp_parent_portal.microsoft365.sharepoint import SharePoint
from sp_parent_portal.microsoft365.transport import Tokens, Transport
from sp_parent_portal.sharing import Sharing

T = TypeVar("T")
RESTRICTED_GUEST = "2af84b1e-32c8-42b7-82bc-daa82404023b"
HOST = "https://contoso.sharepoint.com/sites/"


@dataclass
class FakeSite:
    sharing: Sharing = Sharing.EXISTING_GUESTS
    admins: tuple[Principal, ...] = ()
    groups: tuple[SiteGroup, ...] = ()
    grants: tuple[Grant, ...] = ()
    lists: Mapping[str, tuple[Grant, ...]] = field(default_factory=dict)


@dataclass
class Facts:
    sites: dict[str, FakeSite] = field(default_factory=dict)
    groups: dict[str, tuple[list[DirectoryUser], list[str]]] = field(default_factory=dict)
    users: list[DirectoryUser] = field(default_factory=list)
    external: list[ExternalUser] = field(default_factory=list)
    organization: Organization = field(default_factory=lambda: Organization("t", "School", (), 120, 50_000))
    policy: AuthorizationPolicy = field(default_factory=lambda: AuthorizationPolicy("everyone", RESTRICTED_GUEST))
    sharing: TenantSharing = field(default_factory=lambda: TenantSharing(Sharing.EXISTING_GUESTS, False))
    sharepoint_sharing: TenantSharing | None = None
    archive: bool = False
    broken: dict[str, GatewayError] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def call(self, name: str) -> None:
        self.calls.append(name)
        if name in self.broken:
            raise self.broken[name]

    def listing(self, name: str, rows: Sequence[T]) -> Iterator[T]:
        self.call(name)
        for number, row in enumerate(rows):
            if f"after {number} {name}" in self.broken:
                raise self.broken[f"after {number} {name}"]
            yield row
        if f"after {len(rows)} {name}" in self.broken:
            raise self.broken[f"after {len(rows)} {name}"]


class FakeGraph(Graph):
    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def list_members(self, group_id: str) -> Iterator[DirectoryUser]:
        self.facts.call(f"list_members {group_id}")
        if group_id not in self.facts.groups:
            raise NotFound("no such group")
        return self.facts.listing(f"members of {group_id}", self.facts.groups[group_id][0])

    def list_member_groups(self, group_id: str) -> Iterator[Group]:
        self.facts.call(f"list_member_groups {group_id}")
        if group_id not in self.facts.groups:
            raise NotFound("no such group")
        return iter([Group(each, f"Group {each}", each) for each in self.facts.groups[group_id][1]])

    def list_sites(self) -> Iterator[SiteRef]:
        return self.facts.listing("list_sites", [SiteRef(HOST + name, name) for name in self.facts.sites])

    def find_users(self, emails: Sequence[str]) -> dict[str, tuple[DirectoryUser, ...]]:
        self.facts.call("find_users")
        return {email: tuple(user for user in self.facts.users if email in user.addresses) for email in emails}

    def list_guests(self, *, sign_ins: bool = False) -> Iterator[DirectoryUser]:
        name = "list_guests with sign-ins" if sign_ins else "list_guests"
        return self.facts.listing(name, [user for user in self.facts.users if user.is_guest])

    def get_authorization_policy(self) -> AuthorizationPolicy:
        self.facts.call("get_authorization_policy")
        return self.facts.policy

    def get_tenant_sharing(self) -> TenantSharing:
        self.facts.call("get_tenant_sharing of graph")
        return self.facts.sharing

    def find_mails(self, mailbox: str, trip: str) -> Iterator[Mail]:
        return self.facts.listing("find_mails", [])

    def get_organization(self) -> Organization:
        self.facts.call("get_organization")
        return self.facts.organization


class FakeSharePoint(SharePoint):
    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def _site(self, call: str, url: str) -> FakeSite:
        name = url.rpartition("/")[2]
        self.facts.call(f"{call} {name}")
        if name not in self.facts.sites:
            raise NotFound("no such site")
        return self.facts.sites[name]

    def find_site(self, url: str) -> Site | None:
        name = url.rpartition("/")[2]
        self.facts.call(f"find_site {name}")
        if name not in self.facts.sites:
            return None
        sharing = self.facts.sites[name].sharing
        return Site(url, name, name.capitalize(), "j.okoro@school.example", "STS#3", sharing, sharing)

    def get_web(self, url: str) -> Web:
        self._site("get_web", url)
        return Web("Lake", "", False, True, "")

    def list_lists(self, url: str) -> tuple[SiteList, ...]:
        site = self._site("list_lists", url)
        own = [SiteList(name, name, f"/{name}", 101, False, unique_permissions=True) for name in site.lists]
        return (*own, SiteList("inherits", "Inherits", "/inherits", 101, False))

    def list_grants(self, url: str, list_id: str = "") -> tuple[Grant, ...]:
        site = self._site(f"list_grants {list_id}".strip(), url)
        return site.lists[list_id] if list_id else site.grants

    def list_site_groups(self, url: str) -> tuple[SiteGroup, ...]:
        return self._site("list_site_groups", url).groups

    def list_site_admins(self, url: str) -> tuple[Principal, ...]:
        return self._site("list_site_admins", url).admins

    def get_tenant_sharing(self) -> TenantSharing:
        self.facts.call("get_tenant_sharing of sharepoint")
        return self.facts.sharepoint_sharing or self.facts.sharing

    def is_archive_enabled(self) -> bool:
        self.facts.call("is_archive_enabled")
        return self.facts.archive

    def list_external_users(self) -> Iterator[ExternalUser]:
        return self.facts.listing("list_external_users", self.facts.external)


def fake_gateway(facts: Facts, tokens: Tokens | None = None) -> Gateway:
    """A gateway whose transport may ask no host at all."""
    return Gateway(
        target="emulator",
        tenant_host="contoso.sharepoint.com",
        admin_host="contoso-admin.sharepoint.com",
        mailbox="trips@school.example",
        graph=FakeGraph(facts),
        sharepoint=FakeSharePoint(facts),
        transport=Transport((), "test", tokens=tokens),
    )
