from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msal
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from sp_parent_portal.emulator.app import Emulator
from sp_parent_portal.emulator.state import State
from sp_parent_portal.emulator.web import ConnectionLost
from sp_parent_portal.microsoft365.adapters import WsgiAdapter

from .caller import APP_ID, Caller, json_of

TENANT_ID = "11111111-2222-3333-4444-555555555555"
ENDPOINT = f"https://login.microsoftonline.com/{TENANT_ID}/oauth2/v2.0/token"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC).timestamp()
UNSET: Any = object()


@cache
def key_and_certificate() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sp-parent-portal")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=3650))
    return key, builder.sign(key, hashes.SHA256())


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(alg: str = "RS256", head: dict[str, Any] | None = None, **claims: Any) -> str:
    key, certificate = key_and_certificate()
    name, digest = ("x5t", hashes.SHA1()) if alg == "RS256" else ("x5t#S256", hashes.SHA256())
    heads = {"alg": alg, "typ": "JWT", name: encode(certificate.fingerprint(digest)), **(head or {})}
    body = {"aud": ENDPOINT, "iss": APP_ID, "sub": APP_ID, "jti": "1", "iat": NOW + 0.5, "exp": NOW + 600.5, **claims}
    text = ".".join(encode(json.dumps({k: v for k, v in d.items() if v is not UNSET}).encode()) for d in (heads, body))
    pad = padding.PKCS1v15() if alg == "RS256" else padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    return f"{text}.{encode(key.sign(text.encode(), pad, hashes.SHA256()))}"


def ask(caller: Caller, assertion: str, **changes: str) -> Any:
    return caller.ask_token(client_secret="", client_assertion_type=ASSERTION, client_assertion=assertion, **changes)


def claims_of(token: str) -> Any:
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def code(answer: Any) -> tuple[int, str, int]:
    return answer.status_code, answer.json["error"], answer.json["error_codes"][0]


@pytest.mark.parametrize("alg", ["RS256", "PS256"])
def test_a_certificate_makes_a_token_that_sharepoint_takes(caller: Caller, alg: str) -> None:
    answer = ask(caller, sign(alg), scope="https://contoso-admin.sharepoint.com/.default")
    assert answer.status_code == 200, answer.text
    claims = claims_of(answer.json["access_token"])
    assert (claims["aud"], claims["appidacr"], claims["idtyp"]) == ("https://contoso-admin.sharepoint.com", "2", "app")
    assert "Sites.FullControl.All" in claims["roles"]


def test_a_certificate_that_comes_along_must_have_signed(caller: Caller) -> None:
    _, certificate = key_and_certificate()
    chain = {"x5c": [base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()]}
    for alg in ("RS256", "PS256"):
        assert ask(caller, sign(alg, chain)).status_code == 200
        head, body, signature = sign(alg, chain).split(".")
        forged = f"{head}.{body}.{signature[:20]}{'A' if signature[20] != 'A' else 'B'}{signature[21:]}"
        assert code(ask(caller, forged)) == (401, "invalid_client", 700027)


@pytest.mark.parametrize(
    ("assertion", "expected"),
    [
        (lambda: sign(head={"x5t": "abc+/def=="}), 700027),
        (lambda: sign(head={"x5t": UNSET}), 700027),
        (lambda: sign(head={"alg": "HS256"}), 5002738),
        (lambda: sign(iss="somebody"), 700023),
        (lambda: sign(sub="somebody"), 700021),
        (lambda: sign(aud="https://login.microsoftonline.com/other/oauth2/v2.0/token"), 50027),
        (lambda: sign(exp=NOW - 1), 700024),
        (lambda: sign(exp=UNSET), 700024),
        (lambda: sign(nbf=NOW + 3600), 700024),
        (lambda: "a.b", 50027),
        (lambda: "a.b.c", 50027),
    ],
)
def test_assertions_that_are_refused(caller: Caller, assertion: Any, expected: int) -> None:
    assert code(ask(caller, assertion())) == (401, "invalid_client", expected)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_secret": ""}, (401, "invalid_client", 7000218)),
        ({"tenant": "nobody.example"}, (400, "invalid_request", 90002)),
        ({"grant_type": ""}, (400, "invalid_request", 900144)),
        ({"client_id": ""}, (400, "invalid_request", 900144)),
        ({"scope": ""}, (400, "invalid_request", 900144)),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", 70003)),
        ({"scope": "User.Read"}, (400, "invalid_scope", 70011)),
        ({"scope": "https://graph.microsoft.com/User.Read"}, (400, "invalid_scope", 1002012)),
        ({"scope": "https://graph.microsoft.com/.default openid"}, (400, "invalid_scope", 70011)),
        ({"scope": "https://other.sharepoint.com/.default"}, (400, "invalid_resource", 500011)),
    ],
)
def test_requests_that_are_refused(caller: Caller, changes: dict[str, str], expected: tuple[int, str, int]) -> None:
    assert code(caller.ask_token(**changes)) == expected


