from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import BaseAdapter

from sp_parent_portal.errors import (
    AccessDenied,
    AlreadyExists,
    BadAnswer,
    ForeignHost,
    GatewayError,
    NotFound,
    OutcomeUnknown,
    Rejected,
    SignInFailed,
    Throttled,
    Unreachable,
)
from sp_parent_portal.microsoft365.call import Call, Traffic
from sp_parent_portal.microsoft365.paging import list_rows
from sp_parent_portal.microsoft365.patience import Patience
from sp_parent_portal.microsoft365.transport import Stopped, Transport
from tests.recording import GRAPH, HOST, Clock, Lost, Recorder, Tokens, Told, in_turn, open_transport

URL = f"https://{GRAPH}/v1.0/users"
READ = Call("read accounts", "GET", URL)
WRITE = Call("create it", "POST", URL, data={"name": "x"})
REMOVE = Call("remove it", "DELETE", URL)
OK = Told({"value": []})
PAGE = Told(b"<html>Sign in, anna@mail.example</html>", 200, {"Content-Type": "text/html; charset=utf-8"})
HALF = Told(b'{"value": [{"id": "1"')


def throttled(seconds: str = "", status: int = 429, reset: str = "") -> Told:
    said = {"Retry-After": seconds, "RateLimit-Reset": reset}
    return Told({"error": {"code": "TooManyRequests"}}, status, {name: text for name, text in said.items() if text})


# ---- waiting


@pytest.mark.parametrize("call", [READ, WRITE, REMOVE])
@pytest.mark.parametrize("status", [429, 503])
def test_whoever_is_asked_to_wait_waits_and_asks_again(call: Call, status: int) -> None:
    clock = Clock()
    app = in_turn(throttled("4", status), throttled("2.128", status), OK)
    assert open_transport(app, clock).json(call) == {"value": []}
    assert clock.slept == [4.0, 2.128]
    assert len({each.body for each in app.asked}) == 1


def test_the_longer_of_two_headers_counts() -> None:
    clock = Clock()
    open_transport(in_turn(throttled("3", reset="31"), OK), clock).json(READ)
    assert clock.slept == [31.0]


def test_whoever_is_told_that_little_is_left_waits_before_the_next_call() -> None:
    clock = Clock()
    little = Told({"value": []}, 200, {"RateLimit-Limit": "1250", "RateLimit-Remaining": "9", "RateLimit-Reset": "31"})
    transport = open_transport(in_turn(little, OK), clock)
    assert transport.json(READ) == {"value": []}
    assert clock.slept == []
    transport.json(READ)
    assert clock.slept == [31.0]


def test_a_wait_ends_when_the_command_is_stopped() -> None:
    transport = Transport(["graph.microsoft.com"], "test")
    transport.stopped.set()
    with pytest.raises(Stopped):
        transport.pause(3600)


def test_without_a_time_the_wait_grows() -> None:
    clock = Clock()
    open_transport(in_turn(throttled(), throttled(), throttled(), OK), clock).json(READ)
    assert clock.slept == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("call", [READ, WRITE])
def test_who_is_asked_to_wait_a_day_does_not_and_says_so(call: Call) -> None:
    clock = Clock()
    app = in_turn(throttled("86400"))
    with pytest.raises(Throttled, match="asks to wait 86,400 s, we wait 300 s at most"):
        open_transport(app, clock).json(call)
    assert clock.slept == []


def test_attempts_end() -> None:
    app = Recorder(lambda _asked: throttled("1"))
    with pytest.raises(Throttled, match="7 attempts") as caught:
        open_transport(app).json(READ)
    assert len(app.asked) == 7
    assert caught.value.status == 429


def test_time_ends_before_attempts_do() -> None:
    clock = Clock()
    app = Recorder(lambda _asked: throttled("250"))
    with pytest.raises(Throttled, match="600 s"):
        open_transport(app, clock).json(READ)
    assert clock.slept == [250.0, 250.0]


def test_everybody_who_asks_the_same_host_waits() -> None:
    clock = Clock()
    transport = open_transport(in_turn(throttled("20"), OK, OK), clock, patience=Patience(attempts=1))
    with pytest.raises(Throttled):
        transport.json(READ)
    transport.json(Call("other host", "GET", f"https://{HOST}/_api/web"))
    assert clock.slept == []
    transport.json(READ)
    assert clock.slept == [20.0]


