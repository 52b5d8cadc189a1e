"""GroupSiteManager: sites of Microsoft 365 groups. Making a group this way needs somebody signed in."""

from __future__ import annotations

from typing import Any

from ... import directory
from .. import administration, group_sites, users, webs
from ..answers import Value, Void
from ..faults import access_denied, bad_value
from ..reading import read_flag, read_text, read_texts
from ..routes import FULL, READ, Answer, Call, endpoint
from ..site import ZERO, Doc, Site, find_site_by_id

INFO = "Microsoft.SharePoint.Portal.GroupSiteInfo"
NOT_FOUND, READY, ERROR = 0, 2, 3


@endpoint("POST", "groupsitemanager/creategroupex", needs=READ, service=True)
def create_group(call: Call) -> Answer:
    """Refusals are told in `ErrorMessage`, in 200; a success has null there."""
    if call.token.app_only:
        raise access_denied()
    alias, title = read_text(call.body, "alias"), read_text(call.body, "displayName")
    if not alias or not title:
        raise bad_value("Value cannot be null.\r\nParameter name: alias")
    if any(directory.list_groups(call.emulator.state, nicknames=[alias])):
        return _info(None, ZERO, ERROR, "The group alias already exists.")
    optional = call.body.get("optionalParams") or {}
    group = group_sites.make_group(
        call.emulator,
        {
            "displayName": title,
            "mailNickname": alias,
            "description": read_text(optional, "Description") or None,
            "visibility": "Public" if read_flag(call.body, "isPublic") else "Private",
            "creationOptions": read_texts(optional, "CreationOptions"),
        },
        _owners(call, read_texts(optional, "Owners")),
    )
    return _info(group_sites.make_site(call.emulator, group), group["id"], READY)


def _owners(call: Call, named: list[str]) -> list[str]:
    """Those named, and always the caller."""
    accounts = [users.find_account(call.emulator.state, name) for name in (*named, call.token.upn)]
    return list(dict.fromkeys(account["id"] for account in accounts if account is not None))


@endpoint("POST", "groupsitemanager/create", needs=FULL, service=True)
def create_site_of_group(call: Call) -> Answer:
    """GroupId is all zeros in the answer, as recorded."""
    group = _find_group(call, call.get("groupId", 0))
    if group is None:
        return _info(None, ZERO, NOT_FOUND)
    return _info(group_sites.make_site(call.emulator, group), ZERO, READY)


@endpoint("GET", "groupsitemanager/getsitestatus", needs=READ, service=True)
def get_status(call: Call) -> Answer:
    group = _find_group(call, call.get("groupId", 0))
    site = None if group is None else group_sites.find_site_of(call.emulator, group)
    return _info(site, ZERO, NOT_FOUND if site is None else READY)


@endpoint("POST", "groupsitemanager/delete", needs=FULL, service=True)
def delete_site(call: Call) -> Answer:
    """The group goes with its site."""
    site = administration.get_site(call.emulator, call.get("siteUrl"))
    group = _find_group(call, site.doc["GroupId"])
    if group is not None:
        directory.delete_group(call.emulator.state, group, call.emulator.now())
    administration.recycle_site(site)
    return Void()


@endpoint("POST", "sp.directory.directorysession/group/owners/add", needs=FULL, service=True)
def add_owner(call: Call) -> Answer:
    """The group in the brackets of `group`, the account in `objectId`."""
    named = call.path.find("group")
    group = _get_group(call, named.arguments[0][1] if named is not None and named.arguments else None)
    account = directory.find_user(call.emulator.state, str(call.get("objectId")))
    if account is None:
        raise bad_value("The user does not exist or is not unique.")
    owners = group.get("_owners", [])
    if account["id"] not in owners:
        directory.store_group(call.emulator.state, {**group, "_owners": [*owners, account["id"]]})
    return Void()


@endpoint("POST", "spogroup/updategrouppropertiesbysiteid", needs=FULL, service=True)
def change_group(call: Call) -> Answer:
    """A new name for the group and its site."""
    group, title = _get_group(call, call.get("groupId")), read_text(call.body, "displayName")
    directory.store_group(call.emulator.state, {**group, "displayName": title})
    site = find_site_by_id(call.emulator, str(call.get("siteId")))
    if site is not None:
        webs.change_web(site, {"Title": title})
    return Void()


def _get_group(call: Call, group_id: Any) -> Doc:
    """Raises Fault."""
    group = _find_group(call, group_id)
    if group is None:
        raise bad_value("The group does not exist.")
    return group


def _find_group(call: Call, group_id: Any) -> Doc | None:
    return directory.find_group(call.emulator.state, str(group_id).lower())


def _info(site: Site | None, group_id: str, status: int, message: str | None = None) -> Answer:
    url = None if site is None else site.url
    info = {
        "DocumentsUrl": None if url is None else f"{url}/Shared Documents",
        "ErrorMessage": message,
        "GroupId": group_id,
        "SiteStatus": status,
        "SiteUrl": url,
    }
    return Value(info, INFO)
