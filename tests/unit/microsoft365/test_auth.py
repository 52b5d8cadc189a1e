from __future__ import annotations

import base64
import json
import stat
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from sp_parent_portal.errors import BadAnswer, SignInFailed, Throttled
from sp_parent_portal.microsoft365.auth import EXPLANATIONS, SignIn, explain, load_token_cache
from sp_parent_portal.settings import Settings, emulator_settings
from tests.recording import GRAPH, HOST, LOGIN, Asked, Recorder, Told, open_transport

TENANT = "11111111-2222-3333-4444-555555555555"
BASE = f"https://{LOGIN}/{TENANT}"


class Entra:
    """A token endpoint that numbers its tokens and says what it was asked."""

    def __init__(self, refusal: dict[str, Any] | None = None, lifetime: int = 3599) -> None:
        self.refusal, self.lifetime = refusal, lifetime
        self.forms: list[dict[str, str]] = []

    def __call__(self, asked: Asked) -> Told:
        if asked.path.endswith("openid-configuration"):
            return Told(
                {
                    "authorization_endpoint": f"{BASE}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{BASE}/oauth2/v2.0/token",
                    "device_authorization_endpoint": f"{BASE}/oauth2/v2.0/devicecode",
                    "issuer": f"{BASE}/v2.0",
                }
            )
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        self.forms.append(form)
        if asked.path.endswith("devicecode"):
            told = {"user_code": "ABC", "device_code": "d", "message": "Enter ABC", "interval": 0, "expires_in": 60}
            return Told({**told, "verification_uri": "https://microsoft.com/devicelogin"})
        if self.refusal:
            return Told(self.refusal, 401)
        token = {"token_type": "Bearer", "expires_in": self.lifetime, "access_token": f"token-{len(self.forms)}"}
        if "client_assertion" in form:
            return Told(token)
        claims = {
            "sub": "s",
            "oid": "o",
            "tid": TENANT,
            "preferred_username": "x@school.example",
            "aud": form["client_id"],
        }
        middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        info = base64.urlsafe_b64encode(json.dumps({"uid": "o", "utid": TENANT}).encode()).decode()
        return Told({**token, "refresh_token": "refresh", "id_token": f"e30.{middle}.", "client_info": info})


class Time:
    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def sign_in(tmp_path: Path) -> Callable[..., SignIn]:
    def make(entra: Callable[[Asked], Told], **options: Any) -> SignIn:
        changes = {"tenant_id": TENANT, **options.pop("settings", {})}
        settings = Settings.model_construct(**{**emulator_settings().__dict__, **changes})
        transport = open_transport(Recorder(entra), tokens=None)
        return SignIn(settings, transport, folder=tmp_path, **options)

    return make


def claims_of(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    parts = [part + "=" * (-len(part) % 4) for part in assertion.split(".")[:2]]
    return json.loads(base64.urlsafe_b64decode(parts[0])), json.loads(base64.urlsafe_b64decode(parts[1]))


def test_an_application_signs_in_with_its_certificate(sign_in: Callable[..., SignIn]) -> None:
    entra = Entra()
    assert sign_in(entra).get(HOST, "reader") == "token-1"
    (form,) = entra.forms
    assert (form["grant_type"], form["scope"]) == ("client_credentials", f"https://{HOST}/.default")
    header, claims = claims_of(form["client_assertion"])
    assert "x5t#S256" in header
    assert (claims["aud"], claims["iss"]) == (f"{BASE}/oauth2/v2.0/token", form["client_id"])


def test_each_host_and_each_application_signs_in_once(sign_in: Callable[..., SignIn]) -> None:
    entra = Entra()
    signing = sign_in(entra, settings={"inviter_client_id": "22222222-0000-0000-0000-000000000000"})
    tokens = [
        signing.get(host, role)
        for _ in range(2)
        for host in (HOST, GRAPH)
        for role in ("reader", "inviter", "provisioner")
    ]
    assert tokens == ["token-1", "token-2", "token-1", "token-3", "token-4", "token-3"] * 2
    assert len({form["client_id"] for form in entra.forms}) == 2


def test_a_token_is_kept_until_shortly_before_it_ends(sign_in: Callable[..., SignIn]) -> None:
    clock = Time()
    signing = sign_in(Entra(), clock=clock)
    assert signing.get(HOST, "reader") == "token-1"
    clock.seconds += 3200
    assert signing.get(HOST, "reader") == "token-1"


def test_a_token_that_lives_shortly_is_not_fetched_for_every_request(sign_in: Callable[..., SignIn]) -> None:
    entra = Entra(lifetime=60)
    signing = sign_in(entra, clock=Time())
    assert {signing.get(HOST, "reader") for _ in range(5)} == {"token-1"}


def test_a_refused_token_is_fetched_anew_once(sign_in: Callable[..., SignIn]) -> None:
    signing = sign_in(Entra())
    token = signing.get(HOST, "reader")
    for _ in range(3):
        signing.forget(HOST, "reader", token)
    assert [signing.get(HOST, "reader") for _ in range(2)] == ["token-2", "token-2"]


def test_many_threads_sign_in_once(sign_in: Callable[..., SignIn]) -> None:
    entra = Entra()
    signing = sign_in(entra)
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(lambda _: signing.get(HOST, "reader"), range(64))) == {"token-1"}
    assert len(entra.forms) == 1


