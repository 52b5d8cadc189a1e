"""How long to wait before a request is sent again, and when to give up. Pure: the clock is a parameter."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

THROTTLED = frozenset({429, 503})
LITTLE_ROOM = 0.1  # of the limit: several threads may each have a `$batch` on its way


@dataclass(frozen=True, slots=True)
class Patience:
    """`attempts` and `budget` (seconds, waiting and working together) both end a call. `longest_wait` is the longest
    single wait: a service that asks for more is not asked again earlier than it said, so the call ends at once."""

    attempts: int = 7
    budget: float = 600.0
    longest_wait: float = 300.0
    first_wait: float = 1.0
    widest_backoff: float = 60.0

    def backoff(self, attempt: int, chance: float) -> float:
        """Seconds after the attempt of that number (from 1), where the service did not say; `chance` in [0, 1)."""
        return min(self.widest_backoff, self.first_wait * 2.0 ** (attempt - 1)) * (0.5 + chance / 2)

    def spread(self, asked: float, chance: float) -> float:
        """At least what was asked, and a little more, so that threads which were told the same do not wake together."""
        return asked + chance * min(1.0, asked / 10)


def asked_wait(headers: Mapping[str, str], now: Callable[[], datetime]) -> float | None:
    """The seconds that the service asks to wait: the larger of Retry-After (seconds, fractional too, or an HTTP date)
    and RateLimit-Reset, because Retry-After may be the smaller of the two (Microsoft Learn, "Avoid getting throttled",
    2025-10). None where it does not say anything usable; `headers` in lower case."""
    answers = (_retry_after(headers, now), _seconds(headers.get("ratelimit-reset", "")))
    said = [seconds for seconds in answers if seconds is not None]
    return max(said) if said else None


def wait_for_room(headers: Mapping[str, str]) -> float:
    """The seconds after which SharePoint has room again, 0.0 while it has. It says how much is left from 80 % of the
    limit on, so that nobody need run into it (Microsoft Learn, "Avoid getting throttled", 2025-10): what is refused is
    charged too, and of a `$batch` only some parts may be."""
    limit, left, reset = (_seconds(headers.get(f"ratelimit-{name}", "")) for name in ("limit", "remaining", "reset"))
    if limit is None or left is None or reset is None:
        return 0.0
    return reset if left < limit * LITTLE_ROOM else 0.0


def _retry_after(headers: Mapping[str, str], now: Callable[[], datetime]) -> float | None:
    text = headers.get("retry-after", "")
    seconds = _seconds(text)
    if seconds is not None:
        return seconds
    until = _date(text)
    if until is None:
        return None
    # The service's own clock, where it tells it: ours may be wrong.
    return max(0.0, (until - (_date(headers.get("date", "")) or now())).total_seconds())


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text.strip())
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
