"""CSOM: `POST …/_vti_bin/client.svc/ProcessQuery`. 200 for success and for every mistake; what was done before a
mistake stays done."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ...tokens import Token
from ...web import Request
from .. import authority
from ..faults import Fault, access_denied
from ..routes import ADMIN, READ
from . import external_users, items, lists, navigation, people, permissions, sites, tenant
from .parse import Query, read_query
from .render import render
from .session import Session, tell
from .things import ADMIN_OBJECTS, VALUES

if TYPE_CHECKING:
    from ...app import Emulator
    from ..site import Site

__all__ = ["answer", "external_users", "items", "lists", "navigation", "people", "permissions", "sites", "tenant"]

VERSIONS = {"SchemaVersion": "15.0.0.0", "LibraryVersion": "16.0.24329.12004"}


def answer(emulator: Emulator, request: Request, token: Token, home: Site | None) -> Response:
    """The answer to a mistake is an answer like any other, so that what was done before it is kept. Raises NoSuchSite
    and Unplayed, which undo everything."""
    request.operation, request.price, request.writes = "POST ProcessQuery", "csom", False
    correlation = request.headers.get("client-request-id") or str(uuid.uuid4())
    try:
        query = read_query(request.get_data(cache=True))
        _check(emulator, request, token, query, home)
        session = Session(emulator, query, home, token, correlation)
    except Fault as fault:
        return _respond([_header(correlation, fault)], correlation)
    try:
        return _respond([_header(correlation, None), *session.run()], correlation)
    except Fault as fault:
        return _respond([_header(correlation, fault)], correlation)
    finally:
        request.writes = session.wrote


def _check(emulator: Emulator, request: Request, token: Token, query: Query, home: Site | None) -> None:
    """Tenant administration is played on its own host, and asks for its own permission; what more a method asks for is
    looked at when it is called. Raises Fault."""
    of_tenant = any(
        (path.kind == "Constructor" and path.type_id not in VALUES) or f"|{ADMIN_OBJECTS}:" in path.name
        for path in query.paths.values()
    )
    if of_tenant and request.host_name != emulator.tenant.admin_host:
        raise access_denied()
    if not token.allows(authority.GRANTS[ADMIN if of_tenant else READ]):
        raise access_denied()
    if home is not None:
        authority.check_lock(home, READ)


def _header(correlation: str, fault: Fault | None) -> dict[str, Any]:
    error = None if fault is None else tell(fault, correlation)
    return {**VERSIONS, "ErrorInfo": error, "TraceCorrelationId": correlation}


def _respond(parts: list[Any], correlation: str) -> Response:
    return Response(
        render(parts), content_type="application/json; charset=utf-8", headers={"SPRequestGuid": correlation}
    )