def test_applications_of_the_seed(tmp_path: Path) -> None:
    _, certificate = key_and_certificate()
    (tmp_path / "tenant.toml").write_text(
        f"""[[apps]]
id = "{APP_ID}"
thumbprint = "{certificate.fingerprint(hashes.SHA1()).hex()}"
roles = ["User.Read.All"]
secret = "right"
""",
        encoding="utf-8",
    )
    emulator = Emulator(State(":memory:"), now=lambda: datetime.fromtimestamp(NOW, UTC), seed=tmp_path)
    emulator.reset()
    caller = Caller(emulator)
    tenant = emulator.tenant.id
    assert ask(caller, sign(aud=f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token")).status_code == 200
    other = sign(head={"x5t": encode(bytes(20))}, aud=f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token")
    assert code(ask(caller, other)) == (401, "invalid_client", 700027)
    assert code(caller.ask_token(client_id="another")) == (400, "unauthorized_client", 700016)
    assert code(caller.ask_token(client_secret="wrong")) == (401, "invalid_client", 7000215)
    token = json_of(caller.ask_token(client_secret="right"))["access_token"]
    assert claims_of(token)["roles"] == ["User.Read.All"]


# ---- with MSAL itself --------------------------------------------------------------------------------------------


class Session(requests.Session):
    def __init__(self, emulator: Emulator) -> None:
        super().__init__()
        self.trust_env = False
        self.mount("https://", WsgiAdapter(emulator, ConnectionLost))


def live() -> Emulator:
    """MSAL stamps its assertions with the machine's own clock."""
    emulator = Emulator(State(":memory:"))
    emulator.reset()
    return emulator


@pytest.mark.parametrize("thumbprint", [True, False])
def test_msal_signs_in_with_a_certificate(thumbprint: bool) -> None:
    key, certificate = key_and_certificate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    credential: dict[str, Any] = {"private_key": pem.decode()}
    if thumbprint:
        credential["thumbprint"] = certificate.fingerprint(hashes.SHA1()).hex()
    else:
        credential["public_certificate"] = certificate.public_bytes(serialization.Encoding.PEM).decode()
    app = msal.ConfidentialClientApplication(
        APP_ID, credential, f"https://login.microsoftonline.com/{TENANT_ID}", http_client=Session(live())
    )
    answer = app.acquire_token_for_client(["https://contoso.sharepoint.com/.default"])
    assert claims_of(answer["access_token"])["appidacr"] == "2"


def test_msal_waits_for_a_device_code_and_refreshes() -> None:
    emulator = live()
    emulator.state.set_fact("device_code", {"pending": 2, "interval": 0})
    app = msal.PublicClientApplication(
        APP_ID, authority=f"https://login.microsoftonline.com/{TENANT_ID}", http_client=Session(emulator)
    )
    flow = app.initiate_device_flow(["https://graph.microsoft.com/.default"])
    assert flow["verification_uri"].startswith("https://")
    answer = app.acquire_token_by_device_flow(flow)
    claims = claims_of(answer["access_token"])
    assert claims["upn"] == "admin@school.example"
    assert "User.Invite.All" in claims["scp"].split()
    (account,) = app.get_accounts()
    again = app.acquire_token_silent(["https://contoso.sharepoint.com/.default"], account)
    assert claims_of(again["access_token"])["aud"] == "https://contoso.sharepoint.com"
    assert "AllSites.FullControl" in claims_of(again["access_token"])["scp"].split()


def test_a_device_code_is_good_once_and_for_fifteen_minutes(caller: Caller) -> None:
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    scope = "https://graph.microsoft.com/.default offline_access openid"

    def begin() -> str:
        return str(json_of(caller.ask_token(path="devicecode", scope=scope))["device_code"])

    def poll(device_code: str) -> Any:
        answer = caller.ask_token(grant_type=grant, device_code=device_code)
        return (answer.json or {}).get("error", answer.status_code)

    first = begin()
    assert [poll(first) for _ in range(3)] == ["authorization_pending", 200, "bad_verification_code"]
    second = begin()
    caller.clock.sleep(901)
    assert poll(second) == "expired_token"
    assert poll("nonsense") == "bad_verification_code"


def test_a_person_may_not_list_all_sites(caller: Caller) -> None:
    caller.emulator.state.set_fact("device_code", {"pending": 0, "interval": 0})
    code = json_of(caller.ask_token(path="devicecode", scope="https://graph.microsoft.com/.default"))["device_code"]
    caller.sign_in(grant_type="urn:ietf:params:oauth:grant-type:device_code", device_code=code)
    assert caller.graph("GET", "/sites/getAllSites").status_code == 403
    assert caller.graph("GET", "/sites/root").status_code == 200
