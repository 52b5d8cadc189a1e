"""The CLI for Microsoft 365 as it is published, signed in at the emulator."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tests.interop.clients import NODE_MODULES, PRELOAD, Exit, node_environment
from tests.interop.tenant import ADMIN, CLIENT_ID, RESOURCES, SHAREPOINT, TENANT_ID, forge_token

PROGRAM = NODE_MODULES / "@pnp" / "cli-microsoft365" / "dist" / "index.js"
SignIn = Literal["delegated", "app", "real"]
# No browser, no questions, no word to its makers.
SETTINGS = {"disableTelemetry": True, "prompt": False, "output": "json", "showHelpOnFailure": False}


@dataclass
class M365:
    """One installation in a home of its own. `exits` gets what was called and how it ended."""

    emulator_url: str
    home: Path
    exits: list[Exit]
    name: str = "CLI for Microsoft 365"

    def __post_init__(self) -> None:
        folder = self.home / ".config" / "configstore"
        folder.mkdir(parents=True)
        settings = {**SETTINGS, "clientId": CLIENT_ID, "tenantId": TENANT_ID}
        (folder / "cli-m365-config.json").write_text(json.dumps(settings), encoding="utf-8")

    def forge_sign_in(self, *, app_only: bool) -> None:
        """The files that a sign-in leaves, with tokens that nobody issued."""
        name = "interop" if app_only else ADMIN
        tokens = {
            each: {"expiresOn": "2999-01-01T00:00:00.000Z", "accessToken": forge_token(each, app_only=app_only)}
            for each in RESOURCES
        }
        connection = {
            "active": True,
            "authType": "certificate" if app_only else "deviceCode",
            "certificateType": 0,
            "cloudType": "Public",
            "tenant": TENANT_ID,
            "appId": CLIENT_ID,
            "name": name,
            "identityName": name,
            "identityTenantId": TENANT_ID,
            "accessTokens": tokens,
            "spoUrl": SHAREPOINT,
        }
        for file, content in (("connection", connection), ("all-connections", [connection])):
            (self.home / f".cli-m365-{file}.json").write_text(json.dumps(content), encoding="utf-8")

    def run(self, *arguments: str, code: int = 0) -> Any:
        """What it printed, as JSON where it is any. Asserts the exit code."""
        done = subprocess.run(
            ["node", "--require", str(PRELOAD), str(PROGRAM), *arguments],
            env={**node_environment(self.emulator_url, self.home), "CLIMICROSOFT365_NOUPDATE": "1"},
            capture_output=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )
        self.exits.append(Exit(self.name, " ".join(_name(arguments)), done.returncode))
        assert done.returncode == code, f"m365 {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None


def _name(arguments: tuple[str, ...]) -> list[str]:
    """The command without its options."""
    words = list(arguments)
    return words[: next((n for n, word in enumerate(words) if word.startswith("-")), len(words))]