@given(st.lists(st.sampled_from([throttled("1"), throttled(), throttled("2", 503)]), max_size=6), st.booleans())
def test_no_amount_of_throttling_loses_or_doubles_a_request(refusals: list[Told], write: bool) -> None:
    app = in_turn(*refusals, OK)
    call = WRITE if write and all(r.status == 429 or "Retry-After" in r.headers for r in refusals) else READ
    assert open_transport(app).json(call) == {"value": []}
    assert len(app.asked) == len(refusals) + 1


# ---- answers that do not come


@pytest.mark.parametrize(
    "failure", [Lost(), Told(status=500), Told(status=502), Told(status=504), Told(status=408), HALF]
)
def test_a_read_is_repeated(failure: Told | Exception) -> None:
    assert open_transport(in_turn(failure, failure, OK)).json(READ) == {"value": []}


@pytest.mark.parametrize("failure", [Lost(), Told(status=500), Told(status=503), Told(status=408), HALF, PAGE])
def test_a_write_whose_answer_was_lost_is_sent_once_and_unknown(failure: Told | Exception) -> None:
    app = in_turn(failure)
    with pytest.raises(OutcomeUnknown):
        open_transport(app).json(WRITE)
    assert len(app.asked) == 1


def test_a_removal_is_repeated_and_unknown_in_the_end() -> None:
    assert open_transport(in_turn(Lost(), Told(status=204))).json(REMOVE) is None
    with pytest.raises(OutcomeUnknown):
        open_transport(Recorder(lambda _asked: Lost())).json(REMOVE)


def test_one_lost_answer_among_refusals_leaves_a_write_unknown() -> None:
    app = in_turn(Lost(), *(throttled("1") for _ in range(6)))
    with pytest.raises(OutcomeUnknown):
        open_transport(app).json(REMOVE)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Lost(), Unreachable),
        (Told(status=502), Unreachable),
        (Told({"error": {"code": "x"}}, 500), Unreachable),
        (Told(status=501), Rejected),
        (HALF, BadAnswer),
        (PAGE, BadAnswer),
        (throttled(), Throttled),
    ],
)
def test_what_a_read_ends_in(failure: Told | Exception, kind: type[GatewayError]) -> None:
    with pytest.raises(GatewayError) as caught:
        open_transport(Recorder(lambda _asked: failure)).json(READ)
    assert type(caught.value) is kind


def test_a_web_page_is_not_asked_for_again() -> None:
    app = Recorder(lambda _asked: PAGE)
    with pytest.raises(BadAnswer, match="a web page, not JSON"):
        open_transport(app).json(READ)
    assert len(app.asked) == 1


def test_a_500_that_sharepoint_means_is_no_accident() -> None:
    exists = Told({"odata.error": {"code": "-2130575342, Microsoft.SharePoint.SPException"}}, 500)
    for call in (READ, WRITE):
        app = in_turn(exists)
        with pytest.raises(AlreadyExists):
            open_transport(app).json(call)


class Broken(BaseAdapter):
    """A network that fails before or after the request is out."""

    def __init__(self, *errors: requests.RequestException) -> None:
        super().__init__()
        self.errors = list(errors)
        self.sent = 0

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.sent += 1
        if self.errors:
            raise self.errors.pop(0)
        response = requests.Response()
        response.status_code, response.request, response._content = 204, request, b""
        return response

    def close(self) -> None: ...


def through(adapter: BaseAdapter) -> Transport:
    return Transport({GRAPH}, "test", adapter=adapter, sleep=lambda _seconds: None)


def pool_error(reason: Exception) -> requests.ConnectionError:
    pool = urllib3.HTTPSConnectionPool(GRAPH)
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(pool, f"{URL}?mail=anna@mail.example", reason))


REFUSED = urllib3.exceptions.NewConnectionError(urllib3.connection.HTTPConnection(GRAPH), "refused")
NO_NAME = urllib3.exceptions.NameResolutionError(GRAPH, urllib3.connection.HTTPConnection(GRAPH), OSError())  # type: ignore[arg-type]  # only its type is looked at
UNTRUSTED = requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
CUT_OFF = requests.exceptions.SSLError("EOF occurred in violation of protocol")


