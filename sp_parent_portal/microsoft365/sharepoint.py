"""SharePoint: tenant properties, sites, lists, groups, permissions, external users.

Here are the reads of REST, raw JSON through our transport. What is new on a site, and what must be read of it as a
whole, goes through CSOM (csom.py); what changes one thing at a time goes through Office365-REST-Python-Client, with a
fresh context for each call: one that failed keeps its queue, one shared between threads truncates reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import AccessDenied, BadAnswer, NotFound
from . import site_rows
from .answers import need
from .call import Call, literal, segment
from .model import (
    AssociatedGroups,
    ExternalUser,
    Grant,
    ListField,
    ListItem,
    ListShape,
    Principal,
    Site,
    SiteGroup,
    SiteList,
    TenantSharing,
    Web,
)
from .paging import list_rows
from .refusals import NO_SITE
from .sharepoint_writing import SharePointWriting
from .site_building import SiteBuilding
from .site_content import SiteContent
from .site_reading import SiteReading
from .tenant_operations import TenantOperations

PLAIN = {"Accept": "application/json;odata=nometadata"}
POSTED = {**PLAIN, "Content-Type": "application/json;odata=nometadata"}
TENANT = "Microsoft.Online.SharePoint.TenantAdministration.Tenant"
OFFICE365_TENANT = "Microsoft.Online.SharePoint.TenantManagement.Office365Tenant"
SHARING_FIELDS = (
    "SharingCapability,PreventExternalUsersFromResharing,SharingDomainRestrictionMode,"
    "SharingAllowedDomainList,SharingBlockedDomainList"
)
LIST_FIELDS = ",".join((*site_rows.LIST, "RootFolder/ServerRelativeUrl"))
WEB_FIELDS = (
    *site_rows.WEB,
    *site_rows.CHROME,
    *(f"RegionalSettings/{name}" for name in (*site_rows.REGIONAL, "TimeZone/Id")),
)
WEB_PARTS = ("RegionalSettings", "RegionalSettings/TimeZone")
EXTERNAL_USERS_PAGE = 50


class SharePoint(SiteContent, SiteBuilding, SiteReading, TenantOperations, SharePointWriting):
    """`url` is a site's absolute address, `list_id` a GUID. Every method raises GatewayError."""

    # -- tenant administration (host contoso-admin)

    def get_tenant_sharing(self) -> TenantSharing:
        operation = "read the tenant's sharing in SharePoint"
        row = self._get(f"https://{self._admin_host}", f"{TENANT}?$select={SHARING_FIELDS}", operation)
        return site_rows.make_tenant_sharing(row, operation)

    def find_site(self, url: str) -> Site | None:
        """None only where SharePoint says that there is no such site; every other refusal is raised.

        Of an archived site the details may be refused: then its own sharing reads as disabled and its owner as "".
        Whether they are is not known; PnP PowerShell asks without them before it brings a site back (read 2026-11)."""
        try:
            return self._read_site(url, details=True)
        except NotFound as error:
            if error.code.endswith(NO_SITE):
                return None
            raise
        except AccessDenied:
            site = self._read_site(url, details=False)
            if not site.is_archived:
                raise
            return site

    def _read_site(self, url: str, *, details: bool) -> Site:
        operation = "read the site's properties"
        data = {"url": url.rstrip("/"), "includeDetail": details}
        row = self._ask_admin(f"{TENANT}/GetSitePropertiesByUrl", data, operation)
        return site_rows.make_site_at(url, row, operation)

    def is_archive_enabled(self) -> bool:
        """Whether Microsoft 365 Archive is turned on for sites of the tenant."""
        operation = "read whether the tenant archives sites"
        row = self._get(f"https://{self._admin_host}", f"{TENANT}?$select=EnableSiteArchive", operation)
        return bool(need(row, "EnableSiteArchive", bool, operation))

    def list_external_users(self) -> Iterator[ExternalUser]:
        """Pages of 50 by position until the service says -1."""
        operation = "list the external users"
        position = 0
        while position != -1:
            data = {"position": position, "pageSize": EXTERNAL_USERS_PAGE, "sortOrder": 0}
            answer = self._ask_admin(f"{OFFICE365_TENANT}/GetExternalUsers", data, operation)
            for row in site_rows.rows(answer.get("ExternalUserCollection"), operation):
                yield site_rows.make_external_user(row, operation)
            following = need(answer, "UserCollectionPosition", int, operation)
            if following != -1 and following <= position:
                raise BadAnswer(f"{operation}: the next page is not behind this one; the list cannot be read whole")
            position = following

    # -- a site's birth

    def get_site_status(self, url: str) -> int:
        """SiteStatus, as `create_site`."""
        operation = "read the site's status"
        row = self._get(f"https://{self._host}", f"SPSiteManager/status?url={literal(url.rstrip('/'))}", operation)
        return int(need(row, "SiteStatus", int, operation))

    # -- content

    def get_web(self, url: str) -> Web:
        operation = "read the site's settings"
        path = f"web?$select={','.join(WEB_FIELDS)}&$expand={','.join(WEB_PARTS)}"
        return site_rows.make_web(self._get(url, path, operation), operation)

    def list_lists(self, url: str) -> tuple[SiteList, ...]:
        operation = "list the lists"
        path = f"web/lists?$select={LIST_FIELDS}&$expand=RootFolder"
        return tuple(site_rows.make_list(row, operation) for row in self._list(url, path, operation))

    def list_fields(self, url: str, list_id: str) -> tuple[ListField, ...]:
        operation = "list the columns"
        path = f"{_list_path(list_id)}/fields?$select={','.join(site_rows.FIELD)}"
        return tuple(site_rows.make_field(row, operation) for row in self._list(url, path, operation))

    def list_shapes(self, url: str) -> tuple[tuple[SiteList, ListShape], ...]:
        """Every list that is not hidden with its columns and views: in one request instead of two for each list."""
        operation = "list the columns and views"
        parts = [*(f"Fields/{name}" for name in site_rows.FIELD), *(f"Views/{name}" for name in site_rows.VIEW)]
        select = ",".join([LIST_FIELDS, *parts])
        path = f"web/lists?$select={select}&$expand=RootFolder,Fields,Views&$filter=Hidden%20eq%20false"
        return tuple(
            (site_rows.make_list(row, operation), site_rows.make_shape(row, operation))
            for row in self._list(url, path, operation)
        )

    def list_items(self, url: str, list_id: str) -> tuple[ListItem, ...]:
        operation = "list the items"
        path = f"{_list_path(list_id)}/items?$top=1000"
        return tuple(site_rows.make_item(row, operation) for row in self._list(url, path, operation))

    # -- who may

    def list_grants(self, url: str, list_id: str = "") -> tuple[Grant, ...]:
        """Role assignments of the web, or of one list."""
        operation = "list the permissions"
        path = f"{_list_path(list_id) if list_id else 'web'}/roleassignments?$expand=Member,RoleDefinitionBindings"
        return tuple(site_rows.make_grant(row, operation) for row in self._list(url, path, operation))

    def get_associated_groups(self, url: str) -> AssociatedGroups:
        operation = "read the site's own groups"
        groups = ",".join(site_rows.ASSOCIATED)
        expand = ",".join(f"{name}/Users" for name in site_rows.ASSOCIATED)
        return site_rows.make_groups(self._get(url, f"web?$select=Id,{groups}&$expand={expand}", operation), operation)

    def list_site_groups(self, url: str) -> tuple[SiteGroup, ...]:
        """Every SharePoint group of the site with its direct members."""
        operation = "list the site's groups"
        rows = self._list(url, "web/sitegroups?$expand=Users", operation)
        return tuple(site_rows.make_site_group(row, operation) for row in rows)

    def list_site_admins(self, url: str) -> tuple[Principal, ...]:
        operation = "list the site's administrators"
        rows = self._list(url, "web/siteusers?$filter=IsSiteAdmin%20eq%20true", operation)
        return tuple(site_rows.make_principal(row, operation) for row in rows)

    # -- asking

    def _get(self, url: str, path: str, operation: str) -> Any:
        return self._transport.json(Call(operation, "GET", f"{url.rstrip('/')}/_api/{path}", headers=PLAIN))

    def _list(self, url: str, path: str, operation: str) -> list[dict[str, Any]]:
        """Every row of a collection, all its pages."""
        return list(list_rows(self._transport, Call(operation, "GET", f"{url.rstrip('/')}/_api/{path}", headers=PLAIN)))

    def _ask_admin(self, path: str, data: Mapping[str, object], operation: str) -> Any:
        """A POST that changes nothing."""
        url = f"https://{self._admin_host}/_api/{path}"
        answer = self._transport.json(Call(operation, "POST", url, data=dict(data), headers=POSTED, reads=True))
        if not isinstance(answer, dict):
            raise BadAnswer(f"{operation}: the answer is not an object")
        return answer


def _list_path(list_id: str) -> str:
    return f"web/lists(guid'{segment(list_id)}')"
