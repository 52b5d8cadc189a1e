"""Sites of Microsoft 365 groups: the group and its site are made together, or the site for a group there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import directory
from ..graph.groups import new_group
from . import administration, birth, groups, users
from .site import Doc, Site, find_site

if TYPE_CHECKING:
    from ..app import Emulator

TEMPLATE = "GROUP#0"


def _free_address(emulator: Emulator, nickname: str) -> str:
    """The nickname's, with a number behind it where that is taken, in the recycle bin too (assumed)."""
    number, address = 1, f"https://{emulator.tenant.host}/sites/{nickname}"
    while birth.is_taken(emulator, address):
        number += 1
        address = f"https://{emulator.tenant.host}/sites/{nickname}{number}"
    return address


def make_group(emulator: Emulator, wanted: Doc, owners: list[str]) -> Doc:
    """`owners` are ids of accounts; an owner is a member too."""
    doc = new_group(
        {"groupTypes": ["Unified"], "mailEnabled": True, "securityEnabled": False, **wanted},
        emulator.tenant.initial_domain,
        emulator.now(),
    )
    doc = {**doc, "_owners": owners}
    directory.add_group(emulator.state, doc)
    for owner in owners:
        directory.add_member(emulator.state, doc["id"], owner)
    return doc


def find_site_of(emulator: Emulator, group: Doc) -> Site | None:
    return find_site(emulator, group["_site"]) if "_site" in group else None


def recycle_site_of(emulator: Emulator, group: Doc) -> None:
    site = find_site_of(emulator, group)
    if site is not None:
        administration.recycle_site(site)


def restore_site_of(emulator: Emulator, group: Doc) -> None:
    site = find_site(emulator, group["_site"], deleted=True) if "_site" in group else None
    if site is not None:
        administration.restore_site(site)


def purge_site_of(emulator: Emulator, group: Doc) -> None:
    site = find_site(emulator, group["_site"], deleted=True) if "_site" in group else None
    if site is not None:
        site.purge()


def make_site(emulator: Emulator, group: Doc) -> Site:
    """Members of the group are members of the site, its owners own it."""
    known = find_site_of(emulator, group)
    if known is not None:
        return known
    address = _free_address(emulator, group["mailNickname"])
    directory.store_group(emulator.state, {**group, "_site": address})
    owners = [directory.find_user(emulator.state, owner) for owner in group.get("_owners", [])]
    owner = next((doc["userPrincipalName"] for doc in owners if doc is not None), group["mail"])
    site = birth.create_site(emulator, address, group["displayName"], owner, TEMPLATE)
    claim = f"{users.MICROSOFT_365_GROUP}{group['id']}"
    members = users.add_claim(site, claim, f"{group['displayName']} Members", group["mail"] or "")
    owning = users.add_claim(site, f"{claim}_o", f"{group['displayName']} Owners", group["mail"] or "")
    groups.add_member(site, groups.ASSOCIATED["members"], members)
    users.set_user(site, {**owning, "IsSiteAdmin": True})
    site.doc.update(
        GroupId=group["id"],
        RelatedGroupId=group["id"],
        GroupOwnerLoginName=f"{claim}_o",
        Owner=f"{group['id']}_o",
        OwnerLoginName=f"{claim}_o",
        OwnerName=group["displayName"],
        OwnerEmail=group["mail"] or "",
    )
    site.store()
    return site
