"""A school and a tenant where all is well, for tests that spoil one thing."""

from __future__ import annotations

import base64
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sp_parent_portal.doctor import Finding, diagnose
from sp_parent_portal.doctor.permissions import GRAPH, SHAREPOINT
from sp_parent_portal.errors import (
    GatewayError,
)
from sp_parent_portal.microsoft365 import Gateway
from sp_parent_portal.microsoft365.call import GRAPH_HOST
from sp_parent_portal.microsoft365.model import Organization
from sp_parent_portal.settings import ROLES, Settings
from sp_parent_portal.sharing import Sharing
from sp_parent_portal.trips import ContactsSection, LicencesSection, Portal, TenantSection
from tests.unit.audit.tenant import Facts, fake_gateway

NOW = datetime.now(UTC)
GUID = "11111111-2222-3333-4444-555555555555"


class FakeTokens:
    """Tokens with the permissions of `granted`, each at the service that has it; a role or host in `broken` gets
    none."""

    def __init__(self, granted: dict[str, frozenset[str]], broken: dict[str, GatewayError]) -> None:
        self.granted, self.broken = granted, broken

    def get(self, host: str, role: str) -> str:
        for name in (role, host):
            if name in self.broken:
                raise self.broken[name]
        of_sharepoint = {"Sites.FullControl.All"}
        held = self.granted[role] - of_sharepoint if host == GRAPH_HOST else self.granted[role] & of_sharepoint
        return make_token({"roles": sorted(held)})

    def forget(self, host: str, role: str, token: str) -> None:
        raise AssertionError("the doctor forgets no token")


def make_token(claims: object) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"head.{body}.signature"


def every_permission() -> dict[str, frozenset[str]]:
    return {role: frozenset(need.name for need in (*GRAPH[role], *SHAREPOINT[role])) for role in ROLES}


class Clinic:
    """A school and a tenant where all is well; tests spoil one thing."""

    def __init__(self, folder: Path, certificate: Path) -> None:
        self.folder = folder
        self.facts = Facts(organization=Organization(GUID, "School", ("school.example",), 100, 1000))
        self.granted = every_permission()
        self.no_token: dict[str, GatewayError] = {}
        pem = folder / certificate.name
        shutil.copy(certificate, pem)
        roles: dict[str, Any] = {f"{role}_client_id": f"id-{role}" for role in ROLES}
        roles |= {f"{role}_certificate_path": pem for role in ROLES}
        self.settings: Settings | None = Settings.model_construct(
            target="tenant",
            tenant="contoso",
            tenant_id=GUID,
            mailbox="trips@school.example",
            **roles,
        )
        write_contact_list(folder / "sds")
        self.portal: Portal | None = Portal.model_construct(
            file=folder / "portal.toml",
            contacts=ContactsSection.model_construct(
                source=folder / "sds", confirmed_by="J. Okoro, 2027-03-01", internal_domains=("school.example",)
            ),
            tenant=TenantSection.model_construct(sharing=Sharing.EXISTING_GUESTS),
            licences=LicencesSection.model_construct(external_user_budget=10, warn_at=0.8),
            accept={},
        )
        self.store_url = f"sqlite:///{(folder / 'runs.sqlite').as_posix()}"
        self.more: dict[str, Any] = {}

    def gateway(self) -> Gateway | None:
        return fake_gateway(self.facts, FakeTokens(self.granted, self.no_token)) if self.settings else None

    def diagnose(self) -> dict[str, Finding]:
        findings = diagnose(
            self.settings,
            self.portal,
            self.gateway(),
            now=NOW,
            store_url=self.store_url,
            env_file=self.folder / ".env",
            **self.more,
        )
        found = {finding.id: finding for finding in findings}
        assert len(found) == len(findings), "two findings have one id"
        return found

    def set(self, **values: Any) -> None:
        assert self.settings is not None
        self.settings = self.settings.model_copy(update=values)

    def set_portal(self, **values: Any) -> None:
        assert self.portal is not None
        self.portal = self.portal.model_copy(update=values)

    def set_contacts(self, **values: Any) -> None:
        assert self.portal is not None
        self.set_portal(contacts=self.portal.contacts.model_copy(update=values))


def write_contact_list(folder: Path) -> None:
    """SDS v2.1: one student, one contact."""
    folder.mkdir()
    files = {
        "orgs.csv": "sourcedId,name,type\no1,School,school\n",
        "users.csv": (
            "sourcedId,username,givenName,familyName,email\n"
            "s1,sam,Sam,Lee,sam@school.example\nc1,ann,Ann,Lee,ann@home.example\n"
        ),
        "roles.csv": "userSourcedId,orgSourcedId,role\ns1,o1,student\n",
        "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole\ns1,c1,parent\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
