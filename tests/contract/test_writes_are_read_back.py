"""Writes that give access are read back before they count as done. The emulator is broken in many ways on each of
them, and apply must notice: the service says yes without effect, loses a part of what it was told, stores another level
than it was told, shows an old state when it is read, or does the work on another site.

The writes: the one that fills the site (settings, permission level, what Visitors hold, the group's place among them,
the lists that not everybody may see), the marker, memberships, and the site's level. What the first of them did may
also be undone later: it is read again before the site is opened.
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
from sp_parent_portal.emulator.sharepoint import fields, groups, items, lists, permissions
from sp_parent_portal.emulator.sharepoint.birth import create_site
from sp_parent_portal.emulator.sharepoint.site import Site, find_site
from sp_parent_portal.resources.marker import MARKER_LIST, MEMORY
from sp_parent_portal.runs.model import Outcome
from sp_parent_portal.sharing import Sharing
from tests.stage import GUARDIANS, SITE, Stage, not_done

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STAFF = "Contacts"
OTHER = "https://contoso.sharepoint.com/sites/other"
VISITORS = groups.ASSOCIATED["visitors"]

# method and path (with the body's text behind a blank) of the writes that give access
WRITES = {
    "filling": r"^POST \S+/ProcessQuery .*EnsureUser.*c:0t\.c\|tenant\|",
    "marker": r"^POST \S+/ProcessQuery .*SetFieldValue.*PortalMemory",
    "membership": r"^PATCH \S+/groups/\S+ .*members@odata\.bind",
    "site level": r"^(MERGE|PATCH|POST) \S+/sites\(.*SharingCapability\D+3",
}
CSOM_WRITE = re.compile(
    rb'<SetProperty|Name="(Update|Add|AddUser|AddItem|AddFieldAsXml|EnsureUser|BreakRoleInheritance|SetFieldValue)"'
)


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
    if path.endswith("/processquery"):
        return CSOM_WRITE.search(body) is None
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
    _store_level(liar.emulator, OTHER, 3)
    return answer


def _store_level(emulator: Emulator, url: str, level: int) -> None:
    with emulator.state.work() as db:
        for row in db.execute("SELECT id, doc FROM sites WHERE url = ?", (url,)).fetchall():
            doc = {**json.loads(row["doc"]), "SharingCapability": level, "SiteDefinedSharingCapability": level}
            db.execute("UPDATE sites SET doc = ? WHERE id = ?", (json.dumps(doc), row["id"]))


# ---- of all that was written, one thing is lost ----------------------------------------------------------------------


def members_share(site: Site) -> None:
    site.put_web({**site.web, "MembersCanShare": True})


def level_shows_who_reads(site: Site) -> None:
    """Parent read is Read."""
    role = permissions.get_role(site, "Parent read", "name")
    permissions.change_role(site, role, {"BasePermissions": {"High": 176, "Low": 138612833}})


def visitors_keep_read(site: Site) -> None:
    permissions.add_grant(site, "", VISITORS, permissions.READ)


def visitors_hold_read_instead(site: Site) -> None:
    for grant in site.each("grant"):
        if grant["principal"] == VISITORS:
            site.remove("grant", f"{VISITORS}:{grant['role']}")
    permissions.add_grant(site, "", VISITORS, permissions.READ)


def group_is_not_bound(site: Site) -> None:
    for member in groups.list_members(site, VISITORS):
        groups.remove_member(site, VISITORS, member["Id"])


def group_is_bound_elsewhere(site: Site) -> None:
    [member] = groups.list_members(site, VISITORS)
    groups.remove_member(site, VISITORS, member["Id"])
    groups.add_member(site, groups.ASSOCIATED["members"], member)


def _list_id(site: Site, title: str) -> str:
    return str(lists.get_list(site, title, "title")["Id"])


def marker_list_is_everybodys(site: Site) -> None:
    permissions.restore_inheritance(site, _list_id(site, MARKER_LIST))


def marker_list_is_visitors(site: Site) -> None:
    permissions.add_grant(site, _list_id(site, MARKER_LIST), VISITORS, permissions.READ)


def staff_list_is_everybodys(site: Site) -> None:
    permissions.restore_inheritance(site, _list_id(site, STAFF))


def staff_list_is_visitors(site: Site) -> None:
    permissions.add_grant(site, _list_id(site, STAFF), VISITORS, permissions.FULL_CONTROL)


def list_is_lost(site: Site) -> None:
    lists.remove_list(site, lists.get_list(site, STAFF, "title"))


def column_is_lost(site: Site) -> None:
    found = lists.get_list(site, "Itinerary", "title")
    fields.remove_field(site, found, fields.get_field(site, found, "TripStart", "name"))


SPOILT = [
    *(members_share, level_shows_who_reads, visitors_keep_read, visitors_hold_read_instead),
    *(group_is_not_bound, group_is_bound_elsewhere),
    *(marker_list_is_everybodys, marker_list_is_visitors, staff_list_is_everybodys, staff_list_is_visitors),
]
"""What guardians could see too much by, or nothing at all."""


def _marker(site: Site) -> tuple[dict[str, Any], dict[str, Any]]:
    found = lists.get_list(site, MARKER_LIST, "title")
    [item] = items.list_items(site, found)
    return found, item


def marker_is_lost(site: Site) -> None:
    items.remove_item(site, *_marker(site))


def marker_is_another_trips(site: Site) -> None:
    _, item = _marker(site)
    items.set_item(site, {**item, "Title": item["Title"].replace("lake-2027", "zoo-2027")})


def marker_forgets(site: Site) -> None:
    _, item = _marker(site)
    items.set_item(site, {**item, MEMORY: "{}"})


def but(spoil: Callable[[Site], None]) -> Callable[..., Iterable[bytes]]:
    """The write is done, and then that."""

    def lie(liar: Liar, environ: Any, start_response: Any) -> Iterable[bytes]:
        answer = liar.work(environ, start_response)
        site = find_site(liar.emulator, SITE)
        assert site is not None
        spoil(site)
        return answer

    lie.__name__ = spoil.__name__
    return lie


# ---- the lies --------------------------------------------------------------------------------------------------------


LIES = [
    *((name, without_effect) for name in WRITES),
    *((name, stale_read) for name in WRITES),
    *(("filling", but(spoil)) for spoil in (*SPOILT, list_is_lost, column_is_lost)),
    *(("marker", but(spoil)) for spoil in (marker_is_lost, marker_is_another_trips, marker_forgets)),
    *(("membership", but(spoil)) for spoil in (*SPOILT, marker_is_lost, marker_is_another_trips, marker_forgets)),
    ("membership", lost_row),
    ("site level", wrong_enum),
    ("site level", too_closed),
    ("site level", other_site),
]


@pytest.fixture
def stage(own_templates: Path, stage: Stage) -> Stage:
    """One of the trip's lists is for its staff."""
    declaration = own_templates / "school-trip" / "template.toml"
    declaration.write_text(f'staff_only = ["{STAFF}"]\n{declaration.read_text(encoding="utf-8")}', encoding="utf-8")
    create_site(stage.emulator, OTHER, "Other", "j.okoro@school.example")
    return stage


