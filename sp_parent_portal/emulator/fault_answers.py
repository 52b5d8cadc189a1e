"""What a caller hears where the fault script has something to say: a refusal instead of the service's answer, or that
answer with a header more, another next page, or half of its body."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from werkzeug.wrappers import Response

from .faults import Fault
from .refusals import refuse_token
from .tenant import Tenant
from .tokens import GRAPH_HOST, Refusal
from .web import Request, json_answer

EXPIRED = "expired"
SAFE = "/:$,@()'"
SHAREPOINT_TEXTS = {429: "429 TOO MANY REQUESTS", 503: "503 SERVICE UNAVAILABLE"}


def make_reply(fault: Fault, request: Request, tenant: Tenant) -> Response:
    """The answer of the rule; without a body of its own, what a service of that host would say. 401 is a token that is
    not accepted any more."""
    status = fault.reply or 500
    if isinstance(fault.body, str):
        return Response(fault.body, status, fault.headers, content_type="application/json")
    if fault.body is not None:
        return Response(json.dumps(fault.body), status, fault.headers, content_type="application/json")
    if status == 401:
        reply = refuse_token(Refusal.EXPIRED, request.host_name, tenant)
        reply.headers.update(fault.headers)
        return reply
    if request.host_name != GRAPH_HOST:
        text = SHAREPOINT_TEXTS.get(status, f"{status}")
        return Response(text, status, fault.headers, content_type="text/plain")
    return json_answer({"error": GRAPH_ERRORS.get(status, _error("UnknownError", ""))}, status, fault.headers)


def _error(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "innerError": {}}


# 429: Microsoft Learn, Graph throttling, read 2026-08; the others are assumed.
GRAPH_ERRORS = {
    429: {
        "code": "TooManyRequests",
        "innerError": {"code": "429", "message": "Please retry after", "status": "429"},
        "message": "Please retry again later.",
    },
    403: _error("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    500: _error("InternalServerError", "Internal server error."),
    502: _error("BadGateway", "Bad gateway."),
    503: _error("ServiceUnavailable", "The service is temporarily unavailable."),
    504: _error("UnknownError", "Gateway timeout."),
}


def deform(fault: Fault, request: Request, response: Response) -> Response:
    """The service's answer with the rule's `headers`, `next_link` and `truncate`."""
    if fault.next_link is not None:
        _lead_astray(fault.next_link, request, response)
    response.headers.update(fault.headers)
    if fault.truncate is None:
        return response
    data = response.get_data()[: fault.truncate]
    return Response(data, response.status_code, [(k, v) for k, v in response.headers if k.lower() != "content-length"])


def _lead_astray(where: str, request: Request, response: Response) -> None:
    """Every page has a next one: itself, one whose token has expired, or any address. What is no page is left alone."""
    doc = json.loads(response.get_data()) if response.mimetype == "application/json" and response.get_data() else None
    page, name = _find_page(doc, request)
    if page is None:
        return
    query = request.query_string.decode()
    itself = f"{_address(request)}?{query}" if query else _address(request)
    page[name] = {"itself": itself, EXPIRED: _with_expired_token(request)}.get(where, where)
    response.set_data(json.dumps(doc))


def _find_page(doc: Any, request: Request) -> tuple[dict[str, Any] | None, str]:
    """The object that a link to the next page stands in, and the link's name in that dialect."""
    if not isinstance(doc, dict):
        return None, ""
    if isinstance(doc.get("d"), dict) and "results" in doc["d"]:
        return doc["d"], "__next"
    if not isinstance(doc.get("value"), list):
        return None, ""
    modern = request.host_name == GRAPH_HOST or request.headers.get("OData-Version", "").startswith("4")
    return doc, "@odata.nextLink" if modern else "odata.nextLink"


def _address(request: Request) -> str:
    return f"{request.scheme_and_host}{quote(request.path, safe=SAFE)}"


def _with_expired_token(request: Request) -> str:
    kept = {name: value for name, value in request.args.items() if name.lower() not in ("$skiptoken", "$skip")}
    return f"{_address(request)}?{urlencode({**kept, '$skiptoken': EXPIRED}, safe='$,', quote_via=quote)}"
