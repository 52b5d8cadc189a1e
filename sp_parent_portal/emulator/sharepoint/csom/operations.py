"""SpoOperation: work of tenant administration that goes on after the answer, and is asked after by its identity.

As many looks as the fact `provisioning` says (`operation_polls`) find it unfinished; PollingInterval falls from 15 s to
5 s after the third look, as recorded. The instant in the identity (.NET ticks) is the operation's name.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from .. import administration, archive
from ..faults import Fault
from ..site import ZERO, Doc, find_site
from .things import IDENTITIES, Thing, admin_identity, kind_of

if TYPE_CHECKING:
    from ...app import Emulator

OPERATION = kind_of(f"{administration.NAMESPACE}.SpoOperation")
FIRST_INTERVAL, LATER_INTERVAL, FIRST_LOOKS = 15000, 5000, 3
TICK = timedelta(microseconds=1)


def encode_url(url: str) -> str:
    """As identities hold addresses: escapes in lower case."""
    return re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), quote(url, safe="-_.!*()"))


def decode_url(text: str) -> str:
    return unquote(text).rstrip("/")


def count_polls(emulator: Emulator) -> int:
    """How many looks find an operation unfinished that takes its time."""
    return int((emulator.state.get_fact("provisioning") or {}).get("operation_polls", 1))


def begin(emulator: Emulator, name: str, url: str, site_id: str = ZERO, *, polls: int = 0) -> Thing:
    """`polls`: how many looks find it unfinished."""
    ticks = (emulator.now() - datetime(1, 1, 1, tzinfo=UTC)) // TICK * 10
    while emulator.state.get_fact(_key(ticks)) is not None:
        ticks += 1
    return _look(emulator, ticks, {"left": polls, "looks": 0, "name": name, "url": url, "id": site_id})


def _recall(emulator: Emulator, parts: list[str]) -> Thing:
    doc = emulator.state.get_fact(_key(parts[1])) if len(parts) > 1 and parts[1].isdecimal() else None
    if doc is None:
        raise Fault(200, -2147024894, "System.IO.FileNotFoundException", "File Not Found.")
    return _look(emulator, parts[1], doc)


def _look(emulator: Emulator, ticks: int | str, doc: Doc) -> Thing:
    complete = not doc["left"]
    shown: Doc = {
        "HasTimedout": False,
        "IsComplete": complete,
        "PollingInterval": FIRST_INTERVAL if doc["looks"] < FIRST_LOOKS else LATER_INTERVAL,
    }
    if complete and not doc.get("over"):
        _finish(emulator, doc)
    after = {**doc, "left": max(0, doc["left"] - 1), "looks": doc["looks"] + 1, "over": complete}
    if after != doc:
        emulator.state.set_fact(_key(ticks), after)
    identity = admin_identity(emulator, "SpoOperation", doc["name"], str(ticks), encode_url(doc["url"]), doc["id"])
    return Thing(OPERATION, shown, identity)


def _finish(emulator: Emulator, doc: Doc) -> None:
    """The site of a CreateSite that is over is there, whoever looked at it; an archive takes it, or gives it back, once
    that is over."""
    site = find_site(emulator, doc["url"])
    if site is None:
        return
    if doc["name"] == "CreateSite" and site.doc.get("_status_polls"):
        site.doc["_status_polls"] = 0
        site.store()
    elif doc["name"] == "ArchiveSite" and archive.status_of(site) == archive.ACTIVE:
        archive.archive(site)
    elif doc["name"] == "UnarchiveSite" and archive.status_of(site) in (archive.RECENT, archive.FULL):
        archive.reactivate(site)


def _key(ticks: int | str) -> str:
    return f"spo_operation/{ticks}"


IDENTITIES["SpoOperation"] = _recall
