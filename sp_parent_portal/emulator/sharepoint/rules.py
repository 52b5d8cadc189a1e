"""What a guest can reach: effective sharing, and the paths that lead from an account to a site and its lists.

SharingCapability's integers are not in order of openness: 0 (disabled) < 3 (existing guests) < 1 (new and existing
guests) < 2 (anyone). Source: Microsoft Learn, "Manage sharing settings", read 2026-08.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from .. import directory
from . import archive, domains, lists, permissions, tenant_properties, users
from .site import Doc, Site, find_site

if TYPE_CHECKING:
    from ..app import Emulator

VIEW_LIST_ITEMS = 0x1
OPEN = 0x10000


class Openness(IntEnum):
    """SharingCapability in order; the names are Microsoft's."""

    DISABLED = 0
    EXISTING_EXTERNAL_USER_SHARING_ONLY = 1
    EXTERNAL_USER_SHARING_ONLY = 2
    EXTERNAL_USER_AND_GUEST_SHARING = 3


CAPABILITIES = {0: Openness(0), 3: Openness(1), 1: Openness(2), 2: Openness(3)}


def effective_sharing(emulator: Emulator, site: Site) -> int:
    """The SharingCapability that is left of the site's own after the tenant's, and after that of the SharePoint part of
    the tenant unless the site is exempt from it (OverrideSharingCapability)."""
    properties = tenant_properties.load(emulator.state)
    levels = [site.doc["SiteDefinedSharingCapability"], properties["SharingCapability"]]
    if not site.doc.get("OverrideSharingCapability"):
        levels.append(properties["CoreSharingCapability"])
    return int(min(levels, key=lambda level: CAPABILITIES[level]))


def effective_access(emulator: Emulator, site_url: str, user_id: str) -> Doc:
    """Whether the account opens the site, why, and which lists it sees there:
    `{"allowed": bool, "because": str, "site": {"url", "title", "sharing"}, "lists": [title]}`."""
    site = find_site(emulator, site_url)
    account = directory.find_user(emulator.state, user_id)
    if site is None:
        return _closed("there is no such site", {})
    about = {"url": site.url, "title": site.doc["Title"], "sharing": effective_sharing(emulator, site)}
    if account is None:
        return _closed("there is no such account", about)
    if not account["accountEnabled"]:
        return _closed("the account is blocked from signing in", about)
    if site.doc["LockState"] == "NoAccess":
        return _closed("the site is locked", about)
    if archive.status_of(site) != archive.ACTIVE:
        return _closed("the site is archived", about)
    if users.is_guest(account) and CAPABILITIES[about["sharing"]] is Openness.DISABLED:
        return _closed("external sharing is disabled", about)
    if users.is_guest(account) and not domains.admits(emulator, site, account["mail"] or ""):
        return _closed("the domain of the account is not allowed", about)
    principals = principals_of(emulator, site, account)
    needed = VIEW_LIST_ITEMS | OPEN
    seen = [
        row["Title"] for row in lists.all_lists(site) if not row["Hidden"] and _may(site, row["Id"], principals, needed)
    ]
    if _may(site, "", principals, needed):
        return {"allowed": True, "because": _reason(site, principals), "site": about, "lists": seen}
    if seen:
        return {"allowed": True, "because": "permissions of single lists", "site": about, "lists": seen}
    return _closed("nothing gives the account access", about)


def principals_of(emulator: Emulator, site: Site, account: Doc) -> frozenset[int]:
    """The numbers of the site's users and groups that the account acts as."""
    logins = {f"{users.MEMBERSHIP}{account['userPrincipalName'].lower()}"}
    for group in directory.list_groups_of(emulator.state, account["id"]):
        logins.update((f"{users.SECURITY_GROUP}{group['id']}", f"{users.MICROSOFT_365_GROUP}{group['id']}"))
    if not users.is_guest(account):
        logins.update((users.EVERYONE, f"{users.EVERYONE_EXCEPT_EXTERNAL}{emulator.tenant.id}".lower()))
    elif tenant_properties.load(emulator.state)["ShowEveryoneClaim"]:
        logins.add(users.EVERYONE)
    own = {user["Id"] for user in site.each("user") if user["LoginName"].lower() in logins}
    groups = {
        group["Id"] for group in site.each("group") if any(site.find("member", user, str(group["Id"])) for user in own)
    }
    return frozenset(own | groups)


def _may(site: Site, scope: str, principals: frozenset[int], needed: int) -> bool:
    """Site collection administrators may everything."""
    if any((site.find("user", number) or {}).get("IsSiteAdmin") for number in principals):
        return True
    mask = 0
    for grant in site.each("grant", permissions.effective_scope(site, scope)):
        if grant["principal"] in principals:
            role = site.find("role", grant["role"])
            mask |= int(role["BasePermissions"]["Low"]) if role else 0
    return mask & needed == needed


def _reason(site: Site, principals: frozenset[int]) -> str:
    titles = [site.find("group", number) for number in sorted(principals)]
    named = [group["Title"] for group in titles if group is not None]
    return f"in {', '.join(named)}" if named else "permissions of the site"


def _closed(because: str, about: dict[str, Any]) -> Doc:
    return {"allowed": False, "because": because, "site": about, "lists": []}
