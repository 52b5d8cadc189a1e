"""Sharing with people: whom a site's effective sharing and domain lists let be shared with, and what that does.

Somebody outside who is not in the directory is invited there (Entra B2B does it since 2026), where that is allowed at
all. Texts are those of Microsoft's support pages; no recording of a refusal exists (COVERAGE.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import directory, invitations
from ..tokens import Token
from . import domains, groups, permissions, users
from .faults import Fault
from .rules import CAPABILITIES, Openness, effective_sharing
from .site import Doc, Site

if TYPE_CHECKING:
    from ..web import Request

# Microsoft Support, "Your organization's policies do not allow you to share with these users", read 2026-08.
NOT_ALLOWED = "Your organization's policies do not allow you to share with these users."
# Microsoft Learn, troubleshoot sharing, read 2026-08.
INVITATION_FAILED = (
    "At least one invitation failed. Error: ResponseStatusNotOK, message: Guest invitations not allowed for your "
    "company."
)
# Seen with real traffic: the code contradicts the published list, where it is -1.
UNRESOLVED, UNRESOLVED_TEXT = -9, "Couldn't resolve the users."
BAD_ROLE, BAD_ROLE_TEXT = -63, "The selected permission level is not valid."
# Published list: the capability is disabled.
DISABLED = -7
# As seen, an address without a dot is taken too.
ADDRESS = re.compile(r"[^@\s|]+@[^@\s|]+")


class NotShared(Exception):
    """Whom nothing is shared with, and why; `code` is SharingResult's StatusCode."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(str(code))
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Shared:
    """A user of the site whom something was shared with; `invitation` where they had to be invited first."""

    user: Doc
    account: Doc | None
    invitation: Doc | None = None


def check(site: Site, token: Token, key: str) -> None:
    """Whether something of the site may be shared with whom the address, sign-in name or claim names. Raises NotShared.
    A domain that is not allowed shows only for whom the directory does not know: the others are kept out when they
    come."""
    account = _find(site, key)
    if account is None and not ADDRESS.fullmatch(key.rpartition("|")[2]):
        if not _is_group(site, key):
            raise NotShared(UNRESOLVED, UNRESOLVED_TEXT)
        return
    if account is not None and not users.is_guest(account):
        return
    level = CAPABILITIES[effective_sharing(site.emulator, site)]
    if level is Openness.DISABLED:
        raise NotShared(DISABLED, NOT_ALLOWED)
    if account is None:
        if level is Openness.EXISTING_EXTERNAL_USER_SHARING_ONLY or not domains.admits(site.emulator, site, key):
            raise NotShared(DISABLED, NOT_ALLOWED)
        if not invitations.may_invite(site.emulator, app_only=token.app_only) or invitations.is_full(site.emulator):
            raise NotShared(UNRESOLVED, INVITATION_FAILED)


def _find(site: Site, key: str) -> Doc | None:
    return users.find_account(site.state, key.rpartition("|")[2])


def _is_group(site: Site, key: str) -> bool:
    claims = (users.SECURITY_GROUP, users.MICROSOFT_365_GROUP)
    return key.lower().startswith(claims) and directory.find_group(site.state, key.rpartition("|")[2]) is not None


def resolve(site: Site, request: Request, key: str, *, sends: bool, subject: str = "") -> Shared:
    """The site's user for whom `check` let pass, invited now where the directory does not know them; with `sends` they
    are sent the invitation. Raises NotShared for a group that SharePoint does not resolve yet, and ServiceError past
    the limit of mails."""
    account = _find(site, key)
    if account is not None:
        return Shared(_ensure(site, account["userPrincipalName"]), account)
    if _is_group(site, key):
        return Shared(_ensure(site, key), None)
    return _invite(site, request, key.rpartition("|")[2], sends=sends, subject=subject)


def _ensure(site: Site, login: str) -> Doc:
    found = users.ensure_user(site, login)
    if isinstance(found, Fault):
        raise NotShared(UNRESOLVED, UNRESOLVED_TEXT)
    return found


def _invite(site: Site, request: Request, email: str, *, sends: bool, subject: str) -> Shared:
    emulator = site.emulator
    if sends:
        request.mails, request.sharing_site = request.mails + 1, site.url
        emulator.check_limits(request)
    guest = directory.make_guest(site.state, email, "", emulator.tenant.initial_domain, emulator.now())
    directory.add_user(site.state, guest)
    invitation = invitations.make_invitation(emulator, guest, email, site.url, sends=sends)
    if sends:
        invitations.send_invitation(emulator, invitation, subject)
    return Shared(_ensure(site, guest["userPrincipalName"]), guest, invitation)


def check_role(site: Site, role: str) -> None:
    """Raises NotShared where it names no group or level of the site."""
    kind, _, number = role.partition(":")
    if site.find({"group": "group", "role": "role"}.get(kind, "none"), number) is None:
        raise NotShared(BAD_ROLE, BAD_ROLE_TEXT)


def give(site: Site, scope: str, user: Doc, role: str) -> None:
    """`role` is `group:<number>` or `role:<number>`, the level being held on the scope."""
    kind, _, number = role.partition(":")
    if kind == "group":
        groups.add_member(site, int(number), user)
        return
    permissions.break_inheritance(site, scope, copy=True)
    permissions.add_grant(site, scope, user["Id"], int(number))
