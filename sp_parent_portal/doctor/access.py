"""Can each application sign in, and may it read what it must?"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import AccessDenied, GatewayError, SignInFailed, Unreachable
from ..microsoft365 import Gateway
from ..microsoft365.call import GRAPH_HOST
from ..settings import ROLES, Settings
from .finding import Finding, failed, passed, unknown
from .permissions import GRAPH, SHAREPOINT, Need, read_granted
from .readings import NO_CONNECTION, Reading, Readings

AGAIN = "Run doctor again later; if it stays so, ask Microsoft's service health page."
README = 'README, "A first real tenant, step by step"'
CONSENT = "in Entra, App registrations, API permissions, as an application permission, and grant admin consent"


def check_access(settings: Settings | None, gateway: Gateway | None, readings: Readings) -> Iterator[Finding]:
    """Sign-in and permissions of each role, then one finding for each thing that must be readable."""
    for role in ROLES:
        yield from _check_role(settings, gateway, role)
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


def _check_role(settings: Settings | None, gateway: Gateway | None, role: str) -> Iterator[Finding]:
    sign_in, permissions = f"sign-in-{role}", f"permissions-{role}"
    if settings is None or gateway is None:
        yield unknown(sign_in, NO_CONNECTION, "See the finding on settings.")
        yield unknown(permissions, NO_CONNECTION, "See the finding on settings.")
        return
    granted: dict[str, frozenset[str] | None] = {}
    wrong: list[GatewayError] = []
    for host in hosts_of(gateway, role):
        try:
            granted[host] = read_granted(_token(gateway, host, role))
        except GatewayError as error:
            wrong.append(error)
    if wrong:
        yield _no_sign_in(sign_in, role, wrong[0])
        yield unknown(permissions, "without a sign-in nobody can tell", "See the finding on sign-in.")
        return
    yield passed(sign_in, f"the {role} application signs in to {', '.join(hosts_of(gateway, role))}")
    yield _check_permissions(permissions, role, granted)


def hosts_of(gateway: Gateway, role: str) -> tuple[str, ...]:
    """The services that an application of this role asks."""
    if role == "inviter":
        return (GRAPH_HOST,)
    return (GRAPH_HOST, gateway.tenant_host, gateway.admin_host)


def _token(gateway: Gateway, host: str, role: str) -> str:
    tokens = gateway.transport.tokens
    if tokens is None:
        raise SignInFailed("nobody signs the requests")
    return tokens.get(host, role)


def _no_sign_in(id: str, role: str, error: GatewayError) -> Finding:
    if isinstance(error, SignInFailed):
        return failed(id, error.message, error.hint or f"Register the {role} application: {README}.")
    return unknown(id, f"{type(error).__name__}: {error.message}", AGAIN)


def _check_permissions(id: str, role: str, granted: dict[str, frozenset[str] | None]) -> Finding:
    missing: list[Need] = []
    for host, names in granted.items():
        if names is None:
            return unknown(
                id,
                "the token does not say which permissions it carries",
                f"Compare the permissions of the {role} application in Entra with the table: {README}.",
            )
        needs = GRAPH[role] if host == GRAPH_HOST else SHAREPOINT[role]
        missing.extend(need for need in needs if not need.is_met(names) and need not in missing)
    left_out = "".join(f"; not {need.name}, so not {need.why}" for need in missing if need.optional)
    missing = [need for need in missing if not need.optional]
    if not missing:
        return passed(id, f"the {role} application has every permission it needs{left_out}")
    said = "; ".join(f"{need.name} for {need.why}" for need in missing)
    names_of_missing = ", ".join(need.name for need in missing)
    return failed(id, f"the {role} application lacks {said}", f"Add {names_of_missing} {CONSENT}.")
