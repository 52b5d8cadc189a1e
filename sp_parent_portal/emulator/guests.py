"""Playing the guardian: accept an invitation, sign in, open a site."""

from __future__ import annotations

import json
import secrets
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from . import directory
from .sharepoint import tenant_properties, users
from .sharepoint.rules import effective_access
from .sharepoint.site import find_site

if TYPE_CHECKING:
    from .app import Emulator

Doc = dict[str, Any]


class CannotPlay(Exception):
    """What was to be played is not possible; `status` is the answer's."""

    def __init__(self, status: int, because: str) -> None:
        super().__init__(because)
        self.status = status
        self.because = because


def redeem(emulator: Emulator, email: str, accept_as: str = "") -> Doc:
    """The invitation link sent to `email` is opened and accepted by whoever signs in as `accept_as` (the invited person
    where it is empty). Raises CannotPlay."""
    with emulator.state.work():
        guest = _find_invited(emulator, email)
        if guest is None:
            raise CannotPlay(404, "nobody was invited with this address")
        if not guest["accountEnabled"]:
            raise CannotPlay(403, "the account is blocked from signing in")
        person = accept_as or email
        if guest["externalUserState"] != "Accepted":
            guest = _accept(emulator, guest, person)
        elif guest["_accepted_as"].lower() != person.lower():
            raise CannotPlay(409, "the invitation was redeemed with another account before")
        _note_sign_in(emulator, guest)
        if _leads_to_sharepoint(emulator, guest["id"]):
            note_external_user(emulator, guest)
    return {
        "target": "emulator",
        "email": email,
        "accepted_as": person,
        "user_id": guest["id"],
        "state": guest["externalUserState"],
    }


def visit(emulator: Emulator, email: str, site: str) -> Doc:
    """Whoever owns `email` signs in with it and opens the site. A direct link carries the tenant, so an invited person
    who has not redeemed yet is taken through it (Microsoft Learn, redemption experience, 2025-05-14)."""
    with emulator.state.work():
        account, because = _sign_in(emulator, email)
        seen: Doc = {"allowed": False, "because": because}
        if account is not None:
            seen = effective_access(emulator, site, account["id"])
            if seen["allowed"] and account["userType"] == directory.GUEST:
                _enter(emulator, site, account)
    state = "" if account is None else account["externalUserState"] or ""
    return {"target": "emulator", "email": email, "site_url": site, "state": state, **seen}


def _enter(emulator: Emulator, site: str, guest: Doc) -> None:
    """The first visit leaves the guest among the site's users, whatever led there, and in the external-user list."""
    place = find_site(emulator, site)
    if place is not None:
        users.ensure_user(place, guest["userPrincipalName"])
    note_external_user(emulator, guest)


def _sign_in(emulator: Emulator, email: str) -> tuple[Doc | None, str]:
    """The account with which somebody who owns the address enters the tenant, or why there is none."""
    found = directory.find_users_by_address(emulator.state, email)
    account = next((a for a in found if _signs_in_as(a) == email.lower()), None)
    if account is None:
        if found:
            return None, "the invitation was redeemed with another account"
        return None, "the directory has no account with this address"
    if not account["accountEnabled"]:
        return None, "the account is blocked from signing in"
    if account["userType"] == directory.GUEST and account["externalUserState"] != "Accepted":
        account = _accept(emulator, account, email)
    _note_sign_in(emulator, account)
    return account, ""


def _signs_in_as(account: Doc) -> str:
    if account["userType"] == directory.GUEST:
        return str(account.get("_accepted_as") or account["_invited_as"]).lower()
    return str(account["mail"] or account["userPrincipalName"]).lower()


