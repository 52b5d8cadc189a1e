"""trip.toml → Trip, portal.toml → Portal. Files say what is desired; nothing here asks the tenant."""

from __future__ import annotations

import re
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from .contacts.reading import read_table
from .errors import InputError, Problem, TripError
from .file_values import (
    Address,
    ContactSource,
    Count,
    Day,
    Domains,
    FilePath,
    FolderPath,
    Relationships,
    Share,
    Slug,
    TemplateName,
    Text,
)
from .sharing import Sharing
from .time_zones import ZONES, find_number
from .toml_files import TomlFile, complaint, load_toml, make_model

PORTAL = "portal.toml"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# ---- a trip ----------------------------------------------------------------------------------------------------------


class Guardians(_File):
    """`students` and `exclusions` are absolute paths once loaded."""

    students: FilePath
    relationships: Relationships = ("parent", "guardian")
    exclusions: FilePath | None = None


class Notify(_File):
    by: Literal["mailbox", "microsoft", "none"] = "mailbox"


class Trip(_File):
    """One school trip or event. `file` is where it was read; `slug` makes the site's address /sites/<slug>."""

    file: Path
    title: Text
    slug: Slug
    template: TemplateName
    owner: Address
    starts: Day
    ends: Day
    access_until: Day
    guardians: Guardians
    inputs: dict[str, Any] = {}
    notify: Notify = Notify()

    def site_url(self, host: str) -> str:
        """The address of the trip's site on the tenant's SharePoint host, such as contoso.sharepoint.com."""
        return f"https://{host}/sites/{self.slug}"

    @field_validator("ends", "access_until")
    @classmethod
    def _in_order(cls, value: date, info: ValidationInfo) -> date:
        earlier = "starts" if info.field_name == "ends" else "ends"
        if earlier in info.data and value < info.data[earlier]:
            raise PydanticCustomError("dates", f"{info.field_name} is before {earlier}")
        return value


# ---- the school ------------------------------------------------------------------------------------------------------


class ContactsSection(_File):
    """`exclusions` is a path, or None with `confirmed_by` when the school has confirmed that there are none, or None
    without it: then nobody is invited. `base` is the whole list that the changes in `source` are made to (OneRoster).
    Whether either is there is for the reader of the contact list to say: a list that is missing must not keep removals
    from being made."""

    source: ContactSource
    base: FolderPath | None = None
    confirmed_by: str = ""
    exclusions: Annotated[FilePath | None, Field(validate_default=True)] = None
    flags: FilePath | None = None
    internal_domains: Domains | None = None

    @field_validator("confirmed_by")
    @classmethod
    def _signed(cls, value: str) -> str:
        signed = re.fullmatch(r"\s*\S[^,]*,\s*(\d{4}-\d{2}-\d{2})\s*", value)
        try:
            date.fromisoformat(signed[1] if signed else "")
        except ValueError:
            raise PydanticCustomError(
                "confirmed-by", 'confirmed_by must be "name, date", such as "J. Okoro, 2027-03-01"'
            ) from None
        return value.strip()

    @field_validator("exclusions", mode="before")
    @classmethod
    def _none_is_confirmed(cls, value: object, info: ValidationInfo) -> object:
        signed = info.data.get("confirmed_by", "unreadable")
        if value == "none":
            if not signed:
                raise PydanticCustomError(
                    "confirmed-by",
                    'exclusions = "none" needs confirmed_by = "name, date": who says that there are none',
                )
            return None
        if info.context and signed and signed != "unreadable":
            raise PydanticCustomError("confirmed-by", 'confirmed_by belongs to exclusions = "none", which is not there')
        return value


class TenantSection(_File):
    sharing: Sharing
    guests_may_reshare: Annotated[bool, Field(strict=True)] = False


class LicencesSection(_File):
    external_user_budget: Count = 10_000
    warn_at: Share = 0.8


class SafetySection(_File):
    """Ceilings. Additions above them are opens-access instead of routine; inferred removals above them are refused."""

    guardians_per_trip: Count = 200
    guardians_per_student: Count = 3
    growth_of_live_trip: Annotated[float, Field(strict=True, ge=0)] = 0.3
    inferred_removals: Share = 0.3
    contact_list_shrink: Share = 0.2


class PrivacySection(_File):
    """`retention_days`: how long after a trip's last day what this product remembers of its people may stay, and how
    old a file with personal data that it wrote may become."""

    retention_days: Annotated[int, Field(strict=True, ge=1, le=3650)] = 365


