"""A TOML file that people write by hand → a model, with every mistake and its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from .errors import InputError, Problem

MAX_BYTES = 200_000

Model = TypeVar("Model", bound=BaseModel)
Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What a TOML file says, and on which line it says it. `lines` maps ("guardians", "students") to a line from 1, and
    ("sections", "1", "left", "0", "text") in the second [[sections]]."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[Keys, int]

    def line(self, keys: Keys) -> int:
        """The line of a key; of the section around it where the key is not there; 0 where nothing is."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.lines:
                return self.lines[keys[:length]]
        return 0

    def problem(self, keys: Keys, rule: str, message: str) -> Problem:
        return Problem(str(self.path), self.line(keys), rule, message)


def load_toml(path: Path, error: type[InputError]) -> TomlFile:
    """Raises `error` with one problem: no such file, not UTF-8, not TOML."""
    try:
        raw = path.read_bytes()
    except OSError as exc:
        reason = "there is no such file" if isinstance(exc, FileNotFoundError) else "this file cannot be read"
        reason = "this is a folder, not a file" if isinstance(exc, IsADirectoryError) else reason
        raise complaint(error, [Problem(str(path), 0, "no-file", reason)]) from None
    try:
        if len(raw) > MAX_BYTES:
            raise complaint(error, [Problem(str(path), 0, "too-large", f"the file is larger than {MAX_BYTES} bytes")])
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
        return TomlFile(path, tomllib.loads(text), key_lines(text))
    except UnicodeDecodeError as exc:
        line = raw[: exc.start].count(b"\n") + 1
        problem = Problem(str(path), line, "not-utf-8", "this is not UTF-8 text: save the file as UTF-8")
    except tomllib.TOMLDecodeError as exc:
        problem = _not_toml(path, str(exc))
    except RecursionError:
        problem = Problem(str(path), 0, "not-toml", "the file nests values too deeply")
    raise complaint(error, [problem])


def find_line(path: Path, keys: Keys) -> int:
    """The line of a key in a file that was loaded before; 0 where it cannot be told any more."""
    try:
        return load_toml(path, InputError).line(keys)
    except InputError:
        return 0


def make_model(
    file: TomlFile, model: type[Model], error: type[InputError], given: Mapping[str, object] | None = None
) -> Model:
    """The file as `model`; validators find its folder in `context["folder"]`. `given` are fields that the file may
    not hold. Raises `error` with every problem."""
    given = given or {}
    problems = [file.problem((name,), "unknown-key", f"unknown key {name}") for name in file.data if name in given]
    context = {"folder": file.path.resolve().parent, "file": file.path.name}
    try:
        made = model.model_validate({**file.data, **given}, context=context)
    except ValidationError as exc:
        problems += [_from_pydantic(file, model, each) for each in exc.errors(include_url=False)]
    else:
        if not problems:
            return made
    raise complaint(error, problems)


def complaint(error: type[InputError], problems: Iterable[Problem]) -> InputError:
    """`error` that carries the problems, in the order of the files' lines."""
    found = sorted(set(problems))
    files = ", ".join(dict.fromkeys(problem.file for problem in found))
    count = "a problem" if len(found) == 1 else f"{len(found)} problems"
    return error(f"{files}: {count}; nothing was done.", "Mend what is listed and run the command again.", found)


def _not_toml(path: Path, text: str) -> Problem:
    where = re.search(r"\(at line (\d+), column \d+\)", text)
    said = ascii(re.sub(r"\s*\(at [^)]*\)", "", text))[1:-1]
    # The parser's own words help whoever knows TOML; these are the mistakes of everybody else.
    message = (
        f"this is not TOML ({said}): is it one name = value for each line, text in straight quotation marks, "
        "dates like 2027-05-10?"
    )
    return Problem(str(path), int(where[1]) if where else 0, "not-toml", message)


# ---- what pydantic finds, in a teacher's words -----------------------------------------------------------------------

_KINDS = {
    "string_type": 'must be text in quotation marks: "…"',
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "date_type": "must be a date such as 2027-05-10",
    "date_parsing": "must be a date such as 2027-05-10",
    "date_from_datetime_parsing": "must be a date such as 2027-05-10",
    "date_from_datetime_inexact": "must be a date without a time, such as 2027-05-10",
    "tuple_type": 'must be a list in square brackets: ["…", "…"]',
    "path_type": 'must be a path in quotation marks: "…"',
    "dict_type": "must be a section in square brackets",
    "model_type": "must be a section in square brackets",
}

