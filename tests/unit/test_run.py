"""run.py: sets up once, again only when something changed, and says what to do where it cannot."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import runpy
import shutil
import sys
from collections import namedtuple
from pathlib import Path

import pytest

import run as starter

SOURCE = Path(starter.__file__)
VersionInfo = namedtuple("VersionInfo", "major minor micro releaselevel serial")


class Recorder:
    """In place of `run.run`: notes the commands, makes what they would make, and can fail on order."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.failing = ""

    def __call__(self, command: list[str], cwd: Path | None = None) -> int:
        text = " ".join(command[1:])
        self.commands.append(text)
        if self.failing and self.failing in text:
            return 1
        if "-m venv" in text:
            starter.PYTHON.parent.mkdir(parents=True, exist_ok=True)
            starter.PYTHON.touch()
        return 0

    def take(self) -> list[str]:
        """The commands since the last time, without what differs from machine to machine."""
        taken, self.commands = self.commands, []
        return ["venv" if "-m venv" in each else re.split(r"[/\\]", each)[-1] for each in taken]


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(starter, "run", recorder)
    monkeypatch.setattr(starter, "become", lambda command: recorder(command))
    for name in ("LOCK", "DEV_LOCK", "INTEROP_LOCK", "BROWSER_LOCK"):
        lock = tmp_path / f"{name.lower()}.lock"
        lock.write_text(name, encoding="utf-8")
        monkeypatch.setattr(starter, name, lock)
    monkeypatch.setattr(starter, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(starter, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(starter, "INTEROP", tmp_path)
    monkeypatch.setattr(starter, "CLIENTS", tmp_path / ".clients")
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    return recorder


def test_the_first_time_sets_up_and_the_second_does_not(commands: Recorder) -> None:
    assert starter.main(["demo", "--keep", "here"]) == 0
    assert commands.take() == ["venv", "lock.lock", "-m sp_parent_portal demo --keep here"]
    assert starter.main(["doctor"]) == 0
    assert commands.take() == ["-m sp_parent_portal doctor"]


def test_a_changed_lock_is_installed_into_the_same_venv(commands: Recorder) -> None:
    starter.main(["demo"])
    commands.take()
    starter.LOCK.write_text("changed", encoding="utf-8")
    starter.main(["demo"])
    assert commands.take() == ["lock.lock", "-m sp_parent_portal demo"]


@pytest.mark.parametrize("changed", ["version", "base_prefix"])
def test_another_python_makes_another_venv(commands: Recorder, monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    starter.main(["demo"])
    commands.take()
    monkeypatch.setattr(sys, changed, "another")
    starter.main(["demo"])
    assert commands.take()[0] == "venv"


def test_after_the_tests_the_demo_needs_nothing_more(commands: Recorder) -> None:
    starter.main(["test", "-k", "name"])
    assert commands.take() == ["venv", "dev_lock.lock", "-m pytest -k name"]
    starter.main(["demo"])
    assert commands.take() == ["-m sp_parent_portal demo"]


def with_node(monkeypatch: pytest.MonkeyPatch, folder: Path, version: str) -> None:
    """A `node` that says this version, and an `npm`, are all that is on the path."""
    for name in ("node", "npm"):
        program = folder / "path" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(folder / "path" / name))


@pytest.mark.skipif(os.name == "nt", reason="the programs that stand for node and npm are shell scripts")
def test_other_peoples_clients_are_installed_once(
    commands: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_node(monkeypatch, tmp_path, "v20.20.2")
    assert starter.main(["interop", "-k", "name"]) == 0
    installed = ["venv", "interop_lock.lock", "ci --ignore-scripts --no-audit --no-fund --loglevel=error"]
    taken = commands.take()
    assert taken[:3] == installed
    assert (tmp_path / ".clients" / "package-lock.json").is_file()
    assert starter.main(["interop"]) == 0
    assert len(commands.take()) == 1
    starter.main(["test"])
    assert "dev_lock.lock" not in commands.take()


@pytest.mark.skipif(os.name == "nt", reason="the programs that stand for node and npm are shell scripts")
def test_clients_that_could_not_be_installed_are_tried_again(
    commands: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_node(monkeypatch, tmp_path, "v22.1.0")
    commands.failing = "ci --ignore-scripts"
    assert starter.main(["interop"]) == 1
    assert "npm could not install" in capsys.readouterr().err
    commands.failing = ""
    commands.take()
    assert starter.main(["interop"]) == 0
    assert len(commands.take()) == 2


@pytest.mark.skipif(os.name == "nt", reason="the programs that stand for node and npm are shell scripts")
def test_an_old_node_is_told(
    commands: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_node(monkeypatch, tmp_path, "v18.19.0")
    assert starter.main(["interop"]) == 1
    assert "found: v18.19.0" in capsys.readouterr().err
    assert commands.take() == []


def test_a_missing_node_is_told(
    commands: Recorder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert starter.main(["interop"]) == 1
    assert "Node 20 or later" in capsys.readouterr().err
    assert commands.take() == []


def test_the_browser_is_the_one_that_is_named_or_any_on_the_path(
    commands: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", {"msedge": "/bin/msedge", "/opt/mine": "/opt/mine"}.get)
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert starter.find_chromium() == "/bin/msedge"
    monkeypatch.setenv("CHROMIUM", "/opt/mine")
    assert starter.find_chromium() == "/opt/mine"
    assert starter.main(["browser", "-k", "name"]) == 0
    assert [each.split()[:5] for each in commands.take()] == [["venv"], ["browser_lock.lock"], ["browser"]]
    starter.main(["test"])
    assert "dev_lock.lock" not in commands.take()


@pytest.mark.parametrize(("asked", "told"), [("", "none is on the path"), ("/opt/gone", "/opt/gone is no program")])
def test_a_missing_browser_is_told_before_anything_is_installed(
    commands: Recorder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: str, told: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setenv("CHROMIUM", asked)
    assert starter.main(["browser"]) == 1
    said = capsys.readouterr().err
    assert told in said
    assert "apt install chromium" in said
    assert commands.take() == []


def test_the_tests_say_what_they_leave_out(commands: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    starter.main(["test"])
    starter.main(["test", "-k", "name"])
    said = capsys.readouterr().err
    assert (said.count("run.py interop"), said.count("run.py browser")) == (2, 2)
    assert "npm" not in str(commands.take())


def test_all_checks_run_to_the_end_even_when_one_fails(commands: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    commands.failing = "-m mypy"
    assert starter.main(["test"]) == 1
    assert commands.take()[2:] == ["-m ruff check .", "-m ruff format --check .", "-m mypy", "-m pytest -n auto"]
    assert "FAILED: mypy" in capsys.readouterr().err
    commands.failing = ""
    assert starter.main(["test"]) == 0


def test_a_failed_installation_is_tried_again(commands: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    commands.failing = "-m pip"
    assert starter.main(["demo"]) == 1
    assert "package registry" in capsys.readouterr().err
    assert commands.take() == ["venv", "lock.lock"]
    commands.failing = ""
    assert starter.main(["demo"]) == 0
    assert commands.take() == ["lock.lock", "-m sp_parent_portal demo"]


def test_a_python_without_ensurepip_is_told(
    commands: Recorder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    assert starter.main(["demo"]) == 1
    assert "-venv" in capsys.readouterr().err
    assert commands.take() == []


def test_an_old_python_is_told_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", VersionInfo(3, 10, 4, "final", 0))
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(SOURCE), run_name="__main__")
    assert "3.11 or later is needed" in str(ended.value.code)


def test_an_old_python_can_read_the_file_that_tells_it() -> None:
    ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_it_needs_nothing_that_is_not_in_python() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_without_arguments_it_says_how_it_is_used(commands: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    assert starter.main([]) == 2
    assert starter.main(["--help"]) == 0
    assert capsys.readouterr().out.count("python run.py demo") == 2
    assert commands.take() == []


def test_what_is_set_for_other_installations_does_not_reach_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.school.example/simple")
    environment = starter.environment()
    assert "PIP_USER" not in environment
    assert environment["PYTHONPATH"] == str(starter.ROOT)
    assert environment["PIP_INDEX_URL"] == os.environ["PIP_INDEX_URL"]
