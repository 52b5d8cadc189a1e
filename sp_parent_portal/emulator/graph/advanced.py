"""Advanced queries on directory objects: counting, sorting and searching, and what needs the header
`ConsistencyLevel: eventual` with `$count=true` (Microsoft Learn, advanced queries, read 2026-08)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from . import odata
from .errors import bad_request, unsupported_query
from .query import Doc, Query, after, cut_page

MORE = "Refer to https://aka.ms/graph-docs/advanced-queries for more information"
NEEDS_HEADER = "Operator '{}' is not supported because the 'ConsistencyLevel:eventual' header is missing. " + MORE
SEARCH_NEEDS_HEADER = (
    "Request with $search query parameter only works through MSGraph with a special request header: "
    "'ConsistencyLevel: eventual'"
)
UNSORTED = "Sorting not supported for current query."
CLAUSE = re.compile(r'\s*"(?P<name>[A-Za-z]+):(?P<text>(?:\\.|[^"\\])*)"\s*')
WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of directory object: the properties it is sorted by in any query and in advanced ones, and those that are
    searched."""

    name: str
    sorted_by: tuple[str, ...]
    sorted_by_advanced: tuple[str, ...]
    searched: tuple[str, ...]


LATER = ("createdDateTime", "deletedDateTime")
USER = Kind(
    "user", ("displayName", "userPrincipalName"), LATER,
    ("displayName", "givenName", "surname", "mail", "userPrincipalName", "otherMails", "proxyAddresses"),
)  # fmt: skip
GROUP = Kind("group", ("displayName",), LATER, ("displayName", "description", "mail", "mailNickname"))


def check(query: Query, kind: Kind) -> None:
    """Raises GraphError, as the directory words it. `$count=true` without the header is passed over in silence."""
    advanced = query.count and query.eventual
    operator = "" if query.filter is None else odata.find_advanced(query.filter)
    if operator and not advanced:
        raise unsupported_query(NEEDS_HEADER.format(operator))
    if query.search and not query.eventual:
        raise unsupported_query(SEARCH_NEEDS_HEADER)
    for name, _ in query.order:
        lowered = name.lower()
        if lowered in _low(kind.sorted_by) and (query.filter is None or advanced):
            continue
        if lowered not in _low(kind.sorted_by_advanced) or not advanced:
            raise unsupported_query(UNSORTED)


def _low(names: Iterable[str]) -> set[str]:
    return {name.lower() for name in names}


def read_search(text: str, kind: Kind) -> Callable[[Doc], bool]:
    """`"property:words"`, joined by AND or OR (AND first). Raises GraphError."""
    either = [
        [_read_clause(clause, kind) for clause in re.split(r"\bAND\b", part)] for part in re.split(r"\bOR\b", text)
    ]
    return lambda doc: any(all(clause(doc) for clause in clauses) for clauses in either)


def _read_clause(text: str, kind: Kind) -> Callable[[Doc], bool]:
    found = CLAUSE.fullmatch(text)
    if found is None:
        raise bad_request(
            f"Syntax error: character '{text.strip()[:1]}' is not valid at position 0 in '{text.strip()}'."
        )
    names = {name.lower(): name for name in kind.searched}
    name = names.get(found["name"].lower())
    if name is None:
        raise unsupported_query(f"Property '{found['name']}' is not supported in $search of '{kind.name}'.")
    wanted = found["text"].replace("\\", "").lower()
    return lambda doc: _holds(doc.get(name), wanted)


def _holds(value: object, wanted: str) -> bool:
    """Names and descriptions are taken apart into words, of which each must begin one of those wanted; addresses begin
    with it."""
    for each in value if isinstance(value, list) else [value]:
        text = str(each or "").lower()
        words = WORDS.findall(text)
        if text.startswith(wanted) or (
            wanted and all(any(word.startswith(part) for word in words) for part in WORDS.findall(wanted))
        ):
            return True
    return False


def find_page(
    query: Query, kind: Kind, rows: Callable[[int], Iterable[tuple[int, Doc]]], wanted: Callable[[Doc], bool], size: int
) -> tuple[list[tuple[int, Doc]], int | None]:
    """One page of what is wanted, searched and in order. `rows` gives the rows behind a number; sorted, a row's number
    is its place."""
    found = read_search(query.search, kind) if query.search else None

    def fits(doc: Doc) -> bool:
        return wanted(doc) and (found is None or found(doc))

    if not query.order:
        return cut_page(rows(query.after), size, fits)
    chosen = [doc for _, doc in rows(0) if fits(doc)]
    return cut_page(after(sort(chosen, query.order), query), size, lambda _: True)


def sort(docs: list[Doc], order: tuple[tuple[str, bool], ...]) -> list[Doc]:
    for name, falling in reversed(order):
        docs = sorted(docs, key=lambda doc: _key(doc, name.lower()), reverse=falling)
    return docs


def _key(doc: Mapping[str, object], name: str) -> tuple[bool, str]:
    value = next((value for key, value in doc.items() if key.lower() == name), None)
    return value is not None, str(value or "").casefold()
