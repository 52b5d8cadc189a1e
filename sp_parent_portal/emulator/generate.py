"""A large tenant, invented: made once into its state file, the same for the same amounts and seed on every machine.

Nothing in it is chance: ids and names follow from the seed and a thing's number, so that guest 17 is the same person
however many sites there are. Addresses lie in `.example` (RFC 2606) and in the tenant's own domains.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import directory
from .amounts import Amounts, BadAmounts
from .invented import MOMENT, Models, invent_colleague, invent_group, invent_guest, name_based
from .state import State

if TYPE_CHECKING:
    from .app import Emulator

Row = tuple[Any, ...]
Step = Callable[[], object]
"""Called after every thousand rows."""

CHUNK = 1000
FACT = "generated"
INSERTS = {
    "users": "INSERT INTO users (id, upn, kind, doc) VALUES (?, ?, ?, ?)",
    "user_addresses": "INSERT OR IGNORE INTO user_addresses (address, user_id, source) VALUES (?, ?, ?)",
    "external_users": "INSERT INTO external_users (unique_id, user_id, doc) VALUES (?, ?, ?)",
    "groups": "INSERT INTO groups (id, nickname, doc) VALUES (?, ?, ?)",
    "members": "INSERT INTO members (group_id, member_id) VALUES (?, ?)",
    "sites": "INSERT INTO sites (id, url, deleted, doc) VALUES (?, ?, ?, ?)",
    "site_things": "INSERT INTO site_things (site_id, kind, parent, id, title, doc) VALUES (?, ?, ?, ?, ?, ?)",
}
ROWS_OF_A_SITE, ROWS_OF_A_PERSON = 90, 5


def count_steps(amounts: Amounts) -> int:
    """About how often `step` will be called."""
    people = (amounts.guests + amounts.users) * ROWS_OF_A_PERSON
    return (amounts.memberships + people + amounts.groups + amounts.sites * ROWS_OF_A_SITE) // CHUNK + 1


def is_made(path: Path, amounts: Amounts, seed: Path | None) -> bool:
    """Whether the state file holds this tenant already. Raises BadAmounts where it holds another."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    state = State(path)
    try:
        if state.get_fact("tenant") is None:
            return False
        if state.get_fact(FACT) != _describe(amounts, seed):
            raise BadAmounts(f"{path.name} holds another tenant; name a state file of its own for this one")
        return True
    finally:
        state.close()


def make_file(path: Path, amounts: Amounts, seed: Path | None, step: Step) -> None:
    """Make the tenant. The file is there whole or not at all. Raises SeedError."""
    making = path.with_name(f"{path.name}.making")
    _remove(making)
    state = State(making)
    # Nothing can be lost before the file has its name: no journal, and more room than a server needs.
    for pragma in ("journal_mode = DELETE", "journal_mode = OFF", "synchronous = OFF", "cache_size = -200000"):
        state.db.execute(f"PRAGMA {pragma}").fetchall()
    fill(state, amounts, seed, step)
    state.close()
    descriptor = os.open(making, os.O_RDWR)
    os.fsync(descriptor)
    os.close(descriptor)
    _remove(path)
    making.replace(path)


def _remove(path: Path) -> None:
    for each in (path, *(path.with_name(f"{path.name}-{part}") for part in ("wal", "shm", "journal"))):
        each.unlink(missing_ok=True)


def fill(state: State, amounts: Amounts, seed: Path | None, step: Step = lambda: None) -> None:
    """Put the tenant into an empty state, as one work. Raises SeedError."""
    with state.work() as db:
        indexes = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
        for index in indexes:
            db.execute(f"DROP INDEX {index['name']}")
        scratch = _plant_scratch(seed)
        _copy(scratch.state, db, amounts)
        writer = _Writer(db, step)
        _write_people(writer, scratch, amounts)
        _write_groups(writer, amounts)
        _write_sites(writer, scratch, amounts)
        for index in indexes:
            db.execute(index["sql"])
        state.set_fact("seed", None if seed is None else str(seed.resolve()))
        state.set_fact(FACT, _describe(amounts, seed))


