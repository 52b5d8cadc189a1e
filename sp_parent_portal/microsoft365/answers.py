"""Values out of an answer, of the type that the service documents; anything else is BadAnswer, never a default."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..errors import BadAnswer


def need(row: Any, name: str, kind: type, operation: str) -> Any:
    """The value of that name and type. Raises BadAnswer."""
    value = row.get(name) if isinstance(row, Mapping) else None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise BadAnswer(f"{operation}: the answer has no usable `{name}`")
    return value


def text(row: Mapping[str, Any], name: str, operation: str) -> str:
    """A string, "" where it is null or absent."""
    return "" if row.get(name) is None else str(need(row, name, str, operation))


def each(row: Mapping[str, Any], name: str, kind: type, operation: str) -> list[Any]:
    """A list of values of that type, [] where it is null or absent."""
    values = [] if row.get(name) is None else need(row, name, list, operation)
    if not all(isinstance(value, kind) for value in values):
        raise BadAnswer(f"{operation}: the answer has no usable `{name}`")
    return list(values)


def number(row: Mapping[str, Any], name: str, operation: str) -> int:
    """A whole number, also one written as a string (SharePoint's Int64); 0 where it is null or absent."""
    value = row.get(name)
    if value is None or value == "":
        return 0
    if isinstance(value, str) and value.removeprefix("-").isdecimal():
        return int(value)
    return int(need(row, name, int, operation))


def moment(row: Mapping[str, Any], name: str) -> datetime | None:
    """A timestamp as aware UTC; None for null, for what is no date, and for .NET's "never"."""
    return read_moment(row.get(name))


def read_moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if found is None or found.year <= 1 or found.year >= 9999:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
