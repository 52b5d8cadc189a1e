"""A folder in site_templates/ → what a trip's site must hold, and what guardians read.

Placeholders such as {{ inputs.destination }} are Jinja2 in a sandbox, cut down to names, two filters and `if`. They are
filled in string leaves after the JSON is parsed, and only where a value cannot rename a thing; what a trip says is
never read as a template, and is escaped in XML and HTML.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2 import Template as Compiled
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .errors import Problem, TemplateError
from .messages import check_link, check_message_html, make_greeting
from .sharing import Sharing
from .site_columns import COLUMN_VERBS, make_field
from .site_pages.filling import Fill, PageRefused, fill_page
from .site_pages.model import Page
from .site_script_verbs import has_placeholder
from .site_scripts import FILLED, Action, check_actions
from .template_calendar import make_entries
from .template_calendar import texts as calendar_texts
from .template_files import CALENDAR, DECLARATION, INVITE, PAGES, SCRIPT, STAFF_SCRIPT, load_declared
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
from .template_pages import page_texts
from .template_text import day, phone, query
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
]

MAX_SITE_DESCRIPTION = 500  # SharePoint is said to cut at 512


# ---- load ------------------------------------------------------------------------------------------------------------


def list_templates() -> tuple[Template, ...]:
    """Every template there is, by name. Raises TemplateError when one of them cannot be used."""
    return tuple(load_template(name) for name in _names())


def load_template(name: str) -> Template:
    """Raises TemplateError with every problem of the folder at once; unknown name → what names there are."""
    names = _names()
    if name not in names:
        close = get_close_matches(name, names, 1)
        hint = f" Did you mean {close[0]}?" if close else ""
        known = ", ".join(names) or "none"
        raise TemplateError(f"There is no template {name[:40]!r}; there are: {known}.{hint}", "Correct the name.")
    return load_folder(_home() / name)


def load_folder(folder: Path) -> Template:
    """The template in any folder. Raises TemplateError with every problem of its files and placeholders."""
    if not folder.is_dir():
        raise complaint(TemplateError, [Problem(str(folder), 0, "no-folder", "there is no such folder")])
    template, problems = load_declared(folder)
    if template is not None:
        problems += _check_texts(template)
    if template is None or problems:
        raise complaint(TemplateError, problems)
    return template


def _home() -> Path:
    """Beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent
    inside = package / "site_templates"
    return inside if inside.is_dir() else package.parent / "site_templates"


def _names() -> list[str]:
    try:
        return sorted(each.name for each in _home().iterdir() if (each / DECLARATION).is_file())
    except OSError:
        return []


# ---- placeholders ----------------------------------------------------------------------------------------------------

Names = Mapping[str, frozenset[str]]

_TRIP = frozenset({"title", "slug", "owner", "starts", "ends", "access_until"})
_IN_MESSAGE = {"trip": _TRIP, "guardian": frozenset({"name"}), "site": frozenset({"url"})}
_FILTERS = {"day": day, "phone": phone, "query": query}
_ALLOWED = (
    *(nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Filter, nodes.If, nodes.CondExpr),
    *(nodes.Const, nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or),
)


def _environment(*, escape: bool) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=escape, keep_trailing_newline=True)
    made.globals.clear()
    made.filters = dict(_FILTERS)
    return made


_PLAIN, _ESCAPED = _environment(escape=False), _environment(escape=True)


@lru_cache(maxsize=512)
def _compiled(environment: ImmutableSandboxedEnvironment, text: str) -> Compiled:
    return environment.from_string(text)


def _fill(environment: ImmutableSandboxedEnvironment, text: str, values: Mapping[str, object]) -> str:
    return _compiled(environment, text).render(values) if has_placeholder(text) else text


def _check_text(text: str, names: Names) -> Iterator[tuple[int, str]]:
    """(line in the text, what is wrong) for each placeholder that cannot be filled for every trip."""
    try:
        tree = _PLAIN.parse(text)
    except TemplateSyntaxError as exc:
        yield exc.lineno, f"this placeholder cannot be read: {exc.message}"
        return
    except RecursionError:
        yield 0, "this placeholder cannot be read: it nests too deeply"
        return
    owners = {id(each.node) for each in tree.find_all(nodes.Getattr)}
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            yield node.lineno, f"{type(node).__name__} is not allowed in a placeholder: names, filters and if alone"
        elif isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            yield node.lineno, f"there is no filter {node.name}; there are: {', '.join(_FILTERS)}"
        elif isinstance(node, nodes.Name) and id(node) not in owners:
            yield node.lineno, f"{node.name} alone says nothing: write {node.name}.something"
        elif isinstance(node, nodes.Getattr):
            owner = node.node.name if isinstance(node.node, nodes.Name) else ""
            if node.attr not in names.get(owner, ()):
                yield node.lineno, f"there is no {owner}.{node.attr} here"