def find_amounts(state: State) -> Amounts | None:
    """What the tenant was generated from; None where it was not."""
    doc = state.get_fact(FACT)
    return None if doc is None else Amounts(**{name: n for name, n in doc.items() if name != "folder"})


def _describe(amounts: Amounts, seed: Path | None) -> dict[str, Any]:
    return {**asdict(amounts), "folder": None if seed is None else str(seed.resolve())}


class _Writer:
    def __init__(self, db: sqlite3.Connection, step: Step) -> None:
        self._db, self._step, self._rows = db, step, 0

    def write(self, table: str, rows: list[Row]) -> None:
        before = self._rows // CHUNK
        self._db.executemany(INSERTS[table], rows)
        self._rows += len(rows)
        for _ in range(self._rows // CHUNK - before):
            self._step()


# ---- what the seed holds -----------------------------------------------------------------------------------------


def _plant_scratch(seed: Path | None) -> Emulator:
    """The seed's own tenant in memory; without a seed the default one, open to guests."""
    from .app import Emulator
    from .seed import plant
    from .sharepoint import tenant_properties

    scratch = Emulator(State(":memory:"), now=lambda: MOMENT)
    plant(scratch, seed)
    if seed is None:
        tenant_properties.change(scratch.state, {"SharingCapability": 1})
    return scratch


def _copy(scratch: State, db: sqlite3.Connection, amounts: Amounts) -> None:
    """Everything planted, with ids of the seed's in place of those that chance gave."""
    keys = {"users": "id", "groups": "id", "sites": "id", "external_users": "unique_id"}
    named: dict[str, str] = {}
    for table, column in keys.items():
        for number, row in enumerate(scratch.db.execute(f"SELECT {column} AS id FROM {table} ORDER BY seq")):
            new = name_based(amounts.seed, f"planted {table}", number)
            if table == "external_users":
                new = f"1003{new.replace('-', '')[:12].upper()}"
            if table == "groups":
                named[directory.make_security_identifier(row["id"])] = directory.make_security_identifier(new)
            named[row["id"]] = new
    for (table,) in scratch.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        if table == "sqlite_sequence":
            continue
        for row in scratch.db.execute(f"SELECT * FROM {table}"):
            values = [_renamed(value, named) for value in tuple(row)]
            db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values)


def _renamed(value: Any, named: dict[str, str]) -> Any:
    if isinstance(value, str):
        for old, new in named.items():
            value = value.replace(old, new)
    return value


# ---- what is invented --------------------------------------------------------------------------------------------


def _write_people(writer: _Writer, scratch: Emulator, amounts: Amounts) -> None:
    for number in range(amounts.users):
        _write_person(writer, invent_colleague(scratch, amounts.seed, number))
    for number in range(amounts.guests):
        guest, visit = invent_guest(scratch, amounts.seed, number)
        _write_person(writer, guest)
        if visit is not None:
            writer.write("external_users", [(visit["UniqueId"], guest["id"], json.dumps(visit))])


def _write_person(writer: _Writer, doc: dict[str, Any]) -> None:
    writer.write("users", [(doc["id"], doc["userPrincipalName"], doc["userType"], json.dumps(doc))])
    rows = sorted(directory.list_addresses(doc))
    writer.write("user_addresses", [(address, doc["id"], source) for address, source in rows])


def _write_groups(writer: _Writer, amounts: Amounts) -> None:
    kind = "guest" if amounts.guests else "colleague"
    people = [name_based(amounts.seed, kind, number) for number in range(amounts.people)]
    for number, size in enumerate(amounts.group_sizes()):
        group = invent_group(amounts.seed, number)
        writer.write("groups", [(group["id"], group["mailNickname"], json.dumps(group))])
        # In the order of the index that makes a membership unique: twice as fast as any other.
        members = sorted(people[each] for each in amounts.members_of(number, size))
        writer.write("members", [(group["id"], member) for member in members])


def _write_sites(writer: _Writer, scratch: Emulator, amounts: Amounts) -> None:
    models = Models(scratch)
    for number in range(amounts.sites):
        group = invent_group(amounts.seed, number + 1) if number + 1 < amounts.groups else None
        site, things = models.make_site(amounts.seed, number, group)
        writer.write("sites", [site])
        writer.write("site_things", things)
