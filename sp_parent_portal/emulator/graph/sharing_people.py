"""Sharing one file with people: the invite of a drive item, people added to a link there is, and who holds what on it.

Ids of permissions: base64url of the login name for a person or group, the link's own id for a link (both recorded).
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..sharepoint import files, items, permissions, sharing
from ..sharepoint.site import find_site
from ..web import json_answer
from .errors import GraphError
from .query import Doc
from .routing import Call, route

if TYPE_CHECKING:
    from ..sharepoint.site import Site

WRITE = ("Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All", "Files.ReadWrite.All")
LEVELS = {"read": permissions.READ, "write": permissions.EDIT, "owner": permissions.FULL_CONTROL}
TYPE = "#microsoft.graph.permission"
LINK = re.compile(r"https://[^/]+/:\w:/s/(?P<place>.+)/E(?P<id>[0-9a-f]{32})$")
# What handlers of other tools look for in innerError (no recording of a refusal exists).
CODES = {sharing.DISABLED: ("sharingDisabled", "accessDenied", 403)}


def invite(call: Call, site: Site, file: Doc) -> Response:
    """All of the recipients, or none."""
    roles = call.body.get("roles")
    if not isinstance(roles, list) or not roles or any(str(role).lower() not in LEVELS for role in roles):
        raise GraphError(400, "invalidRequest", "Invalid request")
    keys = read_recipients(call)
    scope = items.item_scope(files.get_item(site, file))
    shared = resolve_all(call, site, keys, sends=bool(call.body.get("sendInvitation", False)))
    level = max((LEVELS[str(role).lower()] for role in roles), key=list(LEVELS.values()).index)
    for each in shared:
        sharing.give(site, scope, each.user, f"role:{level}")
    rows = [{"@odata.type": TYPE, "id": permission_id(each.user), "roles": roles, "grantedTo": {"user": _user(each)}}
            for each in shared]  # fmt: skip
    return json_answer({"@odata.context": call.context("Collection(permission)"), "value": rows})


def read_recipients(call: Call) -> list[str]:
    recipients = call.body.get("recipients")
    keys = [str(each.get("email") or each.get("alias") or "") for each in recipients or [] if isinstance(each, dict)]
    if not isinstance(recipients, list) or not keys or not all(keys):
        raise GraphError(400, "invalidRequest", "Invalid request")
    return keys


def resolve_all(call: Call, site: Site, keys: list[str], *, sends: bool) -> list[sharing.Shared]:
    """Raises GraphError where one of them cannot be shared with."""
    try:
        for key in keys:
            sharing.check(site, call.token, key)
        return [sharing.resolve(site, call.request, key, sends=sends) for key in keys]
    except sharing.NotShared as refused:
        inner, code, status = CODES.get(refused.code, ("noResolvedUsers", "invalidRequest", 400))
        raise GraphError(status, code, refused.text, inner={"code": inner}) from None


def permission_id(user: Doc) -> str:
    return base64.urlsafe_b64encode(user["LoginName"].encode()).decode().rstrip("=")


def _user(each: sharing.Shared) -> Doc:
    account = each.account or {"id": each.user["LoginName"].rpartition("|")[2]}
    return {"email": each.user["Email"], "id": account["id"], "displayName": each.user["Title"]}


# ---- who holds what


def list_grants(site: Site, file: Doc) -> list[Doc]:
    """One row for each user or group of the site with a level on the file."""
    scope = items.item_scope(files.get_item(site, file))
    inherited = permissions.effective_scope(site, scope) != scope
    rows = []
    for assignment in permissions.list_assignments(site, scope):
        roles = _roles_of(site, assignment["_roles"])
        if roles:
            principal = permissions.get_principal(site, assignment["PrincipalId"]).doc
            rows.append({**_show_grant(principal, roles), **({"inheritedFrom": {}} if inherited else {})})
    return rows


def _roles_of(site: Site, held: list[int]) -> list[str]:
    names = []
    for number in held:
        role = site.find("role", number)
        if role is None or number == permissions.LIMITED_ACCESS:
            continue
        edits = int(role["BasePermissions"]["Low"]) & 0x4
        names.append("owner" if number == permissions.FULL_CONTROL else "write" if edits else "read")
    return sorted(set(names))


def _show_grant(principal: Doc, roles: list[str]) -> Doc:
    named = {"displayName": principal["Title"], "id": str(principal["Id"]), "loginName": principal["LoginName"]}
    if principal["PrincipalType"] != 1:
        return {"id": permission_id(principal), "roles": roles, "grantedToV2": {"siteGroup": named}}
    user = {"displayName": principal["Title"], "email": principal["Email"], "id": str(principal["Id"])}
    both = {"user": user, "siteUser": {**named, "email": principal["Email"]}}
    return {"id": permission_id(principal), "roles": roles, "grantedToV2": both, "grantedTo": {"user": user}}


def remove_grant(site: Site, file: Doc, key: str) -> bool:
    """Whether somebody of that permission id held something on the file itself."""
    scope = items.item_scope(files.get_item(site, file))
    user = next((each for each in site.each("user") if permission_id(each) == key), None)
    if user is None or not permissions.is_unique(site, scope):
        return False
    held = [grant["role"] for grant in site.each("grant", scope) if grant["principal"] == user["Id"]]
    for role in held:
        permissions.remove_grant(site, scope, user["Id"], role)
    return bool(held)


# ---- people added to a link there is


@route("POST", "/shares/<share>/permission/grant", permissions=WRITE, service="sharepoint", price="permission",
       sharing=True)  # fmt: skip
def grant(call: Call) -> Response:
    """`share` is `u!` and base64url of the link's address."""
    site, link = _find_link(call)
    shared = resolve_all(call, site, read_recipients(call), sends=False)
    members = list(dict.fromkeys([*link.get("_members", []), *(each.user["Id"] for each in shared)]))
    site.put("link", link["id"], {**link, "_members": members}, parent=link["_file"])
    rows = []
    for each in shared:
        address = f"{link['link']['webUrl']}?email={each.user['Email'].replace('@', '%40')}"
        named: Any = {"id": link["id"], "roles": link["roles"], "hasPassword": False, "grantedToIdentities": []}
        rows.append({"@odata.type": TYPE, **named, "link": {**link["link"], "webUrl": address}})
    return json_answer({"@odata.context": call.context("Collection(permission)"), "value": rows})


def _find_link(call: Call) -> tuple[Site, Doc]:
    text = call.args["share"].removeprefix("u!")
    try:
        found = LINK.match(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition("?")[0])
    except ValueError:
        found = None
    host = call.emulator.tenant.host
    site = None if found is None else find_site(call.emulator, f"https://{host}/sites/{found['place']}")
    rows = [] if site is None else [doc for file in site.each("file") for doc in site.each("link", file["UniqueId"])]
    link = next((doc for doc in rows if found is not None and doc["id"].replace("-", "") == found["id"]), None)
    if site is None or link is None:
        raise GraphError(404, "itemNotFound", "The resource could not be found.")
    return site, link
