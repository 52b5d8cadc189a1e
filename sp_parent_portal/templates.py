"""A folder in site_templates/ → what a trip's site must hold, and what guardians read.

Placeholders are filled in string leaves after the JSON is parsed, and only where a value cannot rename a thing; what a
trip says is never read as a template, and is escaped in XML and HTML.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .errors import InputError, Problem, TemplateError
from .file_values import STAFF_SUFFIX
from .messages import check_link, check_message_html, make_greeting
from .sharing import Sharing
from .site_columns import COLUMN_VERBS, make_field
from .site_pages.filling import Fill, PageRefused, fill_page
from .site_pages.model import Page
from .site_scripts import Action, check_actions
from .template_calendar import make_entries
from .template_files import DECLARATION, INVITE, SCRIPT, load_declared
from .template_inputs import make_inputs
from .template_model import (
    Content,
    InputSpec,
    Message,
    SiteKind,
    Template,
    WantedCalendar,
    WantedField,
    WantedList,
    WantedNavNode,
    WantedView,
)
from .template_placeholders import TRIP_NAMES, check_texts, fill_text, find_stem, list_leaves
from .template_text import has_placeholder
from .time_zones import find_zone
from .toml_files import complaint, find_line
from .trips import Trip

__all__ = [
    "Content",
    "InputSpec",
    "Message",
    "Template",
    "WantedField",
    "WantedList",
    "WantedNavNode",
    "WantedView",
    "list_templates",
    "load_folder",
    "load_template",
    "make_content",
    "make_message",
    "make_staff_content",
    "read_templates",
]

MAX_SITE_DESCRIPTION = 500  # SharePoint is said to cut at 512
MOST_NESTING = 50  # a filled text is a program for Python, which takes 100 levels of indentation


# ---- load ------------------------------------------------------------------------------------------------------------


def list_templates(own: Path | None = None) -> tuple[Template, ...]:
    """Every template there is, by name; `own` is the folder of the school's own. Raises TemplateError when one of them
    cannot be used."""
    templates, broken = read_templates(own)
    if broken is not None:
        raise broken
    return templates


def read_templates(own: Path | None = None) -> tuple[tuple[Template, ...], InputError | None]:
    """Those that can be used, by name, and what is wrong with the others: one that somebody is writing keeps nobody
    from seeing the rest."""
    found: list[Template] = []
    problems: list[Problem] = []
    for _, folder in sorted(_find_folders(own).items()):
        try:
            found.append(load_folder(folder))
        except TemplateError as error:
            problems += error.problems
    return tuple(found), complaint(TemplateError, problems) if problems else None


def load_template(name: str, own: Path | None = None) -> Template:
    """One of the school's own before one of ours. Raises TemplateError with every problem of the folder at once;
    unknown name → what names there are."""
    names = _find_folders(own)
    if name not in names:
        close = get_close_matches(name, names, 1)
        hint = f" Did you mean {close[0]}?" if close else ""
        known = ", ".join(sorted(names)) or "none"
        raise TemplateError(f"There is no template {name[:40]!r}; there are: {known}.{hint}", "Correct the name.")
    return load_folder(names[name])


def load_folder(folder: Path) -> Template:
    """The template in any folder. Raises TemplateError with every problem of its files and placeholders."""
    try:
        is_there = folder.is_dir()
    except OSError:  # a name longer than the system takes
        is_there = False
    if not is_there:
        raise complaint(TemplateError, [Problem(str(folder), 0, "no-folder", "there is no such folder")])
    template, problems = load_declared(folder)
    if template is not None:
        problems += check_message_html(template.invite, str(folder / INVITE))
        problems += check_texts(template)
    if template is None or problems:
        raise complaint(TemplateError, problems)
    return template


def _home() -> Path:
    """Beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent
    inside = package / "site_templates"
    return inside if inside.is_dir() else package.parent / "site_templates"


def _find_folders(own: Path | None) -> dict[str, Path]:
    """Folders by name."""
    found: dict[str, Path] = {}
    for home in filter(None, (_home(), own)):
        with suppress(OSError):
            found |= {each.name: each for each in home.iterdir() if (each / DECLARATION).is_file()}
    return found


# ---- make ------------------------------------------------------------------------------------------------------------


def make_content(template: Template, trip: Trip) -> Content:
    """Fill the site script. Raises TemplateError: missing or unknown inputs, of the wrong type, all at once."""
    inputs = make_inputs(template.inputs, trip)
    values = {"trip": SimpleNamespace(**vars(_about(trip)), **_places(trip)), "inputs": SimpleNamespace(**inputs)}
    filled = [(action, _fill_action(action, values)) for action in template.actions]
    filled = [(raw, action) for raw, action in filled if not _is_empty_link(raw, action)]
    actions = [action for _, action in filled]
    description = " ".join(fill_text(template.site_description, values, escape=False).split())
    _check_filled(template, trip, actions, description)
    pages, calendar = _make_pages(template, trip, values)
    return Content(
        template=template.name,
        version=template.version,
        sharing=template.sharing,
        description=description,
        lcid=template.lcid,
        lists=tuple(_make_list(action, template) for action in actions if action["verb"] == "createSPList"),
        navigation=tuple(_make_link(*each, trip) for each in filled if each[0]["verb"] == "addNavLink"),
        settings=tuple(action for action in actions if action["verb"] not in ("createSPList", "addNavLink")),
        input_hash=_hash(trip, inputs),
        pages=pages,
        files=template.assets,
        calendar=calendar,
        zone=find_zone(actions),
        site=template.site,
    )


