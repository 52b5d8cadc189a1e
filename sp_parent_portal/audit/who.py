"""What one person can reach, over every site of the tenant."""

from __future__ import annotations

from collections.abc import Callable

from ..errors import GatewayError, PortalError
from ..microsoft365 import Gateway
from ..microsoft365.model import SiteRef
from .collect import SecurityGroups, collect_site, why
from .model import Snapshot, Unread
from .reach import SiteReach, who

OTHER_SITES = "(every other site)"

Progress = Callable[[int, str], None]


def audit_who(gateway: Gateway, email: str, progress: Progress | None = None) -> tuple[SiteReach, ...]:
    """Read every site and say which of them the person can reach. A site that could not be read is an UNKNOWN row, and
    so are the sites that a broken-off list of sites leaves out. `progress` is called before each site with how many
    were read and the site's address. Raises GatewayError where no site could be listed."""
    email = email.strip().lower()
    try:
        accounts = gateway.graph.find_users([email]).get(email, ())
    except GatewayError:
        accounts = None
    groups = SecurityGroups(gateway.graph)
    snapshots: list[Snapshot] = []
    sites, broken_off = _list_sites(gateway)
    for site in sites:
        if progress is not None:
            progress(len(snapshots), site.url)
        snapshots.append(_collect(gateway, site.url, site.title, groups))
    if broken_off:
        snapshots.append(Snapshot(OTHER_SITES, "", None, unread=(Unread("the list of sites", broken_off),)))
    return who(snapshots, email, accounts)


def _list_sites(gateway: Gateway) -> tuple[list[SiteRef], str]:
    """The sites, and why the list ended before its end ("" when it did not)."""
    sites: list[SiteRef] = []
    try:
        for site in gateway.graph.list_sites():
            sites.append(site)  # one by one: those before a failure are kept
    except GatewayError as error:
        if not sites:
            raise
        return sites, why(error)
    return sites, ""


def _collect(gateway: Gateway, url: str, title: str, groups: SecurityGroups) -> Snapshot:
    try:
        return collect_site(gateway, url, groups)
    except PortalError as error:
        reason = why(error) if isinstance(error, GatewayError) else error.message
        return Snapshot(url, title, None, unread=(Unread("the site", reason),))
