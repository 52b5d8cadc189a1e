"""A desk to type at: a school's files in the current folder, an emulated tenant that listens, and the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sp_parent_portal.cli.app import run
from sp_parent_portal.planning import plan_trips
from tests.stage import School

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Said:
    """What one command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Desk:
    school: School
    url: str
    capsys: pytest.CaptureFixture[str]

    @property
    def folder(self) -> Path:
        return self.school.folder

    def type(self, *words: str) -> Said:
        """Type a command line; nobody is there to be asked."""
        self.capsys.readouterr()
        code = run(words)
        told = self.capsys.readouterr()
        return Said(code, told.out, told.err)

    def ask(self, path: str, body: Any = None) -> Any:
        return ask_emulator(self.url, path, body)

    @property
    def writes(self) -> int:
        return int(self.ask("usage")["writes"])

    @property
    def requests(self) -> int:
        return int(self.ask("usage")["requests"])

    def outbox(self) -> list[str]:
        return sorted(str(mail["to"]) for mail in self.ask("outbox"))

    def open_tenant(self) -> None:
        assert self.type("tenant", "apply", "--allow", "tenant-wide", "--yes").code == 0

    def make_trip(self) -> Said:
        """The tenant opened and the trip applied."""
        self.open_tenant()
        return self.type("--format", "json", "apply", "--all", "--allow", "opens-access", "--yes")


def ask_emulator(url: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/_emulator/{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an emulator that serves this worker's tests, one after the other."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPP_")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    state = tmp_path_factory.mktemp("emulator") / "state.sqlite"
    serve = [sys.executable, "-m", "sp_parent_portal", "emulator", "serve", "--port", "0", "--state", str(state)]
    with subprocess.Popen(
        serve, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.fixture
def desk(emulator: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The school's files whole, the tenant as it starts: closed."""
    ask_emulator(emulator, "reset", {})
    monkeypatch.setenv("SPP_TARGET", "emulator")
    monkeypatch.setenv("SPP_EMULATOR_URL", emulator)
    # The emulated directory lags by calls, not by time: waiting for it would be for nothing.
    assert plan_trips.__kwdefaults__ is not None
    monkeypatch.setitem(plan_trips.__kwdefaults__, "sleep", lambda seconds: None)
    school = School(Path.cwd())
    school.furnish()
    return Desk(school, emulator, capsys)
