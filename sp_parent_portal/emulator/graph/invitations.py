"""POST /invitations: the account of a guest, and the link with which somebody redeems it."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from .. import directory, invitations, lag
from ..invitations import NO_MESSAGE
from ..web import json_answer
from . import suspicion
from .errors import GraphError
from .query import Doc, respell
from .routing import Call, route

# Microsoft Learn, invitation manager, read 2026-08: characters an invited address must not contain.
FORBIDDEN = frozenset('~!#$%^&*()+=[]{}\\/|;:"<>?,')
BLOCKED = "Guest invitations not allowed for your company. Contact your company administrator for more details."
KNOWN = (
    "invitedUserEmailAddress", "inviteRedirectUrl", "invitedUserDisplayName", "invitedUserType",
    "sendInvitationMessage", "invitedUserMessageInfo", "resetRedemption", "invitedUser",
)  # fmt: skip


@route("POST", "/invitations", permissions=("User.Invite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"))
def invite(call: Call) -> Response:
    _check_policy(call)
    email, redirect = _read_address(call), _read_redirect(call)
    suspicion.check(call)
    guest = _find_invited(call, email)
    if guest is None:
        guest = _make_guest(call, email)
    elif _given(call).get("resetRedemption"):
        guest = _reset(call, guest, email)
    invitation = _make_invitation(call, guest, email, redirect)
    if invitation["sendInvitationMessage"]:
        invitations.send_invitation(call.emulator, invitation)
        call.request.mails += 1
    return json_answer({"@odata.context": call.context("invitations/$entity"), **invitation}, 201)


def _given(call: Call) -> Doc:
    return respell(call.body, KNOWN)


def _check_policy(call: Call) -> None:
    if not invitations.may_invite(call.emulator, app_only=call.token.app_only):
        raise GraphError(403, "Forbidden", BLOCKED)


def _bad(message: str) -> GraphError:
    return GraphError(400, "BadRequest", message)


def _read_address(call: Call) -> str:
    extra = [name for name in _given(call) if name not in KNOWN and not name.startswith("@odata.")]
    if extra:
        raise _bad(f"The property '{extra[0]}' does not exist on type 'microsoft.graph.invitation'.")
    email = _given(call).get("invitedUserEmailAddress")
    if not isinstance(email, str) or not email.strip():
        raise _bad("A required parameter is missing: invitedUserEmailAddress.")
    email = email.strip()
    name, at, domain = email.partition("@")
    if not name or not at or "." not in domain or "@" in domain or any(c.isspace() for c in email):
        raise _bad("The invited user email address is invalid.")
    if FORBIDDEN & set(email):
        raise _bad("The invited user email address contains invalid characters.")
    if call.emulator.tenant.verifies(domain):
        raise _bad("The invited user email address is in a verified domain of this directory.")
    return email


def _read_redirect(call: Call) -> str:
    redirect = _given(call).get("inviteRedirectUrl")
    if not isinstance(redirect, str) or not redirect.lower().startswith(("http://", "https://")):
        raise _bad("A required parameter is missing: inviteRedirectUrl.")
    return redirect


def _find_invited(call: Call, email: str) -> Doc | None:
    """The guest who has this address already. Raises GraphError for a colleague's, and for a blocked account."""
    wanted = (_given(call).get("invitedUser") or {}).get("id")
    named = directory.find_user(call.state, wanted) if wanted else None
    found = [named] if named is not None else directory.find_users_by_address(call.state, email)
    for account in found:
        known = f"The invited user already exists in the directory as object ID: {account['id']}."
        if not account["accountEnabled"]:
            raise _bad(f"{known[:-1]}, but the account is blocked from signing in. If the account is unblocked, "
                       "they can use that account to sign in to shared apps and resources.")  # fmt: skip
        if account["userType"] != directory.GUEST:
            raise _bad(f"{known} They can use that account to sign in to shared apps and resources.")
    return found[0] if found else None


def _make_guest(call: Call, email: str) -> Doc:
    _check_quota(call)
    name = _given(call).get("invitedUserDisplayName") or ""
    guest = directory.make_guest(call.state, email, name, call.emulator.tenant.initial_domain, call.emulator.now())
    if _given(call).get("invitedUserType") == directory.MEMBER:
        guest["userType"] = directory.MEMBER
    directory.add_user(call.state, guest)
    lag.begin(call.state, guest["id"])
    return guest


def _check_quota(call: Call) -> None:
    if invitations.is_full(call.emulator):
        raise GraphError(403, "Directory_QuotaExceeded", invitations.QUOTA_EXCEEDED)


def _reset(call: Call, guest: Doc, email: str) -> Doc:
    changed = {
        **guest,
        "mail": email,
        "otherMails": [email],
        "proxyAddresses": [f"SMTP:{email}"],
        "externalUserState": "PendingAcceptance",
        "externalUserStateChangeDateTime": directory.stamp(call.emulator.now()),
        "identities": [],
        "_invited_as": email,
        "_accepted_as": None,
    }
    directory.store_user(call.state, changed)
    return changed


def _make_invitation(call: Call, guest: Doc, email: str, redirect: str) -> Doc:
    given = _given(call)
    return invitations.make_invitation(
        call.emulator,
        guest,
        email,
        redirect,
        name=given.get("invitedUserDisplayName"),
        sends=bool(given.get("sendInvitationMessage", False)),
        resets=bool(given.get("resetRedemption", False)),
        message=_message_info(call),
    )


def _message_info(call: Call) -> Any:
    """An application's own words are dropped (Microsoft Learn, troubleshoot B2B, read 2026-08)."""
    given = _given(call).get("invitedUserMessageInfo")
    if call.token.app_only or not isinstance(given, dict):
        return NO_MESSAGE
    return {**NO_MESSAGE, **{name: given[name] for name in NO_MESSAGE if given.get(name) is not None}}
