"""Rows of Graph as our own facts: accounts, groups, mails. Pure. A row that lacks what the service documents is an
error, never a default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import BadAnswer
from .answers import each, moment, need, text
from .model import DirectoryUser, Draft, Group, Invitation, Mail

USER_FIELDS = (
    "id,userPrincipalName,displayName,mail,otherMails,proxyAddresses,userType,"
    "externalUserState,accountEnabled,createdDateTime"
)
GROUP_FIELDS = "id,displayName,mailNickname,description"
# Our own property set; the GUID names it and must never change, or mails of earlier runs are not found again.
PROPERTY_SET = "String {6b1f0c52-8e3d-4f6a-9a55-3c0f7e1d2b94} Name "
KEY_PROPERTY = PROPERTY_SET + "sp-parent-portal-key"
TRIP_PROPERTY = PROPERTY_SET + "sp-parent-portal-trip"
STATES = {"PendingAcceptance": "pending", "Accepted": "redeemed"}
ALREADY_THERE = re.compile(r"already exists in the directory as object id: ([0-9a-f-]{36})", re.IGNORECASE)

Row = Mapping[str, Any]


def make_user(row: Row, operation: str) -> DirectoryUser:
    email = text(row, "mail", operation).lower()
    others = [other.lower() for other in each(row, "otherMails", str, operation)]
    for proxy in each(row, "proxyAddresses", str, operation):
        kind, _, address = proxy.lower().partition(":")
        if kind == "smtp":
            others.append(address)
    activity = {} if row.get("signInActivity") is None else need(row, "signInActivity", Mapping, operation)
    return DirectoryUser(
        id=need(row, "id", str, operation).lower(),
        upn=need(row, "userPrincipalName", str, operation),
        name=text(row, "displayName", operation),
        email=email,
        other_emails=tuple(dict.fromkeys(other for other in others if other != email)),
        kind="guest" if text(row, "userType", operation).lower() == "guest" else "member",
        state=STATES.get(text(row, "externalUserState", operation), ""),
        enabled=row.get("accountEnabled") is not False,
        created_at=moment(row, "createdDateTime"),
        # The other times of signInActivity count failed attempts too.
        last_sign_in_at=moment(activity, "lastSuccessfulSignInDateTime") or moment(activity, "lastSignInDateTime"),
    )


def make_group(row: Row, operation: str) -> Group:
    return Group(
        id=need(row, "id", str, operation).lower(),
        name=text(row, "displayName", operation),
        nickname=text(row, "mailNickname", operation),
        description=text(row, "description", operation),
    )


def member_type(row: Row, operation: str) -> str:
    """`user`, `group`, `device` … of a member. Raises BadAnswer where the row does not say."""
    return str(need(row, "@odata.type", str, operation)).rpartition(".")[2]


def invitation_body(invitation: Invitation) -> dict[str, Any]:
    """The account it makes is a guest; `sendInvitationMessage` decides whether Microsoft tells them."""
    return {
        "invitedUserEmailAddress": invitation.email,
        "invitedUserDisplayName": invitation.name,
        "invitedUserType": "Guest",
        "inviteRedirectUrl": invitation.redirect_url,
        "sendInvitationMessage": invitation.message,
    }


def invited_id(body: Any) -> str:
    """The object id out of an invitation's answer, or out of the refusal which says that the guest is there already;
    "" where there is none. The redeem link beside it is a bearer credential: it is not looked at."""
    if not isinstance(body, Mapping):
        return ""
    user = body.get("invitedUser")
    if isinstance(user, Mapping):
        return str(user.get("id") or "").lower()
    error = body.get("error")
    said = str(error.get("message", "")) if isinstance(error, Mapping) else ""
    found = ALREADY_THERE.search(said)
    return found[1].lower() if found and "blocked" not in said.lower() else ""


def draft_body(draft: Draft) -> dict[str, Any]:
    """One recipient; our key and the trip's slug in extended properties, by which the mail is found again."""
    return {
        "subject": draft.subject,
        "body": {"contentType": "HTML", "content": draft.html},
        "toRecipients": [{"emailAddress": {"address": draft.to}}],
        "singleValueExtendedProperties": [
            {"id": KEY_PROPERTY, "value": draft.key},
            {"id": TRIP_PROPERTY, "value": draft.trip},
        ],
    }


def make_mail(row: Row, operation: str) -> Mail:
    found = each(row, "singleValueExtendedProperties", Mapping, operation)
    properties = {text(one, "id", operation).lower(): text(one, "value", operation) for one in found}
    to = _recipients(row, "toRecipients", operation)
    copies = [*_recipients(row, "ccRecipients", operation), *_recipients(row, "bccRecipients", operation)]
    key = properties.get(KEY_PROPERTY.lower(), "")
    if not key:
        raise BadAnswer(f"{operation}: a mail of ours came back without its key")
    is_draft = need(row, "isDraft", bool, operation)
    return Mail(
        id=need(row, "id", str, operation),
        key=key,
        to=to[0].lower() if to else "",
        is_draft=is_draft,
        others=len(to[1:]) + len(copies),
        sent_at=None if is_draft else moment(row, "sentDateTime"),
    )


def _recipients(row: Row, name: str, operation: str) -> list[str]:
    return [
        need(need(one, "emailAddress", Mapping, operation), "address", str, operation)
        for one in each(row, name, Mapping, operation)
    ]
