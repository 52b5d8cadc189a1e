"""Sharing of files in SharePoint's libraries: links are made, people invited, permissions listed and removed.

What a link may be follows the site's effective sharing. No recording of a refusal exists: its code is what production
handlers of other tools look for, its text is ours (COVERAGE.md).
"""

from __future__ import annotations

import uuid

from werkzeug.wrappers import Response

from ..sharepoint import archive, files, sharing
from ..sharepoint.rules import effective_sharing
from ..sharepoint.site import Site, find_site_by_id
from ..web import json_answer
from . import odata, sharing_people
from .errors import GraphError
from .query import Doc, after, allow_only, cut_page, listing, page_size
from .routing import Call, route

READ = ("Sites.Read.All", "Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All", "Files.Read.All",
        "Files.ReadWrite.All")  # fmt: skip
WRITE = ("Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All", "Files.ReadWrite.All")
ITEM = "/drives/<drive>/items/<item>"
SITE_ITEM = f"/sites/<site>{ITEM}"
ROLES = {"view": ["read"], "edit": ["write"]}
SCOPES = ("anonymous", "organization", "users")
ANYONE = 2
BLOCKED = "Access to this site has been blocked. Please contact the administrator to resolve this problem."


def _find(call: Call) -> tuple[Site, Doc]:
    """The site and the file. Raises GraphError where there is none."""
    place, unique = files.read_drive_id(call.args["drive"]), files.read_item_id(call.args["item"])
    site = None if place is None else find_site_by_id(call.emulator, place[0])
    file = None if site is None or unique is None else files.find_file_by_id(site, unique)
    if site is None or file is None:
        raise GraphError(404, "itemNotFound", "The resource could not be found.")
    if archive.status_of(site) != archive.ACTIVE:
        raise GraphError(423, "notAllowed", BLOCKED, inner={"code": "resourceLocked"})
    return site, file


def _address(call: Call, site: Site) -> str:
    drive, item = call.args["drive"].replace("!", "%21"), call.args["item"]
    return f"sites('{site.id}')/drives('{drive}')/items('{item}')/permissions"


@route("GET", f"{SITE_ITEM}/permissions", permissions=READ, service="sharepoint", price="permission")
@route("GET", f"{ITEM}/permissions", permissions=READ, service="sharepoint", price="permission")
def list_permissions(call: Call) -> Response:
    """Links, then who holds a level on the file by themselves or through the site."""
    allow_only(call.request, call.query, "$filter", "$select", "$top", "$skiptoken")
    test = call.query.filter
    site, file = _find(call)
    found = [
        _ordered({**doc, "grantedToIdentitiesV2": [], "grantedToIdentities": []})
        for doc in site.each("link", file["UniqueId"])
    ]
    rows = [doc for doc in [*found, *sharing_people.list_grants(site, file)] if test is None or odata.fits(test, doc)]
    page, more_after = cut_page(after(rows, call.query), page_size(call.query, default=200), lambda _: True)
    return listing(call.request, call.context(_address(call, site)), page, more_after=more_after)


@route("POST", f"{SITE_ITEM}/invite", permissions=WRITE, service="sharepoint", price="permission", sharing=True)
@route("POST", f"{ITEM}/invite", permissions=WRITE, service="sharepoint", price="permission", sharing=True)
def invite(call: Call) -> Response:
    return sharing_people.invite(call, *_find(call))


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
    people: list[sharing.Shared] = []
    if scope == "users" and call.body.get("recipients"):
        people = sharing_people.resolve_all(call, site, sharing_people.read_recipients(call), sends=False)
    known = next((doc for doc in site.each("link", file["UniqueId"]) if _is(doc, kind, scope)), None)
    doc = _with_members(site, file, known or _make_link(site, file, kind, scope), people)
    head = {"@odata.context": call.context("permission"), "@odata.type": "#microsoft.graph.permission"}
    identities: Doc = {}
    if scope == "users":
        both = [_show_member(each) for each in people]
        plain = [{"user": {name: each["user"][name] for name in ("displayName", "email", "id")}} for each in both]
        identities = {"grantedToIdentitiesV2": both, "grantedToIdentities": plain}
    location = f"https://{call.emulator.tenant.host}/_api/v2.0/{_address(call, site)}('{doc['id']}')"
    shown = {**head, **_ordered({**doc, **identities})}
    return json_answer(shown, 201 if known is None else 200, {"Location": location.replace("%21", "!")})


def _show_member(each: sharing.Shared) -> Doc:
    named = {"displayName": each.user["Title"], "email": each.user["Email"]}
    account = each.account or {"id": each.user["LoginName"].rpartition("|")[2]}
    return {
        "user": {"@odata.type": "#microsoft.graph.sharePointIdentity", **named, "id": account["id"]},
        "siteUser": {**named, "id": str(each.user["Id"]), "loginName": each.user["LoginName"]},
    }


def _with_members(site: Site, file: Doc, doc: Doc, people: list[sharing.Shared]) -> Doc:
    """The link, kept with whom it is for."""
    numbers = dict.fromkeys([*doc.get("_members", []), *(each.user["Id"] for each in people)])
    doc = {**doc, "_members": list(numbers), "_file": file["UniqueId"]}
    site.put("link", doc["id"], doc, parent=file["UniqueId"])
    return doc


def _is(doc: Doc, kind: str, scope: str) -> bool:
    return bool(doc["link"]["type"] == kind and doc["link"]["scope"] == scope)


def _make_link(site: Site, file: Doc, kind: str, scope: str) -> Doc:
    link_id = str(uuid.uuid4())
    letter = {".docx": "w", ".xlsx": "x", ".pptx": "p"}.get(file["Name"][-5:].lower(), "u")
    place = site.path.removeprefix("/sites/").strip("/")
    return {
        "id": link_id,
        "_made": site.now(),
        "roles": ROLES[kind],
        "hasPassword": False,
        "link": {
            "scope": scope,
            "type": kind,
            "webUrl": f"https://{site.emulator.tenant.host}/:{letter}:/s/{place}/E{link_id.replace('-', '')}",
            "preventsDownload": False,
        },
    }


def _check_sharing(call: Call, site: Site, scope: str) -> None:
    if scope == "anonymous" and effective_sharing(call.emulator, site) != ANYONE:
        text = "Sharing has been disabled for this site."
        raise GraphError(403, "accessDenied", text, inner={"code": "sharingDisabled"})


@route("DELETE", f"{SITE_ITEM}/permissions/<link>", permissions=WRITE, service="sharepoint", price="permission")
@route("DELETE", f"{ITEM}/permissions/<link>", permissions=WRITE, service="sharepoint", price="permission")
def remove_permission(call: Call) -> Response:
    site, file = _find(call)
    key = call.args["link"]
    if not site.remove("link", key, file["UniqueId"]) and not sharing_people.remove_grant(site, file, key):
        raise GraphError(404, "itemNotFound", "The resource could not be found.")
    return Response(status=204)
