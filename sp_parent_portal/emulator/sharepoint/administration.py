"""Tenant administration for every entrance (REST, CSOM): all sites' properties, and the recycle bin of sites."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from . import archive, birth, domains, lists, tenant_properties, users, webs
from .faults import ARGUMENT, Fault, admin_denied, bad_value, no_deleted_site, no_site, unresolved
from .reading import read_flag, read_text
from .rules import CAPABILITIES, effective_sharing
from .site import Doc, Site, find_site, find_site_by_id, list_sites, recorded

if TYPE_CHECKING:
    from ..app import Emulator

NAMESPACE = "Microsoft.Online.SharePoint.TenantAdministration"
SITE_PROPERTIES = f"{NAMESPACE}.SiteProperties"
PAGE = 300
RECYCLE_DAYS = 93
LOCKS = ("Unlock", "ReadOnly", "NoAccess", "NoAdditions")
# The dash is needed: without it the service finds a syntax error (recorded).
FILTER = re.compile(r"""\s*(\w+)\s+-(eq|like)\s+['"]?(.*?)['"]?\s*""", re.IGNORECASE)
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
FIXED = {"ArchiveStatus", "SiteId", "Url", "Template", "CreatedTime", "Status", "SiteDefinedSharingCapability", "Lcid"}


def shown(site: Site) -> Doc:
    """SharingCapability is what is effective, SiteDefinedSharingCapability what was set."""
    return {
        **site.doc,
        "ArchiveStatus": archive.status_of(site),
        "SharingCapability": effective_sharing(site.emulator, site),
        "Status": "Creating" if site.doc.get("_status_polls") else site.doc["Status"],
        "_path": f"{tenant_properties.TYPE}/sites('{site.id}')",
    }


def get_site(emulator: Emulator, url: object) -> Site:
    """Raises Fault."""
    address = str(url).rstrip("/")
    site = find_site(emulator, address)
    if site is None:
        raise no_site(address)
    return site


def get_site_by_id(emulator: Emulator, site_id: object) -> Site:
    """A site id that is not there looks like a refusal, as recorded. Raises Fault."""
    site = find_site_by_id(emulator, str(site_id))
    if site is None:
        raise admin_denied()
    return site


def change_site(site: Site, wanted: Doc) -> None:
    """Raises Fault; sharing above the tenant's is refused (assumed: no recording of the refusal exists)."""
    archive.check_changing(site)
    wanted = dict(wanted)
    lists.checked({name: value for name, value in site.doc.items() if name not in FIXED}, wanted, SITE_PROPERTIES)
    if "LockState" in wanted and wanted["LockState"] not in LOCKS:
        raise bad_value(f"The lock state '{wanted['LockState']}' is not valid.")
    level = wanted.get("SharingCapability")
    if level is not None:
        _check_sharing(site.emulator, level)
        wanted["SiteDefinedSharingCapability"] = level
    if any(name.startswith("Sharing") and "Domain" in name for name in wanted):
        domains.check_site(site.emulator, {**site.doc, **wanted})
    if "Owner" in wanted:
        owner = users.add_owner(site, str(wanted["Owner"]))
        wanted.update(Owner=owner["UserPrincipalName"] or wanted["Owner"], OwnerEmail=owner["Email"])
    site.doc.update(wanted)
    site.store()
    if "Title" in wanted:
        webs.change_web(site, {"Title": wanted["Title"]})


def _check_sharing(emulator: Emulator, level: object) -> None:
    properties = tenant_properties.load(emulator.state)
    if type(level) is not int or level not in CAPABILITIES:
        raise bad_value("The value of SharingCapability is out of range.")
    if CAPABILITIES[level] > CAPABILITIES[properties["SharingCapability"]]:
        raise bad_value("The sharing capability of a site cannot be more permissive than that of the organization.")


def list_by_filter(emulator: Emulator, wanted: Doc) -> tuple[list[Doc], str | None]:
    """The page that an SPOSitePropertiesEnumerableFilter asks for, and the place of the next one. Raises Fault."""
    template, text = read_text(wanted, "Template").lower(), read_text(wanted, "Filter")
    test, sparse = _read_filter(text), not read_flag(wanted, "IncludeDetail")
    after = _read_place(wanted.get("StartIndex"))
    # Without a condition every row fits: those behind the page need not be read.
    sites = list_sites(emulator, after=after, limit=-1 if template or text else PAGE + 1)
    rows = ((site, _thinned(shown(site)) if sparse else shown(site)) for site in sites)
    return _cut_page(
        (site, doc) for site, doc in rows if (not template or doc["Template"].lower() == template) and test(doc)
    )


