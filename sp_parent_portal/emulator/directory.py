"""Accounts, groups and who is in which, as the directory keeps them.

A user's or group's `doc` holds its Graph properties. Names that begin with an underscore are the emulator's own and
never leave it: `_invited_as` and `_accepted_as` are the addresses a guest was invited with and signs in with.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from .state import State

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
            return dict(json.loads(row["doc"]))
    return None


def find_users_by_address(state: State, address: str) -> list[Doc]:
    """Every account that has the address as mail, other mail, proxy address or sign-in name."""
    pairs = [(source, address) for source in ("mail", "otherMails", "userPrincipalName")]
    return [doc for _, doc in list_users_with(state, [*pairs, ("proxyAddresses", f"SMTP:{address}")])]


def list_users_with(state: State, pairs: Iterable[tuple[str, str]], after: int = 0) -> Iterator[Numbered]:
    """Accounts that have one of these (property, value) addresses."""
    found: dict[int, Doc] = {}
    for source, address in pairs:
        for row in state.db.execute(
            "SELECT u.seq, u.doc FROM user_addresses a JOIN users u ON u.id = a.user_id "
            "WHERE a.address = ? AND a.source = ? AND u.deleted = 0 AND u.seq > ?",
            (address, source, after),
        ):
            found[row["seq"]] = json.loads(row["doc"])
    yield from sorted(found.items())


def list_users(state: State, *, kind: str = "", after: int = 0, deleted: bool = False) -> Iterator[Numbered]:
    """In the order they were made; read piece by piece, so that a page costs a page."""
    while True:
        rows = state.db.execute(
            "SELECT seq, doc FROM users WHERE seq > ? AND deleted = ? AND (? = '' OR kind = ?) ORDER BY seq LIMIT 1000",
            (after, int(deleted), kind, kind),
        ).fetchall()
        for row in rows:
            yield row["seq"], json.loads(row["doc"])
        if len(rows) < 1000:
            return
        after = rows[-1]["seq"]


def count_users(state: State, kind: str = "") -> int:
    row = state.db.execute(
        "SELECT count(*) AS n FROM users WHERE deleted = 0 AND (? = '' OR kind = ?)", (kind, kind)
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
    return None if row is None else json.loads(row["doc"])


def list_groups(
    state: State, *, nicknames: Iterable[str] | None = None, after: int = 0, deleted: bool = False
) -> Iterator[Numbered]:
    wanted = None if nicknames is None else list(nicknames)
    place = "" if wanted is None else f"AND nickname IN ({', '.join('?' * len(wanted))})"
    rows = state.db.execute(
        f"SELECT seq, doc FROM groups WHERE seq > ? AND deleted = ? {place} ORDER BY seq",
        (after, int(deleted), *(wanted or ())),
    ).fetchall()
    for row in rows:
        yield row["seq"], json.loads(row["doc"])


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


_FOUND = """
SELECT m.seq AS seq, 'user' AS kind, u.doc AS doc FROM found m JOIN users u ON u.id = m.member_id WHERE u.deleted = 0
UNION ALL
SELECT m.seq AS seq, 'group' AS kind, g.doc AS doc FROM found m JOIN groups g ON g.id = m.member_id WHERE g.deleted = 0
"""


def list_members(
    state: State, group_id: str, *, transitive: bool = False, kind: str = "", after: int = 0, limit: int = -1
) -> list[tuple[int, str, Doc]]:
    """(row number, user or group, doc) of the members; with `transitive` also of groups inside it, each once. `kind`
    leaves the other kind out; at most `limit` rows, -1 for all."""
    if transitive:
        found = (
            "WITH RECURSIVE reached (id) AS (VALUES (?) UNION SELECT m.member_id FROM members m JOIN reached r "
            "ON m.group_id = r.id), found AS (SELECT min(m.seq) AS seq, m.member_id FROM members m "
            "JOIN reached r ON m.group_id = r.id GROUP BY m.member_id) "
        )
    else:
        found = "WITH found AS (SELECT seq, member_id FROM members WHERE group_id = ?) "
    rows = state.db.execute(
        f"{found} SELECT * FROM ({_FOUND}) WHERE seq > ? AND (? = '' OR kind = ?) ORDER BY seq LIMIT ?",
        (group_id.lower(), after, kind, kind, limit),
    ).fetchall()
    return [(row["seq"], row["kind"], json.loads(row["doc"])) for row in rows]


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
