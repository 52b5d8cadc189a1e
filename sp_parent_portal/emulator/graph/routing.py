"""Which Graph call is which: paths without regard to case, permissions and price of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from ..state import State
from ..tokens import Token
from ..web import Request, ServiceError, unknown_endpoint
from .errors import GraphError, bad_request
from .query import Query, read_query

if TYPE_CHECKING:
    from ..app import Emulator

VERSIONS = ("v1.0", "beta")
MAIL_SEND = ("Mail.Send",)
# How each backend behind Graph says that a permission is missing.
DENIALS = {
    "directory": ("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    "sharepoint": ("accessDenied", "Access denied"),
    "mail": ("ErrorAccessDenied", "Access is denied. Check credentials and try again."),
}


@dataclass(frozen=True)
class Call:
    """One call of one route: what a handler is given."""

    emulator: Emulator
    request: Request
    token: Token
    args: dict[str, str]
    version: str
    query: Query

    @property
    def state(self) -> State:
        return self.emulator.state

    @cached_property
    def body(self) -> dict[str, Any]:
        """The JSON object sent, without the type that Microsoft's own SDKs write into it. Raises GraphError where
        there is none."""
        try:
            doc = self.request.json_body()
        except ValueError:
            doc = None
        if not isinstance(doc, dict):
            raise GraphError(
                400, "BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set."
            )
        return {name: value for name, value in doc.items() if name != "@odata.type"}

    @property
    def root(self) -> str:
        """The service root as the caller sees it, without a slash at its end."""
        return f"{self.request.scheme_and_host}/{self.version}"

    def context(self, text: str) -> str:
        return f"{self.root}/$metadata#{text}"


Handler: TypeAlias = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """`permissions` are alternatives, for application and delegated callers alike, none for a call that needs none;
    `service` is the backend that answers (directory, sharepoint, mail); `price` is a name of limits.toml."""

    method: str
    path: str
    permissions: tuple[str, ...]
    service: str
    price: str
    handler: Handler

    @property
    def operation(self) -> str:
        return f"{self.method} {self.path.replace('<path:', '<').replace('<', '{').replace('>', '}')}"


ROUTES: list[Route] = []


def route(
    method: str, path: str, *, permissions: tuple[str, ...], service: str = "directory", price: str = ""
) -> Callable[[Handler], Handler]:
    """Play `method path`; `<name>` in the path is one segment. Without a price: `write`, or `other_get` for a GET."""

    def register(handler: Handler) -> Handler:
        named_price = price or ("other_get" if method == "GET" else "write")
        ROUTES.append(Route(method, path, permissions, service, named_price, handler))
        return handler

    return register


class Router:
    def __init__(self, routes: list[Route]) -> None:
        self._map = Map(
            [Rule(r.path, methods=[r.method], endpoint=r, merge_slashes=False) for r in routes], strict_slashes=False
        )
        words = {word for r in routes for word in r.path.split("/") if word and "<" not in word}
        self._words = {word.lower(): word for word in words}

    def find(self, request: Request, path: str) -> tuple[Route, dict[str, str]]:
        """Raises ServiceError (501) for what is not played."""
        # Only our own words are put into our own case: ids in a path keep theirs. SDKs name types by the alias of their
        # namespace.
        words = (re.sub("^graph[.]", "microsoft.graph.", word) for word in path.split("/"))
        path = "/".join(self._words.get(word.lower(), word) for word in words)
        try:
            found, args = self._map.bind("graph").match(path, method=request.method)
        except HTTPException:
            raise ServiceError(unknown_endpoint(request)) from None
        return found, dict(args)


def make_call(emulator: Emulator, request: Request, router: Router, audience: str) -> tuple[Route, Call]:
    """The route and the call, once the caller may make it. Raises ServiceError and GraphError."""
    version, _, rest = request.path.lstrip("/").partition("/")
    if version.lower() not in VERSIONS:
        raise ServiceError(unknown_endpoint(request))
    found, args = router.find(request, f"/{rest}")
    request.operation, request.price, request.service = found.operation, found.price, found.service
    token = emulator.read_token(request, audience)
    request.mailbox = (
        args.get("mailbox", "").lower() if found.method == "POST" and found.permissions == MAIL_SEND else ""
    )
    emulator.check_limits(request)
    if found.permissions and not token.allows(found.permissions):
        code, message = DENIALS[found.service]
        raise GraphError(403, code, message)
    try:
        query = read_query(request)
    except ValueError as error:
        raise bad_request(str(error)) from None
    return found, Call(emulator, request, token, args, version.lower(), query)
