"""The site of a Microsoft 365 group: made a while after the group. Each look brings it a step further (recorded: first
"Unable to provision resource.", then "Resource provisioning is in progress.", then it is there); how many looks there
are before is the fact `provisioning` (`group_site_polls`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

from .. import directory
from ..web import json_answer
from .errors import GraphError
from .groups import get_visible_group
from .query import Doc, allow_only, pick
from .routing import Call, route
from .sites import KNOWN, READ, SINGLE, show_site

if TYPE_CHECKING:
    from ..sharepoint.site import Site

FIRST, LATER = "Unable to provision resource.", "Resource provisioning is in progress. Please try again."
LOOKS = 2


def _get_site(call: Call) -> tuple[Doc, Site]:
    """The group and its site. Raises GraphError while it is not there."""
    from ..sharepoint.group_sites import find_site_of, make_site

    group = get_visible_group(call, call.args["key"])
    if "Unified" not in group["groupTypes"]:
        raise GraphError(404, "ResourceNotFound", "Resource is not found.")
    site = find_site_of(call.emulator, group)
    if site is None:
        looks = group.get("_site_looks", 0)
        wanted = (call.state.get_fact("provisioning") or {}).get("group_site_polls", LOOKS)
        if looks < wanted:
            with call.state.work():
                directory.store_group(call.state, {**group, "_site_looks": looks + 1})
            raise GraphError(404, "ResourceNotFound", LATER if looks else FIRST)
        with call.state.work():
            site = make_site(call.emulator, group)
    return group, site


@route("GET", "/groups/<key>/sites/root", permissions=READ, service="sharepoint", price="single_get")
def get_site_of_group(call: Call) -> Response:
    allow_only(call.request, call.query, "$select")
    _, site = _get_site(call)
    shown = pick(show_site(call, site), call.query.select, SINGLE, KNOWN, "site")
    return json_answer({"@odata.context": call.context("sites/$entity"), **shown})


@route("GET", "/groups/<key>/sites/root/webUrl", permissions=READ, service="sharepoint", price="single_get")
def get_address_of_site(call: Call) -> Response:
    group, site = _get_site(call)
    context = call.context(f"groups('{group['id']}')/sites('root')/webUrl")
    return json_answer({"@odata.context": context, "value": site.url})