class SitesSection(_File):
    """`hub` is the hub site that the trips' sites join: its id or its address; "" for none. `at_once`: how many trips
    are worked on at the same time. `time_zone` (such as Europe/London), `locale` (SharePoint's number for how dates are
    written) and `clock` (of 12 or 24 hours) are those of the school; "" and 0: as the template has them. `when_closed`:
    what the site of a closed trip is, besides closed to everybody from outside; archived is with Microsoft 365
    Archive."""

    hub: str = ""
    at_once: Annotated[int, Field(strict=True, ge=1, le=12)] = 4
    when_closed: Literal["read-only", "archived"] = "read-only"
    time_zone: str = ""
    locale: Annotated[int, Field(strict=True)] = 0
    clock: Literal["", "12", "24"] = ""

    @field_validator("hub")
    @classmethod
    def _a_site(cls, value: str) -> str:
        if not re.fullmatch(r"|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|https://\S+", value):
            raise PydanticCustomError(
                "hub", "hub must be the hub site's address, which begins with https://, or its id"
            )
        return value

    @field_validator("locale")
    @classmethod
    def _a_locale(cls, value: int) -> int:
        if value and not 1025 <= value <= 0xFFFF:
            raise PydanticCustomError(
                "locale", "locale must be SharePoint's number of a language and country, such as 2057, or 0"
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value and find_number(value) is None:
            close = get_close_matches(value, ZONES.values(), 1)
            told = f"did you mean {close[0]}?" if close else f"there are: {', '.join(sorted(ZONES.values()))}"
            raise PydanticCustomError("time-zone", f"time_zone is none that is known here; {told}")
        return value


class Portal(_File):
    """The school's own file, beside the trips."""

    file: Path
    contacts: ContactsSection
    tenant: TenantSection
    licences: LicencesSection = LicencesSection()
    safety: SafetySection = SafetySection()
    privacy: PrivacySection = PrivacySection()
    sites: SitesSection = SitesSection()
    accept: dict[str, Any] = {}


# ---- load ------------------------------------------------------------------------------------------------------------


def load_portal(path: Path) -> Portal:
    """Raises TripError with every problem and its line."""
    return make_model(load_toml(path, TripError), Portal, TripError, {"file": path.resolve()})


def load_trip(path: Path) -> Trip:
    """Raises TripError with every problem and its line. Does not look at the template: templates.make_content does."""
    file = load_toml(path, TripError)
    try:
        return make_model(file, Trip, TripError, {"file": path.resolve()})
    except TripError as exc:
        raise complaint(TripError, _about_classes(file, exc.problems)) from None


def _about_classes(file: TomlFile, problems: tuple[Problem, ...]) -> list[Problem]:
    """`class` and `year` are promised for contact lists that know them: say so instead of "unknown key"."""
    asked = file.data.get("guardians")
    by_roster = [key for key in ("class", "year") if isinstance(asked, dict) and key in asked]
    if not by_roster:
        return list(problems)
    about = {f"unknown key {key}" for key in by_roster} | {"students is missing in [guardians]"}
    kept = [problem for problem in problems if problem.message.split(" (")[0] not in about]
    text = 'is not supported yet: write students = "students.csv" in [guardians] and list the student ids in that file'
    return kept + [file.problem(("guardians", key), "not-supported", f"{key} {text}") for key in by_roster]


def load_trips(paths: tuple[Path, ...]) -> tuple[Trip, ...]:
    """All of them or none: raises TripError with the problems of all files at once, two trips with one address among
    them."""
    trips, error = read_trips(paths)
    if error is not None:
        raise error
    return trips


def read_trips(paths: tuple[Path, ...]) -> tuple[tuple[Trip, ...], InputError | None]:
    """The trips whose files can be used, one for each address, and what is wrong with the others."""
    trips: list[Trip] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(path.resolve() for path in paths):
        try:
            trips.append(load_trip(path))
        except TripError as exc:
            problems += exc.problems
    problems += _same_slug(trips)
    by_slug = {trip.slug: trip for trip in reversed(trips)}
    return tuple(reversed(by_slug.values())), complaint(TripError, problems) if problems else None


def _same_slug(trips: list[Trip]) -> list[Problem]:
    first: dict[str, Trip] = {}
    problems = []
    for trip in trips:
        other = first.setdefault(trip.slug, trip)
        if other is not trip:
            line = load_toml(trip.file, TripError).line(("slug",))
            message = f"{other.file} has the same slug {trip.slug}: two trips, one site"
            problems.append(Problem(str(trip.file), line, "same-slug", message))
    return problems


def load_students(path: Path) -> tuple[tuple[str, int], ...]:
    """students.csv (column student_id) → (id, line). Other columns are not read. Raises TripError with every problem:
    one that cannot be read, blank or listed twice, and a list of nobody."""
    table = read_table(path, ("student_id",), ids=("student_id",), filled=("student_id",), name=str(path))
    problems = [problem for problem in table.problems if problem.severity == "error"]
    lines: dict[str, int] = {}
    for row in table.rows:
        first = lines.setdefault(row["student_id"], row.line)
        if first != row.line:
            said = f"this student is listed on line {first} already"
            problems.append(Problem(str(path), row.line, "duplicate", said))
    if not lines and not problems:
        problems.append(Problem(str(path), 0, "no-students", "the file lists no student"))
    if problems:
        raise complaint(TripError, problems)
    return tuple(lines.items())


# ---- find ------------------------------------------------------------------------------------------------------------


def find_portal(start: Path) -> Path:
    """portal.toml in `start` (a folder, or a trip's file) or the nearest folder above. Raises TripError."""
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / PORTAL).is_file():
            return folder / PORTAL
    raise TripError(
        f"There is no {PORTAL} in {here} or any folder above it.",
        f"Go to the folder of your school's trips, or write a {PORTAL} there: the README shows one.",
    )


def find_trips(portal: Portal) -> tuple[Path, ...]:
    """Every trip beside or below portal.toml: `*.toml` in its folder and under `trips/`, portal.toml left out."""
    folder = portal.file.parent
    found = {*folder.glob("*.toml"), *(folder / "trips").rglob("*.toml")}
    return tuple(sorted(path for path in found if path.name != PORTAL and not path.name.startswith(".")))
