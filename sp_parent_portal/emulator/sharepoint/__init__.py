"""SharePoint Online's half of the emulator: REST on `contoso.sharepoint.com` and `contoso-admin.sharepoint.com`."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote

from werkzeug.wrappers import Response

from ..tokens import Token
from ..web import Request, ServiceError, json_answer, put_headers
from . import authority, batch, birth, csom, dialects, endpoints
from .answers import Entity, Rows, Value
from .faults import Fault, NoSuchSite, Unplayed, bad_query, bad_value
from .options import Options, read_options
from .paths import BadPath, Path, parse
from .routes import ENDPOINTS, PERMISSION, Answer, Call, unwrap, verb_of
from .site import Doc, Site, find_site

if TYPE_CHECKING:
    from ..app import Emulator

__all__ = ["answer", "endpoints"]

# The verbose dialect names a function's result after the function, in the function's own spelling.
FUNCTION_NAMES = {"contextinfo": "GetContextWebInformation", "create": "Create", "status": "Status"}


def answer(emulator: Emulator, request: Request) -> Response:
    """One request to a SharePoint host. Raises ServiceError for a refusal, so that nothing of it is kept."""
    token = emulator.read_token(request, request.host_name)
    try:
        response = _answer(emulator, request, token)
    except ServiceError as error:
        raise ServiceError(_headed(request, error.answer)) from None
    except Fault as fault:
        raise ServiceError(_headed(request, _refuse(request, fault))) from None
    except BadPath as error:
        raise ServiceError(_headed(request, _refuse(request, bad_query(str(error))))) from None
    except NoSuchSite:
        # Not raised on: that a site which is being made was looked at counts.
        return _headed(request, Response("404 FILE NOT FOUND", 404, content_type="text/plain"))
    except Unplayed as unplayed:
        raise ServiceError(_headed(request, _not_played(request, unplayed.what))) from None
    return _headed(request, response)


def _answer(emulator: Emulator, request: Request, token: Token) -> Response:
    path = parse(request.path, request.args)
    if path is None:
        raise Unplayed("a page, a file or another service")
    if path.shape == "$batch":
        return batch.answer(emulator, request)
    verb = verb_of(request)
    if path.shape == "processquery" and verb == "POST":
        return csom.answer(emulator, request, token, _home_of(emulator, request, path))
    found = ENDPOINTS.get((verb, path.shape))
    if found is None:
        raise Unplayed(f"{verb} _api/{path.shape}")
    request.operation, request.price = f"{verb} _api/{path.shape}", found.price
    request.writes = verb != "GET" and not found.reads
    request.sharing = found.sharing
    if found.sharing:
        emulator.check_limits(request)
    authority.check(token, found.needs)
    home = _home_of(emulator, request, path)
    if not found.service:
        if home is None:
            raise NoSuchSite
        authority.check_lock(home, found.needs)
    options = read_options(request.args)
    if "roleassignments" in options.expand:
        request.price = PERMISSION
    call = Call(emulator, request, token, path, {} if found.binary else _read_body(request), options, home)
    return _write(call, found.function(call))


def _home_of(emulator: Emulator, request: Request, path: Path) -> Site | None:
    site = find_site(emulator, f"https://{request.host_name}{path.site_path}")
    if site is not None and birth.advance(site):
        return None
    return site


def _read_body(request: Request) -> Doc:
    if request.method in ("GET", "HEAD"):
        return {}
    try:
        body = unwrap(request.json_body())
    except ValueError:
        raise bad_value("Invalid JSON. A token was not recognized in the JSON content.") from None
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise bad_value("Invalid JSON. The body must be an object.")
    return body


def _write(call: Call, result: Answer) -> Response:
    name = call.path.text.rpartition("/")[2].partition("(")[0].partition("?")[0]
    last = call.path.segments[-1]
    function = FUNCTION_NAMES.get(last.name, name.rpartition(".")[2])
    base = f"{call.request.scheme_and_host}{call.path.site_path}/_api"
    writer = dialects.Writer(dialects.choose(call.request), base, function, call.home)
    address = f"{base}/{quote(call.path.text, safe='/()@,=$')}" if isinstance(result, Rows) else ""
    options = call.options if isinstance(result, Entity | Rows | Value) else Options()
    return writer.write(result, options, address)


def _refuse(request: Request, fault: Fault) -> Response:
    writer = dialects.Writer(dialects.choose(request), "", "", None)
    return writer.write(fault, Options(), "")


def _not_played(request: Request, what: str) -> Response:
    message = f"The emulator does not play {what} ({verb_of(request)} https://{request.host_name}{request.path})"
    return json_answer({"error": {"code": "emulatorNotImplemented", "message": message}}, 501)


def _headed(request: Request, response: Response) -> Response:
    """What every recorded answer carries."""
    named = {"SPClientServiceRequestDuration": "20", "X-SharePointHealthScore": "0", "X-SP-SERVERSTATE": "ReadOnly=0"}
    if not any(name == "SPRequestGuid" for name, _ in response.headers):
        named["SPRequestGuid"] = request.sent("client-request-id") or str(uuid.uuid4())
    put_headers(response, named)
    return response
