"""The one way out to Microsoft 365: every byte passes here, the library's and the sign-in's too.

It knows which hosts may be asked and which token is theirs, waits as long as the service asks, sends again only what
can be done twice, and turns what comes back into an answer or an error of errors.py.
"""

from __future__ import annotations

import http.cookiejar
import json
import logging
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeAlias, TypeVar
from urllib.parse import urljoin

import requests
import tenacity
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter

from ..errors import BadAnswer, ForeignHost, GatewayError, OutcomeUnknown, Throttled, Unreachable
from .call import Call, Observer, Traffic, kind_of
from .patience import Patience, asked_wait, wait_for_room
from .refusals import MICROSOFT, make_error, marks_of, read_refusal

T = TypeVar("T")
Adapter: TypeAlias = BaseAdapter
"""What carries the requests of a Transport; other rooms name it without knowing the library."""

# Its debug lines and its warnings about headers quote whole addresses, with the e-mail of a filter in them.
logging.getLogger("urllib3").setLevel(logging.ERROR)

AGAIN_LATER = "Nothing is wrong with the data: run the same command again later; what was done stays done."
READ_BACK = "It may or may not have been done: it is read back before anything is repeated."
NO_WAY = "Check SPP_TENANT and the network: proxies and certificates of the environment are not used."
MEANT_5XX = frozenset({501, 505})


class Stopped(BaseException):
    """Somebody pressed Ctrl-C while this thread waited. No Exception, for an interrupt is none either."""


