"""Can the application of each role sign in, and does it hold what it needs and nothing else? For `doctor` and for
`auth check`, so that the two never say different things."""

from __future__ import annotations

from collections.abc import Iterator

from ..contacts.sources import GraphSource
from ..errors import GatewayError, SignInFailed
from ..microsoft365 import Gateway
from ..microsoft365.call import GRAPH_HOST
from ..settings import ROLES, Settings
from ..trips import Portal
from .finding import Finding, failed, passed, unknown
from .permissions import EVERY_MAILBOX, Judged, judge, list_needs, read_granted
from .readings import NO_CONNECTION
from .tenant import accepted

AGAIN = "Run doctor again later; if it stays so, ask Microsoft's service health page."
README = 'README, "A first real tenant, step by step"'
CONSENT = "in Entra, App registrations, API permissions, as an application permission, and grant admin consent"
SERVICES = {"graph": "Microsoft Graph", "sharepoint": "SharePoint"}


def check_roles(settings: Settings | None, portal: Portal | None, gateway: Gateway | None) -> Iterator[Finding]:
    """Three findings for each role: its sign-in, what it lacks, what it has too much of."""
    for role in ROLES:
        yield from _check_role(settings, portal, gateway, role)


def hosts_of(gateway: Gateway, role: str) -> tuple[str, ...]:
    """The services that an application of this role asks."""
    if role == "inviter":
        return (GRAPH_HOST,)
    return (GRAPH_HOST, gateway.tenant_host, gateway.admin_host)


def _check_role(
    settings: Settings | None, portal: Portal | None, gateway: Gateway | None, role: str
) -> Iterator[Finding]:
    ids = (f"sign-in-{role}", f"permissions-{role}", f"excess-{role}")
    if settings is None or gateway is None:
        yield from (unknown(id, NO_CONNECTION, "See the finding on settings.") for id in ids)
        return
    granted: dict[str, frozenset[str] | None] = {}
    wrong: list[GatewayError] = []
    for host in hosts_of(gateway, role):
        try:
            granted[host] = read_granted(_token(gateway, host, role))
        except GatewayError as error:
            wrong.append(error)
    if wrong:
        yield _no_sign_in(ids[0], role, wrong[0])
        for id in ids[1:]:
            yield unknown(id, "without a sign-in nobody can tell", "See the finding on sign-in.")
        return
    yield passed(ids[0], f"the {role} application signs in to {', '.join(hosts_of(gateway, role))}")
    judged = _judge(settings, portal, role, granted)
    yield _check_missing(ids[1], role, judged)
    yield _check_excess(ids[2], settings, portal, role, judged)


def _token(gateway: Gateway, host: str, role: str) -> str:
    tokens = gateway.transport.tokens
    if tokens is None:
        raise SignInFailed("nobody signs the requests")
    return tokens.get(host, role)


def _no_sign_in(id: str, role: str, error: GatewayError) -> Finding:
    if isinstance(error, SignInFailed):
        return failed(id, error.message, error.hint or f"Register the {role} application: {README}.")
    return unknown(id, f"{type(error).__name__}: {error.message}", AGAIN)


def _judge(
    settings: Settings, portal: Portal | None, role: str, granted: dict[str, frozenset[str] | None]
) -> Judged | None:
    """None where a token does not say what it carries."""
    held: dict[str, frozenset[str]] = {}
    for host, names in granted.items():
        if names is None:
            return None
        api = "graph" if host == GRAPH_HOST else "sharepoint"
        held[api] = held.get(api, frozenset()) | names
    graph_contacts = None if portal is None else isinstance(portal.contacts.source, GraphSource)
    client = settings.credential(role).client_id
    together = [each for each in ROLES if settings.credential(each).client_id == client]
    return judge(
        list_needs([role], graph_contacts=graph_contacts), list_needs(together, graph_contacts=graph_contacts), held
    )


def _unreadable(id: str, role: str) -> Finding:
    return unknown(
        id,
        "the token does not say which permissions it carries",
        f"Compare the permissions of the {role} application in Entra with the table: {README}.",
    )


def _check_missing(id: str, role: str, judged: Judged | None) -> Finding:
    if judged is None:
        return _unreadable(id, role)
    left_out = "".join(f"; not {need.name}, so not {need.why}" for need in judged.left_out)
    if not judged.missing:
        return passed(id, f"the {role} application has every permission it needs{left_out}")
    said = "; ".join(f"{need.name} for {need.why}" for need in judged.missing)
    names_of_missing = ", ".join(need.name for need in judged.missing)
    return failed(id, f"the {role} application lacks {said}", f"Add {names_of_missing} {CONSENT}.")


def _check_excess(id: str, settings: Settings, portal: Portal | None, role: str, judged: Judged | None) -> Finding:
    if judged is None:
        return _unreadable(id, role)
    if not judged.excess:
        return passed(id, f"the {role} application has no permission that it does not need")
    said = ", ".join(f"{SERVICES[api]} {name}" for api, name in judged.excess)
    if settings.target == "emulator":
        return passed(id, "what the emulator's application may do besides is not judged: it opens nothing of anybody's")
    signed = accepted(portal, "more_permissions")
    if signed:
        return passed(id, f"the {role} application may do more than it needs ({said}); accepted by {signed}")
    mailboxes = any(api == "graph" and name in EVERY_MAILBOX for api, name in judged.excess)
    warning = (
        " Mail granted in Entra reaches every mailbox of the school; it is granted in Exchange, for one." * mailboxes
    )
    return failed(
        id,
        f"the {role} application may do more than it needs: {said}",
        f"Remove it in Entra, App registrations, API permissions, and revoke its consent.{warning} Or write under"
        ' [accept] in portal.toml more_permissions = "name, date".',
    )
