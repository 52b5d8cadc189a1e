"""The school on its emulated tenant that most of these tests begin with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sp_parent_portal import templates
from tests.stage import Stage
from tests.unit.emulator.caller import Caller


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.furnish()
    return stage


@pytest.fixture
def own_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The templates that we ship, where a test can edit them; those are used."""
    home = tmp_path / "site_templates"
    shutil.copytree(Path(templates.__file__).resolve().parent.parent / "site_templates", home)
    monkeypatch.setattr(templates, "_home", lambda: home)
    return home


@pytest.fixture
def caller() -> Caller:
    return Caller()