def _check_texts(template: Template) -> list[Problem]:
    """Every placeholder of a template, in every file."""
    in_content = {"trip": _TRIP, "inputs": frozenset(spec.name for spec in template.inputs)}
    declaration, script, invite = (str(template.folder / name) for name in (DECLARATION, SCRIPT, INVITE))
    problems = check_message_html(template.invite, invite)
    problems += [Problem(invite, line, "placeholder", said) for line, said in _check_text(template.invite, _IN_MESSAGE)]
    for key, text, names in (
        ("site_description", template.site_description, in_content),
        ("subject", template.subject, _IN_MESSAGE),
    ):
        problems += [Problem(declaration, 0, "placeholder", f"{key}: {said}") for _, said in _check_text(text, names)]
    problems += _check_actions(template.actions, script, in_content)
    if template.staff is not None:
        said_of = [said for _, said in _check_text(template.staff.site_description, in_content)]
        problems += [Problem(declaration, 0, "placeholder", f"staff_site: {said}") for said in said_of]
        problems += _check_actions(template.staff.actions, str(template.folder / STAFF_SCRIPT), in_content)
    for file, keys, text in _texts_by_line(template):
        said_of = [said for _, said in _check_text(text, in_content)]
        problems += [Problem(str(file), find_line(file, keys), "placeholder", said) for said in said_of]
    return problems


def _check_actions(actions: Sequence[Action], script: str, names: Names) -> list[Problem]:
    problems = []
    for index, action in enumerate(actions):
        for step, key in _leaves(action):
            wrong = [said for _, said in _check_text(step[key], names)]
            if not wrong and key == "displayName" and has_placeholder(step[key]) and len(_stem(step[key]).strip()) < 3:
                wrong = ["begin the title with words: by them the link is found when an input has changed"]
            problems += [Problem(script, 0, "placeholder", f"actions[{index}] {key}: {said}") for said in wrong]
    return problems


def _texts_by_line(template: Template) -> Iterator[tuple[Path, tuple[str, ...], str]]:
    """(file, place in it, text) of each text in pages and calendar."""
    for page in template.pages:
        for keys, text in page_texts(page):
            yield template.folder / PAGES / f"{page.name}.toml", keys, text
    if template.calendar is not None:
        for keys, text in calendar_texts(template.calendar).items():
            yield template.folder / CALENDAR, keys, text


def _leaves(action: Action) -> Iterator[tuple[Any, str]]:
    """(action or subaction, key) of each string that a trip's inputs may fill."""
    for step in (action, *action.get("subactions", ())):
        for key in step:
            if (step["verb"], key) in FILLED:
                yield step, key


# ---- make ------------------------------------------------------------------------------------------------------------


def make_content(template: Template, trip: Trip) -> Content:
    """Fill the site script. Raises TemplateError: missing or unknown inputs, of the wrong type, all at once."""
    inputs = make_inputs(template.inputs, trip)
    values = {"trip": _about(trip), "inputs": SimpleNamespace(**inputs)}
    filled = [(action, _fill_action(action, values)) for action in template.actions]
    filled = [(raw, action) for raw, action in filled if not _is_empty_link(raw, action)]
    actions = [action for _, action in filled]
    description = " ".join(_fill(_PLAIN, template.site_description, values).split())
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
        return _fill(_ESCAPED if html else _PLAIN, text, values)

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
    subject = " ".join(_fill(_PLAIN, template.subject, values).split())
    return Message(subject, _fill(_ESCAPED, template.invite, values))


def _about(trip: Trip) -> SimpleNamespace:
    return SimpleNamespace(**{name: getattr(trip, name) for name in _TRIP})


def _hash(trip: Trip, inputs: Mapping[str, str]) -> str:
    dates = {name: getattr(trip, name).isoformat() for name in ("starts", "ends", "access_until")}
    data = {"inputs": inputs, "title": trip.title, **dates}
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _fill_action(action: Action, values: Mapping[str, object]) -> dict[str, Any]:
    filled = copy.deepcopy(dict(action))
    for step, key in list(_leaves(filled)):
        text = _fill(_ESCAPED if key == "schemaXml" else _PLAIN, step[key], values)
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
    stem = _stem(raw["displayName"]) if has_placeholder(raw["displayName"]) else ""
    return WantedNavNode(action["displayName"], url, action, stem, has_placeholder(raw["url"]))


def _stem(title: str) -> str:
    """The words that stand before the first value in a title with placeholders."""
    text = next((each.data for each in _PLAIN.parse(title).find_all(nodes.TemplateData)), "")
    return text if re.match(r"(\{%.*?%\})?" + re.escape(text), title) else ""
