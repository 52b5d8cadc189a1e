"""How far the reading has come is told, and changes nothing about what is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sp_parent_portal.contacts import watched
from sp_parent_portal.contacts.load import load_contact_list

from .lists import V2_FILES, write_files
from .test_load import write_zip


@pytest.mark.parametrize("packed", [False, True])
def test_steps_are_counted_up_to_the_size(packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "MB", 10)
    monkeypatch.setattr("sp_parent_portal.contacts.folder.MB", 10)
    told: list[tuple[str, int | None]] = []
    steps = 0

    @contextmanager
    def bar(what: str, total: int | None) -> Iterator[Callable[[], object]]:
        told.append((what, total))

        def step() -> None:
            nonlocal steps
            steps += 1

        yield step

    folder = write_files(tmp_path / "school", V2_FILES)
    source = write_zip(tmp_path / "export.zip", dict(V2_FILES)) if packed else folder
    assert load_contact_list(source, bar=bar) == load_contact_list(folder)
    assert told == [("reading, in MB", sum(len(text) // 10 for text in V2_FILES.values()))]
    assert steps == told[0][1]
