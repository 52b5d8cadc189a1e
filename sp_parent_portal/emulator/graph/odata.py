"""OData's `$filter` language, as far as Graph's directory and mail calls use it: parse it, test a row against it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


class BadFilter(ValueError):
    """The expression cannot be read."""


@dataclass(frozen=True, slots=True)
class Path:
    """A property, `a/b/c`; inside an `any` its first part may be the lambda's variable."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class Compare:
    operator: str  # eq ne gt ge lt le
    left: Path | Literal
    right: Path | Literal


@dataclass(frozen=True, slots=True)
class OneOf:
    """`left in ('a','b')`"""

    left: Path
    values: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """startswith, endswith or contains."""

    function: str
    left: Path
    text: str


@dataclass(frozen=True, slots=True)
class Any_:
    """`path/any(variable: test)`; `test` is None for a bare `any()`."""

    path: Path
    variable: str
    test: Test | None


@dataclass(frozen=True, slots=True)
class Both:
    left: Test
    right: Test


@dataclass(frozen=True, slots=True)
class Either:
    left: Test
    right: Test


@dataclass(frozen=True, slots=True)
class Not:
    test: Test


Test: TypeAlias = Compare | OneOf | Match | Any_ | Both | Either | Not

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')"
    r"|(?P<word>[A-Za-z0-9_@#.\-:+]+(?:/[A-Za-z0-9_@#.\-]+)*)"
    r"|(?P<sign>[(),:]))"
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T[0-9:.]+(Z|[+-]\d{2}:\d{2}))?$")
_NUMBER = re.compile(r"-?\d+(\.\d+)?$")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
_MATCHES = ("startswith", "endswith", "contains")


def parse(text: str) -> Test:
    """The test that a `$filter` asks for. Raises BadFilter."""
    reader = _Reader(_tokens(text))
    test = reader.read_either()
    reader.expect_end()
    return test


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadFilter(f"Syntax error at position {at} in '{text}'.")
        word = match["word"]
        if word is not None and len(word) > 1 and word.endswith(":") and not _DATE.match(word):
            found += [word[:-1], ":"]
        elif word is not None and ":" in word and not _DATE.match(word):
            variable, _, rest = word.partition(":")
            found += [variable, ":", rest]
        else:
            found.append(match.group().strip())
        at = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise BadFilter("Expression expected at the end of the filter.")
        self.at += 1
        return token

    def expect(self, sign: str) -> None:
        if self.take() != sign:
            raise BadFilter(f"Expected '{sign}'.")

    def expect_end(self) -> None:
        if self.peek():
            raise BadFilter(f"Syntax error at '{self.peek()}'.")

    def read_either(self) -> Test:
        test = self.read_both()
        while self.peek().lower() == "or":
            self.take()
            test = Either(test, self.read_both())
        return test

    def read_both(self) -> Test:
        test = self.read_one()
        while self.peek().lower() == "and":
            self.take()
            test = Both(test, self.read_one())
        return test

    def read_one(self) -> Test:
        word = self.take()
        if word == "(":
            test = self.read_either()
            self.expect(")")
            return test
        if word.lower() == "not":
            return Not(self.read_one())
        if self.peek() == "(" and word.lower() in _MATCHES:
            return self.read_match(word.lower())
        if self.peek() == "(" and word.lower().endswith("/any"):
            return self.read_any(word)
        return self.read_comparison(word)

    def read_match(self, function: str) -> Match:
        self.expect("(")
        left = _operand(self.take())
        self.expect(",")
        right = _operand(self.take())
        self.expect(")")
        if not isinstance(left, Path) or not isinstance(right, Literal) or not isinstance(right.value, str):
            raise BadFilter(f"No function signature for the function with name '{function}' matches the arguments.")
        return Match(function, left, right.value)

    def read_any(self, word: str) -> Any_:
        path = Path(tuple(word.split("/")[:-1]))
        self.expect("(")
        if self.peek() == ")":
            self.take()
            return Any_(path, "", None)
        variable = self.take()
        self.expect(":")
        test = self.read_either()
        self.expect(")")
        return Any_(path, variable, test)

    def read_comparison(self, word: str) -> Test:
        left = _operand(word)
        operator = self.take().lower()
        if operator == "in" and isinstance(left, Path):
            return OneOf(left, self.read_values())
        if operator not in _COMPARISONS:
            raise BadFilter(f"Syntax error at '{operator}'.")
        return Compare(operator, left, _operand(self.take()))

    def read_values(self) -> tuple[Literal, ...]:
        self.expect("(")
        values = []
        while True:
            value = _operand(self.take())
            if not isinstance(value, Literal):
                raise BadFilter("Expected a literal.")
            values.append(value)
            sign = self.take()
            if sign == ")":
                return tuple(values)
            if sign != ",":
                raise BadFilter("Expected ',' or ')'.")


