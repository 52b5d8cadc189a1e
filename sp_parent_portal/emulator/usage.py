"""What was asked of the tenant since the start or the last reset, and what a published limit refuses."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from werkzeug.wrappers import Response

from . import limits
from .tenant import Tenant
from .web import Request

MINUTE, DAY = 60, 86_400


@dataclass
class Window:
    """An amount within the last `seconds`, kept by the second."""

    seconds: int
    spent: dict[int, float] = field(default_factory=dict)

    def sum(self, now: float) -> float:
        oldest = int(now) - self.seconds
        while self.spent and (first := next(iter(self.spent))) <= oldest:
            del self.spent[first]
        return sum(self.spent.values())

    def add(self, now: float, amount: float) -> None:
        self.spent[int(now)] = self.spent.get(int(now), 0) + amount

    def seconds_until_below(self, now: float, limit: float) -> int:
        """Whole seconds after which less than `limit` is left in the window; 0 when it is now."""
        left = self.sum(now)
        if left < limit:
            return 0
        for second, amount in self.spent.items():
            left -= amount
            if left < limit:
                return max(1, ceil(second + self.seconds + 1 - now))
        return self.seconds


class Usage:
    """`enforced` is `--limits published`; without it everything is counted and nothing refused."""

    def __init__(self, now: Callable[[], datetime], *, enforced: bool = False) -> None:
        self.now = now
        self.enforced = enforced
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._operations: Counter[str] = Counter()
            self._totals: Counter[str] = Counter()
            self._windows: dict[str, Window] = {}

    def report(self) -> dict[str, object]:
        """Prices from limits.toml, every `$batch` item charged. `resource_units` is the sum of the two below it."""
        with self._lock:
            total = self._totals
            return {
                "requests": total["requests"],
                "writes": total["writes"],
                "by_operation": dict(sorted(self._operations.items())),
                "directory_writes": total["directory_writes"],
                "resource_units": total["directory_units"] + total["sharepoint_units"],
                "directory_units": total["directory_units"],
                "sharepoint_units": total["sharepoint_units"],
                "mails": total["mails"],
                "throttled": total["throttled"],
            }

    # ---- counting

    def charge(self, request: Request, response: Response) -> None:
        """Count one request; a throttled one costs like any other."""
        writes = request.method not in ("GET", "HEAD", "OPTIONS") if request.writes is None else request.writes
        units = limits.units_of(request)
        now = self.now().timestamp()
        with self._lock:
            self._operations[request.operation] += 1
            self._totals["requests"] += 1
            self._totals["writes"] += writes
            self._totals["mails"] += request.mails
            self._totals["throttled"] += response.status_code == 429
            if request.service == "directory":
                self._totals["directory_units"] += units
                self._totals["directory_writes"] += writes
            elif request.service == "sharepoint":
                self._totals["sharepoint_units"] += units
            if self.enforced:
                self._fill(request, units, writes=writes, now=now)

    def note_reply(self, response: Response) -> None:
        """An answer that the fault script gave in place of the service's."""
        with self._lock:
            self._totals["throttled"] += response.status_code == 429

    def _fill(self, request: Request, units: int, *, writes: bool, now: float) -> None:
        app = request.app_id
        if request.service == "directory":
            self._window(f"directory units {app}", 10).add(now, units)
            if writes:
                self._window(f"directory writes {app}", 150).add(now, 1)
                self._window("tenant writes", 5 * MINUTE).add(now, 1)
            if request.operation == "POST /invitations":
                self._window("invitations", 5).add(now, 1)
        elif request.service == "sharepoint":
            self._window(f"sharepoint minute {app}", MINUTE).add(now, units)
            self._window(f"sharepoint day {app}", DAY).add(now, units)
            self._window("sharepoint tenant", 5 * MINUTE).add(now, units)
        if request.mails and request.mailbox:
            self._window(f"mails minute {request.mailbox}", MINUTE).add(now, 1)
            self._window(f"mails day {request.mailbox}", DAY).add(now, request.mails)
            self._window("mails tenant", DAY).add(now, request.mails)

    def _window(self, name: str, seconds: int) -> Window:
        return self._windows.setdefault(name, Window(seconds))

    # ---- refusing

    def seconds_to_wait(self, request: Request, tenant: Tenant, users: int) -> int:
        """How long the caller must wait before this request is taken; 0 where it may go on."""
        if not self.enforced:
            return 0
        now = self.now().timestamp()
        with self._lock:
            return max(
                (
                    self._window(n, s).seconds_until_below(now, most)
                    for n, s, most in self._limits(request, tenant, users)
                ),
                default=0,
            )

    def _limits(self, request: Request, tenant: Tenant, users: int) -> list[tuple[str, int, float]]:
        """(window, seconds, most) of everything that this request would count against."""
        graph, app = limits.load_limits()["graph"], request.app_id
        if request.service == "directory":
            found = [(f"directory units {app}", 10, float(limits.directory_units_per_10_seconds(users)))]
            if request.method != "GET":
                found.append((f"directory writes {app}", 150, graph["app_writes_per_150_seconds"]))
                found.append(("tenant writes", 5 * MINUTE, graph["tenant_writes_per_5_minutes"]))
            if request.operation == "POST /invitations":
                found.append(("invitations", 5, graph["invitations_per_5_seconds_per_tenant"]))
            return found
        if request.service == "sharepoint":
            tier = limits.find_tier(tenant.licences)
            return [
                (f"sharepoint minute {app}", MINUTE, tier["app_units_per_minute"]),
                (f"sharepoint day {app}", DAY, tier["app_units_per_day"]),
                ("sharepoint tenant", 5 * MINUTE, tier["tenant_units_per_5_minutes"]),
            ]
        if request.mailbox:
            mail = limits.load_limits()["mail"]
            return [
                (f"mails minute {request.mailbox}", MINUTE, mail["messages_per_minute_per_mailbox"]),
                (f"mails day {request.mailbox}", DAY, mail["recipients_per_day_per_mailbox"]),
                ("mails tenant", DAY, limits.external_recipients_per_day(tenant.licences)),
            ]
        return []

    def rate_headers(self, request: Request, tenant: Tenant) -> dict[str, str]:
        """SharePoint's RateLimit-* headers, from 80 % of the application's minute on."""
        if not self.enforced or request.service != "sharepoint":
            return {}
        most = limits.find_tier(tenant.licences)["app_units_per_minute"]
        now = self.now().timestamp()
        with self._lock:
            window = self._window(f"sharepoint minute {request.app_id}", MINUTE)
            spent = window.sum(now)
            if spent < most * limits.load_limits()["sharepoint"]["other"]["ratelimit_headers_from_share"]:
                return {}
            first = next(iter(window.spent), int(now))
        return {
            "RateLimit-Limit": str(most),
            "RateLimit-Remaining": str(max(0, int(most - spent))),
            "RateLimit-Reset": str(max(1, ceil(first + MINUTE + 1 - now))),
        }
