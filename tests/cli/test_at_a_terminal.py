"""With a person at a real terminal: they see the plan, are asked, and watch the progress."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Desk

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals of this kind")
ROOT = Path(__file__).resolve().parents[2]


def converse(desk: Desk, *words: str, answer: str) -> tuple[int, str, str]:
    """Type the line at a terminal that shows standard error, and answer the first question; exit code, standard output,
    what the terminal showed. "" interrupts instead."""
    import pty

    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "sp_parent_portal", *words]
    with subprocess.Popen(
        command, cwd=desk.folder, env=environment, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE
    ) as process:
        os.close(theirs)
        shown, out, answered = b"", b"", False
        assert process.stdout is not None
        while True:
            ready, _, _ = select.select([ours, process.stdout.fileno()], [], [], 60)
            assert ready, "nothing happened for a minute"
            if ours in ready:
                try:
                    shown += os.read(ours, 65536)
                except OSError:  # Linux says so when the other end is closed
                    break
            if process.stdout.fileno() in ready:
                out += os.read(process.stdout.fileno(), 65536)
            if b"[y/N]" in shown and not answered:
                answered = True
                if answer:
                    os.write(ours, answer.encode())
                else:
                    process.send_signal(signal.SIGINT)
        out += process.stdout.read()
    os.close(ours)
    return process.returncode, out.decode(), shown.decode()


def test_they_see_the_plan_and_say_no(desk: Desk) -> None:
    desk.open_tenant()
    before = desk.writes
    code, out, shown = converse(desk, "apply", "--all", "--allow", "opens-access", answer="n\n")
    assert (code, out) == (1, "")
    assert "tom.hale@mail.example" in shown
    assert "changes to emulator? [y/N]" in shown
    assert "nothing was done" in shown
    assert desk.writes == before


def test_they_say_yes(desk: Desk) -> None:
    desk.open_tenant()
    code, out, shown = converse(desk, "apply", "--all", "--allow", "opens-access", answer="y\n")
    assert code == 0, shown
    assert "done" in out
    assert "\x1b" not in out, "standard output is no terminal: it stays plain"
    assert "applying" in shown, "the waits of a new site take more than two seconds"
    assert "/s" in shown or "/min" in shown


def test_they_interrupt_at_the_question(desk: Desk) -> None:
    desk.open_tenant()
    before = desk.writes
    code, _, shown = converse(desk, "apply", "--all", "--allow", "opens-access", answer="")
    assert code == 130
    assert "what was done is recorded" in shown
    assert desk.writes == before
