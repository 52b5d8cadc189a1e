"""Tenant administration over REST, on the host contoso-admin: the tenant's settings and all sites' properties."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from .. import lists, tenant_properties, webs
from ..answers import Empty, Entity, EntityType, Rows, Value
from ..faults import admin_denied, bad_value, no_deleted_site, no_site
from ..reading import read_flag, read_object, read_text
from ..routes import ADMIN, Answer, Call, endpoint
from ..rules import CAPABILITIES, effective_sharing
from ..site import Doc, Site, find_site, find_site_by_id, list_sites
from .sites import recycle

NAMESPACE = "Microsoft.Online.SharePoint.TenantAdministration"
TENANT = EntityType(tenant_properties.TYPE)
PROPERTIES = EntityType(f"{NAMESPACE}.SiteProperties")
DELETED = EntityType(f"{NAMESPACE}.DeletedSiteProperties")
OPERATION = EntityType(f"{NAMESPACE}.SpoOperation")
PAGE = 300
RECYCLE_DAYS = 93
LOCKS = ("Unlock", "ReadOnly", "NoAccess", "NoAdditions")
FILTER = re.compile(r"""\s*(\w+)\s+-?(eq|like)\s+['"]?(.*?)['"]?\s*""", re.IGNORECASE)
# A row without IncludeDetail: so few properties, and some of them empty whatever the site has (recorded through CSOM).
SPARSE = (
    "AllowDownloadingNonWebViewableFiles", "AllowEditing", "AllowSelfServiceUpgrade", "AverageResourceUsage",
    "CommentsOnSitePagesDisabled", "CompatibilityLevel", "ConditionalAccessPolicy", "CurrentResourceUsage",
    "DenyAddAndCustomizePages", "HasHolds", "LastContentModifiedDate", "Lcid", "LockIssue", "LockState",
    "RestrictedToRegion", "SharingAllowedDomainList", "SharingBlockedDomainList", "SharingCapability",
    "SharingDomainRestrictionMode", "ShowPeoplePickerSuggestionsForGuestUsers", "SiteId", "Status",
    "StorageMaximumLevel", "StorageQuotaType", "StorageUsage", "StorageWarningLevel", "Template", "TimeZoneId", "Title",
    "Url", "UserCodeMaximumLevel", "UserCodeWarningLevel", "_path",
)  # fmt: skip
EMPTY_WHEN_SPARSE: Doc = {
    "DisableAppViews": 0,
    "DisableCompanyWideSharingLinks": 0,
    "DisableFlows": 0,
    "Owner": "",
    "OwnerEmail": None,
    "PWAEnabled": 0,
    "SandboxedCodeActivationCapability": 0,
    "SiteDefinedSharingCapability": 0,
    "WebsCount": 0,
}
FIXED = {"SiteId", "Url", "Template", "CreatedTime", "Status", "SiteDefinedSharingCapability", "Lcid"}


@endpoint("GET", "spo.tenant", needs=ADMIN, service=True)
def get_tenant(call: Call) -> Answer:
    properties = tenant_properties.load(call.emulator.state)
    properties["RootSiteUrl"] = f"https://{call.emulator.tenant.host}"
    return Entity(TENANT, {**properties, "_path": tenant_properties.TYPE})


@endpoint("MERGE", "spo.tenant", needs=ADMIN, service=True)
def change_tenant(call: Call) -> Answer:
    tenant_properties.change(call.emulator.state, call.body)
    return Empty()


# ---- sites


def shown(site: Site) -> Doc:
    """SharingCapability is what is effective, SiteDefinedSharingCapability what was set."""
    return {
        **site.doc,
        "SharingCapability": effective_sharing(site.emulator, site),
        "Status": "Creating" if site.doc.get("_status_polls") else site.doc["Status"],
        "_path": f"{tenant_properties.TYPE}/sites('{site.id}')",
    }


def _get_by_url(call: Call, name: str) -> Site:
    url = str(call.get(name)).rstrip("/")
    site = find_site(call.emulator, url)
    if site is None:
        raise no_site(url)
    return site


