"""The tenant that every client of the suite is signed in to, and tokens that were never asked for."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

SEED = Path(__file__).parent / "seed"
TENANT_ID = "11111111-2222-3333-4444-555555555555"
CLIENT_ID = "31359c7f-bd7e-475c-86db-fdb8c937548e"
ADMIN = "admin@contoso.onmicrosoft.com"
GRAPH = "https://graph.microsoft.com"
SHAREPOINT = "https://contoso.sharepoint.com"
SHAREPOINT_ADMIN = "https://contoso-admin.sharepoint.com"
RESOURCES = (GRAPH, SHAREPOINT, SHAREPOINT_ADMIN)

PERMISSIONS = {
    GRAPH: "User.ReadWrite.All User.Invite.All Group.ReadWrite.All Directory.ReadWrite.All Sites.FullControl.All",
    SHAREPOINT: "AllSites.FullControl Sites.FullControl.All User.ReadWrite.All",
}
PERMISSIONS[SHAREPOINT_ADMIN] = PERMISSIONS[SHAREPOINT]


def forge_token(resource: str, *, app_only: bool) -> str:
    """An unsigned token, good for an hour: of the application itself, or of ADMIN using it."""
    permissions = PERMISSIONS[resource]
    if app_only:
        caller: dict[str, object] = {"idtyp": "app", "roles": permissions.split()}
    else:
        caller = {"idtyp": "user", "upn": ADMIN, "unique_name": ADMIN, "scp": permissions}
    now = int(time.time())
    claims = {
        "aud": resource,
        "iss": f"https://sts.windows.net/{TENANT_ID}/",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "tid": TENANT_ID,
        "appid": CLIENT_ID,
        "oid": "b5f37f0d-9c1b-4a3e-8a68-4f0a5c1d2e3f",
        **caller,
    }
    return f"{_encode({'typ': 'JWT', 'alg': 'none'})}.{_encode(claims)}."


def _encode(part: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
