from __future__ import annotations

import re
import stat
import sys
from pathlib import Path

import pytest

from sp_parent_portal.errors import SettingsError
from sp_parent_portal.settings import ROLES, data_folder, emulator_settings, load_settings

TENANT_ID = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Everything that a real tenant needs; the certificate's path."""
    certificate = tmp_path / "app.pfx"
    certificate.write_bytes(b"x")
    for name, value in {
        "TARGET": "tenant",
        "TENANT": "fabrikam",
        "TENANT_ID": TENANT_ID,
        "CLIENT_ID": "general",
        "CERTIFICATE_PATH": str(certificate),
        "CERTIFICATE_PASSWORD": "horse staple",
    }.items():
        monkeypatch.setenv(f"SPP_{name}", value)
    return certificate


def test_without_a_target_both_choices_are_told() -> None:
    with pytest.raises(SettingsError, match=r"SPP_TARGET=emulator .* SPP_TARGET=tenant") as caught:
        load_settings()
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("value", ["Emulator", "production"])
def test_a_target_is_one_of_two(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SPP_TARGET", value)
    with pytest.raises(SettingsError, match=r"^SPP_TARGET must be emulator or tenant$"):
        load_settings()


def test_an_empty_target_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_TARGET", "")
    with pytest.raises(SettingsError, match="SPP_TARGET is not set"):
        load_settings()


def test_the_emulator_needs_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_TARGET", "emulator")
    found = load_settings()
    assert (found.tenant, found.tenant_id, found.mailbox) == (
        "contoso",
        "contoso.onmicrosoft.com",
        "trips@school.example",
    )
    assert found.client_id
    assert found.credential("reader").certificate_path is None


def test_the_emulator_gets_none_of_the_schools_certificates(tenant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_TARGET", "emulator")
    found = load_settings()
    assert found.tenant == "fabrikam"
    assert {found.credential(role).certificate_path for role in ROLES} == {None}
    assert {found.credential(role).client_id for role in ROLES} == {emulator_settings().client_id}
    assert str(tenant) not in repr(found)


def test_a_rehearsal_that_was_not_asked_for_reads_nothing(tenant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("SPP_MAILBOX=real@school.example\nSPP_EMULATOR_URL=http://127.0.0.1:1\n")
    found = emulator_settings()
    assert (found.target, found.tenant, found.mailbox, found.emulator_url) == (
        "emulator",
        "contoso",
        "trips@school.example",
        "",
    )


def test_settings_come_from_env_files_too() -> None:
    Path(".env").write_text("SPP_TARGET=emulator\nSPP_MAILBOX=x@school.example\nOTHER=1\n")
    assert load_settings().mailbox == "x@school.example"


def test_a_line_without_a_value_is_no_setting(tenant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_READER_CERTIFICATE_PATH", "")
    Path(".env").write_text("SPP_INVITER_CERTIFICATE_PATH=\nSPP_MAILBOX=\n")
    found = load_settings()
    assert {found.credential(role).certificate_path for role in ROLES} == {tenant}


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("SPP_TARGET=tenant\n")
    monkeypatch.setenv("SPP_TARGET", "emulator")
    assert load_settings().target == "emulator"


def test_a_tenant_with_everything(tenant: Path) -> None:
    found = load_settings()
    assert (found.target, found.tenant, found.tenant_id) == ("tenant", "fabrikam", TENANT_ID)
    assert "horse" not in repr(found)
    assert "horse" not in str(found.model_dump())


def test_everything_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPP_TARGET", "tenant")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    named = re.findall(r"SPP_\w+", " ".join(problem.message for problem in caught.value.problems))
    assert named == ["SPP_TENANT", "SPP_TENANT_ID", "SPP_CLIENT_ID", "SPP_CERTIFICATE_PATH"]
    assert all(name in caught.value.message for name in named)


def test_a_person_needs_no_certificate(tenant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPP_CERTIFICATE_PATH")
    monkeypatch.setenv("SPP_SIGN_IN", "device")
    assert load_settings().sign_in == "device"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SPP_TENANT", "fabrikam.sharepoint.com", "name before .sharepoint.com"),
        ("SPP_TENANT", "https://fabrikam", "name before .sharepoint.com"),
        ("SPP_TENANT", "evil.example/", "name before .sharepoint.com"),
        ("SPP_TENANT_ID", "fabrikam.onmicrosoft.com", "GUID"),
        ("SPP_CERTIFICATE_PATH", "none.pfx", "is not there"),
        ("SPP_EMULATOR_URL", "http://127.0.0.1:8365", "one of the two is a mistake"),
        ("SPP_EMULATOR_URL", "http://192.168.0.7:8365", "on this machine"),
        ("SPP_EMULATOR_URL", "https://127.0.0.1:8365", "on this machine"),
        ("SPP_EMULATOR_URL", "http://127.0.0.1.evil.example", "on this machine"),
        ("SPP_SIGN_IN", "secret", "SPP_SIGN_IN"),
        ("SPP_ONEROSTER_TOKEN_URL", "http://sis.school.example/token", "must be https"),
        ("SPP_ONEROSTER_TOKEN_URL", "https://u:p@sis.school.example/token", "must be https"),
        ("SPP_ONEROSTER_TOKEN_URL", "sis.school.example", "must be https"),
    ],
)
def test_what_cannot_be_used(tenant: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=reason) as caught:
        load_settings()
    assert "horse" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8365", "http://localhost:1", "http://[::1]:8365"])
def test_an_emulator_on_this_machine(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SPP_TARGET", "emulator")
    monkeypatch.setenv("SPP_EMULATOR_URL", url)
    assert load_settings().emulator_url == url


def test_one_application_serves_every_role(tenant: Path) -> None:
    found = load_settings()
    assert [found.credential(role).client_id for role in ROLES] == ["general"] * 3
    assert {found.credential(role).certificate_path for role in ROLES} == {tenant}


def test_a_role_may_have_an_application_of_its_own(
    tenant: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.pfx"
    own.write_bytes(b"x")
    monkeypatch.setenv("SPP_READER_CLIENT_ID", "reader")
    monkeypatch.setenv("SPP_READER_CERTIFICATE_PATH", str(own))
    monkeypatch.setenv("SPP_INVITER_CLIENT_ID", "inviter")
    found = load_settings()
    reader, inviter, provisioner = (found.credential(role) for role in ROLES)
    assert (reader.client_id, reader.certificate_path, reader.certificate_password) == ("reader", own, None)
    assert (inviter.client_id, inviter.certificate_path) == ("inviter", tenant)
    assert inviter.certificate_password is not None
    assert provisioner.client_id == "general"


def test_three_roles_need_no_general_application(tenant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPP_CLIENT_ID")
    for role in ROLES:
        monkeypatch.setenv(f"SPP_{role.upper()}_CLIENT_ID", role)
    found = load_settings()
    assert [found.credential(role).client_id for role in ROLES] == list(ROLES)


def test_an_unknown_role_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="administrator"):
        emulator_settings().credential("administrator")


def test_the_data_folder_is_the_owners_alone() -> None:
    folder = data_folder()
    assert folder.is_dir()
    if sys.platform != "win32":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
