"""Entra's sign-in endpoints: discovery, and tokens for applications and for people."""

from __future__ import annotations

import json
import uuid
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from . import assertions, device_code, grants, tokens
from .web import Request, ServiceError, json_answer, unknown_endpoint

if TYPE_CHECKING:
    from .app import Emulator

Doc = dict[str, Any]
SHARED_TENANTS = ("common", "organizations", "consumers")
# The standard's name (RFC 8628), which MSAL for Python sends, and the one that MSAL for JavaScript sends.
DEVICE_GRANTS = ("urn:ietf:params:oauth:grant-type:device_code", "device_code")

ROUTES = {
    "GET /common/discovery/instance": "instance",
    "GET /<tenant>/v2.0/.well-known/openid-configuration": "openid",
    "GET /<tenant>/.well-known/openid-configuration": "openid",
    "POST /<tenant>/oauth2/v2.0/token": "token",
    "POST /<tenant>/oauth2/v2.0/devicecode": "devicecode",
}


class LoginError(Exception):
    """`code` is the AADSTS number, `error` OAuth's word for it."""

    def __init__(self, status: int, error: str, code: int, message: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.code = code
        self.message = message


@cache
def _map() -> Map:
    pairs = [(key.partition(" "), name) for key, name in ROUTES.items()]
    return Map([Rule(path, methods=[method], endpoint=name) for (method, _, path), name in pairs])


def answer(emulator: Emulator, request: Request) -> Response:
    request.service = "login"
    try:
        endpoint, args = _map().bind("login").match(request.path.lower(), method=request.method)
    except HTTPException:
        raise ServiceError(unknown_endpoint(request)) from None
    request.operation = next(key for key, name in ROUTES.items() if name == endpoint)
    request.writes = False
    try:
        if endpoint == "instance":
            return _discover_instance(emulator, request)
        if endpoint == "openid":
            return _describe(emulator, request, args["tenant"])
        _check_tenant(emulator, args["tenant"], "invalid_request")
        if endpoint == "devicecode":
            return device_code.begin(emulator, request)
        return json_answer(
            _issue(emulator, request), headers={"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"}
        )
    except LoginError as error:
        raise ServiceError(_refuse(emulator, request, error)) from None
    except device_code.Waiting as waiting:
        # The poll counts: what it wrote must stay.
        return _refuse(emulator, request, LoginError(400, waiting.error, waiting.code, waiting.message))


def _refuse(emulator: Emulator, request: Request, error: LoginError) -> Response:
    now = emulator.now().strftime("%Y-%m-%d %H:%M:%SZ")
    trace, correlation = str(uuid.uuid4()), request.headers.get("client-request-id", str(uuid.uuid4()))
    description = (
        f"AADSTS{error.code}: {error.message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}"
    )
    doc = {
        "error": error.error,
        "error_description": description,
        "error_codes": [error.code],
        "timestamp": now,
        "trace_id": trace,
        "correlation_id": correlation,
    }
    if error.error != "invalid_tenant":
        doc["error_uri"] = f"https://login.microsoftonline.com/error?code={error.code}"
    return json_answer(doc, error.status)


# ---- discovery ---------------------------------------------------------------------------------------------------


@cache
def _instances() -> str:
    return (Path(__file__).parent / "recorded" / "instance_discovery.json").read_text(encoding="utf-8")


def _discover_instance(_emulator: Emulator, request: Request) -> Response:
    doc = json.loads(_instances())
    hosts = {alias for group in doc["metadata"] for alias in group["aliases"]}
    asked = urlsplit(request.args.get("authorization_endpoint", ""))
    if asked.hostname not in hosts:
        raise LoginError(400, "invalid_instance", 50049, "Unknown or invalid instance.")
    tenant = asked.path.strip("/").partition("/")[0] or "common"
    doc["tenant_discovery_endpoint"] = f"https://{asked.hostname}/{tenant}/v2.0/.well-known/openid-configuration"
    return json_answer(doc)


def _check_tenant(emulator: Emulator, name: str, error: str) -> None:
    if name not in SHARED_TENANTS and name not in tenant_names(emulator):
        raise LoginError(
            400, error, 90002,
            f"Tenant '{name}' not found. This may happen if there are no active subscriptions for the tenant. Check "
            "with your subscription administrator.",
        )  # fmt: skip


def tenant_names(emulator: Emulator) -> tuple[str, ...]:
    """What a tenant may be called in a sign-in address, in lower case."""
    tenant = emulator.tenant
    return (tenant.id, tenant.initial_domain, *(domain.lower() for domain in tenant.domains))


def _describe(emulator: Emulator, request: Request, name: str) -> Response:
    _check_tenant(emulator, name, "invalid_tenant")
    shared = name in SHARED_TENANTS
    named = name if shared else emulator.tenant.id
    base = f"{request.scheme_and_host}/{named}"
    issuer = f"https://login.microsoftonline.com/{'{tenantid}' if shared else named}/v2.0"
    return json_answer(
        {
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "http_logout_supported": True,
            "response_types_supported": ["code", "id_token", "code id_token", "token id_token", "token"],
            "scopes_supported": ["openid"],
            "issuer": issuer,
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "claims_supported": [
                "sub", "iss", "cloud_instance_name", "aud", "exp", "iat", "auth_time", "acr", "amr", "nonce", "email",
                "given_name", "family_name", "nickname",
            ],
            "check_session_iframe": f"{base}/oauth2/v2.0/checksession",
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "userinfo_endpoint": f"{base}/openid/userinfo",
        }
    )  # fmt: skip


# ---- tokens ------------------------------------------------------------------------------------------------------


def _issue(emulator: Emulator, request: Request) -> Doc:
    grant = _need(request, "grant_type")
    client_id = _need(request, "client_id")
    app = grants.find_app(emulator.state, client_id)
    if app is None:
        raise LoginError(
            400, "unauthorized_client", 700016,
            f"Application with identifier '{client_id}' was not found in the directory "
            f"'{emulator.tenant.initial_domain}'. This can happen if the application has not been installed by the "
            "administrator of the tenant or consented to by any user in the tenant. You may have sent your "
            "authentication request to the wrong tenant.",
        )  # fmt: skip
    if grant == "client_credentials":
        return _issue_to_application(emulator, request, client_id, app)
    if grant in DEVICE_GRANTS:
        return device_code.redeem(emulator, request, client_id)
    if grant == "refresh_token":
        return device_code.refresh(emulator, request, client_id)
    raise LoginError(400, "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant}'.")


def _need(request: Request, name: str) -> str:
    value = request.form.get(name, "").strip()
    if not value:
        raise LoginError(
            400, "invalid_request", 900144, f"The request body must contain the following parameter: '{name}'."
        )
    return value


def _issue_to_application(emulator: Emulator, request: Request, client_id: str, app: Doc) -> Doc:
    how = _authenticate(emulator, request, client_id, app)
    host = read_resource(emulator, _need(request, "scope"))
    now, lifetime = int(emulator.now().timestamp()), tokens.lifetime(emulator.state)
    claims = {
        "aud": f"https://{host}",
        "iss": f"https://sts.windows.net/{emulator.tenant.id}/",
        "iat": now,
        "nbf": now,
        "exp": now + lifetime + 1,
        "app_displayname": app["name"],
        "appid": client_id,
        "appidacr": how,
        "idtyp": "app",
        "oid": str(uuid.uuid5(uuid.NAMESPACE_OID, client_id)),
        "sub": str(uuid.uuid5(uuid.NAMESPACE_OID, client_id)),
        "roles": grants.roles_for(app, host),
        "tid": emulator.tenant.id,
        "uti": uuid.uuid4().hex,
        "ver": "1.0",
    }
    return {
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
        "access_token": tokens.issue(emulator.state, claims),
    }


def _authenticate(emulator: Emulator, request: Request, client_id: str, app: Doc) -> str:
    """The claim `appidacr`: "2" for a certificate, "1" for a secret."""
    assertion, secret = request.form.get("client_assertion", ""), request.form.get("client_secret", "")
    if assertion:
        now = emulator.now().timestamp()
        try:
            names = (*tenant_names(emulator), *SHARED_TENANTS)
            assertions.check_assertion(assertion, client_id, names, app, now)
        except assertions.BadAssertion as error:
            message = error.message
            if error.code == 700024:
                message += f" Current time: {emulator.now():%Y-%m-%dT%H:%M:%S.%f}Z."
            raise LoginError(401, "invalid_client", error.code, message) from None
        return "2"
    if not secret:
        raise LoginError(
            401, "invalid_client", 7000218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )  # fmt: skip
    if app.get("secret") not in (None, secret):
        raise LoginError(
            401, "invalid_client", 7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{client_id}'.",
        )  # fmt: skip
    return "1"


def read_resource(emulator: Emulator, scope: str) -> str:
    """The host whose tokens `…/.default` asks for. Raises LoginError."""
    resource, slash, suffix = scope.rpartition("/")
    parts = urlsplit(resource)
    if not slash or len(scope.split()) != 1 or not ((parts.scheme and parts.netloc) or tokens.is_app_id(resource)):
        raise LoginError(
            400, "invalid_scope", 70011,
            f"The provided value for the input parameter 'scope' isn't valid. The scope {scope} isn't valid.",
        )  # fmt: skip
    if suffix != ".default":
        raise LoginError(
            400, "invalid_scope", 1002012,
            f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value with "
            "/.default suffixed to the resource identifier (application ID URI).",
        )  # fmt: skip
    host = tokens.host_of(resource, emulator.tenant)
    if host is None:
        raise LoginError(
            400, "invalid_resource", 500011,
            f"The resource principal named {resource} was not found in the tenant named "
            f"{emulator.tenant.display_name}. This can happen if the application has not been installed by the "
            "administrator of the tenant or consented to by any user in the tenant. You might have sent your "
            "authentication request to the wrong tenant.",
        )  # fmt: skip
    return host