@pytest.mark.parametrize("error", [requests.ConnectTimeout("x"), pool_error(REFUSED)])
def test_a_write_that_never_left_is_sent_again(error: requests.RequestException) -> None:
    adapter = Broken(error, error)
    assert through(adapter).json(WRITE) is None
    assert adapter.sent == 3


@pytest.mark.parametrize("error", [requests.ConnectTimeout("x"), pool_error(REFUSED)])
def test_a_service_that_cannot_be_reached_did_nothing(error: requests.RequestException) -> None:
    with pytest.raises(Unreachable, match="no connection"):
        through(Broken(*[error] * 9)).json(WRITE)


@pytest.mark.parametrize(("error", "reason"), [(pool_error(NO_NAME), "name is unknown"), (UNTRUSTED, "not trusted")])
def test_what_will_not_get_better_is_tried_once(error: requests.RequestException, reason: str) -> None:
    adapter = Broken(error, error)
    with pytest.raises(Unreachable, match=reason) as caught:
        through(adapter).json(WRITE)
    assert adapter.sent == 1
    assert "SPP_TENANT" in caught.value.hint


@pytest.mark.parametrize("error", [requests.ReadTimeout("x"), requests.exceptions.ChunkedEncodingError("x"), CUT_OFF])
def test_a_connection_that_broke_later_leaves_a_write_unknown(error: requests.RequestException) -> None:
    adapter = Broken(error)
    with pytest.raises(OutcomeUnknown):
        through(adapter).json(WRITE)
    assert adapter.sent == 1


def test_no_address_is_in_an_error_or_in_what_led_to_it() -> None:
    with pytest.raises(Unreachable) as caught:
        through(Broken(*[pool_error(REFUSED)] * 9)).json(Call("find accounts", "GET", f"{URL}?mail=anna@mail.example"))
    error: BaseException | None = caught.value
    while error is not None:
        assert "anna" not in str(error)
        error = error.__cause__ or error.__context__


# ---- hosts and tokens


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v1.0/users",
        "http://graph.microsoft.com/v1.0/users",
        "https://fabrikam.sharepoint.com/_api/web",
        "https://graph.microsoft.com@evil.example/",
        "https://graph.microsoft.com:8443/",
    ],
)
def test_no_other_host_is_asked(url: str) -> None:
    app = in_turn()
    with pytest.raises(ForeignHost):
        open_transport(app).json(Call("read", "GET", url))
    assert app.asked == []


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("https://evil.example/", ForeignHost),
        (f"https://{HOST}/", ForeignHost),
        (f"http://{GRAPH}/", ForeignHost),
        ("https://[nowhere/", ForeignHost),
        ("javascript:alert(1)", ForeignHost),
        (f"https://{GRAPH}/elsewhere", BadAnswer),
        ("/elsewhere", BadAnswer),
    ],
)
def test_a_redirect_is_not_followed(location: str, kind: type[GatewayError]) -> None:
    app = in_turn(Told(None, 302, {"Location": location}))
    with pytest.raises(kind):
        open_transport(app).json(READ)
    assert len(app.asked) == 1


def test_each_host_and_role_has_its_token() -> None:
    app = in_turn(OK, OK)
    transport = open_transport(app)
    transport.json(READ)
    transport.json(Call("read", "GET", f"https://{HOST}/_api/web", role="provisioner"))
    assert [each.headers["authorization"] for each in app.asked] == [
        f"Bearer {GRAPH}-reader-1",
        f"Bearer {HOST}-provisioner-1",
    ]


def test_a_refused_token_is_replaced_once() -> None:
    app = in_turn(Told(None, 401), OK)
    open_transport(app).json(WRITE)
    assert [each.headers["authorization"][-1] for each in app.asked] == ["1", "2"]


def test_a_second_refusal_is_final() -> None:
    app = Recorder(lambda _asked: Told(None, 401))
    with pytest.raises(AccessDenied):
        open_transport(app).json(READ)
    assert len(app.asked) == 2


def test_a_refused_token_does_not_hide_that_a_write_was_lost_before() -> None:
    gone = SignInFailed("no more")

    class Ending(Tokens):
        def get(self, host: str, role: str) -> str:
            if self.current.get(host, 1) > 1:
                raise gone
            return super().get(host, role)

    with pytest.raises(OutcomeUnknown):
        open_transport(in_turn(Lost(), Told(None, 401)), tokens=Ending()).json(REMOVE)
    with pytest.raises(SignInFailed):
        open_transport(in_turn(Told(None, 401)), tokens=Ending()).json(REMOVE)


