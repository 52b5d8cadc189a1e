"""A small service in this process that answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sp_parent_portal.microsoft365.adapters import WsgiAdapter
from sp_parent_portal.microsoft365.graph import Graph
from sp_parent_portal.microsoft365.patience import Patience
from sp_parent_portal.microsoft365.sharepoint import SharePoint
from sp_parent_portal.microsoft365.transport import Transport

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOST, ADMIN, GRAPH, LOGIN = (
    "contoso.sharepoint.com",
    "contoso-admin.sharepoint.com",
    "graph.microsoft.com",
    "login.microsoftonline.com",
)
SITE = f"https://{HOST}/sites/lake"
LIST_ID = "1a2b3c4d-0000-4000-8000-000000000001"


class Lost(Exception):
    """The connection broke after the work."""


@dataclass(frozen=True)
class Asked:
    """One request as it reached the service. `path` and `query` as they were sent, still encoded."""

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    @property
    def verb(self) -> str:
        return self.headers.get("x-http-method", self.method)


@dataclass(frozen=True)
class Told:
    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Recorder:
    """A WSGI application: `answer` decides, `asked` remembers. An answer that is an exception is raised."""

    def __init__(self, answer: Callable[[Asked], Told | Exception]) -> None:
        self._answer = answer
        self._lock = threading.Lock()
        self.asked: list[Asked] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, _, query = environ["REQUEST_URI"].partition("?")
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        asked = Asked(environ["REQUEST_METHOD"], headers["host"], path, query, headers, body)
        with self._lock:
            self.asked.append(asked)
        told = self._answer(asked)
        if isinstance(told, Exception):
            raise told
        given = {"Content-Type": "application/json", **told.headers}
        start_response(f"{told.status} {'OK' if told.status < 400 else 'Refused'}", list(given.items()))
        return [told.payload]

    @property
    def paths(self) -> list[str]:
        return [f"{each.method} {each.path}" for each in self.asked]


def in_turn(*answers: Told | Exception) -> Recorder:
    """Answers one after the other; a request more than there are answers fails the test."""
    left = list(answers)
    return Recorder(lambda _asked: left.pop(0))


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2027, 5, 10, 12, tzinfo=UTC) + timedelta(seconds=self.seconds)


class Tokens:
    """`made` counts: the second token of a host is called host-2."""

    def __init__(self) -> None:
        self.current: dict[str, int] = {}
        self.lock = threading.Lock()

    def get(self, host: str, role: str) -> str:
        return f"{host}-{role}-{self.current.setdefault(host, 1)}"

    def forget(self, host: str, role: str, token: str) -> None:
        with self.lock:
            if self.get(host, role) == token:
                self.current[host] += 1


def open_transport(app: Recorder, clock: Clock | None = None, **options: Any) -> Transport:
    clock = clock or Clock()
    return Transport(
        {HOST, ADMIN, GRAPH, LOGIN},
        "NONISV|School|sp-parent-portal/test",
        adapter=WsgiAdapter(app, Lost),
        **{
            "tokens": Tokens(),
            "patience": Patience(),
            "sleep": clock.sleep,
            "clock": clock.monotonic,
            "now": clock.now,
            "chance": random.Random(7).random if options.get("jitter") else lambda: 0.0,
            **{name: value for name, value in options.items() if name != "jitter"},
        },
    )


def open_graph(app: Recorder, clock: Clock | None = None, **options: Any) -> Graph:
    return Graph(open_transport(app, clock, **options))


def open_sharepoint(app: Recorder, clock: Clock | None = None, **options: Any) -> SharePoint:
    return SharePoint(open_transport(app, clock, **options), HOST, ADMIN)
