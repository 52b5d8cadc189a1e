"""One site collection in the emulator's state, with its root web and everything it holds.

Ids of webs and lists are unique within their site only: sites are cloned, and clones share them, as recorded at the
real service. What a site holds is therefore always found through the site.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..state import read_doc

if TYPE_CHECKING:
    from ..app import Emulator
    from ..state import State

Doc = dict[str, Any]

ZERO = "00000000-0000-0000-0000-000000000000"
CLONES = uuid.UUID("5d2f2a52-7c0a-4f0e-9f5b-2f3b6f5a1f7e")


class Site:
    """`doc` is the row that tenant administration shows (SiteProperties); names with "_" are the emulator's own.
    `number` is the row's, which pages are cut by; 0 for a site that is being made."""

    def __init__(
        self, emulator: Emulator, site_id: str, url: str, doc: Doc | str, *, deleted: bool = False, number: int = 0
    ) -> None:
        self.emulator, self.id, self.url, self._doc, self.deleted = emulator, site_id, url, doc, deleted
        self.number = number

    @property
    def doc(self) -> Doc:
        # Most calls that find a site never look at it: a row's JSON is read when somebody does.
        if isinstance(self._doc, str):
            self._doc = read_doc(self._doc)
        return self._doc

    @doc.setter
    def doc(self, doc: Doc) -> None:
        self._doc = doc

    @property
    def state(self) -> State:
        return self.emulator.state

    @property
    def path(self) -> str:
        """Server-relative address: `/sites/x`, "/" for the root site."""
        return urlsplit(self.url).path or "/"

    def under(self, path: str) -> str:
        """Server-relative address of something in the site."""
        return f"{self.path.rstrip('/')}/{path}"

    def now(self) -> str:
        return stamp(self.emulator.now())

    # ---- the site itself

    def store(self) -> None:
        with self.state.work() as db:
            db.execute(
                "INSERT INTO sites (id, url, deleted, doc) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET url = excluded.url, deleted = excluded.deleted, doc = excluded.doc",
                (self.id, self.url, int(self.deleted), json.dumps(self.doc)),
            )

    def purge(self) -> None:
        with self.state.work() as db:
            db.execute("DELETE FROM site_things WHERE site_id = ?", (self.id,))
            db.execute("DELETE FROM sites WHERE id = ?", (self.id,))

    @property
    def web(self) -> Doc:
        doc = self.find("web", "root")
        if doc is None:
            raise LookupError(self.id)
        return doc

    def put_web(self, doc: Doc) -> None:
        self.put("web", "root", doc)

    # ---- what it holds

    def each(self, kind: str, parent: str = "") -> list[Doc]:
        return self.state.list_things(self.id, kind, parent)

    def find(self, kind: str, key: object, parent: str = "") -> Doc | None:
        return self.state.find_thing(self.id, kind, str(key), parent)

    def find_titled(self, kind: str, title: str, parent: str = "") -> Doc | None:
        return self.state.find_thing_by_title(self.id, kind, title, parent)

    def put(self, kind: str, key: object, doc: Doc, *, parent: str = "", title: str = "") -> None:
        self.state.put_thing(self.id, kind, str(key), doc, parent=parent, title=title)

    def remove(self, kind: str, key: object, parent: str = "") -> bool:
        return self.state.remove_thing(self.id, kind, str(key), parent)

    def remove_all(self, kind: str, parent: str) -> None:
        with self.state.work() as db:
            db.execute("DELETE FROM site_things WHERE site_id = ? AND kind = ? AND parent = ?", (self.id, kind, parent))

    def list_keys(self, kind: str) -> list[str]:
        rows = self.state.db.execute(
            "SELECT id FROM site_things WHERE site_id = ? AND kind = ? ORDER BY seq", (self.id, kind)
        )
        return [row["id"] for row in rows.fetchall()]

    def count(self, kind: str, parent: str) -> int:
        row = self.state.db.execute(
            "SELECT count(*) AS n FROM site_things WHERE site_id = ? AND kind = ? AND parent = ?",
            (self.id, kind, parent),
        ).fetchone()
        return int(row["n"])

    def next_number(self, sequence: str, first: int) -> int:
        """Numbers are given out once: what was deleted does not lend its number to what comes after it."""
        number: int = (self.find("sequence", sequence) or {"next": first})["next"]
        self.put("sequence", sequence, {"next": number + 1})
        return number


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clone_id(template: str, name: str) -> str:
    """The id that a thing of a site's template has in every site made from it."""
    return str(uuid.uuid5(CLONES, f"{template}/{name}"))


def find_site(emulator: Emulator, url: str, *, deleted: bool = False) -> Site | None:
    row = emulator.state.db.execute(
        "SELECT seq, id, url, deleted, doc FROM sites WHERE url = ? AND deleted = ? ORDER BY seq",
        (url.rstrip("/"), int(deleted)),
    ).fetchone()
    return None if row is None else _from_row(emulator, row)


def find_site_by_id(emulator: Emulator, site_id: str, *, deleted: bool = False) -> Site | None:
    row = emulator.state.db.execute(
        "SELECT seq, id, url, deleted, doc FROM sites WHERE id = ? AND deleted = ?",
        (site_id.strip("{}").lower(), int(deleted)),
    ).fetchone()
    return None if row is None else _from_row(emulator, row)


def list_sites(emulator: Emulator, *, deleted: bool = False, after: int = 0, limit: int = -1) -> list[Site]:
    """In the order they were made, those behind the number `after`; -1 for all of them."""
    rows = emulator.state.db.execute(
        "SELECT seq, id, url, deleted, doc FROM sites WHERE seq > ? AND deleted = ? ORDER BY seq LIMIT ?",
        (after, int(deleted), limit),
    )
    return [_from_row(emulator, row) for row in rows.fetchall()]


def _from_row(emulator: Emulator, row: Any) -> Site:
    return Site(emulator, row["id"], row["url"], row["doc"], deleted=bool(row["deleted"]), number=row["seq"])


@cache
def _text(name: str) -> str:
    return (Path(__file__).parent / "recorded" / f"{name}.json").read_text(encoding="utf-8")


def recorded(name: str) -> Any:
    """A fresh copy of what recordings show a thing to hold by default."""
    return json.loads(_text(name))
