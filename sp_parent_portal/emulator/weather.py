"""What the tenant is slow or moody about, on order: one fact for each name, set by a seed's `[weather]` or while the
emulator runs (`POST /_emulator/weather`). WEATHER.md says what each does; the fault script is faults.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .state import State

Doc = dict[str, Any]


class BadWeather(ValueError):
    """A name that is none, or a value it cannot have; the message says which."""


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _holds(*names: str) -> Callable[[Any], bool]:
    """A table of counts with no other names than these."""

    def fits(value: Any) -> bool:
        return isinstance(value, dict) and set(value) <= set(names) and all(map(_is_count, value.values()))

    return fits


def _is_rate(value: Any) -> bool:
    return _holds("invitations", "seconds")(value) and set(value) == {"invitations", "seconds"}


NAMES: Mapping[str, Callable[[Any], bool]] = {
    "lag": _is_count,
    "invitations_blocked_after": _is_count,
    "invitations_blocked_past": _is_rate,
    "device_code": _holds("pending", "interval"),
    "ensure_user_lag": _is_count,
    "provisioning": _holds("status_polls", "complete_polls", "operation_polls", "group_site_polls"),
    "archive": _holds("recent_days", "operation_polls", "reactivation_polls"),
    "education_list": lambda value: value in ("full", "empty", "absent"),
    "token_seconds": _is_count,
    "clock_skew_seconds": _is_seconds,
}


def read_weather(doc: Any) -> Doc:
    """The settings sent; null takes one back. Raises BadWeather."""
    if not isinstance(doc, dict):
        raise BadWeather("a table of names and values is expected")
    for name, value in doc.items():
        if name not in NAMES:
            raise BadWeather(f"[weather] has no {name!r}")
        if value is not None and not NAMES[name](value):
            raise BadWeather(f"[weather] {name}: {value!r} cannot be read")
    return doc


def store_weather(state: State, settings: Doc) -> None:
    """What is not named stays as it was."""
    with state.work():
        for name, value in settings.items():
            state.set_fact(name, value)


def load_weather(state: State) -> Doc:
    """What has been set; the rest is fair."""
    found = {name: state.get_fact(name) for name in NAMES}
    return {name: value for name, value in found.items() if value is not None}
