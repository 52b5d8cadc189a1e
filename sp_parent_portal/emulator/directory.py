"""Accounts, groups and who is in which, as the directory keeps them.

A user's or group's `doc` holds its Graph properties. Names that begin with an underscore are the emulator's own and
never leave it: `_invited_as` and `_accepted_as` are the addresses a guest was invited with and signs in with.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from operator import itemgetter
from typing import Any

from .state import State, read_doc

Doc = dict[str, Any]
Numbered = tuple[int, Doc]

GUEST, MEMBER = "Guest", "Member"


def stamp(moment: datetime) -> str:
    """A moment as Graph writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# ---- accounts ----------------------------------------------------------------------------------------------------


def add_user(state: State, doc: Doc) -> None:
    with state.work() as db:
        db.execute(
            "INSERT INTO users (id, upn, kind, doc) VALUES (?, ?, ?, ?)",
            (doc["id"], doc["userPrincipalName"], doc["userType"], json.dumps(doc)),
        )
        _index_addresses(state, doc)


def store_user(state: State, doc: Doc) -> None:
    """Keep what was changed on an account."""
    with state.work() as db:
        db.execute(
            "UPDATE users SET upn = ?, kind = ?, doc = ? WHERE id = ?",
            (doc["userPrincipalName"], doc["userType"], json.dumps(doc), doc["id"]),
        )
        _index_addresses(state, doc)


def list_addresses(doc: Doc) -> set[tuple[str, str]]:
    """What the account is found by: (address, property)."""
    rows = {(doc["userPrincipalName"], "userPrincipalName")}
    if doc.get("mail"):
        rows.add((doc["mail"], "mail"))
    rows |= {(address, "otherMails") for address in doc.get("otherMails") or []}
    rows |= {(address, "proxyAddresses") for address in doc.get("proxyAddresses") or []}
    return rows


def _index_addresses(state: State, doc: Doc) -> None:
    rows = list_addresses(doc)
    with state.work() as db:
        db.execute("DELETE FROM user_addresses WHERE user_id = ?", (doc["id"],))
        db.executemany(
            "INSERT OR IGNORE INTO user_addresses (address, user_id, source) VALUES (?, ?, ?)",
            [(address, doc["id"], source) for address, source in rows],
        )


def find_user(state: State, key: str, *, deleted: bool = False) -> Doc | None:
    """By object id or by user principal name."""
    for column, value in (("id", key.lower()), ("upn", key)):
        row = state.db.execute(
            f"SELECT doc FROM users WHERE {column} = ? AND deleted = ? ORDER BY seq LIMIT 1", (value, int(deleted))
        ).fetchone()
        if row is not None:
            return read_doc(row["doc"])
    return None


def find_users_by_address(state: State, address: str) -> list[Doc]:
    """Every account that has the address as mail, other mail, proxy address or sign-in name."""
    pairs = [(source, address) for source in ("mail", "otherMails", "userPrincipalName")]
    return [doc for _, doc in list_users_with(state, [*pairs, ("proxyAddresses", f"SMTP:{address}")])]


def list_users_with(state: State, pairs: Iterable[tuple[str, str]], after: int = 0) -> Iterator[Numbered]:
    """Accounts that have one of these (property, value) addresses."""
    wanted = [(address, source) for source, address in pairs]
    if not wanted:
        return
    rows = state.db.execute(
        f"WITH wanted (address, source) AS (VALUES {', '.join(['(?, ?)'] * len(wanted))}) "
        "SELECT DISTINCT u.seq, u.doc FROM wanted w "
        "CROSS JOIN user_addresses a ON a.address = w.address AND a.source = w.source "
        "CROSS JOIN users u ON u.id = a.user_id AND u.deleted = 0 AND u.seq > ? ORDER BY u.seq",
        (*(value for pair in wanted for value in pair), after),
    )
    for row in rows.fetchall():
        yield row["seq"], json.loads(row["doc"])


