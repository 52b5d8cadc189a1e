"""A caller of the emulator in this process: signs in, and asks Graph, Entra and the emulator itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.test import Client, TestResponse

from sp_parent_portal.emulator.app import Emulator
from sp_parent_portal.emulator.state import State

APP_ID = "31359c7f-bd7e-475c-86db-fdb8c937548e"
SITE = "https://contoso.sharepoint.com/sites/lake"


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)


class Caller:
    """`emulator` is a fresh default tenant in memory unless one is given."""

    def __init__(self, emulator: Emulator | None = None, **options: Any) -> None:
        self.clock = Clock()
        if emulator is None:
            emulator = Emulator(State(":memory:"), now=self.clock.now, sleep=self.clock.sleep, **options)
            emulator.reset()
        self.emulator = emulator
        self.client = Client(emulator)
        self.headers: dict[str, str] = {}
        self.sign_in()

    def sign_in(self, **changes: str) -> TestResponse:
        """An application's token for Graph, kept for the calls that follow where it was given."""
        answer = self.ask_token(**changes)
        if answer.status_code == 200:
            self.headers = {"Authorization": f"Bearer {json_of(answer)['access_token']}"}
        return answer

    def ask_token(self, *, tenant: str = "", path: str = "token", **changes: str) -> TestResponse:
        form = {
            "grant_type": "client_credentials",
            "client_id": APP_ID,
            "client_secret": "s",
            "scope": "https://graph.microsoft.com/.default",
        }
        sent = {name: value for name, value in {**form, **changes}.items() if value}
        return self.client.post(
            f"/{tenant or self.emulator.tenant.id}/oauth2/v2.0/{path}",
            base_url="https://login.microsoftonline.com",
            data=sent,
        )

    def graph(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> TestResponse:
        sent = {"json": body} if body is not None else {}
        return self.client.open(
            f"/v1.0{path}",
            method=method,
            base_url="https://graph.microsoft.com",
            headers={**self.headers, **(headers or {})},
            **sent,
        )

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON of a GET that must succeed."""
        answer = self.graph("GET", path, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json

    def batch(self, *items: tuple[str, str, Any]) -> dict[str, dict[str, Any]]:
        """Answers by id; ids are "1", "2" … in the order of the items."""
        requests = [
            {"id": str(n), "method": method, "url": url, **({"body": body} if body is not None else {})}
            for n, (method, url, body) in enumerate(items, 1)
        ]
        answer = self.graph("POST", "/$batch", {"requests": requests})
        assert answer.status_code == 200, answer.text
        responses: list[dict[str, Any]] = json_of(answer)["responses"]
        return {each["id"]: each for each in responses}

    def invite(self, email: str, **changes: Any) -> TestResponse:
        return self.graph(
            "POST", "/invitations", {"invitedUserEmailAddress": email, "inviteRedirectUrl": SITE, **changes}
        )

    def invite_id(self, email: str, **changes: Any) -> str:
        answer = self.invite(email, **changes)
        assert answer.status_code == 201, answer.text
        return str(json_of(answer)["invitedUser"]["id"])

    def make_group(self, nickname: str = "trip-lake") -> str:
        body = {"displayName": nickname, "mailNickname": nickname, "mailEnabled": False, "securityEnabled": True}
        answer = self.graph("POST", "/groups", body)
        assert answer.status_code == 201, answer.text
        return str(json_of(answer)["id"])

    def ask(self, method: str, path: str, body: Any = None, host: str = "127.0.0.1") -> TestResponse:
        """One of the emulator's own endpoints."""
        sent = {"json": body} if body is not None else {}
        return self.client.open(f"/_emulator/{path}", method=method, base_url=f"http://{host}", **sent)


def json_of(answer: TestResponse) -> Any:
    return answer.json


def code_of(answer: TestResponse) -> tuple[int, str]:
    """Status and error code of a refusal of Graph's."""
    return answer.status_code, json_of(answer)["error"]["code"]


def references(*ids: str) -> list[str]:
    return [f"https://graph.microsoft.com/v1.0/directoryObjects/{i}" for i in ids]
