"""SharePoint groups of a site and their members."""

from __future__ import annotations

from . import users
from .answers import EntityType, Rows
from .faults import group_exists, no_group, no_user
from .site import Doc, Site

TYPE = 8  # SP.Utilities.PrincipalType: a SharePoint group
ASSOCIATED = {"owners": 3, "visitors": 4, "members": 5}


def get_group(site: Site, key: object, by: str) -> Doc:
    """By id, name or place (owners, members, visitors). Raises Fault."""
    if by == "associated":
        key, by = ASSOCIATED[str(key)], "id"
    doc = site.find("group", key) if by == "id" else site.find_titled("group", str(key))
    if doc is None:
        raise no_group()
    return doc


def add_group(site: Site, title: str, description: str | None, owner: str, *, number: int | None = None) -> Doc:
    """`owner` is the title of the owning user or group. Raises Fault where the title is taken."""
    if site.find_titled("group", title) is not None:
        raise group_exists()
    number = site.next_number("principal", users.FIRST_PRINCIPAL) if number is None else number
    associated = number in ASSOCIATED.values()
    doc: Doc = {
        "Id": number,
        "IsHiddenInUI": False,
        "LoginName": title,
        "Title": title,
        "PrincipalType": TYPE,
        "AllowMembersEditMembership": number == ASSOCIATED["members"],
        "AllowRequestToJoinLeave": False,
        "AutoAcceptRequestToJoinLeave": False,
        "Description": description,
        "OnlyAllowMembersViewMembership": not associated,
        "OwnerTitle": owner,
        "RequestToJoinLeaveEmailSetting": "" if associated else None,
        "_path": f"Web/SiteGroups/GetById({number})",
    }
    return set_group(site, doc)


def set_group(site: Site, doc: Doc) -> Doc:
    site.put("group", doc["Id"], doc, title=doc["Title"])
    return doc


def remove_group(site: Site, group: Doc) -> None:
    site.remove_all("member", str(group["Id"]))
    site.remove("group", group["Id"])


def list_members(site: Site, group_id: int) -> list[Doc]:
    found = (site.find("user", row["user"]) for row in site.each("member", str(group_id)))
    return [user for user in found if user is not None]


def get_member(site: Site, group_id: int, user: Doc) -> Doc:
    """Raises Fault where the user is not in the group."""
    if site.find("member", user["Id"], str(group_id)) is None:
        raise no_user()
    return user


def add_member(site: Site, group_id: int, user: Doc) -> Doc:
    site.put("member", user["Id"], {"user": user["Id"]}, parent=str(group_id))
    return user


def remove_member(site: Site, group_id: int, user_id: int) -> None:
    """Raises Fault where the user is not in the group."""
    if not site.remove("member", user_id, str(group_id)):
        raise no_user()


def remove_user(site: Site, user: Doc) -> None:
    """Out of the site: its groups and its row."""
    for group in site.each("group"):
        site.remove("member", user["Id"], str(group["Id"]))
    site.remove("user", user["Id"])


GROUP = EntityType(
    "SP.Group", expansions={"users": lambda site, group: Rows(users.USER, list_members(site, group["Id"]))}
)
