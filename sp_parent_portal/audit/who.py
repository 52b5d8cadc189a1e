"""What one person can reach, over every site of the tenant."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ..errors import GatewayError, PortalError
from ..microsoft365 import Gateway
from ..microsoft365.model import SiteRef
from .collect import SecurityGroups, collect_site, why
from .model import Snapshot, Unread
from .reach import SiteReach, who

OTHER_SITES = "(every other site)"

# How many of all sites have been read.
Progress = Callable[[int, int], None]

# Half of the requests that fill the largest published budget at a third of a second each; the gateway slows all of them
# down together when the service asks for it.
_AT_ONCE = 8


def audit_who(gateway: Gateway, email: str, progress: Progress | None = None) -> tuple[SiteReach, ...]:
    """Read every site and say which of them the person can reach. A site that could not be read is an UNKNOWN row, and
    so are the sites that a broken-off list of sites leaves out. `progress` is called, in this thread, with how many of
    all sites have been read. Raises GatewayError where no site could be listed."""
    email = email.strip().lower()
    try:
        accounts = gateway.graph.find_users([email]).get(email, ())
    except GatewayError:
        accounts = None
    groups = SecurityGroups(gateway.graph)
    sites, broken_off = _list_sites(gateway)
    rows: list[SiteReach] = []
    pool = ThreadPoolExecutor(_AT_ONCE, "audit")
    try:
        found = pool.map(lambda site: who([_collect(gateway, site, groups)], email, accounts), sites)
        for number, some in enumerate(found, start=1):
            rows.extend(some)
            if progress is not None:
                progress(number, len(sites))
    finally:
        # After an interrupt the sites that wait are not read any more.
        pool.shutdown(cancel_futures=True)
    if broken_off:
        rows.append(SiteReach(OTHER_SITES, "UNKNOWN", (("the list of sites", broken_off),)))
    return tuple(sorted(rows, key=lambda row: (row.site == OTHER_SITES, row.site, row.level == "UNKNOWN")))


def explain_nothing(gateway: Gateway, email: str) -> str:
    """Why a person reaches no site: a mistyped address must not read like a good answer. Raises GatewayError."""
    if gateway.graph.find_users([email]).get(email):
        return f"{email} has an account and can reach no site"
    return f"no account has the address {email}; is it the one that was invited?"


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


def _collect(gateway: Gateway, site: SiteRef, groups: SecurityGroups) -> Snapshot:
    try:
        return collect_site(gateway, site.url, groups)
    except PortalError as error:
        reason = why(error) if isinstance(error, GatewayError) else error.message
        return Snapshot(site.url, site.title, None, unread=(Unread("the site", reason),))
