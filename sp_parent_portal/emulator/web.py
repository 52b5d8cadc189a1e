"""Requests and answers: what every half of the emulator receives and gives back."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

from werkzeug.wrappers import Request as WerkzeugRequest
from werkzeug.wrappers import Response

from .tokens import Token


@cache
def _environ_key(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"


class ConnectionLost(Exception):
    """The connection broke before an answer came back. Raised out of the WSGI application: whoever mounts it in-process
    turns it into its own connection error, the served emulator closes the socket."""


class NoAnswer(ConnectionLost):
    """The service never answers. The served emulator keeps the socket open until the caller gives up; in-process, where
    there is no socket to wait on, it is a connection that broke."""


class ServiceError(Exception):
    """A refusal, with the answer that tells it. Whatever the request had written is rolled back."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Request(WerkzeugRequest):
    """One request, on its own or out of a `$batch`. What is set while it is routed says how it is charged: `operation`
    is its name in the usage report, `service` the backend (directory, sharepoint, mail, login), `price` the name of its
    price in limits.toml (or `free`, uncounted), taken `price_times`, `writes` whether it changes anything, `mails` how
    many it sent and from which `mailbox`; `sharing` that it shares something, of the site `sharing_site`; `app_id` and
    `user_id` are the caller's. `doc` is the JSON of an item of a `$batch`, which was read with the batch."""

    token: Token | None = None
    operation: str = ""
    price: str = ""
    price_times: int = 1
    service: str = ""
    writes: bool | None = None
    mails: int = 0
    mailbox: str = ""
    app_id: str = ""
    user_id: str = ""
    sharing: bool = False
    sharing_site: str = ""
    doc: Any = None

    @cached_property
    def host_name(self) -> str:
        """The Host header in lower case, without its port."""
        host = self.host.lower()
        return host.partition("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]

    @cached_property
    def scheme_and_host(self) -> str:
        """Scheme and host as the caller sees them, for absolute URLs."""
        scheme = self.sent("X-Forwarded-Proto").partition(",")[0].strip().lower()
        return f"{scheme if scheme in ('http', 'https') else self.scheme}://{self.host}"

    def sent(self, header: str, default: str = "") -> str:
        """A header's value. werkzeug's own way raises an exception inside for each that was not sent."""
        return str(self.environ.get(_environ_key(header), default))

    def json_body(self) -> Any:
        """The body as JSON; None where there is none. Raises ValueError."""
        if self.doc is not None:
            return self.doc
        data = self.get_data(cache=True)
        return json.loads(data) if data.strip() else None


def make_request(method: str, url: str, headers: Mapping[str, str], body: bytes = b"", doc: Any = None) -> Request:
    """A request out of a `$batch`; `url` is absolute, `doc` the JSON sent where it is known already."""
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(parts.path).encode().decode("latin-1"),
        "QUERY_STRING": parts.query.encode().decode("latin-1"),
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": "443" if parts.scheme == "https" else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": parts.netloc,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key not in ("CONTENT_LENGTH", "HOST"):
            environ[f"HTTP_{key}"] = value
    request = Request(environ)
    request.doc = doc
    return request


def json_answer(doc: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(json.dumps(doc), status, dict(headers or {}), content_type="application/json")


def put_headers(response: Response, named: Mapping[str, str]) -> None:
    """As `response.headers.update(named)`, in one pass over the headers that are there instead of one for each."""
    there = {name.lower() for name, _ in response.headers}
    for name, value in named.items():
        if name.lower() in there:
            response.headers.set(name, value)
        else:
            response.headers.add(name, value)


def unknown_endpoint(request: Request, detail: str = "") -> Response:
    """Never a plausible 200: what the emulator does not play says so and names itself, with `detail` of the request."""
    message = f"The emulator does not play {request.method} https://{request.host_name}{request.path}{detail}"
    return json_answer({"error": {"code": "emulatorNotImplemented", "message": message}}, 501)
