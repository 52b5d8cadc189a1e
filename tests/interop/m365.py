"""The CLI for Microsoft 365 as it is published, signed in at the emulator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.interop.clients import NODE_MODULES, Exit, Served, run_node
from tests.interop.tenant import ADMIN, CLIENT_ID, RESOURCES, SHAREPOINT, TENANT_ID, forge_token

PROGRAM = NODE_MODULES / "@pnp" / "cli-microsoft365" / "dist" / "index.js"
# No question, no word to its makers.
SETTINGS = {"disableTelemetry": True, "prompt": False, "output": "json", "showHelpOnFailure": False}


@dataclass
class M365:
    """One user of it, with a home of their own."""

    served: Served
    home: Path
    name: str

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

    def run(self, command: str, *options: str, code: int = 0) -> Any:
        """What it printed, as JSON where it printed any. Asserts the exit code."""
        done = run_node(self.served, self.home, str(PROGRAM), *command.split(), *options)
        self.served.exits.append(Exit(self.name, command, done.returncode))
        assert done.returncode == code, f"m365 {command} {' '.join(options)}\n{done.stdout}\n{done.stderr}"
        if code or not done.stdout.strip():
            return done.stderr
        return json.loads(done.stdout)
