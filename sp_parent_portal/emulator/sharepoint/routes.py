"""Which function answers which call: endpoints are registered by verb and shape of the expression."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..tokens import Token
from ..web import Request
from .answers import Empty, Entity, Rows, Stream, Value, Void
from .faults import Fault, NoSuchSite, bad_value
from .options import Options
from .paths import Path
from .site import Doc, Site

if TYPE_CHECKING:
    from ..app import Emulator

Answer = Entity | Rows | Value | Stream | Void | Empty | Fault

READ, WRITE, MANAGE, FULL, ADMIN, ANYONE = "read", "write", "manage", "full", "admin", "anyone"
PERMISSION = "permission"


@dataclass(frozen=True, slots=True)
class Call:
    """One call as an endpoint sees it. `site` is the site it was addressed to (raises NoSuchSite); endpoints of the
    service itself and of tenant administration use `emulator` instead."""

    emulator: Emulator
    request: Request
    token: Token
    path: Path
    body: Doc
    options: Options
    home: Site | None

    @property
    def site(self) -> Site:
        if self.home is None:
            raise NoSuchSite
        return self.home

    def key(self, collection: str) -> tuple[Any, str]:
        """The key of a segment, and what it means."""
        segment = self.path.find(collection)
        if segment is None:
            raise LookupError(collection)
        return segment.key, segment.by

    def find(self, name: str, position: int = 0) -> Any:
        """An argument of the method called: in its brackets by name or position, else in the body or the query."""
        lowered = name.lower()
        arguments = self.path.segments[-1].arguments
        for given, value in arguments:
            if given == lowered:
                return value
        if position < len(arguments) and not arguments[position][0]:
            return arguments[position][1]
        for source in (self.body, self.request.args):
            for given, value in source.items():
                if given.lower() == lowered:
                    return value.strip("'") if source is self.request.args else value
        return None

    def get(self, name: str, position: int = 0) -> Any:
        """As `find`, but raises Fault where it is missing."""
        value = self.find(name, position)
        if value is None:
            raise bad_value(f"Value cannot be null.\r\nParameter name: {name}")
        return value


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`needs` is the application permission it asks for, `price` the entry of limits.toml it is charged with; `service`
    says that it belongs to no site, so that a missing or locked one does not matter; `reads`, that a POST changes
    nothing; `binary`, that its body is a file's content, no JSON; `sharing`, that it is one of the sharing APIs."""

    verb: str
    shape: str
    function: Callable[[Call], Answer]
    needs: str
    price: str
    service: bool
    reads: bool
    binary: bool
    sharing: bool


ENDPOINTS: dict[tuple[str, str], Endpoint] = {}


def endpoint(
    verb: str,
    *shapes: str,
    needs: str = READ,
    price: str = "rest_other",
    service: bool = False,
    reads: bool = False,
    binary: bool = False,
    sharing: bool = False,
) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    """Register the function for the verb and each of the shapes. MERGE stands for PATCH too."""

    def register(function: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        for shape in shapes:
            for each in ("MERGE", "PATCH") if verb == "MERGE" else (verb,):
                ENDPOINTS[each, shape] = Endpoint(each, shape, function, needs, price, service, reads, binary, sharing)
        return function

    return register


def verb_of(request: Request) -> str:
    """The verb that is meant: POST tunnels others in X-HTTP-Method."""
    tunnelled = request.sent("X-HTTP-Method").upper()
    return tunnelled if request.method == "POST" and tunnelled else request.method


def unwrap(value: Any) -> Any:
    """A verbose body as the others write it: no `__metadata`, collections without their `results`. What stands beside
    `results` is not looked at: the CLI for Microsoft 365 puts an option there."""
    if isinstance(value, list):
        return [unwrap(item) for item in value]
    if not isinstance(value, dict):
        return value
    doc = {
        name: unwrap(item) for name, item in value.items() if name not in ("__metadata", "odata.type", "@odata.type")
    }
    return doc["results"] if isinstance(doc.get("results"), list) else doc
