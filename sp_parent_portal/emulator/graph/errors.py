"""Refusals in Graph's shape."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Response

from ..web import Request, json_answer


class GraphError(Exception):
    """Code, message and status as the service gives them. `inner` goes into innerError before date and request-id;
    `keeps` says that what the call had written stays although it is refused."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        inner: dict[str, Any] | None = None,
        details: Any = None,
        keeps: bool = False,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.inner = inner or {}
        self.details = details
        self.keeps = keeps


def bad_request(message: str) -> GraphError:
    return GraphError(400, "Request_BadRequest", message)


def unsupported_query(message: str) -> GraphError:
    return GraphError(400, "Request_UnsupportedQuery", message)


def no_such_resource(key: str) -> GraphError:
    """Recorded: what the directory says of an object it does not have, or does not have yet."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{key}' does not exist or one of its queried reference-property objects are not present.",
    )


def request_id_of(request: Request) -> tuple[str, str]:
    """request-id and client-request-id: they are equal unless the client sent its own."""
    request_id = str(uuid.uuid4())
    return request_id, request.sent("client-request-id", request_id)


def error_answer(error: GraphError, ids: tuple[str, str], now: datetime) -> Response:
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.details is not None:
        body["details"] = error.details
    answer = json_answer({"error": {**body, "innerError": error.inner}}, error.status)
    return complete_error(answer, ids, now)


def complete_error(answer: Response, ids: tuple[str, str], now: datetime) -> Response:
    """Date (without a zone, as recorded) and ids of the request, in an answer that has an innerError."""
    doc = json.loads(answer.get_data())
    if "innerError" not in doc["error"]:
        return answer
    doc["error"]["innerError"] |= {
        "date": now.strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": ids[0],
        "client-request-id": ids[1],
    }
    answer.set_data(json.dumps(doc))
    return answer
