"""Signing in: one token for each host and application, fetched once, kept until shortly before it ends.

MSAL does the protocol over our transport, so that its bytes too go only to the allowed hosts. It is imported when the
first token is needed.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from ..errors import SignInFailed
from ..private_files import write_private
from .call import LOGIN_HOST, Call
from .certificates import load_certificate, make_emulator_certificate

if TYPE_CHECKING:
    import msal
    import requests

    from ..settings import Settings
    from .transport import Transport

# It writes answers of the token endpoint, errors with names in them, to the log.
logging.getLogger("msal").setLevel(logging.CRITICAL)

EARLY_SECONDS = 300.0
AADSTS = re.compile(r"AADSTS(\d+)")
OPERATION = "sign in"

# Codes of the token endpoint: Microsoft Learn, "Microsoft Entra authentication and authorization error codes", 2026-08.
EXPLANATIONS = {
    "700016": "the application is not registered in this tenant: check SPP_CLIENT_ID and SPP_TENANT_ID",
    "700027": "the certificate is not registered with the application: upload its public half to the app registration",
    "700024": "the signed request is outside its time: this machine's clock is wrong",
    "7000215": "the application's secret is wrong; this product uses certificates only",
    "7000222": "the application's secret has expired; this product uses certificates only",
    "7000218": "the sign-in carried no certificate",
    "90002": "there is no such tenant: check SPP_TENANT_ID",
    "53003": "a Conditional Access policy blocks this sign-in: exclude the application, or ask the administrator",
    "500011": "this tenant does not know the service that was asked for: check SPP_TENANT",
    "70011": "the requested scope is not valid: check SPP_TENANT",
    "1002012": "the requested scope is not valid: check SPP_TENANT",
    "65001": "nobody has consented to the application yet: an administrator has to",
    "7000112": "the application is disabled in this tenant",
    "50059": "the tenant is not named: check SPP_TENANT_ID",
    "50076": "this account needs multi-factor authentication: sign in again",
    "70016": "the code was not entered in time",
    "70019": "the code was not entered in time",
    "70020": "the code was not entered in time",
}


class SignIn:
    """The Tokens of transport.py. Safe for threads: those who need the same token wait for one sign-in."""

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        *,
        folder: Path | None = None,
        clock: Callable[[], float] = time.time,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self._settings, self._transport = settings, transport
        self._folder, self._clock = folder, clock
        self._tell = tell or _tell_on_stderr
        self._kept: dict[tuple[str, str], tuple[str, float]] = {}
        self._locks: dict[tuple[str, str], threading.Lock] = {}
        self._refused: set[tuple[str, str]] = set()
        self._apps: dict[str, Any] = {}
        self._guard = threading.Lock()
        self._app_guard = threading.Lock()

    def get(self, host: str, role: str) -> str:
        """Raises SignInFailed, or what the transport raises."""
        key = (self._settings.credential(role).client_id, host)
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            token, ends = self._kept.get(key, ("", 0.0))
            if not token or self._clock() >= ends - EARLY_SECONDS:
                token, ends = self._fetch(host, role, anew=key in self._refused)
                with self._guard:
                    self._refused.discard(key)
                    self._kept[key] = (token, ends)
            return token

    def forget(self, host: str, role: str, token: str) -> None:
        key = (self._settings.credential(role).client_id, host)
        with self._guard:
            if self._kept.get(key, ("", 0.0))[0] == token:
                del self._kept[key]
                self._refused.add(key)

    def _fetch(self, host: str, role: str, *, anew: bool) -> tuple[str, float]:
        """A token and the time at which it ends. `anew`: not out of MSAL's own cache."""
        # One at a time in the whole process: MSAL's cache is shared, and a person enters one code at a time.
        with self._app_guard:
            try:
                answer = self._ask(self._app(role), [f"https://{host}/.default"], anew=anew)
            except ValueError:
                answer = None  # MSAL's way of saying that an answer was no JSON
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise explain(answer, role)
        # A lifetime shorter than our margin is used up rather than fetched anew for every request.
        lifetime = max(float(answer.get("expires_in", 0)), EARLY_SECONDS + 30)
        return answer["access_token"], self._clock() + lifetime

    # ---- MSAL

    def _ask(self, app: Any, scopes: list[str], *, anew: bool) -> Any:
        if self._settings.sign_in == "device":
            return self._ask_person(app, scopes, anew=anew)
        if anew:
            app.remove_tokens_for_client()
        return app.acquire_token_for_client(scopes)

    def _app(self, role: str) -> Any:
        import msal

        credential = self._settings.credential(role)
        if credential.client_id not in self._apps:
            options: dict[str, Any] = {
                "authority": f"https://{LOGIN_HOST}/{self._settings.tenant_id}",
                "http_client": _SignInChannel(self._transport),
                "instance_discovery": False,
            }
            try:
                if self._settings.sign_in == "device":
                    cache = load_token_cache(self._cache_path())
                    app = msal.PublicClientApplication(credential.client_id, token_cache=cache, **options)
                else:
                    app = msal.ConfidentialClientApplication(
                        credential.client_id, client_credential=self._certificate(role), **options
                    )
            except ValueError:
                # MSAL's way of saying that the tenant's own sign-in page answered with an error.
                raise explain({"error_codes": [90002]}, role) from None
            self._apps[credential.client_id] = app
        return self._apps[credential.client_id]

    def _certificate(self, role: str) -> dict[str, str]:
        credential = self._settings.credential(role)
        now = datetime.now(UTC)
        path = credential.certificate_path
        if path is None:
            path = make_emulator_certificate(self._data_folder(), now)
        return load_certificate(path, credential.certificate_password, now)

    def _ask_person(self, app: msal.PublicClientApplication, scopes: list[str], *, anew: bool) -> Any:
        accounts = app.get_accounts()
        answer = app.acquire_token_silent(scopes, account=accounts[0], force_refresh=anew) if accounts else None
        if answer is None or "access_token" not in answer:
            flow = app.initiate_device_flow(scopes)
            if "user_code" not in flow:
                return flow
            self._tell(str(flow["message"]))
            answer = app.acquire_token_by_device_flow(flow)
        store_token_cache(app.token_cache, self._cache_path())
        return answer

    def _cache_path(self) -> Path:
        return self._data_folder() / f"sign-in-{self._settings.target}-{self._settings.tenant}.json"

    def _data_folder(self) -> Path:
        if self._folder is None:
            from ..settings import data_folder

            self._folder = data_folder()
        return self._folder


