"""Which permissions each of the school's applications needs, and which ones a token says it has. The one place that
says so: `doctor`, `auth check`, `auth setup` and the README's table all follow it.

Source: Microsoft Graph permissions reference (the ids too) and the pages of each call, Microsoft Learn (read 2026-08);
that the administration of SharePoint takes nothing less than Sites.FullControl.All: Microsoft Q&A, 2026-08. Mail is not
among them: it is granted in Exchange for one mailbox, of which a token says nothing; the finding on the mailbox tries
it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

GRAPH_APP, SHAREPOINT_APP = "00000003-0000-0000-c000-000000000000", "00000003-0000-0ff1-ce00-000000000000"


@dataclass(frozen=True, slots=True)
class Need:
    """The least permission for something (`why`), and the wider ones that cover it too. `id` is the application
    permission's own (its app role). `optional`: a school may leave it out and do without."""

    name: str
    id: str
    why: str
    wider: tuple[str, ...] = ()
    optional: bool = False

    def is_met(self, granted: frozenset[str]) -> bool:
        return not granted.isdisjoint((self.name, *self.wider))


_DIRECTORY_READ = ("Directory.Read.All", "Directory.ReadWrite.All")
_SITES = Need(
    "Sites.FullControl.All",
    "678536fe-1083-478a-9c59-b99265e6b0d3",
    "reading and setting the sharing and permissions of sites",
)

GRAPH = {
    "reader": (
        Need(
            "Organization.Read.All",
            "498476ce-e0fe-48b0-b801-37ba7e2685c6",
            "reading the tenant's name and domains",
            _DIRECTORY_READ,
        ),
        Need(
            "User.Read.All",
            "df021288-bdef-4463-88db-98f22de89214",
            "finding guests",
            ("User.ReadWrite.All", *_DIRECTORY_READ),
        ),
        Need("Policy.Read.All", "246dd0d5-5bd0-4def-940b-0421030a5b68", "reading who may invite"),
        Need(
            "SharePointTenantSettings.Read.All",
            "83d4163d-a2d8-4d3b-9695-4ae3ca98f888",
            "reading the tenant's sharing",
            ("SharePointTenantSettings.ReadWrite.All",),
        ),
        Need(
            "GroupMember.Read.All",
            "98830695-27a2-44f7-8c18-0c3ebc9698f6",
            "reading trip groups",
            ("GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", *_DIRECTORY_READ),
        ),
        Need(
            "Sites.Read.All",
            "332a536c-c7ef-4017-ab91-336970924f0d",
            "listing the sites",
            ("Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All"),
        ),
    ),
    "inviter": (
        Need(
            "User.Invite.All",
            "09850681-111b-4a89-9bed-3f2cae46d706",
            "inviting guests",
            ("User.ReadWrite.All", "Directory.ReadWrite.All"),
        ),
        Need(
            "Group.Create",
            "bf7b1a76-6e77-406b-b258-bf5c7720e98f",
            "creating trip groups",
            ("Group.ReadWrite.All", "Directory.ReadWrite.All"),
        ),
        Need(
            "GroupMember.ReadWrite.All",
            "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
            "putting guardians into trip groups",
            ("Group.ReadWrite.All", "Directory.ReadWrite.All"),
        ),
    ),
    "provisioner": (
        Need(
            "SharePointTenantSettings.ReadWrite.All",
            "19b94e34-907c-4f43-bde9-38b1909ed408",
            "`tenant apply`",
            optional=True,
        ),
    ),
}
SHAREPOINT = {"reader": (_SITES,), "inviter": (), "provisioner": (_SITES,)}

# What a school may grant as well. Guardians in the directory are shown to applications alone.
_ROSTER = Need(
    "EduRoster.Read.All",
    "e0ac9e1b-cb65-4fc5-87c5-1a8bc181f648",
    "reading a contact list of `graph:`",
    ("EduRoster.ReadWrite.All",),
)
MORE = {
    "reader": (
        Need(
            "AuditLog.Read.All",
            "b0afded3-3588-46d8-8b3d-9842eff778da",
            "counting guests who were active this month (Entra ID P1)",
            optional=True,
        ),
    ),
    "inviter": (),
    "provisioner": (
        Need(
            "EduRoster.ReadWrite.All",
            "d1808e82-ce13-47af-ae0d-f9b254e6d58a",
            "`contacts remove` and `contacts reset`; only while they are used",
            optional=True,
        ),
    ),
}
EVERY_MAILBOX = frozenset({"Mail.Read", "Mail.ReadWrite", "Mail.Send", "Mail.ReadBasic.All"})


@dataclass(frozen=True, slots=True)
class Needs:
    """What an application needs of each service."""

    graph: tuple[Need, ...]
    sharepoint: tuple[Need, ...]

    def of(self, api: str) -> tuple[Need, ...]:
        """`api` is "graph" or "sharepoint"."""
        return self.graph if api == "graph" else self.sharepoint


def list_needs(roles: Iterable[str], *, graph_contacts: bool | None) -> Needs:
    """What one application that plays these roles needs. `graph_contacts`: the contact list is `graph:`; None where
    nobody knows, then it may be."""
    roles = tuple(roles)
    graph = [need for role in roles for need in (*GRAPH[role], *MORE[role])]
    if "reader" in roles and graph_contacts is not False:
        graph.append(_ROSTER if graph_contacts else replace(_ROSTER, optional=True))
    sharepoint = [need for role in roles for need in SHAREPOINT[role]]
    return Needs(tuple(dict.fromkeys(graph)), tuple(dict.fromkeys(sharepoint)))


@dataclass(frozen=True, slots=True)
class Judged:
    """Of what was granted: `missing` is needed and not there, `left_out` could be there, `excess` (service and
    name) is nobody's need."""

    missing: tuple[Need, ...]
    left_out: tuple[Need, ...]
    excess: tuple[tuple[str, str], ...]


def judge(own: Needs, whole: Needs, granted: Mapping[str, frozenset[str]]) -> Judged:
    """`granted` by service, as in Needs. `own` is what the role needs, `whole` what its application needs for all the
    roles that it plays: only what is beyond that is too much."""
    absent = [need for api, names in granted.items() for need in own.of(api) if not need.is_met(names)]
    known = {api: {need.name for need in whole.of(api)} for api in granted}
    excess = {(api, name) for api, names in granted.items() for name in names - known[api]}
    return Judged(
        missing=tuple(need for need in dict.fromkeys(absent) if not need.optional),
        left_out=tuple(need for need in dict.fromkeys(absent) if need.optional),
        excess=tuple(sorted(excess)),
    )


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
