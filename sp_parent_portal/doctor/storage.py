"""Can the run store be written, and does it lie where SQLite's locks hold?

SQLite's write-ahead log does not work over a network filesystem (sqlite.org/wal.html), and a folder that a sync client
copies may hold half a transaction.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from .finding import Finding, failed, passed, unknown

NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "ncpfs", "davfs"})
NETWORK_FUSE = ("fuse.sshfs", "fuse.rclone", "fuse.gvfs", "fuse.davfs", "fuse.glusterfs", "fuse.s3fs", "fuse.onedriver")
SYNCED = ("onedrive", "dropbox", "google drive", "googledrive", "icloud", "nextcloud")
MOUNTS = Path("/proc/self/mounts")
LOCAL = "Leave SPP_DATABASE_URL out for a file in your data folder, or name a PostgreSQL database."


def check_storage(url: str) -> Iterator[Finding]:
    """`url` as SQLAlchemy writes it; "" where it is not known."""
    if not url:
        yield unknown(
            "run-store", "where the run store is is not known without settings", "See the finding on settings."
        )
        yield unknown("run-store-place", "not known", "See the finding on settings.")
        return
    path = sqlite_path(url)
    yield _check_database(url) if path is None else _check_file(path)
    yield passed("run-store-place", "a database server keeps it") if path is None else check_place(path)


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL; None for any other database."""
    found = re.match(r"sqlite(?:\+\w+)?:///(.+?)(?:\?.*)?$", url)
    return Path(found[1]) if found else None


def _check_file(path: Path) -> Finding:
    """Takes SQLite's write lock and gives it back; a file that is not there yet is not made."""
    id = "run-store"
    remedy = f"Let your account write to {path.parent}, or {LOCAL[0].lower()}{LOCAL[1:]}"
    if not path.exists():
        folder = next(each for each in path.absolute().parents if each.exists())
        if folder.is_dir() and os.access(folder, os.W_OK):
            return passed(id, "not there yet; it can be made")
        return failed(id, f"it cannot be made in {folder}", remedy)
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=1, isolation_level=None)
        try:
            db.execute("BEGIN IMMEDIATE")
            db.execute("ROLLBACK")
        finally:
            db.close()
    except sqlite3.Error as error:
        if "locked" in str(error):
            return unknown(id, "another run is writing to it", "Run doctor again when that run has ended.")
        return failed(id, f"it cannot be written: {error}", remedy)
    return passed(id, "it can be written")


def _check_database(url: str) -> Finding:
    from ..runs.store import open_store

    try:
        open_store(url).engine.dispose()
    except InputError as error:
        return failed("run-store", error.message, error.hint)
    return passed("run-store", "the database answers")


def check_place(path: Path, mounts: Path = MOUNTS) -> Finding:
    id = "run-store-place"
    synced = next((part for part in path.absolute().parts if part.lower().startswith(SYNCED)), "")
    if synced:
        return failed(id, f"{synced} is copied by a sync client while it is being written", LOCAL)
    kind = find_filesystem(path, mounts)
    if not kind:
        return unknown(
            id, "this system does not tell what kind of disk it is on", f"See that it is a local disk. {LOCAL}"
        )
    if kind in NETWORK or kind.startswith(NETWORK_FUSE):
        return failed(id, f"it lies on a network share ({kind}), where SQLite's locks do not hold", LOCAL)
    return passed(id, f"it lies on a local disk ({kind})")


def find_filesystem(path: Path, mounts: Path = MOUNTS) -> str:
    """The kind of filesystem that `path` is or will be on, "" where the system does not tell."""
    if sys.platform == "win32":
        import ctypes

        drive = f"{path.absolute().drive}\\"
        kinds = {2: "removable", 3: "fixed", 4: "smb", 6: "ram disk"}
        return "smb" if drive.startswith("\\\\") else kinds.get(ctypes.windll.kernel32.GetDriveTypeW(drive), "")
    try:
        darwin = sys.platform == "darwin"
        found = read_bsd_mounts(_ask_mount()) if darwin else read_linux_mounts(mounts.read_text("utf-8", "replace"))
    except (OSError, subprocess.SubprocessError):
        return ""
    resolved = path.resolve()
    best, kind = -1, ""
    for point, name in found:
        # A later mount on the same place hides the earlier one.
        if resolved.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), name
    return kind


def read_linux_mounts(text: str) -> list[tuple[Path, str]]:
    """Lines of /proc/self/mounts: device, place with \\040 for a space, kind …"""
    rows = [line.split(" ") for line in text.splitlines()]
    return [
        (Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), row[1])), row[2])
        for row in rows
        if len(row) > 2
    ]


def read_bsd_mounts(text: str) -> list[tuple[Path, str]]:
    """Lines of macOS's mount: "//ann@host/share on /Volumes/share (smbfs, nodev)"."""
    return [(Path(point), kind) for point, kind in re.findall(r"^.+? on (/.*) \((\w+)[,)]", text, re.MULTILINE)]


def _ask_mount() -> str:
    return subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=10, check=False).stdout
