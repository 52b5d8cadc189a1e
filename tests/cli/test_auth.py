"""`auth setup` and `auth check` at the command line."""

from __future__ import annotations

import json
import os
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate
from pydantic import SecretStr

from sp_parent_portal.doctor.permissions import list_needs
from sp_parent_portal.errors import SignInFailed
from sp_parent_portal.microsoft365 import gateway as gateway_module
from sp_parent_portal.microsoft365.certificates import load_certificate
from sp_parent_portal.settings import EMULATOR_CLIENT_ID, ROLES, load_settings
from tests.school_directory import open_directory, write_seed

from .conftest import Desk

TENANT_ID = "11111111-2222-3333-4444-555555555555"
SECRET = "horse staple battery"
ON_WINDOWS = os.name == "nt"


@pytest.fixture
def tenant(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenant of which nothing is registered yet."""
    monkeypatch.setenv("SPP_TARGET", "tenant")
    monkeypatch.delenv("SPP_EMULATOR_URL")
    monkeypatch.setenv("SPP_TENANT", "fabrikam")
    monkeypatch.setenv("SPP_TENANT_ID", TENANT_ID)


def opened(path: Path, password: str = "") -> bool:
    now = datetime.now(UTC)
    return "PRIVATE KEY" in load_certificate(path, SecretStr(password) if password else None, now)["private_key"]


def test_three_certificates_and_what_to_register(desk: Desk, tenant: None) -> None:
    said = desk.type("--format", "json", "auth", "setup", "--folder", "certificates")
    assert said.code == 0, said.err
    assert said.json["target"] == f"fabrikam ({TENANT_ID})"
    assert "target: fabrikam" in said.err
    assert [each["roles"] for each in said.json["applications"]] == [[role] for role in ROLES]
    for role, each in zip(ROLES, said.json["applications"], strict=True):
        private, public = Path(each["certificate"]["private"]), Path(each["certificate"]["public"])
        assert opened(private)
        assert ON_WINDOWS or stat.S_IMODE(private.stat().st_mode) == 0o600
        assert b"PRIVATE" not in public.read_bytes()
        certificate = load_pem_x509_certificate(public.read_bytes())
        days = certificate.not_valid_after_utc - datetime.now(UTC)
        assert timedelta(days=364) < days <= timedelta(days=365)
        assert each["consent"] == f"https://login.microsoftonline.com/{TENANT_ID}/adminconsent?client_id=CLIENT_ID"
        needs = list_needs([role], graph_contacts=False)
        granted = {access["id"] for api in each["requiredResourceAccess"] for access in api["resourceAccess"]}
        assert granted == {need.id for need in (*needs.graph, *needs.sharepoint) if not need.optional}
        assert f"SPP_{role.upper()}_CERTIFICATE_PATH={private.resolve()}" in said.json["settings"]
    assert "PRIVATE KEY" not in said.out + said.err


def test_the_settings_that_it_names_are_enough(desk: Desk, tenant: None, monkeypatch: pytest.MonkeyPatch) -> None:
    said = desk.type("--format", "json", "auth", "setup", "--folder", "certificates")
    for line in said.json["settings"]:
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value or "33333333-2222-3333-4444-555555555555")
    assert load_settings().credential("inviter").certificate_path == Path("certificates/inviter.pfx").resolve()


def test_one_application_needs_what_all_roles_need(desk: Desk, tenant: None) -> None:
    said = desk.type("--format", "json", "auth", "setup", "--one", "--pem")
    (only,) = said.json["applications"]
    assert only["roles"] == list(ROLES)
    assert opened(Path("application.pem"))
    names = {each["name"] for each in only["permissions"]}
    assert {"User.Invite.All", "Sites.FullControl.All", "Policy.Read.All"} <= names
    assert not any(name.startswith("Mail.") for name in names)
    assert f"SPP_CERTIFICATE_PATH={Path('application.pem').resolve()}" in said.json["settings"]


def test_nothing_is_overwritten_unless_told(desk: Desk, tenant: None) -> None:
    assert desk.type("auth", "setup").code == 0
    before = Path("reader.pfx").read_bytes()
    Path("inviter.pfx").unlink()
    again = desk.type("auth", "setup")
    assert (again.code, Path("reader.pfx").read_bytes()) == (2, before)
    assert "reader.pfx" in again.err
    assert not Path("inviter.pfx").exists(), "nothing of it was written"
    shown = desk.type("--format", "json", "auth", "setup", "--steps-only").json
    assert shown["applications"][0]["certificate"]["thumbprint"]
    assert Path("reader.pfx").read_bytes() == before
    assert desk.type("auth", "setup", "--replace").code == 0
    assert Path("reader.pfx").read_bytes() != before


def test_the_password_is_out_of_the_environment(desk: Desk, tenant: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_READER_CERTIFICATE_PASSWORD", SECRET)
    said = desk.type("auth", "setup")
    assert said.code == 0
    assert opened(Path("reader.pfx"), SECRET)
    with pytest.raises(SignInFailed):
        opened(Path("reader.pfx"))
    assert opened(Path("inviter.pfx"))
    assert SECRET not in said.out + said.err
    assert "SPP_READER_CERTIFICATE_PASSWORD=" in said.out


def test_the_password_is_asked_for(desk: Desk, tenant: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.type("auth", "setup", "--ask-password").code == 2, "nobody is there"
    monkeypatch.setattr("sp_parent_portal.cli.talking.is_person_there", lambda: True)
    typed = iter([SECRET, "something else", SECRET, SECRET])
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: next(typed))
    assert desk.type("auth", "setup", "--ask-password").code == 2, "not the same twice"
    assert not Path("reader.pfx").exists()
    said = desk.type("auth", "setup", "--ask-password", "--pem")
    assert said.code == 0
    assert opened(Path("provisioner.pem"), SECRET)
    assert SECRET not in said.out + said.err


def test_the_steps_are_written_or_shown(desk: Desk, tenant: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_INVITER_CLIENT_ID", "44444444-2222-3333-4444-555555555555")
    monkeypatch.setenv("SPP_MAILBOX", "visits@school.example")
    shown = desk.type("auth", "setup", "--steps-only").out
    assert desk.type("auth", "setup", "--steps-only", "--out", "steps.md").code == 0
    assert Path("steps.md").read_text(encoding="utf-8") == shown
    assert "client_id=44444444-2222-3333-4444-555555555555" in shown
    assert "PrimarySmtpAddress -eq 'visits@school.example'" in shown
    assert "-AppId 44444444-2222-3333-4444-555555555555" in shown
    assert "`09850681-111b-4a89-9bed-3f2cae46d706`" in shown
    for block in re.findall(r"```json\n(.*?)```", shown, re.DOTALL):
        assert {access["type"] for api in json.loads(block) for access in api["resourceAccess"]} == {"Role"}


def test_guardians_in_the_directory_are_asked_for_only_where_they_are_there(desk: Desk, tenant: None) -> None:
    def asked() -> dict[str, bool]:
        reader = desk.type("--format", "json", "auth", "setup", "--steps-only").json["applications"][0]
        return {each["name"]: each["optional"] for each in reader["permissions"]}

    assert "EduRoster.Read.All" not in asked()
    portal = desk.folder / "portal.toml"
    portal.write_text(portal.read_text(encoding="utf-8").replace('"sds"', '"graph:"'), encoding="utf-8")
    assert asked()["EduRoster.Read.All"] is False
    portal.unlink()
    assert asked()["EduRoster.Read.All"] is True, "nobody knows yet: optional"


@pytest.mark.parametrize("days", ["0", "731", "-1"])
def test_a_certificate_that_lasts_too_long(desk: Desk, tenant: None, days: str) -> None:
    assert desk.type("auth", "setup", "--days", days).code == 2
    assert not Path("reader.pfx").exists()


def test_without_a_target_nothing_is_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPP_TARGET")
    said = desk.type("auth", "setup")
    assert (said.code, "SPP_TARGET" in said.err) == (2, True)
    assert not Path("reader.pfx").exists()


def test_check_on_the_emulator(desk: Desk) -> None:
    said = desk.type("--format", "json", "auth", "check")
    assert said.code == 0, said.out
    assert {each["result"] for each in said.json} == {"PASS"}
    doctor = {each["id"]: each for each in desk.type("--format", "json", "doctor").json}
    for each in said.json:
        assert each["id"].startswith("certificate-") or each == doctor[each["id"]]


def test_check_without_settings(desk: Desk, tenant: None) -> None:
    said = desk.type("--format", "json", "auth", "check")
    assert said.code == 2
    assert {each["id"]: each["result"] for each in said.json}["settings"] == "FAIL"


def test_check_finds_what_an_application_lacks(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An emulated tenant that has granted little."""
    seed = write_seed(tmp_path / "seed")
    with (seed / "tenant.toml").open("a", encoding="utf-8") as file:
        file.write(f'[[apps]]\nid = "{EMULATOR_CLIENT_ID}"\nroles = ["User.Read.All"]\nsharepoint_roles = []\n')
    emulator, inner = open_directory(seed), gateway_module.connect
    monkeypatch.delenv("SPP_EMULATOR_URL")
    monkeypatch.setattr(
        "sp_parent_portal.microsoft365.connect",
        lambda settings, **options: inner(settings, **{**options, "app": emulator}),
    )
    said = desk.type("--format", "json", "auth", "check")
    assert said.code == 4
    found = {each["id"]: each for each in said.json}
    assert {found[f"permissions-{role}"]["result"] for role in ROLES} == {"FAIL"}
    assert "User.Invite.All" in found["permissions-inviter"]["remedy"]
    assert "Sites.FullControl.All" in found["permissions-provisioner"]["remedy"]
    assert "User.Read.All" not in found["permissions-reader"]["remedy"]
    assert found["mailbox"]["result"] == "FAIL"
