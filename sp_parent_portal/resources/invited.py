"""Guests that a run has made. Two trips may want the same guardian at the same moment: only one of them invites."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Invited:
    """`ids` are the accounts by address. Every thread of the run shares it."""

    ids: dict[str, str] = field(default_factory=dict)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def hold(self, emails: Collection[str], known: dict[str, str]) -> Iterator[None]:
        """Nobody else invites these addresses meanwhile. What others made of them is put into `known` first, and what
        is in it afterwards is remembered."""
        with ExitStack() as stack:
            for email in sorted(emails):  # in one order, so that no two wait for each other
                with self._guard:
                    lock = self._locks.setdefault(email, threading.Lock())
                stack.enter_context(lock)
            known.update({email: self.ids[email] for email in emails if email in self.ids})
            yield
            self.ids.update({email: known[email] for email in emails if email in known})