def list_users(
    state: State, *, kind: str = "", state_of_guest: str = "", after: int = 0, deleted: bool = False
) -> Iterator[Numbered]:
    """In the order they were made; read piece by piece, so that a page costs a page."""
    where, given = (" AND kind = ?", (kind,)) if kind else ("", ())
    if state_of_guest:
        where, given = f"{where} AND json_extract(doc, '$.externalUserState') = ?", (*given, state_of_guest)
    return _read_on(state, "users", f"{where} AND deleted = {int(deleted)}", given, after)


def _read_on(state: State, table: str, where: str, given: tuple[str, ...], after: int) -> Iterator[Numbered]:
    """Pieces grow: a page of five does not read a thousand. No statement stays open while the caller works."""
    size = 32
    while True:
        rows = state.db.execute(
            f"SELECT seq, doc FROM {table} WHERE seq > ?{where} ORDER BY seq LIMIT ?", (after, *given, size)
        ).fetchall()
        for row in rows:
            yield row["seq"], json.loads(row["doc"])
        if len(rows) < size:
            return
        after, size = rows[-1]["seq"], min(size * 4, 1000)


def count_users(state: State, kind: str = "", *, most: int = -1) -> int:
    """Counts no further than `most`, -1 for all."""
    where, given = (" AND kind = ?", (kind,)) if kind else ("", ())
    row = state.db.execute(
        f"SELECT count(*) AS n FROM (SELECT 1 FROM users WHERE deleted = 0{where} LIMIT ?)", (*given, most)
    ).fetchone()
    return int(row["n"])


def delete_user(state: State, doc: Doc, at: datetime) -> None:
    """To the deleted items, from where it can come back with its memberships."""
    with state.work() as db:
        store_user(state, {**doc, "deletedDateTime": stamp(at)})
        db.execute("UPDATE users SET deleted = 1 WHERE id = ?", (doc["id"],))


def restore_user(state: State, doc: Doc) -> None:
    with state.work() as db:
        store_user(state, {**doc, "deletedDateTime": None})
        db.execute("UPDATE users SET deleted = 0 WHERE id = ?", (doc["id"],))


def purge_user(state: State, user_id: str) -> None:
    with state.work() as db:
        db.execute("DELETE FROM users WHERE id = ?", (user_id,))
        db.execute("DELETE FROM user_addresses WHERE user_id = ?", (user_id,))
        db.execute("DELETE FROM members WHERE member_id = ?", (user_id,))


def make_member(upn: str, name: str, mail: str, at: datetime) -> Doc:
    """A colleague's account."""
    return {
        **_account(name, at),
        "userPrincipalName": upn,
        "mail": mail or None,
        "mailNickname": upn.partition("@")[0],
        "otherMails": [],
        "proxyAddresses": [f"SMTP:{mail}"] if mail else [],
        "userType": MEMBER,
        "creationType": None,
        "externalUserState": None,
        "externalUserStateChangeDateTime": None,
        "identities": [],
    }


def make_guest(state: State, email: str, name: str, domain: str, at: datetime) -> Doc:
    """A guest's account as an invitation makes it; `domain` is the tenant's initial domain."""
    nickname = f"{email.replace('@', '_')}#EXT#"
    upn, number = f"{nickname}@{domain}", 1
    while state.db.execute("SELECT 1 FROM users WHERE upn = ?", (upn,)).fetchone():
        upn, number = f"{nickname[:-5]}{number}#EXT#@{domain}", number + 1
    return {
        **_account(name or email.partition("@")[0], at),
        "userPrincipalName": upn,
        "mail": email,
        "mailNickname": nickname,
        "otherMails": [email],
        "proxyAddresses": [f"SMTP:{email}"],
        "userType": GUEST,
        "creationType": "Invitation",
        "externalUserState": "PendingAcceptance",
        "externalUserStateChangeDateTime": stamp(at),
        "identities": [],
        "_invited_as": email,
        "_accepted_as": None,
    }


