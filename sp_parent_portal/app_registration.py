"""What has to be registered in a tenant before this product may work there: applications, their permissions, consent,
the one mailbox, and the settings that follow. Pure; what each role needs stands in doctor/permissions.py.

Sources: Microsoft Learn, "Understand the app manifest" (requiredResourceAccess), "Grant tenant-wide admin consent to an
application" (the address), "Role Based Access Control for Applications in Exchange Online"; read 2026-08. None of it
was tried against a tenant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .doctor.permissions import GRAPH_APP, SHAREPOINT_APP, Need, Needs, list_needs
from .new_certificate import NewCertificate
from .settings import ROLES, Settings

ONE = "application"
API_NAMES = {"graph": ("Microsoft Graph", GRAPH_APP), "sharepoint": ("SharePoint", SHAREPOINT_APP)}


@dataclass(frozen=True, slots=True)
class Application:
    """One registration. `name` is a role, or `application` where one plays all of them; `client_id` is "" until Entra
    has given it one."""

    name: str
    roles: tuple[str, ...]
    client_id: str
    needs: Needs
    certificate: NewCertificate | None

    @property
    def title(self) -> str:
        return "sp-parent-portal" if self.name == ONE else f"sp-parent-portal {self.name}"

    @property
    def prefix(self) -> str:
        """What its settings begin with."""
        return "SPP_" if self.name == ONE else f"SPP_{self.name.upper()}_"

    @property
    def sends_mail(self) -> bool:
        return "inviter" in self.roles

    @property
    def granted(self) -> tuple[tuple[str, Need], ...]:
        """What is to be granted, by service: all that is needed, and nothing that a school may do without."""
        return tuple(pair for pair in self.listed if not pair[1].optional)

    @property
    def listed(self) -> tuple[tuple[str, Need], ...]:
        return tuple((api, need) for api in API_NAMES for need in self.needs.of(api))

    def manifest(self) -> list[dict[str, Any]]:
        """`requiredResourceAccess` of the application's manifest."""
        found = []
        for api, (_, resource) in API_NAMES.items():
            ids = sorted(need.id for each, need in self.granted if each == api)
            if ids:
                found.append({"resourceAppId": resource, "resourceAccess": [{"id": id, "type": "Role"} for id in ids]})
        return found


@dataclass(frozen=True, slots=True)
class Registration:
    """`tenant` and `tenant_id` are "" where they are not set yet."""

    target: str
    tenant: str
    tenant_id: str
    mailbox: str
    applications: tuple[Application, ...]

    def consent_url(self, application: Application) -> str:
        """Where an administrator consents, for the whole tenant."""
        tenant = self.tenant_id or "TENANT_ID"
        return (
            f"https://login.microsoftonline.com/{tenant}/adminconsent?client_id={application.client_id or 'CLIENT_ID'}"
        )

    def settings(self) -> tuple[str, ...]:
        """The lines of .env. A password is never among them: whoever has it writes it there."""
        lines = ["SPP_TARGET=tenant", f"SPP_TENANT={self.tenant}", f"SPP_TENANT_ID={self.tenant_id}"]
        for each in self.applications:
            lines.append(f"{each.prefix}CLIENT_ID={each.client_id}")
            if each.certificate is not None:
                lines.append(f"{each.prefix}CERTIFICATE_PATH={each.certificate.private.resolve()}")
                lines += [f"{each.prefix}CERTIFICATE_PASSWORD="] * each.certificate.has_password
        return (*lines, f"SPP_MAILBOX={self.mailbox}")

    def as_data(self) -> dict[str, Any]:
        return {
            "target": self.target,
            "applications": [
                {
                    "name": each.title,
                    "roles": list(each.roles),
                    "client_id": each.client_id,
                    "certificate": None if each.certificate is None else _certificate(each.certificate),
                    "permissions": [
                        {
                            "api": API_NAMES[api][0],
                            "name": need.name,
                            "id": need.id,
                            "for": need.why,
                            "optional": need.optional,
                        }
                        for api, need in each.listed
                    ],
                    "requiredResourceAccess": each.manifest(),
                    "consent": self.consent_url(each),
                }
                for each in self.applications
            ],
            "settings": list(self.settings()),
        }


def _certificate(certificate: NewCertificate) -> dict[str, str]:
    return {
        "private": str(certificate.private),
        "public": str(certificate.public),
        "thumbprint": certificate.thumbprint,
        "ends": certificate.ends.date().isoformat(),
    }


def name_applications(*, one: bool) -> tuple[str, ...]:
    return (ONE,) if one else ROLES


def make_registration(
    settings: Settings, certificates: Sequence[tuple[str, NewCertificate | None]], *, graph_contacts: bool | None
) -> Registration:
    """`certificates` by application, as name_applications gives them; `graph_contacts` as in list_needs."""
    applications = []
    for name, certificate in certificates:
        roles = ROLES if name == ONE else (name,)
        client_id = "" if settings.target == "emulator" else _client_id(settings, name)
        needs = list_needs(roles, graph_contacts=graph_contacts)
        applications.append(Application(name, roles, client_id, needs, certificate))
    return Registration(
        settings.target_name if settings.tenant else settings.target,
        # The emulator's own are nobody's, and no use in a tenant.
        *(("", "", "") if settings.target == "emulator" else (settings.tenant, settings.tenant_id, settings.mailbox)),
        tuple(applications),
    )


def _client_id(settings: Settings, name: str) -> str:
    found: str = settings.client_id if name == ONE else getattr(settings, f"{name}_client_id")
    return found
