"""OData system query options: $select, $expand, $filter, $orderby, $top, $skip, $skiptoken."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from .faults import Unplayed, bad_query
from .paths import BadPath, read_literal

Doc = dict[str, Any]
Test = Callable[[Doc], bool]
Tree = dict[str, "Tree"]

TOKEN = re.compile(
    r"\s*(?:(?P<literal>(?:guid|datetime|datetimeoffset)?'(?:[^']|'')*')|(?P<mark>[(),])|(?P<word>[^\s(),']+))",
    re.IGNORECASE,
)
PLAYED = {"$select", "$expand", "$filter", "$orderby", "$top", "$skip", "$skiptoken"}
# Of OData v3; those of v4 it does not know (assumed).
NOT_PLAYED = {"$inlinecount", "$format"}
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: bool(a == b),
    "ne": lambda a, b: bool(a != b),
    "gt": lambda a, b: a is not None and b is not None and bool(a > b),
    "ge": lambda a, b: a is not None and b is not None and bool(a >= b),
    "lt": lambda a, b: a is not None and b is not None and bool(a < b),
    "le": lambda a, b: a is not None and b is not None and bool(a <= b),
}
FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "substringof": lambda part, whole: part in whole,
    "startswith": lambda whole, part: whole.startswith(part),
}


@dataclass(frozen=True, slots=True)
class Options:
    """`select` and `expand` are trees of names in lower case: `{"roleassignments": {"member": {}}}`."""

    select: Tree | None = None
    expand: Tree = field(default_factory=dict)
    test: Test | None = None
    order: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    skip_token: Mapping[str, str] = field(default_factory=dict)


def read_options(query: Mapping[str, str]) -> Options:
    """Raises Fault where the service would not accept them."""
    if not query:
        return Options()
    given = {name.lower(): value for name, value in query.items() if name.startswith("$")}
    for name in given.keys() & NOT_PLAYED:
        raise Unplayed(f"the query option {name}")
    for name in given.keys() - PLAYED:
        raise bad_query(f"The query parameter '{name}' is not supported.")
    return Options(
        select=_tree(given["$select"]) if given.get("$select") else None,
        expand=_tree(given.get("$expand", "")),
        test=read_filter(given["$filter"]) if given.get("$filter") else None,
        order=_read_order(given.get("$orderby", "")),
        top=_number(given, "$top"),
        skip=_number(given, "$skip") or 0,
        skip_token=_read_skip_token(given.get("$skiptoken", "")),
    )


def _read_skip_token(text: str) -> dict[str, str]:
    """Opaque to callers. Raises Fault for one that the service did not write, or does not know any more (assumed)."""
    token = {name: values[0] for name, values in parse_qs(text).items()} if text else {}
    if text and not token:
        raise bad_query("The query parameter '$skiptoken' has an invalid value.")
    return token


def _tree(text: str) -> Tree:
    tree: Tree = {}
    for path in filter(None, (part.strip() for part in text.split(","))):
        branch = tree
        for name in path.lower().split("/"):
            branch = branch.setdefault(name, {})
    return tree


def _number(given: Mapping[str, str], name: str) -> int | None:
    if name not in given:
        return None
    if not given[name].isdecimal():
        raise bad_query(f"The query parameter '{name}' has an invalid value.")
    return int(given[name])


def _read_order(text: str) -> tuple[tuple[str, bool], ...]:
    order = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, direction = part.partition(" ")
        if direction.strip().lower() not in ("", "asc", "desc"):
            raise bad_query(f'The expression "{text}" is not valid.')
        order.append((name, direction.strip().lower() == "desc"))
    return tuple(order)


def look_up(doc: Doc, name: str) -> Any:
    """A property by its name in any case. Raises Fault where the entity has none of that name."""
    if name in doc:
        return doc[name]
    for key, value in doc.items():
        if key.lower() == name.lower():
            return value
    raise bad_query(f"The field or property '{name}' does not exist.")


def read_filter(text: str) -> Test:
    """eq ne gt ge lt le, and, or, not, brackets, substringof and startswith; text is compared without regard to case.
    Raises Fault for anything else, as the service does."""
    tokens: list[str] = []
    position = 0
    while text[position:].strip():
        match = TOKEN.match(text, position)
        if match is None:
            raise bad_query(f'The expression "{text}" is not valid.')
        tokens.append(match[0].strip())
        position = match.end()
    return _Filter(text, tokens).read()


class _Filter:
    def __init__(self, text: str, tokens: list[str]) -> None:
        self.text, self.tokens = text, tokens

    def read(self) -> Test:
        test = self._either()
        if self.tokens:
            self._refuse()
        return test

    def _refuse(self) -> None:
        raise bad_query(f'The expression "{self.text}" is not valid.')

    def _take(self, wanted: str = "") -> str:
        if not self.tokens or (wanted and self.tokens[0].lower() != wanted):
            self._refuse()
        return self.tokens.pop(0)

    def _next_is(self, word: str) -> bool:
        return bool(self.tokens) and self.tokens[0].lower() == word

    def _either(self) -> Test:
        test = self._both()
        while self._next_is("or"):
            self._take()
            test = _any_of(test, self._both())
        return test

    def _both(self) -> Test:
        test = self._one()
        while self._next_is("and"):
            self._take()
            test = _all_of(test, self._one())
        return test

    def _one(self) -> Test:
        if self._next_is("not"):
            self._take()
            inner = self._one()
            return lambda doc: not inner(doc)
        if self._next_is("("):
            self._take()
            test = self._either()
            self._take(")")
            return test
        word = self._take()
        if self._next_is("("):
            return self._function(word)
        return self._comparison(word)

    def _function(self, name: str) -> Test:
        if name.lower() not in FUNCTIONS:
            self._refuse()
        function = FUNCTIONS[name.lower()]
        self._take("(")
        first = self._operand(self._take())
        self._take(",")
        second = self._operand(self._take())
        self._take(")")
        wanted = True
        if self._next_is("eq"):
            self._take()
            wanted = self._take().lower() == "true"
        return lambda doc: function(str(first(doc) or "").lower(), str(second(doc) or "").lower()) is wanted

    def _comparison(self, left: str) -> Test:
        operator = self._take().lower()
        if operator not in COMPARISONS:
            self._refuse()
        compare = COMPARISONS[operator]
        first, second = self._operand(left), self._operand(self._take())

        def test(doc: Doc) -> bool:
            a, b = _fold(first(doc)), _fold(second(doc))
            if operator not in ("eq", "ne") and None not in (a, b) and type(a) is not type(b):
                self._refuse()
            return compare(a, b)

        return test

    def _operand(self, token: str) -> Callable[[Doc], Any]:
        if token in "(),":
            self._refuse()
        try:
            value = read_literal(token)
        except BadPath:
            return lambda doc: look_up(doc, token)
        return lambda _: value


def _fold(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _any_of(first: Test, second: Test) -> Test:
    return lambda doc: first(doc) or second(doc)


def _all_of(first: Test, second: Test) -> Test:
    return lambda doc: first(doc) and second(doc)


def sort_docs(docs: list[Doc], order: tuple[tuple[str, bool], ...]) -> list[Doc]:
    for name, falling in reversed(order):
        keyed = [(look_up(doc, name), doc) for doc in docs]
        keyed.sort(key=lambda pair: (pair[0] is not None, _sortable(pair[0])), reverse=falling)
        docs = [doc for _, doc in keyed]
    return docs


def _sortable(value: Any) -> tuple[int, Any]:
    return (0, value) if isinstance(value, int | float) else (1, str(value).lower())
