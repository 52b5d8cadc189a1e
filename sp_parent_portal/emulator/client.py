"""How the command line reaches `/_emulator/*`: over loopback HTTP, or an emulator in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

if TYPE_CHECKING:
    from .app import Emulator

Exchange = Callable[[str, str, Any], tuple[int, bytes]]


class EmulatorUnreachable(Exception):
    """Nothing answers at the address, or it is not on this machine."""


class EmulatorRefused(Exception):
    """The emulator answered with an error; `status` is HTTP's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class EmulatorClient:
    """Every method answers the JSON of an endpoint in control.py. Raises EmulatorUnreachable and EmulatorRefused."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    @classmethod
    def at(cls, url: str) -> EmulatorClient:
        """The emulator served at `url`, which must be on this machine."""
        return cls(_over_http(url))

    @classmethod
    def of(cls, emulator: Emulator) -> EmulatorClient:
        return cls(_in_process(emulator))

    def get_health(self) -> dict[str, Any]:
        return dict(self._call("GET", "health"))

    def get_state(self, *, kind: str = "", site: str = "", limit: int = 100) -> dict[str, Any]:
        asked = {"kind": kind, "site": site, "limit": str(limit)}
        return dict(self._call("GET", f"state?{urlencode({k: v for k, v in asked.items() if v})}"))

    def list_outbox(self) -> list[dict[str, Any]]:
        return list(self._call("GET", "outbox"))

    def get_usage(self) -> dict[str, Any]:
        return dict(self._call("GET", "usage"))

    def redeem(self, email: str, accept_as: str = "") -> dict[str, Any]:
        return dict(self._call("POST", "redeem", {"email": email, **({"as": accept_as} if accept_as else {})}))

    def visit(self, email: str, site: str) -> dict[str, Any]:
        return dict(self._call("POST", "visit", {"email": email, "site": site}))

    def set_faults(self, script: list[dict[str, Any]]) -> None:
        self._call("POST", "faults", script)

    def reset(self) -> None:
        self._call("POST", "reset", {})

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        status, data = self._exchange(method, f"/_emulator/{path}", body)
        try:
            doc = json.loads(data)
        except ValueError:
            raise EmulatorUnreachable("what answers at this address is not the emulator") from None
        if status >= 400:
            raise EmulatorRefused(status, str(doc.get("error", {}).get("message", "")))
        return doc


def _over_http(url: str) -> Exchange:
    from .app import is_loopback

    parts = urlsplit(url)
    if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
        raise EmulatorUnreachable("the emulator is only ever at http://127.0.0.1")
    # No proxy of the environment comes between two processes of one machine.
    opener = build_opener(ProxyHandler({}))

    def exchange(method: str, path: str, body: Any) -> tuple[int, bytes]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = Request(url.rstrip("/") + quote(path, safe="/?=&%"), data, headers, method=method)  # noqa: S310 - http, checked
        try:
            with opener.open(request, timeout=60) as answer:
                return int(answer.status), bytes(answer.read())
        except HTTPError as error:
            with error:
                return error.code, error.read()
        except (URLError, OSError):
            raise EmulatorUnreachable("no emulator answers at this address") from None

    return exchange


def _in_process(emulator: Emulator) -> Exchange:
    from werkzeug.test import Client

    client = Client(emulator)

    def exchange(method: str, path: str, body: Any) -> tuple[int, bytes]:
        answer = (
            client.open(path, method=method, base_url="http://127.0.0.1", json=body)
            if body is not None
            else (client.open(path, method=method, base_url="http://127.0.0.1"))
        )
        return answer.status_code, answer.get_data()

    return exchange
