"""A plan in a file, to be approved by somebody and applied later, perhaps on another machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import InputError
from .file_values import STAFF_SUFFIX
from .plan.approval import read_plan
from .plan.model import Plan
from .private_files import write_private
from .trips import Portal, Trip


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """`slugs` are the trips that the plan is about. `portal` and `trips` say where their files were when it was made,
    None and () where they are there no more. What is planned from them must still be what was approved, so that a wrong
    path can do no harm."""

    plan: Plan
    slugs: tuple[str, ...]
    portal: Path | None = None
    trips: tuple[Path, ...] = ()


def save_plan(path: Path, plan: Plan, portal: Portal, trips: Sequence[Trip]) -> None:
    """Write the plan (mode 0600), and where its files are. Raises InputError."""
    files = {"portal": str(portal.file), "trips": {trip.slug: str(trip.file) for trip in trips}}
    try:
        write_private(path, json.dumps({**plan.as_data(), "files": files}, indent=2) + "\n")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "choose another place for the plan") from None


def load_plan(path: Path) -> SavedPlan:
    """Raises InputError where the file is no plan of ours, was changed, or would change the tenant."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"there is no file {path}; nothing was done", "make a plan with plan --out") from None
    except (OSError, UnicodeDecodeError) as error:
        said = f"{path} cannot be read ({type(error).__name__}); nothing was done"
        raise InputError(said, "make a plan with plan --out") from None
    plan = read_plan(text, str(path))
    named = {change.trip for change in plan.changes} | {held.trip for held in plan.held}
    slugs = tuple(sorted({slug.removesuffix(STAFF_SUFFIX) for slug in named}))
    if "" in slugs:
        raise InputError(f"{path} would change the tenant", "the tenant is changed by tenant apply alone")
    portal, trips = _find_files(json.loads(text).get("files"), slugs)
    return SavedPlan(plan, slugs, portal, trips)


def _find_files(files: Any, slugs: Sequence[str]) -> tuple[Path | None, tuple[Path, ...]]:
    if not isinstance(files, dict) or not isinstance(files.get("trips"), dict):
        return None, ()
    portal = Path(str(files.get("portal", "")))
    trips = tuple(Path(str(files["trips"].get(slug, ""))) for slug in slugs)
    return (portal, trips) if all(path.is_file() for path in (portal, *trips)) else (None, ())
