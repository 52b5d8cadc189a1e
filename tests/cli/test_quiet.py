"""Standard error that is no terminal is a log: it names nobody, whoever writes to it."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

from sp_parent_portal.cli.app import run
from sp_parent_portal.cli.quiet import Concealed, quiet

NINA = "nina.hale@mail.example"
ROOT = Path(__file__).resolve().parents[2]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_stream_conceals_however_the_text_is_cut() -> None:
    under = io.StringIO()
    stream = Concealed(under, lambda: b"k" * 32)
    for piece in ("to nina.", "hale@ma", "il.example", " now\nand", " more"):
        stream.write(piece)
    stream.flush()
    assert "hale" not in under.getvalue()
    assert under.getvalue().endswith(" now\nand more")


def test_at_a_terminal_people_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with quiet():
        sys.stderr.write(f"{NINA}\n")
    assert terminal.getvalue() == f"{NINA}\n"


def test_what_was_typed_wrong_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "who", NINA, "tom.hale@mail.example"]) == 2
    told = capsys.readouterr().err
    assert "unexpected extra argument" in told
    assert "hale" not in told


def test_a_thread_that_fails_is_told_by_type(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise KeyError("Nina Hale")

    with quiet():
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    told = capsys.readouterr().err
    assert told.startswith("error in a thread: KeyError at")
    assert "Nina" not in told


def test_a_warning_is_told_by_place(capsys: pytest.CaptureFixture[str]) -> None:
    with quiet():
        warnings.showwarning("Nina Hale", UserWarning, "folder/place.py", 7)
    assert capsys.readouterr().err == "warning: UserWarning at place.py:7\n"


def test_nothing_is_left_changed() -> None:
    before = (sys.stderr, threading.excepthook, sys.unraisablehook, warnings.showwarning, logging.lastResort)
    run(["--version"])
    assert before == (sys.stderr, threading.excepthook, sys.unraisablehook, warnings.showwarning, logging.lastResort)


def test_a_library_s_log_is_told_by_logger_and_place(tmp_path: Path) -> None:
    """In a process of its own: pytest gives every logger somewhere to go."""
    program = (
        "import logging, sys, warnings\n"
        "from sp_parent_portal.cli import app\n"
        "def noisy(*_):\n"
        "    logging.getLogger('some.package').warning('url=%s', \"/users?$filter=mail eq 'nina.hale@mail.example'\")\n"
        "    logging.getLogger('some.package').error('for Nina Hale')\n"
        "    warnings.warn('Nina Hale')\n"
        "    class Bad:\n"
        "        def __del__(self): raise ValueError('Nina Hale')\n"
        "    Bad()\n"
        "    return 0\n"
        "app._run = noisy\n"
        "sys.exit(app.run([]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert "some.package: warning at <string>:4" in done.stderr
    assert "warning: UserWarning at" in done.stderr
    assert "error while tidying up: ValueError" in done.stderr
    assert "Nina" not in done.stdout + done.stderr
    assert "nina" not in done.stdout + done.stderr


def test_urllib3_does_not_warn() -> None:
    """urllib3 quotes the whole address of a request when it does not understand a header (Failed to parse headers)."""
    import sp_parent_portal.microsoft365.transport  # noqa: F401 - it settles the level

    assert logging.getLogger("urllib3.connection").getEffectiveLevel() > logging.WARNING
