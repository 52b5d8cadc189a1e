"""A small OneRoster provider after the specification (1EdTech OneRoster 1.1 and 1.2 REST bindings, read 2026-11):
tokens, collections in pages, its way of refusing; and everything that real ones do wrong, on order."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOST = "sis.school.example"
PATHS = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/rostering/v1p2"}
TOKEN_PATH = "/oauth/token"
CLIENT_ID, CLIENT_SECRET = "portal", "s3cret/+="
Row = dict[str, Any]


def reference(sourced_id: str, kind: str, base: str = f"https://{HOST}") -> Row:
    return {"href": f"{base}/{kind}s/{sourced_id}", "sourcedId": sourced_id, "type": kind}


def user(version: str, sourced_id: str, role: str, agents: Iterable[str] = (), **more: Any) -> Row:
    """One user as the version writes it; a password is always there, to be dropped."""
    row: Row = {
        "sourcedId": sourced_id,
        "status": "active",
        "dateLastModified": "2026-09-01T08:00:00.000Z",
        "username": sourced_id.lower(),
        "enabledUser": "true" if version == "1.1" else True,
        "givenName": f"Given{sourced_id}",
        "familyName": "Hale",
        "email": "" if role == "student" else f"{sourced_id.lower()}@mail.example",
        "agents": [reference(each, "user") for each in agents],
        "password": "planted-password",
        "metadata": {"note": "planted-note"},
    }
    if version == "1.1":
        row |= {"role": role, "orgs": [reference("O1", "org")]}
    else:
        row["roles"] = [{"roleType": "primary", "role": role, "org": reference("O1", "org")}]
    return {**row, **more}


def school(version: str) -> dict[str, list[Row]]:
    """Two students, three contacts; every link on both sides."""
    return {
        "users": [
            user(version, "S1", "student", ["P1", "P2"]),
            user(version, "S2", "student", ["P1"]),
            user(version, "P1", "parent", ["S1", "S2"]),
            user(version, "P2", "guardian", ["S1"]),
            user(version, "T1", "teacher"),
        ],
        "orgs": [{"sourcedId": "O1", "status": "active", "name": "Hill School", "type": "school"}],
        "demographics": [{"sourcedId": "S2", "status": "active", "birthDate": "2008-05-01"}],
    }


@dataclass
class Fault:
    """What goes wrong when a path is asked for the `nth` time; `times` in a row. `body` None: the answer is changed
    by `link` or `total` alone."""

    path: str
    nth: int = 1
    times: int = 1
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    seen: int = 0

    def strikes(self, path: str) -> bool:
        if not path.endswith(self.path):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


@dataclass
class OneRosterService:
    """`paging` is `link` or `offset`; `largest` page it ever gives; `counts` whether it sends X-Total-Count;
    `scopes` it knows (None: all); `ignores_offset` gives the first page for ever."""

    version: str = "1.1"
    paging: str = "link"
    largest: int = 2
    counts: bool = True
    scopes: frozenset[str] | None = None
    ignores_offset: bool = False
    data: dict[str, list[Row]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    tokens: int = 0
    revoked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.data = self.data or school(self.version)

    @property
    def url(self) -> str:
        return f"https://{HOST}{PATHS[self.version]}"

    @property
    def token_url(self) -> str:
        return f"https://{HOST}{TOKEN_PATH}"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, query = environ["PATH_INFO"], parse_qs(environ.get("QUERY_STRING", ""))
        self.asked.append(f"{environ['REQUEST_METHOD']} {path}?{environ.get('QUERY_STRING', '')}")
        base = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}"
        size = int(environ.get("CONTENT_LENGTH") or 0)
        form = parse_qs(environ["wsgi.input"].read(size).decode()) if size else {}
        status, headers, body = self._answer(path, query, form, environ.get("HTTP_AUTHORIZATION", ""), base)
        for fault in self.faults:
            if fault.strikes(path):
                status, headers = fault.status, headers | fault.headers
                body = body if fault.body is None else fault.body
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/json", "Content-Length": str(len(payload)), **headers}
        start_response(f"{status} {'OK' if status < 400 else 'Refused'}", list(given.items()))
        return [payload]

    def _answer(
        self, path: str, query: dict[str, list[str]], form: dict[str, list[str]], authorization: str, base: str
    ) -> tuple[int, dict[str, str], Any]:
        if path == TOKEN_PATH:
            return self._give_token(form, authorization)
        token = authorization.removeprefix("Bearer ")
        if token in self.revoked or token != f"token-{self.tokens}":
            return 401, {}, refusal("unauthorisedrequest")
        collection = path.removeprefix(f"{PATHS[self.version]}/")
        if not path.startswith(PATHS[self.version]) or collection not in self.data:
            return 404, {}, refusal("unknownobject")
        return self._page(collection, query, base)

    def _give_token(self, form: dict[str, list[str]], authorization: str) -> tuple[int, dict[str, str], Any]:
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        if [unquote(each) for each in pair] != [CLIENT_ID, CLIENT_SECRET]:
            return 401, {}, {"error": "invalid_client", "error_description": f"secret {CLIENT_SECRET} is wrong"}
        if form.get("grant_type") != ["client_credentials"]:
            return 400, {}, {"error": "unsupported_grant_type"}
        if self.scopes is not None and form.get("scope", [""])[0] not in self.scopes:
            return 400, {}, {"error": "invalid_scope"}
        self.tokens += 1
        return 200, {}, {"access_token": f"token-{self.tokens}", "token_type": "bearer", "expires_in": 3600}

    def _page(self, name: str, query: dict[str, list[str]], base: str) -> tuple[int, dict[str, str], Any]:
        rows = self.data[name]
        limit = min(int(query.get("limit", ["100"])[0]), self.largest)
        offset = 0 if self.ignores_offset else int(query.get("offset", ["0"])[0])
        headers = {"X-Total-Count": str(len(rows))} if self.counts else {}
        if self.paging == "link":
            here = f"{base}{PATHS[self.version]}/{name}?limit={limit}&offset="
            links = [f'<{here}0>; rel="first"']
            if offset + limit < len(rows):
                links.append(f'<{here}{offset + limit}>; rel="next"')
            headers["Link"] = ", ".join(links)
        return 200, headers, {name: rows[offset : offset + limit]}


def refusal(code: str) -> Row:
    """imsx_StatusInfo; its description quotes what nobody else must read."""
    return {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": "nina.hale@mail.example may not",
        "imsx_CodeMinor": {
            "imsx_codeMinorField": [
                {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": code},
            ]
        },
    }
