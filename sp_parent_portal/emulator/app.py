"""The emulator as one WSGI application: hosts told apart by the Host header."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from . import tokens
from .refusals import refuse_token
from .state import State
from .tenant import Tenant, load_tenant
from .web import Request, ServiceError, unknown_endpoint

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOGIN_HOSTS = ("login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net")
READS = ("GET", "HEAD", "OPTIONS")


def utc_now() -> datetime:
    return datetime.now(UTC)


class Emulator:
    """`now` is the clock that every date, expiry and throttling window is read from."""

    def __init__(self, state: State, *, now: Callable[[], datetime] = utc_now) -> None:
        self.state = state
        self.now = now

    @property
    def tenant(self) -> Tenant:
        return load_tenant(self.state)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        """One request from outside."""
        return self.answer_item(request)

    def answer_item(self, request: Request) -> Response:
        """One request, or one item of a `$batch`: its work is one transaction, undone when it is refused."""
        guard = self.state.look if request.method in READS else self.state.work
        try:
            with guard():
                return self._dispatch(request)
        except ServiceError as error:
            return error.answer

    def read_token(self, request: Request, audience_host: str) -> tokens.Token:
        """The caller of this request; also put on `request.token`. Raises ServiceError with the answer that the service
        of `audience_host` gives to a token it does not accept."""
        try:
            token = tokens.read(
                self.state, request.headers.get("Authorization", ""), audience_host, self.now().timestamp()
            )
        except tokens.TokenRefused as refused:
            raise ServiceError(refuse_token(refused.reason, audience_host, self.tenant)) from None
        request.token = token
        return token

    def _dispatch(self, request: Request) -> Response:
        host = request.host_name
        if host in self.tenant.sharepoint_hosts:
            from . import sharepoint

            return sharepoint.answer(self, request)
        return unknown_endpoint(request)


def is_loopback(host: str) -> bool:
    """Whether a host name, without its port, names this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
