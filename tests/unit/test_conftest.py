"""The guard around every test can itself fail a test."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import platformdirs
import pytest

from tests.conftest import NetworkUsed


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0), ("graph.microsoft.com", 443)])
def test_connecting_anywhere_else_fails(address: tuple[object, ...]) -> None:
    family = socket.AF_INET6 if len(address) == 4 else socket.AF_INET
    with socket.socket(family) as sock:
        with pytest.raises(NetworkUsed):
            sock.connect(address)
        with pytest.raises(NetworkUsed):
            sock.connect_ex(address)


def test_a_datagram_to_anywhere_else_fails() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, pytest.raises(NetworkUsed):
        sock.sendto(b"?", ("192.0.2.1", 53))


def test_looking_up_a_name_fails() -> None:
    with pytest.raises(NetworkUsed):
        socket.create_connection(("school.example", 443))


def test_loopback_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_home_data_and_current_folder_are_the_tests_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    for folder in (Path.home(), Path.cwd(), platformdirs.user_data_path("x"), platformdirs.user_config_path("x")):
        assert folder.is_relative_to(tmp_path_factory.getbasetemp())
    assert list(Path.cwd().iterdir()) == []
    assert not [name for name in os.environ if name.startswith("SPP_")]
