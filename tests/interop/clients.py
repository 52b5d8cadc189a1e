"""Where other people's Node programs are installed, and how one is started."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NODE_MODULES = ROOT / ".clients" / "node_modules"
PRELOAD = HERE / "loopback.cjs"


@dataclass(frozen=True)
class Exit:
    """How one call of a client ended: `code` is the program's exit code."""

    client: str
    command: str
    code: int


def node_environment(emulator_url: str, home: Path) -> dict[str, str]:
    """No proxy, no options and no home of the developer's."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    homes = {"HOME": str(home), "USERPROFILE": str(home), "XDG_CONFIG_HOME": str(home / ".config")}
    return {**kept, **homes, "EMULATOR_URL": emulator_url, "NO_COLOR": "1"}
