"""Files that tell how far their reading has come, for whoever waits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

MB = 1_000_000

Bar = Callable[[str, int | None], AbstractContextManager[Callable[[], object]]]
"""Shows progress: given what is done and in how many steps (None: nobody knows), what to call after each."""


def no_bar(_what: str, _steps: int | None) -> AbstractContextManager[Callable[[], object]]:
    return nullcontext(lambda: None)


@dataclass(frozen=True, slots=True)
class Watched:
    """A file like another that calls `step` for each megabyte that is read of it."""

    path: Readable
    step: Callable[[], object]

    @property
    def name(self) -> str:
        return self.path.name

    def open(self, mode: Literal["rb"]) -> IO[bytes]:
        return io.BufferedReader(_Stepping(self.path.open(mode), self.step), MB)


class _Stepping(io.RawIOBase):
    def __init__(self, file: IO[bytes], step: Callable[[], object]) -> None:
        super().__init__()
        self._file = file
        self._step = step
        self._bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed has no name for what is given
        found = self._file.read(len(buffer))
        buffer[: len(found)] = found
        before, self._bytes = self._bytes, self._bytes + len(found)
        for _ in range(before // MB, self._bytes // MB):
            self._step()
        return len(found)

    def close(self) -> None:
        self._file.close()
        super().close()


Readable = Path | zipfile.Path | Watched


def size_of(path: Readable) -> int:
    """In bytes, unpacked; 0 where it cannot be told."""
    if isinstance(path, Watched):
        return size_of(path.path)
    try:
        return path.root.getinfo(path.at).file_size if isinstance(path, zipfile.Path) else path.stat().st_size
    except (OSError, KeyError):
        return 0
