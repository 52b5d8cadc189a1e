"""The tenant's SharePoint settings: what is recorded as default, under what has been set. The fact `tenant_properties`
is read and written by Microsoft Graph's sharepointSettings too."""

from __future__ import annotations

import json
from functools import lru_cache

from ..state import State
from .faults import bad_value, no_property, wrong_type
from .site import Doc, recorded

TYPE = "Microsoft.Online.SharePoint.TenantAdministration.Tenant"
FACT = "tenant_properties"
# Of newer builds than the recording's (its metadata has them).
LATER: Doc = {"EnableSiteArchive": False}
RANGES = {
    "SharingCapability": range(4),
    "CoreSharingCapability": range(4),
    "ODBSharingCapability": range(4),
    "SharingDomainRestrictionMode": range(3),
    "DefaultSharingLinkType": range(4),
    "DefaultLinkPermission": range(3),
}


def load(state: State) -> Doc:
    return dict(_read(state.get_fact_text(FACT) or "{}"))


@lru_cache(maxsize=16)
def _read(text: str) -> Doc:
    return {**recorded("tenant"), **LATER, **json.loads(text)}


def change(state: State, wanted: Doc, *, known: Doc | None = None) -> None:
    """Raises Fault for a property that a tenant does not have, or a value of another type. `known` are all properties
    with their present values, where a caller knows more of them than are recorded."""
    present = load(state) if known is None else known
    for name, value in wanted.items():
        if name not in present:
            raise no_property(name, TYPE)
        _check(name, present[name], value)
    state.set_fact(FACT, {**(state.get_fact(FACT) or {}), **wanted})


def _check(name: str, present: object, value: object) -> None:
    for kind, odata in ((bool, "Edm.Boolean"), (int, "Edm.Int32"), (str, "Edm.String")):
        if isinstance(present, kind):
            if type(value) is not kind and not (kind is str and value is None):
                raise wrong_type(odata)
            break
    if name in RANGES and value not in RANGES[name]:
        raise bad_value(f"The value of {name} is out of range.")
