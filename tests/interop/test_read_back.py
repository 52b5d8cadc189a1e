"""What one client writes, every other client reads; and our own command line says who got in by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from sp_parent_portal.emulator.client import EmulatorClient
from tests.interop.clients import ROOT, Exit, Served
from tests.interop.conftest import CLI, sign_in_as
from tests.interop.m365 import M365
from tests.interop.office import Office
from tests.interop.pnpjs import PnPjs
from tests.interop.sdk import Sdk
from tests.interop.tenant import TRIP
from tests.stage import School

pytestmark = pytest.mark.xdist_group("read back")


class Client(Protocol):
    def write(self, name: str) -> None: ...

    def read(self, name: str) -> dict[str, Any]: ...


@dataclass
class Commands:
    """The CLI for Microsoft 365, one command for each thing."""

    m365: M365

    def write(self, name: str) -> None:
        run, address = self.m365.run, f"{name}@mail.example"
        options = ("--displayName", name, "--inviteRedirectUrl", TRIP)
        guest = run("entra user guest add", "--emailAddress", address, *options)
        made = ("--displayName", name, "--mailNickname", name, "--type", "security")
        group = run("entra group add", *made)
        of_guest = ("--userIds", guest["invitedUser"]["id"], "--role", "Member")
        run("entra group member add", "--groupId", group["id"], *of_guest)
        run("spo group add", "--webUrl", TRIP, "--name", name)
        run("spo group member add", "--webUrl", TRIP, "--groupName", name, "--emails", address)
        role = ("--groupName", name, "--roleDefinitionName", "Read")
        run("spo web roleassignment add", "--webUrl", TRIP, *role)
        run("spo list add", "--webUrl", TRIP, "--title", name, "--baseTemplate", "GenericList")

    def read(self, name: str) -> dict[str, Any]:
        run, address = self.m365.run, f"{name}@mail.example"
        accounts = run("entra user list", "--properties", "mail,userType")
        guests = [account["userType"] for account in accounts if account["mail"] == address]
        members = run("entra group member list", "--groupName", name, "--properties", "mail")
        result: dict[str, Any] = {
            "guest": guests[0] if guests else None,
            "group": [member["mail"] for member in members],
        }
        lists = run("spo list list", "--webUrl", TRIP)
        result["list"] = [each["Title"] for each in lists if each["Title"] == name]
        groups = [each["Title"] for each in run("spo group list", "--webUrl", TRIP)]
        if name in groups:
            people = run("spo group member list", "--webUrl", TRIP, "--groupName", name)
            result["site_group"] = [person["Email"] for person in people]
        return result


@pytest.fixture(scope="module")
def clients(served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Client]:
    m365 = sign_in_as("forged, a person", served, tmp_path_factory.mktemp("m365"))
    return {
        CLI: Commands(m365),
        "PnPjs": PnPjs(served, tmp_path_factory.mktemp("pnpjs")),
        "Office365-REST-Python-Client": Office(served),
        "msgraph-sdk for Python": Sdk(served),
    }


def ours(served: Served, *arguments: str) -> Any:
    environment = {**os.environ, "SPP_TARGET": "emulator", "SPP_EMULATOR_URL": served.url, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "sp_parent_portal", "--format", "json", *arguments],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    served.exits.append(Exit("sp-parent-portal", " ".join(arguments[:2]), done.returncode))
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("writer", "name"), [(CLI, "by-cli"), ("PnPjs", "by-pnpjs"), ("Office365-REST-Python-Client", "by-office")]
)
def test_everybody_reads_what_one_wrote(clients: dict[str, Client], served: Served, writer: str, name: str) -> None:
    clients[writer].write(name)
    address = f"{name}@mail.example"
    wanted = {"guest": "Guest", "group": [address], "site_group": [address], "list": [name]}
    for reader, client in clients.items():
        found = client.read(name)
        assert found, reader
        assert found == {key: wanted[key] for key in found}, reader
    (row,) = [row for row in ours(served, "audit", "site", TRIP) if row["email"] == address]
    assert row["guest"]
    assert name in str(row["paths"])
    assert [site["site"] for site in ours(served, "audit", "who", address)] == [TRIP]


def test_everybody_reads_what_the_sdk_wrote_in_the_directory(clients: dict[str, Client], served: Served) -> None:
    """Its group opens the site only once another client lets it in."""
    name = "by-sdk"
    clients["msgraph-sdk for Python"].write(name)
    wanted = {"guest": "Guest", "group": [f"{name}@mail.example"], "site_group": [], "list": []}
    for reader, client in clients.items():
        found = client.read(name)
        assert found == {key: wanted[key] for key in found}, reader
    assert ours(served, "audit", "who", f"{name}@mail.example") == []
    m365 = sign_in_of(clients)
    group = ("--groupName", "Lake District Visitors", "--entraGroupNames", name)
    m365.run("spo group member add", "--webUrl", TRIP, *group)
    (found,) = ours(served, "audit", "who", f"{name}@mail.example")
    assert found["site"] == TRIP
    assert EmulatorClient.at(served.url).visit(f"{name}@mail.example", TRIP)["allowed"]


def sign_in_of(clients: dict[str, Client]) -> M365:
    commands = clients[CLI]
    assert isinstance(commands, Commands)
    return commands.m365


def test_our_own_command_line_sees_the_tenant_as_others_left_it(clients: dict[str, Client], served: Served) -> None:
    School(Path.cwd()).furnish()
    before = ours(served, "tenant", "show")
    sign_in_of(clients).run("spo tenant settings set", "--SharingCapability", "ExistingExternalUserSharingOnly")
    after = ours(served, "tenant", "show")
    assert before != after
    assert "existing-guests" in json.dumps(after)