class Tokens(Protocol):
    """Who signs the requests: one token for each host and role."""

    def get(self, host: str, role: str) -> str: ...
    def forget(self, host: str, role: str, token: str) -> None:
        """The service refused this token: the next `get` fetches another one, unless somebody did so already."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that came back. `headers` in lower case; `data` is the decoded JSON, None for an empty body, the text
    where it is no JSON, bytes where a call asked for them. `misread` says what came instead of JSON: "a web page" or
    "cut off", else ""."""

    status: int
    headers: dict[str, str]
    data: Any
    misread: str
    response: requests.Response

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer, or not a whole one. `unsent`: the request cannot have been carried out."""

    reason: str
    unsent: bool
    hopeless: bool = False


@dataclass(frozen=True, slots=True)
class Turn(Generic[T]):
    """One attempt: what came of it, whether to try again, and how long the service asked to wait first. `unsure`: it
    may have been carried out although no answer says so."""

    result: T
    again: bool = False
    asked: float | None = None
    unsure: bool = False


def utc_now() -> datetime:
    return datetime.now(UTC)


class Transport:
    """`hosts` are the only ones that are ever asked; for an `OriginCall` they are origins. `service` is what messages
    call them. `adapter` carries the requests (an emulator's, or the network's).
    Sleep, both clocks and chance are parameters; `observer` is told of every attempt, from any thread. Whoever sets
    `stopped` ends every wait, in all threads."""

    def __init__(
        self,
        hosts: Iterable[str],
        user_agent: str,
        *,
        service: str = MICROSOFT,
        adapter: BaseAdapter | None = None,
        tokens: Tokens | None = None,
        patience: Patience | None = None,
        timeouts: tuple[float, float] = (10.0, 120.0),
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
        chance: Callable[[], float] = random.random,
        observer: Observer | None = None,
    ) -> None:
        self.hosts = frozenset(host.lower() for host in hosts)
        self.service = service
        self.tokens = tokens
        self.patience = patience or Patience()
        self.now = now
        self._timeouts = timeouts
        self.stopped = threading.Event()
        self._sleep, self._clock, self._chance = sleep or self.pause, clock, chance
        self._observer = observer
        self._pauses: dict[str, float] = {}
        self._pauses_lock = threading.Lock()
        self._session = _open_session(adapter or HTTPAdapter(pool_maxsize=32), user_agent)
        if any(host.startswith("http://") for host in self.hosts):  # an origin on this machine
            self._session.mount("http://", self._session.get_adapter("https://"))

    def close(self) -> None:
        self._session.close()

    def pause(self, seconds: float) -> None:
        """Raises Stopped, at once, when `stopped` is set."""
        if self.stopped.wait(seconds):
            raise Stopped

    # ---- asking

    def json(self, call: Call) -> Any:
        """The decoded answer, None where it has no body. Raises what `send` raises."""
        return self.send(call).data

    def send(self, call: Call) -> Reply:
        """A successful answer. Raises GatewayError, a child of it for every way in which it can go wrong."""
        reply = self.exchange(call)
        if not reply.is_success:
            raise make_error(call.operation, read_refusal(reply.status, reply.headers, reply.data), self.service)
        return reply

    def exchange(self, call: Call, *, signed: bool = True) -> Reply:
        """Any whole answer, refusals too. Raises ForeignHost, Throttled, Unreachable, BadAnswer and OutcomeUnknown."""
        if call.host not in self.hosts:
            raise ForeignHost(f"{call.operation}: that host is not one to be asked; nothing was sent")
        unsure = renewed = False

        def attempt(number: int) -> Turn[Reply | Silence]:
            nonlocal unsure, renewed
            try:
                turn = self._attempt(call, number, signed=signed)
            except GatewayError:  # there is no token any more
                if unsure and call.is_write:
                    raise OutcomeUnknown(f"{call.operation}: no usable answer came back", READ_BACK) from None
                raise
            if signed and not renewed and self._renew_token(call, turn.result):
                renewed, turn = True, Turn(turn.result, again=True, asked=0.0)
            unsure = unsure or turn.unsure
            return turn

        turn = self.persist(attempt)
        if isinstance(turn.result, Reply) and not (turn.again or turn.unsure):
            self._check_place(call, turn.result)
            return turn.result
        raise self._failure(call, turn, unsure=unsure)

    def _renew_token(self, call: Call, result: Reply | Silence) -> bool:
        """Whether another token is worth a try: one may be revoked, or its permissions changed, before it expires. A
        401 has done nothing."""
        if self.tokens is None or not isinstance(result, Reply) or result.status != 401:
            return False
        self.tokens.forget(call.host, call.role, _bearer(result.response))
        return True

    def persist(self, attempt: Callable[[int], Turn[T]]) -> Turn[T]:
        """Attempt, wait and attempt again until a turn does not ask for another, or patience ends: the last turn."""
        began = self._clock()

        def wait(state: tenacity.RetryCallState) -> float:
            turn: Turn[T] = _last(state)
            if turn.asked is None:
                return self.patience.backoff(state.attempt_number, self._chance())
            return self.patience.spread(turn.asked, self._chance())

        def stop(state: tenacity.RetryCallState) -> bool:
            turn: Turn[T] = _last(state)
            return (
                state.attempt_number >= self.patience.attempts
                or (turn.asked or 0.0) > self.patience.longest_wait
                or self._clock() - began + state.upcoming_sleep > self.patience.budget
            )

        count = 0

        def numbered() -> Turn[T]:
            nonlocal count
            count += 1
            return attempt(count)

        retrying = tenacity.Retrying(
            sleep=self._sleep,
            wait=wait,
            stop=stop,
            retry=tenacity.retry_if_result(lambda turn: turn.again),
            retry_error_callback=_last,
        )
        return retrying(numbered)

    # ---- one attempt

    def _attempt(self, call: Call, number: int, *, signed: bool) -> Turn[Reply | Silence]:
        self._wait_for(call.host)
        result = self._send_once(call, signed=signed)
        status = result.status if isinstance(result, Reply) else 0
        if self._observer is not None:
            kind = kind_of(call.host)
            self._observer(Traffic(kind, call.operation, call.is_write, status, number, call.items))
        if isinstance(result, Silence):
            return _judge_silence(call, result)
        if result.is_success and (room := wait_for_room(result.headers)):
            self._pause(call.host, room)
        turn = judge_reply(call, result, asked_wait(result.headers, self.now))
        if turn.again and turn.asked is not None:
            self._pause(call.host, turn.asked)
        return turn

    def _send_once(self, call: Call, *, signed: bool) -> Reply | Silence:
        headers = dict(call.headers)
        body = call.body
        if call.data is not None:
            body = json.dumps(call.data).encode()
            headers.setdefault("Content-Type", "application/json")
        if signed and self.tokens is not None:
            headers["Authorization"] = f"Bearer {self.tokens.get(call.host, call.role)}"
        request = self._session.prepare_request(requests.Request(call.method, call.url, headers=headers, data=body))
        try:
            response = self._session.send(request, timeout=self._timeouts, allow_redirects=False)
        except requests.RequestException as error:
            return _read_silence(error)
        return make_reply(response, raw=call.raw)

    def _pause(self, host: str, seconds: float) -> None:
        """Everybody who asks this host waits: throttled calls count against the limit too."""
        until = self._clock() + min(seconds, self.patience.longest_wait)
        with self._pauses_lock:
            self._pauses[host] = max(until, self._pauses.get(host, until))

    def _wait_for(self, host: str) -> None:
        remaining = self._pauses.get(host, 0.0) - self._clock()
        if remaining > 0:
            self._sleep(self.patience.spread(remaining, self._chance()))

    # ---- when it did not work

    def _check_place(self, call: Call, reply: Reply) -> None:
        """A redirect is never followed: the token belongs to the host that it was made for."""
        if not 300 <= reply.status < 400:
            return
        if _redirect_host(call, reply) != call.host:
            raise ForeignHost(f"{call.operation}: redirected to another host; not followed", status=reply.status)
        raise BadAnswer(f"{call.operation}: redirected; redirects are not followed", status=reply.status)

    def _failure(self, call: Call, turn: Turn[Reply | Silence], *, unsure: bool) -> GatewayError:
        result = turn.result
        if isinstance(result, Silence):
            if call.is_write and unsure:
                return OutcomeUnknown(f"{call.operation}: {result.reason}", READ_BACK)
            return Unreachable(f"{call.operation}: {result.reason}", NO_WAY if result.hopeless else AGAIN_LATER)
        status = result.status
        refusal = read_refusal(status, result.headers, result.data)
        if call.is_write and unsure:
            text = f"{call.operation}: no usable answer came back ({marks_of(refusal)})"
            return OutcomeUnknown(text, READ_BACK, status=status)
        if result.is_success:
            return BadAnswer(f"{call.operation}: the answer is {result.misread}, not JSON", status=status)
        error = make_error(call.operation, refusal, self.service)
        if isinstance(error, Throttled):
            return Throttled(error.message + self._patience_ended(turn), AGAIN_LATER, status=status, code=error.code)
        if status == 401:
            return error
        text = f"{call.operation}: the service is failing ({marks_of(refusal)})"
        return Unreachable(text, AGAIN_LATER, status=status)

    def _patience_ended(self, turn: Turn[Any]) -> str:
        if turn.asked is not None and turn.asked > self.patience.longest_wait:
            return f"; it asks to wait {turn.asked:,.0f} s, we wait {self.patience.longest_wait:,.0f} s at most"
        return f"; gave up after {self.patience.attempts} attempts or {self.patience.budget:,.0f} s"


class _Session(requests.Session):
    """Never looks where a redirect leads; the base class does even when it must not follow."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - the name is the base class's
        return None