_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def _from_pydantic(file: TomlFile, model: type[BaseModel], found: ErrorDetails) -> Problem:
    keys = _place(file.data, found["loc"])
    names = [part for part in found["loc"] if isinstance(part, str)]
    kind = found["type"]
    name = names[-1] if names else file.path.name
    context = found.get("ctx", {})
    if kind == "missing":
        inside = f" in [{'.'.join(key for key in keys[:-1] if not key.isdecimal())}]" if len(keys) > 1 else ""
        return file.problem(keys, "missing-key", f"{name} is missing{inside}")
    if kind == "extra_forbidden":
        return _unknown_key(file, model, keys)
    if kind in _KINDS:
        return file.problem(keys, "wrong-type", f"{name} {_KINDS[kind]}")
    if kind == "union_tag_invalid":
        said = f"there is no {context['discriminator']} {context['tag']}; there are: {context['expected_tags']}"
        return file.problem(keys, "not-a-choice", said.replace("'", ""))
    if kind == "union_tag_not_found":
        return file.problem(keys, "missing-key", f"{context['discriminator']} is missing".replace("'", ""))
    if kind in ("literal_error", "enum"):
        # A number in quotation marks is not the number: the marks of these stay.
        choices = re.sub(r"'(\d*)'", r'"\1"', context["expected"]).replace("'", "")
        return file.problem(keys, "not-a-choice", f"{name} must be {choices}")
    if limit := next((each for each in _LIMITS if each in context), ""):
        return file.problem(keys, "out-of-range", f"{name} must be {_LIMITS[limit]} {context[limit]:g}")
    if kind.startswith("string_"):
        return file.problem(keys, "out-of-range", f"{name}: {found['msg'][:1].lower()}{found['msg'][1:]}")
    said = found["msg"]
    if name not in said:
        said = f"{name} {said}" if said.startswith("must ") else f"{name}: {said}"
    return file.problem(keys, kind.replace("_", "-"), said)


def _place(data: Any, loc: Iterable[int | str]) -> Keys:
    """Where pydantic found it, as keys of the file: without the kind that it names behind a section of a list, which
    the section itself says too, as in part = "text"."""
    keys, parts = list[str](), list(loc)
    for number, part in enumerate(parts):
        ends = number == len(parts) - 1
        if number and isinstance(parts[number - 1], int) and not ends and part in _values(data):
            continue
        known = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if known or (isinstance(data, dict) and part in data):
            data = data[part]
        elif not ends:
            continue
        keys.append(str(part))
    return tuple(keys)


def _values(data: Any) -> list[Any]:
    return list(data.values()) if isinstance(data, dict) else []


def _unknown_key(file: TomlFile, model: type[BaseModel], keys: Keys) -> Problem:
    close = get_close_matches(keys[-1], _known_keys(model, keys[:-1]), n=1)
    hint = f" (did you mean {close[0]}?)" if close else ""
    return file.problem(keys, "unknown-key", f"unknown key {keys[-1][:40]}{hint}")


def _known_keys(model: type[BaseModel], keys: Keys) -> list[str]:
    for key in keys:
        if key in model.model_fields:
            annotation = model.model_fields[key].annotation
            inner = [each for each in (annotation, *get_args(annotation)) if _is_model(each)]
            model = inner[0] if inner else model
    return list(model.model_fields)


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


# ---- where a key stands ----------------------------------------------------------------------------------------------

_BASIC, _LITERAL = r'"(?:\\.|[^"\\\n])*"', r"'[^'\n]*'"
_PART = rf"(?:[A-Za-z0-9_-]+|{_BASIC}|{_LITERAL})"
_KEY = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*")
_HEADER = re.compile(rf"\[\[?[ \t]*({_KEY.pattern})[ \t]*\]\]?")
_BLANK = re.compile(r"(?:\s+|#[^\n]*)*")
_VALUE = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?""""{0,2}|' + r"'''[\s\S]*?''''{0,2}|" + rf"{_BASIC}|{_LITERAL}|" + r"#[^\n]*|[^\"'#]"
)


def key_lines(text: str) -> dict[Keys, int]:
    """Where each key and section stands, for text that is valid TOML. Keys of an inline table are not told apart. In a
    list of sections each has its number behind the list's name, from 0."""
    lines: dict[Keys, int] = {}
    section: Keys = ()
    last: dict[Keys, int] = {}  # the number of the section that a list ends with so far
    at = _end(_BLANK, text, 0)
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        if header := _HEADER.match(text, at):
            section = keys = _numbered(_parts(header[1]), last, opens=header[0].startswith("[["))
            after = header.end()
        else:
            key_end = _end(_KEY, text, at)
            keys = section + _parts(text[at:key_end])
            after = _after_value(text, key_end)
        for length in range(1, len(keys) + 1):
            lines.setdefault(keys[:length], line)
        at = _end(_BLANK, text, after)
    return lines


def _numbered(header: Keys, last: dict[Keys, int], *, opens: bool) -> Keys:
    """The keys of a section's header with the number behind each list in it. `opens`: it begins another section."""
    keys: Keys = ()
    for number, part in enumerate(header):
        keys = (*keys, part)
        if opens and number == len(header) - 1:
            last[keys] = last.get(keys, -1) + 1
        if keys in last:
            keys = (*keys, str(last[keys]))
    return keys


def _parts(key: str) -> Keys:
    def name(part: str) -> str:
        if part[0] not in "\"'":
            return part
        try:
            return str(tomllib.loads(f"k = {part}")["k"])
        except tomllib.TOMLDecodeError:  # an escape that there is not: the file is told to be no TOML anyway
            return part

    return tuple(name(part) for part in re.findall(_PART, key))


def _after_value(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        if text[at] == "\n" and depth == 0:
            return at
        depth += (text[at] in "[{") - (text[at] in "]}")
        at = _end(_VALUE, text, at)
    return at


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a match that begins at `at` ends. Valid TOML always matches; one step keeps anything else from looping."""
    found = pattern.match(text, at)
    return found.end() if found else at + 1
