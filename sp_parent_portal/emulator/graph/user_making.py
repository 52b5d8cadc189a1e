"""POST /users: a colleague's account."""

from __future__ import annotations

from werkzeug.wrappers import Response

from .. import directory, invitations, lag
from ..web import json_answer
from .errors import GraphError, bad_request
from .query import Doc, respell
from .routing import Call, route
from .users import CHANGEABLE, WRITE, show_user

NEEDED = {
    "accountEnabled": bool,
    "displayName": str,
    "mailNickname": str,
    "passwordProfile": dict,
    "userPrincipalName": str,
}
KNOWN = (*CHANGEABLE, *NEEDED, "mail", "passwordPolicies")


@route("POST", "/users", permissions=("User.Create", *WRITE))
def create_user(call: Call) -> Response:
    body = _read(call)
    upn = body["userPrincipalName"]
    if not call.emulator.tenant.verifies(upn.partition("@")[2]):
        raise bad_request(
            "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain "
            "names in your organization."
        )
    if directory.find_user(call.state, upn) is not None:
        raise GraphError(
            400, "Request_BadRequest",
            "Another object with the same value for property userPrincipalName already exists.",
            details=[{"code": "ObjectConflict", "message": "", "target": "userPrincipalName"}],
        )  # fmt: skip
    if invitations.is_full(call.emulator):
        raise GraphError(403, "Directory_QuotaExceeded", invitations.QUOTA_EXCEEDED)
    made = directory.make_member(upn, body["displayName"], str(body.get("mail") or ""), call.emulator.now())
    doc = {**made, **{name: body[name] for name in (*CHANGEABLE, "mailNickname") if name in body}}
    directory.add_user(call.state, doc)
    lag.begin(call.state, doc["id"])
    location = (
        f"https://graph.microsoft.com/v2/{call.emulator.tenant.id}/directoryObjects/{doc['id']}/"
        "Microsoft.DirectoryServices.User"
    )
    shown = {"@odata.context": call.context("users/$entity"), **show_user(doc, ())}
    return json_answer(shown, 201, {"Location": location})


def _read(call: Call) -> Doc:
    """What was sent. Raises GraphError for what is missing or unknown; a password is not kept."""
    body = respell(call.body, KNOWN)
    for name, kind in NEEDED.items():
        if body.get(name) in (None, "", {}):
            raise GraphError(
                400, "Request_BadRequest", f"A value is required for property '{name}' of resource 'User'.",
                details=[{"code": "PropertyRequired", "message": "", "target": name}],
            )  # fmt: skip
        if not isinstance(body[name], kind):
            raise bad_request(f"Invalid value specified for property '{name}' of resource 'User'.")
    for name in body:
        if name not in KNOWN and not name.startswith("@odata."):
            raise bad_request(f"Property '{name}' is read-only and cannot be set.")
    return body
