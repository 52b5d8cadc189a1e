"""Starts the project on a machine that has only Python 3.11 or later. Its own set-up goes to .venv beside this file.

python run.py demo            the whole story on an emulated tenant, no account needed (--keep DIR keeps its files)
python run.py test            every check: ruff, mypy, pytest
python run.py test ARGUMENTS  pytest alone, with these arguments
python run.py interop         other people's clients of Microsoft 365 against the emulator; needs Node and npm as well
python run.py browser         the previews of sites in a real browser; needs a Chromium as well
python run.py COMMAND ...     any command of sp-parent-portal, for example: python run.py doctor
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

MINIMUM = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOCK, DEV_LOCK, INTEROP_LOCK, BROWSER_LOCK = (
    ROOT / f"requirements{part}.lock" for part in ("", "-dev", "-interop", "-browser")
)
CLIENTS, INTEROP, BROWSER = ROOT / ".clients", ROOT / "tests" / "interop", ROOT / "tests" / "browser"
NODE_MINIMUM = 20
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")

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
        if arguments[0] == "interop":
            npm = find_npm()
            make_ready(INTEROP_LOCK)
            make_clients_ready(npm)
            return meet_others(arguments[1:])
        if arguments[0] == "browser":
            find_chromium()
            make_ready(BROWSER_LOCK)
            return run([str(PYTHON), "-m", "pytest", "-n", "auto", *arguments[1:], str(BROWSER)], cwd=ROOT)
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
    if lock == INTEROP_LOCK:  # msgraph-sdk is tens of thousands of files, of which hardly any is ever imported
        options.append("--no-compile")
    if run([str(PYTHON), "-m", "pip", "install", *options, "-r", str(lock)]):
        raise SetUpFailed(
            "pip could not install the packages; its message is above. It needs a package registry: behind a proxy set "
            "HTTPS_PROXY, for a mirror PIP_INDEX_URL. On Windows a very long path to this folder can be the reason."
        )
    # The second lock holds all of the first, each of the others all of the second: a test sees to that.
    for each in dict.fromkeys((LOCK, DEV_LOCK, lock) if lock != LOCK else (LOCK,)):
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


def find_npm() -> str:
    node, npm = shutil.which("node"), shutil.which("npm")
    version = ""
    if node is not None:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    if npm is None or int(version.lstrip("v").partition(".")[0] or 0) < NODE_MINIMUM:
        raise SetUpFailed(
            f"Node {NODE_MINIMUM} or later and its npm are needed for this, and for nothing else of the project; "
            f"found: {version or 'none'}. Get them from https://nodejs.org/ or with your system's package manager."
        )
    return npm


def find_chromium() -> str:
    """What CHROMIUM names, or a browser of its family on the path."""
    asked = os.environ.get("CHROMIUM", "")
    found = next(filter(None, map(shutil.which, [asked] if asked else CHROMIUMS)), None)
    if found is None:
        raise SetUpFailed(
            "a Chromium (or Chrome, or Edge) is needed for this, and for nothing else of the project; "
            f"{asked + ' is no program' if asked else 'none is on the path'}. On Debian: sudo apt install chromium. "
            "Elsewhere install any of them and name its program in CHROMIUM."
        )
    return found


def make_clients_ready(npm: str) -> None:
    """Install what package-lock.json names into .clients where that changed; scripts of packages are not run."""
    lock, stamped = INTEROP / "package-lock.json", CLIENTS / "package-lock.sha256"
    if read(stamped) == digest(lock):
        return
    say(f"installing what {lock.name} names into {CLIENTS} (only when it changes) ...")
    CLIENTS.mkdir(exist_ok=True)
    for name in ("package.json", lock.name):
        shutil.copy(INTEROP / name, CLIENTS / name)
    if run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=CLIENTS):
        raise SetUpFailed(
            "npm could not install the clients; its message is above. It needs a package registry: behind a proxy set "
            "HTTPS_PROXY, for a mirror NPM_CONFIG_REGISTRY."
        )
    stamped.write_text(digest(lock), encoding="utf-8")


# One test is many starts of Node, and what uses one sign-in stays with one worker.
OPTIONS = ("-n", "auto", "--dist", "loadgroup", "--timeout", "900")


def meet_others(arguments: list[str]) -> int:
    return run([str(PYTHON), "-m", "pytest", *OPTIONS, *arguments, str(INTEROP)], cwd=ROOT)


def check(arguments: list[str]) -> int:
    """With arguments pytest alone, otherwise everything, to the end even when something fails."""
    say("other people's clients are left out; python run.py interop runs them, with Node")
    say("so is the browser; python run.py browser runs it, with a Chromium")
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
