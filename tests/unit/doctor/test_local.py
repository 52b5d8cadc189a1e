"""Settings, private files, certificates, applications."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from sp_parent_portal.doctor import FAIL, PASS, diagnose
from sp_parent_portal.settings import ROLES
from tests.unit.doctor.clinic import NOW, Clinic


@pytest.mark.skipif(os.name == "nt", reason="Windows has no mode bits")
@pytest.mark.parametrize(("mode", "result"), [(0o600, PASS), (0o400, PASS), (0o640, FAIL), (0o604, FAIL)])
@pytest.mark.parametrize("name", [".env", "emulator-application.pem"])
def test_secrets_are_for_their_owner_alone(clinic: Clinic, name: str, mode: int, result: str) -> None:
    path = clinic.folder / name
    path.touch()
    path.chmod(mode)
    finding = clinic.diagnose()["private-files"]
    assert finding.result == result
    if result == FAIL:
        assert f"chmod 600 {path}" in finding.remedy


@pytest.mark.parametrize(("days", "result"), [(0, PASS), (330, PASS), (340, FAIL), (366, FAIL), (-10, FAIL)])
def test_a_certificate_must_be_valid_for_a_month_to_come(clinic: Clinic, days: int, result: str) -> None:
    findings = diagnose(
        clinic.settings, clinic.portal, clinic.gateway(), now=NOW + timedelta(days=days), store_url=clinic.store_url
    )
    (finding,) = (each for each in findings if each.id == "certificate")
    assert finding.result == result


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda path: path.write_text("nonsense"), "cannot be opened"),
        (lambda path: path.unlink(), "cannot be read"),
    ],
)
def test_a_certificate_must_open(clinic: Clinic, spoil: Callable[[Path], object], says: str) -> None:
    spoil(clinic.folder / "emulator-application.pem")
    finding = clinic.diagnose()["certificate"]
    assert finding.result == FAIL
    assert says in finding.message


def test_no_secret_is_told(clinic: Clinic) -> None:
    clinic.set(reader_certificate_password=SecretStr("hunter2"), database_url=SecretStr("postgresql://u:hunter2@h/d"))
    assert "hunter2" not in json.dumps([finding.as_data() for finding in clinic.diagnose().values()])


def test_one_application_for_all_roles_must_be_accepted(clinic: Clinic) -> None:
    clinic.set(**{f"{role}_client_id": "" for role in ROLES}, client_id="one")
    assert clinic.diagnose()["separate-applications"].result == FAIL
    clinic.set_portal(accept={"one_application": "J. Okoro, 2027-03-01"})
    assert clinic.diagnose()["separate-applications"].result == PASS
    clinic.set(target="emulator")
    clinic.set_portal(accept={})
    assert clinic.diagnose()["separate-applications"].result == PASS
