"""$batch: up to twenty calls in one, each answered, charged and failing on its own."""

from __future__ import annotations

import base64
import json
from typing import Any

from werkzeug.wrappers import Response

from ..limits import load_limits
from ..web import ConnectionLost, Request, json_answer, make_request
from .errors import GraphError
from .query import Doc
from .routing import Call, route

KEPT = [
    (name, name.lower())
    for name in ("Cache-Control", "x-ms-resource-unit", "OData-Version", "Location", "Retry-After", "Content-Type")
]
ANYTHING: tuple[str, ...] = ()


@route("POST", "/$batch", permissions=ANYTHING, service="batch", price="free")
def run_batch(call: Call) -> Response:
    items = _read_items(call)
    answers: list[Doc] = []
    statuses: dict[str, int] = {}
    lost: ConnectionLost | None = None
    for item in items:
        failed = [key for key in item.get("dependsOn", []) if not 200 <= statuses.get(key, 0) < 400]
        if failed:
            answer = _failed_dependency(item["id"])
        else:
            try:
                answer = _run_item(call, item)
            except ConnectionLost as error:
                # The service carries on with the others; it is the caller who hears nothing.
                lost, answer = error, {"id": item["id"], "status": 0}
        statuses[item["id"]] = answer["status"]
        answers.append(answer)
    if lost is not None:
        raise lost
    return json_answer({"responses": _reorder(answers)})


def _bad(message: str) -> GraphError:
    return GraphError(400, "BadRequest", message)


def _read_items(call: Call) -> list[Doc]:
    items = call.body.get("requests")
    if not isinstance(items, list) or not items:
        raise _bad("Invalid batch payload format.")
    most = load_limits()["graph"]["batch_requests"]
    if len(items) > most:
        raise _bad(f"Number of batch request steps exceeds the maximum value of {most}.")
    seen: set[str] = set()
    for item in items:
        if not isinstance(item, dict) or not {"id", "method", "url"} <= set(item):
            raise _bad("Each batch request step must have an id, a method and a url.")
        if str(item["id"]) in seen:
            raise _bad("Request Id should be unique in the batch.")
        unknown = [key for key in item.get("dependsOn", []) if key not in seen]
        if unknown:
            raise _bad(f"The batch step depends on an unknown step '{unknown[0]}'.")
        seen.add(str(item["id"]))
    return [{**item, "id": str(item["id"])} for item in items]


def _failed_dependency(key: str) -> Doc:
    error = {"code": "FailedDependency", "message": "A dependency of this request failed.", "innerError": {}}
    return {"id": key, "status": 424, "headers": {"Content-Type": "application/json"}, "body": {"error": error}}


def _run_item(call: Call, item: Doc) -> Doc:
    response = call.emulator.answer_item(_make_request(call, item))
    there = {name.lower(): value for name, value in response.headers}
    data, is_json = response.get_data(), there.get("content-type", "").startswith("application/json")
    answer: Doc = {"id": item["id"], "status": response.status_code, "headers": _headers_of(there)}
    if not data:
        answer["headers"].pop("Content-Type", None)
    elif is_json and response.status_code >= 400:
        answer["headers"]["Content-Type"] = "application/json"
    if data:
        answer["body"] = _body_of(data, is_json=is_json)
    return answer


def _make_request(call: Call, item: Doc) -> Request:
    body = item.get("body")
    headers = {str(name): str(value) for name, value in (item.get("headers") or {}).items()}
    headers.setdefault("Authorization", call.request.sent("Authorization"))
    headers["X-Forwarded-Proto"] = call.request.scheme_and_host.partition(":")[0]
    if body is not None:
        headers["Content-Type"] = "application/json"
    return make_request(
        str(item["method"]).upper(),
        f"https://{call.request.host}/{call.version}/{str(item['url']).lstrip('/')}",
        headers,
        doc=body,
    )


def _headers_of(there: Doc) -> dict[str, str]:
    """Recorded: an item carries few of the headers that the call alone would."""
    return {name: there[lowered] for name, lowered in KEPT if lowered in there}


def _body_of(data: bytes, *, is_json: bool) -> Any:
    try:
        return json.loads(data) if is_json else base64.b64encode(data).decode()
    except ValueError:
        return base64.b64encode(data).decode()


def _reorder(answers: list[Doc]) -> list[Doc]:
    """The order of answers is not promised (recorded: id 2 before id 1); here errors, told sooner, come first."""
    return sorted(answers, key=lambda answer: answer["status"] < 400)
