"""SharePoint's `$batch`: several requests to one site in one, each with its own outcome.

One changeset for each write, so that they are carried out in the order in which they are given; the answer is flat, one
part for each request, in that order (recorded by PnP Core, 2021-12 to 2024-08). One that fails does not stop the next.
An answer of 200 hides parts that were throttled.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..errors import BadAnswer, GatewayError, OutcomeUnknown
from .batch import ItemAnswer
from .call import READING, Call
from .patience import THROTTLED, asked_wait
from .refusals import make_error, read_refusal

if TYPE_CHECKING:
    from .transport import Transport

PLAIN = "application/json;odata=nometadata"
SIZE = 20  # what shipping clients put into one (PnPjs, read 2026-08)


@dataclass(frozen=True, slots=True)
class Part:
    """One request; `path` below the site's _api/. `may_repeat` says that doing it twice is doing it once."""

    verb: str
    path: str = field(repr=False)
    data: object = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    may_repeat: bool = False

    @property
    def is_read(self) -> bool:
        return self.verb in READING


def send_parts(transport: Transport, site_url: str, operation: str, parts: Iterable[Part]) -> list[ItemAnswer]:
    """One answer for each part, in their order. What befalls a whole request is the outcome of each of its parts."""
    answers: list[ItemAnswer] = []
    rest = iter(parts)
    while chunk := list(islice(rest, SIZE)):
        answers += _Round(transport, site_url.rstrip("/"), operation, chunk).run()
    return answers


class _Round:
    """One chunk of at most 20: sent, and what SharePoint had no room for sent again alone, when it says.

    Whether a part that is answered with 429 may have been done all the same is written nowhere; of Graph's batches it
    was seen. So a write is sent again only where doing it twice is doing it once."""

    def __init__(self, transport: Transport, site_url: str, operation: str, parts: Sequence[Part]) -> None:
        self._transport, self._site_url, self._operation, self._parts = transport, site_url, operation, parts
        self._answers: dict[int, ItemAnswer] = {}
        self._waiting = list(range(len(parts)))

    def run(self) -> list[ItemAnswer]:
        from .transport import Turn

        def attempt(_number: int) -> Turn[None]:
            asked = self._send_waiting()
            return Turn(None, again=bool(self._waiting), asked=asked)

        self._transport.persist(attempt)
        return [self._answers[number] for number in range(len(self._parts))]

    def _send_waiting(self) -> float | None:
        """Sends what waits; what must be sent again waits on. The longest time that was asked for."""
        sent, self._waiting = self._waiting, []
        parts = [self._parts[number] for number in sent]
        try:
            told = _send(self._transport, self._site_url, self._operation, parts)
        except GatewayError as error:
            self._answers.update({number: ItemAnswer(error=self._failed(number, error)) for number in sent})
            return None
        asked: list[float] = []
        for number, part, (status, headers, data) in zip(sent, parts, told, strict=True):
            self._answers[number] = _outcome(self._operation, part, status, headers, data)
            if status in THROTTLED and (part.is_read or part.may_repeat):
                self._waiting.append(number)
                seconds = asked_wait(headers, self._transport.now)
                asked += [] if seconds is None else [seconds]
        return max(asked, default=None)

    def _failed(self, number: int, error: GatewayError) -> GatewayError:
        """A write that was throttled in an earlier round may have been done then, whatever befalls this one."""
        if self._parts[number].is_read or number not in self._answers:
            return error
        return OutcomeUnknown(error.message, error.hint, status=error.status, code=error.code)


def _send(
    transport: Transport, site_url: str, operation: str, parts: Sequence[Part]
) -> list[tuple[int, dict[str, str], Any]]:
    """Status, headers and decoded body of each part's answer."""
    reads = all(part.is_read for part in parts)
    mark = f"batch_{uuid.uuid4()}"
    call = Call(
        operation,
        "POST",
        f"{site_url}/_api/$batch",
        role="reader" if reads else "provisioner",
        body=_write(mark, site_url, parts).encode(),
        headers={"Content-Type": f'multipart/mixed; boundary="{mark}"', "Accept": PLAIN},
        repeatable=all(part.is_read or part.may_repeat for part in parts),
        reads=reads,
        raw=True,
        items=len(parts),
    )
    reply = transport.send(call)
    told = _read(reply.headers.get("content-type", ""), reply.data)
    if len(told) != len(parts):
        text = f"{operation}: the answer to a batch has {len(told)} parts instead of {len(parts)}"
        raise BadAnswer(text) if reads else OutcomeUnknown(text)
    return told


def _write(mark: str, site_url: str, parts: Sequence[Part]) -> str:
    lines: list[str] = []
    for number, part in enumerate(parts):
        request = _write_part(site_url, part)
        lines.append(f"--{mark}")
        if part.is_read:
            lines += request
        else:
            inner = f"changeset_{mark}_{number}"
            lines += [f'Content-Type: multipart/mixed; boundary="{inner}"', "", f"--{inner}", *request, f"--{inner}--"]
    return "\r\n".join([*lines, f"--{mark}--", ""])


def _write_part(site_url: str, part: Part) -> list[str]:
    headers = {"Accept": PLAIN, **part.headers}
    if part.data is not None:
        headers["Content-Type"] = PLAIN
    body = "" if part.data is None else json.dumps(part.data)  # ASCII, and on one line
    return [
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        f"{part.verb} {site_url}/_api/{part.path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
        "",
        body,
        "",
    ]


def _read(content_type: str, body: bytes) -> list[tuple[int, dict[str, str], Any]]:
    """Status, headers and decoded body of each part."""
    whole = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    parts = whole.get_payload() if whole.is_multipart() else []
    return [_read_part(part) for part in parts if isinstance(part, Message)]


def _read_part(part: Message) -> tuple[int, dict[str, str], Any]:
    payload = part.get_payload(decode=True)
    first, _, rest = (payload if isinstance(payload, bytes) else b"").lstrip().partition(b"\r\n")
    status = first.split(b" ")[1] if first.startswith(b"HTTP/1.1 ") else b""
    head, _, text = rest.partition(b"\r\n\r\n")
    headers = {
        name.decode("latin-1").strip().lower(): value.decode("latin-1").strip()
        for name, _, value in (line.partition(b":") for line in head.split(b"\r\n"))
    }
    try:
        data = json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        data = text.decode("utf-8", "replace")
    return int(status) if status.isdigit() else 0, headers, data


def _outcome(operation: str, part: Part, status: int, headers: dict[str, str], data: Any) -> ItemAnswer:
    if 200 <= status < 300:
        return ItemAnswer(data)
    refusal = read_refusal(status, headers, data)
    unsure = status in THROTTLED or status == 0 or (status >= 500 and not refusal.is_meant)
    if unsure and not part.is_read:
        return ItemAnswer(
            data, OutcomeUnknown(f"{operation}: no usable answer came back (HTTP {status})", status=status)
        )
    if status == 0:
        return ItemAnswer(data, BadAnswer(f"{operation}: the batch says nothing about this part"))
    return ItemAnswer(data, make_error(operation, refusal))
