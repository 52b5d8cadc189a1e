"""What the doctor reads of the tenant, each read by itself: one that fails says nothing about the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from ..errors import GatewayError
from ..licences.counters import Licences, count
from ..microsoft365 import Gateway
from ..microsoft365.model import AuthorizationPolicy, Organization, TenantSharing

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

NO_CONNECTION = "there is no connection: the settings cannot be used"

# A slug that no trip can have: the mailbox is asked for mails of a trip that does not exist.
_NO_TRIP = "-doctor-"


@dataclass(frozen=True, slots=True)
class Reading(Generic[T_co]):
    """A value, or why there is none."""

    value: T_co | None = None
    error: GatewayError | None = None

    @property
    def why(self) -> str:
        return f"{type(self.error).__name__}: {self.error.message}" if self.error else ""


@dataclass(frozen=True, slots=True)
class Readings:
    organization: Reading[Organization]
    guests: Reading[bool]
    policy: Reading[AuthorizationPolicy]
    graph_sharing: Reading[TenantSharing]
    sharepoint_sharing: Reading[TenantSharing]
    archive: Reading[bool]
    sites: Reading[bool]
    mailbox: Reading[bool]
    licences: Reading[Licences]


def observe_tenant(gateway: Gateway | None, budget: int, now: datetime) -> Readings:
    """Never raises GatewayError. Without a gateway every reading says so."""

    def read(call: Callable[[Gateway], T]) -> Reading[T]:
        return _read(gateway, call)

    return Readings(
        organization=read(lambda it: it.graph.get_organization()),
        guests=read(lambda it: any(True for _ in it.graph.list_guests())),
        policy=read(lambda it: it.graph.get_authorization_policy()),
        graph_sharing=read(lambda it: it.graph.get_tenant_sharing()),
        sharepoint_sharing=read(lambda it: it.sharepoint.get_tenant_sharing()),
        archive=read(lambda it: it.sharepoint.is_archive_enabled()),
        sites=read(lambda it: any(True for _ in it.graph.list_sites())),
        mailbox=observe_mailbox(gateway),
        licences=read(lambda it: count(it, budget, now)),
    )


def observe_mailbox(gateway: Gateway | None) -> Reading[bool]:
    """Whether the mailbox that guardians hear from can be searched. Never raises GatewayError."""
    return _read(gateway, lambda it: bool(it.mailbox) and any(True for _ in it.graph.find_mails(it.mailbox, _NO_TRIP)))


def _read(gateway: Gateway | None, call: Callable[[Gateway], T]) -> Reading[T]:
    if gateway is None:
        return Reading(error=GatewayError(NO_CONNECTION))
    try:
        return Reading(call(gateway))
    except GatewayError as error:
        return Reading(error=error)
