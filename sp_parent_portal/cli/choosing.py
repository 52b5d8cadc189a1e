"""Which trips a command line means, which portal.toml is theirs, and the plan for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, Problem, TripError
from .talking import progress

if TYPE_CHECKING:
    from ..applying import Allowed
    from ..plan.model import Plan
    from ..planning import Planned
    from ..resources.drift import ByHand
    from ..trips import Portal, Trip
    from .session import Session


@dataclass(frozen=True, slots=True)
class Chosen:
    """`approved` is the saved plan that the line names, None where it names trips. With --all, `broken` says what is
    wrong with trips that cannot be used: the others are chosen all the same, for what must be removed at once."""

    portal: Portal
    trips: tuple[Trip, ...]
    approved: Plan | None = None
    broken: InputError | None = None


def choose(words: Sequence[str], *, every: bool, portal: Path | None) -> Chosen:
    """The trips that the words name, or every one. Raises InputError: nothing named, both named, no such trip, files
    with mistakes, two trips with one address."""
    from ..trips import find_trips, load_portal, load_trips, read_trips

    if every == bool(words):
        raise InputError(
            "name the trips or say --all, not both" if every else "no trip is named",
            "give trip files or slugs, or --all for every trip beside portal.toml",
        )
    if len(words) == 1 and words[0].endswith(".json"):
        return _choose_approved(Path(words[0]), portal)
    loaded = load_portal(portal or _find_portal_of(words))
    if every:
        trips, broken = read_trips(find_trips(loaded))
        if broken is not None and not trips:
            raise broken
        return Chosen(loaded, trips, broken=broken)
    paths = tuple(_find_trip(word, loaded) for word in words)
    chosen = load_trips(paths)
    slugs = {trip.slug for trip in chosen}
    same = [
        path for path, slug in _read_slugs(loaded)[0].items() if slug in slugs and path not in {t.file for t in chosen}
    ]
    if same:
        load_trips((*paths, *same))  # raises: two trips with one address
    return Chosen(loaded, chosen)


def plan_chosen(
    session: Session, chosen: Chosen, allowed: Allowed | None = None, by_hand: ByHand | None = None
) -> Planned:
    """What would change for the chosen trips, with a bar for whoever looks on. Nothing is allowed by default, and what
    people changed by hand is asked about."""
    from ..applying import Allowed
    from ..planning import plan_trips
    from ..resources.drift import ByHand

    allowed = allowed or Allowed()
    with progress("observing", len(chosen.trips)) as step:
        return plan_trips(
            session.gateway,
            session.store,
            chosen.portal,
            chosen.trips,
            allowed.risks,
            smaller_allowed=allowed.smaller_list,
            by_hand=by_hand or ByHand.ASK,
            unusable=chosen.broken,
            observed_one=step,
        )


def _find_portal_of(words: Sequence[str]) -> Path:
    """The portal.toml of the trip files; of the current folder where slugs are given. Raises TripError where the trips
    belong to more than one."""
    from ..trips import find_portal

    found = {find_portal(Path(word)) if Path(word).is_file() else find_portal(Path()) for word in words or ["."]}
    if len(found) > 1:
        raise TripError(
            f"the trips belong to different schools: {', '.join(str(path) for path in sorted(found))}",
            "name the trips of one portal.toml at a time, or say with --portal which one holds",
        )
    return found.pop()


def _find_trip(word: str, portal: Portal) -> Path:
    path = Path(word)
    if path.is_dir() and len(path.parts) > 1:
        path = path / "trip.toml"
    if path.is_file() or path.suffix == ".toml" or len(path.parts) > 1:
        return path.resolve()  # a path that is not there is told by its loading
    slugs, unread = _read_slugs(portal)
    found = [path for path, slug in slugs.items() if slug == word]
    if len(found) == 1:
        return found[0]
    if found:
        from ..trips import load_trips

        load_trips(tuple(found))  # raises: two trips with one address
    if unread:
        raise TripError(
            f"no trip that can be read is called {word!r}; nothing was done",
            "it may be one of these: mend what is listed and run the command again",
            unread,
        )
    known = ", ".join(sorted(set(slugs.values()))) or "none"
    raise TripError(f"there is no trip {word!r} beside {portal.file}", f"there are: {known}")


def _read_slugs(portal: Portal) -> tuple[Mapping[Path, str], list[Problem]]:
    """Slugs of the trips beside portal.toml, read leniently: what else is wrong with a file is told when it is used.
    And what is wrong with those that cannot be read at all."""
    from ..toml_files import load_toml
    from ..trips import find_trips

    found: dict[Path, str] = {}
    unread: list[Problem] = []
    for path in find_trips(portal):
        try:
            slug = load_toml(path, TripError).data.get("slug")
        except TripError as error:
            unread += error.problems
            continue
        if isinstance(slug, str):
            found[path.resolve()] = slug
    return found, unread


def _choose_approved(path: Path, portal: Path | None) -> Chosen:
    """The trips of a saved plan, where it says that its files are; with `portal`, or where they are there no more,
    beside the portal.toml that is named or found."""
    from ..saved_plan import load_plan
    from ..trips import load_portal

    saved = load_plan(path)
    if not saved.slugs:
        return Chosen(load_portal(portal or saved.portal or _find_portal_of([])), (), saved.plan)
    words = saved.slugs if portal else [str(trip) for trip in saved.trips] or saved.slugs
    chosen = choose(words, every=False, portal=portal or saved.portal)
    return Chosen(chosen.portal, chosen.trips, saved.plan)
