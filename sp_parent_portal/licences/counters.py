"""Three counters that are never added up or taken for one another: external users, guests, directory objects.

An external user is a row of SharePoint's list, what a partner access licence counted; today the budget is the school's
own. Guests are directory accounts; those who signed in this calendar month (UTC) are what Entra External ID bills.
Source: Microsoft Learn, "Billing model for Microsoft Entra External ID" (2025-05-19). Only the newest sign-in of an
account is kept, so `active_this_month` is exact only when read at the month's end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..errors import AccessDenied, GatewayError
from ..microsoft365 import Gateway
from ..microsoft365.graph import Graph
from ..microsoft365.model import DirectoryUser
from ..microsoft365.sharepoint import SharePoint

SOURCE = "SharePoint external users"


@dataclass(frozen=True, slots=True)
class Licences:
    """None is "could not be read", never nothing. With `complete` false, `consumed` is None or what was read before the
    list broke off: at least so many. `unread` says what could not be read, and why."""

    consumed: int | None
    budget: int
    complete: bool
    guests: int | None
    redeemed: int | None
    pending: int | None
    active_this_month: int | None
    objects: int | None
    quota: int | None
    unread: tuple[tuple[str, str], ...] = ()

    def as_data(self) -> dict[str, Any]:
        return {
            "external_users": {
                "consumed": self.consumed,
                "budget": self.budget,
                "source": SOURCE,
                "complete": self.complete,
            },
            "guests": {
                "total": self.guests,
                "redeemed": self.redeemed,
                "pending": self.pending,
                "active_this_month": self.active_this_month,
            },
            "directory": {"objects": self.objects, "quota": self.quota},
            "unread": [{"what": what, "why": why} for what, why in self.unread],
        }


@dataclass(frozen=True, slots=True)
class _Guests:
    total: int | None = None
    redeemed: int | None = None
    pending: int | None = None
    active: int | None = None
    unread: tuple[tuple[str, str], ...] = ()


def count(gateway: Gateway, portal_budget: int, now: datetime) -> Licences:
    """Count all three. A counter that could not be read is None with the reason in `unread`; nothing is raised for it.
    `now` must be timezone-aware: the month is the one it falls in, in UTC."""
    consumed, why_external = _count_external_users(gateway.sharepoint)
    guests = _count_guests(gateway.graph, start_of_month(now))
    unread = [("external users", why_external)] if why_external else []
    unread.extend(guests.unread)
    objects = quota = None
    try:
        organization = gateway.graph.get_organization()
        objects, quota = organization.directory_objects, organization.directory_quota
    except GatewayError as error:
        unread.append(("directory", _why(error)))
    return Licences(
        consumed=consumed,
        budget=portal_budget,
        complete=not why_external,
        guests=guests.total,
        redeemed=guests.redeemed,
        pending=guests.pending,
        active_this_month=guests.active,
        objects=objects,
        quota=quota,
        unread=tuple(unread),
    )


def start_of_month(now: datetime) -> datetime:
    """Midnight UTC of the first day of the month that `now` falls in, in UTC. Raises ValueError for a naive time."""
    if now.tzinfo is None:
        raise ValueError("the time needs a time zone")
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _count_external_users(sharepoint: SharePoint) -> tuple[int | None, str]:
    """Distinct rows, and why the list ended before its end ("" when it did not). Pages may repeat a row while others
    write, so rows are told apart by their id."""
    seen: set[str] = set()
    try:
        for user in sharepoint.list_external_users():
            seen.add(user.unique_id)
    except GatewayError as error:
        return len(seen) or None, _why(error)
    return len(seen), ""


def _count_guests(graph: Graph, month: datetime) -> _Guests:
    try:
        return _tally({user.id: user for user in graph.list_guests(sign_ins=True)}, month)
    except AccessDenied as error:
        no_sign_ins = ("guests active this month", _why(error))
    except GatewayError as error:
        return _Guests(unread=(("guests", _why(error)),))
    try:
        found = _tally({user.id: user for user in graph.list_guests()}, None)
    except GatewayError as error:
        return _Guests(unread=(("guests", _why(error)),))
    return _Guests(found.total, found.redeemed, found.pending, None, (no_sign_ins,))


def _tally(guests: dict[str, DirectoryUser], month: datetime | None) -> _Guests:
    users = guests.values()
    return _Guests(
        total=len(users),
        redeemed=sum(user.state == "redeemed" for user in users),
        pending=sum(user.state == "pending" for user in users),
        active=None if month is None else sum(_signed_in_since(user, month) for user in users),
    )


def _signed_in_since(user: DirectoryUser, moment: datetime) -> bool:
    return user.last_sign_in_at is not None and user.last_sign_in_at >= moment


def _why(error: GatewayError) -> str:
    return f"{type(error).__name__}: {error.message}"
