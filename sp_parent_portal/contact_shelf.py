"""Where a school's synced contact lists are, and what the next one is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .contacts.kept import KeptList, list_kept, school_folder
from .errors import ContactListError
from .runs.store import AcceptedList, RunStore
from .settings import data_folder
from .trips import Portal


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where one school's lists are kept, for one target: a rehearsal never takes the place of the real thing."""

    folder: Path
    target: str
    portal: Portal

    def find(self) -> tuple[KeptList, ...]:
        """The current list and the one before it, as far as there are any. Raises ContactListError."""
        return list_kept(self.folder)

    def get(self, number: int = 1) -> tuple[KeptList, ...]:
        """As `find`, for who needs that many. Raises ContactListError where there are fewer."""
        kept = self.find()
        if len(kept) < number:
            message = "only one contact list was synced yet" if kept else "no contact list is kept yet"
            hint = "there is nothing to compare it with; name two SOURCES" if kept else "`contacts sync` keeps one"
            raise ContactListError(f"{message} for {self.portal.file} ({self.target})", hint)
        return kept


def open_shelf(target: str, portal: Portal) -> Shelf:
    return Shelf(school_folder(data_folder(), target, portal.file), target, portal)


# ---- what the next list is compared with -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Baseline:
    """The list that was believed last, by the run store or by the last sync, whichever is newer. `doubt` says why
    nobody can tell, "" where it can be told that there is one or none."""

    accepted: AcceptedList | None = None
    doubt: str = ""

    @property
    def sizes(self) -> Mapping[str, int]:
        return {} if self.accepted is None else self.accepted.sizes


def find_baseline(store: RunStore, shelf: Shelf) -> Baseline:
    """A run store that was lost leaves the kept list, and the other way round."""
    remembered = store.find_accepted_list(shelf.target, str(shelf.portal.contacts.source))
    try:
        kept = shelf.find()
    except ContactListError as error:
        return Baseline(remembered, "" if remembered else f"{error.message} {error.hint}")
    if not kept:
        return Baseline(remembered)
    about = kept[0].about
    synced = AcceptedList(about.fingerprint, about.sizes, about.synced_at)
    is_newer = remembered is None or remembered.at is None or remembered.at <= about.synced_at
    return Baseline(synced if is_newer else remembered)
