"""The steps of a registration for an administrator: as text to follow, and as data."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ..app_registration import API_NAMES, Application, Registration
from .report import Cell, Column, Report
from .safe import clean

_PERMISSIONS = (
    Column("application", "application"),
    Column("api", "API"),
    Column("permission", "permission"),
    Column("id", "id"),
    Column("for", "for"),
    Column("optional", "optional"),
)


def registration_report(registration: Registration) -> Report:
    """As data: JSON holds everything, CSV the permissions. The steps for people are text: render_steps."""
    rows: tuple[dict[str, Cell], ...] = tuple(
        {
            "application": each.title,
            "api": API_NAMES[api][0],
            "permission": need.name,
            "id": need.id,
            "for": need.why,
            "optional": need.optional,
        }
        for each in registration.applications
        for api, need in each.listed
    )
    return Report(registration.target, "Permissions to be granted", registration.as_data(), _PERMISSIONS, rows)


def render_steps(registration: Registration) -> str:
    """Markdown. Nothing in it is secret; the private halves of the certificates are named, not shown."""
    parts = [
        f"# Registration of sp-parent-portal - target: {registration.target}",
        "Microsoft Entra admin centre, https://entra.microsoft.com, as somebody who may grant consent for applications"
        " (Global Administrator or Privileged Role Administrator). None of these steps was ever tried by the authors.",
        *(part for each in registration.applications for part in _application(registration, each)),
        *_mailbox(registration),
        "## The settings",
        "Into `.env` beside portal.toml, readable by nobody else (`chmod 600 .env`); fill in what is empty:",
        _block("", registration.settings()),
        "Then `sp-parent-portal auth check`, and `sp-parent-portal doctor`, until no line says FAIL.",
    ]
    return "\n\n".join("\n".join(clean(line) for line in part.splitlines()) for part in parts) + "\n"


def _application(registration: Registration, each: Application) -> Iterator[str]:
    yield f"## {each.title}"
    yield (
        f"1. App registrations > New registration: name `{each.title}`, accounts in this organisational directory only,"
        " no redirect address. Note the *Application (client) ID*"
        + (f": {each.client_id}." if each.client_id else " (CLIENT_ID below).")
    )
    yield from _certificate(each)
    yield (
        "3. API permissions > Add a permission, each of these as an **application** permission, and remove everything"
        " else, `User.Read` too:"
    )
    yield "\n".join(_rows(each))
    yield "   Or paste this into Manifest as the value of `requiredResourceAccess`:"
    yield _block("json", json.dumps(each.manifest(), indent=2).splitlines())
    yield (
        "4. API permissions > Grant admin consent, or open this address as that administrator. Without a redirect"
        " address it ends on an error page (AADSTS500113) after consent was given:"
    )
    yield _block("", [registration.consent_url(each)])


def _certificate(each: Application) -> Iterator[str]:
    if each.certificate is None:
        yield "2. Certificates & secrets > Certificates > Upload certificate: the public half (.cer). No client secret."
        return
    made = each.certificate
    yield (
        f"2. Certificates & secrets > Certificates > Upload certificate: `{made.public.name}`; Entra then shows the"
        f" thumbprint {made.thumbprint}. No client secret: SharePoint does not take them. It ends on"
        f" {made.ends:%Y-%m-%d}; `auth check` and `doctor` remind 30 days before."
        f" `{made.private.name}` never leaves this machine."
    )


def _rows(each: Application) -> Iterator[str]:
    yield "| API | permission | id | for |"
    yield "|---|---|---|---|"
    for api, need in each.listed:
        why = f"optional: {need.why}" if need.optional else need.why
        yield f"| {API_NAMES[api][0]} | `{need.name}` | `{need.id}` | {why} |"


def _mailbox(registration: Registration) -> Iterator[str]:
    for each in registration.applications:
        if not each.sends_mail:
            continue
        mailbox, client = registration.mailbox or "trips@school.example", each.client_id or "CLIENT_ID"
        filtered = mailbox.replace("'", "''")
        scope = _quoted(f"PrimarySmtpAddress -eq '{filtered}'")
        yield "## The mailbox"
        yield (
            f"`{each.title}` may use one mailbox and no other. So mail is **not** granted in Entra, where it would"
            " reach every mailbox, but in Exchange (Exchange Online PowerShell, RBAC for Applications). OBJECT_ID is"
            " the object id under Entra > *Enterprise applications*, not the one of the registration:"
        )
        yield _block(
            "powershell",
            [
                "Connect-ExchangeOnline",
                f'New-ServicePrincipal -AppId {client} -ObjectId OBJECT_ID -DisplayName "{each.title}"',
                f'New-ManagementScope -Name "School trips" -RecipientRestrictionFilter {scope}',
                *(
                    f'New-ManagementRoleAssignment -App OBJECT_ID -Role "Application {role}"'
                    ' -CustomResourceScope "School trips"'
                    for role in ("Mail.ReadWrite", "Mail.Send")
                ),
                f"Test-ServicePrincipalAuthorization -Identity OBJECT_ID -Resource {_quoted(mailbox)}",
                "Test-ServicePrincipalAuthorization -Identity OBJECT_ID -Resource somebody.else@school.example",
            ],
        )
        yield (
            "The first test must say that it is in scope, the second that it is not; it can take an hour. The older"
            " way, Mail.ReadWrite and Mail.Send granted in Entra and narrowed by `New-ApplicationAccessPolicy"
            " -AccessRight RestrictAccess`, is not used here: while the policy is missing, every mailbox is open, and"
            " `auth check` fails."
        )


def _quoted(text: str) -> str:
    """A text in PowerShell, whatever an address may hold."""
    return '"' + "".join(f"`{char}" if char in '`$"' else char for char in text) + '"'


def _block(language: str, lines: list[str] | tuple[str, ...]) -> str:
    return "\n".join([f"```{language}", *lines, "```"])
