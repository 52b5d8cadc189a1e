"""Every command explains itself with an example that can be typed, and answers at once."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from sp_parent_portal.cli.app import app, run

ROOT = Path(__file__).resolve().parents[2]


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from commands(below, (*path, name))


EVERY = dict(commands(get_command(app)))


def test_these_are_the_commands_of_this_release() -> None:
    assert {" ".join(path) for path, command in EVERY.items() if not hasattr(command, "commands")} == {
        "demo", "new", "plan", "apply", "close", "status", "doctor", "contacts check", "contacts generate",
        "contacts remove", "contacts reset", "contacts purge", "contacts export", "contacts sync", "contacts show",
        "contacts changes", "licences show",
        "tenant show", "tenant plan", "tenant apply", "templates list", "templates show", "templates check",
        "audit who", "audit site", "auth setup", "auth check", "runs list", "runs show", "runs resume",
        "emulator serve", "emulator reset", "emulator outbox", "emulator redeem", "emulator visit",
    }  # fmt: skip


@pytest.mark.parametrize("path", EVERY, ids=lambda path: " ".join(path) or "root")
def test_help_has_examples_of_this_very_command(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*path, "--help"]) == 0
    told = capsys.readouterr().out
    examples = [line.strip() for line in told.split("Examples:")[1].splitlines()[1:]]
    examples = [line for line in examples if line.startswith("sp-parent-portal")]
    assert examples
    for line in examples:
        words = [word for word in shlex.split(line)[1:] if word not in ("--format", "json", "csv")]
        named = next(tuple(words[:n]) for n in range(len(words), -1, -1) if tuple(words[:n]) in EVERY)
        assert named[: len(path)] == path, f"{line} is an example of something else"


GROUPS = [path for path, command in EVERY.items() if hasattr(command, "commands")]


@pytest.mark.parametrize("path", GROUPS, ids=lambda path: " ".join(path) or "root")
def test_what_a_command_is_for_fits_into_its_line(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    run([*path, "--help"])
    told = capsys.readouterr().out.partition("\nCommands:\n")[2].splitlines()
    assert told
    assert [line for line in told if line.endswith("...")] == []


@pytest.mark.parametrize("path", EVERY, ids=lambda path: " ".join(path) or "root")
def test_a_default_is_told_once(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    run([*path, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "] [default:" not in told


@pytest.mark.parametrize("path", [path for path in EVERY if path], ids=" ".join)
def test_every_option_is_explained(path: tuple[str, ...]) -> None:
    for param in EVERY[path].params:
        assert getattr(param, "help", ""), f"{' '.join(path)}: {param.name}"


def test_a_group_alone_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tenant"]) == 2
    told = capsys.readouterr()
    assert "tenant apply --allow tenant-wide" in told.out + told.err


def test_shell_completion_knows_the_commands() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "_SP_PARENT_PORTAL_COMPLETE": "complete_bash"}
    environment |= {"COMP_WORDS": "sp-parent-portal tenant ", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-m", "sp_parent_portal"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["show", "plan", "apply"], done.stderr
