"""What is changed in SharePoint one thing at a time: sites are made, handed over and opened, scripts run, and what is
there is put right; what is new on a site is made by site_building.py. The library puts these requests together; it is
imported inside the call."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import BadAnswer, NotFound
from ..sharing import Sharing
from . import site_rows
from .answers import need
from .model import ActionOutcome

if TYPE_CHECKING:
    from .client_library import LibraryCall
    from .transport import Transport

SCRIPT_SCHEMA = "https://developer.microsoft.com/json-schemas/sp/site-design-script-actions.schema.json"
FIELD_NAME_AS_GIVEN = 8  # AddFieldInternalNameHint: without it the internal name is made from the title


class SharePointWriting:
    """The half of SharePoint that writes."""

    def __init__(self, transport: Transport, host: str, admin_host: str) -> None:
        self._transport, self._host, self._admin_host = transport, host, admin_host

    def _call(self, url: str, operation: str, *, repeatable: bool | None = None) -> LibraryCall:
        from .client_library import LibraryCall

        return LibraryCall(self._transport, url.rstrip("/"), operation, repeatable=repeatable)

    # -- tenant administration (host contoso-admin)

    def set_site_sharing(self, url: str, level: Sharing, site_id: str = "") -> None:
        """With the links that people copy set to those who have access already, so that they never let anybody in, and
        without the bar that shows who has liked or seen a page. It may take effect a little later: read back. Who knows
        the site's id saves a request."""
        values = {
            "SharingCapability": level.spo,
            "DefaultLinkToExistingAccess": True,
            "SocialBarOnSitePagesDisabled": True,
        }
        self._set_site(url, "set the site's sharing", values, site_id)

    def set_site_owner(self, url: str, owner: str) -> None:
        """The site's first administrator, by sign-in name. It takes effect a little later: read back."""
        self._set_site(url, "change the site's owner", {"Owner": owner})

    def _set_site(self, url: str, operation: str, values: Mapping[str, str | int | bool], site_id: str = "") -> None:
        from office365.runtime.paths.service_operation import ServiceOperationPath
        from office365.sharepoint.tenant.administration.sites.properties import SiteProperties
        from office365.sharepoint.tenant.administration.tenant import Tenant

        call = self._call(f"https://{self._admin_host}", operation, repeatable=True)
        tenant = Tenant(call.context)
        if site_id:
            properties = SiteProperties(call.context, ServiceOperationPath("sites", [site_id], tenant.resource_path))
        else:
            properties = tenant.get_site_properties_by_url(url, True)
            call.run()
        for name, value in values.items():
            properties.set_property(name, value)
        properties.update()
        call.run()

    # -- a site's birth

    def create_site(
        self, url: str, title: str, owner: str, description: str, lcid: int, template: str = "STS#3"
    ) -> int:
        """`template`: STS#3 (team site without a group) or SITEPAGEPUBLISHING#0 (communication site). The answer is
        SharePoint's SiteStatus: 0 not found, 1 provisioning, 2 ready, 3 error, 4 address taken."""
        from office365.runtime.queries.service_operation import ServiceOperationQuery

        operation = "create the site"
        call = self._call(f"https://{self._host}", operation)
        request = {
            "__metadata": {"type": "Microsoft.SharePoint.Portal.SPSiteCreationRequest"},
            "Title": title,
            "Url": url,
            "Owner": owner,
            "Description": description,
            "Lcid": lcid,
            "WebTemplate": template,
            "ShareByEmailEnabled": False,
        }
        call.context.add_query(ServiceOperationQuery(call.context.site_manager, "Create", None, {"request": request}))
        return int(need(call.run(), "SiteStatus", int, operation))

    # -- content

    def set_title(self, url: str, title: str) -> None:
        """Of the site's web; its other settings are SiteWork's."""
        call = self._call(url, "change the site's title")
        call.context.web.update_properties(Title=title)
        call.run()

    def run_site_script(self, url: str, actions: Sequence[Mapping[str, object]]) -> tuple[ActionOutcome, ...]:
        """ExecuteTemplateScript. HTTP 200 proves nothing: read every row; an empty answer is BadAnswer."""
        from office365.runtime.queries.service_operation import ServiceOperationQuery
        from office365.sharepoint.sitescripts.utility import SiteScriptUtility

        operation = "run the site script"
        script = json.dumps({"$schema": SCRIPT_SCHEMA, "actions": list(actions)})
        call = self._call(url, operation)
        utility = SiteScriptUtility(call.context)
        query = ServiceOperationQuery(utility, "ExecuteTemplateScript", None, {"script": script}, is_static=True)
        call.context.add_query(query)
        rows = site_rows.rows(call.run(), operation)
        if not rows:
            raise BadAnswer(f"{operation}: the service carried out nothing and gave no reason")
        return tuple(site_rows.make_outcome(row, operation) for row in rows)

    def add_field(self, url: str, list_id: str, schema_xml: str) -> None:
        from office365.runtime.queries.service_operation import ServiceOperationQuery
        from office365.sharepoint.fields.xmlSchemaFieldCreationInformation import XmlSchemaFieldCreationInformation

        call = self._call(url, "add a column")
        fields = call.context.web.lists.get_by_id(list_id).fields
        data = {"parameters": XmlSchemaFieldCreationInformation(schema_xml, FIELD_NAME_AS_GIVEN)}
        call.context.add_query(ServiceOperationQuery(fields, "CreateFieldAsXml", None, data))
        call.run()

    def update_field(self, url: str, list_id: str, field_id: str, values: Mapping[str, str | bool]) -> None:
        """`values` by SharePoint's names: Title, Required, SchemaXml."""
        call = self._call(url, "change a column")
        self._merge(call, call.context.web.lists.get_by_id(list_id).fields.get_by_id(field_id), values)

    def create_view(
        self, url: str, list_id: str, title: str, fields: Sequence[str], values: Mapping[str, str | int | bool]
    ) -> None:
        """`values` by the names of ViewCreationInformation: Query, RowLimit, Paged, SetAsDefaultView."""
        from office365.runtime.queries.service_operation import ServiceOperationQuery

        call = self._call(url, "create a view")
        views = call.context.web.lists.get_by_id(list_id).views
        data = {
            "parameters": {
                "__metadata": {"type": "SP.ViewCreationInformation"},
                "Title": title,
                "ViewFields": {"results": list(fields)},
                **values,
            }
        }
        call.context.add_query(ServiceOperationQuery(views, "Add", None, data))
        call.run()

    def update_view(
        self,
        url: str,
        list_id: str,
        view_id: str,
        values: Mapping[str, str | int | bool],
        fields: Sequence[str] | None = None,
    ) -> None:
        """`values` by SharePoint's names: ViewQuery, RowLimit, Paged, DefaultView; `fields` take the place of those
        that the view shows."""
        from office365.runtime.queries.service_operation import ServiceOperationQuery

        call = self._call(url, "change a view")
        view = call.context.web.lists.get_by_id(list_id).views.get_by_id(view_id)
        if values:
            self._merge(call, view, values)
        if fields is not None:
            shown = view.view_fields
            call.context.add_query(ServiceOperationQuery(shown, "RemoveAllViewFields"))
            for name in fields:
                call.context.add_query(ServiceOperationQuery(shown, "AddViewField", None, {"strField": name}))
            call.run()

    def update_list(self, url: str, list_id: str, values: Mapping[str, str | bool]) -> None:
        """`values` by SharePoint's names: Title, Description."""
        call = self._call(url, "change a list")
        self._merge(call, call.context.web.lists.get_by_id(list_id), values)

    def update_navigation(self, url: str, node_id: int, title: str, target: str) -> None:
        call = self._call(url, "change a navigation link")
        node = call.context.web.navigation.quick_launch.get_by_id(node_id)
        self._merge(call, node, {"Title": title, "Url": target})

    def remove_navigation(self, url: str, node_id: int) -> None:
        """One that is not there is success."""
        call = self._call(url, "remove a navigation link")
        call.context.web.navigation.quick_launch.get_by_id(node_id).delete_object()
        _run_unless_missing(call)

    def _merge(self, call: LibraryCall, entity: Any, values: Mapping[str, str | int | bool]) -> None:
        from office365.runtime.queries.update_entity import UpdateEntityQuery

        for name, value in values.items():
            entity.set_property(name, value)
        call.context.add_query(UpdateEntityQuery(entity))
        call.run()

    def break_inheritance(self, url: str, list_id: str) -> None:
        """Own permissions for the list, none copied."""
        call = self._call(url, "give the list its own permissions", repeatable=True)
        call.context.web.lists.get_by_id(list_id).break_role_inheritance(False, True)
        call.run()

    # -- who may

    def add_grant(self, url: str, principal_id: int, level_id: int, list_id: str = "") -> None:
        call = self._call(url, "give a permission", repeatable=True)
        _securable(call, list_id).role_assignments.add_role_assignment(principal_id, level_id)
        call.run()

    def remove_grant(self, url: str, principal_id: int, level_id: int, list_id: str = "") -> None:
        """One that is not there is success."""
        call = self._call(url, "take a permission away", repeatable=True)
        _securable(call, list_id).role_assignments.remove_role_assignment(principal_id, level_id)
        _run_unless_missing(call)

    def remove_from_site_group(self, url: str, group_id: int, login: str) -> None:
        """One that is no member is success."""
        call = self._call(url, "remove from a site group", repeatable=True)
        call.context.web.site_groups.get_by_id(group_id).users.remove_by_login_name(login)
        _run_unless_missing(call)


def _securable(call: LibraryCall, list_id: str) -> Any:
    web = call.context.web
    return web.lists.get_by_id(list_id) if list_id else web


def _run_unless_missing(call: LibraryCall) -> None:
    try:
        call.run()
    except NotFound:
        return
