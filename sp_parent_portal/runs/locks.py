"""Two people, one trip: a lock with its holder, a lease that runs out, and a number that only grows.

The number (fencing token) tells a holder that woke up after its lease ran out that somebody else went on: `renew`
refuses it, and the applier renews before every batch of writes.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from ..errors import LockHeld
from . import schema

# Longer than the transport's longest wait, the only stretch in which a living holder does not renew.
LEASE_SECONDS = 300.0


def present_holder(user: str) -> str:
    """Who this process is, for people and for `_is_gone`: user@host:pid."""
    return f"{user}@{platform.node()}:{os.getpid()}"


def _is_gone(holder: str) -> bool:
    """Whether the holder was a process of this machine that runs no more. A process elsewhere cannot be asked, nor
    can one on Windows, where signal 0 means something else: there the lease has to run out."""
    where, _, pid = holder.rpartition(":")
    if os.name == "nt" or not pid.isdigit() or where.rpartition("@")[2] != platform.node():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@dataclass(frozen=True, slots=True)
class Lock:
    engine: Engine
    name: str
    holder: str
    token: int
    clock: Callable[[], float]

    def renew(self) -> None:
        """Raises LockHeld when the lease was lost: nothing more may be written under it."""
        with self.engine.begin() as db:
            row = update(schema.locks).where(schema.locks.c.name == self.name, schema.locks.c.token == self.token)
            if db.execute(row.values(expires=self.clock() + LEASE_SECONDS)).rowcount == 0:
                raise LockHeld(
                    f"the lock on {self.name} was lost to somebody else; nothing more was done",
                    "run the command again: what was done is recorded",
                )


def trip_lock(target: str, trip: str) -> str:
    """The name of a trip's lock."""
    return f"{target}: {trip}"


def find_token(engine: Engine, name: str) -> int:
    """The number that the lock had last, 0 for one that nobody ever held: it grows with every holder."""
    with engine.connect() as db:
        row = db.execute(select(schema.locks.c.token).where(schema.locks.c.name == name)).first()
    return 0 if row is None else int(row.token)


@contextmanager
def hold(engine: Engine, name: str, holder: str, clock: Callable[[], float]) -> Iterator[Lock]:
    """Hold the lock, or raise LockHeld naming who has it and for how long at most. `clock` is seconds since 1970."""
    token = _take(engine, name, holder, clock())
    lock = Lock(engine, name, holder, token, clock)
    try:
        yield lock
    finally:
        with engine.begin() as db:
            mine = (schema.locks.c.name == name) & (schema.locks.c.token == token)
            db.execute(update(schema.locks).where(mine).values(expires=0.0))


def _take(engine: Engine, name: str, holder: str, now: float) -> int:
    with engine.begin() as db:
        row = db.execute(select(schema.locks).where(schema.locks.c.name == name)).first()
        if row is None:
            try:
                db.execute(insert(schema.locks).values(name=name, holder=holder, token=1, expires=now + LEASE_SECONDS))
            except IntegrityError:
                raise LockHeld(f"somebody else has just begun with {name}; nothing was done", "try again") from None
            return 1
        if row.expires > now and not _is_gone(row.holder):
            raise LockHeld(
                f"{row.holder} is working on {name}; nothing was done",
                f"wait for it to end; a run that died lets go within {int(row.expires - now) + 1} seconds",
            )
        free = (schema.locks.c.name == name) & (schema.locks.c.token == row.token)
        taken = update(schema.locks).where(free).values(holder=holder, token=row.token + 1, expires=now + LEASE_SECONDS)
        if db.execute(taken).rowcount == 0:
            raise LockHeld(f"somebody else has just begun with {name}; nothing was done", "try again")
        return int(row.token) + 1
