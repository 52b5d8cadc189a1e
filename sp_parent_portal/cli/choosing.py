"""Which trips a command line means, and which portal.toml is theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, TripError

if TYPE_CHECKING:
    from ..plan.model import Plan
    from ..trips import Portal, Trip


@dataclass(frozen=True, slots=True)
class Chosen:
    """`approved` is the saved plan that the line names, None where it names trips."""

    portal: Portal
    trips: tuple[Trip, ...]
    approved: Plan | None = None


def choose(words: Sequence[str], *, every: bool, portal: Path | None) -> Chosen:
    """The trips that the words name, or every one. Raises InputError: nothing named, both named, no such trip, files
    with mistakes, two trips with one address."""
    from ..trips import find_trips, load_portal, load_trips

    if every == bool(words):
        raise InputError(
            "name the trips or say --all, not both" if every else "no trip is named",
            "give trip files or slugs, or --all for every trip beside portal.toml",
        )
    if len(words) == 1 and words[0].endswith(".json"):
        return choose_approved(Path(words[0]), portal)
    loaded = load_portal(portal or _find_portal_of(words))
    paths = find_trips(loaded) if every else tuple(_find_trip(word, loaded) for word in words)
    chosen = load_trips(paths)
    slugs = {trip.slug for trip in chosen}
    same = [path for path, slug in _slugs(loaded).items() if slug in slugs and path not in {t.file for t in chosen}]
    if same:
        load_trips((*paths, *same))  # raises: two trips with one address
    return Chosen(loaded, chosen)


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
    if path.is_file() or path.suffix == ".toml" or len(path.parts) > 1:
        return path.resolve()  # a path that is not there is told by its loading
    found = [path for path, slug in _slugs(portal).items() if slug == word]
    if len(found) == 1:
        return found[0]
    if found:
        from ..trips import load_trips

        load_trips(tuple(found))  # raises: two trips with one address
    known = ", ".join(sorted(set(_slugs(portal).values()))) or "none"
    raise TripError(f"there is no trip {word!r} beside {portal.file}", f"there are: {known}")


def _slugs(portal: Portal) -> Mapping[Path, str]:
    """Slugs of the trips beside portal.toml, read leniently: what else is wrong with a file is told when it is used."""
    from ..toml_files import load_toml
    from ..trips import find_trips

    found: dict[Path, str] = {}
    for path in find_trips(portal):
        try:
            slug = load_toml(path, TripError).data.get("slug")
        except TripError:
            continue
        if isinstance(slug, str):
            found[path.resolve()] = slug
    return found


# ---- saved plans -----------------------------------------------------------------------------------------------------


def save_plan(path: Path, plan: Plan, chosen: Chosen) -> None:
    """Write the plan, and where its files are, so that `apply` can plan again. Raises InputError."""
    import json

    from ..reports.files import write_private

    files = {"portal": str(chosen.portal.file), "trips": {trip.slug: str(trip.file) for trip in chosen.trips}}
    try:
        write_private(path, json.dumps({**plan.as_data(), "files": files}, indent=2) + "\n")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "choose another place for the plan") from None


def choose_approved(path: Path, portal: Path | None) -> Chosen:
    """The trips of a saved plan: where the plan says its files are, else beside the portal.toml that is named or found.
    Raises InputError."""
    from ..plan.approval import read_plan

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({type(error).__name__})", "make a plan with plan --out") from None
    plan = read_plan(text, str(path))
    slugs = sorted({change.trip for change in plan.changes} | {held.trip for held in plan.held})
    if "" in slugs:
        raise InputError(f"{path} would change the tenant", "the tenant is changed by tenant apply alone")
    if portal is None:
        portal, files = _saved_files(text, slugs)
    else:
        files = []
    if not slugs:
        from ..trips import load_portal

        return Chosen(load_portal(portal or _find_portal_of([])), (), plan)
    chosen = choose(files or slugs, every=False, portal=portal)
    return Chosen(chosen.portal, chosen.trips, plan)


def _saved_files(text: str, slugs: Iterable[str]) -> tuple[Path | None, list[str]]:
    """Where the plan's files were when it was made; nothing where one of them is there no more. What is planned from
    them must be what was approved, so that a wrong path can do no harm."""
    import json

    files = json.loads(text).get("files")
    if not isinstance(files, dict) or not isinstance(files.get("trips"), dict):
        return None, []
    found = [str(files["trips"].get(slug, "")) for slug in slugs]
    portal = Path(str(files.get("portal", "")))
    there = portal.is_file() and all(Path(path).is_file() for path in found)
    return (portal, found) if there else (None, [])