def _account(name: str, at: datetime) -> Doc:
    return {
        "id": str(uuid.uuid4()),
        "displayName": name,
        "accountEnabled": True,
        "createdDateTime": stamp(at),
        "deletedDateTime": None,
        "businessPhones": [],
        "givenName": None,
        "jobTitle": None,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": None,
        "usageLocation": None,
    }


# ---- groups ------------------------------------------------------------------------------------------------------


def add_group(state: State, doc: Doc) -> None:
    with state.work() as db:
        db.execute(
            "INSERT INTO groups (id, nickname, doc) VALUES (?, ?, ?)",
            (doc["id"], doc["mailNickname"], json.dumps(doc)),
        )


def make_security_identifier(group_id: str) -> str:
    """A group's SID, which follows from its id."""
    data = uuid.UUID(group_id).bytes_le
    return "S-1-12-1-" + "-".join(str(int.from_bytes(data[i : i + 4], "little")) for i in range(0, 16, 4))


def store_group(state: State, doc: Doc) -> None:
    with state.work() as db:
        db.execute(
            "UPDATE groups SET nickname = ?, doc = ? WHERE id = ?", (doc["mailNickname"], json.dumps(doc), doc["id"])
        )


def find_group(state: State, group_id: str, *, deleted: bool = False) -> Doc | None:
    row = state.db.execute(
        "SELECT doc FROM groups WHERE id = ? AND deleted = ?", (group_id.lower(), int(deleted))
    ).fetchone()
    return None if row is None else read_doc(row["doc"])


def list_groups(
    state: State, *, nicknames: Iterable[str] | None = None, after: int = 0, deleted: bool = False
) -> Iterator[Numbered]:
    wanted = () if nicknames is None else tuple(nicknames)
    place = "" if nicknames is None else f" AND nickname IN ({', '.join('?' * len(wanted))})"
    return _read_on(state, "groups", f"{place} AND deleted = {int(deleted)}", wanted, after)


def delete_group(state: State, doc: Doc, at: datetime) -> None:
    """Microsoft 365 groups go to the deleted items, security groups are gone for good."""
    with state.work() as db:
        if "Unified" in doc["groupTypes"]:
            store_group(state, {**doc, "deletedDateTime": stamp(at)})
            db.execute("UPDATE groups SET deleted = 1 WHERE id = ?", (doc["id"],))
        else:
            purge_group(state, doc["id"])


def restore_group(state: State, doc: Doc) -> None:
    with state.work() as db:
        store_group(state, {**doc, "deletedDateTime": None})
        db.execute("UPDATE groups SET deleted = 0 WHERE id = ?", (doc["id"],))


def purge_group(state: State, group_id: str) -> None:
    with state.work() as db:
        db.execute("DELETE FROM groups WHERE id = ?", (group_id,))
        db.execute("DELETE FROM members WHERE group_id = ? OR member_id = ?", (group_id, group_id))


# ---- memberships -------------------------------------------------------------------------------------------------


def is_member(state: State, group_id: str, member_id: str) -> bool:
    return (
        state.db.execute("SELECT 1 FROM members WHERE group_id = ? AND member_id = ?", (group_id, member_id)).fetchone()
        is not None
    )


def add_member(state: State, group_id: str, member_id: str) -> None:
    with state.work() as db:
        db.execute("INSERT OR IGNORE INTO members (group_id, member_id) VALUES (?, ?)", (group_id, member_id))


def remove_member(state: State, group_id: str, member_id: str) -> bool:
    with state.work() as db:
        cursor = db.execute("DELETE FROM members WHERE group_id = ? AND member_id = ?", (group_id, member_id))
        return cursor.rowcount > 0


_MEMBERS = """
SELECT m.seq AS seq, m.member_id AS id, u.doc AS user, g.doc AS group_ FROM members m
LEFT JOIN users u ON u.id = m.member_id AND u.deleted = 0
LEFT JOIN groups g ON g.id = m.member_id AND g.deleted = 0
WHERE m.group_id = ? AND m.seq > ? ORDER BY m.seq
"""


