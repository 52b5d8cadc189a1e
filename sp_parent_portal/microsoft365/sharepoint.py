"""SharePoint: tenant properties, sites, lists, groups, permissions, external users.

Reads are raw JSON through our transport; writes go through Office365-REST-Python-Client, imported inside the call.
A fresh context for each call: one that failed keeps its queue, one shared between threads truncates reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..sharing import Sharing
from .model import (
    ActionOutcome,
    AssociatedGroups,
    ExternalUser,
    Grant,
    ListField,
    ListItem,
    NavNode,
    PermissionLevel,
    Principal,
    Site,
    SiteGroup,
    SiteList,
    TenantSharing,
    Web,
)


class SharePoint:
    # -- tenant administration (host contoso-admin)
    def get_tenant_sharing(self) -> TenantSharing: ...
    def find_site(self, url: str) -> Site | None: ...
    def find_deleted_site(self, url: str) -> bool:
        """Whether the address is taken by a site in the recycle bin."""

    def set_site_sharing(self, url: str, level: Sharing) -> None: ...
    def set_site_lock(self, url: str, lock: str) -> None: ...
    def list_external_users(self) -> Iterator[ExternalUser]:
        """Pages of 50 by position until the service says -1."""

    # -- a site's birth
    def create_site(self, url: str, title: str, owner: str, description: str, lcid: int) -> int:
        """STS#3 (team site without a group). The answer is SharePoint's SiteStatus: 0 not found, 1 provisioning,
        2 ready, 3 error, 4 address taken."""

    def get_site_status(self, url: str) -> int: ...
    def is_provisioned(self, url: str) -> bool: ...

    # -- content
    def get_web(self, url: str) -> Web: ...
    def update_web(
        self,
        url: str,
        *,
        title: str | None = None,
        description: str | None = None,
        members_can_share: bool | None = None,
        comments_off: bool | None = None,
        access_requests_to: str | None = None,
    ) -> None: ...
    def run_site_script(self, url: str, actions: Sequence[Mapping[str, object]]) -> tuple[ActionOutcome, ...]:
        """ExecuteTemplateScript. HTTP 200 proves nothing: read every row; an empty answer is BadAnswer."""

    def list_lists(self, url: str) -> tuple[SiteList, ...]: ...
    def list_fields(self, url: str, list_id: str) -> tuple[ListField, ...]: ...
    def add_field(self, url: str, list_id: str, schema_xml: str) -> None: ...
    def create_list(self, url: str, title: str, template: int, *, description: str = "", hidden: bool = False) -> SiteList: ...
    def break_inheritance(self, url: str, list_id: str) -> None:
        """Own permissions for the list, none copied."""

    def list_items(self, url: str, list_id: str) -> tuple[ListItem, ...]: ...
    def add_item(self, url: str, list_id: str, values: Mapping[str, str]) -> None: ...
    def update_item(self, url: str, list_id: str, item_id: int, values: Mapping[str, str]) -> None: ...
    def list_navigation(self, url: str) -> tuple[NavNode, ...]: ...
    def add_navigation(self, url: str, title: str, target: str) -> None: ...

    # -- who may
    def list_permission_levels(self, url: str) -> tuple[PermissionLevel, ...]: ...
    def create_permission_level(self, url: str, name: str, description: str, high: int, low: int) -> PermissionLevel: ...
    def list_grants(self, url: str, list_id: str = "") -> tuple[Grant, ...]:
        """Role assignments of the web, or of one list."""

    def add_grant(self, url: str, principal_id: int, level_id: int, list_id: str = "") -> None: ...
    def remove_grant(self, url: str, principal_id: int, level_id: int, list_id: str = "") -> None: ...
    def get_associated_groups(self, url: str) -> AssociatedGroups: ...
    def list_site_groups(self, url: str) -> tuple[SiteGroup, ...]:
        """Every SharePoint group of the site with its direct members."""

    def list_site_admins(self, url: str) -> tuple[Principal, ...]: ...
    def add_to_site_group(self, url: str, group_id: int, login: str) -> None:
        """EnsureUser, then add. NotFound while a group that was just made does not resolve yet: the caller waits."""

    def remove_from_site_group(self, url: str, group_id: int, login: str) -> None: ...
