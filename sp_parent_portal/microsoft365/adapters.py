"""Ways to an emulator that leave every address as it is: hosts are told apart by the Host header, as on the web."""

from __future__ import annotations

import io
import ipaddress
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def is_loopback(url: str) -> bool:
    """Whether the address is plain http on this machine, without a path, user or password."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.username is not None or parts.path not in ("", "/") or parts.query:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


class LoopbackAdapter(HTTPAdapter):
    """Sends everything to an emulator that listens on this machine. Raises ValueError for any other address."""

    def __init__(self, base_url: str, **options: Any) -> None:
        if not is_loopback(base_url):
            raise ValueError("the emulator's address must be http on this machine, such as http://127.0.0.1:8365")
        self._base = base_url.rstrip("/")
        super().__init__(**options)

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        meant = urlsplit(str(request.url))
        sent = request.copy()
        sent.headers["Host"] = meant.netloc
        sent.headers["X-Forwarded-Proto"] = meant.scheme
        sent.url = self._base + request.path_url
        response = super().send(sent, *args, **options)
        response.request, response.url = request, str(request.url)
        return response


class WsgiAdapter(BaseAdapter):
    """Calls a WSGI application in this process, one request at a time for each thread. `lost` is the exception by which
    the application says that the connection broke after the work."""

    def __init__(self, app: WSGIApplication, lost: type[BaseException]) -> None:
        super().__init__()
        self._app, self._lost = app, lost
        self._builder = HTTPAdapter()

    def send(self, request: requests.PreparedRequest, *_args: Any, **_options: Any) -> requests.Response:
        try:
            status, headers, body = _call(self._app, _environ(request))
        except self._lost:
            raise requests.ConnectionError("the connection was lost", request=request) from None
        answer = urllib3.HTTPResponse(
            body=io.BytesIO(body),
            headers=urllib3.HTTPHeaderDict(headers),
            status=status,
            preload_content=False,
            request_method=request.method,
        )
        return self._builder.build_response(request, answer)

    def close(self) -> None:
        self._builder.close()


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    """The WSGI environment (PEP 3333); REQUEST_URI keeps the path as it was sent."""
    url = urlsplit(str(request.url))
    body = request.body or b""
    data = body.encode() if isinstance(body, str) else bytes(body)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path or "/").decode("latin-1"),
        "QUERY_STRING": url.query,
        "REQUEST_URI": request.path_url,
        "CONTENT_LENGTH": str(len(data)),
        "SERVER_NAME": url.hostname or "",
        "SERVER_PORT": str(url.port or 443),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(data),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key not in ("CONTENT_LENGTH", "HOST"):
            environ[f"HTTP_{key}"] = value
    return environ


def _call(app: WSGIApplication, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    told: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _info: Any = None) -> Callable[[bytes], object]:
        told.append((status, headers))
        return lambda _data: None

    parts: Iterable[bytes] = app(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = told[-1]
    return int(status.split(" ", 1)[0]), headers, body
