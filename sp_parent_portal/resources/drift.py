"""What became of a part of a site since we wrote it: missing, as it should be, newer in the template, changed by hand.
Pure.

A part is everything of a site that we manage and can compare, under a key that stays the same: `settings`, `list
Itinerary`, `column Itinerary/TripStart`, `page home`, `file assets/map.png`. The site's marker remembers for each of
them what was wanted when we wrote it and how it read right afterwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from ..plan.model import Field


class ByHand(Enum):
    """What is done about what people changed by hand. ASK: what they write in is held, the rest is put right. ADOPT:
    it is kept as it is. REPAIR: what they wrote is overwritten too."""

    ASK = "ask"
    ADOPT = "adopt"
    REPAIR = "repair"


class Drift(Enum):
    """MISSING: not there. SAME: as it should be. NEWER: the template or the inputs changed and the site is as we left
    it. BY_HAND: the site changed and the template did not. BOTH: both changed."""

    MISSING = "missing"
    SAME = "same"
    NEWER = "newer in the template"
    BY_HAND = "changed by hand"
    BOTH = "changed by hand, and newer in the template"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the marker holds of one part: fingerprints of what was `wanted` and of what was `seen` right after writing
    it. `adopted`: somebody chose to keep what was there instead. `id` is the thing's own in SharePoint or the directory
    (a list's GUID, a link's number), "" for what has none."""

    wanted: str
    seen: str
    adopted: bool = False
    id: str = ""


Memory = Mapping[str, Remembered]  # by part


@dataclass(frozen=True, slots=True)
class Part:
    """One part as it is wanted and as it is: `seen` is None where it is missing. `exact`: whoever writes it reads
    afterwards exactly what was wanted, so that both have one fingerprint. `gone`: the template has it no longer, the
    site still does. `words` say for people what differs, before as it is and after as it is wanted."""

    key: str
    wanted: str
    seen: str | None
    id: str = ""
    exact: bool = True
    gone: bool = False
    words: tuple[Field, ...] = field(default=(), compare=False)


def fingerprint(value: object) -> str:
    """16 hex digits for anything that JSON can hold, half a character in a text of somebody else's too; the order of an
    object's keys does not matter."""
    data = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(data.encode(errors="surrogatepass")).hexdigest()[:16]


def judge(wanted: str, seen: str | None, remembered: Remembered | None) -> Drift:
    """Fingerprints of what is wanted now and of what is there now, None where it is missing. Without a memory (a site
    from before it, or a run that was cut off before the marker) what is not as wanted counts as somebody's own."""
    if seen is None:
        if remembered is not None and remembered.adopted and (remembered.wanted, remembered.seen) == (wanted, ""):
            return Drift.SAME  # left out on purpose
        return Drift.MISSING
    if wanted == seen:
        return Drift.SAME
    if remembered is None:
        return Drift.BY_HAND
    newer, by_hand = wanted != remembered.wanted, seen != remembered.seen
    if newer:
        # What was adopted is somebody's own: a newer template does not take its place in silence.
        return Drift.BOTH if by_hand or remembered.adopted else Drift.NEWER
    return Drift.BY_HAND if by_hand else Drift.SAME


def judge_part(part: Part, memory: Memory) -> Drift:
    return judge(part.wanted, part.seen, memory.get(part.key))


def keep(parts: Iterable[Part], memory: Memory) -> dict[str, Remembered]:
    """The memory of these parts where nothing is done to any of them. Of a part that is as it should be it is what is
    there now; of any other what it was, if anything. What the template has no longer is forgotten."""
    kept: dict[str, Remembered] = {}
    for part in parts:
        remembered = memory.get(part.key)
        if part.seen is not None and not part.gone and judge_part(part, memory) is Drift.SAME:
            adopted = remembered is not None and remembered.adopted and part.wanted != part.seen
            kept[part.key] = Remembered(part.wanted, part.seen, adopted, part.id)
        elif remembered is not None:
            kept[part.key] = remembered
    return kept


def adopt(part: Part) -> Remembered:
    """Keeps what is there, or that it is not there, until the template changes the part."""
    return Remembered(part.wanted, part.seen or "", adopted=True, id=part.id)


def foresee(parts: Iterable[Part], memory: Memory, changing: Mapping[str, str]) -> dict[str, Remembered]:
    """The memory once the changes of a plan were made: `changing` holds their verbs by part. What only writing tells,
    how the part reads afterwards or its new id, is left empty."""
    parts = tuple(parts)
    coming = keep(parts, memory)
    for part in parts:
        if part.gone and part.key in changing:
            del coming[part.key]
        elif changing.get(part.key) == "adopt":
            coming[part.key] = adopt(part)
        elif part.key in changing:
            coming[part.key] = Remembered(part.wanted, part.wanted if part.exact else "", id=part.id)
    return coming
