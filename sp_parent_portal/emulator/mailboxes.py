"""Mails in the tenant's mailboxes.

A mail has one immutable id and one that changes when it moves: the second names its folder, so that a mail that left
Drafts is no longer found under the id it had there.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from .state import State
from .tokens import decode_bytes, encode_bytes

Doc = dict[str, Any]
FOLDERS = {
    "drafts": "Drafts",
    "sentitems": "Sent Items",
    "deleteditems": "Deleted Items",
    "inbox": "Inbox",
}


def make_id(mail: Doc, *, immutable: bool) -> str:
    return encode_bytes(f"AAMkA {'*' if immutable else mail['_folder']} {mail['_id']}".encode())


def add_mail(state: State, mailbox: str, folder: str, doc: Doc) -> Doc:
    """The mail as stored: with its own id and folder."""
    mail = {**doc, "_id": uuid.uuid4().hex, "_folder": folder}
    with state.work() as db:
        db.execute(
            "INSERT INTO mails (id, mailbox, folder, doc) VALUES (?, ?, ?, ?)",
            (mail["_id"], mailbox, folder, json.dumps(mail)),
        )
        _index_properties(state, mail)
    return mail


def _index_properties(state: State, mail: Doc) -> None:
    with state.work() as db:
        db.executemany(
            "INSERT OR REPLACE INTO mail_properties (mail_id, property, value) VALUES (?, ?, ?)",
            [(mail["_id"], p["id"], p["value"]) for p in mail["singleValueExtendedProperties"]],
        )


def store_mail(state: State, mail: Doc) -> None:
    with state.work() as db:
        db.execute(
            "UPDATE mails SET folder = ?, doc = ? WHERE id = ?", (mail["_folder"], json.dumps(mail), mail["_id"])
        )
        _index_properties(state, mail)


def find_mail(state: State, mailbox: str, key: str) -> Doc | None:
    """By either id; by the changing one only while the mail lies where the id says."""
    try:
        name, folder, mail_id = decode_bytes(key).decode().split(" ")
    except ValueError:
        return None
    row = state.db.execute("SELECT doc FROM mails WHERE id = ? AND mailbox = ?", (mail_id, mailbox)).fetchone()
    mail: Doc | None = None if row is None or name != "AAMkA" else json.loads(row["doc"])
    return mail if mail is not None and folder in ("*", mail["_folder"]) else None


def list_mails(
    state: State, mailbox: str, *, folder: str = "", properties: Iterable[tuple[str, str]] | None = None
) -> list[Doc]:
    """Newest first, as Graph lists them. With `properties`, only mails that carry one of these (id, value)."""
    if properties is None:
        rows = state.db.execute(
            "SELECT doc FROM mails WHERE mailbox = ? AND (? = '' OR folder = ?) ORDER BY seq DESC",
            (mailbox, folder, folder),
        )
        return [json.loads(row["doc"]) for row in rows]
    found: dict[int, Doc] = {}
    for name, value in properties:
        for row in state.db.execute(
            "SELECT m.seq, m.doc FROM mail_properties p JOIN mails m ON m.id = p.mail_id "
            "WHERE p.property = ? AND p.value = ? AND m.mailbox = ? AND (? = '' OR m.folder = ?)",
            (name, value, mailbox, folder, folder),
        ):
            found[row["seq"]] = json.loads(row["doc"])
    return [found[number] for number in sorted(found, reverse=True)]