def _cut_page(rows: Iterable[tuple[Site, Doc]]) -> tuple[list[Doc], str | None]:
    """The page, and the place of the next one, to be sent back verbatim."""
    page = list(islice(rows, PAGE + 1))
    place = f"SPSiteQuery,{page[PAGE - 1][0].number}" if len(page) > PAGE else None
    return [doc for _, doc in page[:PAGE]], place


def _thinned(doc: Doc) -> Doc:
    return {**{name: doc[name] for name in SPARSE}, **EMPTY_WHEN_SPARSE}


def _read_filter(text: str) -> Callable[[Doc], bool]:
    if not text:
        return lambda _: True
    match = FILTER.fullmatch(text)
    if match is None:
        raise bad_value(f"Syntax error in the filter expression '{text}'.")
    name, exact, value = match[1].lower(), match[2].lower() == "eq", match[3].lower()
    spelled = next((key for key in recorded("site_properties") if key.lower() == name), match[1])

    def fits(doc: Doc) -> bool:
        if spelled not in doc:
            return False
        found = str(doc[spelled]).lower()
        return found == value if exact else value in found

    return fits


def _read_place(start: object) -> int:
    number = str(start or "0").rpartition(",")[2]
    return int(number) if number.isdecimal() else 0


def create_site(emulator: Emulator, wanted: Doc) -> Site:
    """A site as SiteCreationProperties describe it. Raises Fault."""
    url, owner = read_text(wanted, "Url").rstrip("/"), read_text(wanted, "Owner")
    template = read_text(wanted, "Template") or "STS#0"
    if not url.lower().startswith(f"https://{emulator.tenant.host}/"):
        raise bad_value(f"The managed path of the site {url} is not valid.")
    if birth.is_taken(emulator, url):
        raise Fault(400, -2147024809, ARGUMENT, f"A site already exists at url {url}.")
    if users.find_account(emulator.state, owner.rpartition("|")[2]) is None:
        raise unresolved(owner)
    site = birth.create_site(
        emulator, url, read_text(wanted, "Title"), owner, template, lcid=wanted.get("Lcid") or 1033
    )
    for name in ("StorageMaximumLevel", "StorageWarningLevel", "TimeZoneId"):
        if wanted.get(name):
            site.doc[name] = wanted[name]
    site.store()
    return site


def set_administrator(site: Site, login: str, is_admin: bool) -> None:
    """Raises Fault for a login that nobody has."""
    user = users.ensure_user(site, login)
    if isinstance(user, Fault):
        raise user
    users.set_user(site, {**user, "IsSiteAdmin": is_admin})


# ---- the recycle bin


def recycle_site(site: Site) -> None:
    """Raises Fault."""
    archive.check_deleting(site)
    site.deleted = True
    site.doc["_deleted"] = site.now()
    site.store()


def get_deleted(emulator: Emulator, url: object) -> Site:
    """Raises Fault."""
    address = str(url).rstrip("/")
    site = find_site(emulator, address, deleted=True)
    if site is None or is_over(site):
        raise no_deleted_site(address)
    return site


def is_over(site: Site) -> bool:
    """Whether the days that a deleted site can be brought back in are over."""
    return _left(site) < timedelta(0)


def _left(site: Site) -> timedelta:
    deleted_at = datetime.fromisoformat(site.doc["_deleted"])
    return deleted_at + timedelta(days=RECYCLE_DAYS) - site.emulator.now()


def show_deleted(site: Site) -> Doc:
    return {
        "ArchiveStatus": archive.status_of(site),
        "DaysRemaining": max(0, _left(site).days),
        "DeletionTime": site.doc["_deleted"],
        "SiteId": site.id,
        "Status": "Recycled",
        "StorageMaximumLevel": site.doc["StorageMaximumLevel"],
        "Url": site.url,
        "UserCodeMaximumLevel": site.doc["UserCodeMaximumLevel"],
        "_path": f"{NAMESPACE}.DeletedSiteProperties('{site.id}')",
    }


def list_deleted(emulator: Emulator, start: object) -> tuple[list[Doc], str | None]:
    """One page, and the place of the next one. Sites whose time in the recycle bin is over are not shown."""
    sites = list_sites(emulator, deleted=True, after=_read_place(start))
    return _cut_page((site, show_deleted(site)) for site in sites if not is_over(site))


def restore_site(site: Site) -> None:
    site.deleted = False
    del site.doc["_deleted"]
    site.store()
