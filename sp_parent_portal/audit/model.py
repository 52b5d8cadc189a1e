"""What an audit looks at: one site as it was read, with every part that could not be read named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..microsoft365.model import DirectoryUser, Grant, Principal, SiteGroup
from ..sharing import Sharing


@dataclass(frozen=True, slots=True, order=True)
class Unread:
    """A part of a site that could not be read, and why: whatever it holds is UNKNOWN, never nothing."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class ListAccess:
    """A list or library with permissions of its own. `url` is server-relative."""

    title: str
    url: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A group of the directory. `accounts` are its direct accounts, `groups` the ids of the groups directly in it;
    `complete` is false when either could be read in part only."""

    id: str
    name: str
    accounts: tuple[DirectoryUser, ...] = ()
    groups: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One site. `sharing` is the effective level, None where it could not be read. `site_groups` are SharePoint's own
    groups, `security_groups` the directory's by id, nested ones included. `grants` are the web's role assignments,
    `lists` only those lists that do not inherit them. What inherits less than a list (a file, a folder) is not here;
    SharePoint tells of it by Limited Access above it."""

    url: str
    title: str
    sharing: Sharing | None
    lock: str = "Unlock"
    admins: tuple[Principal, ...] = ()
    site_groups: tuple[SiteGroup, ...] = ()
    grants: tuple[Grant, ...] = ()
    lists: tuple[ListAccess, ...] = ()
    security_groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()


def is_owners_claim(principal: Principal) -> bool:
    """Whether the claim stands for the owners, not the members, of a Microsoft 365 group (`…|<group id>_o`)."""
    return principal.login.lower().endswith("_o") and "federateddirectoryclaimprovider" in principal.login.lower()
