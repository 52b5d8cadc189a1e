"""What a refusing answer means: the service's code decides, not the HTTP status alone.

SharePoint answers 500 to "that title exists" and 400 to "that user cannot be found" (recorded answers of pnp/pnpcore
and CLI for Microsoft 365, read 2026-08). Messages made here carry the operation, the status, the service's code and its
request id; never the service's own text, which quotes addresses and names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import (
    AccessDenied,
    AlreadyExists,
    GatewayError,
    InvitationsBlocked,
    NotFound,
    Rejected,
    SignInFailed,
    Throttled,
)

MICROSOFT = "Microsoft 365"
NO_SITE = "Microsoft.Online.SharePoint.Common.SpoNoSiteException"
# What Lists.GetByTitle says through CSOM, among others: recorded by CLI for Microsoft 365 (16.0.8231), and as Microsoft
# Learn has it (List protocol, both read 2026-11).
NO_LIST = frozenset({"-1, System.ArgumentException", "-2147024809, System.ArgumentException"})
# What GetDeletedSitePropertiesByUrl says through CSOM of an address that no deleted site has (CLI for Microsoft 365
# recorded it in 2018 and still takes it for that, read 2026-11). Of anything else it says nothing.
NO_SUCH_DELETED = "-1, Microsoft.SharePoint.Client.UnknownError"
EXISTS_CODES = frozenset(
    {"-2130575342", "-2130575293", "-2130575266", "-2130575257", "nameAlreadyExists", "NameAlreadyExists"}
)
MISSING_CODES = frozenset({"-2130575338", "-2147024894", "-2130575322"})
MISSING_WORDS = {
    "-2146232832": ("cannot be found", "could not be found", "can not find"),
    "-2147024809": ("unable to find the deleted site",),
}
DENIED_CODES = frozenset({"-2147024891"})
INVITATIONS_BLOCKED = ("guest invitations not allowed", "suspicious activity")
SAFE_CODE = re.compile(r"[A-Za-z0-9_.\-]+(, [A-Za-z0-9_.]+)?\Z")
GUID = re.compile(r"[0-9a-fA-F-]{20,40}\Z")

NO_ROLE = "The application lacks a permission for this, or its consent is missing: `doctor` says which."
CERTIFICATE_ONLY = (
    "SharePoint accepts an application only with a certificate, never with a client secret: register the certificate's "
    "public half with the application and set SPP_CERTIFICATE_PATH."
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of 400 or more, read: `code` is the service's own, `said` its text in lower case, never to be shown."""

    status: int
    code: str
    said: str
    request_id: str
    details: frozenset[str]

    @property
    def number(self) -> str:
        """SharePoint's HRESULT, the part of its code before the comma."""
        return self.code.partition(",")[0]

    @property
    def type_name(self) -> str:
        return self.code.partition(", ")[2]

    @property
    def is_meant(self) -> bool:
        """Whether SharePoint itself says what is wrong: such a 500 is an answer, not an accident."""
        return bool(re.fullmatch(r"-\d+", self.number))


def read_refusal(status: int, headers: Mapping[str, str], body: Any) -> Refusal:
    """`headers` in lower case; `body` is the decoded JSON, or the text where it is none."""
    error = _error_object(body)
    inner = error.get("innerError", error.get("innererror"))
    code = _text(error.get("code"))
    message = error.get("message", "")
    said = _text(message.get("value")) if isinstance(message, dict) else _text(message)
    if not error:
        said = body.get("error_description", "") if isinstance(body, dict) else _text(body)
    listed = error.get("details")
    details = listed if isinstance(listed, list) else []
    inner_id = _text(inner.get("request-id")) if isinstance(inner, dict) else ""
    return Refusal(
        status=status,
        code=code if SAFE_CODE.match(code) else "",
        said=_text(said)[:4000].lower(),
        request_id=headers.get("request-id") or headers.get("sprequestguid") or inner_id,
        details=frozenset(_text(each.get("code")) for each in details if isinstance(each, dict)),
    )


def make_error(operation: str, refusal: Refusal, service: str = MICROSOFT) -> GatewayError:
    """The error of the tree in errors.py that the refusal stands for. 429 and 503 are Throttled here; whether to go on
    waiting is the transport's business. `service` is who refused, for people."""
    kind = _kind(refusal)
    hint = {AccessDenied: NO_ROLE, SignInFailed: CERTIFICATE_ONLY}.get(kind, "") if service == MICROSOFT else ""
    return kind(message_of(operation, kind, refusal, service), hint, status=refusal.status, code=refusal.code)


def message_of(operation: str, kind: type[GatewayError], refusal: Refusal, service: str = MICROSOFT) -> str:
    reason = {
        AccessDenied: "access was denied",
        InvitationsBlocked: "this directory refuses invitations",
        NotFound: "it does not exist",
        AlreadyExists: "it exists already",
        Throttled: f"{service} asked us to slow down",
        SignInFailed: "SharePoint does not accept this kind of token",
    }.get(kind, f"{service} refused it")
    return f"{operation}: {reason} ({marks_of(refusal)})"


def marks_of(refusal: Refusal) -> str:
    """Status, code and request id: what Microsoft's support asks for."""
    marks = [f"HTTP {refusal.status}"]
    if refusal.code:
        marks.append(refusal.code)
    if GUID.match(refusal.request_id):
        marks.append(f"request {refusal.request_id}")
    return "; ".join(marks)


def _kind(refusal: Refusal) -> type[GatewayError]:
    if refusal.status in (429, 503):
        return Throttled
    if refusal.status == 403 and any(words in refusal.said for words in INVITATIONS_BLOCKED):
        return InvitationsBlocked
    if refusal.status == 401 and "unsupported app only token" in refusal.said:
        return SignInFailed
    if refusal.status in (401, 403) or refusal.number in DENIED_CODES:
        return AccessDenied
    if _says_exists(refusal):
        return AlreadyExists
    return NotFound if _says_missing(refusal) else Rejected


def _says_exists(refusal: Refusal) -> bool:
    return (
        refusal.number in EXISTS_CODES
        or "ConflictingObjects" in refusal.details
        or "added object references already exist" in refusal.said
    )


def _says_missing(refusal: Refusal) -> bool:
    if refusal.status == 404 or refusal.number in MISSING_CODES or refusal.type_name == NO_SITE:
        return True
    # One code for many mistakes: only these ways of saying it are a missing thing.
    return any(words in refusal.said for words in MISSING_WORDS.get(refusal.number, ()))


def _error_object(body: Any) -> dict[str, Any]:
    if isinstance(body, dict):
        for name in ("odata.error", "error"):
            if isinstance(body.get(name), dict):
                return dict(body[name])
    return {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
