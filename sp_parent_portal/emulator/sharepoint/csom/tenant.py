"""Tenant: the tenant's settings, and what is done to sites through it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import administration, archive, tenant_properties
from ..faults import bad_value
from ..reading import read_object
from ..site import Doc, Site, recorded
from . import content, sites
from .operations import begin, count_polls
from .things import CONSTRUCTORS, IDENTITIES, STORES, Thing, admin_identity, default_of, kind_of, method

if TYPE_CHECKING:
    from ...app import Emulator

# Recorded in the answer, but not in the metadata that the types are from.
LATER_TYPES = {
    "DisableListSync": "Boolean",
    "SyncAadB2BManagementPolicy": "Boolean",
    "UserVoiceForFeedbackEnabled": "Boolean",
}
TENANT = kind_of(
    tenant_properties.TYPE,
    tuple(recorded("tenant")),
    types={**recorded("property_types")["Tenant"], **LATER_TYPES},
)
DELETED = kind_of(f"{administration.NAMESPACE}.DeletedSiteProperties")
DELETED_ROWS = kind_of(
    f"{administration.NAMESPACE}.SPODeletedSitePropertiesEnumerable",
    ("NextStartIndex", "NextStartIndexFromSharePoint"),
    types={},
)
ROWS = kind_of(
    f"{administration.NAMESPACE}.SPOSitePropertiesEnumerable",
    ("NextStartIndex", "NextStartIndexFromSharePoint"),
    types={},
)


def show_tenant(emulator: Emulator) -> Thing:
    unset: Doc = {name: default_of(TENANT, name) for name in TENANT.types}
    doc = {**unset, **tenant_properties.load(emulator.state), "RootSiteUrl": f"https://{emulator.tenant.host}"}
    return Thing(TENANT, doc, admin_identity(emulator, "Tenant"))


@method(TENANT, "Update")
def update(emulator: Emulator, tenant: Thing, _: tuple[Any, ...]) -> None:
    _store(emulator, tenant)


def _store(emulator: Emulator, tenant: Thing) -> None:
    tenant_properties.change(emulator.state, tenant.set, known=tenant.doc)
    tenant.doc.update(tenant.set)
    tenant.set.clear()


CONSTRUCTORS["{268004ae-ef6b-4e9b-8425-127220d84719}"] = show_tenant
IDENTITIES["Tenant"] = lambda emulator, _: show_tenant(emulator)
STORES[TENANT.name] = _store


# ---- sites


@method(TENANT, "GetSitePropertiesByUrl")
def get_site_properties(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    """Each look brings a site that is being made one step further, as one at SPSiteManager does."""
    return sites.look_at(administration.get_site(emulator, _argument(given, 0, "url")))


@method(TENANT, "GetSiteByUrl")
def get_site(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    site = administration.get_site(emulator, _argument(given, 0, "url"))
    archive.check_reading(site)
    return content.show_site(site)


@method(TENANT, "GetSitePropertiesFromSharePointByFilters")
def list_sites(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    wanted = read_object(_argument(given, 0, "speFilter"), "speFilter")
    docs, cursor = administration.list_by_filter(emulator, wanted)
    members = [sites.show(emulator, doc) for doc in docs]
    return Thing(ROWS, {"NextStartIndex": -1, "NextStartIndexFromSharePoint": cursor}, members=lambda: members)


@method(TENANT, "CreateSite")
def create_site(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    site = administration.create_site(emulator, read_object(_argument(given, 0, "siteCreationProperties"), "Url"))
    polls = count_polls(emulator)
    operation = begin(emulator, "CreateSite", site.url, polls=polls)
    if not operation.doc["IsComplete"]:
        site.doc["_status_polls"] = polls
        site.store()
    return operation


@method(TENANT, "SetSiteAdmin")
def set_site_admin(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> None:
    site = administration.get_site(emulator, _argument(given, 0, "siteUrl"))
    administration.set_administrator(site, str(_argument(given, 1, "loginName")), bool(_argument(given, 2, "isAdmin")))


@method(TENANT, "RemoveSite")
def remove_site(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    site = administration.get_site(emulator, _argument(given, 0, "siteUrl"))
    administration.recycle_site(site)
    return begin(emulator, "RemoveSite", site.url, site.id)


# ---- Microsoft 365 Archive


@method(TENANT, "ArchiveSiteByUrl")
def archive_site(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    site = administration.get_site(emulator, _argument(given, 0, "siteUrl"))
    archive.check_archiving(site)
    return begin(emulator, "ArchiveSite", site.url, polls=archive.count_polls(emulator))


@method(TENANT, "UnarchiveSiteByUrl")
def reactivate_site(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    site = administration.get_site(emulator, _argument(given, 0, "siteUrl"))
    archive.check_reactivating(site)
    return begin(emulator, "UnarchiveSite", site.url, polls=archive.count_polls(emulator))


# ---- the recycle bin


@method(TENANT, "GetDeletedSitePropertiesFromSharePoint")
def list_deleted(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    docs, cursor = administration.list_deleted(emulator, given[0] if given else None)
    members = [_show_deleted(emulator, doc) for doc in docs]
    return Thing(DELETED_ROWS, {"NextStartIndex": -1, "NextStartIndexFromSharePoint": cursor}, members=lambda: members)


@method(TENANT, "GetDeletedSitePropertiesByUrl")
def get_deleted(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    return _show_deleted(emulator, administration.show_deleted(_deleted(emulator, given)))


@method(TENANT, "RestoreDeletedSite")
def restore_site(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    site = _deleted(emulator, given)
    administration.restore_site(site)
    return begin(emulator, "RestoreDeletedSite", site.url, site.id)


@method(TENANT, "RemoveDeletedSite")
def purge_site(emulator: Emulator, _: Thing, given: tuple[Any, ...]) -> Thing:
    site = _deleted(emulator, given)
    site.purge()
    return begin(emulator, "RemoveDeletedSite", site.url, site.id)


def _deleted(emulator: Emulator, given: tuple[Any, ...]) -> Site:
    return administration.get_deleted(emulator, _argument(given, 0, "siteUrl"))


def _show_deleted(emulator: Emulator, doc: Doc) -> Thing:
    return Thing(DELETED, doc, admin_identity(emulator, "DeletedSiteProperties", sites.encode_url(doc["Url"])))


def _argument(given: tuple[Any, ...], position: int, name: str) -> Any:
    """Raises Fault."""
    if position >= len(given) or given[position] is None:
        raise bad_value(f"Value cannot be null.\r\nParameter name: {name}")
    return given[position]
