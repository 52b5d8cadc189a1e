"""Microsoft Graph: directory, invitations, groups, mail, sites, tenant settings."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ..tokens import GRAPH_HOST
from ..web import Request, ServiceError, put_headers
from .errors import GraphError, complete_error, error_answer, request_id_of
from .routing import ROUTES, Router, make_call

if TYPE_CHECKING:
    from ..app import Emulator

# Recorded: every answer names the front end that gave it.
DIAGNOSTIC = (
    '{"ServerInfo":{"DataCenter":"West Europe","Slice":"E","Ring":"5","ScaleUnit":"000","RoleInstance":"EMULATOR"}}'
)
JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


def load_routes() -> None:
    """Fill ROUTES: importing these modules registers what they play."""
    from . import (  # noqa: F401 - registered
        batch,
        deleted,
        education,
        group_sites,
        groups,
        invitations,
        mail,
        mail_changes,
        members,
        settings,
        sharing_links,
        sharing_people,
        site_grants,
        sites,
        user_making,
        users,
    )


@cache
def _router() -> Router:
    load_routes()
    return Router(ROUTES)


def answer(emulator: Emulator, request: Request) -> Response:
    """Raises ServiceError with the answer to give, after which nothing the call wrote remains."""
    ids = request_id_of(request)
    try:
        route, call = make_call(emulator, request, _router(), GRAPH_HOST)
        response = route.handler(call)
    except GraphError as error:
        refusal = _decorate(error_answer(error, ids, emulator.now()), request, ids)
        if error.keeps:
            return refusal
        raise ServiceError(refusal) from None
    except ServiceError as error:
        raise ServiceError(_decorate(complete_error(error.answer, ids, emulator.now()), request, ids)) from None
    return _decorate(response, request, ids)


def _without_annotations(value: Any) -> Any:
    """What `odata.metadata=none` leaves: only counts and links to further pages."""
    if isinstance(value, list):
        return [_without_annotations(each) for each in value]
    if isinstance(value, dict):
        dropped = ("@odata.context", "@odata.type", "@odata.etag")
        return {name: _without_annotations(each) for name, each in value.items() if name not in dropped}
    return value


def _decorate(response: Response, request: Request, ids: tuple[str, str]) -> Response:
    """The recorded headers of every answer."""
    headers = {
        "request-id": ids[0],
        "client-request-id": ids[1],
        "x-ms-ags-diagnostic": DIAGNOSTIC,
        "Strict-Transport-Security": "max-age=31536000",
        "Vary": "Accept-Encoding",
    }
    if request.service == "directory":
        headers["Cache-Control"] = "no-cache"
    if response.status_code < 400:
        headers["OData-Version"] = "4.0"
        if request.service == "sharepoint":
            headers["Cache-Control"] = "no-store, no-cache"
        if response.headers.get("Content-Type", "").startswith("application/json"):
            headers["Content-Type"] = JSON_TYPE
            if "odata.metadata=none" in request.sent("Accept").lower() and request.service != "batch":
                response.set_data(json.dumps(_without_annotations(json.loads(response.get_data()))))
                headers["Content-Type"] = JSON_TYPE.replace("metadata=minimal", "metadata=none")
    put_headers(response, headers)
    return response
