"""The emulator behind a port, and the client of its own endpoints."""

from __future__ import annotations

import http.client
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import sp_parent_portal
from sp_parent_portal.emulator import open_emulator
from sp_parent_portal.emulator.client import EmulatorClient, EmulatorRefused, EmulatorUnreachable

PROGRAM = """
import sys
from pathlib import Path
from sp_parent_portal.emulator.serve import serve
faults = Path(sys.argv[2]) if len(sys.argv) > 2 else None
serve(0, Path(sys.argv[1]), announce=lambda url: print(url, flush=True), faults=faults)
"""


@contextmanager
def served(*arguments: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    environment = {**os.environ, "PYTHONPATH": str(Path(sp_parent_portal.__file__).parent.parent)}
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


def send(url: str, method: str, host: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
    """Status and body."""
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)) as connection:
        connection.request(method, path, body, {"Host": host, **headers})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def sign_in(url: str) -> dict[str, str]:
    body = "grant_type=client_credentials&client_id=a&client_secret=s&scope=https://graph.microsoft.com/.default"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    _, answer = send(url, "POST", "login.microsoftonline.com", "/school.example/oauth2/v2.0/token", body, **form)
    return {"Authorization": f"Bearer {json.loads(answer)['access_token']}", "X-Forwarded-Proto": "https"}


def test_hosts_are_told_apart_and_addresses_are_the_callers(tmp_path: Path) -> None:
    with served(tmp_path / "state.sqlite") as (url, _):
        assert url.startswith("http://127.0.0.1:")
        headers = sign_in(url)
        page = json.loads(send(url, "GET", "graph.microsoft.com", "/v1.0/users?$top=1", **headers)[1])
        assert page["@odata.nextLink"].startswith("https://graph.microsoft.com/v1.0/users?")
        path = "/common/v2.0/.well-known/openid-configuration"
        plain = json.loads(send(url, "GET", "login.microsoftonline.com", path)[1])
        assert plain["token_endpoint"] == "http://login.microsoftonline.com/common/oauth2/v2.0/token"
        status, text = send(url, "GET", "www.home.example", "/")
        assert status == 501
        assert "GET https://www.home.example/" in text
        assert send(url, "GET", "graph.microsoft.com", "/_emulator/state")[0] == 501


def test_a_lost_connection_is_a_closed_socket(tmp_path: Path) -> None:
    script = tmp_path / "faults.json"
    script.write_text('[{"on": "GET /organization", "drop": true}]', encoding="utf-8")
    with served(tmp_path / "state.sqlite", script) as (url, _):
        headers = sign_in(url)
        with pytest.raises(http.client.RemoteDisconnected):
            send(url, "GET", "graph.microsoft.com", "/v1.0/organization", **headers)
        assert send(url, "GET", "graph.microsoft.com", "/v1.0/organization", **headers)[0] == 200


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_several_clients_at_once_and_a_kill(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite"
    with served(state) as (url, process):
        headers = {**sign_in(url), "Content-Type": "application/json"}

        def invite(number: int) -> int:
            redirect = "https://contoso.sharepoint.com/sites/lake"
            body = json.dumps({"invitedUserEmailAddress": f"p{number}@home.example", "inviteRedirectUrl": redirect})
            return send(url, "POST", "graph.microsoft.com", "/v1.0/invitations", body, **headers)[0]

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(invite, range(40))) == {201}
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    with served(state) as (url, _):
        assert EmulatorClient.at(url).get_state(kind="counts")["counts"]["invitations"] == 40


@contextmanager
def in_process(_: Path) -> Iterator[EmulatorClient]:
    yield EmulatorClient.of(open_emulator(":memory:"))


@contextmanager
def over_http(folder: Path) -> Iterator[EmulatorClient]:
    with served(folder / "state.sqlite") as (url, _):
        yield EmulatorClient.at(url)


@pytest.mark.parametrize("way", [in_process, over_http])
def test_the_client_reaches_every_endpoint(way: Callable[[Path], Any], tmp_path: Path) -> None:
    with way(tmp_path) as client:
        assert client.get_health() == {"target": "emulator", "ready": True, "tenant": "contoso"}
        assert client.list_outbox() == []
        assert client.get_usage()["requests"] == 0
        assert client.get_state(kind="users", limit=2)["users"][0]["mail"] == "admin@school.example"
        assert len(client.get_state(kind="users", limit=2)["users"]) == 2
        client.set_faults([{"on": "GET /users", "reply": 500}])
        client.reset()
        assert client.visit("admin@school.example", "https://contoso.sharepoint.com")["allowed"] is True
        with pytest.raises(EmulatorRefused) as refused:
            client.redeem("stranger@home.example")
        assert refused.value.status == 404
        with pytest.raises(EmulatorRefused, match="nonsense"):
            client.set_faults([{"nonsense": 1}])


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1", "http://192.0.2.1", "http://contoso.sharepoint.com", "file:///etc", ""]
)
def test_only_ever_this_machine(url: str) -> None:
    with pytest.raises(EmulatorUnreachable):
        EmulatorClient.at(url)


def test_nothing_listens_there() -> None:
    with pytest.raises(EmulatorUnreachable):
        EmulatorClient.at("http://127.0.0.1:1").get_health()


def test_something_else_listens_there() -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Other)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        with pytest.raises(EmulatorUnreachable):
            EmulatorClient.at(f"http://127.0.0.1:{server.server_port}").get_health()
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
