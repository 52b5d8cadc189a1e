"""`emulator serve` is on this machine only, and has nothing to do with the school's settings or certificates."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest

from sp_parent_portal.emulator import serve

ROOT = Path(__file__).parents[2]
TENANT = {
    "SPP_TARGET": "tenant",
    "SPP_TENANT": "contoso",
    "SPP_TENANT_ID": "not a guid",
    "SPP_CLIENT_ID": "x",
    "SPP_CERTIFICATE_PATH": "there/is/no/such.pfx",
    "SPP_EMULATOR_URL": "http://192.0.2.1:1",
    "SPP_NONSENSE": "1",
}


@pytest.mark.parametrize("where", ["in .env", "in the environment"])
def test_it_ignores_settings_and_certificates(tmp_path: Path, where: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPP_")}
    environment["PYTHONPATH"] = str(ROOT)
    if where == "in .env":
        lines = "\n".join(f"{name}={value}" for name, value in TENANT.items())
        (tmp_path / ".env").write_text(lines, encoding="utf-8")
        (tmp_path / ".env").chmod(0o600)
    else:
        environment |= TENANT
    command = [sys.executable, "-m", "sp_parent_portal", "emulator", "serve", "--port", "0", "--state", "e.sqlite"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        with build_opener(ProxyHandler({})).open(f"{url}/_emulator/health", timeout=60) as answer:
            assert json.loads(answer.read()) == {"target": "emulator", "ready": True, "tenant": "contoso"}
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


def test_it_binds_to_loopback_and_to_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    class Server:
        effective_port = 1

        def run(self) -> None:
            """Served at once."""

        def close(self) -> None:
            """Nothing is open."""

    def create(_app: object, **options: Any) -> Server:
        asked.append(options)
        return Server()

    monkeypatch.setattr(serve, "create_server", create)
    serve.serve(0, tmp_path / "e.sqlite", announce=lambda _: None)
    assert [options["host"] for options in asked] == ["127.0.0.1"]
    names = {"listen", "sockets", "unix_socket"}
    assert not names & set(asked[0])
    assert not {"host", "address", "bind", "listen"} & set(inspect.signature(serve.serve).parameters)
