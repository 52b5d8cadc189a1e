"""The time zone that a template gives its site: SharePoint's number for it → a zone that knows summer time.

Numbers: Microsoft Learn, "SPRegionalSettings.TimeZones" (read 2026-08), and the same in PnP's TimeZone enumeration
(pnp/PnP-Sites-Core, MIT). Those of other places can be added here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import tzdata  # noqa: F401 - zoneinfo reads it where the system has no time zones of its own, as on Windows

ZONES: Mapping[int, str] = {
    2: "Europe/London",
    3: "Europe/Paris",
    4: "Europe/Berlin",
    6: "Europe/Prague",
    57: "Europe/Warsaw",
    59: "Europe/Helsinki",
    9: "America/Halifax",
    10: "America/New_York",
    11: "America/Chicago",
    12: "America/Denver",
    13: "America/Los_Angeles",
    14: "America/Anchorage",
    15: "Pacific/Honolulu",
    28: "America/St_Johns",
    36: "America/Regina",
    38: "America/Phoenix",
    17: "Pacific/Auckland",
    18: "Australia/Brisbane",
    19: "Australia/Adelaide",
    42: "Australia/Hobart",
    44: "Australia/Darwin",
    73: "Australia/Perth",
    76: "Australia/Sydney",
    20: "Asia/Tokyo",
    21: "Asia/Singapore",
    23: "Asia/Kolkata",
    24: "Asia/Dubai",
    45: "Asia/Hong_Kong",
    50: "Africa/Johannesburg",
    56: "Africa/Nairobi",
}


def find_number(name: str) -> int | None:
    """SharePoint's number of a zone such as Europe/London; None for one that is not here."""
    return next((number for number, zone in ZONES.items() if zone == name), None)


def find_zone(actions: Iterable[Mapping[str, object]]) -> ZoneInfo | None:
    """The zone that a site script's setRegionalSettings names; None without one, or where its number is not here."""
    for action in actions:
        if action.get("verb") == "setRegionalSettings":
            number = action.get("timeZone")
            return ZoneInfo(ZONES[number]) if isinstance(number, int) and number in ZONES else None
    return None


def at_place(day: str, clock: str, zone: ZoneInfo) -> datetime:
    """2027-05-10 and 08:30 at the place. A time that summer time skips is an hour later, as clocks show it."""
    there = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock or "00:00"), tzinfo=zone)
    return there.astimezone(UTC).astimezone(zone)