@pytest.mark.parametrize("code", sorted(EXPLANATIONS))
def test_every_known_refusal_is_explained(sign_in: Callable[..., SignIn], code: str) -> None:
    said = f"AADSTS{code}: Application 'secret-id' of anna@school.example … Trace ID: x"
    entra = Entra({"error": "invalid_client", "error_description": said, "error_codes": [int(code)]})
    with pytest.raises(SignInFailed) as caught:
        sign_in(entra).get(HOST, "reader")
    assert EXPLANATIONS[code] in caught.value.message
    assert caught.value.code == f"AADSTS{code}"
    assert "anna" not in f"{caught.value} {caught.value.hint}"
    assert "secret-id" not in caught.value.message


@pytest.mark.parametrize(
    ("answer", "mark"),
    [
        ({"error": "invalid_client", "error_description": "AADSTS99: anna@school.example"}, "AADSTS99"),
        ({"error": "authorization_declined"}, "authorization_declined"),
        ({"error": "anna@school.example"}, "no reason given"),
        ({}, "no reason given"),
        (None, "no reason given"),
        ({"error_description": "AADSTS700016: x"}, "AADSTS700016"),
    ],
)
def test_an_unknown_refusal_gives_its_number_alone(answer: Any, mark: str) -> None:
    error = explain(answer, "inviter")
    assert error.code == mark
    assert "sign in as inviter" in error.message
    assert "anna" not in error.message


def test_an_unknown_tenant_is_named_as_such(sign_in: Callable[..., SignIn]) -> None:
    unknown = {
        "error": "invalid_tenant",
        "error_description": "AADSTS90002: Tenant 'x' not found.",
        "error_codes": [90002],
    }
    with pytest.raises(SignInFailed, match="SPP_TENANT_ID"):
        sign_in(lambda _asked: Told(unknown, 400)).get(HOST, "reader")


def test_a_busy_token_endpoint_is_waited_for(sign_in: Callable[..., SignIn]) -> None:
    entra, busy = Entra(), [Told(None, 429, {"Retry-After": "2"}), Told(None, 503)]

    def answer(asked: Asked) -> Told:
        return busy.pop() if asked.path.endswith("token") and busy else entra(asked)

    assert sign_in(answer).get(HOST, "reader") == "token-1"
    with pytest.raises(Throttled):
        sign_in(lambda asked: Told(None, 429) if asked.path.endswith("token") else entra(asked)).get(HOST, "reader")


def test_a_page_in_between_is_no_token(sign_in: Callable[..., SignIn]) -> None:
    page = Told(b"<html>Accept the terms of this network</html>", 200, {"Content-Type": "text/html"})
    with pytest.raises(BadAnswer):
        sign_in(lambda _asked: page).get(HOST, "reader")


def test_an_answer_that_msal_does_not_expect_is_no_traceback(sign_in: Callable[..., SignIn]) -> None:
    entra = Entra()
    with pytest.raises(SignInFailed):
        sign_in(lambda asked: Told("x", 501) if asked.path.endswith("token") else entra(asked)).get(HOST, "reader")


# ---- a person at the keyboard


def test_a_person_enters_one_code_and_is_remembered(sign_in: Callable[..., SignIn], tmp_path: Path) -> None:
    told: list[str] = []
    entra = Entra()
    device = {"settings": {"sign_in": "device"}, "tell": told.append}
    signing = sign_in(entra, **device)
    first = signing.get(HOST, "reader")
    second = signing.get(GRAPH, "provisioner")
    assert told == ["Enter ABC"]
    assert first != second
    assert entra.forms[-1]["grant_type"] == "refresh_token"
    (cache,) = tmp_path.glob("sign-in-*.json")
    if sys.platform != "win32":
        assert stat.S_IMODE(cache.stat().st_mode) == 0o600
    assert sign_in(entra, **device).get(HOST, "reader")
    assert entra.forms[-1]["grant_type"] == "refresh_token"
    assert told == ["Enter ABC"]


def test_a_refused_token_of_a_person_is_refreshed(sign_in: Callable[..., SignIn]) -> None:
    told: list[str] = []
    signing = sign_in(Entra(), settings={"sign_in": "device"}, tell=told.append)
    token = signing.get(HOST, "reader")
    signing.forget(HOST, "reader", token)
    assert signing.get(HOST, "reader") != token
    assert told == ["Enter ABC"]


def test_a_code_that_is_not_entered(sign_in: Callable[..., SignIn]) -> None:
    late = {"error": "expired_token", "error_description": "AADSTS70020: x", "error_codes": [70020]}
    with pytest.raises(SignInFailed, match="not entered in time"):
        sign_in(Entra(late), settings={"sign_in": "device"}, tell=lambda _text: None).get(HOST, "reader")


def test_a_cache_that_cannot_be_read_is_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "cache.json").write_text("{half")
    assert load_token_cache(tmp_path / "cache.json").serialize() == "{}"
