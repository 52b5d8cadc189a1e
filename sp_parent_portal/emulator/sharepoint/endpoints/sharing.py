"""SharePoint's own sharing: ShareObject, and what a file or item says of who it is shared with."""

from __future__ import annotations

import json
from urllib.parse import unquote, urlsplit

from .. import files, items, sharing, sharing_information
from ..answers import Entity, EntityType, Value
from ..faults import Fault, bad_query
from ..reading import read_flag, read_text
from ..routes import FULL, PERMISSION, Answer, Call, endpoint
from ..site import Doc, Site, find_site
from .files import file_of
from .items import item_of

RESULT = "SP.SharingResult"
INFORMATION = EntityType(
    "SP.Sharing.SharingInformation",
    plain=("canAddExternalPrincipal", "canAddInternalPrincipal", "directUrl", "itemUniqueId", "webUrl"),
)
ODATA = "Microsoft.Data.OData.ODataException"
EMPTY: Doc = {
    "ErrorMessage": None,
    "IconUrl": None,
    "InvitedUsers": None,
    "Name": None,
    "PermissionsPageRelativeUrl": None,
    "StatusCode": 0,
    "UniquelyPermissionedUsers": None,
    "Url": None,
    "UsersAddedToGroup": None,
}


@endpoint("POST", "sp.web.shareobject", needs=FULL, price=PERMISSION, sharing=True)
def share_object(call: Call) -> Answer:
    """200 whatever became of it: StatusCode and ErrorMessage tell."""
    keys, role = _read_keys(call), read_text(call.body, "roleValue")
    site, scope = _find_object(call)
    sends = read_flag(call.body, "sendEmail")
    subject = read_text(call.body, "emailSubject")
    try:
        sharing.check_role(site, role)
        for key in keys:
            sharing.check(site, call.token, key)
        shared = [sharing.resolve(site, call.request, key, sends=sends, subject=subject) for key in keys]
    except sharing.NotShared as refused:
        return _result({"ErrorMessage": refused.text, "StatusCode": refused.code})
    for each in shared:
        sharing.give(site, scope, each.user, role)
    return _result(_tell(site, shared, to_group=role.startswith("group:")))


def _read_keys(call: Call) -> list[str]:
    """Who was picked: a text of JSON. An array in its place is refused as seen. Raises Fault."""
    text = call.body.get("peoplePickerInput")
    if isinstance(text, list):
        raise Fault(
            400, -1, ODATA,
            "A node of type 'StartArray' was read from the JSON reader when trying to read the start of an entry. "
            "However, a node of type 'PrimitiveValue' was expected.",
        )  # fmt: skip
    try:
        rows = json.loads(str(text or "[]"))
    except ValueError:
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("Key") for row in rows) or not rows:
        raise bad_query("The value of peoplePickerInput is not valid.")
    return [str(row["Key"]) for row in rows]


def _find_object(call: Call) -> tuple[Site, str]:
    """The site, and the scope of permissions that `url` names: the site itself ("") or a file in it. Raises Fault."""
    address = read_text(call.body, "url").rstrip("/") or call.site.url
    found = find_site(call.emulator, address)
    if found is not None:
        return found, ""
    file = files.get_file(call.site, unquote(urlsplit(address).path), "path")
    return call.site, items.item_scope(files.get_item(call.site, file))


def _result(told: Doc) -> Value:
    return Value({**EMPTY, **told}, RESULT)


def _tell(site: Site, shared: list[sharing.Shared], *, to_group: bool) -> Doc:
    rows = [_row(each) for each in shared if each.invitation is None]
    invited = [
        {"Email": each.user["Email"], "InvitationLink": each.invitation["inviteRedeemUrl"], "Succeeded": True}
        for each in shared
        if each.invitation is not None
    ]
    return {
        "IconUrl": f"{site.url}/_layouts/15/images/siteicon.png",
        "InvitedUsers": invited or None,
        "Name": site.doc["Title"],
        "UniquelyPermissionedUsers": [] if to_group else rows,
        "Url": site.url,
        "UsersAddedToGroup": (rows or None) if to_group else None,
    }


def _row(each: sharing.Shared) -> Doc:
    return {
        "AllowedRoles": [0],
        "CurrentRole": 0,
        "DisplayName": each.user["Title"],
        "Email": each.user["Email"],
        "InvitationLink": None,
        "IsUserKnown": True,
        "Message": None,
        "Status": True,
        "User": each.user["LoginName"],
    }


# ---- what is shared


@endpoint("POST", "web/lists(*)/items(*)/getsharinginformation", price=PERMISSION, reads=True)
def get_information_of_item(call: Call) -> Answer:
    _, item = item_of(call)
    return _information(call, item, sharing_information.find_file(call.site, item))


@endpoint("POST", "web/file(*)/listitemallfields/getsharinginformation", price=PERMISSION, reads=True)
@endpoint("POST", "web/file(*)/getsharinginformation", price=PERMISSION, reads=True)
def get_information_of_file(call: Call) -> Answer:
    file = file_of(call)
    return _information(call, files.get_item(call.site, file), file)


def _information(call: Call, item: Doc, file: Doc | None) -> Answer:
    doc = sharing_information.make_information(call.site, item, file)
    if "permissionsinformation" not in call.options.expand:
        doc.pop("permissionsInformation")
    return Entity(INFORMATION, doc)
