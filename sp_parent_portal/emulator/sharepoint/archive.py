"""Microsoft 365 Archive: whoever archives a site puts it out of everybody's reach until it is reactivated.

It is RecentlyArchived for seven days and comes back at once, FullyArchived after them, and then Reactivating for up to
a day (Microsoft Learn, "Archive states in Microsoft 365 Archive" and "Manage Microsoft 365 Archive", read 2026-11). The
fact `archive` says otherwise: `recent_days`, `operation_polls` (looks that find the operation unfinished) and
`reactivation_polls` (looks at the site's properties that find it Reactivating).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from . import tenant_properties
from .faults import Fault, bad_value, site_blocked

if TYPE_CHECKING:
    from ..app import Emulator
    from .site import Doc, Site

ACTIVE, RECENT, FULL, REACTIVATING = "NotArchived", "RecentlyArchived", "FullyArchived", "Reactivating"
SPO = "Microsoft.Online.SharePoint.Common.SpoException"
TEMPLATES = (
    "STS#0", "STS#1", "STS#2", "STS#3", "SITEPAGEPUBLISHING#0", "GROUP#0", "SPSNEWS#0", "SPSNHOME#0", "WIKI#0",
    "ENTERWIKI#0", "BDR#0", "OFFILE#0", "OFFILE#1",
)  # fmt: skip


def status_of(site: Site) -> str:
    """Its ArchiveStatus. A site is fully archived by time alone, so that is never written down."""
    status = str(site.doc["ArchiveStatus"])
    if status != RECENT:
        return status
    days = _weather(site.emulator, "recent_days", 7)
    recent = site.emulator.now() < datetime.fromisoformat(site.doc["_archived"]) + timedelta(days=days)
    return RECENT if recent else FULL


def look(site: Site) -> None:
    """One look at its properties, which brings a site that is reactivated one step further."""
    if status_of(site) != REACTIVATING:
        return
    left = site.doc["_reactivating"]
    if left > 1:
        site.doc["_reactivating"] = left - 1
        site.store()
    else:
        _activate(site)


def count_polls(emulator: Emulator) -> int:
    return _weather(emulator, "operation_polls", 0)


def check_archiving(site: Site) -> None:
    """Raises Fault where it cannot be archived."""
    if not tenant_properties.load(site.state)["EnableSiteArchive"]:
        raise _refusal("Microsoft 365 Archive is not enabled for this tenant.")
    if site.doc["IsHubSite"]:
        raise _refusal("A hub site cannot be archived. Unregister it as a hub site first.")
    if site.doc["Template"] not in TEMPLATES:
        raise _refusal(f"A site of the template {site.doc['Template']} cannot be archived.")
    if status_of(site) != ACTIVE:
        raise _refusal("The site is archived already.")


def archive(site: Site) -> None:
    site.doc.update(ArchiveStatus=RECENT, _archived=site.now())
    site.store()


def check_reactivating(site: Site) -> None:
    """Raises Fault where it cannot be reactivated."""
    if status_of(site) not in (RECENT, FULL):
        raise _refusal("The site is not archived.")


def reactivate(site: Site) -> None:
    looks = _weather(site.emulator, "reactivation_polls", 2) if status_of(site) == FULL else 0
    if looks:
        site.doc.update(ArchiveStatus=REACTIVATING, _reactivating=looks)
        site.store()
    else:
        _activate(site)


def check_reading(site: Site) -> None:
    """Of an archived site nothing is read. Raises Fault."""
    if status_of(site) != ACTIVE:
        raise site_blocked("Access")


def check_changing(site: Site) -> None:
    """Of an archived site nothing is changed. Raises Fault."""
    if status_of(site) != ACTIVE:
        raise _refusal("The site is archived. Reactivate it first.")


def check_deleting(site: Site) -> None:
    """Raises Fault for a site that is being reactivated."""
    if status_of(site) == REACTIVATING:
        raise bad_value("The site is being reactivated and cannot be deleted.")


def _activate(site: Site) -> None:
    site.doc["ArchiveStatus"] = ACTIVE
    for name in ("_archived", "_reactivating"):
        site.doc.pop(name, None)
    site.store()


def _weather(emulator: Emulator, name: str, otherwise: int) -> int:
    settings: Doc = emulator.state.get_fact("archive") or {}
    return int(settings.get(name, otherwise))


def _refusal(message: str) -> Fault:
    return Fault(400, -1, SPO, message)
