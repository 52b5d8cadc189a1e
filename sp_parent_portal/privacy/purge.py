"""Taking away what is held too long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import PortalError
from ..runs.store import RunStore
from .retention import MEMORY, Held


@dataclass(frozen=True, slots=True)
class Purged:
    """What came of it: done, or failed with the reason."""

    held: Held
    status: str
    detail: str = ""


def purge(store: RunStore, target: str, due: Sequence[Held]) -> tuple[Purged, ...]:
    """Memories first, in one transaction; then each file by itself. What is gone already is done."""
    memories = [each for each in due if each.kind == MEMORY]
    done = [*_purge_memories(store, target, memories)] if memories else []
    return (*done, *(_purge_files(each) for each in due if each.kind != MEMORY))


def _purge_memories(store: RunStore, target: str, memories: Sequence[Held]) -> list[Purged]:
    try:
        store.forget_trips(target, [each.trip for each in memories])
    except PortalError as error:
        return [Purged(each, "failed", error.message) for each in memories]
    return [Purged(each, "done") for each in memories]


def _purge_files(held: Held) -> Purged:
    try:
        for path in held.files:
            path.unlink(missing_ok=True)
    except OSError as error:
        return Purged(held, "failed", error.strerror or type(error).__name__)
    return Purged(held, "done")
