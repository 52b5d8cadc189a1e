"""An emulator for each part of the suite; what every client was asked to do, told as a table at the end."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import pytest

from tests.interop.clients import NODE_MODULES, ROOT, Exit, Served
from tests.interop.commands import COMMANDS, SIGN_INS
from tests.interop.m365 import M365
from tests.interop.tenant import CLIENT_ID, SEED, TENANT_ID, write_certificate

CLI = "CLI for Microsoft 365"


def pytest_configure(config: pytest.Config) -> None:
    # Other people's: msgraph-sdk warns when it is imported (kiota-abstractions 1.16), sockets are left to be collected.
    for each in ("DeprecationWarning", "ResourceWarning", "pytest.PytestUnraisableExceptionWarning"):
        config.addinivalue_line("filterwarnings", f"ignore::{each}")


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    if shutil.which("node") is None or not NODE_MODULES.is_dir():
        pytest.exit("the clients are not installed: python run.py interop does it, with Node 20 or later", returncode=1)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("emulator")) as found:
        yield found


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    state = folder / "state.sqlite"
    command = ["emulator", "serve", "--port", "0", "--state", str(state), "--seed", str(SEED)]
    process = subprocess.Popen(
        [sys.executable, "-m", "sp_parent_portal", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )
    assert process.stdout
    address = process.stdout.readline().strip()
    try:
        yield Served(address)
    finally:
        process.kill()
        process.communicate()


def sign_in_as(sign_in: str, served: Served, folder: Path) -> M365:
    user = M365(served, folder / "home", f"{CLI}, {sign_in}")
    known = ("--appId", CLIENT_ID, "--tenant", TENANT_ID)
    if sign_in == "device code":
        user.run("login", "--authType", "deviceCode", *known)
    elif sign_in == "certificate":
        write_certificate(folder / "certificate.pem")
        user.run("login", "--authType", "certificate", "--certificateFile", str(folder / "certificate.pem"), *known)
    else:
        user.forge_sign_in(app_only=sign_in == "forged, an application")
    return user


@pytest.fixture(autouse=True)
def _exits(served: Served, record_property: Callable[[str, object], None]) -> Iterator[None]:
    """With the result of the test, for the table at the end: the workers' memory is not the reporter's."""
    before = len(served.exits)
    yield
    for each in served.exits[before:]:
        record_property("exit", str(each))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    exits = read_exits(terminalreporter)
    terminalreporter.section("what other people's clients did")
    for client, calls in groupby(sorted(exits, key=lambda each: each.client), key=lambda each: each.client):
        listed = list(calls)
        terminalreporter.write_line(f"{client}: {len(listed)} calls")
        for command, same in groupby(sorted(listed, key=lambda each: each.command), key=lambda each: each.command):
            codes = [str(each.code) for each in same]
            terminalreporter.write_line(f"  {command:<42} exit {' '.join(codes)}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A whole run that passed must have driven every command that the list promises."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or exitstatus or hasattr(session.config, "workerinput") or not is_whole(session.config):
        return
    driven = {(each.client, each.command) for each in read_exits(reporter)}
    missing = [(how, name) for how in SIGN_INS for name in COMMANDS if (f"{CLI}, {how}", name) not in driven]
    if missing:
        reporter.write_line(f"not driven: {missing}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def is_whole(config: pytest.Config) -> bool:
    return not config.getoption("keyword") and [Path(each).name for each in config.args] == ["interop"]


def read_exits(reporter: pytest.TerminalReporter) -> list[Exit]:
    """Out of the reports of what came after each test: there everything the test noted is told."""
    reports = [report for found in reporter.stats.values() for report in found]
    ended = [report for report in reports if getattr(report, "when", "") == "teardown"]
    kept = [value for report in ended for name, value in report.user_properties if name == "exit"]
    return [Exit(**json.loads(str(value))) for value in kept]