def _get_by_id(call: Call, site_id: object) -> Site:
    """A site id that is not there looks like a refusal, as recorded."""
    site = find_site_by_id(call.emulator, str(site_id))
    if site is None:
        raise admin_denied()
    return site


@endpoint("POST", "spo.tenant/getsitepropertiesbyurl", needs=ADMIN, service=True, reads=True)
@endpoint("GET", "spo.tenant/getsitepropertiesbyurl", needs=ADMIN, service=True)
def get_site_by_url(call: Call) -> Answer:
    return Entity(PROPERTIES, shown(_get_by_url(call, "url")))


@endpoint("POST", "spo.tenant/getsitepropertiesbysiteid", needs=ADMIN, service=True, reads=True)
def get_site_by_id(call: Call) -> Answer:
    return Entity(PROPERTIES, shown(_get_by_id(call, call.get("siteId"))))


@endpoint("GET", "spo.tenant/sites(*)", needs=ADMIN, service=True)
def get_site(call: Call) -> Answer:
    return Entity(PROPERTIES, shown(_get_by_id(call, call.key("sites")[0])))


@endpoint("MERGE", "spo.tenant/sites(*)", needs=ADMIN, service=True)
def change_site(call: Call) -> Answer:
    _change(call, _get_by_id(call, call.key("sites")[0]))
    return Empty()


@endpoint("POST", "spo.tenant/sites(*)/update", needs=ADMIN, service=True)
def update_site(call: Call) -> Answer:
    _change(call, _get_by_id(call, call.key("sites")[0]))
    return _done()


def _change(call: Call, site: Site) -> None:
    """Raises Fault; sharing above the tenant's is refused (assumed: no recording of the refusal exists)."""
    wanted = dict(call.body)
    lists.checked({name: value for name, value in site.doc.items() if name not in FIXED}, wanted, PROPERTIES.name)
    if "LockState" in wanted and wanted["LockState"] not in LOCKS:
        raise bad_value(f"The lock state '{wanted['LockState']}' is not valid.")
    level = wanted.get("SharingCapability")
    if level is not None:
        _check_sharing(call, level)
        wanted["SiteDefinedSharingCapability"] = level
    site.doc.update(wanted)
    site.store()
    if "Title" in wanted:
        webs.change_web(site, {"Title": wanted["Title"]})


def _check_sharing(call: Call, level: object) -> None:
    properties = tenant_properties.load(call.emulator.state)
    if type(level) is not int or level not in CAPABILITIES:
        raise bad_value("The value of SharingCapability is out of range.")
    if CAPABILITIES[level] > CAPABILITIES[properties["SharingCapability"]]:
        raise bad_value("The sharing capability of a site cannot be more permissive than that of the organization.")


@endpoint("POST", "spo.tenant/getsitepropertiesfromsharepointbyfilters", needs=ADMIN, service=True, reads=True)
def list_by_filters(call: Call) -> Answer:
    wanted = read_object(call.find("speFilter") or {}, "speFilter")
    template = read_text(wanted, "Template").lower()
    sites = [shown(site) for site in list_sites(call.emulator)]
    if not read_flag(wanted, "IncludeDetail"):
        sites = [{**{name: doc[name] for name in SPARSE}, **EMPTY_WHEN_SPARSE} for doc in sites]
    if template:
        sites = [doc for doc in sites if doc["Template"].lower() == template]
    if wanted.get("Filter"):
        sites = _filter(sites, read_text(wanted, "Filter"))
    return _page(PROPERTIES, sites, wanted.get("StartIndex"))


def _filter(sites: list[Doc], text: str) -> list[Doc]:
    match = FILTER.fullmatch(text)
    if match is None:
        raise bad_value(f"Syntax error in the filter expression '{text}'.")
    name = next((key for key in sites[0] if key.lower() == match[1].lower()), None) if sites else None
    value = match[3].lower()
    if name is None:
        return []
    if match[2].lower() == "eq":
        return [doc for doc in sites if str(doc[name]).lower() == value]
    return [doc for doc in sites if value in str(doc[name]).lower()]


