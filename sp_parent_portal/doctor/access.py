"""Does the tenant let everything be read that must be?"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import AccessDenied, GatewayError, SignInFailed, Unreachable
from .finding import Finding, failed, passed, unknown
from .readings import Reading, Readings
from .roles import AGAIN, CONSENT


def check_access(readings: Readings) -> Iterator[Finding]:
    """Whether Graph answers, then one finding for each thing that must be readable."""
    yield check_graph(readings)
    reads: tuple[tuple[str, str, Reading[object], str], ...] = (
        ("read-organization", "the organisation", readings.organization, "Organization.Read.All"),
        ("read-users", "the guests", readings.guests, "User.Read.All"),
        ("read-authorization-policy", "who may invite", readings.policy, "Policy.Read.All"),
        (
            "read-sharepoint-settings",
            "the tenant's sharing (Graph)",
            readings.graph_sharing,
            "SharePointTenantSettings.Read.All",
        ),
        (
            "read-admin-host",
            "the tenant's sharing (SharePoint administration)",
            readings.sharepoint_sharing,
            "SharePoint Sites.FullControl.All",
        ),
        ("read-sites", "the list of sites", readings.sites, "Sites.Read.All"),
    )
    for id, what, reading, permission in reads:
        yield check_read(id, what, reading, permission)


def check_graph(readings: Readings) -> Finding:
    """Reachable is a service that answers, be it with a refusal."""
    error = readings.organization.error
    if error is None or (isinstance(error, GatewayError) and error.status):
        return passed("graph-reachable", "Microsoft Graph answers")
    if isinstance(error, Unreachable):
        remedy = "Let this machine reach https://graph.microsoft.com and https://login.microsoftonline.com (port 443)."
        return failed("graph-reachable", error.message, remedy)
    return unknown("graph-reachable", readings.organization.why, "See the findings on settings and sign-in.")


def check_read(id: str, what: str, reading: Reading[object], permission: str) -> Finding:
    if reading.error is None:
        return passed(id, f"{what} can be read")
    if isinstance(reading.error, AccessDenied):
        return failed(id, f"the reader application may not read {what}", f"Give it {permission} {CONSENT}.")
    remedy = "See the finding on sign-in." if isinstance(reading.error, SignInFailed) else AGAIN
    return unknown(id, f"{what} could not be read: {reading.why}", remedy)
