"""Is the tenant as the trips need it, and no more open than the school knows?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

from ..errors import AccessDenied, NotFound
from ..resources.site_archive import WHERE
from ..settings import Settings
from ..trips import Portal
from .finding import Finding, failed, passed, unknown
from .readings import Reading, Readings

T = TypeVar("T")

# Entra's built-in role for guests who see nothing but their own account (Microsoft Learn, "Restrict guest access
# permissions", read 2026-08).
RESTRICTED_GUEST = "2af84b1e-32c8-42b7-82bc-daa82404023b"

# Whom authorizationPolicy lets invite; an application by itself is none of these people unless everybody is meant.
APPLICATION_MAY_INVITE = frozenset({"everyone", "adminsGuestInvitersAndAllMembers"})
APPLICATION_MAY_NOT = frozenset({"none", "adminsAndGuestInviters"})

_FULL = 0.9  # of the directory's quota: a large trip's guests must still fit

SIGNED = re.compile(r"\s*\S[^,]*,\s*\d{4}-\d{2}-\d{2}\s*\Z")


def check_tenant(settings: Settings | None, portal: Portal | None, readings: Readings) -> Iterator[Finding]:
    yield check_tenant_id(settings, readings)
    yield check_sharing(portal, readings)
    yield check_agreement(readings)
    if portal is not None and portal.sites.when_closed == "archived":
        yield check_archive(readings)
    yield check_invitations(settings, readings)
    yield check_guest_role(portal, readings)
    yield check_verified_domains(portal, readings)
    yield check_mailbox(settings, readings.mailbox)
    yield check_quota(readings)
    yield check_budget(portal, readings)


def accepted(portal: Portal | None, risk: str) -> str:
    """Who has taken on the risk, and when; "" where nobody has, or it is not said who and when."""
    signed = portal.accept.get(risk, "") if portal else ""
    return signed.strip() if isinstance(signed, str) and SIGNED.match(signed) else ""


def _unread(id: str, reading: Reading[T]) -> Finding:
    return unknown(id, f"could not be read: {reading.why}", "See the findings that begin with read- and sign-in-.")


def check_tenant_id(settings: Settings | None, readings: Readings) -> Finding:
    id = "tenant-id"
    if settings is not None and settings.target == "emulator":
        return passed(id, "the emulator plays the tenant")
    if settings is None or readings.organization.value is None:
        return _unread(id, readings.organization)
    if readings.organization.value.id == settings.tenant_id.lower():
        return passed(id, f"this is {readings.organization.value.name}")
    return failed(id, "another tenant than SPP_TENANT_ID answers", "Correct SPP_TENANT_ID or SPP_TENANT.")


def check_sharing(portal: Portal | None, readings: Readings) -> Finding:
    id = "tenant-sharing"
    sharing = readings.sharepoint_sharing.value or readings.graph_sharing.value
    if sharing is None:
        return _unread(id, readings.sharepoint_sharing)
    if portal is None:
        return unknown(id, f'the tenant is at "{sharing.level.label}"', "See the finding on portal.")
    wanted = portal.tenant.sharing
    if sharing.level < wanted:
        return failed(
            id,
            f'the tenant is at "{sharing.level.label}", the school wants "{wanted.label}"',
            "Run `tenant plan`, then `tenant apply --allow tenant-wide`, or ask the SharePoint administrator.",
        )
    more = f', more open than the school\'s "{wanted.label}": see `tenant plan`' if sharing.level > wanted else ""
    return passed(id, f'the tenant is at "{sharing.level.label}"{more}')


def check_agreement(readings: Readings) -> Finding:
    id = "sharing-agreement"
    graph, sharepoint = readings.graph_sharing, readings.sharepoint_sharing
    if graph.value is None or sharepoint.value is None:
        return _unread(id, graph if graph.value is None else sharepoint)
    if graph.value == sharepoint.value:
        return passed(id, "Graph and SharePoint say the same of the tenant's sharing")
    names = [name for name in _SHARING if getattr(graph.value, name) != getattr(sharepoint.value, name)]
    return failed(
        id,
        f"Graph and SharePoint do not say the same of the tenant's sharing: {', '.join(names)}",
        "A change may take an hour to arrive: run doctor again then. If it stays so, set sharing again in the"
        " SharePoint admin centre.",
    )


_SHARING = ("level", "guests_may_reshare", "domain_mode", "allowed_domains", "blocked_domains")


def check_archive(readings: Readings) -> Finding:
    """Only for a school that wants it; how it is paid for cannot be read."""
    id = "site-archive"
    if readings.archive.value is None:
        return _unread(id, readings.archive)
    if readings.archive.value:
        return passed(id, "Microsoft 365 Archive is turned on for sites")
    return failed(
        id,
        "the sites of closed trips are to be archived, and Microsoft 365 Archive is not turned on",
        f'Turn it on ({WHERE}), or write when_closed = "read-only" under [sites] in portal.toml.',
    )


def check_invitations(settings: Settings | None, readings: Readings) -> Finding:
    id = "invitations"
    policy = readings.policy.value
    if policy is None:
        return _unread(id, readings.policy)
    if policy.allow_invites_from in APPLICATION_MAY_INVITE:
        return passed(id, f"the directory lets the application invite ({policy.allow_invites_from})")
    remedy = (
        'In Entra, External collaboration settings, Guest invite settings, choose "Member users and users assigned to'
        ' specific admin roles can invite guest users" (adminsGuestInvitersAndAllMembers).'
    )
    if policy.allow_invites_from not in APPLICATION_MAY_NOT:
        return unknown(id, "the directory has a setting for invitations that this product does not know", remedy)
    if policy.allow_invites_from != "none" and settings is not None and settings.sign_in == "device":
        return unknown(
            id,
            "only administrators and guest inviters may invite",
            "Sign in with an account that has the role Guest Inviter.",
        )
    return failed(id, f"the directory refuses the application's invitations ({policy.allow_invites_from})", remedy)


def check_guest_role(portal: Portal | None, readings: Readings) -> Finding:
    id = "guest-role"
    policy = readings.policy.value
    if policy is None:
        return _unread(id, readings.policy)
    if policy.guest_role_id == RESTRICTED_GUEST:
        return passed(id, "guests see nobody in the directory but themselves")
    signed = accepted(portal, "guest_role")
    if signed:
        return passed(id, f"guests can look other people up in the directory; accepted by {signed}")
    return failed(
        id,
        "guests can look other people up in the directory, other families' parents among them",
        "In Entra, External collaboration settings, Guest user access, choose the most restrictive; or write under"
        ' [accept] in portal.toml guest_role = "name, date".',
    )


def check_verified_domains(portal: Portal | None, readings: Readings) -> Finding:
    """A colleague's address whose domain the school forgot to name would be invited as a guardian's."""
    id = "verified-domains"
    organization = readings.organization.value
    if organization is None:
        return _unread(id, readings.organization)
    if portal is None or portal.contacts.internal_domains is None:
        return unknown(id, "internal_domains is not given", "See the finding on internal-domains.")
    internal = portal.contacts.internal_domains
    missing = [each for each in organization.verified_domains if not _is_internal(each, internal)]
    if not missing:
        return passed(id, "every domain of the tenant is among internal_domains")
    return failed(
        id,
        f"the tenant's own domains {', '.join(sorted(missing))} are not among internal_domains",
        "Add them to internal_domains under [contacts] in portal.toml.",
    )


def _is_internal(domain: str, internal: tuple[str, ...]) -> bool:
    return domain.endswith(".onmicrosoft.com") or any(
        domain == each or domain.endswith(f".{each}") for each in map(str.lower, internal)
    )


def check_mailbox(settings: Settings | None, mailbox: Reading[bool]) -> Finding:
    id = "mailbox"
    if settings is not None and not settings.mailbox:
        remedy = 'Set SPP_MAILBOX to the mailbox that guardians hear from, or let every trip say by = "none".'
        return failed(id, "SPP_MAILBOX is not set", remedy)
    error = mailbox.error
    if error is None:
        return passed(id, "the mailbox can be read")
    if isinstance(error, AccessDenied):
        return failed(
            id,
            "the inviter application may not read the mailbox",
            "Give it Application Mail.ReadWrite and Application Mail.Send for this mailbox alone (Exchange PowerShell,"
            " New-ManagementRoleAssignment; the README shows every line).",
        )
    if isinstance(error, NotFound):
        return failed(id, "there is no mailbox of that name", "Correct SPP_MAILBOX.")
    return _unread(id, mailbox)


def check_quota(readings: Readings) -> Finding:
    id = "directory-quota"
    organization = readings.organization.value
    if organization is None:
        return _unread(id, readings.organization)
    used, total = organization.directory_objects, organization.directory_quota
    if used is None or total is None:
        remedy = "Look in Entra, Overview, and compare with the number of guardians to be invited."
        return unknown(id, "the tenant does not tell how many objects its directory may hold", remedy)
    message = f"{used} of {total} directory objects are used"
    if used < total * _FULL:
        return passed(id, message)
    return failed(
        id, message, "Remove old guests in the Entra admin centre, or ask Microsoft's support for a larger quota."
    )


def check_budget(portal: Portal | None, readings: Readings) -> Finding:
    id = "licence-budget"
    licences = readings.licences.value
    if licences is None:
        return _unread(id, readings.licences)
    if licences.consumed is None:
        why = "; ".join(f"{what}: {reason}" for what, reason in licences.unread)
        return unknown(id, f"external users could not be counted: {why}", "See the finding read-admin-host.")
    if portal is None:
        return unknown(id, f"{licences.consumed} external users, no budget given", "See the finding on portal.")
    budget, warn_at = portal.licences.external_user_budget, portal.licences.warn_at
    message = f"{licences.consumed} of {budget} external users"
    if licences.consumed >= budget * warn_at:
        remedy = "Remove guests of trips that are over in the Entra admin centre, or raise external_user_budget."
        return failed(id, f"{message} (the school warns at {warn_at:.0%})", remedy)
    if not licences.complete:
        return unknown(id, f"at least {message}: the list broke off", "Run doctor again later.")
    return passed(id, message)
