"""What may stand on standard error when it is no terminal: then it is a log, which others read, copy and keep.

Addresses become keyed marks (marks.py), phone numbers and redemption links go. What libraries log, what Python says of
warnings and of crashes outside the command itself is told by type and place: a message may quote anything.
"""

from __future__ import annotations

import io
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from ..marks import conceal, load_key, make_mark

if TYPE_CHECKING:
    import logging

PACKAGE = Path(__file__).resolve().parent.parent


class Concealed(io.TextIOBase):
    """A stream like another that hides whom a text is about, line by line."""

    def __init__(self, stream: TextIO, key: Callable[[], bytes | None]) -> None:
        self._stream, self._key = stream, key
        self._held = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed lets it be assigned; nobody does
        return self._stream.encoding or "utf-8"

    def write(self, text: str) -> int:
        self._held += text
        whole, newline, self._held = self._held.rpartition("\n")
        if newline:
            self._stream.write(self._conceal(whole) + newline)
        return len(text)

    def flush(self) -> None:
        self._stream.write(self._conceal(self._held))
        self._held = ""
        self._stream.flush()

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._stream.fileno()

    def _conceal(self, text: str) -> str:
        return text if text == conceal(text, b"") else conceal(text, self._key())


def name_person(kind: str, id: str) -> str:
    """An id of a person for standard error: itself where somebody sits at a terminal, otherwise its mark."""
    if sys.stderr.isatty():
        return id
    key = find_key()
    return f"({kind})" if key is None else make_mark(key, kind, id)


def find_key() -> bytes | None:
    """None where the data folder cannot be used: then people have no marks at all."""
    from ..settings import data_folder

    try:
        return load_key(data_folder())
    except OSError:
        return None


@contextmanager
def quiet() -> Iterator[None]:
    """While a command runs."""
    import logging

    before = (
        sys.stderr,
        threading.excepthook,
        sys.unraisablehook,
        warnings.showwarning,
        logging.lastResort,
    )
    if not sys.stderr.isatty():
        sys.stderr = Concealed(before[0], find_key)
    threading.excepthook = _tell_thread
    sys.unraisablehook = _tell_unraisable
    warnings.showwarning = _tell_warning
    logging.lastResort = _make_handler()
    try:
        yield
    finally:
        sys.stderr.flush()
        (
            sys.stderr,
            threading.excepthook,
            sys.unraisablehook,
            warnings.showwarning,
            logging.lastResort,
        ) = before


def find_places(trace: TracebackType | None) -> list[str]:
    """Where in this package an error came by, innermost last, without a word of what was handled there."""
    return [
        f"{Path(frame.filename).resolve().relative_to(PACKAGE).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(trace)
        if Path(frame.filename).resolve().is_relative_to(PACKAGE)
    ]


def _tell(what: str, kind: type[BaseException] | None, trace: TracebackType | None) -> None:
    places = find_places(trace)
    name = kind.__name__ if kind is not None else "an error"
    print(f"{what}: {name} at {places[-1] if places else 'an unknown place'}", file=sys.stderr, flush=True)


def _tell_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is not SystemExit:
        _tell("error in a thread", args.exc_type, args.exc_traceback)


def _tell_unraisable(args: sys.UnraisableHookArgs) -> None:
    _tell("error while tidying up", args.exc_type, args.exc_traceback)


def _tell_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    del message, file, line  # they may quote what was handled
    print(f"warning: {category.__name__} at {Path(filename).name}:{lineno}", file=sys.stderr, flush=True)


def _make_handler() -> Any:
    import logging

    class Handler(logging.Handler):
        """Where a program has set no logging up, as ours has not: libraries' warnings by logger and place."""

        def emit(self, record: logging.LogRecord) -> None:
            place = f"{Path(record.pathname).name}:{record.lineno}"
            print(f"{record.name}: {record.levelname.lower()} at {place}", file=sys.stderr, flush=True)

    return Handler(logging.WARNING)
