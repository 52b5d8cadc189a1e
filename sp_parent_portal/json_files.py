"""A JSON file that people write by hand: read strictly, and where its parts stand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MAX_BYTES = 1_000_000
MAX_DEPTH = 60

Place = tuple[int, ...]


class NotJson(Exception):
    """Why a file cannot be used; `line` counts from 1, 0 where none can be told."""

    def __init__(self, line: int, rule: str, message: str) -> None:
        super().__init__(message)
        self.line, self.rule, self.message = line, rule, message


def load_json(path: Path) -> tuple[str, Any]:
    """The file's text and what it says. Raises NotJson, also for what JSON readers disagree about: a key twice in one
    object, NaN, comments, half a character."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError:
        raise NotJson(0, "no-file", "there is no such file, or it cannot be read") from None
    if len(raw) > MAX_BYTES:
        raise NotJson(0, "too-large", f"the file is larger than {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8-sig")
        made = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except UnicodeDecodeError as exc:
        line = raw.count(b"\n", 0, exc.start) + 1
        raise NotJson(line, "not-utf-8", "this is not UTF-8 text: save the file as UTF-8") from None
    except json.JSONDecodeError as exc:
        raise NotJson(exc.lineno, "not-json", f"this is not JSON: {exc.msg} (JSON has no comments)") from None
    except (ValueError, RecursionError) as exc:
        raise NotJson(0, "not-json", f"this JSON cannot be used: {exc}") from None
    if any("\ud800" <= char <= "\udfff" for each in texts(made) for char in each):
        raise NotJson(0, "not-json", "a text holds half a character (a lone surrogate)")
    return text, made


def texts(value: object) -> Iterator[str]:
    """Every string in a JSON value, keys included. Raises NotJson for one that nests deeper than MAX_DEPTH."""
    waiting = [(value, 0)]
    while waiting:
        each, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise NotJson(0, "not-json", f"the file nests deeper than {MAX_DEPTH} levels")
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            yield from each
            waiting += [(inner, depth + 1) for inner in each.values()]
        elif isinstance(each, list):
            waiting += [(inner, depth + 1) for inner in each]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(key for key, often in Counter(key for key, _ in pairs).items() if often > 1)
        raise ValueError(f"the key {twice} stands twice in one object")
    return made


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


# ---- where the parts of a list stand ---------------------------------------------------------------------------------

_DECODER = json.JSONDecoder()


def part_lines(text: str, outer: str, inner: str) -> dict[Place, int]:
    """The line, from 1, on which each element of the list `outer` begins, as (3,), and each element of the list `inner`
    in it, as (3, 1). For text that is valid JSON and holds an object."""
    lines: dict[Place, int] = {}
    for index, at in enumerate(_elements(text, _skip_blank(text, 0), outer)):
        lines[(index,)] = text.count("\n", 0, at) + 1
        for number, within in enumerate(_elements(text, at, inner)):
            lines[index, number] = text.count("\n", 0, within) + 1
    return lines


def _elements(text: str, at: int, name: str) -> list[int]:
    """Where the elements of the list `name` in the object at `at` begin; none where there is no such list."""
    for key, start in _parts(text, at):
        if key == name and text[start] == "[":
            return [element for _, element in _parts(text, start)]
    return []


def _parts(text: str, at: int) -> Iterator[tuple[str, int]]:
    """(key, "" in a list, and where the value begins) for each part of the object or list at `at`; none of others."""
    if text[at] not in "[{":
        return
    is_object = text[at] == "{"
    at = _skip_blank(text, at + 1)
    while text[at] not in "]}":
        key = ""
        if is_object:
            key, at = _DECODER.raw_decode(text, at)
            at = _skip_blank(text, _skip_blank(text, at) + 1)
        yield key, at
        at = _skip_blank(text, _DECODER.raw_decode(text, at)[1])
        at = _skip_blank(text, at + 1) if text[at] == "," else at


def _skip_blank(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\r", "\n"):
        at += 1
    return at
