"""What a request costs does not depend on how large the tenant is; pages are whole, and each row is in one of them.

No time is measured: SQLite counts the steps its machine takes, which are the same on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from sp_parent_portal.emulator import open_emulator
from sp_parent_portal.emulator.amounts import read_amounts
from sp_parent_portal.emulator.generate import fill
from sp_parent_portal.emulator.app import Emulator
from sp_parent_portal.emulator.state import State

from .caller import Caller, json_of

ADMIN = "https://contoso-admin.sharepoint.com/_api"
EXTERNAL = "Microsoft.Online.SharePoint.TenantManagement.Office365Tenant"
SMALL, LARGE = "sites=4,guests=150,memberships=600,seed=7", "sites=40,guests=1500,memberships=15000,seed=7"
STEPS_AT_A_TIME = 10


class Tenant:
    """A generated tenant, somebody who asks it, and what SQLite does for each request."""

    def __init__(self, asked: str) -> None:
        state = State(":memory:")
        fill(state, read_amounts(asked), None)
        self.caller = Caller(Emulator(state))
        self.statements: list[str] = []
        self.steps = 0
        self.guest = self.ids("/users?$filter=userType eq 'Guest'&$top=1")[0]
        self.everybody = self.ids("/groups?$filter=mailNickname eq 'all-guardians'")[0]
        self._tokens: dict[str, str] = {}

    def ids(self, path: str) -> list[str]:
        return [str(row["id"]) for row in json_of(self.caller.graph("GET", path))["value"]]

    def sharepoint(self, path: str, body: dict[str, Any], method: str = "POST") -> TestResponse:
        host = path.split("/")[2]
        if host not in self._tokens:
            answer = self.caller.ask_token(
                scope=f"https://{host}/.default", client_secret="", client_assertion="", assertion=""
            )
            self._tokens[host] = str(json_of(answer).get("access_token", ""))
        headers = {"Authorization": f"Bearer {self._tokens[host]}", "Accept": "application/json;odata=nometadata"}
        return self.caller.client.open(
            path.split(host)[1], method=method, base_url=f"https://{host}", headers=headers, json=body
        )


def test_placeholder() -> None:
    pass
