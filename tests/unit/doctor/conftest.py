from __future__ import annotations

from pathlib import Path

import pytest

from sp_parent_portal.microsoft365.certificates import make_emulator_certificate
from tests.unit.doctor.clinic import NOW, Clinic


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_emulator_certificate(tmp_path_factory.mktemp("certificate"), NOW)


@pytest.fixture
def clinic(tmp_path: Path, certificate: Path) -> Clinic:
    folder = tmp_path / "clinic"
    folder.mkdir()
    return Clinic(folder, certificate)
