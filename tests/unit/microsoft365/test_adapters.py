from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from sp_parent_portal.microsoft365.adapters import LoopbackAdapter, WsgiAdapter, is_loopback
from tests.loopback import listening
from tests.recording import Lost, Recorder, Told, in_turn

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("http://127.0.0.1:8365", True),
        ("http://127.9.9.9:8365/", True),
        ("http://localhost:8365", True),
        ("http://[::1]:8365", True),
        ("https://127.0.0.1:8365", False),
        ("http://192.168.0.4:8365", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://evil.example@127.0.0.1", False),
        ("http://127.0.0.1@evil.example", False),
        ("http://127.0.0.1:8365/path", False),
        ("http://0.0.0.0:8365", False),
        ("", False),
    ],
)
def test_only_this_machine_is_loopback(url: str, verdict: bool) -> None:
    assert is_loopback(url) is verdict
    if not verdict:
        with pytest.raises(ValueError, match="on this machine"):
            LoopbackAdapter(url)


def ask(adapter: Any, method: str, url: str, **options: Any) -> requests.Response:
    with requests.Session() as session:
        session.mount("https://", adapter)
        return session.request(method, url, **options)


def test_an_application_in_this_process_sees_the_request_as_it_was_sent() -> None:
    app = in_turn(Told({"a": 1}, 201, {"X-Thing": "y"}))
    address = "https://contoso.sharepoint.com/sites/a/_api/web/getbylogin('i%3A0%23.f%7Cx')?$top=1&q=a%2Bb"
    answer = ask(WsgiAdapter(app, Lost), "POST", address, json={"x": "ä"}, headers={"X-HTTP-Method": "MERGE"})
    assert (answer.status_code, answer.json(), answer.headers["x-thing"]) == (201, {"a": 1}, "y")
    (asked,) = app.asked
    assert asked.host == "contoso.sharepoint.com"
    assert asked.path == "/sites/a/_api/web/getbylogin('i%3A0%23.f%7Cx')"
    assert asked.query == "$top=1&q=a%2Bb"
    assert asked.headers["x-http-method"] == "MERGE"
    assert asked.headers["content-type"] == "application/json"
    assert asked.data == {"x": "ä"}


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20))
def test_the_decoded_path_is_what_wsgi_says_it_is(name: str) -> None:
    seen: list[str] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        seen.append(environ["PATH_INFO"].encode("latin-1").decode())
        start_response("204 No Content", [])
        return []

    ask(WsgiAdapter(app, Lost), "GET", f"https://graph.microsoft.com/users/x{quote(name, safe='')}y")
    assert seen == [f"/users/x{name}y"]


def test_a_connection_lost_after_the_work_is_a_connection_error() -> None:
    with pytest.raises(requests.ConnectionError):
        ask(WsgiAdapter(Recorder(lambda _asked: Lost()), Lost), "POST", "https://graph.microsoft.com/")


def test_a_mistake_in_the_application_is_not_taken_for_a_lost_connection() -> None:
    with pytest.raises(ZeroDivisionError):
        ask(WsgiAdapter(Recorder(lambda _asked: ZeroDivisionError()), Lost), "GET", "https://graph.microsoft.com/")


def test_a_served_emulator_is_told_the_host_that_was_meant() -> None:
    app = in_turn(Told({"a": 1}))
    with listening(app) as address:
        meant = "https://contoso-admin.sharepoint.com/_api/web?$select=a%23b"
        answer = ask(LoopbackAdapter(address), "GET", meant, headers={"Authorization": "Bearer x"})
    assert answer.json() == {"a": 1}
    assert answer.url == meant
    assert answer.request.headers["Authorization"] == "Bearer x"
    (asked,) = app.asked
    assert (asked.host, asked.path, asked.query) == ("contoso-admin.sharepoint.com", "/_api/web", "$select=a%23b")
    assert asked.headers["x-forwarded-proto"] == "https"
