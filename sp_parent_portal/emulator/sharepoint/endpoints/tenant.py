"""Tenant administration over REST, on the host contoso-admin: the tenant's settings and all sites' properties."""

from __future__ import annotations

from typing import Any

from .. import administration, archive, tenant_properties
from ..administration import NAMESPACE, get_site, get_site_by_id, shown
from ..answers import Empty, Entity, EntityType, Rows, Value
from ..reading import read_object
from ..routes import ADMIN, Answer, Call, endpoint
from ..site import Doc

TENANT = EntityType(tenant_properties.TYPE)
PROPERTIES = EntityType(administration.SITE_PROPERTIES)
DELETED = EntityType(f"{NAMESPACE}.DeletedSiteProperties")
OPERATION = EntityType(f"{NAMESPACE}.SpoOperation")


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


@endpoint("POST", "spo.tenant/getsitepropertiesbyurl", needs=ADMIN, service=True, reads=True)
@endpoint("GET", "spo.tenant/getsitepropertiesbyurl", needs=ADMIN, service=True)
def get_properties_by_url(call: Call) -> Answer:
    site = get_site(call.emulator, call.get("url"))
    properties = shown(site)
    archive.look(site)
    return Entity(PROPERTIES, properties)


@endpoint("POST", "spo.tenant/getsitepropertiesbysiteid", needs=ADMIN, service=True, reads=True)
def get_properties_by_id(call: Call) -> Answer:
    return Entity(PROPERTIES, shown(get_site_by_id(call.emulator, call.get("siteId"))))


@endpoint("GET", "spo.tenant/sites(*)", needs=ADMIN, service=True)
def get_properties(call: Call) -> Answer:
    return Entity(PROPERTIES, shown(get_site_by_id(call.emulator, call.key("sites")[0])))


@endpoint("MERGE", "spo.tenant/sites(*)", needs=ADMIN, service=True)
def change_site(call: Call) -> Answer:
    administration.change_site(get_site_by_id(call.emulator, call.key("sites")[0]), call.body)
    return Empty()


@endpoint("POST", "spo.tenant/sites(*)/update", needs=ADMIN, service=True)
def update_site(call: Call) -> Answer:
    administration.change_site(get_site_by_id(call.emulator, call.key("sites")[0]), call.body)
    return _done()


@endpoint("POST", "spo.tenant/getsitepropertiesfromsharepointbyfilters", needs=ADMIN, service=True, reads=True)
def list_by_filters(call: Call) -> Answer:
    wanted = read_object(call.find("speFilter") or {}, "speFilter")
    return _page(PROPERTIES, *administration.list_by_filter(call.emulator, wanted))


def _page(kind: EntityType, page: list[Doc], cursor: str | None) -> Answer:
    """The place of the next page is told in the answer of collections."""
    return Rows(kind, page, cut=True, beside={"NextStartIndex": -1, "NextStartIndexFromSharePoint": cursor})


@endpoint("POST", "spo.tenant/getsiteadministrators", needs=ADMIN, service=True, reads=True)
def list_administrators(call: Call) -> Answer:
    site = get_site_by_id(call.emulator, call.get("siteId"))
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


@endpoint(
    "POST",
    "spo.tenant/getdeletedsitepropertiesfromsharepoint",
    "spo.tenant/getdeletedsiteproperties",
    needs=ADMIN,
    service=True,
    reads=True,
)
def list_deleted(call: Call) -> Answer:
    return _page(DELETED, *administration.list_deleted(call.emulator, call.find("startIndex")))


@endpoint("POST", "spo.tenant/getdeletedsitepropertiesbyurl", needs=ADMIN, service=True, reads=True)
def get_deleted_by_url(call: Call) -> Answer:
    url = call.get("siteUrl" if call.find("siteUrl") else "url")
    return Entity(DELETED, administration.show_deleted(administration.get_deleted(call.emulator, url)))


@endpoint("POST", "spo.tenant/removesite", needs=ADMIN, service=True)
def remove_site(call: Call) -> Answer:
    administration.recycle_site(get_site(call.emulator, call.get("siteUrl")))
    return _done()


@endpoint("POST", "spo.tenant/restoredeletedsite", needs=ADMIN, service=True)
def restore_site(call: Call) -> Answer:
    administration.restore_site(administration.get_deleted(call.emulator, call.get("siteUrl")))
    return _done()


@endpoint("POST", "spo.tenant/removedeletedsite", needs=ADMIN, service=True)
def purge_site(call: Call) -> Answer:
    administration.get_deleted(call.emulator, call.get("siteUrl")).purge()
    return _done()


def _done() -> Answer:
    """Recorded: these operations are complete at once."""
    state: dict[str, Any] = {"HasTimedout": False, "IsComplete": True, "PollingInterval": 15000}
    return Entity(OPERATION, {**state, "_path": f"{NAMESPACE}.SpoOperation"})
