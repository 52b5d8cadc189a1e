"""What was asked of the tenant since the start or the last reset, and what a published limit refuses."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from werkzeug.wrappers import Response

from . import limits, windows
from .tenant import Tenant
from .web import Request
from .windows import MINUTE


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

    def charge(self, request: Request, response: Response, tenant: Tenant, users: int = 0) -> None:
        """Count one request; a throttled one costs like any other."""
        writes = _writes(request)
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
                self._fill(request, tenant, users, writes=writes, now=now)

    def note_reply(self, response: Response) -> None:
        """An answer that the fault script gave in place of the service's."""
        with self._lock:
            self._totals["throttled"] += response.status_code == 429

    def _fill(self, request: Request, tenant: Tenant, users: int, *, writes: bool, now: float) -> None:
        for limit in windows.list_limits(request, tenant, users, writes=writes):
            if limit.amount:
                self._window(limit.window, limit.seconds).add(now, limit.amount)

    def _window(self, name: str, seconds: int) -> Window:
        return self._windows.setdefault(name, Window(seconds))

    # ---- refusing

    def seconds_to_wait(self, request: Request, tenant: Tenant, users: int) -> int:
        """How long the caller must wait before this request is taken; 0 where it may go on."""
        if not self.enforced:
            return 0
        now = self.now().timestamp()
        asked = windows.list_limits(request, tenant, users, writes=_writes(request))
        with self._lock:
            found = [self._window(each.window, each.seconds).seconds_until_below(now, each.most) for each in asked]
        return max(found, default=0)

    def rate_headers(self, request: Request, tenant: Tenant, users: int) -> dict[str, str]:
        """SharePoint's RateLimit-* headers, from 80 % of the application's minute on; the directory's share of its ten
        seconds, above the same."""
        if not self.enforced or request.service not in ("sharepoint", "directory"):
            return {}
        if request.service == "directory":
            return self._share_of_directory(request, users)
        most = limits.find_tier(tenant.licences)["app_units_per_minute"]
        now = self.now().timestamp()
        with self._lock:
            window = self._window(windows.minute_window(request), MINUTE)
            spent = window.sum(now)
            if spent < most * limits.load_limits()["sharepoint"]["other"]["ratelimit_headers_from_share"]:
                return {}
            first = next(iter(window.spent), int(now))
        return {
            "RateLimit-Limit": str(most),
            "RateLimit-Remaining": str(max(0, int(most - spent))),
            "RateLimit-Reset": str(max(1, ceil(first + MINUTE + 1 - now))),
        }

    def _share_of_directory(self, request: Request, users: int) -> dict[str, str]:
        most = limits.directory_units_per_10_seconds(users)
        with self._lock:
            spent = self._window(windows.directory_window(request), 10).sum(self.now().timestamp())
        share = spent / most
        return {"x-ms-throttle-limit-percentage": f"{min(share, 1.8):.2f}"} if share > 0.8 else {}


def _writes(request: Request) -> bool:
    return request.method not in ("GET", "HEAD", "OPTIONS") if request.writes is None else request.writes
