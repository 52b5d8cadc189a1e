"""The emulator as one WSGI application: hosts told apart by the Host header."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.http import http_date
from werkzeug.wrappers import Response

from . import directory, fault_answers, faults, limits, tokens
from .refusals import refuse_token, throttle
from .state import State
from .tenant import Tenant, load_tenant
from .usage import Usage
from .web import ConnectionLost, NoAnswer, Request, ServiceError, unknown_endpoint

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOGIN_HOSTS = ("login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net")
READS = ("GET", "HEAD", "OPTIONS")


def utc_now() -> datetime:
    return datetime.now(UTC)


class Emulator:
    """`now` is the clock that every date, expiry and throttling window is read from (kept as `clock`); `sleep` takes
    seconds and serves `latency_ms` and the delays of the fault script; `published_limits` makes Microsoft's limits
    refuse; `seed` is the folder to fill an empty state from, None for the default tenant."""

    def __init__(
        self,
        state: State,
        *,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        latency_ms: int = 0,
        published_limits: bool = False,
        seed: Path | None = None,
    ) -> None:
        self.state = state
        self.clock = now
        self.sleep = sleep
        self.latency_ms = latency_ms
        self.seed = seed
        self.set_clock()
        self.usage = Usage(self.now, enforced=published_limits)

    def now(self) -> datetime:
        """The tenant's clock, which may go wrong (`clock_skew_seconds`)."""
        return self.clock() + self._skew

    def set_clock(self) -> None:
        """Read the skew of the clock again, after the weather changed."""
        self._skew = timedelta(seconds=self.state.get_fact("clock_skew_seconds") or 0)

    @property
    def tenant(self) -> Tenant:
        return load_tenant(self.state)

    def reset(self) -> None:
        """Back to the seed: the folder given, else the one the state was filled from; a generated tenant is made once
        more. Raises SeedError."""
        from . import generate
        from .seed import plant

        known = self.state.get_fact("seed")
        folder = self.seed or (Path(known) if known else None)
        amounts = generate.find_amounts(self.state)
        with self.state.work():
            self.state.clear()
            if amounts is not None:
                generate.fill(self.state, amounts, folder)
            else:
                plant(self, folder)
                self.state.set_fact("seed", None if folder is None else str(folder.resolve()))
        self.set_clock()
        self.usage.reset()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.answer(Request(environ))(environ, start_response)

    def answer(self, request: Request) -> Response:
        """One request from outside. Raises ConnectionLost where the fault script says so."""
        if is_loopback(request.host_name):
            from . import control

            with self._guard(request):
                return control.answer(self, request)
        if self.latency_ms:
            self.sleep(self.latency_ms / 1000)
        response = self.answer_item(request)
        response.headers.setdefault("Date", http_date(self.now()))
        return response

    def answer_item(self, request: Request) -> Response:
        """One request, or one item of a `$batch`: struck by the fault script, charged, and its work one transaction
        that is undone when it is refused. Raises ConnectionLost."""
        request.operation = f"{request.method} {request.host_name}"
        request.app_id, request.user_id = tokens.find_caller(request.sent("Authorization"))
        fault = faults.find_fault(self.state, request)
        if fault is None:
            return self._work(request)
        if fault.delay_ms:
            self.sleep(fault.delay_ms / 1000)
        if not fault.replaces:
            return fault_answers.deform(fault, request, self._work(request))
        if fault.after_work:
            self._work(request)
        else:
            self._charge(request, Response())
        if fault.silent:
            raise NoAnswer
        if fault.drop:
            raise ConnectionLost
        reply = fault_answers.make_reply(fault, request, self.tenant)
        self.usage.note_reply(reply)
        return reply

    def _work(self, request: Request) -> Response:
        try:
            with self._guard(request):
                response = self._dispatch(request)
        except ServiceError as error:
            response = error.answer
        if request.price != "free":
            users = self._charge(request, response)
            if self.usage.enforced:
                response.headers.update(self.usage.rate_headers(request, self.tenant, users))
            if request.service == "directory":
                response.headers["x-ms-resource-unit"] = str(limits.units_of(request))
        return response

    def _charge(self, request: Request, response: Response) -> int:
        """Count the request; the size of the directory, as far as it matters."""
        users = directory.count_users(self.state, most=limits.LARGE) if self.usage.enforced else 0
        self.usage.charge(request, response, self.tenant, users)
        return users

    def _guard(self, request: Request) -> AbstractContextManager[object]:
        # The items of a batch are transactions of their own.
        if request.method in READS or request.path.lower().endswith("/$batch"):
            return self.state.look()
        return self.state.work()

    def read_token(self, request: Request, audience_host: str) -> tokens.Token:
        """The caller of this request; also put on `request.token`. Raises ServiceError with the answer that the service
        of `audience_host` gives to a token it does not accept."""
        authorization = request.sent("Authorization")
        try:
            token = tokens.read(self.state, authorization, audience_host, self.now().timestamp())
        except tokens.TokenRefused as refused:
            raise ServiceError(refuse_token(refused.reason, audience_host, self.tenant)) from None
        request.token = token
        return token

    def check_limits(self, request: Request) -> None:
        """Raises ServiceError (429) where a published limit is reached; `request.service` must be known."""
        if not self.usage.enforced:
            return
        seconds = self.usage.seconds_to_wait(request, self.tenant, directory.count_users(self.state, most=limits.LARGE))
        if seconds:
            raise ServiceError(throttle(request, seconds, self.tenant))

    def _dispatch(self, request: Request) -> Response:
        host = request.host_name
        if host == tokens.GRAPH_HOST:
            from . import graph

            return graph.answer(self, request)
        if host in LOGIN_HOSTS:
            from . import entra

            return entra.answer(self, request)
        if host in self.tenant.sharepoint_hosts:
            from . import sharepoint

            request.service = "sharepoint"
            self.check_limits(request)
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
