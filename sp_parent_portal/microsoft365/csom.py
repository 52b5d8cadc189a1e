"""One CSOM request, `POST …/_vti_bin/client.svc/ProcessQuery`: written as Microsoft's own client library writes it, and
its answer read.

    query = Query.of_site()
    lists = query.get(query.web, "Lists")
    query.call(lists, "Add", Struct(…))
    answer = send(transport, url, query, "create the lists")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..errors import GatewayError

if TYPE_CHECKING:
    from .transport import Transport


@dataclass(frozen=True, slots=True)
class Path:
    """An object on the server: by this number the rest of the query speaks of it."""

    id: int


@dataclass(frozen=True, slots=True)
class Typed:
    """A value of a CSOM type that Python's do not tell: Enum, Guid, UInt32, Int64, Double, Array …"""

    type: str
    value: object


@dataclass(frozen=True, slots=True)
class Struct:
    """An object that is sent as its values, in the order in which the library writes them."""

    type_id: str
    values: Mapping[str, Argument]


Argument = str | bool | int | datetime | None | Typed | Struct | Path
"""Text, flags, whole numbers and aware moments stand for String, Boolean, Int32 and DateTime, None for Null."""


@dataclass(frozen=True, slots=True)
class Select:
    """What is asked of an object: the values named `own`, or `all` that are plain; `parts`, objects below it; of a
    collection, what is asked of `each` member."""

    own: tuple[str, ...] = ()
    parts: Mapping[str, Select] = field(default_factory=dict)
    each: Select | None = None
    all: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """What fails in it does not end the query (ExceptionHandlingScopeSimple, MS-CSOM 3.1.4.1.3.11)."""

    id: int


class Query:
    """Actions are carried out in the order in which they are added."""

    @classmethod
    def of_site(cls) -> Query:
        """Sent to a site's address: `web` is its root web."""
        raise NotImplementedError

    @classmethod
    def of_tenant(cls) -> Query:
        """Sent to the admin host: `tenant` is tenant administration."""
        raise NotImplementedError

    web: Path
    tenant: Path

    def get(self, parent: Path, name: str) -> Path:
        """A property that is an object."""
        raise NotImplementedError

    def call(self, parent: Path, name: str, *arguments: Argument) -> Path:
        """A method that returns an object, carried out in its place."""
        raise NotImplementedError

    def make(self, type_id: str) -> Path:
        """A new object of that type."""
        raise NotImplementedError

    def recall(self, identity: str) -> Path:
        """An object of an earlier answer, by its `_ObjectIdentity_`."""
        raise NotImplementedError

    def do(self, path: Path, name: str, *arguments: Argument) -> None:
        """A method that returns nothing."""
        raise NotImplementedError

    def set(self, path: Path, name: str, value: Argument) -> None:
        raise NotImplementedError

    def read(self, path: Path, select: Select) -> int:
        """The number by which the answer tells it."""
        raise NotImplementedError

    @contextmanager
    def attempt(self) -> Iterator[Attempt]:
        raise NotImplementedError


class CsomAnswer:
    """The results of a query that was carried out."""

    def row(self, number: int) -> dict[str, Any]:
        """What `read` asked for: guids in lower case without their wrapping, moments as `2027-05-01T09:00:00Z`,
        members of a collection under `_Child_Items_`."""
        raise NotImplementedError

    def error(self, attempt: Attempt) -> GatewayError | None:
        """Why an attempt failed, None where it did not."""
        raise NotImplementedError


def send(transport: Transport, url: str, query: Query, operation: str, *, reads: bool = False) -> CsomAnswer:
    """`reads`: it changes nothing, so that it may be sent again. Raises GatewayError: the query's own mistake as
    refusals.py reads it, OutcomeUnknown where the answer does not say how a change ended."""
    raise NotImplementedError
