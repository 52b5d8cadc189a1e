"""Where the run store lies, and whether it can be written."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from sp_parent_portal.doctor import FAIL, PASS, UNKNOWN
from sp_parent_portal.doctor.storage import check_place, find_filesystem, read_bsd_mounts, sqlite_path
from tests.unit.doctor.clinic import Clinic


def test_a_run_store_that_is_there_must_be_writable(clinic: Clinic) -> None:
    path = clinic.folder / "runs.sqlite"
    assert clinic.diagnose()["run-store"].result == PASS
    assert not path.exists()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("CREATE TABLE t (x)")
    assert clinic.diagnose()["run-store"].result == PASS
    db.execute("BEGIN IMMEDIATE")
    assert clinic.diagnose()["run-store"].result == UNKNOWN
    db.close()
    path.write_bytes(b"this is no database, but it is long enough to be read as one" * 20)
    assert clinic.diagnose()["run-store"].result == FAIL


def test_a_run_store_where_no_file_can_be_is_told(clinic: Clinic) -> None:
    (clinic.folder / "file").touch()
    clinic.store_url = f"sqlite:///{(clinic.folder / 'file' / 'runs.sqlite').as_posix()}"
    assert clinic.diagnose()["run-store"].result == FAIL


def test_a_database_that_does_not_answer_is_told(clinic: Clinic) -> None:
    clinic.store_url = "nosuchdatabase://user:hunter2@127.0.0.1/x"
    finding = clinic.diagnose()["run-store"]
    assert finding.result == FAIL
    assert "hunter2" not in finding.message + finding.remedy


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////home/ann/runs.sqlite", "/home/ann/runs.sqlite"),
        ("sqlite:///C:/Users/ann/runs.sqlite", "C:/Users/ann/runs.sqlite"),
        ("sqlite+pysqlite:///runs.sqlite?timeout=5", "runs.sqlite"),
        ("postgresql://host/db", None),
    ],
)
def test_the_file_of_a_database_url(url: str, path: str | None) -> None:
    assert sqlite_path(url) == (None if path is None else Path(path))


@pytest.mark.skipif(os.name == "nt", reason="Windows is asked for the drive, not for a list of mounts")
@pytest.mark.parametrize(
    ("path", "kind", "result"),
    [
        ("/srv/data/runs.sqlite", "ext4", PASS),
        ("/srv/share/runs.sqlite", "nfs4", FAIL),
        ("/srv/share/fast/runs.sqlite", "xfs", PASS),
        ("/srv/my disk/runs.sqlite", "cifs", FAIL),
        ("/srv/hidden/runs.sqlite", "fuse.sshfs", FAIL),
        ("/srv/shared/runs.sqlite", "ext4", PASS),
    ],
)
def test_a_network_share_is_told_by_its_mount(tmp_path: Path, path: str, kind: str, result: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda / ext4 rw 0 0\nhost:/x /srv/share nfs4 rw 0 0\n/dev/sdb /srv/share/fast xfs rw 0 0\n"
        "//h/s /srv/my\\040disk cifs rw 0 0\n/dev/sdc /srv/hidden ext4 rw 0 0\nme@h: /srv/hidden fuse.sshfs rw 0 0\n"
        "bad\n"
    )
    assert find_filesystem(Path(path), mounts) == kind
    assert check_place(Path(path), mounts).result == result


@pytest.mark.skipif(os.name == "nt", reason="Windows is asked for the drive, not for a list of mounts")
def test_a_system_that_does_not_tell_is_unknown(tmp_path: Path) -> None:
    assert check_place(tmp_path / "runs.sqlite", tmp_path / "no such file").result == UNKNOWN


@pytest.mark.parametrize("folder", ["OneDrive - School", "Dropbox", "iCloud Drive"])
def test_a_synced_folder_is_no_place(tmp_path: Path, folder: str) -> None:
    assert check_place(tmp_path / folder / "runs.sqlite").result == FAIL


def test_mounts_as_macos_lists_them() -> None:
    text = (
        "/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)\n"
        "//ann@nas.example/share on /Volumes/our share (smbfs, nodev, nosuid, mounted by ann)\n"
        "map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)\nnonsense\n"
    )
    assert read_bsd_mounts(text) == [
        (Path("/"), "apfs"),
        (Path("/Volumes/our share"), "smbfs"),
        (Path("/System/Volumes/Data/home"), "autofs"),
    ]
