"""Files with personal data: whole or not at all, and for nobody but their owner."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def write_private(path: Path, content: str | bytes) -> None:
    """As `private_file`, for what is there as a whole."""
    with private_file(path) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


@contextmanager
def private_file(path: Path) -> Iterator[IO[bytes]]:
    """Write to a new file (mode 0600) beside `path`, flush it to the disk, then put it in the place of `path`, so that
    a crash leaves the old file or the new one. Raises OSError; then `path` is as it was, as it is when the block ends
    with any exception."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    # O_BINARY keeps Windows from changing line ends.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(beside, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """Make the renaming itself durable. Windows cannot open a folder for that and does not need it."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