def list_members(
    state: State, group_id: str, *, transitive: bool = False, kind: str = "", after: int = 0, limit: int = -1
) -> list[tuple[int, str, Doc]]:
    """(row number, user or group, doc) of the members; with `transitive` also of groups inside it, each once. `kind`
    leaves the other kind out; at most `limit` rows, -1 for all."""
    groups = _list_reached(state, group_id.lower()) if transitive else [group_id.lower()]
    found: list[tuple[int, str, Doc]] = []
    for row in merge(*(state.db.execute(_MEMBERS, (each, after)) for each in groups), key=itemgetter("seq")):
        if len(found) == limit:
            break
        of = "user" if row["user"] is not None else "group" if row["group_"] is not None else ""
        if of and kind in ("", of) and not _is_listed_before(state, groups, row["id"], row["seq"]):
            found.append((row["seq"], of, json.loads(row["user"] or row["group_"])))
    return found


def _list_reached(state: State, group_id: str) -> list[str]:
    """The group and all groups in it. Groups are fewer than memberships: each is looked up among the members."""
    rows = state.db.execute(
        "WITH RECURSIVE reached (id) AS (VALUES (?) UNION SELECT g.id FROM reached r CROSS JOIN groups g "
        "CROSS JOIN members m ON m.group_id = r.id AND m.member_id = g.id) SELECT id FROM reached",
        (group_id,),
    )
    return [row["id"] for row in rows.fetchall()]


def _is_listed_before(state: State, groups: list[str], member_id: str, number: int) -> bool:
    if len(groups) == 1:
        return False
    marks = ", ".join("?" * len(groups))
    row = state.db.execute(
        f"SELECT 1 FROM members WHERE member_id = ? AND seq < ? AND group_id IN ({marks})",
        (member_id, number, *groups),
    ).fetchone()
    return row is not None


def count_members(state: State, group_id: str, *, transitive: bool = False, kind: str = "") -> int:
    """As many as `list_members` has rows, without reading them: all, less those that are deleted or of another kind."""
    groups = _list_reached(state, group_id.lower()) if transitive else [group_id.lower()]
    marks = ", ".join("?" * len(groups))
    what = "count(*)" if len(groups) == 1 else "count(DISTINCT m.member_id)"

    def count(tables: str, where: str = "") -> int:
        sql = f"SELECT {what} AS n FROM {tables} m.group_id IN ({marks}){where}"
        return int(state.db.execute(sql, groups).fetchone()["n"])

    inside = "groups o CROSS JOIN members m ON m.member_id = o.id WHERE"
    gone = "users o CROSS JOIN members m ON m.member_id = o.id WHERE o.deleted = 1 AND"
    nested = count(inside, " AND o.deleted = 0")
    if kind == "group":
        return nested
    users = count("members m WHERE") - count(inside) - count(gone)
    return users if kind == "user" else users + nested


def list_groups_of(state: State, member_id: str, *, transitive: bool = True) -> list[Doc]:
    """The groups an account (or a group) is in; with `transitive` also those reached through other groups."""
    step = "UNION SELECT m.group_id FROM members m JOIN reached r ON m.member_id = r.id" if transitive else ""
    rows = state.db.execute(
        f"WITH RECURSIVE reached (id) AS (SELECT group_id FROM members WHERE member_id = ? {step}) "
        "SELECT g.doc AS doc FROM groups g JOIN reached r ON r.id = g.id WHERE g.deleted = 0 ORDER BY g.seq",
        (member_id.lower(),),
    )
    return [json.loads(row["doc"]) for row in rows]


def count_objects(state: State) -> int:
    """What counts against the directory's quota: accounts and groups, those in the deleted items too."""
    row = state.db.execute("SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM groups) AS n").fetchone()
    return int(row["n"])
