"""Which permissions each of the school's applications needs, and which ones a token says it has.

Source: Microsoft Graph permissions reference and the pages of each call, Microsoft Learn (read 2026-08); that the
administration of SharePoint takes nothing less than Sites.FullControl.All: Microsoft Q&A, 2026-08. Mail is not among
them: it is granted in Exchange for one mailbox, of which a token says nothing; the finding on the mailbox tries it.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Need:
    """The least permission for something (`why`), and the wider ones that cover it too. `optional`: a school may
    leave it out and do without."""

    name: str
    why: str
    wider: tuple[str, ...] = ()
    optional: bool = False

    def is_met(self, granted: frozenset[str]) -> bool:
        return not granted.isdisjoint((self.name, *self.wider))


_DIRECTORY_READ = ("Directory.Read.All", "Directory.ReadWrite.All")
_SITES = Need("Sites.FullControl.All", "reading and setting the sharing and permissions of sites")

GRAPH = {
    "reader": (
        Need("Organization.Read.All", "reading the tenant's name and domains", _DIRECTORY_READ),
        Need("User.Read.All", "finding guests", ("User.ReadWrite.All", *_DIRECTORY_READ)),
        Need("Policy.Read.All", "reading who may invite"),
        Need(
            "SharePointTenantSettings.Read.All",
            "reading the tenant's sharing",
            ("SharePointTenantSettings.ReadWrite.All",),
        ),
        Need(
            "GroupMember.Read.All",
            "reading trip groups",
            ("GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", *_DIRECTORY_READ),
        ),
        Need(
            "Sites.Read.All", "listing the sites", ("Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All")
        ),
    ),
    "inviter": (
        Need("User.Invite.All", "inviting guests", ("User.ReadWrite.All", "Directory.ReadWrite.All")),
        Need("Group.Create", "creating trip groups", ("Group.ReadWrite.All", "Directory.ReadWrite.All")),
        Need(
            "GroupMember.ReadWrite.All",
            "putting guardians into trip groups",
            ("Group.ReadWrite.All", "Directory.ReadWrite.All"),
        ),
    ),
    "provisioner": (Need("SharePointTenantSettings.ReadWrite.All", "`tenant apply`", optional=True),),
}
SHAREPOINT = {"reader": (_SITES,), "inviter": (), "provisioner": (_SITES,)}


def read_granted(token: str) -> frozenset[str] | None:
    """The application permissions in an access token; None where it cannot be read, or is a person's. Nothing is
    decided by it but what the doctor says: the service alone knows what a token is worth."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(claims, dict) or "scp" in claims or not isinstance(claims.get("roles", []), list):
        return None
    return frozenset(str(role) for role in claims.get("roles", []))
