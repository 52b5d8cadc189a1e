"""What is held longer than the school wants: memories of trips that are over, and files.

A trip's own memory is kept until the trip is over and the time after that has passed: while it lasts, exclusions and
"who was told already" depend on it. Files are counted from the day on which they were written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from ..contacts.kept import school_folder
from ..file_values import STAFF_SUFFIX
from ..runs.store import Remembered, RunStore
from ..trips import Portal, find_trips, read_trips
from .personal_files import PersonalFile, find_personal_files, written_at

MEMORY, KEPT_LIST, REHEARSAL = "memory of a trip", "kept contact list", "tenant of the rehearsal"


@dataclass(frozen=True, slots=True)
class Held:
    """One thing that is held: `kind` and `name` for people; `rows` in the run store, or 0; `files` that go with it;
    `since` is the day that the time is counted from, `until` the last day on which it may stay. `forgotten`: a trip of
    which there is no file any more, so that nobody can say whether it is over."""

    kind: str
    name: str
    since: date
    until: date
    rows: int = 0
    trip: str = ""
    files: tuple[Path, ...] = ()
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look. `data` is the data folder, `folders` are those that the school named besides its own."""

    data: Path
    folders: tuple[Path, ...] = ()


def list_held(portal: Portal, store: RunStore, target: str, places: Places) -> tuple[Held, ...]:
    """Everything that this product remembers of people, for this target, due or not. A trip whose file cannot be read
    counts as one without a file."""
    days = timedelta(days=portal.privacy.retention_days)
    trips, _ = read_trips(find_trips(portal))
    ends = {f"{trip.slug}{more}": trip.access_until for trip in trips for more in ("", STAFF_SUFFIX)}
    memories = tuple(_of_memory(each, ends, days) for each in store.list_remembered(target))
    return (*memories, *(_of_file(each, days) for each in _find_files(portal, target, places)))


def find_due(held: Sequence[Held], today: date, *, forgotten: bool = False) -> tuple[Held, ...]:
    """What must go. `forgotten`: memories of trips without a file too."""
    return tuple(each for each in held if today > each.until and (forgotten or not each.forgotten))


def _of_memory(each: Remembered, ends: Mapping[str, date], days: timedelta) -> Held:
    end = ends.get(each.trip)
    since = end if end is not None else each.last_at.date()
    return Held(MEMORY, each.trip, since, since + days, each.rows, each.trip, forgotten=end is None)


def _of_file(each: PersonalFile, days: timedelta) -> Held:
    since = each.at.date()
    return Held(each.kind, str(each.path), since, since + days, files=(each.path,))


def _find_files(portal: Portal, target: str, places: Places) -> Iterator[PersonalFile]:
    yield from find_personal_files((portal.file.parent, places.data / "backups", *places.folders))
    for path in sorted(school_folder(places.data, target, portal.file).glob("*")):
        if path.is_file():
            yield PersonalFile(path, KEPT_LIST, written_at(path))
    if target == "emulator":
        for path in sorted(places.data.glob("emulator.sqlite*")):
            yield PersonalFile(path, REHEARSAL, written_at(path))
