"""Which published limits a request counts against: the windows that `--limits published` fills, and refuses from.

Sources and dates are in limits.toml. Which of SharePoint's calls its limit of "specific sharing APIs" means is not
published: here it is every call that shares something (`Request.sharing`).
"""

from __future__ import annotations

from dataclasses import dataclass

from . import limits
from .tenant import Tenant
from .web import Request

MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Limit:
    """No more than `most` within `seconds` in the window of that name; this request adds `amount` to it."""

    window: str
    seconds: int
    most: float
    amount: float


def list_limits(request: Request, tenant: Tenant, users: int, *, writes: bool) -> list[Limit]:
    """Of everything that this request counts against; `users` decides the size of the tenant's directory."""
    if request.service == "directory":
        return _of_directory(request, users, writes=writes)
    if request.service == "sharepoint":
        return [*_of_sharepoint(request, tenant), *_of_sharing(request)]
    return _of_mail(request, tenant)


def _of_directory(request: Request, users: int, *, writes: bool) -> list[Limit]:
    graph, app = limits.load_limits()["graph"], request.app_id
    most = limits.directory_units_per_10_seconds(users)
    found = [Limit(directory_window(request), 10, most, limits.units_of(request))]
    if writes:
        found.append(Limit(f"directory writes {app}", 150, graph["app_writes_per_150_seconds"], 1))
        found.append(Limit("directory writes of all", 5 * MINUTE, graph["tenant_writes_per_5_minutes"], 1))
    if request.operation == "POST /invitations":
        found.append(Limit("invitations", 5, graph["invitations_per_5_seconds_per_tenant"], 1))
    return found


def _of_sharepoint(request: Request, tenant: Tenant) -> list[Limit]:
    """A person's requests are counted, an application's cost: both count in what the tenant may spend."""
    tier, app, units = limits.find_tier(tenant.licences), request.app_id, limits.units_of(request)
    found = [
        Limit(minute_window(request), MINUTE, tier["app_units_per_minute"], units),
        Limit(f"sharepoint day {app}", DAY, tier["app_units_per_day"], units),
        Limit("sharepoint units of all", 5 * MINUTE, tier["tenant_units_per_5_minutes"], units),
    ]
    if request.user_id:
        most = limits.load_limits()["sharepoint"]["other"]["user_requests_per_5_minutes"]
        found.append(Limit(f"sharepoint requests of {request.user_id}", 5 * MINUTE, most, 1))
    return found


def directory_window(request: Request) -> str:
    """The window that `x-ms-throttle-limit-percentage` tells of."""
    return f"directory units {request.app_id}"


def minute_window(request: Request) -> str:
    """The window that SharePoint's RateLimit-* headers tell of."""
    return f"sharepoint minute {request.app_id}"


def _of_sharing(request: Request) -> list[Limit]:
    other, found = limits.load_limits()["sharepoint"]["other"], []
    if request.sharing:
        most = other["sharing_api_calls_per_5_minutes"]
        found.append(Limit(f"sharing calls {request.app_id}", 5 * MINUTE, most, 1))
    if request.mails:
        sender, place = request.user_id or request.app_id, request.sharing_site
        by_user, by_site = other["sharing_mails_per_hour_per_user"], other["sharing_mails_per_hour_per_site"]
        found.append(Limit(f"sharing mails of {sender}", HOUR, by_user, request.mails))
        found.append(Limit(f"sharing mails from {place}", HOUR, by_site, request.mails))
    return found


def _of_mail(request: Request, tenant: Tenant) -> list[Limit]:
    if not request.mailbox:
        return []
    mail, box = limits.load_limits()["mail"], request.mailbox
    per_day = mail["recipients_per_day_per_mailbox"]
    return [
        Limit(f"messages of {box}", MINUTE, mail["messages_per_minute_per_mailbox"], bool(request.mails)),
        Limit(f"recipients of {box}", DAY, per_day, request.mails),
        Limit("recipients of all", DAY, limits.external_recipients_per_day(tenant.licences), request.mails),
    ]
