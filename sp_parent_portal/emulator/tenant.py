"""Who the emulated tenant is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .state import State


@dataclass(frozen=True, slots=True)
class Tenant:
    """`name` is the first label of its SharePoint host (`contoso`); `licences` are paid seats, they decide the
    throttling tier; `premium` says whether the directory has Entra ID P1 (sign-in times need it)."""

    name: str
    id: str
    display_name: str
    domains: tuple[str, ...]
    licences: int
    premium: bool

    @property
    def initial_domain(self) -> str:
        return f"{self.name}.onmicrosoft.com"

    @property
    def host(self) -> str:
        return f"{self.name}.sharepoint.com"

    @property
    def admin_host(self) -> str:
        return f"{self.name}-admin.sharepoint.com"

    @property
    def sharepoint_hosts(self) -> tuple[str, ...]:
        return (self.host, self.admin_host, f"{self.name}-my.sharepoint.com")

    def verifies(self, domain: str) -> bool:
        return domain.lower() in {self.initial_domain, *(d.lower() for d in self.domains)}


def load_tenant(state: State) -> Tenant:
    """Raises LookupError before there is one."""
    text = state.get_fact_text("tenant")
    if text is None:
        raise LookupError("tenant")
    return _read_tenant(text)


@lru_cache(maxsize=16)
def _read_tenant(text: str) -> Tenant:
    doc: dict[str, Any] = json.loads(text)
    return Tenant(**{**doc, "domains": tuple(doc["domains"])})


def store_tenant(state: State, tenant: Tenant) -> None:
    state.set_fact(
        "tenant",
        {
            "name": tenant.name,
            "id": tenant.id,
            "display_name": tenant.display_name,
            "domains": list(tenant.domains),
            "licences": tenant.licences,
            "premium": tenant.premium,
        },
    )
