"""Sites as Graph shows them; SharePoint keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from ..web import ServiceError, json_answer, unknown_endpoint
from .errors import GraphError
from .query import Doc, allow_only, context_of, cut_page, listing, page_size, pick
from .routing import Call, route

if TYPE_CHECKING:
    from ..sharepoint.site import Site

READ = ("Sites.Read.All", "Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All")
LISTED = ("id", "name", "displayName", "isPersonalSite", "root", "siteCollection", "webUrl", "createdDateTime",
          "lastModifiedDateTime")  # fmt: skip
SINGLE = ("createdDateTime", "description", "id", "lastModifiedDateTime", "name", "webUrl", "displayName", "root",
          "siteCollection")  # fmt: skip
KNOWN = (*SINGLE, "isPersonalSite", "sharepointIds")


def show_site(call: Call, site: Site) -> Doc:
    tenant = call.emulator.tenant
    host, web = tenant.host, site.web
    web_id = web["Id"]
    created = str(web["Created"]).rstrip("Z") + "Z"
    return {
        "id": f"{host},{site.id},{web_id}",
        "name": site.path.rsplit("/", 1)[-1] or "root",
        "displayName": web["Title"],
        "description": web["Description"],
        "isPersonalSite": False,
        "root": {},
        "siteCollection": {"hostname": host},
        "webUrl": site.url,
        "createdDateTime": created,
        "lastModifiedDateTime": web["LastItemModifiedDate"],
        "sharepointIds": {"siteId": site.id, "siteUrl": site.url, "tenantId": tenant.id, "webId": web_id},
    }


def _answer_all(call: Call) -> Response:
    if not call.token.app_only:
        raise GraphError(403, "accessDenied", "This operation is supported for application permissions only.")
    allow_only(call.request, call.query, "$select", "$top", "$skiptoken")
    from ..sharepoint.site import list_sites

    size = page_size(call.query, default=200)
    sites = list_sites(call.emulator, after=call.query.after, limit=size + 1)
    rows = ((site.number, show_site(call, site)) for site in sites)
    page, more_after = cut_page(rows, size, lambda _: True)
    shown = [(number, pick(doc, call.query.select, LISTED, KNOWN, "site")) for number, doc in page]
    return listing(call.request, call.context(context_of("sites", call.query.select)), shown, more_after=more_after)


@route("GET", "/sites", permissions=READ, service="sharepoint", price="list_get")
def search_sites(call: Call) -> Response:
    """`?search=` finds sites whose title or address holds the words; `*` finds all."""
    allow_only(call.request, call.query, "$select", "$top", "$skiptoken")
    from ..sharepoint.site import list_sites

    words = call.request.args.get("search", "").lower().strip("*").split()
    size = page_size(call.query, default=200)
    sites = list_sites(call.emulator, after=call.query.after, limit=-1 if words else size + 1)
    rows = ((site.number, show_site(call, site)) for site in sites)

    def wanted(doc: Doc) -> bool:
        return all(word in f"{doc['displayName']} {doc['webUrl']}".lower() for word in words)

    page, more_after = cut_page(rows, size, wanted)
    shown = [(number, pick(doc, call.query.select, SINGLE, KNOWN, "site")) for number, doc in page]
    return listing(call.request, call.context(context_of("sites", call.query.select)), shown, more_after=more_after)


@route("GET", "/sites/getAllSites", permissions=READ, service="sharepoint", price="list_get")
def list_all_sites(call: Call) -> Response:
    return _answer_all(call)


@route("GET", "/sites/oneDrive.getAllSites", permissions=READ, service="sharepoint", price="list_get")
def list_all_sites_of_one_drive(call: Call) -> Response:
    return _answer_all(call)


@route("GET", "/sites/root", permissions=READ, service="sharepoint", price="single_get")
def get_root_site(call: Call) -> Response:
    return _answer_site(call, f"https://{call.emulator.tenant.host}")


@route("GET", "/sites/<host>:/<path:path>", permissions=READ, service="sharepoint", price="single_get")
def get_site_by_path(call: Call) -> Response:
    if ":" in call.args["path"]:
        raise ServiceError(unknown_endpoint(call.request))
    _check_host(call, call.args["host"])
    return _answer_site(call, f"https://{call.emulator.tenant.host}/{call.args['path']}")


@route("GET", "/sites/<key>", permissions=READ, service="sharepoint", price="single_get")
def get_site(call: Call) -> Response:
    """By `host`, `host,site id,web id` or site id."""
    return _answer_site(call, get_site_of(call, call.args["key"]).url)


def get_site_of(call: Call, key: str) -> Site:
    """By `host`, `host,site id,web id`, site id or `root`. Raises GraphError."""
    from ..sharepoint.site import find_site, find_site_by_id

    parts = key.rstrip(":").split(",")
    if "." in parts[0]:
        _check_host(call, parts[0])
    if len(parts) == 1 and ("." in parts[0] or key == "root"):
        site = find_site(call.emulator, f"https://{call.emulator.tenant.host}")
    else:
        site = find_site_by_id(call.emulator, parts[1] if len(parts) > 1 else parts[0])
    if site is None:
        raise GraphError(404, "itemNotFound", "Requested site could not be found")
    return site


def _check_host(call: Call, host: str) -> None:
    if host.lower() != call.emulator.tenant.host:
        raise GraphError(400, "invalidRequest", "Invalid hostname for this tenancy")


def _answer_site(call: Call, url: str) -> Response:
    from ..sharepoint.site import find_site

    allow_only(call.request, call.query, "$select")
    site = find_site(call.emulator, url)
    if site is None:
        raise GraphError(404, "itemNotFound", "Requested site could not be found")
    shown = pick(show_site(call, site), call.query.select, SINGLE, KNOWN, "site")
    context = call.context(f"{context_of('sites', call.query.select)}/$entity")
    return json_answer({"@odata.context": context, **shown})
