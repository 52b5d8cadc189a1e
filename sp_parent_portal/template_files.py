"""A folder in site_templates/ → Template, with every mistake of its files at once. Placeholders are not looked at here.

<name>/template.toml           name, version, title, description, sharing, lcid, inputs, the mail's subject
       site-script.json        Microsoft's site-script JSON, unmodified
       pages/<page>.toml       pages of the site and news posts
       assets/                 files for the site, pictures among them
       calendar.toml           entries of the site's calendar
       preview.png             what the site looks like
       staff-script.json       the same for the staff's own site, where template.toml has [staff_site]
       messages/invite.html.j2 the mail to a guardian
       example/                trip.toml and students.csv that work
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from .errors import Problem, TemplateError
from .file_values import TemplateName
from .sharing import Sharing
from .site_scripts import load_script
from .template_assets import load_assets, read_image_size
from .template_calendar import load_calendar
from .template_inputs import OF_THE_TRIP, TYPES, check_input
from .template_model import InputSpec, SiteKind, StaffSite, Template
from .template_pages import check_names, check_width, load_pages
from .toml_files import TomlFile, load_toml, make_model

DECLARATION, SCRIPT, INVITE = "template.toml", "site-script.json", "messages/invite.html.j2"
STAFF_SCRIPT = "staff-script.json"
PAGES, ASSETS, CALENDAR, PREVIEW = "pages", "assets", "calendar.toml", "preview.png"
EXAMPLE = "example/trip.toml"
MAX_MESSAGE = 50_000


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _no_opener(level: Sharing) -> Sharing:
    """Guests are made by invitation, so a trip's site never needs more."""
    if level > Sharing.EXISTING_GUESTS:
        raise PydanticCustomError("sharing", "sharing must be existing-guests or disabled: trips need no more")
    return level


Text = Annotated[str, Field(min_length=1, max_length=1000)]


class _Input(_Declared):
    type: str
    help: Text
    required: Annotated[bool, Field(strict=True)] = True
    default: str = ""
    example: str = ""
    choices: tuple[Text, ...] = ()

    @field_validator("type")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in TYPES:
            raise PydanticCustomError("input-type", f"type must be one of {', '.join(TYPES)}")
        return value


class _Invite(_Declared):
    subject: Annotated[str, Field(min_length=1, max_length=120)]


class _StaffSite(_Declared):
    site_description: Text


class _Declaration(_Declared):
    name: TemplateName
    version: Annotated[str, Field(pattern=r"^\d{1,4}\.\d{1,4}\.\d{1,4}$")]
    title: Text
    description: Text
    site_description: Text
    sharing: Annotated[Sharing, AfterValidator(_no_opener)] = Sharing.EXISTING_GUESTS
    lcid: Annotated[int, Field(strict=True, ge=1025, le=0xFFFF)]
    site: Literal["team", "communication"] = "team"
    staff_only: tuple[Text, ...] = ()
    staff_site: _StaffSite | None = None
    invite: _Invite
    inputs: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], _Input] = {}


def load_declared(folder: Path) -> tuple[Template | None, list[Problem]]:
    """The template, unless its files cannot be understood at all, and every problem of the files."""
    links = _find_ways_out(folder)
    if links:
        return None, links
    actions, problems = load_script(folder / SCRIPT)
    invite = _load_message(folder / INVITE, problems)
    pages, wrong_pages = load_pages(folder / PAGES)
    assets, wrong_assets = load_assets(folder / ASSETS)
    calendar, wrong_calendar = load_calendar(folder / CALENDAR)
    preview = _find_preview(folder / PREVIEW, problems)
    if not problems and not wrong_pages and not wrong_assets:
        problems += check_names(folder, pages, assets, calendar, actions)
    problems += wrong_pages + wrong_assets + wrong_calendar
    try:
        file = load_toml(folder / DECLARATION, TemplateError)
        declared = make_model(file, _Declaration, TemplateError)
    except TemplateError as exc:
        return None, [*problems, *exc.problems]
    problems += _check_declaration(file, declared, folder)
    if SiteKind[declared.site.upper()] is not SiteKind.COMMUNICATION:
        problems += check_width(folder, pages)
    lists = {action.get("listName") for action in actions}
    problems += [
        file.problem(("staff_only",), "unknown-list", f"staff_only: {SCRIPT} makes no list {name}")
        for name in declared.staff_only
        if name not in lists
    ]
    template = Template(
        name=declared.name,
        version=declared.version,
        title=declared.title,
        description=declared.description,
        sharing=declared.sharing,
        inputs=_specs(declared),
        folder=folder,
        lcid=declared.lcid,
        site_description=declared.site_description,
        subject=declared.invite.subject,
        invite=invite,
        actions=() if problems else actions,
        pages=pages,
        assets=assets,
        calendar=calendar,
        preview=preview,
        site=SiteKind[declared.site.upper()],
        staff_only=declared.staff_only,
        staff=_load_staff_site(declared, folder, problems),
    )
    return template, problems


