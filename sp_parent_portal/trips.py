"""trip.toml → Trip, portal.toml → Portal. Files say what is desired; nothing here asks the tenant."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from os.path import normpath
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from .contacts.addresses import normalise_domain, normalise_email
from .contacts.reading import read_table
from .errors import Problem, TripError
from .sharing import Sharing
from .toml_files import TomlFile, complaint, load_toml, make_model

PORTAL = "portal.toml"


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


# ---- what a value may look like --------------------------------------------------------------------------------------


def _a_date(value: object) -> object:
    """TOML's own date, or one in quotation marks; a bare number is a mistake, not seconds since 1970."""
    if isinstance(value, bool | int | float):
        raise PydanticCustomError("wrong-type", "must be a date such as 2027-05-10")
    if isinstance(value, datetime):
        raise PydanticCustomError("wrong-type", "must be a date without a time, such as 2027-05-10")
    return value


def _one_line(value: str) -> str:
    """Control characters and line breaks would change a mail's headers or hide text."""
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in value):
        raise PydanticCustomError("control-characters", "holds a line break or a control character")
    return value.strip()


def _address(value: str) -> str:
    address = normalise_email(value)
    if address is None:
        raise PydanticCustomError("not-an-address", "must be an e-mail address such as j.okoro@school.example")
    return address


def _slug(value: str) -> str:
    if "://" in value or re.match(r"[\w-]+(\.[\w-]+)+(/|$)", value):
        raise PydanticCustomError(
            "outside-tenant",
            "slug is a whole address: an address outside the tenant cannot be used. Write the last part of the"
            " address alone, such as lake-district-2027",
        )
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?", value):
        raise PydanticCustomError(
            "slug", "slug may hold a-z, 0-9 and -, at most 50 of them, and neither starts nor ends with -"
        )
    return value


def _in_folder(value: Path, info: ValidationInfo) -> Path:
    """A path as the file means it: relative to the file's own folder."""
    if str(value) in ("", "."):
        raise PydanticCustomError("no-file", "names no file")
    return Path(normpath(info.context["folder"] / value)) if info.context else value


def _existing(value: Path, info: ValidationInfo) -> Path:
    if info.context and not value.is_file():
        beside = f" beside {info.context['file']}" if value.parent == info.context["folder"] else ""
        raise PydanticCustomError("no-file", "there is no file {name}{beside}", {"name": value.name, "beside": beside})
    return value


def _not_empty(value: object) -> object:
    if value == []:
        raise PydanticCustomError("empty-list", "must name at least one, or be left out")
    return value


Text = Annotated[str, AfterValidator(_one_line), Field(min_length=1, max_length=120)]
Address = Annotated[Text, AfterValidator(_address)]
Day = Annotated[date, BeforeValidator(_a_date)]
FilePath = Annotated[Path, AfterValidator(_in_folder), AfterValidator(_existing)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Count = Annotated[int, Field(strict=True, ge=1)]


# ---- a trip ----------------------------------------------------------------------------------------------------------


class Guardians(_File):
    """`students` and `exclusions` are absolute paths once loaded."""

    students: FilePath
    relationships: Annotated[
        tuple[Literal["parent", "guardian", "relative", "aide", "doctor", "child", "administrator", "other"], ...],
        BeforeValidator(_not_empty),
    ] = ("parent", "guardian")
    exclusions: FilePath | None = None


class Notify(_File):
    by: Literal["mailbox", "microsoft", "none"] = "mailbox"


class Trip(_File):
    """One school trip or event. `file` is where it was read; `slug` makes the site's address /sites/<slug>."""

    file: Path
    title: Text
    slug: Annotated[str, AfterValidator(_slug)]
    template: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,49}$")]
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


def _source(value: object) -> object:
    if isinstance(value, str) and (kind := re.match(r"([A-Za-z]{2,}):", value)):
        raise PydanticCustomError(
            "not-supported",
            f"source {kind[1]}: is not supported yet; name a folder or a zip file with the contact list",
        )
    return value


def _domain(value: str) -> str:
    domain = "" if "@" in value else normalise_domain(value)
    if not domain:
        raise PydanticCustomError("not-a-domain", "internal_domains holds domains such as school.example, without an @")
    return domain


class ContactsSection(_File):
    """`exclusions` is a path, or None with `confirmed_by` when the school has confirmed that there are none, or None
    without it: then nobody is invited. Whether `source` is there is for the reader of the contact list to say: a list
    that is missing must not keep removals from being made."""

    source: Annotated[Path, BeforeValidator(_source), AfterValidator(_in_folder)]
    confirmed_by: str = ""
    exclusions: Annotated[FilePath | None, Field(validate_default=True)] = None
    flags: FilePath | None = None
    internal_domains: (
        Annotated[tuple[Annotated[str, AfterValidator(_domain)], ...], BeforeValidator(_not_empty)] | None
    ) = None

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


class Portal(_File):
    """The school's own file, beside the trips."""

    file: Path
    contacts: ContactsSection
    tenant: TenantSection
    licences: LicencesSection = LicencesSection()
    safety: SafetySection = SafetySection()
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
    """All of them or none: problems of all files at once, two trips with one address among them."""
    trips: list[Trip] = []
    problems: list[Problem] = []
    for path in dict.fromkeys(path.resolve() for path in paths):
        try:
            trips.append(load_trip(path))
        except TripError as exc:
            problems += exc.problems
    problems += _same_slug(trips)
    if problems:
        raise complaint(TripError, problems)
    return tuple(trips)


def _same_slug(trips: list[Trip]) -> list[Problem]:
    first: dict[str, Trip] = {}
    problems = []
    for trip in trips:
        other = first.setdefault(trip.slug, trip)
        if other is not trip:
            line = load_toml(trip.file, TripError).line(("slug",))
            message = f"{trip.file.name} and {other.file.name} have the same slug {trip.slug}: two trips, one site"
            problems.append(Problem(str(trip.file), line, "same-slug", f"{message} ({other.file})"))
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
            said = f"student {row['student_id']} is listed on line {first} already"
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
    raise TripError(f"There is no {PORTAL} in {start} or any folder above it.", f"Write a {PORTAL} beside the trips.")


def find_trips(portal: Portal) -> tuple[Path, ...]:
    """Every trip beside or below portal.toml: `*.toml` in its folder and under `trips/`, portal.toml left out."""
    folder = portal.file.parent
    found = {*folder.glob("*.toml"), *(folder / "trips").rglob("*.toml")}
    return tuple(sorted(path for path in found if path.name != PORTAL and not path.name.startswith(".")))
