"""PnPjs as it is published, started with a script of ours for each thing that it shall do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.interop.clients import HERE, NODE_MODULES, Exit, Served, run_node
from tests.interop.tenant import CLIENT_ID, TENANT_ID, write_certificate


@dataclass
class PnPjs:
    served: Served
    home: Path
    name: str = "PnPjs"

    def run(self, verb: str, *arguments: str) -> Any:
        certificate = self.home / "certificate.pem"
        if not certificate.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            (self.home / "thumbprint").write_text(write_certificate(certificate), encoding="utf-8")
        settings = {
            "NODE_MODULES": str(NODE_MODULES),
            "CERTIFICATE": str(certificate),
            "THUMBPRINT": (self.home / "thumbprint").read_text(encoding="utf-8"),
            "CLIENT_ID": CLIENT_ID,
            "TENANT_ID": TENANT_ID,
        }
        done = run_node(self.served, self.home, str(HERE / "pnpjs.mjs"), verb, *arguments, settings=settings)
        self.served.exits.append(Exit(self.name, verb, done.returncode))
        assert done.returncode == 0, f"{verb}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def write(self, name: str) -> None:
        self.run("write", name)

    def read(self, name: str) -> dict[str, Any]:
        return dict(self.run("read", name))
