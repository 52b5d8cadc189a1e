"""Where other people's programs are installed, how one is started, and what is kept of how it ended."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NODE_MODULES = ROOT / ".clients" / "node_modules"
PRELOAD = HERE / "loopback.cjs"


@dataclass(frozen=True)
class Exit:
    """How one call of a client ended: `code` is the program's exit code, for a library in our own process 0."""

    client: str
    command: str
    code: int

    def __str__(self) -> str:
        return json.dumps(asdict(self))


@dataclass
class Served:
    """An emulator of the suite's own at `url`; `exits` are what was called on it so far."""

    url: str
    exits: list[Exit] = field(default_factory=list)


def run_node(
    served: Served, home: Path, *arguments: str, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Without proxy, options and home of the developer's; nothing but the emulator can be reached."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    homes = {"HOME": str(home), "USERPROFILE": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    own = {"EMULATOR_URL": served.url, "NO_COLOR": "1", "CLIMICROSOFT365_NOUPDATE": "1"}
    return subprocess.run(
        ["node", "--require", str(PRELOAD), *arguments],
        env={**kept, **homes, **own, **(settings or {})},
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=240,
        check=False,
    )
