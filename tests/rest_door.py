"""A site through plain REST: the door beside CSOM, by which tests compare what CSOM tells, and play the colleague who
changes something in the browser. The product itself needs none of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sp_parent_portal.errors import NotFound
from sp_parent_portal.microsoft365 import Gateway, site_rows
from sp_parent_portal.microsoft365.call import Call, literal
from sp_parent_portal.microsoft365.model import Access, ListAccess, NavNode, PermissionLevel, SiteList
from sp_parent_portal.microsoft365.sharepoint import LIST_FIELDS, POSTED, TENANT, WEB_FIELDS, WEB_PARTS, SharePoint

GRANTS = "RoleAssignments/Member,RoleAssignments/RoleDefinitionBindings"


def rest_door(gateway: Gateway) -> RestDoor:
    return RestDoor(gateway.transport, gateway.tenant_host, gateway.admin_host)


class RestDoor(SharePoint):
    # ---- reading

    def find_deleted_site(self, url: str) -> bool:
        """Whether the address is taken by a site in the recycle bin."""
        data = {"siteUrl": url.rstrip("/")}
        try:
            self._ask_admin(f"{TENANT}/GetDeletedSitePropertiesByUrl", data, "look into the recycle bin")
        except NotFound as error:
            if error.code:  # SharePoint's own word, not an address that nobody answers to
                return False
            raise
        return True

    def list_navigation(self, url: str) -> tuple[NavNode, ...]:
        """The nodes of the quick launch's first level."""
        operation = "list the navigation"
        rows = self._list(url, "web/navigation/quicklaunch", operation)
        return tuple(site_rows.make_node(row, operation) for row in rows)

    def list_permission_levels(self, url: str) -> tuple[PermissionLevel, ...]:
        operation = "list the permission levels"
        rows = self._list(url, "web/roledefinitions?$select=Id,Name,BasePermissions", operation)
        return tuple(site_rows.make_level(row, operation) for row in rows)

    def get_access(self, url: str) -> Access:
        """Everything that the site's own permissions say, and its settings."""
        operation = "read who may what on the site"
        fields = ",".join([*WEB_FIELDS, *site_rows.ASSOCIATED, "RoleAssignments", "RoleDefinitions"])
        groups = (f"{name}/Users" for name in site_rows.ASSOCIATED)
        expand = ",".join([*WEB_PARTS, *groups, GRANTS, "RoleDefinitions"])
        return site_rows.make_access(self._get(url, f"web?$select={fields}&$expand={expand}", operation), operation)

    def list_lists_with_access(self, url: str, titles: Sequence[str]) -> tuple[ListAccess, ...]:
        """The lists of these titles with the grants on each."""
        operation = "list the permissions of lists"
        named = "%20or%20".join(f"Title%20eq%20{literal(title)}" for title in titles)
        expand = f"RootFolder,{GRANTS}"
        path = f"web/lists?$select={LIST_FIELDS},RoleAssignments&$expand={expand}&$filter={named}"
        return tuple(site_rows.make_list_access(row, operation) for row in self._list(url, path, operation))

    # ---- writing

    def create_list(
        self, url: str, title: str, template: int, *, description: str = "", hidden: bool = False
    ) -> SiteList:
        data = {"Title": title, "Description": description, "BaseTemplate": template, "Hidden": hidden}
        made = self._post(url, "web/lists", data)
        return next(each for each in self.list_lists(url) if each.id == made["Id"].lower())

    def add_item(self, url: str, list_id: str, values: Mapping[str, str]) -> None:
        self._post(url, f"web/lists(guid'{list_id}')/items", values)

    def update_item(self, url: str, list_id: str, item_id: int, values: Mapping[str, str]) -> None:
        self._post(url, f"web/lists(guid'{list_id}')/items({item_id})", values, **{"X-HTTP-Method": "MERGE"})

    def add_navigation(self, url: str, title: str, target: str) -> None:
        self._post(url, "web/navigation/quicklaunch", {"Title": title, "Url": target, "IsExternal": True})

    def add_to_site_group(self, url: str, group_id: int, login: str) -> None:
        """NotFound where nobody has this login."""
        self._post(url, "web/ensureuser", {"logonName": login})
        self._post(url, f"web/sitegroups({group_id})/users", {"LoginName": login})

    def _post(self, url: str, path: str, data: Mapping[str, Any], **headers: str) -> Any:
        at = f"{url.rstrip('/')}/_api/{path}"
        told = {**POSTED, "If-Match": "*", **headers} if headers else POSTED
        return self._transport.json(Call("write by hand", "POST", at, role="provisioner", data=data, headers=told))
