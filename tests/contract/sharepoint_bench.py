"""An emulated tenant and a caller of its SharePoint half, for the tests of it: no network, a clock of its own."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from sp_parent_portal.emulator import directory, tokens
from sp_parent_portal.emulator.app import Emulator
from sp_parent_portal.emulator.seed import plant
from sp_parent_portal.emulator.sharepoint.birth import create_site
from sp_parent_portal.emulator.sharepoint.site import Site
from sp_parent_portal.emulator.state import State
from sp_parent_portal.emulator.web import Request

NOW = datetime(2027, 5, 1, 9, 0, tzinfo=UTC)
ROOT = "https://contoso.sharepoint.com"
ADMIN = "https://contoso-admin.sharepoint.com"
LAKES = f"{ROOT}/sites/lakes"
OWNER = "j.okoro@school.example"
NOMETADATA = "application/json;odata=nometadata"
VERBOSE = "application/json;odata=verbose"


class Bench:
    """A planted tenant, open to every guest, with the site `lakes` in it."""

    def __init__(self, *, roles: Iterable[str] = ("Sites.FullControl.All",)) -> None:
        self.state = State(":memory:")
        self.emulator = Emulator(self.state, now=lambda: NOW)
        plant(self.emulator, None)
        self.roles = list(roles)
        self.set_tenant(SharingCapability=2)
        self.lakes = self.make_site("lakes", "Lakes")

    def make_site(self, name: str, title: str, *, sharing: int = 0, template: str = "STS#3") -> Site:
        return create_site(self.emulator, f"{ROOT}/sites/{name}", title, OWNER, template, sharing)

    def set_tenant(self, **properties: object) -> None:
        self.state.set_fact("tenant_properties", {**(self.state.get_fact("tenant_properties") or {}), **properties})

    def add_guest(self, email: str, name: str = "A Guest") -> dict[str, Any]:
        tenant = self.emulator.tenant
        guest = directory.make_guest(self.state, email, name, tenant.initial_domain, NOW)
        directory.add_user(self.state, guest)
        return guest

    def add_group(self, group_id: str, name: str, members: Iterable[str] = ()) -> str:
        doc: dict[str, Any] = {
            "id": group_id,
            "displayName": name,
            "mailNickname": name,
            "mail": None,
            "groupTypes": [],
        }
        directory.add_group(self.state, doc)
        for member in members:
            directory.add_member(self.state, group_id, member)
        return f"c:0t.c|tenant|{group_id}"

    def token(self, host: str, **claims: object) -> str:
        known = {
            "aud": f"https://{host}",
            "exp": NOW.timestamp() + 3600,
            "idtyp": "app",
            "appid": "app",
            "appidacr": "2",
        }
        return tokens.issue(self.state, {**known, "tid": self.emulator.tenant.id, "roles": self.roles, **claims})

    def ask(
        self,
        verb: str,
        url: str,
        body: Any = None,
        *,
        accept: str = NOMETADATA,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """`url` as a client writes it, its query encoded by the caller."""
        parts = urlsplit(url)
        given = {"Authorization": f"Bearer {self.token(parts.netloc)}", "Accept": accept, **(headers or {})}
        data = body if isinstance(body, str) else None if body is None else json.dumps(body)
        builder = EnvironBuilder(
            path=parts.path,
            query_string=parts.query,
            base_url=f"https://{parts.netloc}",
            method=verb,
            headers=list(given.items()),
            data=data,
        )
        return self.emulator.answer(Request(builder.get_environ()))

    def read(self, verb: str, url: str, body: Any = None, **options: Any) -> Any:
        """The JSON of an answer that must be a success."""
        response = self.ask(verb, url, body, **options)
        assert response.status_code < 300, response.get_data(as_text=True)
        text = response.get_data(as_text=True)
        return json.loads(text) if text else None


class InProcess(BaseAdapter):
    """Carries what `requests` would send to the emulator's WSGI application instead."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__()
        self.emulator = emulator

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]  # options that it does not use
        # The base class names each option; none of them means anything without a network.
        parts = urlsplit(str(request.url))
        builder = EnvironBuilder(
            path=parts.path,
            query_string=parts.query,
            base_url=f"https://{parts.netloc}",
            method=str(request.method),
            headers=list(request.headers.items()),
            data=request.body,
        )
        body, status, headers = run_wsgi_app(self.emulator, builder.get_environ(), buffered=True)
        raw = HTTPResponse(
            io.BytesIO(b"".join(body)), headers=dict(headers), status=int(status.split()[0]), preload_content=False
        )
        response = requests.adapters.HTTPAdapter().build_response(request, raw)
        response._content = b"".join([response.content])
        return response

    def close(self) -> None:
        """Nothing is open."""
