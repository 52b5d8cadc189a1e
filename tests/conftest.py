"""What holds for every test: no network, an empty home, an empty folder to stand in, no settings of the developer's."""

from __future__ import annotations

import functools
import ipaddress
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest

# Read once, when typer and rich are imported: output must not depend on who runs the tests, or where.
for _name in ("FORCE_COLOR", "PY_COLORS", "CLICOLOR_FORCE", "GITHUB_ACTIONS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
    os.environ.pop(_name, None)
os.environ.update(NO_COLOR="1", TERM="dumb", COLUMNS="120")

# No deadline and no check of the time that making examples takes: a busy machine is not a failure.
_patient: dict[str, Any] = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("dev", **_patient)
hypothesis.settings.register_profile("ci", derandomize=True, print_blob=True, **_patient)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


class NetworkUsed(AssertionError):
    """A test tried to reach something that is not this machine. Not an OSError, so that no retry swallows it."""


def is_loopback(address: object) -> bool:
    """For what `socket.connect` takes: (host, port, …) of the internet families, a path for a Unix socket."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return False


def _guarded(real: Callable[..., Any], position: int) -> Callable[..., Any]:
    def guard(*args: Any, **kwargs: Any) -> Any:
        if not is_loopback(args[position]):
            raise NetworkUsed(f"a test used the network: {args[position]!r}; only loopback is allowed")
        return real(*args, **kwargs)

    return guard


def _guarded_lookup(real: Callable[..., Any]) -> Callable[..., Any]:
    def guard(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not is_loopback((name, 0)):
            raise NetworkUsed(f"a test asked for the address of {name!r}; only loopback is allowed")
        return real(host, *args, **kwargs)

    return guard


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _guarded(socket.socket.connect, 1))
        patch.setattr(socket.socket, "connect_ex", _guarded(socket.socket.connect_ex, 1))
        patch.setattr(socket.socket, "sendto", _guarded(socket.socket.sendto, -1))
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield


@pytest.fixture(autouse=True, scope="session")
def _a_key_is_checked_once() -> Iterator[None]:
    """Every sign-in reads the application's key twice, ours and MSAL's, and proves it a good one: a fifth of a second,
    half of what a run of a small school takes."""
    from cryptography.hazmat.primitives import serialization

    with pytest.MonkeyPatch.context() as patch:
        remembered = functools.lru_cache(maxsize=16)(serialization.load_pem_private_key)
        patch.setattr(serialization, "load_pem_private_key", remembered)
        yield


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """HOME, the data folders of every system and the current folder are empty and the test's own; no SPP_ setting."""
    for name in [name for name in os.environ if name.upper().startswith("SPP_")]:
        monkeypatch.delenv(name)
    home, here = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("here")
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    for name in ("APPDATA", "LOCAL_APPDATA"):  # platformdirs asks Windows itself unless these are set
        monkeypatch.setenv(f"WIN_PD_OVERRIDE_{name}", str(home))
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.chdir(here)


@pytest.fixture(autouse=True, scope="module")
def _nobody_changes_what_the_emulator_remembers() -> Iterator[None]:
    """A document that is remembered by its text must still say what the text says."""
    yield
    state = sys.modules.get("sp_parent_portal.emulator.state")
    changed = [text for text, doc in state.REMEMBERED.items() if json.loads(text) != doc] if state else []
    assert not changed
