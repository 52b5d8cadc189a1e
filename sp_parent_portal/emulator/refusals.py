"""How each service says that it does not accept a token."""

from __future__ import annotations

from werkzeug.wrappers import Response

from .tenant import Tenant
from .tokens import GRAPH_APP_ID, GRAPH_HOST, SHAREPOINT_APP_ID, Refusal
from .web import Request, json_answer

# Seen with real traffic: PnP discovers the tenant's id from `realm`.
TRUSTED_ISSUERS = (
    "00000001-0000-0000-c000-000000000000@*,D3776938-3DBA-481F-A652-4BEDFCAB7CD8@*,https://sts.windows.net/*/,"
    "00000003-0000-0ff1-ce00-000000000000@90140122-8516-11e1-8eff-49304924019b"
)
SHAREPOINT_TEXTS = {
    Refusal.MALFORMED: "Unsupported security token.",
    Refusal.SIGNATURE: "Invalid issuer or signature.",
    Refusal.AUDIENCE: "Invalid issuer or signature.",
    Refusal.EXPIRED: "Invalid JWT token. The token is expired.",
    Refusal.SECRET: "Unsupported app only token.",
}
GRAPH_TEXTS = {
    Refusal.MISSING: "Access token is empty.",
    Refusal.MALFORMED: "CompactToken parsing failed with error code: 80049217",
    Refusal.SIGNATURE: "Access token validation failure. Invalid signature.",
    Refusal.AUDIENCE: "Access token validation failure. Invalid audience.",
    Refusal.EXPIRED: "Lifetime validation failed, the token is expired.",
}


def refuse_token(reason: Refusal, audience_host: str, tenant: Tenant) -> Response:
    if audience_host == GRAPH_HOST:
        return _refuse_for_graph(reason)
    return _refuse_for_sharepoint(reason, tenant)


def _refuse_for_sharepoint(reason: Refusal, tenant: Tenant) -> Response:
    headers = {
        "WWW-Authenticate": f'Bearer realm="{tenant.id}",client_id="{SHAREPOINT_APP_ID}",'
        f'trusted_issuers="{TRUSTED_ISSUERS}",authorization_uri="https://login.windows.net/common/oauth2/authorize"'
    }
    if reason is Refusal.MISSING:
        return Response("", 401, headers)
    return json_answer({"error_description": SHAREPOINT_TEXTS[reason]}, 401, headers)


def _refuse_for_graph(reason: Refusal) -> Response:
    headers = {
        "WWW-Authenticate": 'Bearer realm="", '
        f'authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="{GRAPH_APP_ID}"'
    }
    error = {"code": "InvalidAuthenticationToken", "message": GRAPH_TEXTS[reason], "innerError": {}}
    return json_answer({"error": error}, 401, headers)


def throttle(request: Request, seconds: int, tenant: Tenant) -> Response:
    """429 as each service says it (SharePoint: sp-dev-docs, 2025-10-02; Graph: Microsoft Learn, read 2026-08)."""
    headers = {"Retry-After": str(seconds)}
    if request.host_name != GRAPH_HOST:
        return Response("429 TOO MANY REQUESTS", 429, headers, content_type="text/plain")
    if request.service == "directory":
        headers["x-ms-throttle-scope"] = f"Tenant_Application/ReadWrite/{request.app_id}/{tenant.id}"
    inner = {"code": "429", "message": "Please retry after", "status": "429"}
    error = {"code": "TooManyRequests", "innerError": inner, "message": "Please retry again later."}
    return json_answer({"error": error}, 429, headers)