@pytest.mark.parametrize(("write", "lie"), LIES, ids=lambda value: getattr(value, "__name__", value))
def test_apply_notices(stage: Stage, write: str, lie: Callable[..., Iterable[bytes]]) -> None:
    liar = Liar(stage.emulator, WRITES[write], lie)
    stage.wire.app = liar
    outcomes = stage.apply()
    assert liar.told > 0, "the lie was never told: the pattern fits no write"
    assert not_done(outcomes) != []
    told = {str(mail["to"]) for mail in stage.mails()}
    of_members = write == "membership" and lie in (without_effect, stale_read, lost_row)
    if of_members:
        assert _people(outcomes, "failed", "unknown") != set()
        assert not told & _people(outcomes, "failed", "unknown")
    else:
        assert told == set(), "nobody is told of a site that they cannot reach as they should"
    liar.old = None
    site = stage.gateway.sharepoint.find_site(SITE)
    assert site is not None
    assert site.sharing <= Sharing.EXISTING_GUESTS
    if write != "site level" and not of_members:
        assert site.sharing is Sharing.DISABLED, "a site that is not as it must be is not opened"


def _people(outcomes: Iterable[Outcome], *states: str) -> set[str]:
    return {
        str(outcome.change.after("email"))
        for outcome in outcomes
        if outcome.change.kind == "membership" and outcome.status.value in states
    }


@pytest.mark.parametrize("write", WRITES)
def test_without_lies_every_one_of_these_writes_is_made(stage: Stage, write: str) -> None:
    """So that a pattern that fits nothing is seen."""
    liar = Liar(stage.emulator, WRITES[write], Liar.work)
    stage.wire.app = liar
    assert not_done(stage.apply()) == []
    assert liar.told > 0
    assert [mail["to"] for mail in stage.mails()] == list(GUARDIANS)
