"""CSOM: `POST …/_vti_bin/client.svc/ProcessQuery`. 200 for success and for every mistake; what was done before a
mistake is undone with it (assumed)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Response

from ...tokens import Token
from ...web import Request, ServiceError
from .. import authority
from ..faults import Fault, access_denied
from ..routes import ADMIN, FULL, READ
from . import external_users, lists, sites, tenant
from .parse import Query, read_query
from .render import render
from .session import READING, Session
from .things import ADMIN_OBJECTS

if TYPE_CHECKING:
    from ...app import Emulator
    from ..site import Site

__all__ = ["answer", "external_users", "lists", "sites", "tenant"]

VERSIONS = {"SchemaVersion": "15.0.0.0", "LibraryVersion": "16.0.24329.12004"}


def answer(emulator: Emulator, request: Request, token: Token, home: Site | None) -> Response:
    """Raises ServiceError with the answer to a mistake, so that nothing of it is kept."""
    request.operation, request.price = "POST ProcessQuery", "rest_other"
    correlation = request.headers.get("client-request-id") or str(uuid.uuid4())
    try:
        query = read_query(request.get_data(cache=True))
        _check(emulator, request, token, query)
        session = Session(emulator, query, home, correlation)
        results = session.run()
    except Fault as fault:
        raise ServiceError(_respond([_header(correlation, fault)], correlation)) from None
    request.writes = session.wrote
    return _respond([_header(correlation, None), *results], correlation)


def _check(emulator: Emulator, request: Request, token: Token, query: Query) -> None:
    """Tenant administration is played on its own host, and asks for its own permission. Raises Fault."""
    of_tenant = any(path.kind == "Constructor" or f"|{ADMIN_OBJECTS}:" in path.name for path in query.paths.values())
    if of_tenant and request.host_name != emulator.tenant.admin_host:
        raise access_denied()
    changes = any(action.kind in ("SetProperty", "Method") for action in query.actions) or any(
        path.kind == "Method" and not path.name.startswith(READING) for path in query.paths.values()
    )
    if not token.allows(authority.GRANTS[ADMIN if of_tenant else FULL if changes else READ]):
        raise access_denied()


def _header(correlation: str, fault: Fault | None) -> dict[str, Any]:
    error = None
    if fault is not None:
        error = {
            "ErrorMessage": fault.message,
            "ErrorValue": None,
            "TraceCorrelationId": correlation,
            "ErrorCode": fault.code,
            "ErrorTypeName": fault.kind,
        }
    return {**VERSIONS, "ErrorInfo": error, "TraceCorrelationId": correlation}


def _respond(parts: list[Any], correlation: str) -> Response:
    return Response(
        render(parts), content_type="application/json; charset=utf-8", headers={"SPRequestGuid": correlation}
    )