def _page(kind: EntityType, docs: list[Doc], start: object) -> Answer:
    """300 at a time; the place of the next page is told in the answer of collections, verbatim to be sent back."""
    text = str(start or "0")
    first = int(text.rpartition(",")[2]) if text.rpartition(",")[2].isdecimal() else 0
    page, following = docs[first : first + PAGE], first + PAGE
    cursor = f"SPSiteQuery,{following}" if following < len(docs) else None
    return Rows(kind, page, cut=True, beside={"NextStartIndex": -1, "NextStartIndexFromSharePoint": cursor})


@endpoint("POST", "spo.tenant/getsiteadministrators", needs=ADMIN, service=True, reads=True)
def list_administrators(call: Call) -> Answer:
    site = _get_by_id(call, call.get("siteId"))
    rows = [
        {
            "email": user["Email"],
            "loginName": user["LoginName"],
            "name": user["Title"],
            "userPrincipalName": user["UserPrincipalName"],
        }
        for user in site.each("user")
        if user["IsSiteAdmin"]
    ]
    return Value(rows, f"{NAMESPACE}.SiteAdministratorsInfo")


# ---- the recycle bin


def _get_deleted(call: Call, name: str) -> Site:
    url = str(call.get(name)).rstrip("/")
    site = find_site(call.emulator, url, deleted=True)
    if site is None:
        raise no_deleted_site(url)
    return site


def _deleted_doc(call: Call, site: Site) -> Doc:
    deleted_at = datetime.fromisoformat(site.doc["_deleted"])
    left = deleted_at + timedelta(days=RECYCLE_DAYS) - call.emulator.now()
    return {
        "ArchiveStatus": site.doc["ArchiveStatus"],
        "DaysRemaining": max(0, left.days),
        "DeletionTime": site.doc["_deleted"],
        "SiteId": site.id,
        "Status": "Recycled",
        "StorageMaximumLevel": site.doc["StorageMaximumLevel"],
        "Url": site.url,
        "UserCodeMaximumLevel": site.doc["UserCodeMaximumLevel"],
        "_path": f"{NAMESPACE}.DeletedSiteProperties('{site.id}')",
    }


@endpoint(
    "POST",
    "spo.tenant/getdeletedsitepropertiesfromsharepoint",
    "spo.tenant/getdeletedsiteproperties",
    needs=ADMIN,
    service=True,
    reads=True,
)
def list_deleted(call: Call) -> Answer:
    docs = [_deleted_doc(call, site) for site in list_sites(call.emulator, deleted=True)]
    return _page(DELETED, docs, call.find("startIndex"))


@endpoint("POST", "spo.tenant/getdeletedsitepropertiesbyurl", needs=ADMIN, service=True, reads=True)
def get_deleted_by_url(call: Call) -> Answer:
    return Entity(DELETED, _deleted_doc(call, _get_deleted(call, "siteUrl" if call.find("siteUrl") else "url")))


@endpoint("POST", "spo.tenant/removesite", needs=ADMIN, service=True)
def remove_site(call: Call) -> Answer:
    recycle(_get_by_url(call, "siteUrl"))
    return _done()


@endpoint("POST", "spo.tenant/restoredeletedsite", needs=ADMIN, service=True)
def restore_site(call: Call) -> Answer:
    site = _get_deleted(call, "siteUrl")
    site.deleted = False
    del site.doc["_deleted"]
    site.store()
    return _done()


@endpoint("POST", "spo.tenant/removedeletedsite", needs=ADMIN, service=True)
def purge_site(call: Call) -> Answer:
    _get_deleted(call, "siteUrl").purge()
    return _done()


def _done() -> Answer:
    """Recorded: these operations are complete at once."""
    state: dict[str, Any] = {"HasTimedout": False, "IsComplete": True, "PollingInterval": 15000}
    return Entity(OPERATION, {**state, "_path": f"{NAMESPACE}.SpoOperation"})
