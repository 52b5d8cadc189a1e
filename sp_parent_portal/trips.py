"""trip.toml → Trip, portal.toml → Portal. Files say what is desired; nothing here asks the tenant."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from .sharing import Sharing


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Guardians(_File):
    """`students` and `exclusions` are absolute paths once loaded."""

    students: Path
    relationships: tuple[Literal["parent", "guardian", "relative", "aide", "doctor", "child", "administrator", "other"], ...] = (
        "parent",
        "guardian",
    )
    exclusions: Path | None = None


class Notify(_File):
    by: Literal["mailbox", "microsoft", "none"] = "mailbox"


class Trip(_File):
    """One school trip or event. `file` is where it was read; `slug` makes the site's address /sites/<slug>."""

    file: Path
    title: str
    slug: str
    template: str
    owner: str
    starts: date
    ends: date
    access_until: date
    guardians: Guardians
    inputs: dict[str, Any] = {}
    notify: Notify = Notify()


class ContactsSection(_File):
    """`exclusions` is a path, or None with `confirmed_by` when the school has confirmed that there are none, or None
    without it: then nobody is invited."""

    source: Path
    exclusions: Path | None = None
    confirmed_by: str = ""
    flags: Path | None = None
    internal_domains: tuple[str, ...] | None = None


class TenantSection(_File):
    sharing: Sharing
    guests_may_reshare: bool = False


class LicencesSection(_File):
    external_user_budget: int = 10_000
    warn_at: float = 0.8


class SafetySection(_File):
    """Ceilings. Additions above them are opens-access instead of routine; inferred removals above them are refused."""

    guardians_per_trip: int = 200
    guardians_per_student: int = 3
    growth_of_live_trip: float = 0.3
    inferred_removals: float = 0.3
    contact_list_shrink: float = 0.2


class Portal(_File):
    """The school's own file, beside the trips."""

    file: Path
    contacts: ContactsSection
    tenant: TenantSection
    licences: LicencesSection = LicencesSection()
    safety: SafetySection = SafetySection()
    accept: dict[str, Any] = {}


def load_portal(path: Path) -> Portal:
    """Raises TripError with every problem and its line."""
    raise NotImplementedError


def load_trip(path: Path) -> Trip:
    """Raises TripError with every problem and its line. Does not look at the template: templates.make_content does."""
    raise NotImplementedError


def find_portal(start: Path) -> Path:
    """portal.toml in `start` (a folder, or a trip's file) or the nearest folder above. Raises TripError."""
    raise NotImplementedError


def find_trips(portal: Portal) -> tuple[Path, ...]:
    """Every trip beside or below portal.toml: `*.toml` in its folder and under `trips/`, portal.toml left out."""
    raise NotImplementedError


def load_trips(paths: tuple[Path, ...]) -> tuple[Trip, ...]:
    """All of them or none: problems of all files at once, two trips with one address among them."""
    raise NotImplementedError


def load_students(path: Path) -> tuple[tuple[str, int], ...]:
    """students.csv (column student_id) → (id, line). Raises TripError with every problem."""
    raise NotImplementedError
