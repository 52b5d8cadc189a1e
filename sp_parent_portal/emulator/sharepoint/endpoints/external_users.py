"""SharePoint's external-user list: Office365Tenant, on the host contoso-admin."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from ... import directory
from .. import users
from ..answers import Entity, EntityType, Rows
from ..faults import bad_value, no_site
from ..routes import ADMIN, Answer, Call, endpoint
from ..site import Doc, find_site

if TYPE_CHECKING:
    from ...state import State

NAMESPACE = "Microsoft.Online.SharePoint.TenantManagement"
LARGEST_PAGE = 50
USER = EntityType(f"{NAMESPACE}.ExternalUser")
RESULTS = EntityType(
    f"{NAMESPACE}.GetExternalUsersResults",
    expansions={"externalusercollection": lambda _, doc: Rows(USER, doc["_rows"])},
    inline=("externalusercollection",),
)
REMOVED = EntityType(f"{NAMESPACE}.RemoveExternalUsersResults")
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
)
MATCHING += "OR json_extract(doc, '$.DisplayName') LIKE :prefix || '%' ESCAPE '\\')"


@endpoint("POST", "office365tenant/getexternalusers", needs=ADMIN, service=True, reads=True)
def get_external_users(call: Call) -> Answer:
    """`position` counts rows, `pageSize` is 50 at most; UserCollectionPosition is the next position, -1 at the end."""
    position, size = _window(call)
    db = call.emulator.state.db
    arguments = {"prefix": _escape(str(call.find("filter", 2) or "")), "size": size, "position": position}
    total = db.execute(f"SELECT count(*) AS n {MATCHING}", arguments).fetchone()["n"]
    order = "DESC" if call.find("sortOrder", 3) == 1 else "ASC"
    query = f"SELECT unique_id, doc {MATCHING} ORDER BY seq {order} LIMIT :size OFFSET :position"
    return _results([_row(row) for row in db.execute(query, arguments)], total, position, size)


@endpoint("POST", "office365tenant/getexternalusersforsite", needs=ADMIN, service=True, reads=True)
def get_external_users_for_site(call: Call) -> Answer:
    """Those who are users of the site."""
    url = str(call.get("siteUrl")).rstrip("/")
    site = find_site(call.emulator, url)
    if site is None:
        raise no_site(url)
    position, size = _window(call, first=1)
    here = {user["LoginName"].lower() for user in site.each("user")}
    query = "SELECT unique_id, user_id, doc FROM external_users ORDER BY seq"
    rows = [
        _row(row)
        for row in call.emulator.state.db.execute(query).fetchall()
        if _login(call.emulator.state, row["user_id"]) in here
    ]
    return _results(rows[position : position + size], len(rows), position, size)


@endpoint("POST", "office365tenant/removeexternalusers", needs=ADMIN, service=True)
def remove_external_users(call: Call) -> Answer:
    wanted = call.get("uniqueIds")
    if not isinstance(wanted, list):
        raise bad_value("Value cannot be null.\r\nParameter name: uniqueIds")
    removed: list[str] = []
    failed: list[str] = []
    with call.emulator.state.work() as db:
        for unique_id in map(str, wanted):
            gone = db.execute("DELETE FROM external_users WHERE unique_id = ?", (unique_id,)).rowcount
            (removed if gone else failed).append(unique_id)
    return Entity(REMOVED, {"RemoveFailed": failed, "RemoveSucceeded": removed, "_path": REMOVED.name})


def _window(call: Call, first: int = 0) -> tuple[int, int]:
    position, size = call.find("position", first) or 0, call.find("pageSize", first + 1)
    size = LARGEST_PAGE if size is None else size
    if not isinstance(position, int) or not isinstance(size, int) or position < 0 or not 1 <= size <= LARGEST_PAGE:
        raise bad_value("The page size must be between 1 and 50.")
    return position, size


def _results(rows: list[Doc], total: int, position: int, size: int) -> Answer:
    following = position + size if position + size < total else -1
    return Entity(
        RESULTS,
        {"TotalUserCount": total, "UserCollectionPosition": following, "_rows": rows, "_path": RESULTS.name},
    )


def _row(row: sqlite3.Row) -> Doc:
    doc: Doc = {**EMPTY_ROW, **json.loads(row["doc"]), "UniqueId": row["unique_id"]}
    return {**{name: doc[name] for name in EMPTY_ROW}, "_path": f"{USER.name}('{row['unique_id']}')"}


def _login(state: State, user_id: str) -> str:
    account = directory.find_user(state, user_id)
    return "" if account is None else f"{users.MEMBERSHIP}{account['userPrincipalName'].lower()}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
