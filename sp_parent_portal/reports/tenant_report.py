"""The tenant's sharing as it is and as the school wants it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..microsoft365.model import TenantSharing
from ..resources.tenant_sharing import Observed
from ..trips import TenantSection
from .report import Column, Report

_COLUMNS = (
    Column("setting", "setting"),
    Column("graph", "Microsoft Graph says"),
    Column("sharepoint", "SharePoint says"),
    Column("wanted", "portal.toml wants"),
)


def tenant_report(target: str, observed: Observed, wanted: TenantSection) -> Report:
    graph, sharepoint = _values(observed.graph), _values(observed.sharepoint)
    desired: dict[str, Any] = {"sharing": wanted.sharing.value, "guests_may_reshare": wanted.guests_may_reshare}
    rows = tuple(
        {
            "setting": name,
            "graph": _cell(graph[name]),
            "sharepoint": _cell(sharepoint[name]),
            "wanted": desired.get(name),
        }
        for name in graph
    )
    note = () if observed.agree else ("the two do not agree; the more closed one counts",)
    data = {
        "target": target,
        "agree": observed.agree,
        "level": observed.level.value,
        "graph": graph,
        "sharepoint": sharepoint,
        "wanted": desired,
    }
    return Report(target, f"The tenant's sharing is {observed.level.label!r}", data, _COLUMNS, rows, note)


def _values(sharing: TenantSharing) -> Mapping[str, Any]:
    return {
        "sharing": sharing.level.value,
        "guests_may_reshare": sharing.guests_may_reshare,
        "domain_mode": sharing.domain_mode,
        "allowed_domains": list(sharing.allowed_domains),
        "blocked_domains": list(sharing.blocked_domains),
    }


def _cell(value: Any) -> str | bool:
    return value if isinstance(value, str | bool) else ", ".join(value)