def _find_ways_out(folder: Path) -> list[Problem]:
    """Links that lead out of the template's folder: what lies there would be sent to a site, or mailed, as if it were
    the template's. Nothing is read of a template that has one."""
    root = Path(os.path.realpath(folder))
    paths = sorted(Path(place, name) for place, below, names in os.walk(folder) for name in (*below, *names))
    said = "this link leads out of the template's folder: put the file itself there"
    return [
        Problem(str(path), 0, "link", said) for path in paths if not Path(os.path.realpath(path)).is_relative_to(root)
    ]


def _find_preview(path: Path, problems: list[Problem]) -> Path | None:
    """The picture of the template, None where it has none that can be read."""
    try:
        with path.open("rb") as file:
            read_image_size(file.read(64), path.suffix)
    except OSError:
        return None
    except ValueError as exc:
        problems.append(Problem(str(path), 0, "preview", str(exc)))
    return path


def _load_staff_site(declared: _Declaration, folder: Path, problems: list[Problem]) -> StaffSite | None:
    if declared.staff_site is None:
        return None
    actions, wrong = load_script(folder / STAFF_SCRIPT)
    problems += wrong
    return StaffSite(declared.staff_site.site_description, () if wrong else actions)


def _specs(declared: _Declaration) -> tuple[InputSpec, ...]:
    return tuple(
        InputSpec(name, each.type, each.help, each.required, each.default, each.example, each.choices)
        for name, each in declared.inputs.items()
    )


def _check_declaration(file: TomlFile, declared: _Declaration, folder: Path) -> list[Problem]:
    problems = []
    if declared.name != folder.resolve().name:
        problems.append(file.problem(("name",), "name", f"name must be that of the folder, {folder.resolve().name}"))
    for spec in _specs(declared):
        keys = ("inputs", spec.name)
        if spec.name in OF_THE_TRIP:
            problems.append(file.problem(keys, "name", f"every trip has {spec.name} of its own: use another name"))
        if spec.required and spec.default:
            problems.append(file.problem(keys, "default", f"{spec.name} has a default: write required = false"))
        if (spec.type == "choice") != bool(spec.choices):
            problems.append(file.problem(keys, "choices", f"{spec.name}: choices and type = choice belong together"))
            continue
        for key, value in (("default", spec.default), ("example", spec.example)):
            try:
                if value and check_input(spec, value) != value and key == "default":
                    said = f"{key} must be written as {check_input(spec, value)}"
                    problems.append(file.problem((*keys, key), "default", said))
            except ValueError as exc:
                problems.append(file.problem((*keys, key), key, f"{key} of {spec.name} {exc}"))
    return problems


def _load_message(path: Path, problems: list[Problem]) -> str:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        problems.append(Problem(str(path), 0, "no-file", "there is no such file, or it cannot be read"))
    except UnicodeDecodeError:
        problems.append(Problem(str(path), 0, "not-utf-8", "this is not UTF-8 text: save the file as UTF-8"))
    else:
        if len(text) <= MAX_MESSAGE:
            return text
        problems.append(Problem(str(path), 0, "too-large", f"the mail is longer than {MAX_MESSAGE} characters"))
    return ""
