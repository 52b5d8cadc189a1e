"""Bearer tokens: how the emulator makes them, and how a service reads one.

Tokens are signed with a key of the state (HS256). Unsigned ones (`alg: none`), which foreign clients forge to skip the
sign-in, are accepted too: the emulator guards nothing, it shows what a service would refuse.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from .state import State
from .tenant import Tenant

SHAREPOINT_APP_ID = "00000003-0000-0ff1-ce00-000000000000"
GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"
GRAPH_HOST = "graph.microsoft.com"
LIFETIME_SECONDS = 3599


class Refusal(StrEnum):
    """Why a token is not accepted."""

    MISSING = "missing"
    MALFORMED = "malformed"
    SIGNATURE = "signature"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    SECRET = "secret"


class TokenRefused(Exception):
    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Token:
    """What a service knows of its caller. `permissions` are the application's roles, or a delegated token's scopes."""

    app_id: str
    tenant_id: str
    app_only: bool
    permissions: frozenset[str]
    user_id: str = ""
    upn: str = ""

    def allows(self, alternatives: Iterable[str]) -> bool:
        """Whether one of these permissions was granted."""
        return not self.permissions.isdisjoint(alternatives)


def lifetime(state: State) -> int:
    """Seconds that a new token is good for (fact `token_seconds`)."""
    seconds = state.get_fact("token_seconds")
    return LIFETIME_SECONDS if seconds is None else int(seconds)


def issue(state: State, claims: dict[str, Any]) -> str:
    head = _encode({"typ": "JWT", "alg": "HS256"})
    body = _encode(claims)
    return f"{head}.{body}.{_sign(_key_of(state), f'{head}.{body}')}"


def read(state: State, authorization: str, audience_host: str, now: float) -> Token:
    """The caller, out of an Authorization header. `now` in seconds of Unix time. Raises TokenRefused."""
    scheme, _, text = authorization.partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise TokenRefused(Refusal.MISSING)
    token, expires, by_secret = _admit(_key_of(state), text.strip(), audience_host)
    if expires <= now:
        raise TokenRefused(Refusal.EXPIRED)
    if token.app_only and by_secret and audience_host != GRAPH_HOST:
        raise TokenRefused(Refusal.SECRET)
    return token


@lru_cache(maxsize=256)
def _admit(key: str, text: str, audience_host: str) -> tuple[Token, float, bool]:
    """The caller, when the token ends, and whether it was given for a secret. A caller sends one token with many
    requests: it is read once. Raises TokenRefused."""
    claims = _read_claims(key, text)
    if not _audience_fits(str(claims.get("aud", "")), audience_host):
        raise TokenRefused(Refusal.AUDIENCE)
    expires = claims.get("exp")
    app_only = claims.get("idtyp") == "app" or ("roles" in claims and "scp" not in claims)
    granted = claims.get("roles", []) if app_only else str(claims.get("scp", "")).split()
    token = Token(
        app_id=str(claims.get("appid", "")),
        tenant_id=str(claims.get("tid", "")),
        app_only=app_only,
        permissions=frozenset(str(name) for name in granted),
        user_id="" if app_only else str(claims.get("oid", "")),
        upn="" if app_only else str(claims.get("upn", "")),
    )
    return token, expires if isinstance(expires, int | float) else 0, claims.get("appidacr") == "1"


@lru_cache(maxsize=256)
def find_caller(authorization: str) -> tuple[str, str]:
    """The application and the person that a token names, unchecked: whose throttling windows a request counts in. No
    person where the application calls for itself."""
    try:
        claims = _decode(authorization.partition(" ")[2].split(".")[1])
    except (IndexError, ValueError):
        return "", ""
    return str(claims.get("appid", "")), str(claims.get("oid", "")) if "scp" in claims else ""


def _read_claims(key: str, text: str) -> dict[str, Any]:
    parts = text.split(".")
    if len(parts) != 3:
        raise TokenRefused(Refusal.MALFORMED)
    try:
        head, claims = _decode(parts[0]), _decode(parts[1])
    except ValueError:
        raise TokenRefused(Refusal.MALFORMED) from None
    if head.get("alg") == "none":
        return claims
    if head.get("alg") != "HS256" or not hmac.compare_digest(_sign(key, f"{parts[0]}.{parts[1]}"), parts[2]):
        raise TokenRefused(Refusal.SIGNATURE)
    return claims


def is_app_id(resource: str) -> bool:
    return resource.lower() in (SHAREPOINT_APP_ID, GRAPH_APP_ID)


def host_of(resource: str, tenant: Tenant) -> str | None:
    """The host that a resource's tokens are for; None for a resource the tenant does not have. No resource at all is
    Graph, as Entra takes it."""
    if resource.lower() in ("", GRAPH_APP_ID):
        return GRAPH_HOST
    if resource.lower() == SHAREPOINT_APP_ID:
        return tenant.host
    host = urlsplit(resource).hostname or ""
    return host if host in (GRAPH_HOST, *tenant.sharepoint_hosts) else None


def _audience_fits(audience: str, host: str) -> bool:
    app_id = GRAPH_APP_ID if host == GRAPH_HOST else SHAREPOINT_APP_ID
    return audience.rstrip("/").lower() in (f"https://{host}", app_id) or audience.startswith(f"{app_id}/{host}@")


def _key_of(state: State) -> str:
    key = state.get_fact("token_key")
    if key is None:
        key = secrets.token_hex(32)
        state.set_fact("token_key", key)
    return str(key)


def _sign(key: str, text: str) -> str:
    return encode_bytes(hmac.new(bytes.fromhex(key), text.encode(), hashlib.sha256).digest())


def encode_bytes(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_bytes(text: str) -> bytes:
    """Raises ValueError where the text is not base64url."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def _encode(doc: dict[str, Any]) -> str:
    return encode_bytes(json.dumps(doc, separators=(",", ":")).encode())


def _decode(text: str) -> dict[str, Any]:
    doc = json.loads(decode_bytes(text))
    if not isinstance(doc, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one kind of error for every bad segment
    return doc
