"""The `$…` options of a Graph call, and the pages that a listing is answered in."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from werkzeug.wrappers import Response

from ..web import Request, ServiceError, json_answer, unknown_endpoint
from . import odata
from .errors import GraphError, bad_request, unsupported_query

Doc = dict[str, Any]
OPTIONS = frozenset(
    ("$select", "$filter", "$orderby", "$expand", "$top", "$skip", "$count", "$search", "$format", "$skiptoken",
     "$apply", "$deltatoken", "$compute")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked for; `options` are the names used, in lower case, with `$`; `order` are properties and whether
    they fall; `counted` says that the directory counts, which it does only with the header."""

    select: tuple[str, ...]
    filter: odata.Test | None
    top: int | None
    skip: int
    expand: str
    count: bool
    eventual: bool
    after: int
    options: frozenset[str]
    order: tuple[tuple[str, bool], ...]
    search: str

    @property
    def counted(self) -> bool:
        return self.count and self.eventual and not self.after


def read_query(request: Request) -> Query:
    """Raises BadFilter (a ValueError) and GraphError."""
    asked = request.args.items() if request.query_string else ()
    given = {name.lower(): value for name, value in asked if name.startswith("$")}
    return Query(
        select=tuple(name.strip() for name in given.get("$select", "").split(",") if name.strip()),
        filter=odata.parse(given["$filter"]) if given.get("$filter", "").strip() else None,
        top=_whole_number(given, "$top"),
        skip=_whole_number(given, "$skip") or 0,
        expand=given.get("$expand", ""),
        count=given.get("$count", "").lower() == "true",
        eventual=request.sent("ConsistencyLevel").lower() == "eventual",
        after=_read_skiptoken(given.get("$skiptoken", "")),
        options=frozenset(given),
        order=_read_order(given.get("$orderby", "")),
        search=given.get("$search", "").strip(),
    )


def _read_order(text: str) -> tuple[tuple[str, bool], ...]:
    order = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, direction = part.partition(" ")
        if direction.strip().lower() not in ("", "asc", "desc"):
            raise bad_request(f"Syntax error at position {len(name)} in '{part}'.")
        order.append((name, direction.strip().lower() == "desc"))
    return tuple(order)


def _whole_number(given: Mapping[str, str], name: str) -> int | None:
    if name not in given:
        return None
    if not given[name].isdigit():
        raise bad_request(f"Invalid value specified for query option '{name}'.")
    return int(given[name])


def _read_skiptoken(text: str) -> int:
    if not text:
        return 0
    try:
        return int(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().removeprefix("row="))
    except (binascii.Error, ValueError):
        raise GraphError(400, "Directory_ExpiredPageToken", "The specified page token value has expired.") from None


def _make_skiptoken(row: int) -> str:
    return base64.urlsafe_b64encode(f"row={row}".encode()).decode().rstrip("=")


def allow_only(request: Request, query: Query, *names: str) -> None:
    """Never a plausible answer to an option that is not played: 501. What no service has is refused as the service does
    (text assumed); the directory has no `$skip` (seen)."""
    if "$skip" in query.options - set(names) and request.service == "directory":
        raise bad_request("'$skip' is not supported by the service.")
    unknown = sorted(query.options - OPTIONS)
    if unknown:
        raise GraphError(400, "BadRequest", f"The query parameter '{unknown[0]}' is not supported.")
    unplayed = sorted(query.options - set(names) - {"$format"})
    if unplayed:
        raise ServiceError(unknown_endpoint(request, f" with {', '.join(unplayed)}"))


def page_size(query: Query, *, default: int = 100, most: int = 999) -> int:
    if query.top is None:
        return default
    if not 1 <= query.top <= most:
        raise unsupported_query(f"Invalid page size specified: '{query.top}'. Must be between 1 and {most} inclusive.")
    return query.top


def pick(doc: Doc, select: tuple[str, ...], default: tuple[str, ...], known: Iterable[str], type_name: str) -> Doc:
    """The properties asked for, in the order of the type. Raises GraphError for one the type does not have."""
    if not select or select == ("*",):
        return {name: doc.get(name) for name in default}
    names = _by_lower(tuple(known))
    for name in select:
        if name.lower() not in names:
            raise GraphError(
                400,
                "BadRequest",
                "Parsing OData Select and Expand failed: "
                f"Could not find a property named '{name}' on type 'microsoft.graph.{type_name}'.",
            )
    return {names[name.lower()]: doc.get(names[name.lower()]) for name in select}


def respell(doc: Doc, names: Iterable[str]) -> Doc:
    """What was sent, with known names in their own spelling: the service takes them without regard to case (the CLI for
    Microsoft 365 sends `mailNickName`)."""
    known = _by_lower(tuple(names))
    return {known.get(name.lower(), name): value for name, value in doc.items()}


@lru_cache(maxsize=256)
def _by_lower(names: tuple[str, ...]) -> dict[str, str]:
    return {name.lower(): name for name in names}


def context_of(kind: str, select: tuple[str, ...]) -> str:
    return f"{kind}({','.join(select)})" if select and select != ("*",) else kind


def listing(
    request: Request,
    context: str,
    rows: list[tuple[int, Doc]],
    *,
    more_after: int | None,
    count: int | None = None,
) -> Response:
    """One page. `more_after` is the number of the last row looked at where there are more rows behind it."""
    doc: Doc = {"@odata.context": context}
    if count is not None:
        doc["@odata.count"] = count
    if more_after is not None:
        doc["@odata.nextLink"] = next_link(request, {"$skiptoken": _make_skiptoken(more_after)})
    doc["value"] = [row for _, row in rows]
    return json_answer(doc)


def next_link(request: Request, changes: Mapping[str, str]) -> str:
    dropped = {"$skiptoken", "$skip"}
    kept = {name: value for name, value in request.args.items() if name.lower() not in dropped}
    query = urlencode({**kept, **changes}, safe="$,", quote_via=quote)
    return f"{request.scheme_and_host}{quote(request.path, safe='/:$,@')}?{query}"


def after(docs: Iterable[Doc], query: Query) -> Iterator[tuple[int, Doc]]:
    """Rows that have no number of their own, numbered from 1 in the order in which they are always found: those behind
    the page before."""
    return ((number, doc) for number, doc in enumerate(docs, start=1) if number > query.after)


def cut_page(
    rows: Iterable[tuple[int, Doc]], size: int, wanted: Callable[[Doc], bool]
) -> tuple[list[tuple[int, Doc]], int | None]:
    """The first `size` wanted rows, and the last of them where a further wanted row follows."""
    page: list[tuple[int, Doc]] = []
    for number, doc in rows:
        if not wanted(doc):
            continue
        if len(page) == size:
            return page, page[-1][0]
        page.append((number, doc))
    return page, None
