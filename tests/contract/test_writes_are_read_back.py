"""Writes that give access are read back before they count as done. The emulator is broken in five ways on each of
them, and apply must notice: the service says yes without effect, loses a row, stores another level than it was told,
shows an old state when it is read, or does the work on another site.

The writes: the site's level, the group's place among the Visitors, memberships, the permissions of the marker's list,
and the Visitors' permission level.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sp_parent_portal.emulator.app import Emulator
from sp_parent_portal.runs.model import Outcome
from sp_parent_portal.sharing import Sharing
from tests.stage import GUARDIANS, SITE, Stage, not_done

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# method and path (with the body's text behind a blank) of the writes that give access
WRITES = {
    "site level": r"^(MERGE|PATCH|POST) \S+/sites\(.*SharingCapability\D+3",
    "binding": r"^POST \S+/users .*c:0t\.c\|tenant\|",
    "membership": r"^PATCH \S+/groups/\S+ .*members@odata\.bind",
    "list permission": r"^POST \S+breakroleinheritance",
    "visitors' level": r"^POST \S+addroleassignment",
}


class Liar:
    """The emulator, lying about the writes that `pattern` names, in the way that `lie` says."""

    def __init__(self, emulator: Emulator, pattern: str, lie: Callable[[Liar, Any, Any], Iterable[bytes]]) -> None:
        self.emulator, self.pattern, self.lie = emulator, re.compile(pattern, re.IGNORECASE | re.DOTALL), lie
        self.told = 0
        self.old: sqlite3.Connection | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        method = environ.get("HTTP_X_HTTP_METHOD") or environ["REQUEST_METHOD"]
        if self.pattern.search(f"{method} {environ['PATH_INFO']} {body.decode('utf-8', 'replace')}"):
            self.told += 1
            return self.lie(self, environ, start_response)
        if self.old is not None and _reads(environ, body):
            return self._from_old(environ, start_response)
        return self.work(environ, start_response)

    def work(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        return list(self.emulator(environ, start_response))

    def snapshot(self) -> sqlite3.Connection:
        copy = sqlite3.connect(":memory:", check_same_thread=False)
        self.emulator.state.db.backup(copy)
        return copy

    def restore(self, copy: sqlite3.Connection) -> None:
        copy.backup(self.emulator.state.db)

    def _from_old(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        assert self.old is not None
        new = self.snapshot()
        self.restore(self.old)
        answer = self.work(environ, start_response)
        self.restore(new)
        return answer


def _reads(environ: Any, body: bytes) -> bool:
    path = environ["PATH_INFO"].lower()
    if path.endswith("/$batch"):
        if not body.startswith(b"{"):  # SharePoint's own, in parts
            return re.search(rb"^(POST|PATCH|MERGE|DELETE) ", body, re.MULTILINE) is None
        return all(item["method"] == "GET" for item in json.loads(body)["requests"])
    return environ["REQUEST_METHOD"] == "GET" or "getsiteproperties" in path


def without_effect(liar: Liar, environ: Any, start_response: Any) -> Iterable[bytes]:
    before = liar.snapshot()
    answer = liar.work(environ, start_response)
    liar.restore(before)
    return answer


def stale_read(liar: Liar, environ: Any, start_response: Any) -> Iterable[bytes]:
    liar.old = liar.old or liar.snapshot()
    return liar.work(environ, start_response)


def lost_row(liar: Liar, environ: Any, start_response: Any) -> Iterable[bytes]:
    answer = liar.work(environ, start_response)
    with liar.emulator.state.work() as db:
        db.execute("DELETE FROM members WHERE seq = (SELECT max(seq) FROM members)")
    return answer


def wrong_enum(liar: Liar, environ: Any, start_response: Any) -> Iterable[bytes]:
    """3 (existing guests) kept as 1 (new and existing guests): a lower number, and more open."""
    answer = liar.work(environ, start_response)
    _store_level(liar.emulator, SITE, 1)
    return answer


def too_closed(liar: Liar, environ: Any, start_response: Any) -> Iterable[bytes]:
    answer = liar.work(environ, start_response)
    _store_level(liar.emulator, SITE, 0)
    return answer


def other_site(liar: Liar, environ: Any, start_response: Any) -> Iterable[bytes]:
    """The yes is for another site: ours keeps what it had, the other gets the level."""
    answer = without_effect(liar, environ, start_response)
    _store_level(liar.emulator, "https://contoso.sharepoint.com/sites/other", 3)
    return answer


def _store_level(emulator: Emulator, url: str, level: int) -> None:
    with emulator.state.work() as db:
        for row in db.execute("SELECT id, doc FROM sites WHERE url = ?", (url,)).fetchall():
            doc = {**json.loads(row["doc"]), "SharingCapability": level, "SiteDefinedSharingCapability": level}
            db.execute("UPDATE sites SET doc = ? WHERE id = ?", (json.dumps(doc), row["id"]))


LIES = [
    *((name, without_effect) for name in WRITES),
    *((name, stale_read) for name in WRITES),
    ("membership", lost_row),
    ("site level", wrong_enum),
    ("site level", too_closed),
    ("site level", other_site),
    ("binding", other_site),
]


@pytest.mark.parametrize(("write", "lie"), LIES, ids=lambda value: getattr(value, "__name__", value))
def test_apply_notices(tmp_path: Path, write: str, lie: Callable[..., Iterable[bytes]]) -> None:
    from sp_parent_portal.emulator.sharepoint.birth import create_site

    stage = Stage(tmp_path)
    stage.furnish()
    create_site(stage.emulator, "https://contoso.sharepoint.com/sites/other", "Other", "j.okoro@school.example")
    liar = Liar(stage.emulator, WRITES[write], lie)
    stage.wire.app = liar
    outcomes = stage.apply()
    assert liar.told > 0, "the lie was never told: the pattern fits no write"
    assert not_done(outcomes) != []
    told = {str(mail["to"]) for mail in stage.mails()}
    if write == "membership":
        assert _people(outcomes, "failed", "unknown") != set()
        assert not told & _people(outcomes, "failed", "unknown")
    else:
        assert told == set(), "nobody is told of a site that they cannot reach as they should"
    liar.old = None
    site = stage.gateway.sharepoint.find_site(SITE)
    assert site is None or site.sharing <= Sharing.EXISTING_GUESTS


def _people(outcomes: Iterable[Outcome], *states: str) -> set[str]:
    return {
        str(outcome.change.after("email"))
        for outcome in outcomes
        if outcome.change.kind == "membership" and outcome.status.value in states
    }


@pytest.mark.parametrize("write", WRITES)
def test_without_lies_every_one_of_these_writes_is_made(tmp_path: Path, write: str) -> None:
    """So that a pattern that fits nothing is seen."""
    stage = Stage(tmp_path)
    stage.furnish()
    liar = Liar(stage.emulator, WRITES[write], Liar.work)
    stage.wire.app = liar
    assert not_done(stage.apply()) == []
    assert liar.told > 0
    assert [mail["to"] for mail in stage.mails()] == list(GUARDIANS)