class _SignInChannel:
    """What MSAL calls an HTTP client. Asking for a token twice is asking once, so every request may be repeated."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> requests.Response:
        return self._send("GET", url, params, None, headers)

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> requests.Response:
        return self._send("POST", url, params, urlencode(data or {}).encode(), headers)

    def close(self) -> None:
        """The session is the transport's."""

    def _send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        body: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> requests.Response:
        address = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url
        sent = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        sent.update({name: value for name, value in (headers or {}).items() if value})
        call = Call(OPERATION, method, address, body=body, headers=sent, reads=True)
        reply = self._transport.exchange(call, signed=False)
        if reply.status >= 500:  # before MSAL raises one of several errors of its own
            raise SignInFailed(f"{OPERATION}: the token endpoint does not do what it should (HTTP {reply.status})")
        return reply.response


def explain(answer: Any, role: str) -> SignInFailed:
    """Why there is no token, from the codes of the token endpoint; its text names people and applications and is left
    out."""
    answer = answer if isinstance(answer, dict) else {}
    codes = [str(code) for code in answer.get("error_codes") or ()]
    codes += AADSTS.findall(str(answer.get("error_description", "")))
    known = next((code for code in codes if code in EXPLANATIONS), "")
    code = known or (codes[0] if codes else "")
    error = str(answer.get("error", ""))
    mark = f"AADSTS{code}" if code else (error if re.fullmatch(r"[a-z_]{1,40}", error) else "no reason given")
    why = EXPLANATIONS.get(known, "Microsoft Entra refused the sign-in")
    return SignInFailed(
        f"{OPERATION} as {role}: {why} ({mark})", "`sp-parent-portal doctor` tries each application.", code=mark
    )


def load_token_cache(path: Path) -> msal.SerializableTokenCache:
    """Empty where there is no file, or one that cannot be read: then the person signs in again."""
    import msal

    cache = msal.SerializableTokenCache()
    if path.is_file():
        try:
            cache.deserialize(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            cache = msal.SerializableTokenCache()
    return cache


def store_token_cache(cache: Any, path: Path) -> None:
    """Where it has changed."""
    if cache.has_state_changed:
        write_private(path, cache.serialize())


def _tell_on_stderr(message: str) -> None:
    sys.stderr.write(message + "\n")
