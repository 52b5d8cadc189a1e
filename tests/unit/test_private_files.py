"""A private file is written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sp_parent_portal.private_files import write_private


@pytest.mark.skipif(os.name == "nt", reason="Windows has no mode bits: the user's own folder protects the file")
@pytest.mark.parametrize("before", [None, 0o644])
def test_only_the_owner_may_read_it(tmp_path: Path, before: int | None) -> None:
    path = tmp_path / "audit.json"
    if before is not None:
        path.write_text("old")
        path.chmod(before)
    write_private(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_text_is_written_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    write_private(path, "Zoë\r\nline\n")
    assert path.read_bytes() == "Zoë\r\nline\n".encode()


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    path = folder / "audit.json"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os if broken == "fsync" else Path, broken, fail)
    with pytest.raises(OSError, match="disk full"):
        write_private(path, "new")
    assert path.read_text() == "old"
    assert list(folder.iterdir()) == [path]


def test_it_is_flushed_before_it_takes_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def flush(number: int) -> None:
        done.append("flush")
        fsync(number)

    def rename(self: Path, other: Path) -> Path:
        done.append("rename")
        return replace(self, other)

    monkeypatch.setattr(os, "fsync", flush)
    monkeypatch.setattr(Path, "replace", rename)
    write_private(tmp_path / "audit.json", "new")
    assert done[:2] == ["flush", "rename"]


def test_a_text_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    with pytest.raises(UnicodeEncodeError):
        write_private(folder / "audit.json", "\ud800")
    assert list(folder.iterdir()) == []
