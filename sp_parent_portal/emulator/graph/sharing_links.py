"""Sharing links of files in SharePoint's libraries: made, listed, removed.

What a link may be follows the site's effective sharing. No recording of a refusal exists: its code is what production
handlers of other tools look for, its text is ours (COVERAGE.md).
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..web import ServiceError, json_answer, unknown_endpoint
from . import odata
from .errors import GraphError
from .query import Doc, allow_only, listing
from .routing import Call, route

if TYPE_CHECKING:
    from ..sharepoint.site import Site

READ = ("Sites.Read.All", "Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All", "Files.Read.All",
        "Files.ReadWrite.All")  # fmt: skip
WRITE = ("Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All", "Files.ReadWrite.All")
ITEM = "/drives/<drive>/items/<item>"
SITE_ITEM = f"/sites/<site>{ITEM}"
ROLES = {"view": ["read"], "edit": ["write"]}
SCOPES = ("anonymous", "organization", "users")
ANYONE = 2


def _find(call: Call) -> tuple[Site, Doc]:
    """The site and the file. Raises GraphError where there is none."""
    from ..sharepoint import files
    from ..sharepoint.site import find_site_by_id

    place, unique = files.read_drive_id(call.args["drive"]), files.read_item_id(call.args["item"])
    site = None if place is None else find_site_by_id(call.emulator, place[0])
    file = None if site is None or unique is None else files.find_file_by_id(site, unique)
    if site is None or file is None:
        raise GraphError(404, "itemNotFound", "The resource could not be found.")
    return site, file


def _address(call: Call, site: Site) -> str:
    drive, item = call.args["drive"].replace("!", "%21"), call.args["item"]
    return f"sites('{site.id}')/drives('{drive}')/items('{item}')/permissions"


@route("GET", f"{SITE_ITEM}/permissions", permissions=READ, service="sharepoint", price="permission")
@route("GET", f"{ITEM}/permissions", permissions=READ, service="sharepoint", price="permission")
def list_permissions(call: Call) -> Response:
    """Links; who may open the file otherwise is not played, so that `$filter=Link ne null` must be there."""
    allow_only(call.request, call.query, "$filter")
    test = call.query.filter
    if test is None or "link" not in {name.lower() for name in odata.list_paths(test)}:
        raise ServiceError(unknown_endpoint(call.request, " without $filter=Link ne null"))
    site, file = _find(call)
    found = [
        {**doc, "grantedToIdentitiesV2": [], "grantedToIdentities": []} for doc in site.each("link", file["UniqueId"])
    ]
    rows = [(0, _ordered(doc)) for doc in found if test is None or odata.fits(test, doc)]
    return listing(call.request, call.context(_address(call, site)), rows, more_after=None)


def _ordered(doc: Doc) -> Doc:
    names = ("id", "roles", "hasPassword", "grantedToIdentitiesV2", "grantedToIdentities", "link")
    return {name: doc[name] for name in names if name in doc}


@route("POST", f"{SITE_ITEM}/createLink", permissions=WRITE, service="sharepoint", price="permission", sharing=True)
@route("POST", f"{ITEM}/createLink", permissions=WRITE, service="sharepoint", price="permission", sharing=True)
def create_link(call: Call) -> Response:
    """201; the same link again is answered with 200."""
    site, file = _find(call)
    kind, scope = str(call.body.get("type", "view")), str(call.body.get("scope") or "organization")
    if kind not in ROLES or scope not in SCOPES:
        raise GraphError(400, "invalidRequest", "Invalid request")
    _check_sharing(call, site, scope)
    people = [_resolve(call, site, each) for each in call.body.get("recipients", [])] if scope == "users" else []
    known = next((doc for doc in site.each("link", file["UniqueId"]) if _is(doc, kind, scope)), None)
    doc = known or _make_link(site, file, kind, scope)
    head = {"@odata.context": call.context("permission"), "@odata.type": "#microsoft.graph.permission"}
    identities: Doc = {}
    if scope == "users":
        plain = [{"user": {name: each["user"][name] for name in ("displayName", "email", "id")}} for each in people]
        identities = {"grantedToIdentitiesV2": people, "grantedToIdentities": plain}
    location = f"https://{call.emulator.tenant.host}/_api/v2.0/{_address(call, site)}('{doc['id']}')"
    shown = {**head, **_ordered({**doc, **identities})}
    return json_answer(shown, 201 if known is None else 200, {"Location": location.replace("%21", "!")})


def _resolve(call: Call, site: Site, recipient: Any) -> Doc:
    """An account by one of its addresses, which becomes a user of the site. Raises GraphError."""
    from ..sharepoint import users
    from ..sharepoint.faults import Fault
    from ..sharepoint.rules import effective_sharing

    address = str(recipient.get("email", "")) if isinstance(recipient, dict) else ""
    account = users.find_account(call.state, address)
    if account is None or (users.is_guest(account) and not effective_sharing(call.emulator, site)):
        code = "noResolvedUsers" if account is None else "sharingDisabled"
        raise GraphError(400, "invalidRequest", "The recipient could not be invited.", inner={"code": code})
    user = users.ensure_user(site, account["userPrincipalName"])
    if isinstance(user, Fault):
        raise GraphError(400, "invalidRequest", user.message, inner={"code": "noResolvedUsers"})
    named = {"displayName": user["Title"], "email": user["Email"]}
    return {
        "user": {"@odata.type": "#microsoft.graph.sharePointIdentity", **named, "id": account["id"]},
        "siteUser": {**named, "id": str(user["Id"]), "loginName": user["LoginName"]},
    }


def _is(doc: Doc, kind: str, scope: str) -> bool:
    return bool(doc["link"]["type"] == kind and doc["link"]["scope"] == scope)


def _make_link(site: Site, file: Doc, kind: str, scope: str) -> Doc:
    link_id = str(uuid.uuid4())
    letter = {".docx": "w", ".xlsx": "x", ".pptx": "p"}.get(file["Name"][-5:].lower(), "u")
    place = site.path.removeprefix("/sites/").strip("/")
    doc: Doc = {
        "id": link_id,
        "roles": ROLES[kind],
        "hasPassword": False,
        "link": {
            "scope": scope,
            "type": kind,
            "webUrl": f"https://{site.emulator.tenant.host}/:{letter}:/s/{place}/E{link_id.replace('-', '')}",
            "preventsDownload": False,
        },
    }
    site.put("link", link_id, doc, parent=file["UniqueId"])
    return doc


def _check_sharing(call: Call, site: Site, scope: str) -> None:
    from ..sharepoint.rules import effective_sharing

    if scope == "anonymous" and effective_sharing(call.emulator, site) != ANYONE:
        text = "Sharing has been disabled for this site."
        raise GraphError(403, "accessDenied", text, inner={"code": "sharingDisabled"})


@route("DELETE", f"{SITE_ITEM}/permissions/<link>", permissions=WRITE, service="sharepoint", price="permission")
@route("DELETE", f"{ITEM}/permissions/<link>", permissions=WRITE, service="sharepoint", price="permission")
def remove_link(call: Call) -> Response:
    site, file = _find(call)
    if not site.remove("link", call.args["link"], file["UniqueId"]):
        raise GraphError(404, "itemNotFound", "The resource could not be found.")
    return Response(status=204)
