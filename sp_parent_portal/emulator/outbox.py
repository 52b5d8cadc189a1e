"""Every mail and invitation the tenant sent. Nothing leaves this machine: this is where it ends."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from .directory import stamp
from .state import State

REDEEM_LINK = re.compile(r"https://login\.microsoftonline\.com/redeem\?rd=[^\s\"'<>]+")


def post(state: State, *, to: str, subject: str, kind: str, html: str, at: datetime) -> None:
    """`kind` is invitation or mail."""
    found = REDEEM_LINK.search(html)
    doc = {
        "to": to,
        "subject": subject,
        "kind": kind,
        "html": html,
        "redeem_url": found.group().replace("&amp;", "&") if found else None,
        "at": stamp(at),
    }
    with state.work() as db:
        db.execute("INSERT INTO outbox (doc) VALUES (?)", (json.dumps(doc),))


def list_outbox(state: State) -> list[dict[str, Any]]:
    return [json.loads(row["doc"]) for row in state.db.execute("SELECT doc FROM outbox ORDER BY seq")]
