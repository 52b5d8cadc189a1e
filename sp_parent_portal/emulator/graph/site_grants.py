"""What a site grants to applications (`Sites.Selected`): rows of the site's own, made, changed and removed. What such a
grant opens is not played: an application needs one of the tenant-wide permissions here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..web import json_answer
from .errors import GraphError
from .query import Doc, after, allow_only, cut_page, listing, page_size
from .routing import Call, route
from .sites import get_site_of

if TYPE_CHECKING:
    from ..sharepoint.site import Site

NEEDED = ("Sites.FullControl.All",)
ROLES = ("read", "write", "manage", "fullcontrol", "owner")
KIND, FIRST = "app grant", 1
DEPRECATED = "GrantedToIdentities has been deprecated. Refer to GrantedToIdentitiesV2"


def _show(doc: Doc) -> Doc:
    identities = [{"application": doc["application"]}]
    return {
        "id": doc["id"],
        "@deprecated.GrantedToIdentities": DEPRECATED,
        "roles": doc["roles"],
        "grantedToIdentities": identities,
        "grantedToIdentitiesV2": identities,
    }


def _read_roles(value: Any) -> list[str]:
    if not isinstance(value, list) or not value or any(role not in ROLES for role in value):
        raise GraphError(400, "invalidRequest", "Invalid request")
    return value


def _read_application(body: Doc) -> Doc:
    """Only applications can be granted a site this way (documented)."""
    given = body.get("grantedToIdentitiesV2") or body.get("grantedToIdentities")
    rows = given if isinstance(given, list) else []
    named = [
        each["application"] for each in rows if isinstance(each, dict) and isinstance(each.get("application"), dict)
    ]
    if len(named) != 1 or not named[0].get("id"):
        raise GraphError(400, "invalidRequest", "Invalid request")
    return {"id": str(named[0]["id"]), "displayName": str(named[0].get("displayName") or "")}


def _get(call: Call) -> tuple[Site, Doc]:
    site = get_site_of(call, call.args["site"])
    doc = site.find(KIND, call.args["permission"])
    if doc is None:
        raise GraphError(404, "itemNotFound", "Item not found")
    return site, doc


@route("GET", "/sites/<site>/permissions", permissions=NEEDED, service="sharepoint", price="permission")
def list_grants(call: Call) -> Response:
    allow_only(call.request, call.query, "$top", "$skiptoken")
    site = get_site_of(call, call.args["site"])
    rows = after((_show(doc) for doc in site.each(KIND)), call.query)
    page, more_after = cut_page(rows, page_size(call.query, default=200), lambda _: True)
    return listing(call.request, call.context(f"sites('{site.id}')/permissions"), page, more_after=more_after)


@route("POST", "/sites/<site>/permissions", permissions=NEEDED, service="sharepoint", price="permission")
def create_grant(call: Call) -> Response:
    site = get_site_of(call, call.args["site"])
    doc = {"application": _read_application(call.body), "roles": _read_roles(call.body.get("roles"))}
    number = str(site.next_number(KIND, FIRST))
    site.put(KIND, number, {**doc, "id": number})
    context = call.context(f"sites('{site.id}')/permissions/$entity")
    return json_answer({"@odata.context": context, **_show({**doc, "id": number})}, 201)


@route("GET", "/sites/<site>/permissions/<permission>", permissions=NEEDED, service="sharepoint", price="permission")
def get_grant(call: Call) -> Response:
    site, doc = _get(call)
    return json_answer({"@odata.context": call.context(f"sites('{site.id}')/permissions/$entity"), **_show(doc)})


@route("PATCH", "/sites/<site>/permissions/<permission>", permissions=NEEDED, service="sharepoint", price="permission")
def change_grant(call: Call) -> Response:
    site, doc = _get(call)
    changed = {**doc, "roles": _read_roles(call.body.get("roles"))}
    site.put(KIND, doc["id"], changed)
    return json_answer({"@odata.context": call.context(f"sites('{site.id}')/permissions/$entity"), **_show(changed)})


@route("DELETE", "/sites/<site>/permissions/<permission>", permissions=NEEDED, service="sharepoint", price="permission")
def remove_grant(call: Call) -> Response:
    site, doc = _get(call)
    site.remove(KIND, doc["id"])
    return Response(status=204)