def _make_pages(
    template: Template, trip: Trip, values: Mapping[str, object]
) -> tuple[tuple[Page, ...], WantedCalendar | None]:
    """Pages and calendar of one trip. Raises TemplateError where its values make no page."""

    def fill(text: str, html: bool) -> str:
        return fill_text(text, values, escape=html)

    pages, wrong = list[Page](), list[str]()
    for page in template.pages:
        try:
            pages.append(fill_page(page, fill))
        except PageRefused as exc:
            wrong.append(str(exc))
    calendar = None
    try:
        calendar = _make_calendar(template, fill)
    except ValueError as exc:
        wrong.append(str(exc))
    if wrong:
        line = find_line(trip.file, ("inputs",))
        about = f"the template {template.name}, filled with these inputs: "
        raise complaint(TemplateError, [Problem(str(trip.file), line, "page", about + said) for said in wrong])
    return tuple(pages), calendar


def _make_calendar(template: Template, fill: Fill) -> WantedCalendar | None:
    if template.calendar is None:
        return None
    entries = make_entries(template.calendar, fill, find_zone(template.actions))
    return WantedCalendar(template.calendar.list, entries)


def make_staff_content(template: Template, trip: Trip) -> Content | None:
    """What the staff's own site must hold, None where the template asks for none. Sharing is off, whatever the template
    says of the trip's site. `trip` has the staff site's slug. Raises TemplateError as make_content does."""
    if template.staff is None:
        return None
    own = replace(
        template,
        sharing=Sharing.DISABLED,
        site=SiteKind.TEAM,
        staff_only=(),
        site_description=template.staff.site_description,
        actions=template.staff.actions,
        pages=(),
        assets=(),
        calendar=None,
    )
    return make_content(own, trip)


def make_message(template: Template, trip: Trip, guardian_name: str, link: str) -> Message:
    """The mail that tells a guardian of the trip's site. It knows the trip's title, dates and owner, this guardian's
    name and the link: it names no student and no other guardian. Raises ForeignHost unless the link is the site."""
    guardian, site = SimpleNamespace(name=make_greeting(guardian_name)), SimpleNamespace(url=check_link(trip, link))
    values = {"trip": _about(trip), "guardian": guardian, "site": site}
    subject = " ".join(fill_text(template.subject, values, escape=False).split())
    return Message(subject, fill_text(template.invite, values, escape=True))


def _about(trip: Trip) -> SimpleNamespace:
    return SimpleNamespace(**{name: getattr(trip, name) for name in TRIP_NAMES})


def _places(trip: Trip) -> dict[str, str]:
    """Addresses on the server: of the trip's site, and of the staff's own beside it. `trip` may be of either."""
    site = f"/sites/{trip.slug.removesuffix(STAFF_SUFFIX)}"
    return {"site": site, "staff_site": f"{site}{STAFF_SUFFIX}"}


def _hash(trip: Trip, inputs: Mapping[str, str]) -> str:
    dates = {name: getattr(trip, name).isoformat() for name in ("starts", "ends", "access_until")}
    data = {"inputs": inputs, "title": trip.title, **dates}
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _fill_action(action: Action, values: Mapping[str, object]) -> dict[str, Any]:
    filled = copy.deepcopy(dict(action))
    for step, key in list(list_leaves(filled)):
        text = fill_text(step[key], values, escape=key == "schemaXml")
        step[key] = " ".join(text.split()) if key == "displayName" else text
    return filled


def _is_empty_link(raw: Action, filled: Action) -> bool:
    """A link whose title or address is made of optional inputs that the trip does not give is left out."""
    return raw["verb"] == "addNavLink" and any(
        has_placeholder(raw[key]) and not filled[key] for key in ("displayName", "url")
    )


def _check_filled(template: Template, trip: Trip, actions: list[dict[str, Any]], description: str) -> None:
    """What a trip's values made of the script is checked like the script: escaping is not the only guard."""
    wrong = [(each.rule, each.message) for each in check_actions(actions, SCRIPT, {})]
    for index, action in enumerate(actions):
        if action["verb"] == "addNavLink" and not action.get("isWebRelative") and has_placeholder(action["url"][:2]):
            wrong.append(("link", f"actions[{index}]: the link is no address"))
    if len(description) > MAX_SITE_DESCRIPTION:
        wrong.append(("too-long", f"site_description is longer than {MAX_SITE_DESCRIPTION} characters"))
    if wrong:
        line = find_line(trip.file, ("inputs",))
        about = f"the template {template.name}, filled with these inputs: "
        raise complaint(TemplateError, [Problem(str(trip.file), line, rule, about + said) for rule, said in wrong])


def _make_list(action: Action, template: Template) -> WantedList:
    steps = action.get("subactions", ())
    description = next((step["description"] for step in steps if step["verb"] == "setDescription"), "")
    fields = tuple(make_field(step) for step in steps if step["verb"] in COLUMN_VERBS)
    views = tuple(_make_view(step) for step in steps if step["verb"] == "addSPView")
    staff_only = action["listName"] in template.staff_only
    return WantedList(action["listName"], action["templateType"], description, fields, action, views, staff_only)


def _make_view(step: Action) -> WantedView:
    return WantedView(
        step["name"],
        tuple(step["viewFields"]),
        step["query"],
        step["rowLimit"],
        step["isPaged"],
        step.get("makeDefault", False),
    )


def _make_link(raw: Action, action: Action, trip: Trip) -> WantedNavNode:
    url = f"/sites/{trip.slug}{action['url']}" if action.get("isWebRelative") else action["url"]
    stem = find_stem(raw["displayName"]) if has_placeholder(raw["displayName"]) else ""
    return WantedNavNode(action["displayName"], url, action, stem, has_placeholder(raw["url"]))
