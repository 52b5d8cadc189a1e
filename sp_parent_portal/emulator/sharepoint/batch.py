"""`_api/$batch`: many calls in one multipart request.

The answer is flat: one part for each call, in the order of the request, none of them nested in a changeset. A call that
fails does not stop those after it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from http.client import responses
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.wrappers import Response

from ..web import ConnectionLost, Request, make_request
from .faults import bad_value

if TYPE_CHECKING:
    from ..app import Emulator

Part = tuple[str, str, dict[str, str], str]
LARGEST = 1000
REQUEST_LINE = re.compile(r"^(GET|POST|PUT|PATCH|MERGE|DELETE) (\S+) HTTP/1\.1$")


def answer(emulator: Emulator, request: Request) -> Response:
    """Raises Fault where the body is no batch."""
    request.price, request.writes = "free", False
    parts = list(read(request.get_data(as_text=True), request.headers.get("Content-Type", "")))
    if not parts or len(parts) > LARGEST:
        raise bad_value("The batch request could not be read.")
    answers: list[Response] = []
    lost: ConnectionLost | None = None
    for part in parts:
        try:
            answers.append(emulator.answer_item(_make_request(request, part)))
        except ConnectionLost as error:
            # The service carries on with the others; it is the caller who hears nothing.
            lost = error
    if lost is not None:
        raise lost
    mark = f"batchresponse_{uuid.uuid4()}"
    body = "".join(f"--{mark}\r\n{_write(each)}" for each in answers) + f"--{mark}--\r\n"
    return Response(body, 200, content_type=f"multipart/mixed; boundary={mark}")


def read(text: str, content_type: str) -> Iterator[Part]:
    """The calls of a body, changesets opened. Lines may end in LF alone, as one client sends them."""
    boundary = re.search(r'boundary="?([^";]+)', content_type)
    if boundary is None:
        return
    text = text.replace("\r\n", "\n")
    for piece in text.split(f"--{boundary[1]}")[1:]:
        if piece.startswith("--"):
            return
        head, _, rest = piece.lstrip("\n").partition("\n\n")
        kind = next((line for line in head.split("\n") if line.lower().startswith("content-type:")), "")
        if "multipart/mixed" in kind.lower():
            yield from read(rest, kind)
        else:
            part = _read_part(rest)
            if part is not None:
                yield part


def _read_part(text: str) -> Part | None:
    head, _, body = text.lstrip("\n").partition("\n\n")
    first, *lines = head.split("\n")
    line = REQUEST_LINE.match(first.strip())
    if line is None:
        return None
    headers = {
        name.strip(): value.strip() for name, _, value in (each.partition(":") for each in lines) if name.strip()
    }
    return line[1], line[2], headers, body.strip()


def _make_request(outer: Request, part: Part) -> Request:
    verb, address, headers, body = part
    given = {name.lower() for name in headers}
    for name in ("Authorization", "Accept", "X-Forwarded-Proto"):
        if name.lower() not in given and outer.sent(name):
            headers[name] = outer.sent(name)
    url = urlsplit(address)
    whole = f"{outer.scheme}://{url.netloc or outer.host}{url.path}?{url.query}"
    return make_request(verb, whole, headers, body.encode())


def _write(response: Response) -> str:
    there = {name.lower(): value for name, value in response.headers}
    lines = [
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        f"HTTP/1.1 {response.status_code} {responses[response.status_code]}",
        f"CONTENT-TYPE: {there['content-type']}",
    ]
    lines += [f"{name.upper()}: {there[name]}" for name in ("etag", "location", "retry-after") if name in there]
    return "\r\n".join([*lines, "", response.get_data(as_text=True), ""])
