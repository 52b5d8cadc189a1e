from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sp_parent_portal import __version__
from sp_parent_portal.errors import ForeignHost
from sp_parent_portal.microsoft365 import connect
from sp_parent_portal.microsoft365.call import Call
from sp_parent_portal.microsoft365.gateway import user_agent
from sp_parent_portal.settings import Settings, data_folder, emulator_settings
from tests.recording import in_turn

ROOT = Path(__file__).parents[3]
REAL = Settings.model_construct(target="tenant", tenant="fabrikam", tenant_id="1-2", mailbox="trips@fabrikam.example")


def test_a_gateway_names_its_target_and_its_hosts() -> None:
    gateway = connect(REAL)
    assert (gateway.target, gateway.mailbox) == ("fabrikam (1-2)", "trips@fabrikam.example")
    assert (gateway.tenant_host, gateway.admin_host) == ("fabrikam.sharepoint.com", "fabrikam-admin.sharepoint.com")
    gateway.close()


def test_a_gateway_reaches_one_tenant_only() -> None:
    gateway = connect(emulator_settings(), app=in_turn())
    for host in ("fabrikam.sharepoint.com", "contoso-my.sharepoint.com", "login.windows.net"):
        with pytest.raises(ForeignHost):
            gateway.transport.json(Call("read", "GET", f"https://{host}/_api/web"))


def test_an_emulator_never_stands_for_a_real_tenant() -> None:
    with pytest.raises(ValueError, match="real tenant"):
        connect(REAL, app=in_turn())


def test_the_emulator_in_this_process_keeps_its_state_for_its_owner_alone() -> None:
    gateway = connect(emulator_settings())
    assert gateway.target == "emulator"
    name = gateway.graph.get_organization().name
    (state,) = data_folder().glob("emulator.sqlite")
    if sys.platform != "win32":
        assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert connect(emulator_settings()).graph.get_organization().name == name


@pytest.mark.parametrize(
    ("organisation", "named"),
    [
        ("", "School"),
        ("Hill Academy", "Hill Academy"),
        ("St. Mary's | x\r\nEvil: 1", "St. Marys  xEvil 1"),
        ("Schüle", "Schle"),
        ("|||", "School"),
    ],
)
def test_traffic_is_decorated_with_the_schools_name(organisation: str, named: str) -> None:
    assert user_agent(organisation) == f"NONISV|{named}|sp-parent-portal/{__version__}"


def loaded_after(code: str, home: Path) -> set[str]:
    ending = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{ending}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return set(done.stdout.split())


def test_importing_the_gateway_imports_no_library(tmp_path: Path) -> None:
    loaded = loaded_after("import sp_parent_portal.microsoft365", tmp_path)
    assert not loaded & {"office365", "msal", "requests", "urllib3", "tenacity", "cryptography", "pydantic", "werkzeug"}


def test_reading_imports_no_sharepoint_library(tmp_path: Path) -> None:
    code = """
from sp_parent_portal.microsoft365 import connect
from sp_parent_portal.settings import emulator_settings
gateway = connect(emulator_settings())
url = f"https://{gateway.tenant_host}"
gateway.sharepoint.find_site(url), gateway.sharepoint.list_lists(url), gateway.sharepoint.list_site_groups(url)
list(gateway.graph.list_guests()), gateway.graph.find_users(["a@mail.example"])
"""
    loaded = loaded_after(code, tmp_path)
    assert {"msal", "requests"} <= loaded
    assert "office365" not in loaded
