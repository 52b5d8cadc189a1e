"""The other sign-in of the CLI for Microsoft 365 that ends with tokens of the emulator; and one that it refuses."""

from __future__ import annotations

from pathlib import Path

from tests.interop.clients import Served
from tests.interop.conftest import CLI, sign_in_as
from tests.interop.m365 import M365
from tests.interop.tenant import CLIENT_ID, TENANT_ID, TRIP


def test_an_application_with_its_certificate(served: Served, tmp_path: Path) -> None:
    m365 = sign_in_as("certificate", served, tmp_path)
    assert m365.run("status")["authType"] == "certificate"
    assert m365.run("spo tenant settings list")["SharingCapability"] == "ExternalUserSharingOnly"
    assert m365.run("spo web get", "--url", TRIP)["Title"] == "Lake District"
    assert len(m365.run("entra user list")) == 3


def test_an_application_with_a_secret_is_known_to_graph_alone(served: Served, tmp_path: Path) -> None:
    m365 = M365(served, tmp_path / "home", f"{CLI}, secret")
    m365.run("login", "--authType", "secret", "--secret", "s", "--appId", CLIENT_ID, "--tenant", TENANT_ID)
    assert len(m365.run("entra user list")) == 3
    m365.run("spo web get", "--url", TRIP, code=1)


def test_signed_out_means_signed_out(served: Served, tmp_path: Path) -> None:
    m365 = M365(served, tmp_path / "home", f"{CLI}, signed out")
    assert "Log in" in m365.run("spo site list", code=1)
