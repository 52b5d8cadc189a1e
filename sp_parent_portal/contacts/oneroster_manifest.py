"""manifest.csv of a OneRoster package: which version, and for each file whether it is absent, whole or only changes
(1EdTech OneRoster 1.1 and 1.2 CSV bindings, 22 August 2023, read 2026-11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import Problem
from .folder import Folder
from .reading import Table

FILE = "manifest.csv"
ABSENT, BULK, DELTA = "absent", "bulk", "delta"
VERSIONS = ("1.1", "1.2")


@dataclass(frozen=True)
class Manifest:
    """`version` is "" where it cannot be told; `modes` is by the name of a file without `.csv`, absent ones left out;
    `problems` are all errors."""

    version: str
    modes: Mapping[str, str]
    table: Table
    problems: tuple[Problem, ...]

    def mode(self, file: str) -> str:
        return self.modes.get(file, ABSENT)


def load_manifest(folder: Folder) -> Manifest:
    """Names and values are case-sensitive. Raises nothing: look at `problems`."""
    if not folder.has(FILE):
        message = f"{folder.name} has no {FILE}: without it nobody can tell a whole list from changes to one."
        return Manifest("", {}, Table(FILE), (Problem(FILE, 0, "missing-file", message),))
    table = folder.read(FILE, ("propertyName", "value"), filled=("propertyName",))
    problems = list(table.problems)
    said: dict[str, tuple[str, int]] = {}
    for row in table.rows:
        name = row["propertyName"]
        if name in said:
            message = f"The property stands on line {said[name][1]} already."
            problems.append(Problem(FILE, row.line, "duplicate-property", message))
        else:
            said[name] = row["value"], row.line
    version = "" if table.broken else _version(said, problems)
    return Manifest(version, _modes(folder, said, problems), table, tuple(problems))


def _version(said: Mapping[str, tuple[str, int]], problems: list[Problem]) -> str:
    for name, known in (("manifest.version", ("1.0",)), ("oneroster.version", VERSIONS)):
        value, line = said.get(name, ("", 0))
        if value not in known:
            message = f"{name} must be {' or '.join(known)}."
            problems.append(Problem(FILE, line, "version", message))
            return ""
    return said["oneroster.version"][0]


def _modes(folder: Folder, said: Mapping[str, tuple[str, int]], problems: list[Problem]) -> dict[str, str]:
    modes = {}
    for name, (value, line) in said.items():
        kind, _, file = name.partition(".")
        if kind != "file":
            continue
        if value not in (ABSENT, BULK, DELTA):
            problems.append(Problem(FILE, line, "value", f"A file is {ABSENT}, {BULK} or {DELTA}, nothing else."))
        elif value == ABSENT:
            if folder.has(f"{file}.csv"):
                message = "The file is said to be absent, but it is there: one of the two is a mistake."
                problems.append(Problem(FILE, line, "absent-file", message))
        else:
            modes[file] = value
    return modes
