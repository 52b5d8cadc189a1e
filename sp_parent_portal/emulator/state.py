"""The tenant's state: one SQLite file, written through before an answer leaves, so that it survives kill -9.

Directory objects and memberships have tables of their own, because a tenant may have a hundred thousand guests and a
million memberships. What a site holds (lists, columns, items, groups, users, permission levels, grants, navigation) is
rows of `site_things`, found by site, kind and parent. Every `doc` is the JSON object that the service's answers are
made from. Rows are numbered (`seq`), and pages are cut by that number, so that paging is stable while others write.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Doc = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counts (key TEXT PRIMARY KEY, n REAL NOT NULL);
CREATE TABLE IF NOT EXISTS users (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, upn TEXT NOT NULL COLLATE NOCASE,
    kind TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS users_upn ON users (upn);
CREATE INDEX IF NOT EXISTS users_kind ON users (kind, deleted, seq);
CREATE INDEX IF NOT EXISTS users_deleted ON users (seq) WHERE deleted = 1;
CREATE TABLE IF NOT EXISTS user_addresses (address TEXT NOT NULL COLLATE NOCASE, user_id TEXT NOT NULL,
    source TEXT NOT NULL, PRIMARY KEY (address, user_id, source)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS user_addresses_user ON user_addresses (user_id);
CREATE TABLE IF NOT EXISTS groups (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, nickname TEXT NOT NULL COLLATE NOCASE,
    deleted INTEGER NOT NULL DEFAULT 0, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS groups_nickname ON groups (nickname);
CREATE TABLE IF NOT EXISTS members (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, group_id TEXT NOT NULL, member_id TEXT NOT NULL,
    UNIQUE (group_id, member_id));
CREATE INDEX IF NOT EXISTS members_member ON members (member_id);
CREATE INDEX IF NOT EXISTS members_group ON members (group_id, seq);
CREATE TABLE IF NOT EXISTS invitations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL,
    email TEXT NOT NULL COLLATE NOCASE, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS invitations_email ON invitations (email);
CREATE INDEX IF NOT EXISTS invitations_user ON invitations (user_id);
CREATE TABLE IF NOT EXISTS mails (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, mailbox TEXT NOT NULL COLLATE NOCASE,
    folder TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS mails_mailbox ON mails (mailbox, folder);
CREATE TABLE IF NOT EXISTS mail_properties (mail_id TEXT NOT NULL, property TEXT NOT NULL COLLATE NOCASE,
    value TEXT NOT NULL, PRIMARY KEY (mail_id, property)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS mail_properties_value ON mail_properties (property, value);
CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, doc TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sites (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, url TEXT NOT NULL COLLATE NOCASE,
    deleted INTEGER NOT NULL DEFAULT 0, doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS sites_url ON sites (url);
CREATE TABLE IF NOT EXISTS site_things (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, site_id TEXT NOT NULL, kind TEXT NOT NULL, parent TEXT NOT NULL DEFAULT '',
    id TEXT NOT NULL, title TEXT NOT NULL DEFAULT '' COLLATE NOCASE, doc TEXT NOT NULL,
    UNIQUE (site_id, kind, parent, id));
CREATE INDEX IF NOT EXISTS site_things_title ON site_things (site_id, kind, parent, title);
CREATE TABLE IF NOT EXISTS external_users (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, unique_id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL DEFAULT '', doc TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS external_users_user ON external_users (user_id);
CREATE INDEX IF NOT EXISTS external_users_order ON external_users (seq);
"""


REMEMBERED: dict[str, Doc] = {}
"""Documents by their text, as long as there are not too many. Tests look whether one was changed."""


def read_doc(text: str) -> Doc:
    """A row's document, parsed once. It is the caller's own, but not what is inside it: a changed part is put into a
    new document, as everywhere in the emulator."""
    known = REMEMBERED.get(text)
    if known is None:
        if len(REMEMBERED) >= 1000:
            REMEMBERED.clear()
        known = REMEMBERED[text] = json.loads(text)
    return dict(known)


