"""The same for Python's HTTP libraries as loopback.cjs is for Node: whatever a client asks of Microsoft's cloud goes to
the emulator over plain HTTP, under the Host that was meant; every other address is refused."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import requests
from requests.adapters import HTTPAdapter

CLOUD = re.compile(r"(login\.microsoftonline\.com|graph\.microsoft\.com|[a-z0-9-]+\.sharepoint\.com)")


class Refused(Exception):
    """Somebody tried to leave the machine."""


def check(host: str) -> None:
    if CLOUD.fullmatch(host) is None:
        raise Refused(host)


class _Adapter(HTTPAdapter):
    def __init__(self, emulator_url: str) -> None:
        super().__init__()
        self.emulator_url = emulator_url

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        asked = urlsplit(request.url or "")
        check(asked.hostname or "")
        request.headers.update({"Host": asked.netloc, "X-Forwarded-Proto": "https"})
        request.url = f"{self.emulator_url}{asked.path}{'?' if asked.query else ''}{asked.query}"
        return super().send(request, *args, **{**options, "proxies": {}})


def redirect_everything(monkeypatch: pytest.MonkeyPatch, emulator_url: str) -> None:
    """Also the sessions that a client makes without asking."""
    monkeypatch.setattr(requests.Session, "get_adapter", lambda *_, **__: _Adapter(emulator_url))


def make_session(emulator_url: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(emulator_url))
    return session


class AsyncTransport:
    """A transport of httpx."""

    def __init__(self, emulator_url: str) -> None:
        self.emulator = httpx.URL(emulator_url)
        self.wire = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        check(request.url.host)
        request.headers["X-Forwarded-Proto"] = "https"  # Host was set when the request was made
        request.url = request.url.copy_with(scheme="http", host=self.emulator.host, port=self.emulator.port)
        return await self.wire.handle_async_request(request)

    async def aclose(self) -> None:
        await self.wire.aclose()

    async def __aenter__(self) -> AsyncTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