def _open_session(adapter: BaseAdapter, user_agent: str) -> requests.Session:
    session = _Session()
    # No proxies, certificates or passwords out of the environment or .netrc; no cookies, so that threads can share it.
    session.trust_env = False
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"User-Agent": user_agent, "Accept": "application/json"})
    session.adapters.clear()
    session.mount("https://", adapter)
    return session


def _redirect_host(call: Call, reply: Reply) -> str:
    try:
        return replace(call, url=urljoin(call.url, reply.headers.get("location", ""))).host
    except ValueError:
        return ""


def _last(state: tenacity.RetryCallState) -> Turn[Any]:
    if state.outcome is None:
        raise RuntimeError("no attempt was made")
    turn: Turn[Any] = state.outcome.result()
    return turn


def _bearer(response: requests.Response) -> str:
    return str(response.request.headers.get("Authorization", "")).removeprefix("Bearer ")


def make_reply(response: requests.Response, *, raw: bool = False) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    body = response.content
    if raw and 200 <= response.status_code < 300:
        return Reply(response.status_code, headers, body, "", response)
    if not body.strip():
        return Reply(response.status_code, headers, None, "", response)
    try:
        return Reply(response.status_code, headers, json.loads(body), "", response)
    except (ValueError, RecursionError):
        misread = "a web page" if "html" in headers.get("content-type", "").lower() else "cut off"
        return Reply(response.status_code, headers, body.decode("utf-8", "replace"), misread, response)


def judge_reply(call: Call, reply: Reply, asked: float | None) -> Turn[Reply | Silence]:
    """Whether this answer ends the call. A write that cannot be done twice goes on only after an answer that says that
    nothing was done: 429, or 503 with a time to wait."""
    if reply.is_success:
        return Turn(reply, again=reply.misread == "cut off" and call.may_repeat, unsure=bool(reply.misread))
    undone = reply.status == 429 or (reply.status == 503 and asked is not None)
    if undone:
        return Turn(reply, again=True, asked=asked)
    refusal = read_refusal(reply.status, reply.headers, reply.data)
    meant = reply.status in MEANT_5XX or (reply.status == 500 and refusal.is_meant)
    if reply.status == 408 or (reply.status >= 500 and not meant):
        return Turn(reply, again=call.may_repeat, asked=asked, unsure=True)
    return Turn(reply)


def _judge_silence(call: Call, silence: Silence) -> Turn[Reply | Silence]:
    again = not silence.hopeless and (silence.unsent or call.may_repeat)
    # A Silence never ends a call well: without another attempt it is a failure, so it is always told as one.
    return Turn(silence, again=again, unsure=not silence.unsent)


def _read_silence(error: requests.RequestException) -> Silence:
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, urllib3.exceptions.NameResolutionError):
        return Silence("the host's name is unknown here", unsent=True, hopeless=True)
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Silence("the host's certificate is not trusted", unsent=True, hopeless=True)
    if isinstance(error, requests.ConnectTimeout) or isinstance(cause, urllib3.exceptions.NewConnectionError):
        return Silence("no connection", unsent=True)
    if isinstance(error, requests.Timeout):
        return Silence("no answer in time", unsent=False)
    return Silence("the connection broke before the answer was whole", unsent=False)
