"""SharePoint's external-user list: who it holds, page by page, for the tenant or one site."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import directory
from . import users
from .faults import bad_value
from .site import Doc, Site

if TYPE_CHECKING:
    from ..app import Emulator
    from ..state import State

NAMESPACE = "Microsoft.Online.SharePoint.TenantManagement"
LARGEST_PAGE = 50
EMPTY_ROW: Doc = {
    "AcceptedAs": "",
    "DisplayName": "",
    "InvitedAs": "",
    "InvitedBy": None,
    "IsCrossTenant": False,
    "LoginName": "",
    "UniqueId": "",
    "UserId": 0,
    "WhenCreated": "0001-01-01T00:00:00Z",
}
MATCHING = (
    "FROM external_users WHERE (:prefix = '' OR json_extract(doc, '$.InvitedAs') LIKE :prefix || '%' ESCAPE '\\' "
    "OR json_extract(doc, '$.DisplayName') LIKE :prefix || '%' ESCAPE '\\')"
)


@dataclass(frozen=True, slots=True)
class Page:
    """`following` is the position of the next page, -1 at the end."""

    rows: list[Doc]
    total: int
    following: int


def list_all(emulator: Emulator, position: object, size: object, prefix: object = "", *, descending: bool) -> Page:
    """`position` counts rows, `size` is 50 at most. Raises Fault."""
    first, most = _window(position, size)
    arguments = {"prefix": _escape(str(prefix or "")), "size": most, "position": first}
    db = emulator.state.db
    if not arguments["prefix"]:
        return _list_unfiltered(emulator.state, first, most, descending=descending)
    total = db.execute(f"SELECT count(*) AS n {MATCHING}", arguments).fetchone()["n"]
    order = "DESC" if descending else "ASC"
    query = f"SELECT unique_id, doc {MATCHING} ORDER BY seq {order} LIMIT :size OFFSET :position"
    return _page([_row(row) for row in db.execute(query, arguments)], total, first, most)


def _list_unfiltered(state: State, first: int, most: int, *, descending: bool) -> Page:
    """A page costs a page, however far behind it is: rows are numbered, and where none was removed the place is the
    number. Otherwise the places before it are counted off, in an index that has nothing else."""
    db = state.db
    total = int(db.execute("SELECT count(*) AS n FROM external_users").fetchone()["n"])
    lowest, highest = db.execute(
        "SELECT (SELECT min(seq) FROM external_users), (SELECT max(seq) FROM external_users)"
    ).fetchone()
    if first >= total:
        return _page([], total, first, most)
    order, beyond = ("DESC", "<=") if descending else ("ASC", ">=")
    number = highest - first if descending else lowest + first
    if highest - lowest + 1 != total:
        place = f"SELECT seq FROM external_users INDEXED BY external_users_order ORDER BY seq {order} LIMIT 1 OFFSET ?"
        number = db.execute(place, (first,)).fetchone()["seq"]
    rows = db.execute(
        f"SELECT unique_id, doc FROM external_users WHERE seq {beyond} ? ORDER BY seq {order} LIMIT ?", (number, most)
    )
    return _page([_row(row) for row in rows], total, first, most)


def list_of_site(site: Site, position: object, size: object) -> Page:
    """Those who are users of the site. Raises Fault."""
    first, most = _window(position, size)
    query = "SELECT seq, unique_id, doc FROM external_users WHERE user_id = ?"
    found = [row for user_id in _list_accounts(site) for row in site.state.db.execute(query, (user_id,))]
    found.sort(key=lambda row: int(row["seq"]))
    return _page([_row(row) for row in found[first : first + most]], len(found), first, most)


def _list_accounts(site: Site) -> list[str]:
    """The ids of the accounts that are users of the site."""
    logins = (user["LoginName"].lower() for user in site.each("user"))
    names = [login.removeprefix(users.MEMBERSHIP) for login in logins if login.startswith(users.MEMBERSHIP)]
    accounts = (directory.find_user(site.state, name) for name in names)
    return [account["id"] for account in accounts if account is not None]


def remove(state: State, unique_ids: object) -> tuple[list[str], list[str]]:
    """Who was removed, and who was not there. Raises Fault."""
    if not isinstance(unique_ids, list):
        raise bad_value("Value cannot be null.\r\nParameter name: uniqueIds")
    removed: list[str] = []
    failed: list[str] = []
    with state.work() as db:
        for unique_id in map(str, unique_ids):
            gone = db.execute("DELETE FROM external_users WHERE unique_id = ?", (unique_id,)).rowcount
            (removed if gone else failed).append(unique_id)
    return removed, failed


def _window(position: object, size: object) -> tuple[int, int]:
    first, most = position or 0, LARGEST_PAGE if size is None else size
    if not isinstance(first, int) or not isinstance(most, int) or first < 0 or not 1 <= most <= LARGEST_PAGE:
        raise bad_value("The page size must be between 1 and 50.")
    return first, most


def _page(rows: list[Doc], total: int, position: int, size: int) -> Page:
    return Page(rows, total, position + size if position + size < total else -1)


def _row(row: sqlite3.Row) -> Doc:
    doc: Doc = {**EMPTY_ROW, **json.loads(row["doc"]), "UniqueId": row["unique_id"]}
    return {**{name: doc[name] for name in EMPTY_ROW}, "_path": f"{NAMESPACE}.ExternalUser('{row['unique_id']}')"}


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
