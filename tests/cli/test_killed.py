"""The command line against a served emulator: killed with -9 in the middle, run again, run twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.stage import GUARDIANS, School

COMMAND = [sys.executable, "-m", "sp_parent_portal"]
APPLY = ("apply", "--all", "--allow", "opens-access", "--yes")
WHOLE = 38  # requests that a whole run makes, at the least


@dataclass
class Served:
    """A school's folder, an emulator that listens, and the environment that brings the two together."""

    folder: Path
    url: str
    environment: dict[str, str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def ask(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def mails(self) -> list[str]:
        return sorted(str(mail["to"]) for mail in self.ask("outbox") if mail["kind"] == "mail")

    def guests(self) -> list[str]:
        return sorted(str(row["mail"]) for row in self.ask("state?kind=guests&limit=1000")["guests"])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    home = tmp_path / "home"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPP_")}
    environment |= {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "PYTHONUTF8": "1"}
    root = Path(__file__).resolve().parents[2]
    environment["PYTHONPATH"] = str(root)
    state = tmp_path / "state.sqlite"
    emulator = subprocess.Popen(
        [*COMMAND, "emulator", "serve", "--port", "0", "--state", str(state)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert emulator.stdout is not None
        line = emulator.stdout.readline()
        url = next(word.rstrip("/.") for word in line.split() if word.startswith("http://127.0.0.1:"))
        folder = tmp_path / "school"
        folder.mkdir()
        School(folder).furnish()
        environment |= {"SPP_TARGET": "emulator", "SPP_EMULATOR_URL": url}
        place = Served(folder, url, environment)
        code, out, err = place.run("tenant", "apply", "--allow", "tenant-wide", "--yes")
        assert code == 0, out + err
        yield place
    finally:
        emulator.kill()
        emulator.wait()
        if emulator.stdout:
            emulator.stdout.close()


def test_the_second_run_writes_nothing(served: Served) -> None:
    begin = served.ask("usage")["requests"]
    code, out, err = served.run("--format", "json", *APPLY)
    assert code == 0, out + err
    assert served.ask("usage")["requests"] - begin >= WHOLE
    counts = json.loads(out)["counts"]
    assert counts["done"] > 0
    assert {name: n for name, n in counts.items() if n} == {"done": counts["done"]}
    before = served.ask("usage")
    code, out, err = served.run("--format", "json", *APPLY)
    after = served.ask("usage")
    assert code == 0, out + err
    assert json.loads(out)["outcomes"] == []
    assert after["writes"] == before["writes"]
    assert after["requests"] > before["requests"]
    assert served.mails() == list(GUARDIANS)


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.85, 0.95])
def test_killed_in_the_middle_and_run_again(served: Served, tmp_path: Path, share: float) -> None:
    """Killed when about that share of a whole run's requests was made; a slow answer makes the middle long."""
    start = served.ask("usage")["requests"]
    process = served.start(*APPLY)
    aim = start + int(share * WHOLE)
    while process.poll() is None and served.ask("usage")["requests"] < aim:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    outputs = [served.run("--format", "json", *APPLY) for _ in range(2)]
    assert outputs[-1][0] == 0, outputs
    assert json.loads(outputs[-1][1])["outcomes"] == [], outputs
    assert served.mails() == list(GUARDIANS)
    assert served.guests() == list(GUARDIANS)


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_killed_while_the_mails_go_out(served: Served) -> None:
    """The service goes on while the client is dead: the next run finds what went out, and sends only the rest."""
    served.ask("faults", [{"on": "POST /users/*/messages/*/send", "nth": 2, "times": 1, "delay_ms": 3000}])
    process = served.start(*APPLY)
    while process.poll() is None and not served.mails():
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    served.ask("faults", [])
    code, out, err = served.run("--format", "json", *APPLY)
    assert code in (0, 6), out + err
    time.sleep(3)
    served.run(*APPLY)
    assert served.mails() == list(GUARDIANS)
