"""OneRoster 1.1 and 1.2 CSV packages: a folder or zip file with manifest.csv (1EdTech, 22 August 2023, read 2026-11).

A `bulk` file is whole; a `delta` file holds what has changed since, and means something only on top of a whole one, the
base. Of a user only what screening needs is read: passwords, and userProfiles.csv with its credentials, never are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ..errors import ContactListError, Problem
from .folder import Folder, fingerprint
from .linking import index_rows, raise_errors
from .model import ContactList
from .oneroster import OwnRole, Person, Roster, is_role, make_contact_list, split_list
from .oneroster_manifest import ABSENT, BULK, DELTA, Manifest, load_manifest
from .oneroster_whole import read_whole
from .reading import Row, Table
from .side_files import parse_date

_ID = re.compile(r"[0-9A-Za-z./@_-]{1,255}")
_STATUS = ("sourcedId", "status", "dateLastModified")
_USERS = (*_STATUS, "enabledUser", "givenName", "familyName", "email", "agentSourcedIds", "username", "grades")
_MORE = ("phone", "sms")
_COLUMNS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("users", "1.1"): (*_USERS, "orgSourcedIds", "role"),
    ("users", "1.2"): _USERS,
    ("roles", "1.2"): (*_STATUS, "userSourcedId", "role", "beginDate", "endDate", "orgSourcedId"),
    ("orgs", "1.1"): (*_STATUS, "name"),
    ("orgs", "1.2"): (*_STATUS, "name"),
    ("demographics", "1.1"): (*_STATUS, "birthDate"),
    ("demographics", "1.2"): (*_STATUS, "birthDate"),
}
_FILLED = {"users": ("enabledUser",), "roles": ("userSourcedId", "role")}
# The whole header, in the order that the specification fixes; `metadata.` columns may follow.
HEADERS: Mapping[tuple[str, str], str] = {
    ("users", "1.1"): "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
    "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password",
    ("users", "1.2"): "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,preferredGivenName,"
    "preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns",
    ("roles", "1.2"): "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
    "userProfileSourcedId",
}


@dataclass
class _Part:
    """One kind of record, whichever files it came from: rows by id with the file of each, ids said to be deleted."""

    rows: dict[str, tuple[str, Row]]
    gone: set[str]
    broken: bool


@dataclass(frozen=True)
class _Package:
    folder: Folder
    manifest: Manifest


class _Reading:
    """What is noticed while one package, and perhaps its base, is read."""

    def __init__(self, version: str, known: Mapping[str, Table] | None = None) -> None:
        self.version = version
        self._known = known or {}
        self.tables: list[Table] = []
        self.problems: list[Problem] = []

    def part(self, kind: str, package: _Package, base: _Package | None) -> _Part:
        """The rows of a kind; those of the base where the package has only changes to it, or says nothing of it."""
        mode = package.manifest.mode(kind)
        if mode == BULK:
            return self._whole(kind, package)
        there = base is not None and base.manifest.mode(kind) == BULK
        part = self._whole(kind, base) if base is not None and there else _Part({}, set(), broken=False)
        if mode == DELTA:
            self._change(kind, package, part)
        return part

    def _whole(self, kind: str, package: _Package) -> _Part:
        table = self.read(kind, package)
        self.problems += self._about_bulk(table)
        rows, wrong = index_rows(table, "sourcedId", "id")
        self.problems += wrong
        for row in rows.values():
            self._check_filled(kind, table.file, row)
        return _Part({key: (table.file, row) for key, row in rows.items()}, set(), table.broken)

    def _change(self, kind: str, package: _Package, part: _Part) -> None:
        table = self.read(kind, package)
        rows, wrong = index_rows(table, "sourcedId", "id")
        self.problems += wrong
        part.broken = part.broken or table.broken
        for key, row in rows.items():
            self.problems += _about_delta(table.file, row)
            if row["status"] == "tobedeleted":
                part.rows.pop(key, None)
                part.gone.add(key)
            else:
                self._check_filled(kind, table.file, row)
                part.rows[key] = table.file, row

    def read(self, kind: str, package: _Package) -> Table:
        file = f"{kind}.csv"
        header = HEADERS.get((kind, self.version), "")
        if package.folder.has(file) and header and not _is_in_order(package.folder.header(file), header.split(",")):
            message = "The columns are not those of the specification in its order. They are found by their names."
            self.problems.append(Problem(file, 1, "header-order", message, "warning"))
        optional = _MORE if kind == "users" else ()
        ids = ("sourcedId", "userSourcedId") if kind == "roles" else ("sourcedId",)
        required = _COLUMNS[kind, self.version]
        table = self._known.get(kind) or package.folder.read(file, required, optional, filled=("sourcedId",), ids=ids)
        self.tables.append(table)
        self.problems += table.problems
        if not table.rows and not table.broken:
            message = (
                "The file has a header and no data, which the specification forbids: the export seems to have failed."
            )
            self.problems.append(Problem(file, 0, "no-rows", message))
        for line, key in zip(table.rows.lines, table.rows.column("sourcedId"), strict=True):
            if not _ID.fullmatch(key):
                message = "An id has 1 to 255 of the characters 0-9 A-Z a-z . / @ _ and -."
                self.problems.append(Problem(file, line, "id", message))
        return table

    def _check_filled(self, kind: str, file: str, row: Row) -> None:
        for column in _FILLED.get(kind, ()):
            if not row[column]:
                self.problems.append(Problem(file, row.line, "blank", f"The column {column!r} must not be blank."))

    def _about_bulk(self, table: Table) -> Iterator[Problem]:
        """In a whole file status and date must be blank. "active" does no harm; anything else is not guessed."""
        dated = [row for row in table.rows if row["status"] == "active" or row["dateLastModified"]]
        for row in table.rows:
            if row["status"] not in ("", "active"):
                message = "A whole (bulk) file must not have a status: is it meant to be changes (delta)?"
                yield Problem(table.file, row.line, "bulk-status", message)
        if dated:
            message = f"{len(dated)} rows have a status or a date, which must be blank in a whole (bulk) file."
            yield Problem(table.file, dated[0].line, "bulk-status", message, "warning")


def load_oneroster(folder: Folder, base: Folder | None = None) -> ContactList:
    """`base` is a whole (bulk) package that this one's changes are made to. Raises ContactListError with every problem
    of every file."""
    package = _open(folder)
    below = None if base is None else _open_base(base, package.manifest.version)
    version = package.manifest.version
    reading = _Reading(version)
    if package.manifest.mode("users") == ABSENT and below is None:
        message = "The manifest says that users.csv is absent: there is nobody in this package."
        reading.problems.append(Problem("manifest.csv", 0, "absent-file", message))
        raise_errors(reading.problems)
    known: Mapping[str, Table] = {}
    if below is None:
        _refuse_changes_alone(package)
        found, known = _load_by_columns(package)
        if found is not None:
            return found
    reading = _Reading(version, known)
    users = reading.part("users", package, below)
    roles = reading.part("roles", package, below) if version == "1.2" else None
    orgs, demographics = reading.part("orgs", package, below), reading.part("demographics", package, below)
    own = _roles_11(users, reading) if roles is None else _roles_12(roles, users, reading)
    people = {key: _person(key, file, row, own.get(key, ()), reading) for key, (file, row) in users.rows.items()}
    if users.broken or (roles is not None and roles.broken):
        raise_errors(reading.problems)
    roster = Roster(
        version,
        "users.csv",
        people,
        users.gone,
        {key: row["name"] for key, (_, row) in orgs.rows.items()},
        {key: parse_date(row["birthDate"]) for key, (_, row) in demographics.rows.items()},
    )
    read = [table for table in (package.manifest.table, *reading.tables) if table.sha256]
    return make_contact_list(f"oneroster-{version}", roster, reading.problems, fingerprint(read))


def _load_by_columns(package: _Package) -> tuple[ContactList | None, Mapping[str, Table]]:
    """The list, unless something is to be said about a row; and the tables that have been read for it."""
    version, manifest = package.manifest.version, package.manifest
    reading = _Reading(version)
    kinds = ["users", "orgs", "demographics", *(["roles"] if version == "1.2" else [])]
    tables = {kind: reading.read(kind, package) for kind in kinds if manifest.mode(kind) == BULK}
    read = [table for table in (manifest.table, *tables.values()) if table.sha256]
    if any(problem.severity == "error" for problem in reading.problems):
        return None, tables
    whole = read_whole(version, {kind: tables.get(kind, Table(f"{kind}.csv")) for kind in kinds})
    if whole is None:
        return None, tables
    problems = raise_errors([*reading.problems, *whole.problems])
    people = whole.students, whole.contacts, whole.relationships
    return ContactList(f"oneroster-{version}", *people, problems, fingerprint(read)), tables


def _open(folder: Folder) -> _Package:
    manifest = load_manifest(folder)
    raise_errors(manifest.problems)
    return _Package(folder, manifest)


def _open_base(folder: Folder, version: str) -> _Package:
    base = _open(folder)
    wrong = ""
    if base.manifest.version != version:
        wrong = f"the base is OneRoster {base.manifest.version}, the changes are {version}"
    elif DELTA in base.manifest.modes.values() or base.manifest.mode("users") != BULK:
        wrong = "the base must be whole (bulk) itself"
    if wrong:
        problem = Problem(folder.name, 0, "base", f"{wrong[0].upper()}{wrong[1:]}.")
        hint = "Name the last whole export (bulk) of the same system as --base, or as `base` in portal.toml."
        raise ContactListError(f"{folder.name} cannot be the base of these changes: {wrong}.", hint, [problem])
    return base


def _refuse_changes_alone(package: _Package) -> None:
    changed = [kind for kind in ("users", "roles", "orgs", "demographics") if package.manifest.mode(kind) == DELTA]
    if changed:
        named = ", ".join(f"{kind}.csv" for kind in changed)
        message = f"It holds only changes (delta: {named}); whom it leaves out would be taken for gone."
        raise ContactListError(
            f"{package.folder.name} cannot be read by itself: {message}",
            "Export the whole list (bulk), or name the whole list that the changes belong to: "
            "`--base FOLDER`, or base in portal.toml.",
            [Problem("manifest.csv", 0, "delta-without-base", message)],
        )


def _about_delta(file: str, row: Row) -> Iterator[Problem]:
    if row["status"] not in ("active", "tobedeleted"):
        yield Problem(file, row.line, "delta-status", "Among changes (delta) the status is active or tobedeleted.")
    try:
        datetime.fromisoformat(row["dateLastModified"])
    except ValueError:
        message = "Among changes (delta) dateLastModified says when, such as 2027-03-01T08:00:00.000Z."
        yield Problem(file, row.line, "delta-date", message)


def _is_in_order(header: tuple[str, ...], wanted: list[str]) -> bool:
    return list(header[: len(wanted)]) == wanted and all(name.startswith("metadata.") for name in header[len(wanted) :])


# ---- people ----------------------------------------------------------------------------------------------------------


def _roles_11(users: _Part, reading: _Reading) -> dict[str, tuple[OwnRole, ...]]:
    """1.1: one role for each user, at one or more organisations."""
    roles = {}
    for key, (file, row) in users.rows.items():
        if not row["role"]:
            reading.problems.append(Problem(file, row.line, "blank", "The column 'role' must not be blank."))
        _check_role(file, row, reading)
        roles[key] = tuple(OwnRole(row["role"], org) for org in split_list(row["orgSourcedIds"]) or ("",))
    return roles


def _roles_12(roles: _Part, users: _Part, reading: _Reading) -> dict[str, tuple[OwnRole, ...]]:
    found: dict[str, list[OwnRole]] = {}
    for file, row in roles.rows.values():
        key = row["userSourcedId"]
        _check_role(file, row, reading)
        if key not in users.rows and key not in users.gone and not users.broken:
            message = "The id in 'userSourcedId' is not in users.csv: it may be cut short."
            reading.problems.append(Problem(file, row.line, "unknown-user", message))
        days = [_day(file, row, column, reading) for column in ("beginDate", "endDate")]
        found.setdefault(key, []).append(OwnRole(row["role"], row["orgSourcedId"], *days))
    return {key: tuple(rows) for key, rows in found.items()}


def _check_role(file: str, row: Row, reading: _Reading) -> None:
    if row["role"] and not is_role(row["role"], reading.version):
        message = f"The role is none of those of OneRoster {reading.version}, which are case-sensitive."
        reading.problems.append(Problem(file, row.line, "unknown-role", message))


def _day(file: str, row: Row, column: str, reading: _Reading) -> date | None:
    day = parse_date(row[column])
    if row[column] and day is None:
        message = f"The date in {column!r} is not of the form 2027-03-01."
        reading.problems.append(Problem(file, row.line, "date", message))
    return day


def _person(key: str, file: str, row: Row, roles: tuple[OwnRole, ...], reading: _Reading) -> Person:
    if row["enabledUser"] not in ("true", "false", ""):
        message = "The value in 'enabledUser' is true or false."
        reading.problems.append(Problem(file, row.line, "value", message))
    grades = split_list(row["grades"])
    return Person(
        key,
        row["givenName"],
        row["familyName"],
        row["email"],
        row["phone"] or row["sms"],
        row["username"],
        row["enabledUser"] == "true",
        roles,
        grades[0] if grades else "",
        split_list(row["agentSourcedIds"]),
        file,
        row.line,
    )
