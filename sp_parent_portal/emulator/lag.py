"""The directory lags: an account, a group or a membership that was just made is not there yet for its next reads.

The fact `lag` is how many reads of a new object miss it (0 unless a seed or a test says otherwise). Counted in reads,
so that a test that failed fails again.
"""

from __future__ import annotations

from .state import State

_PREFIX = "lag:"


def begin(state: State, object_id: str) -> None:
    """A directory object was just made; a membership is `group id/member id`."""
    reads = int(state.get_fact("lag") or 0)
    if reads > 0:
        with state.work() as db:
            db.execute("INSERT OR REPLACE INTO counts (key, n) VALUES (?, ?)", (_PREFIX + object_id, reads))


def list_lagging(state: State) -> frozenset[str]:
    """Objects that reads do not see yet; usually none."""
    rows = state.db.execute("SELECT key FROM counts WHERE key >= 'lag:' AND key < 'lag;'")
    return frozenset(row["key"].removeprefix(_PREFIX) for row in rows)


def miss(state: State, object_id: str) -> bool:
    """Whether this read misses the object; one read less from now on."""
    if object_id not in list_lagging(state):
        return False
    with state.work() as db:
        db.execute("UPDATE counts SET n = n - 1 WHERE key = ?", (_PREFIX + object_id,))
        db.execute("DELETE FROM counts WHERE key = ? AND n <= 0", (_PREFIX + object_id,))
    return True


def hide(state: State) -> frozenset[str]:
    """The objects that this listing misses; one read less for each."""
    return frozenset(object_id for object_id in list_lagging(state) if miss(state, object_id))
