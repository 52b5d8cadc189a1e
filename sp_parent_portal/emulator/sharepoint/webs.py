"""The root web of a site."""

from __future__ import annotations

from . import fields, groups, lists, permissions, users
from .answers import Entity, EntityType, Rows
from .site import Doc, Site, find_site_by_id, recorded

# Given only when named; the first value is what a new web has. Which of them a plain answer leaves out is assumed.
NAMED: Doc = {
    **recorded("web")["named"],
    "CommentsOnSitePagesDisabled": False,
    "MembersCanShare": True,
    "RequestAccessEmail": "",
    "UseAccessRequestDefault": False,
    "SearchBoxInNavBar": 0,
    "RegionalSettings": recorded("web")["RegionalSettings"],
    "ThemeInfo": None,
    "_theme": None,
    "_features": [],
    "_hub": "",
}
READ_ONLY = {
    "Id",
    "Url",
    "ServerRelativeUrl",
    "Created",
    "WebTemplate",
    "Configuration",
    "Language",
    "RegionalSettings",
}


def change_web(site: Site, wanted: Doc) -> None:
    """Raises Fault for a property that a web does not have."""
    writable = {name: value for name, value in site.web.items() if name not in READ_ONLY}
    lists.checked(writable, wanted, "SP.Web")
    site.put_web({**site.web, **wanted})
    if "Title" in wanted:
        site.doc["Title"] = wanted["Title"]
        site.store()


def is_provisioned(site: Site) -> bool:
    """Each look at it brings a new site one step further (fact `provisioning`, `complete_polls`); as long as the site
    is not ready, none finds it complete."""
    # A query may have looked at the site in another way since this one was found.
    now = find_site_by_id(site.emulator, site.id) or site
    left = now.doc.get("_complete_polls", 0)
    if left:
        now.doc["_complete_polls"] = left - 1
        now.store()
    return not left and not now.doc.get("_status_polls")


def _regional(_: Site, web: Doc) -> Entity:
    return Entity(REGIONAL, {**web["RegionalSettings"], "_path": "Web/RegionalSettings"})


TIME_ZONE = EntityType("SP.TimeZone")
REGIONAL = EntityType(
    "SP.RegionalSettings",
    plain=tuple(name for name in recorded("web")["RegionalSettings"] if name != "TimeZone"),
    expansions={
        "timezone": lambda _, doc: Entity(TIME_ZONE, {**doc["TimeZone"], "_path": "Web/RegionalSettings/TimeZone"})
    },
)
_VOLATILE = (
    "Created", "CurrentChangeToken", "CustomMasterUrl", "Description", "Id", "LastItemModifiedDate",
    "LastItemUserModifiedDate", "MasterUrl", "ResourcePath", "ServerRelativeUrl", "Title", "Url",
)  # fmt: skip
WEB = EntityType(
    "SP.Web",
    plain=(*recorded("web")["plain"], *_VOLATILE),
    expansions={
        "associatedownergroup": lambda site, _: Entity(groups.GROUP, groups.get_group(site, "owners", "associated")),
        "associatedmembergroup": lambda site, _: Entity(groups.GROUP, groups.get_group(site, "members", "associated")),
        "associatedvisitorgroup": lambda site, _: Entity(
            groups.GROUP, groups.get_group(site, "visitors", "associated")
        ),
        "sitegroups": lambda site, _: Rows(groups.GROUP, site.each("group")),
        "siteusers": lambda site, _: Rows(users.USER, site.each("user")),
        "lists": lambda site, _: Rows(lists.LIST, lists.all_lists(site)),
        "fields": lambda site, _: Rows(fields.FIELD, fields.list_fields(site, None)),
        "roleassignments": lambda site, _: Rows(permissions.ASSIGNMENT, permissions.list_assignments(site, "")),
        "roledefinitions": lambda site, _: Rows(permissions.ROLE, site.each("role")),
        "regionalsettings": _regional,
    },
    computed={
        "HasUniqueRoleAssignments": lambda _, __: True,
        "IsProvisioningComplete": lambda site, _: is_provisioned(site),
    },
)
SITE = EntityType("SP.Site")


def site_doc(site: Site) -> Doc:
    """What `_api/site` answers; `_site` holds what was set through CSOM."""
    return {
        **recorded("site"),
        "Id": site.id,
        "GroupId": site.doc["GroupId"],
        "HubSiteId": site.doc["HubSiteId"],
        "Url": site.url,
        "ServerRelativeUrl": site.path,
        "ReadOnly": site.doc["LockState"] == "ReadOnly",
        "WriteLocked": site.doc["LockState"] == "ReadOnly",
        **site.doc.get("_site", {}),
        "_path": "Site",
    }
