"""Graph's `$batch`, ours: up to 20 items a request, each with its own outcome.

What the service documents and does (Microsoft Learn, "JSON batching", read 2026-08, and recordings): answers come in
any order, may lack headers or body, an outer 200 hides inner 429s, and an inner 429 may have been done all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..errors import (
    AccessDenied,
    BadAnswer,
    ForeignHost,
    GatewayError,
    OutcomeUnknown,
    SignInFailed,
    Throttled,
    Unreachable,
)
from .call import GRAPH_HOST, READING, SAME_TWICE, Call
from .patience import THROTTLED, asked_wait
from .refusals import make_error, read_refusal

if TYPE_CHECKING:
    from .transport import Transport

ROOT = f"https://{GRAPH_HOST}/v1.0"
SIZE = 20
# After one of these there is no point in sending the next batch.
ENDING = (AccessDenied, ForeignHost, SignInFailed, Throttled, Unreachable)


@dataclass(frozen=True, slots=True)
class Item:
    """One request of a batch; `path` below /v1.0. `may_repeat` says that doing it twice is doing it once; by default
    that holds for reads and DELETE. An answer that was lost is never repeated for a write that adds something."""

    method: str
    path: str = field(repr=False)
    data: object = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    may_repeat: bool | None = None

    @property
    def is_read(self) -> bool:
        return self.method in READING

    @property
    def same_twice(self) -> bool:
        return self.is_read or self.method in SAME_TWICE

    @property
    def again_if_throttled(self) -> bool:
        return self.same_twice if self.may_repeat is None else self.may_repeat


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """The outcome of one item: the decoded body of a success, or the error. A refusal has both. `throttled` means a 429
    that was not tried again, `asked` the seconds that the service asked to wait with it."""

    body: Any = field(default=None, repr=False)
    error: GatewayError | None = None
    throttled: bool = False
    asked: float | None = None


def send_items(transport: Transport, operation: str, items: Iterable[Item], role: str) -> list[ItemAnswer]:
    """One answer for each item, in the order of the items. Raises nothing: what befalls a whole batch is the outcome of
    each of its items, and of all later ones where nothing can follow it (no connection, no access, throttled)."""
    answers: list[ItemAnswer] = []
    rest = iter(items)
    while chunk := list(islice(rest, SIZE)):
        answers += _Round(transport, operation, chunk, role).run()
        error = answers[-1].error
        if isinstance(error, ENDING) and all(answer.error is error for answer in answers[-len(chunk) :]):
            answers += [ItemAnswer(error=error) for _ in rest]
    return answers


class _Round:
    """One chunk of at most 20: sent, and what was throttled sent again alone."""

    def __init__(self, transport: Transport, operation: str, items: Sequence[Item], role: str) -> None:
        self._transport, self._operation, self._items, self._role = transport, operation, items, role
        self._answers: dict[int, ItemAnswer] = {}
        self._waiting = list(range(len(items)))
        self._throttled: set[int] = set()

    def run(self) -> list[ItemAnswer]:
        from .transport import Turn

        def attempt(_number: int) -> Turn[None]:
            asked = self._send_waiting()
            return Turn(None, again=bool(self._waiting), asked=asked)

        self._transport.persist(attempt)
        for number in self._waiting:
            self._answers[number] = ItemAnswer(error=self._still_throttled(self._items[number]))
        return [self._answers[number] for number in range(len(self._items))]

    def _send_waiting(self) -> float | None:
        """Sends what waits; what must be sent again waits on. The longest time that was asked for."""
        sent, self._waiting = self._waiting, []
        call = self._call(sent)
        try:
            told = self._read(call, self._transport.json(call))
        except GatewayError as error:
            self._answers.update({number: ItemAnswer(error=self._failed(number, error)) for number in sent})
            return None
        asked: list[float] = []
        for number in sent:
            part = told.get(str(number))
            if part is not None and self._is_again(self._items[number], part):
                self._waiting.append(number)
                self._throttled.add(number)
                asked += [
                    seconds for seconds in [asked_wait(_headers(part), self._transport.now)] if seconds is not None
                ]
            else:
                self._answers[number] = self._outcome(self._items[number], part)
        return max(asked, default=None)

    def _failed(self, number: int, error: GatewayError) -> GatewayError:
        """A write that was throttled in an earlier round may have been done then, whatever befalls this one."""
        if self._items[number].is_read or number not in self._throttled:
            return error
        return OutcomeUnknown(error.message, error.hint, status=error.status, code=error.code)

    def _call(self, numbers: Sequence[int]) -> Call:
        items = [self._items[number] for number in numbers]
        requests = [_as_json(number, self._items[number]) for number in numbers]
        return Call(
            self._operation,
            "POST",
            f"{ROOT}/$batch",
            role=self._role,
            data={"requests": requests},
            reads=all(item.is_read for item in items),
            repeatable=all(item.same_twice for item in items),
            items=len(items),
        )

    def _read(self, call: Call, answer: Any) -> dict[str, dict[str, Any]]:
        """Answers by the id of their item."""
        parts = answer.get("responses") if isinstance(answer, dict) else None
        if not isinstance(parts, list):
            kind = OutcomeUnknown if call.is_write else BadAnswer
            raise kind(f"{self._operation}: the answer to a batch has no responses")
        return {str(part.get("id")): part for part in parts if isinstance(part, dict)}

    def _is_again(self, item: Item, part: Mapping[str, Any]) -> bool:
        status = _status(part)
        return (status in THROTTLED and item.again_if_throttled) or (status >= 500 and status != 501 and item.is_read)

    def _outcome(self, item: Item, part: Mapping[str, Any] | None) -> ItemAnswer:
        status = _status(part or {})
        if part is None or not 200 <= status < 600:
            text = f"{self._operation}: the batch says nothing about this item"
            return ItemAnswer(error=BadAnswer(text) if item.is_read else OutcomeUnknown(text))
        body = part.get("body")
        if 200 <= status < 300:
            return ItemAnswer(body)
        if not item.is_read and (status in THROTTLED or status >= 500):
            unknown = OutcomeUnknown(f"{self._operation}: no usable answer came back (HTTP {status})", status=status)
            return ItemAnswer(body, unknown, status == 429, asked_wait(_headers(part), self._transport.now))
        return ItemAnswer(body, make_error(self._operation, read_refusal(status, _headers(part), body)))

    def _still_throttled(self, item: Item) -> GatewayError:
        text = f"{self._operation}: Microsoft 365 asked us to slow down, and still did after all attempts"
        return Throttled(text, status=429) if item.is_read else OutcomeUnknown(text, status=429)


def _as_json(number: int, item: Item) -> dict[str, Any]:
    request: dict[str, Any] = {"id": str(number), "method": item.method, "url": item.path}
    headers = dict(item.headers)
    if item.data is not None:
        headers.setdefault("Content-Type", "application/json")
        request["body"] = item.data
    if headers:
        request["headers"] = headers
    return request


def _status(part: Mapping[str, Any]) -> int:
    try:
        return int(part.get("status", 0))
    except (TypeError, ValueError):
        return 0


def _headers(part: Mapping[str, Any]) -> dict[str, str]:
    headers = part.get("headers")
    return {str(name).lower(): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}