def _operand(token: str) -> Path | Literal:
    if token.startswith("'"):
        return Literal(token[1:-1].replace("''", "'"))
    if token.lower() in ("true", "false", "null"):
        return Literal({"true": True, "false": False, "null": None}[token.lower()])
    if _NUMBER.match(token):
        return Literal(float(token))
    if _DATE.match(token) or _GUID.match(token):
        return Literal(token)
    if not re.match(r"[A-Za-z_@]", token):
        raise BadFilter(f"Syntax error at '{token}'.")
    return Path(tuple(token.split("/")))


def fits(test: Test, row: Mapping[str, Any], variables: Mapping[str, Any] | None = None) -> bool:
    """Whether the row passes. Texts are compared without regard to case, as the directory does."""
    names = variables or {}
    match test:
        case Both(left, right):
            return fits(left, row, names) and fits(right, row, names)
        case Either(left, right):
            return fits(left, row, names) or fits(right, row, names)
        case Not(inner):
            return not fits(inner, row, names)
        case Compare(operator, left, right):
            return _compare(operator, _value(left, row, names), _value(right, row, names))
        case OneOf(left, values):
            return any(_compare("eq", _value(left, row, names), value.value) for value in values)
        case Match(function, left, text):
            return _MATCHERS[function](_fold(_value(left, row, names) or ""), text.casefold())
        case Any_(path, variable, inner_test):
            rows = _value(path, row, names) or []
            return any(inner_test is None or fits(inner_test, row, {**names, variable: item}) for item in rows)


_MATCHERS: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": lambda whole, part: part in whole,
}


def _value(operand: Path | Literal, row: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    if isinstance(operand, Literal):
        return operand.value
    first, *rest = operand.parts
    value = variables[first] if first in variables else _member(row, first)
    for part in rest:
        value = _member(value, part)
    return value


def _member(value: Any, name: str) -> Any:
    if not isinstance(value, Mapping):
        return None
    if name in value:
        return value[name]
    return next((v for k, v in value.items() if k.casefold() == name.casefold()), None)


def _fold(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _compare(operator: str, left: Any, right: Any) -> bool:
    left, right = _fold(left), _fold(right)
    if operator == "eq":
        return bool(left == right)
    if operator == "ne":
        return bool(left != right)
    if left is None or right is None or isinstance(left, str) != isinstance(right, str):
        return False
    orders: dict[str, bool] = {"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}
    return orders[operator]


def list_paths(test: Test, inside: tuple[str, ...] = ()) -> set[str]:
    """The first part of every property that the test looks at, lambda variables left out."""
    match test:
        case Both(left, right) | Either(left, right):
            return list_paths(left, inside) | list_paths(right, inside)
        case Not(inner):
            return list_paths(inner, inside)
        case Compare(_, a, b):
            return {p.parts[0] for p in (a, b) if isinstance(p, Path) and p.parts[0] not in inside}
        case OneOf(path, _) | Match(_, path, _):
            return set() if path.parts[0] in inside else {path.parts[0]}
        case Any_(path, variable, inner_test):
            own = {path.parts[0]} if path.parts[0] not in inside else set()
            return own | (set() if inner_test is None else list_paths(inner_test, (*inside, variable)))


def find_advanced(test: Test) -> str:
    """The first operator in it that the directory has only in advanced queries; "" where there is none."""
    match test:
        case Both(left, right) | Either(left, right):
            return find_advanced(left) or find_advanced(right)
        case Not():
            return "not"
        case Compare(operator, _, _):
            return operator if operator == "ne" else ""
        case Match(function, _, _):
            return {"endswith": "endsWith", "contains": "contains"}.get(function, "")
        case Any_(_, _, inner):
            return "" if inner is None else find_advanced(inner)
        case OneOf():
            return ""


def find_equals(test: Test, names: Mapping[str, str]) -> set[tuple[str, str]] | None:
    """Pairs (names[property], value) of which a row must have at least one to pass; None where the test promises no
    such thing. `names` tells which properties (in lower case) count, alone or as the list of an `any`."""
    match test:
        case Both(left, right):
            a, b = find_equals(left, names), find_equals(right, names)
            return b if a is None else a
        case Either(left, right):
            a, b = find_equals(left, names), find_equals(right, names)
            return None if a is None or b is None else a | b
        case Compare("eq", Path((name,)), Literal(str() as value)) if name.lower() in names:
            return {(names[name.lower()], value)}
        case OneOf(Path((name,)), values) if name.lower() in names:
            return {(names[name.lower()], str(value.value)) for value in values}
        case Any_(Path((name,)), variable, Compare("eq", Path((used,)), Literal(str() as value))):
            return {(names[name.lower()], value)} if used == variable and name.lower() in names else None
        case _:
            return None