def _close(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()


class State:
    """One connection for each thread; `with state.work() as db` is one write transaction, undone by an exception."""

    def __init__(self, path: Path | str) -> None:
        self.path = str(path)
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        weakref.finalize(self, _close, self._open)
        if self.path != ":memory:":
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            os.close(descriptor)
            Path(self.path).chmod(0o600)
        self._memory = self._connect() if self.path == ":memory:" else None
        self._lock = threading.RLock()
        self.db.executescript(SCHEMA)

    def close(self) -> None:
        """Nothing more is asked of it. What was written is in the file itself, not beside it."""
        _close(self._open)
        self._open.clear()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, timeout=30, check_same_thread=False)
        db.row_factory = sqlite3.Row
        self._open.append(db)
        if self.path != ":memory:":
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            # Pages are read where the system has them in memory already, not copied out of it one by one.
            db.execute("PRAGMA mmap_size = 1073741824")
        return db

    @property
    def db(self) -> sqlite3.Connection:
        """For reading."""
        if self._memory is not None:
            return self._memory
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = self._connect()
        return db

    @contextmanager
    def work(self) -> Iterator[sqlite3.Connection]:
        """One write transaction; nested calls join it."""
        # The lock comes first: threads share the connection of a state in memory, so only its holder may ask whether
        # the open transaction is its own.
        with self._lock:
            db = self.db
            if db.in_transaction:
                yield db
                return
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def step(self) -> Iterator[None]:
        """A part of a write transaction that an exception undoes alone."""
        with self.work() as db:
            db.execute("SAVEPOINT step")
            try:
                yield
            except BaseException:
                db.execute("ROLLBACK TO step")
                raise
            finally:
                db.execute("RELEASE step")

    @contextmanager
    def look(self) -> Iterator[sqlite3.Connection]:
        """For a request that only reads: never sees half of another thread's work."""
        if self._memory is None:
            yield self.db
            return
        with self._lock:
            yield self.db

    # ---- facts: one JSON document for each name (tenant, tenant_properties, authorization_policy, faults, clock …)

    def get_fact(self, key: str) -> Any:
        text = self.get_fact_text(key)
        return None if text is None else json.loads(text)

    def get_fact_text(self, key: str) -> str | None:
        """The fact's JSON as it is stored: what is made from it can be remembered by it."""
        row = self.db.execute("SELECT doc FROM facts WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row["doc"])

    def set_fact(self, key: str, doc: Any) -> None:
        with self.work() as db:
            db.execute("INSERT OR REPLACE INTO facts (key, doc) VALUES (?, ?)", (key, json.dumps(doc)))

    def clear(self) -> None:
        """Forget the tenant. The key that tokens are signed with stays: who is signed in stays signed in."""
        tables = [row["name"] for row in self.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        with self.work() as db:
            for table in tables:
                if table not in ("facts", "sqlite_sequence"):
                    db.execute(f"DELETE FROM {table}")
            db.execute("DELETE FROM facts WHERE key != 'token_key'")

    # ---- what a site holds

    def list_things(self, site_id: str, kind: str, parent: str = "") -> list[Doc]:
        rows = self.db.execute(
            "SELECT doc FROM site_things WHERE site_id = ? AND kind = ? AND parent = ? ORDER BY seq",
            (site_id, kind, parent),
        )
        return [json.loads(row["doc"]) for row in rows]

    def find_thing(self, site_id: str, kind: str, key: str, parent: str = "") -> Doc | None:
        row = self.db.execute(
            "SELECT doc FROM site_things WHERE site_id = ? AND kind = ? AND parent = ? AND id = ?",
            (site_id, kind, parent, key),
        ).fetchone()
        return None if row is None else read_doc(row["doc"])

    def find_thing_by_title(self, site_id: str, kind: str, title: str, parent: str = "") -> Doc | None:
        row = self.db.execute(
            "SELECT doc FROM site_things WHERE site_id = ? AND kind = ? AND parent = ? AND title = ? ORDER BY seq",
            (site_id, kind, parent, title),
        ).fetchone()
        return None if row is None else read_doc(row["doc"])

    def put_thing(self, site_id: str, kind: str, key: str, doc: Doc, *, parent: str = "", title: str = "") -> None:
        """Add the thing, or replace the one of that key in place (it keeps its number)."""
        with self.work() as db:
            db.execute(
                "INSERT INTO site_things (site_id, kind, parent, id, title, doc) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (site_id, kind, parent, id) DO UPDATE SET title = excluded.title, doc = excluded.doc",
                (site_id, kind, parent, key, title, json.dumps(doc)),
            )

    def remove_thing(self, site_id: str, kind: str, key: str, parent: str = "") -> bool:
        with self.work() as db:
            cursor = db.execute(
                "DELETE FROM site_things WHERE site_id = ? AND kind = ? AND parent = ? AND id = ?",
                (site_id, kind, parent, key),
            )
            return cursor.rowcount > 0
