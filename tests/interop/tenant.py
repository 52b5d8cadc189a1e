"""The tenant that every client of the suite is signed in to, and tokens that were never asked for."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

SEED = Path(__file__).parent / "seed"
TENANT_ID = "11111111-2222-3333-4444-555555555555"
CLIENT_ID = "31359c7f-bd7e-475c-86db-fdb8c937548e"
ADMIN = "admin@contoso.onmicrosoft.com"
OWNER, COLLEAGUE = "j.okoro@school.example", "m.bell@school.example"
GRAPH = "https://graph.microsoft.com"
SHAREPOINT = "https://contoso.sharepoint.com"
SHAREPOINT_ADMIN = "https://contoso-admin.sharepoint.com"
TRIP = f"{SHAREPOINT}/sites/trip"
RESOURCES = (GRAPH, SHAREPOINT, SHAREPOINT_ADMIN)

IN_GRAPH = "User.ReadWrite.All User.Invite.All Group.ReadWrite.All Directory.ReadWrite.All Sites.FullControl.All"
IN_SHAREPOINT = "AllSites.FullControl Sites.FullControl.All User.ReadWrite.All"


def forge_token(resource: str, *, app_only: bool) -> str:
    """An unsigned token, good for an hour: of the application itself, or of ADMIN using it."""
    permissions = IN_GRAPH if resource == GRAPH else IN_SHAREPOINT
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


def write_certificate(path: Path) -> str:
    """A certificate and its key into one PEM file; its SHA-1 thumbprint. Which key it is the emulator does not mind."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "interop")])
    begin = datetime.now(UTC) - timedelta(minutes=5)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return made.fingerprint(hashes.SHA1()).hex()
