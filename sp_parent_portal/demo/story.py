"""The demo from its first chapter to its last."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..private_files import write_private
from . import chapters
from .folder import lay_out, write_settings
from .scene import Scene, Tell, open_scene

URL = "http://127.0.0.1:8365"


def play(folder: Path, tell: Tell) -> dict[str, Any]:
    """Tell the whole story in the new folder; every fact that was told, by chapter, is answered and left in demo.json.
    Raises InputError where the folder cannot be used."""
    lay_out(folder, datetime.now(UTC).astimezone().date())
    tell("target: emulator. A small Microsoft 365 on this machine: no account is needed, nothing leaves it.\n")
    with open_scene(folder, tell) as scene:
        chapters.tell_contact_list(scene)
        chapters.tell_closed_tenant(scene)
        chapters.tell_tenant(scene)
        planned = chapters.tell_plan(scene)
        chapters.tell_apply(scene, planned)
        chapters.tell_guardians(scene)
        chapters.tell_exclusion(scene, planned)
        chapters.tell_status(scene)
        chapters.tell_licences(scene)
        chapters.tell_audit(scene)
        chapters.tell_nothing_left(scene)
        _end(scene)
    facts = {"target": "emulator", "folder": str(folder), **scene.facts}
    write_private(folder / "demo.json", json.dumps(facts, indent=2) + "\n")
    return facts


def _end(scene: Scene) -> None:
    scene.begin("end", "Go on yourself")
    tenant = scene.tenant
    write_settings(scene.folder, tenant.name, tenant.id, scene.gateway.mailbox, URL)
    scene.say(
        "Everything lies in {folder}: the files, the plan, the run, the mails, the audit, the tenant.\n"
        "Serve the tenant. In another window every command in that folder then acts on it, for .env there says so;\n"
        "only the emulator's own commands (outbox, visit, redeem, reset) want SPP_EMULATOR_URL={url} to be set.",
        folder=str(scene.folder),
        url=URL,
    )
    port = URL.rpartition(":")[2]
    serve = f"sp-parent-portal emulator serve --port {port} --state emulator.sqlite --seed tenant"
    here = f"$ cd {scene.folder}"
    scene.tell("\n".join([here, f"$ {serve}"]) + "\n")
    scene.tell("\n".join(["In the other window:", here, "$ sp-parent-portal status"]) + "\n")