def _find_invited(emulator: Emulator, email: str) -> Doc | None:
    row = emulator.state.db.execute(
        "SELECT user_id FROM invitations WHERE email = ? ORDER BY seq DESC LIMIT 1", (email,)
    ).fetchone()
    if row is not None:
        return directory.find_user(emulator.state, row["user_id"])
    found = directory.find_users_by_address(emulator.state, email)
    return next(
        (a for a in found if a["userType"] == directory.GUEST and a["_invited_as"].lower() == email.lower()), None
    )


def _accept(emulator: Emulator, guest: Doc, person: str) -> Doc:
    """Raises CannotPlay where the tenant does not let this person accept."""
    if person.lower() != guest["_invited_as"].lower():
        if tenant_properties.load(emulator.state).get("RequireAcceptingAccountMatchInvitedAccount"):
            raise CannotPlay(403, "the tenant requires the invited account itself")
        others = directory.find_users_by_address(emulator.state, person)
        if any(other["id"] != guest["id"] for other in others):
            raise CannotPlay(409, "the directory has an account with this address already")
    changed = accepted(guest, person, emulator.now())
    directory.store_user(emulator.state, changed)
    return changed


def accepted(guest: Doc, person: str, at: datetime) -> Doc:
    """The guest as redemption leaves it. With another account its mail becomes that account's, while the sign-in name
    keeps the invited address."""
    changed = {
        **guest,
        "externalUserState": "Accepted",
        "externalUserStateChangeDateTime": directory.stamp(at),
        "identities": [{"signInType": "federated", "issuer": "mail", "issuerAssignedId": person}],
        "_accepted_as": person,
    }
    if person.lower() != guest["_invited_as"].lower():
        changed |= {"mail": person, "otherMails": [guest["_invited_as"], person], "proxyAddresses": [f"SMTP:{person}"]}
    return changed


def _note_sign_in(emulator: Emulator, account: Doc) -> None:
    directory.store_user(emulator.state, signed_in(account, emulator.now(), str(uuid.uuid4())))


def signed_in(account: Doc, at: datetime, request_id: str) -> Doc:
    """The account after a sign-in."""
    now = directory.stamp(at)
    activity = {
        "lastSignInDateTime": now,
        "lastSignInRequestId": request_id,
        "lastNonInteractiveSignInDateTime": "0001-01-01T00:00:00Z",
        "lastNonInteractiveSignInRequestId": "",
        "lastSuccessfulSignInDateTime": now,
        "lastSuccessfulSignInRequestId": request_id,
    }
    return {**account, "signInActivity": activity}


def _leads_to_sharepoint(emulator: Emulator, user_id: str) -> bool:
    """Whether the newest invitation sends the guest on to one of the tenant's sites."""
    row = emulator.state.db.execute(
        "SELECT doc FROM invitations WHERE user_id = ? ORDER BY seq DESC LIMIT 1", (user_id,)
    ).fetchone()
    redirect = "" if row is None else str(json.loads(row["doc"])["inviteRedirectUrl"]).lower()
    return redirect.startswith(f"https://{emulator.tenant.host}/")


def note_external_user(emulator: Emulator, guest: Doc) -> None:
    """The guest's row in SharePoint's external-user list, from the first time they enter a site: what a PAL counts."""
    with emulator.state.work() as db:
        if db.execute("SELECT 1 FROM external_users WHERE user_id = ?", (guest["id"],)).fetchone():
            return
        doc = new_external_user(guest, secrets.token_hex(6), emulator.now())
        db.execute(
            "INSERT INTO external_users (unique_id, user_id, doc) VALUES (?, ?, ?)",
            (doc["UniqueId"], guest["id"], json.dumps(doc)),
        )


def new_external_user(guest: Doc, number: str, at: datetime) -> Doc:
    """The row; `number` is twelve hexadecimal digits."""
    return {
        "DisplayName": guest["displayName"],
        "InvitedAs": guest["_invited_as"],
        "UniqueId": f"1003{number.upper()}",
        "AcceptedAs": guest["_accepted_as"],
        "WhenCreated": directory.stamp(at),
        "InvitedBy": None,
    }
