"""The answer to a CSOM request: an array of a header, then a number and a result for every action that has one.

HTTP 200 stands for success and for every mistake. Dates, guids and the names of numbers are written in CSOM's own way
(MS-CSOM 2.2.5; recorded by PnP Core, 2021-12 to 2024-08); here they become what SharePoint's REST writes for the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..errors import BadAnswer, GatewayError, OutcomeUnknown
from .refusals import make_error, read_refusal

if TYPE_CHECKING:
    from .csom import Attempt

CHILDREN = "_Child_Items_"
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
# A slash that belongs to a text is always written \u002f, so nobody's text can look like one of these.
GUID = re.compile(r'"\\/Guid\(([0-9A-Fa-f-]{36})\)\\/"')
DATE = re.compile(r'"\\/Date\((\d+),(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)\)\\/"')
# What AddExpandoFieldTypeSuffix adds to the name of a list's column: eight characters, before them the type of an
# array's members. A column's own name holds no dollar sign.
SUFFIX = re.compile(
    r"(?:\$[A-Za-z0-9.]+\$ {2}Array|\$(?: {3}Byte| {3}Char| {2}Int16| UInt16| {2}Int32| UInt32| {2}Int64| UInt64"
    r"| Single| Double|Decimal| {5}TS))\Z"
)


@dataclass(frozen=True, slots=True)
class CsomAnswer:
    """The results of a query that was carried out."""

    operation: str
    reads: bool
    results: Mapping[int, Any] = field(repr=False)

    def row(self, number: int) -> dict[str, Any]:
        """What `Query.read` asked for: guids in lower case without their wrapping, moments as `2027-05-01T09:00:00Z`,
        the members of a collection as CHILDREN. Raises BadAnswer, or OutcomeUnknown where the query changed something.
        """
        result = self.results.get(number)
        if not isinstance(result, dict):
            raise _unreadable(self.operation, reads=self.reads)
        return result

    def error(self, attempt: Attempt) -> GatewayError | None:
        """Why an attempt failed, None where it did not. Raises as `row` does."""
        told = self.row(attempt.id)
        failed, error = told.get("HasException"), told.get("ErrorInfo")
        if not isinstance(failed, bool) or failed != (error is not None):
            raise _unreadable(self.operation, reads=self.reads)
        return _read_error(self.operation, error, reads=self.reads) if failed else None


def read_answer(operation: str, content: bytes, *, reads: bool) -> CsomAnswer:
    """Raises GatewayError: the query's own mistake; BadAnswer or OutcomeUnknown, as the query only read or not, where
    it does not say how it ended."""
    try:
        text = STRING.sub(_plain, content.decode("utf-8-sig"))
        parts = json.loads(text, object_pairs_hook=_make_row)
    except (ValueError, RecursionError):
        raise _unreadable(operation, reads=reads) from None
    header = parts[0] if isinstance(parts, list) and parts else None
    if not isinstance(header, dict) or "ErrorInfo" not in header:
        raise _unreadable(operation, reads=reads)
    if header["ErrorInfo"] is not None:
        raise _read_error(operation, header["ErrorInfo"], reads=reads)
    numbers, results = parts[1::2], parts[2::2]
    if len(numbers) != len(results) or not all(type(each) is int for each in numbers):
        raise _unreadable(operation, reads=reads)
    if len(set(numbers)) != len(numbers):
        raise _unreadable(operation, reads=reads)
    return CsomAnswer(operation, reads, dict(zip(numbers, results, strict=True)))


def _unreadable(operation: str, *, reads: bool) -> GatewayError:
    kind = BadAnswer if reads else OutcomeUnknown
    return kind(f"{operation}: the answer does not say how it ended")


def _read_error(operation: str, error: Any, *, reads: bool) -> GatewayError:
    """The error for an ErrorInfo. It carries SharePoint's code and number of the request, never its text."""
    if not isinstance(error, dict):
        return _unreadable(operation, reads=reads)
    code = f"{error.get('ErrorCode')}, {error.get('ErrorTypeName')}"
    body = {"error": {"code": code, "message": {"value": error.get("ErrorMessage")}}}
    return make_error(operation, read_refusal(200, {"request-id": str(error.get("TraceCorrelationId"))}, body))


def _make_row(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {SUFFIX.sub("", name): value for name, value in pairs}


def _plain(token: re.Match[str]) -> str:
    """A string of the answer's JSON, a guid or moment in it unwrapped."""
    text = token[0]
    if not text.startswith('"\\/'):
        return text
    if guid := GUID.fullmatch(text):
        return f'"{guid[1].lower()}"'
    if date := DATE.fullmatch(text):
        return f'"{_write_moment(*map(int, date.groups()))}"'
    return text


def _write_moment(year: int, month: int, day: int, hour: int, minute: int, second: int, thousandth: int) -> str:
    """Months count from 0. Raises ValueError for what is no date."""
    moment = datetime(year, month + 1, day, hour, minute, second, thousandth * 1000, tzinfo=UTC)
    return moment.isoformat(timespec="milliseconds" if thousandth else "seconds").replace("+00:00", "Z")
