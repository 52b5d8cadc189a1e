"""Device code: a person signs in elsewhere while the caller polls; then tokens with that person's rights.

The fact `device_code` says how often a poll is told to wait (`pending`) and how many seconds lie between polls
(`interval`); the fact `signed_in_user` names the account that signs in.
"""

from __future__ import annotations

import json
import secrets
import uuid
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from . import directory, grants, tokens
from .web import Request, json_answer

if TYPE_CHECKING:
    from .app import Emulator

Doc = dict[str, Any]
LIFETIME_SECONDS = 900
OPENID_SCOPES = ("openid", "profile", "email", "offline_access")
DEFAULT = {"pending": 1, "interval": 5}


class Waiting(Exception):
    """The code is not, or no longer, good for a token."""

    def __init__(self, error: str, code: int, message: str) -> None:
        super().__init__(error)
        self.error = error
        self.code = code
        self.message = message


def begin(emulator: Emulator, request: Request) -> Response:
    code, user_code = secrets.token_urlsafe(48), secrets.token_hex(5).upper()[:9]
    play = emulator.state.get_fact("device_code") or DEFAULT
    doc = {
        "client_id": request.form.get("client_id", ""),
        "scope": request.form.get("scope", ""),
        "pending": play["pending"],
        "expires": emulator.now().timestamp() + LIFETIME_SECONDS,
    }
    emulator.state.set_fact(f"device:{code}", doc)
    page = "https://login.microsoft.com/device"
    return json_answer(
        {
            "user_code": user_code,
            "device_code": code,
            "verification_uri": page,
            "expires_in": LIFETIME_SECONDS,
            "interval": play["interval"],
            "message": f"To sign in, use a web browser to open the page {page} and enter the code {user_code} to "
            "authenticate.",
        }
    )


def redeem(emulator: Emulator, request: Request, client_id: str) -> Doc:
    """One poll. Raises Waiting."""
    key = f"device:{request.form.get('device_code', '')}"
    doc = emulator.state.get_fact(key)
    if doc is None or doc["client_id"] != client_id:
        raise Waiting("bad_verification_code", 70019, "The verification code is invalid or was used before.")
    if doc["expires"] <= emulator.now().timestamp():
        raise Waiting("expired_token", 70020, "The provided value for the input parameter 'device_code' is not valid. "
                      "This device code has expired.")  # fmt: skip
    if doc["pending"] > 0:
        emulator.state.set_fact(key, {**doc, "pending": doc["pending"] - 1})
        raise Waiting(
            "authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling."
        )
    emulator.state.set_fact(key, {**doc, "client_id": None})
    return _make_answer(emulator, client_id, doc["scope"])


def refresh(emulator: Emulator, request: Request, client_id: str) -> Doc:
    """Tokens for what a refresh token may be used for. Raises Waiting."""
    doc = emulator.state.get_fact(f"refresh:{request.form.get('refresh_token', '')}")
    if doc is None or doc["client_id"] != client_id:
        raise Waiting("invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.")
    return _make_answer(emulator, client_id, request.form.get("scope") or doc["scope"])


def _make_answer(emulator: Emulator, client_id: str, scope: str) -> Doc:
    asked = scope.split()
    wanted = [name for name in asked if name not in OPENID_SCOPES]
    user = directory.find_user(emulator.state, str(emulator.state.get_fact("signed_in_user")))
    host = tokens.host_of(wanted[0].rpartition("/")[0], emulator.tenant) if wanted else tokens.GRAPH_HOST
    if user is None or host is None:
        raise Waiting("invalid_resource", 500011, f"The resource principal named {scope} was not found in the tenant.")
    granted = _grant(wanted, host)
    now, lifetime = int(emulator.now().timestamp()), tokens.lifetime(emulator.state)
    common = {"iat": now, "nbf": now, "exp": now + lifetime + 1, "tid": emulator.tenant.id,
              "oid": user["id"], "name": user["displayName"], "sub": user["id"], "uti": uuid.uuid4().hex}  # fmt: skip
    claims = {
        **common,
        "aud": f"https://{host}",
        "iss": f"https://sts.windows.net/{emulator.tenant.id}/",
        "appid": client_id,
        "appidacr": "0",
        "idtyp": "user",
        "scp": " ".join(granted),
        "unique_name": user["userPrincipalName"],
        "upn": user["userPrincipalName"],
        "ver": "1.0",
    }
    answer: Doc = {
        "token_type": "Bearer",
        "scope": " ".join(f"https://{host}/{name}" for name in granted),
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": tokens.issue(emulator.state, claims),
    }
    if "offline_access" in asked:
        answer["refresh_token"] = secrets.token_urlsafe(64)
        emulator.state.set_fact(f"refresh:{answer['refresh_token']}", {"client_id": client_id, "scope": scope})
    if "openid" in asked:
        issuer = f"https://login.microsoftonline.com/{emulator.tenant.id}/v2.0"
        person = {"preferred_username": user["userPrincipalName"], "ver": "2.0", "aud": client_id, "iss": issuer}
        answer["id_token"] = tokens.issue(emulator.state, {**common, **person})
    names = json.dumps({"uid": user["id"], "utid": emulator.tenant.id})
    return {**answer, "client_info": tokens.encode_bytes(names.encode())}


def _grant(wanted: list[str], host: str) -> list[str]:
    """The delegated scopes; `.default` is everything that was consented to."""
    names = [name.rpartition("/")[2] for name in wanted]
    if names and ".default" not in names:
        return names
    roles = grants.GRAPH_ROLES if host == tokens.GRAPH_HOST else ("AllSites.FullControl", *grants.SHAREPOINT_ROLES)
    return list(roles)
