"""What a command says besides its own answer: that something is held too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .session import today
from .talking import say

if TYPE_CHECKING:
    from ..runs.store import RunStore
    from ..trips import Portal


def remind(store: RunStore, target: str, portal: Portal) -> None:
    """One line where something has been held too long."""
    from ..privacy.retention import Places, find_due, list_held
    from ..settings import data_folder

    due = find_due(list_held(portal, store, target, Places(data_folder())), today())
    if due:
        things = "thing" if len(due) == 1 else "things"
        say(
            f"overdue: {len(due)} {things} with personal data, held longer than {portal.privacy.retention_days} days:"
            " `contacts purge` shows them"
        )
