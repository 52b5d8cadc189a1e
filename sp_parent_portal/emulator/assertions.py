"""Client assertions: the signed JWT with which an application proves that it holds its certificate's key."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .tokens import decode_bytes

THUMBPRINTS = {"RS256": ("x5t", 20), "PS256": ("x5t#S256", 32)}
KEY_NOT_FOUND = "The certificate with identifier used to sign the client assertion is not registered on application."


class BadAssertion(Exception):
    """`code` is the AADSTS number."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(str(code))
        self.code = code
        self.message = message


def check_assertion(
    text: str, client_id: str, tenant_names: tuple[str, ...], app: Mapping[str, Any], now: float
) -> None:
    """Raises BadAssertion. Where the seed lists the application's certificate, the thumbprint must be its own; where
    the assertion brings the certificate along (`x5c`), the signature is verified with it."""
    head, claims, signed, signature = _split(text)
    name, size = THUMBPRINTS.get(str(head.get("alg")), ("", 0))
    if not name:
        raise BadAssertion(5002738, "Invalid JWT token. The algorithm is not supported.")
    thumbprint = _read_thumbprint(head.get(name), size, client_id)
    registered = str(app.get("thumbprint", "")).replace(":", "").lower()
    if registered and len(registered) == size * 2 and thumbprint.hex() != registered:
        raise _key_not_found(client_id)
    if head.get("x5c"):
        _verify(str(head["alg"]), head["x5c"], thumbprint, signed, signature, client_id)
    _check_claims(claims, client_id, tenant_names, now)


def _split(text: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    try:
        first, second, third = text.split(".")
        head, claims = json.loads(decode_bytes(first)), json.loads(decode_bytes(second))
        signature = decode_bytes(third)
    except ValueError:
        raise BadAssertion(50027, "JWT token is invalid or malformed.") from None
    if not isinstance(head, dict) or not isinstance(claims, dict) or not signature:
        raise BadAssertion(50027, "JWT token is invalid or malformed.")
    return head, claims, f"{first}.{second}".encode(), signature


def _key_not_found(client_id: str) -> BadAssertion:
    return BadAssertion(
        700027,
        f"{KEY_NOT_FOUND} [Reason - The key was not found., Please visit the Azure Portal, Graph Explorer or directly "
        f"use MS Graph to see configured keys for app Id '{client_id}'. Review the documentation at "
        "https://docs.microsoft.com/en-us/graph/deployments to determine the corresponding service endpoint and "
        "https://docs.microsoft.com/en-us/graph/api/application-get?view=graph-rest-1.0&tabs=http to build a query "
        f"request URL, such as 'https://graph.microsoft.com/beta/applications/{client_id}'].",
    )


def _read_thumbprint(text: Any, size: int, client_id: str) -> bytes:
    """base64url; a plain base64 text is a key that is not found, as seen with real traffic."""
    try:
        thumbprint = decode_bytes(str(text or ""))
    except ValueError:
        raise _key_not_found(client_id) from None
    if len(thumbprint) != size:
        raise _key_not_found(client_id)
    return thumbprint


def _verify(alg: str, chain: Any, thumbprint: bytes, signed: bytes, signature: bytes, client_id: str) -> None:
    try:
        first = chain[0] if isinstance(chain, list) else chain
        certificate = x509.load_der_x509_certificate(base64.b64decode(first))
    except (ValueError, IndexError, TypeError):
        raise BadAssertion(50027, "JWT token is invalid or malformed.") from None
    digest = hashes.SHA1() if alg == "RS256" else hashes.SHA256()  # noqa: S303 - x5t is defined as SHA-1
    key = certificate.public_key()
    if certificate.fingerprint(digest) != thumbprint or not isinstance(key, rsa.RSAPublicKey):
        raise _key_not_found(client_id)
    pad = padding.PKCS1v15() if alg == "RS256" else padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
    try:
        key.verify(signature, signed, pad, hashes.SHA256())
    except InvalidSignature:
        raise _key_not_found(client_id) from None


def _check_claims(claims: dict[str, Any], client_id: str, tenant_names: tuple[str, ...], now: float) -> None:
    if claims.get("iss") != client_id:
        raise BadAssertion(700023, "Client assertion contains an invalid issuer claim.")
    if claims.get("sub") != client_id:
        raise BadAssertion(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
    audience = urlsplit(str(claims.get("aud", "")))
    tenant, _, rest = audience.path.strip("/").partition("/")
    if tenant.lower() not in tenant_names or rest not in ("oauth2/v2.0/token", "oauth2/token", "v2.0"):
        raise BadAssertion(50027, "JWT token is invalid or malformed. The audience is not this token endpoint.")
    # MSAL for Python writes times as floats.
    start, end = claims.get("nbf", claims.get("iat", now)), claims.get("exp")
    times = [value for value in (start, end) if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(times) != 2 or not times[0] - 300 <= now < times[1]:
        raise BadAssertion(700024, "Client assertion is not within its valid time range.")
