"""Which Graph call is which: paths without regard to case, permissions and price of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from werkzeug.wrappers import Response

from .. import directory
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
        """The JSON object sent. Raises GraphError where there is none."""
        try:
            doc = self.request.json_body()
        except ValueError:
            doc = None
        if not isinstance(doc, dict):
            raise GraphError(
                400, "BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set."
            )
        return doc

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
    `service` is the backend that answers (directory, sharepoint, mail); `price` is a name of limits.toml; `sharing`
    says that it counts as one of SharePoint's sharing APIs."""

    method: str
    path: str
    permissions: tuple[str, ...]
    service: str
    price: str
    handler: Handler
    sharing: bool = False

    @property
    def operation(self) -> str:
        return f"{self.method} {self.path.replace('<path:', '<').replace('<', '{').replace('>', '}')}"


ROUTES: list[Route] = []


def route(
    method: str,
    path: str,
    *,
    permissions: tuple[str, ...],
    service: str = "directory",
    price: str = "",
    sharing: bool = False,
) -> Callable[[Handler], Handler]:
    """Play `method path`; `<name>` in the path is one segment. Without a price: `write`, or `other_get` for a GET."""

    def register(handler: Handler) -> Handler:
        named_price = price or ("other_get" if method == "GET" else "write")
        ROUTES.append(Route(method, path, permissions, service, named_price, handler, sharing))
        return handler

    return register


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a path may go on: by one of our own words, in any case, or by a segment with a name, perhaps with a sign at
    its end; `rest` is the name of everything that follows."""

    words: dict[str, _Place] = field(default_factory=dict)
    names: list[tuple[str, str, _Place]] = field(default_factory=list)
    routes: dict[str, Route] = field(default_factory=dict)
    rest: list[tuple[str, Route]] = field(default_factory=list)

    def add(self, segments: list[str], route: Route) -> None:
        if not segments:
            self.routes[route.method] = route
        elif segments[0].startswith("<path:"):
            self.rest.append((segments[0][6:-1], route))
        elif segments[0].startswith("<"):
            name, _, sign = segments[0][1:].partition(">")
            known = next((place for *given, place in self.names if given == [name, sign]), None)
            if known is None:
                known = _Place()
                self.names.append((name, sign, known))
                self.names.sort(key=lambda each: -len(each[1]))
            known.add(segments[1:], route)
        else:
            self.words.setdefault(segments[0].lower(), _Place()).add(segments[1:], route)

    def find(self, segments: list[str], method: str) -> tuple[Route, dict[str, str]] | None:
        if not segments or segments == [""]:
            found = self.routes.get(method)
            return None if found is None else (found, {})
        first, *others = segments
        place = self.words.get(first.lower())
        match = place.find(others, method) if place is not None else None
        if match is not None:
            return match
        for name, sign, place in self.names:
            value = first.removesuffix(sign)
            if value and first.endswith(sign):
                match = place.find(others, method)
                if match is not None:
                    return match[0], {name: value, **match[1]}
        return next(((route, {name: "/".join(segments)}) for name, route in self.rest if route.method == method), None)


class Router:
    def __init__(self, routes: list[Route]) -> None:
        self._root = _Place()
        for each in routes:
            self._root.add(each.path.split("/")[1:], each)

    def find(self, request: Request, path: str) -> tuple[Route, dict[str, str]]:
        """Raises ServiceError (501) for what is not played."""
        match = self._root.find(path.split("/")[1:], "GET" if request.method == "HEAD" else request.method)
        if match is None:
            raise ServiceError(unknown_endpoint(request))
        return match


def _resolve_me(emulator: Emulator, request: Request, rest: str, audience: str) -> str:
    """`me` is whoever is signed in; an application is nobody (seen with real traffic). Raises GraphError."""
    first, slash, more = rest.partition("/")
    if first.lower() != "me":
        return rest
    token = emulator.read_token(request, audience)
    if token.app_only:
        raise GraphError(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
    return f"users/{token.user_id}{slash}{more}"


def make_call(emulator: Emulator, request: Request, router: Router, audience: str) -> tuple[Route, Call]:
    """The route and the call, once the caller may make it. Raises ServiceError and GraphError."""
    version, _, rest = request.path.lstrip("/").partition("/")
    if version.lower() not in VERSIONS:
        raise ServiceError(unknown_endpoint(request))
    found, args = router.find(request, f"/{_resolve_me(emulator, request, rest, audience)}")
    request.operation, request.price, request.service = found.operation, found.price, found.service
    request.sharing = found.sharing
    token = emulator.read_token(request, audience)
    if found.method == "POST" and found.permissions == MAIL_SEND:
        owner = directory.find_user(emulator.state, args.get("mailbox", ""))
        request.mailbox = "" if owner is None else owner["id"]
    emulator.check_limits(request)
    if found.permissions and not token.allows(found.permissions):
        code, message = DENIALS[found.service]
        raise GraphError(403, code, message)
    try:
        query = read_query(request)
    except ValueError as error:
        raise bad_request(str(error)) from None
    return found, Call(emulator, request, token, args, version.lower(), query)
