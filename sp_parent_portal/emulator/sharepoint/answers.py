"""What an endpoint gives back, before it is put into one of the JSON dialects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .site import Site

Doc = dict[str, Any]


@dataclass(frozen=True, slots=True)
class EntityType:
    """One kind of entity. `plain` are the properties that an answer without `$select` carries, () for all; others are
    given only when they are named. `expansions` are its navigation properties, by name in lower case; those in `inline`
    come without being asked for. A property whose name starts with "_" is
    the emulator's own and never leaves."""

    name: str
    plain: tuple[str, ...] = ()
    expansions: dict[str, Callable[[Site, Doc], Entity | Rows]] = field(default_factory=dict)
    computed: dict[str, Callable[[Site, Doc], Any]] = field(default_factory=dict)
    inline: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity; its `_path` is its address below `_api/`, `status` 201 where it was created."""

    type: EntityType
    doc: Doc
    status: int = 200


@dataclass(frozen=True, slots=True)
class Rows:
    """A collection of entities. `cut` says that the endpoint did $filter, $orderby and paging itself; `next_page` is
    then the query of the next page, or None. `beside` are properties of the collection itself."""

    type: EntityType
    docs: list[Doc]
    cut: bool = False
    next_page: dict[str, str] | None = None
    beside: Doc = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Value:
    """What a function returns that is no entity: a primitive, a complex object or a list of them. `type_name` is the
    type that the verbose dialect names."""

    value: Any
    type_name: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """JSON that is not OData, the same in every dialect."""

    doc: Doc


@dataclass(frozen=True, slots=True)
class Content:
    """A file's own bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Void:
    """A method without a result: 200 and `odata.null`."""


@dataclass(frozen=True, slots=True)
class Empty:
    """No body: 204 after MERGE, 200 after DELETE."""

    status: int = 204
    etag: str = ""
