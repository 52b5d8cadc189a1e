"""`/_emulator/*`: what the emulator answers about itself, to this machine only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from werkzeug.wrappers import Response

from . import faults, guests, outbox, weather
from .web import Request, json_answer, unknown_endpoint

if TYPE_CHECKING:
    from .app import Emulator

Doc = dict[str, Any]
Handler: TypeAlias = Callable[["Emulator", Request], Response]
KINDS = {
    "users": "SELECT doc FROM users WHERE deleted = 0",
    "guests": "SELECT doc FROM users WHERE deleted = 0 AND kind = 'Guest'",
    "deleted_users": "SELECT doc FROM users WHERE deleted = 1",
    "groups": "SELECT doc FROM groups WHERE deleted = 0",
    "invitations": "SELECT doc FROM invitations",
    "mails": "SELECT doc FROM mails",
    "external_users": "SELECT doc FROM external_users",
}
MOST_ROWS = 1000


def answer(emulator: Emulator, request: Request) -> Response:
    handler = ENDPOINTS.get((request.method, request.path.rstrip("/")))
    return unknown_endpoint(request) if handler is None else handler(emulator, request)


def _get_health(emulator: Emulator, _request: Request) -> Response:
    return json_answer({"target": "emulator", "ready": True, "tenant": emulator.tenant.name})


def _get_outbox(emulator: Emulator, _request: Request) -> Response:
    return json_answer(outbox.list_outbox(emulator.state))


def _get_usage(emulator: Emulator, _request: Request) -> Response:
    return json_answer(emulator.usage.report())


# ---- the tenant as JSON ------------------------------------------------------------------------------------------


def _get_state(emulator: Emulator, request: Request) -> Response:
    """`kind` chooses one kind of thing, `site` one site (its address or the last part of it), `limit` rows per kind."""
    kind, site, limit = request.args.get("kind", ""), request.args.get("site", ""), request.args.get("limit", "100")
    if not limit.isdigit() or not 1 <= int(limit) <= MOST_ROWS:
        return _refuse(400, f"limit is a number from 1 to {MOST_ROWS}")
    parts = _site_parts(emulator, site, int(limit))
    if not site:
        parts = {**_directory_parts(emulator, int(limit)), **parts}
    if kind and kind not in parts:
        return _refuse(400, f"kind is one of {', '.join(sorted(parts))}")
    chosen = {kind: parts[kind]} if kind else parts
    return json_answer(
        {"target": "emulator", "tenant": emulator.tenant.name, **{n: make() for n, make in chosen.items()}}
    )


def _directory_parts(emulator: Emulator, limit: int) -> dict[str, Callable[[], Any]]:
    state = emulator.state

    def rows(sql: str) -> Callable[[], list[Doc]]:
        return lambda: [json.loads(r["doc"]) for r in state.db.execute(f"{sql} ORDER BY seq LIMIT ?", (limit,))]

    def list_memberships() -> list[Doc]:
        found = state.db.execute("SELECT group_id, member_id FROM members ORDER BY seq LIMIT ?", (limit,))
        return [{"group": row["group_id"], "member": row["member_id"]} for row in found]

    return {
        **{name: rows(sql) for name, sql in KINDS.items()},
        "members": list_memberships,
        "tenant_properties": lambda: state.get_fact("tenant_properties"),
        "authorization_policy": lambda: state.get_fact("authorization_policy"),
        "counts": lambda: count_rows(emulator),
    }


def count_rows(emulator: Emulator) -> dict[str, int]:
    tables = ("users", "groups", "members", "invitations", "mails", "outbox", "external_users", "sites", "site_things")
    found = {name: emulator.state.db.execute(f"SELECT count(*) AS n FROM {name}").fetchone()["n"] for name in tables}
    return {name: int(n) for name, n in found.items()}


def _site_parts(emulator: Emulator, site: str, limit: int) -> dict[str, Callable[[], Any]]:
    # A bare name is the last part of an address; % and _ in it are meant as they stand.
    name = site.rstrip("/")
    like = "%/" + name.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") if name else "%"
    where = "(url = ? OR url LIKE ? ESCAPE '\\')"

    def list_sites() -> list[Doc]:
        rows = emulator.state.db.execute(
            f"SELECT id, url, deleted, doc FROM sites WHERE {where} ORDER BY seq LIMIT ?", (name, like, limit)
        )
        return [{"id": r["id"], "url": r["url"], "deleted": bool(r["deleted"]), **json.loads(r["doc"])} for r in rows]

    def list_things() -> list[Doc]:
        rows = emulator.state.db.execute(
            "SELECT t.* FROM site_things t JOIN sites s ON s.id = t.site_id "
            f"WHERE {where} ORDER BY t.seq LIMIT ?", (name, like, limit),
        )  # fmt: skip
        return [
            {"site": r["site_id"], "kind": r["kind"], "parent": r["parent"], "id": r["id"], "doc": json.loads(r["doc"])}
            for r in rows
        ]

    return {"sites": list_sites, "site_things": list_things}


# ---- playing -----------------------------------------------------------------------------------------------------


def _refuse(status: int, because: str) -> Response:
    return json_answer({"target": "emulator", "error": {"code": "badRequest", "message": because}}, status)


def _read(request: Request, *names: str) -> Doc | None:
    """The JSON object sent, if it has these texts."""
    try:
        doc = request.json_body()
    except ValueError:
        return None
    fits = isinstance(doc, dict) and all(isinstance(doc.get(name), str) and doc[name] for name in names)
    return doc if fits else None


def _redeem(emulator: Emulator, request: Request) -> Response:
    doc = _read(request, "email")
    if doc is None:
        return _refuse(400, 'expected {"email": …} and perhaps "as"')
    try:
        return json_answer(guests.redeem(emulator, doc["email"], str(doc.get("as") or "")))
    except guests.CannotPlay as refusal:
        return _refuse(refusal.status, refusal.because)


def _visit(emulator: Emulator, request: Request) -> Response:
    doc = _read(request, "email", "site")
    if doc is None:
        return _refuse(400, 'expected {"email": …, "site": …}')
    site = doc["site"] if "://" in doc["site"] else f"https://{emulator.tenant.host}/sites/{doc['site'].strip('/')}"
    try:
        return json_answer(guests.visit(emulator, doc["email"], site))
    except guests.CannotPlay as refusal:
        return _refuse(refusal.status, refusal.because)


def _set_faults(emulator: Emulator, request: Request) -> Response:
    try:
        script = faults.read_script(request.json_body())
    except ValueError as error:
        return _refuse(400, str(error))
    faults.store_script(emulator.state, script)
    return json_answer({"target": "emulator", "rules": len(script)})


def _get_weather(emulator: Emulator, _request: Request) -> Response:
    return json_answer({"target": "emulator", "weather": weather.load_weather(emulator.state)})


def _set_weather(emulator: Emulator, request: Request) -> Response:
    """What is not named stays as it was; null takes a setting back."""
    try:
        settings = weather.read_weather(request.json_body())
    except ValueError as error:
        return _refuse(400, str(error))
    weather.store_weather(emulator.state, settings)
    emulator.set_clock()
    return _get_weather(emulator, request)


def _reset(emulator: Emulator, _request: Request) -> Response:
    emulator.reset()
    return json_answer({"target": "emulator", "tenant": emulator.tenant.name})


ENDPOINTS: dict[tuple[str, str], Handler] = {
    ("GET", "/_emulator/health"): _get_health,
    ("GET", "/_emulator/state"): _get_state,
    ("GET", "/_emulator/outbox"): _get_outbox,
    ("GET", "/_emulator/usage"): _get_usage,
    ("POST", "/_emulator/redeem"): _redeem,
    ("POST", "/_emulator/visit"): _visit,
    ("POST", "/_emulator/faults"): _set_faults,
    ("GET", "/_emulator/weather"): _get_weather,
    ("POST", "/_emulator/weather"): _set_weather,
    ("POST", "/_emulator/reset"): _reset,
}