def test_a_refused_token_with_one_attempt_is_access_denied() -> None:
    with pytest.raises(AccessDenied):
        open_transport(in_turn(Told(None, 401)), patience=Patience(attempts=1)).json(READ)


def test_many_threads_with_one_refused_token_fetch_one_new_one() -> None:
    together = threading.Barrier(8, timeout=20)

    def answer(asked: Any) -> Told:
        if asked.headers["authorization"].endswith("-1"):
            together.wait()
            return Told(None, 401)
        return OK

    tokens = Tokens()
    transport = open_transport(Recorder(answer), tokens=tokens)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: transport.json(READ), range(8))) == [{"value": []}] * 8
    assert tokens.current == {GRAPH: 2}


def test_no_cookie_is_kept_and_nothing_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    app = in_turn(Told({}, 200, {"Set-Cookie": "a=b"}), OK)
    transport = open_transport(app)
    transport.json(READ)
    transport.json(READ)
    assert "cookie" not in app.asked[1].headers


# ---- counting


def test_the_observer_is_told_of_every_attempt() -> None:
    told: list[Traffic] = []
    transport = open_transport(in_turn(throttled("1"), OK, Lost()), observer=told.append)
    transport.json(READ)
    with pytest.raises(OutcomeUnknown):
        transport.json(Call("create it", "POST", f"https://{HOST}/_api/web/lists", items=3))
    assert told == [
        Traffic("graph", "read accounts", False, 429, 1, 1),
        Traffic("graph", "read accounts", False, 200, 2, 1),
        Traffic("sharepoint", "create it", True, 0, 1, 3),
    ]


# ---- pages


def rows(*numbers: int, link: str = "") -> Told:
    return Told({"value": [{"n": n} for n in numbers], **({"@odata.nextLink": link} if link else {})})


def test_pages_may_be_short_or_empty() -> None:
    app = in_turn(rows(1, link=f"{URL}?b"), rows(link=f"{URL}?c"), rows(2, 3))
    assert [row["n"] for row in list_rows(open_transport(app), READ)] == [1, 2, 3]


@given(st.lists(st.lists(st.integers(), max_size=3), min_size=1, max_size=6), st.integers(0, 5))
def test_no_row_is_lost_or_doubled_whatever_fails_between(pages: list[list[int]], failing: int) -> None:
    failures: dict[str, list[Told | Exception]] = {str(failing): [Lost(), throttled("1"), HALF]}

    def answer(asked: Any) -> Told | Exception:
        number = asked.query or "0"
        if failures.get(number):
            return failures[number].pop()
        following = int(number) + 1
        return rows(*pages[int(number)], link=f"{URL}?{following}" if following < len(pages) else "")

    found = [row["n"] for row in list_rows(open_transport(Recorder(answer)), READ)]
    assert found == list(itertools.chain.from_iterable(pages))


@pytest.mark.parametrize("back", [URL, f"{URL}?b"])
def test_pages_that_go_in_a_circle_are_refused(back: str) -> None:
    app = in_turn(rows(1, link=f"{URL}?b"), rows(2, link=back))
    with pytest.raises(BadAnswer, match="leads back"):
        list(list_rows(open_transport(app), READ))


@pytest.mark.parametrize("link", [f"https://{HOST}/_api/web", "https://[nowhere/", "/v1.0/users?b"])
def test_a_page_elsewhere_is_refused(link: str) -> None:
    with pytest.raises(ForeignHost):
        list(list_rows(open_transport(in_turn(rows(1, link=link))), READ))


def test_an_answer_that_is_too_deep_is_no_crash() -> None:
    with pytest.raises(BadAnswer):
        open_transport(Recorder(lambda _asked: Told(b"[" * 200_000))).json(READ)


@pytest.mark.parametrize("body", [None, [], {}, {"value": None}, {"value": {}}, {"value": [1]}])
def test_an_answer_without_rows_is_an_error(body: Any) -> None:
    with pytest.raises(BadAnswer):
        list(list_rows(open_transport(in_turn(Told(body))), READ))


def test_a_page_that_is_not_there_is_an_error_and_not_the_end() -> None:
    with pytest.raises(NotFound):
        list(list_rows(open_transport(in_turn(rows(1, link=f"{URL}?b"), Told(None, 404))), READ))
