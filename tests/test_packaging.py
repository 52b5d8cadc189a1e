"""What is installed is complete: the wheel holds templates and data, and works from another folder.

The wheel is built offline with the locked hatchling and unpacked, which for a wheel without compiled code is all that
installing does; `.ci/run` installs it with pip into an empty environment as well.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from sp_parent_portal import __version__

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "sp_parent_portal"
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-interop.lock", "requirements-browser.lock")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def files_below(folder: Path) -> set[str]:
    """Files as the wheel should hold them; what Python and the system leave behind is not among them."""
    found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {
        path.as_posix() for path in found if not any(part[0] == "." or part == "__pycache__" for part in path.parts)
    }


def test_every_file_of_the_package_and_every_template_is_in_the_wheel(wheel: Path) -> None:
    wanted = {f"{PACKAGE}/{name}" for name in files_below(ROOT / PACKAGE)}
    wanted |= {f"{PACKAGE}/site_templates/{name}" for name in files_below(ROOT / "site_templates")}
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert inside == wanted


@pytest.mark.parametrize(
    "name",
    [
        "py.typed",
        "emulator/limits.toml",
        "emulator/COVERAGE.md",
        "site_templates/school-trip/template.toml",
        "site_templates/school-trip/site-script.json",
    ],
)
def test_the_wheel_holds(installed: Path, name: str) -> None:
    assert (installed / PACKAGE / name).is_file()


def test_the_wheel_holds_the_contact_list_of_the_demo(installed: Path) -> None:
    assert [path for path in (installed / PACKAGE / "demo").rglob("*.csv") if path.stat().st_size]


def test_the_wheel_declares_its_command_and_its_licence(installed: Path) -> None:
    (folder,) = installed.glob("*.dist-info")
    assert "sp-parent-portal = sp_parent_portal.cli.app:main" in (folder / "entry_points.txt").read_text(
        encoding="utf-8"
    )
    assert f"Version: {__version__}\n" in (folder / "METADATA").read_text(encoding="utf-8")
    assert (folder / "licenses" / "LICENSE").is_file()


def run_installed(installed: Path, *arguments: str) -> str:
    """Its output. -P and the bare PYTHONPATH keep the checkout out of the way."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", PACKAGE, *arguments],
        env={**os.environ, "PYTHONPATH": str(installed), "PYTHONUTF8": "1", "SPP_TARGET": "emulator"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_installed_command_knows_its_version(installed: Path) -> None:
    assert __version__ in run_installed(installed, "--version")


def test_the_installed_command_finds_its_templates(installed: Path) -> None:
    shown = run_installed(installed, "templates", "list")
    for template in (ROOT / "site_templates").iterdir():
        if template.is_dir():
            assert template.name in shown


# ---- locks -------------------------------------------------------------------------------------------------------


def locked(name: str) -> dict[str, str]:
    """`package==version[ ; marker]` → its block of hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {
        match[1].rstrip(" \\"): match[2]
        for match in re.finditer(r"^([a-z0-9].*)\n((?:[ ]+.*\n?)*)", text, re.MULTILINE)
    }


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_one_version_and_hashes(name: str) -> None:
    packages = locked(name)
    assert packages
    for requirement, block in packages.items():
        assert re.match(r"[a-z0-9-]+==[^ ]+( ; .+)?$", requirement)
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), f"{requirement} has no hash"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_and_no_path(name: str) -> None:
    """It must work with anybody's registry, on anybody's machine."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.findall(
        r"^.*(?:://|--(?:extra-)?index|--find-links|file:|\b[A-Z]:\\|(?:^| )/).*$", text, re.MULTILINE
    )


@pytest.mark.parametrize(("less", "more"), [("", "-dev"), ("-dev", "-interop"), ("-dev", "-browser")])
def test_what_is_locked_for_use_is_locked_the_same_for_tests(less: str, more: str) -> None:
    """run.py relies on it: after `test` it installs nothing again for `demo`."""
    everything = hashes(f"requirements{more}.lock")
    for requirement, expected in hashes(f"requirements{less}.lock").items():
        assert everything[requirement] == expected


def test_the_locks_are_as_new_as_what_is_declared() -> None:
    """Whoever changes a dependency in pyproject.toml renews the locks: ARCHITECTURE.md says how."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime, dev = project["project"]["dependencies"], project["dependency-groups"]["dev"]
    groups = project["dependency-groups"]
    for lock, declared in (
        ("requirements.lock", runtime),
        ("requirements-dev.lock", [*runtime, *dev]),
        ("requirements-interop.lock", [*runtime, *dev, *groups["interop"]]),
        ("requirements-browser.lock", [*runtime, *dev, *groups["browser"]]),
    ):
        versions = [requirement.split(" ;")[0].split("==") for requirement in locked(lock)]
        for wanted in map(Requirement, declared):
            found = [version for name, version in versions if name == wanted.name]
            assert found, f"{lock} lacks {wanted.name}"
            assert all(wanted.specifier.contains(version) for version in found), f"{lock} has {wanted.name} {found}"


def test_the_clients_of_node_are_locked_by_hash_and_from_anybodys_registry() -> None:
    folder = ROOT / "tests" / "interop"
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert lock.pop("")["dependencies"] == wanted["dependencies"]
    assert all(re.fullmatch(r"[0-9.]+", version) for version in wanted["dependencies"].values())
    assert len(lock) > len(wanted["dependencies"])
    for name, package in lock.items():
        # What a package carries within itself is under that package's hash.
        assert package.get("integrity", "").startswith("sha512-") or package.get("inBundle"), name
        assert "resolved" not in package, name


def hashes(name: str) -> dict[str, list[str]]:
    return {requirement: re.findall(r"sha256:[0-9a-f]{64}", block) for requirement, block in locked(name).items()}
