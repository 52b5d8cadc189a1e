"""SiteProperties: one site as tenant administration shows it, changed with SetProperty and Update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import administration, archive, birth
from ..site import Doc, Site, recorded
from .operations import begin, count_polls, decode_url, encode_url
from .things import IDENTITIES, Thing, admin_identity, kind_of, method

if TYPE_CHECKING:
    from ...app import Emulator

__all__ = ["PROPERTIES", "encode_url", "look_at", "show"]

# Of newer builds than the metadata's or the recording's.
LATER_TYPES = {"LoopOverrideSharingCapability": "Boolean", "LoopSharingCapability": "Int32"}
LATER: Doc = {"ArchiveStatus": "NotArchived", "BonusDiskQuota": 0}
PROPERTIES = kind_of(
    administration.SITE_PROPERTIES,
    tuple(sorted((*recorded("site_properties"), *LATER, "SiteId"), key=str.lower)),
    types={**recorded("property_types")["SiteProperties"], **LATER_TYPES},
)


def show(emulator: Emulator, doc: Doc) -> Thing:
    """A row of a collection: of a sparse one, SelectAllProperties gives what there is."""
    identity = admin_identity(emulator, "SiteProperties", encode_url(doc["Url"]))
    held = {name: value for name, value in {**LATER, **doc}.items() if not name.startswith("_")}
    kind = PROPERTIES
    if "Description" not in doc:
        held = {name: value for name, value in doc.items() if not name.startswith("_")}
        kind = kind_of(PROPERTIES.name, tuple(sorted(held, key=str.lower)), types=PROPERTIES.types)
    return Thing(kind, held, identity)


def look_at(site: Site) -> Thing:
    """One site; the first look after an Update finds it still updating, as recorded."""
    thing = show(site.emulator, administration.shown(site))
    thing.subject = site
    birth.advance(site)
    archive.look(site)
    if site.doc.get("_updating"):
        del site.doc["_updating"]
        site.store()
        thing.doc["Status"] = "Updating"
    return thing


def _recall(emulator: Emulator, parts: list[str]) -> Thing:
    site = administration.get_site(emulator, decode_url("".join(parts[:1])))
    return Thing(
        PROPERTIES,
        show(emulator, administration.shown(site)).doc,
        admin_identity(emulator, "SiteProperties", encode_url(site.url)),
        site,
    )


@method(PROPERTIES, "Update")
def update(emulator: Emulator, thing: Thing, _: tuple[Any, ...]) -> Thing:
    """Changing the lock takes its time; everything else is complete at once, as recorded."""
    site: Site = thing.subject
    locks = thing.set.get("LockState", site.doc["LockState"]) != site.doc["LockState"]
    administration.change_site(site, thing.set)
    site.doc["_updating"] = True
    site.store()
    thing.set.clear()
    if locks:
        return begin(emulator, "SetSiteLockState", site.url, polls=count_polls(emulator))
    return begin(emulator, "SetSite", site.url)


IDENTITIES["SiteProperties"] = _recall
