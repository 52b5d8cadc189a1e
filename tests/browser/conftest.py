"""One browser for the suite. `python run.py browser` installs what it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from run import SetUpFailed, find_chromium
from sp_parent_portal.template_model import Template
from sp_parent_portal.trips import Trip
from tests.browser.previews import list_examples

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    try:
        find_chromium()
    except SetUpFailed as error:
        pytest.exit(str(error), returncode=1)
    from tests.browser.chromium import open_browser

    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Template, Trip]]:
    return list_examples(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "preview.html"
