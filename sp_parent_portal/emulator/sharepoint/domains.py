"""Which domains guests may come from: the tenant's and the site's own lists.

An address must pass both lists. With an allow list of the organization a site can only have an allow list, which must
be part of it; with a block list it can have either. Whoever is in the directory already is not refused when something
is shared with them, but does not get in. Source: Microsoft Learn, "Restrict sharing of SharePoint and OneDrive content
by domain", read 2026-08.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import tenant_properties
from .faults import bad_value
from .site import Doc, Site

if TYPE_CHECKING:
    from ..app import Emulator

NONE, ALLOW, BLOCK = 0, 1, 2


def admits(emulator: Emulator, site: Site, address: str) -> bool:
    """Whether the lists of the tenant and of the site let somebody with this address in."""
    return _passes(tenant_properties.load(emulator.state), address) and _passes(site.doc, address)


def _passes(settings: Doc, address: str) -> bool:
    domain = address.rpartition("@")[2].lower()
    mode = settings.get("SharingDomainRestrictionMode", NONE)
    if mode == ALLOW:
        return domain in _read(settings.get("SharingAllowedDomainList"))
    return mode != BLOCK or domain not in _read(settings.get("SharingBlockedDomainList"))


def _read(text: Any) -> set[str]:
    """Domains with blanks between them; there are no wildcards."""
    return {part.lower() for part in re.split(r"[\s,;]+", str(text or "")) if part}


def check_site(emulator: Emulator, wanted: Doc) -> None:
    """What a site is to have. Raises Fault where the tenant's list does not leave room for it (text assumed)."""
    properties = tenant_properties.load(emulator.state)
    if properties["SharingDomainRestrictionMode"] != ALLOW or wanted["SharingDomainRestrictionMode"] == NONE:
        return
    whole = _read(properties["SharingAllowedDomainList"])
    if wanted["SharingDomainRestrictionMode"] != ALLOW or not _read(wanted["SharingAllowedDomainList"]) <= whole:
        raise bad_value("The allowed domains of a site must be a subset of those of the organization.")
