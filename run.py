"""Starts the project on a machine that has only Python 3.11 or later. Its own set-up goes to .venv beside this file.

python run.py demo            the whole story on an emulated tenant, no account needed (--keep DIR keeps its files)
python run.py test            every check: ruff, mypy, pytest
python run.py test ARGUMENTS  pytest alone, with these arguments
python run.py COMMAND ...     any command of sp-parent-portal, for example: python run.py doctor
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

MINIMUM = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK, DEV_LOCK = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"

# Set by people for other installations; here they would put our packages, or our interpreter, somewhere else.
MISLEADING = (
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_TARGET",
    "PIP_USER",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSAFEPATH",
    "VIRTUAL_ENV",
)

# Before any definition that an older Python could not read; therefore no newer syntax above.
if sys.version_info[:2] < MINIMUM:
    sys.exit(
        "Python {}.{} or later is needed; this is {}. Install one from https://www.python.org/downloads/ and run this "
        "with it, for example: python3.12 run.py demo".format(*MINIMUM, sys.version.split()[0])
    )


def main(arguments: list[str]) -> int:
    """The exit code of what was started; 1 when the set-up failed."""
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write((__doc__ or "").strip() + "\n")
        return 0 if arguments else 2
    try:
        if arguments[0] == "test":
            make_ready(DEV_LOCK)
            return check(arguments[1:])
        make_ready(LOCK)
    except SetUpFailed as error:
        sys.stderr.write(f"run.py: {error}\n")
        return 1
    return become([str(PYTHON), "-m", "sp_parent_portal", *arguments])


class SetUpFailed(Exception):
    """The message says what to do next."""


def make_ready(lock: Path) -> None:
    """Build .venv where it is missing or of another Python, install what the lock names where that changed."""
    if not PYTHON.exists() or read(VENV / "made-by") != identity():
        make_venv()
    if read(stamp(lock)) == digest(lock):
        return
    say(f"installing what {lock.name} names into {VENV} (only when it changes) ...")
    options = ["--quiet", "--no-input", "--disable-pip-version-check", "--require-hashes", "--only-binary=:all:"]
    if run([str(PYTHON), "-m", "pip", "install", *options, "-r", str(lock)]):
        raise SetUpFailed(
            "pip could not install the packages; its message is above. It needs a package registry: behind a proxy set "
            "HTTPS_PROXY, for a mirror PIP_INDEX_URL. On Windows a very long path to this folder can be the reason."
        )
    for each in (LOCK, DEV_LOCK) if lock == DEV_LOCK else (LOCK,):  # all of LOCK is in DEV_LOCK: a test holds that
        stamp(each).write_text(digest(each), encoding="utf-8")


def make_venv() -> None:
    for needed in ("venv", "ensurepip"):
        if importlib.util.find_spec(needed) is None:
            raise SetUpFailed(
                f"this Python has no {needed} module. On Debian and Ubuntu: "
                f"sudo apt install python{MINIMUM[0]}.{sys.version_info[1]}-venv"
            )
    say(f"making {VENV} ...")
    if run([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        raise SetUpFailed(f"could not make {VENV}. Close what still uses it, delete the folder and try again.")
    (VENV / "made-by").write_text(identity(), encoding="utf-8")


def check(arguments: list[str]) -> int:
    """With arguments pytest alone, otherwise everything, to the end even when something fails."""
    if arguments:
        return run([str(PYTHON), "-m", "pytest", *arguments], cwd=ROOT)
    failed = []
    for name, command in CHECKS.items():
        say(f"{name} ...")
        if run([str(PYTHON), "-m", *command], cwd=ROOT):
            failed.append(name)
    say(f"FAILED: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


CHECKS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "pytest": ["pytest", "-n", "auto"],
}


def become(command: list[str]) -> int:
    """Put the command in our place, so that signals and exit codes are its own."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(command[0], command, environment())
    child = subprocess.Popen(command, env=environment())
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # Ctrl-C reached the child too, which still has to record what it did
            continue


def run(command: list[str], cwd: Path | None = None) -> int:
    return subprocess.run(command, cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, check=False).returncode


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name.upper() not in MISLEADING}
    # UTF-8 because a Windows console may be set to a code page that has no arrows and no names with accents.
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def identity() -> str:
    """A .venv cannot be moved, nor used by another Python."""
    return f"{sys.version}\n{sys.base_prefix}\n{ROOT}"


def stamp(lock: Path) -> Path:
    return VENV / f"{lock.name}.sha256"


def digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def say(text: str) -> None:
    sys.stderr.write(f"run.py: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
