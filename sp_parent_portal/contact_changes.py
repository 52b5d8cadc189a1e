"""What changed between two contact lists, and which of the school's trips that touches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from .contact_shelf import Shelf
from .contact_source import read_contact_list
from .contact_sync import Wanted, comparing, find_classes, name_source
from .contacts.differences import ListChange, count, explain, find_differences
from .contacts.kept import KeptList, open_listing
from .contacts.listing import Listing, make_listing
from .contacts.watched import Bar, no_bar
from .errors import ContactListError, TripError
from .plan.desired import is_expired
from .school import School
from .trips import Portal, Trip, find_trips, load_students, read_trips


@dataclass(frozen=True, slots=True)
class Side:
    """One of two lists. `synced_at` is None for one that is not kept."""

    source: str
    format: str
    synced_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    before: Side
    after: Side
    changes: tuple[ListChange, ...]


def compare_kept(shelf: Shelf, bar: Bar = no_bar) -> Changes:
    """The last sync with the one before it. Raises ContactListError where there are not two."""
    new, old, *_ = shelf.get(2)
    with bar(*comparing(old)) as step:
        return _compare(_side(old), open_listing(old), _side(new), open_listing(new), step)


def compare_with_kept(shelf: Shelf, wanted: Wanted, bar: Bar = no_bar) -> Changes:
    """What a sync of that source would change. Raises ContactListError."""
    old, *_ = shelf.get()
    side, listing = _read(wanted, bar)
    with bar(*comparing(old)) as step:
        return _compare(_side(old), open_listing(old), side, listing, step)


def compare_sources(old: Wanted, new: Wanted, bar: Bar = no_bar) -> Changes:
    """Two lists, neither of which is kept. Raises ContactListError."""
    (before, one), (after, other) = _read(old, bar), _read(new, bar)
    with bar("comparing, ten thousands of records", None) as step:
        return _compare(before, one, after, other, step)


def _compare(before: Side, old: Listing, after: Side, new: Listing, step: Callable[[], object]) -> Changes:
    return Changes(before, after, tuple(explain(find_differences(old, new, step))))


def _side(kept: KeptList) -> Side:
    return Side(kept.about.source, kept.about.format, kept.about.synced_at)


def _read(wanted: Wanted, bar: Bar) -> tuple[Side, Listing]:
    contacts = read_contact_list(wanted.source, wanted.gateway, wanted.base, bar)
    return Side(name_source(wanted.source), contacts.format), make_listing(
        contacts, find_classes(wanted, contacts, bar)
    )


# ---- which trips -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OnTrips:
    """Student id → slugs of their trips, sorted. `unread` is what is wrong with the files of trips of which nobody can
    tell whom they concern."""

    of_student: Mapping[str, tuple[str, ...]]
    slugs: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def of(self, change: ListChange) -> tuple[str, ...]:
        return tuple(sorted({slug for student in change.students for slug in self.of_student.get(student, ())}))


NO_TRIPS = OnTrips({})


def find_students_on_trips(portal: Portal, today: date) -> OnTrips:
    """Of the trips beside or below portal.toml whose access has not ended."""
    trips, error = read_trips(find_trips(portal))
    unread = [] if error is None else [str(problem) for problem in error.problems] or [error.message]
    return _on_trips([trip for trip in trips if not is_expired(trip, today)], unread)


def _on_trips(trips: Iterable[Trip], unread: Sequence[str] = ()) -> OnTrips:
    found: dict[str, set[str]] = {}
    slugs, wrong = [], list(unread)
    for trip in trips:
        try:
            students = load_students(trip.guardians.students)
        except TripError as error:
            wrong += [str(problem) for problem in error.problems] or [error.message]
            continue
        slugs.append(trip.slug)
        for student, _ in students:
            found.setdefault(student, set()).add(trip.slug)
    of_student = {student: tuple(sorted(some)) for student, some in found.items()}
    return OnTrips(of_student, tuple(sorted(slugs)), tuple(wrong))


# ---- beside a plan ---------------------------------------------------------------------------------------------------


def describe_since_sync(shelf: Shelf, school: School, trips: Iterable[Trip]) -> tuple[str, ...]:
    """Lines for people: that the list which a plan was made from is not the one that was synced last, and how many of
    the changes concern each trip. Nothing where it is the same, nothing was synced, or the list is not believed."""
    if school.distrust:
        return ()
    try:
        kept = shelf.find()
        if not kept or kept[0].about.fingerprint == school.contacts.fingerprint:
            return ()
        found = find_differences(open_listing(kept[0]), make_listing(school.contacts))
    except ContactListError as error:
        return (error.message,)
    changes = tuple(explain(found))
    if not changes:
        return ()
    synced = f"{kept[0].about.synced_at.astimezone():%Y-%m-%d %H:%M}"
    on_trips = _on_trips(trips)
    lines = [f"the contact list has changed since the sync of {synced}: {tell_counts(changes)}"]
    for slug in on_trips.slugs:
        touching = [change for change in changes if slug in on_trips.of(change)]
        if touching:
            lines.append(f"  {slug}: {tell_counts(touching)}")
    return tuple(lines)


def tell_counts(changes: Iterable[ListChange]) -> str:
    """Such as "1 contact new-address, 2 relationships removed"; "nothing" for none."""
    told = (
        f"{number} {kinds if number > 1 else kinds.removesuffix('s')} {what}"
        for kinds, whats in count(changes).items()
        for what, number in whats.items()
        if number
    )
    return ", ".join(told) or "nothing"
