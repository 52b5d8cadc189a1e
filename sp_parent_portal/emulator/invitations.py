"""An invitation as the directory keeps it, and the mail with which Microsoft sends it: made through Graph, or by
SharePoint when somebody outside is shared with."""

from __future__ import annotations

import html
import json
import secrets
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import directory, outbox

if TYPE_CHECKING:
    from .app import Emulator

Doc = dict[str, Any]
QUOTA_EXCEEDED = (
    "The directory object quota limit for the Tenant has been exceeded. Please ask your administrator to increase the "
    "quota limit or delete objects to reduce the used quota."
)
NO_MESSAGE = {
    "messageLanguage": None,
    "customizedMessageBody": None,
    "ccRecipients": [{"emailAddress": {"name": None, "address": None}}],
}


def make_invitation(
    emulator: Emulator,
    guest: Doc,
    email: str,
    redirect: str,
    *,
    name: str | None = None,
    sends: bool = False,
    resets: bool = False,
    message: Doc | None = None,
) -> Doc:
    """The invitation, kept; it is not sent yet. `redirect` is where the guest ends up once they accepted."""
    invitation_id = str(uuid.uuid4())
    inner = (
        f"https://invitations.microsoft.com/redeem/?tenant={emulator.tenant.id}&user={invitation_id}"
        f"&ticket={secrets.token_urlsafe(32)}&ver=2.0"
    )
    doc = {
        "id": invitation_id,
        "inviteRedeemUrl": f"https://login.microsoftonline.com/redeem?rd={quote(inner, safe='')}",
        "invitedUserDisplayName": name,
        "invitedUserType": guest["userType"],
        "invitedUserEmailAddress": email,
        "sendInvitationMessage": sends,
        "resetRedemption": resets,
        "inviteRedirectUrl": redirect,
        # "practically always", also for a guest who redeemed long ago (seen with real traffic)
        "status": "PendingAcceptance",
        "invitedUserMessageInfo": message or NO_MESSAGE,
        "invitedUser": {"id": guest["id"]},
    }
    with emulator.state.work() as db:
        db.execute(
            "INSERT INTO invitations (id, user_id, email, doc) VALUES (?, ?, ?, ?)",
            (invitation_id, guest["id"], email, json.dumps(doc)),
        )
    return doc


def send_invitation(emulator: Emulator, invitation: Doc, subject: str = "") -> None:
    school = emulator.tenant.display_name
    words = html.escape(invitation["invitedUserMessageInfo"]["customizedMessageBody"] or "")
    link = html.escape(invitation["inviteRedeemUrl"])
    outbox.post(
        emulator.state,
        to=invitation["invitedUserEmailAddress"],
        subject=subject or f"{school} invited you to access applications within their organization",
        kind="invitation",
        html=f'<p>{html.escape(school)} invited you.</p><p>{words}</p><p><a href="{link}">Accept invitation</a></p>',
        at=emulator.now(),
    )


def may_invite(emulator: Emulator, *, app_only: bool) -> bool:
    """An application may not invite once invitations are left to administrators and guest inviters (measured by
    others; Microsoft Learn says the same in words), and nobody may when they are off."""
    allowed = emulator.state.get_fact("authorization_policy")["allowInvitesFrom"]
    return not (allowed == "none" or (allowed == "adminsAndGuestInviters" and app_only))


def is_full(emulator: Emulator) -> bool:
    """Whether the directory has reached its quota of objects, where the seed sets one."""
    quota = emulator.state.get_fact("directory_quota")
    return quota is not None and directory.count_objects(emulator.state) >= int(quota)
