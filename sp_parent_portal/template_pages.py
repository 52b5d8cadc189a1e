"""pages/ of a template: one file for each page, and what they name that must be there too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import Problem, TemplateError
from .site_pages.filling import leaves
from .site_pages.model import Countdown, Events, Library, ListPart, Page, Text
from .template_assets import IMAGES
from .template_calendar import Calendar
from .template_model import Asset
from .time_zones import find_zone
from .toml_files import find_line, load_toml, make_model

EVENTS, LIBRARIES = 106, (101, 109)
# SharePoint makes it with the site: whoever writes over it writes over what people may have changed already.
TAKEN = "home"

Action = Mapping[str, Any]
Keys = tuple[str, ...]


def load_pages(folder: Path) -> tuple[tuple[Page, ...], list[Problem]]:
    """The pages of `folder`, by name, and what is wrong with any of them. No folder, no pages."""
    pages, problems = [], list[Problem]()
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return (), []
    for path in paths:
        if path.suffix != ".toml":
            problems.append(Problem(str(path), 0, "page-name", "a page is a file *.toml"))
            continue
        try:
            file = load_toml(path, TemplateError)
            pages.append(make_model(file, Page, TemplateError, {"name": path.stem}))
        except TemplateError as exc:
            problems += exc.problems
            continue
        if path.stem == TAKEN:
            said = f"a page cannot be called {TAKEN}: SharePoint has made that one; call it start"
            problems.append(file.problem((), "page-name", said))
    homes = [page for page in pages if page.kind == "home"]
    for page in homes[1:]:
        problems.append(_problem(folder, page, ("kind",), "home", f"{homes[0].name} is the home page already"))
    return tuple(pages), problems


def page_texts(page: Page) -> Iterator[tuple[Keys, str]]:
    """Every text that a trip's values may stand in, by its place in the file."""
    for place, text in leaves(page.model_dump(exclude_defaults=True)):
        yield tuple(str(part) for part in place), text


def check_names(
    folder: Path, pages: Sequence[Page], assets: Sequence[Asset], calendar: Calendar | None, actions: Sequence[Action]
) -> list[Problem]:
    """Lists, files and pages that are named and not there; times without a time zone."""
    problems: list[Problem] = []
    lists = {str(a.get("listName")): a.get("templateType") for a in actions if a.get("verb") == "createSPList"}
    images = {asset.name for asset in assets if asset.name.lower().endswith(IMAGES)}
    known = _addresses(lists, pages)
    timed = False
    for page in pages:
        wrong = [("image", name, "is no picture in assets/") for name in page.images() if name not in images]
        for part in page.each_part():
            timed = timed or isinstance(part, Countdown)
            wrong += [("list", name, said) for name, said in _wrong_lists(part, lists)]
        own = [*page.addresses(), *_links_in_text(page)]
        wrong += [("address", to, "is not made by this template") for to in own if to[:1] == "/" and to not in known]
        for rule, name, said in wrong:
            keys = next((keys for keys, text in page_texts(page) if text == name), ())
            problems.append(_problem(folder / "pages", page, keys, rule, f"{name} {said}"))
    if calendar is not None:
        timed = timed or any(entry.at for entry in calendar.entries.values())
        if lists.get(calendar.list) != EVENTS:
            file = folder / "calendar.toml"
            said = f"{calendar.list} is no calendar of the site script (templateType {EVENTS})"
            problems.append(Problem(str(file), find_line(file, ("list",)), "list", said))
    if timed and find_zone(actions) is None:
        said = "a countdown or a time needs setRegionalSettings with a time zone that we know (time_zones.py)"
        problems.append(Problem(str(folder / "site-script.json"), 0, "time-zone", said))
    return problems


def check_width(folder: Path, pages: Sequence[Page]) -> list[Problem]:
    """Sections over the full width, which a team site does not have."""
    said = 'a section over the full width needs site = "communication" in template.toml'
    wide = [(page, n) for page in pages for n, section in enumerate(page.sections) if section.layout == "full-width"]
    return [_problem(folder / "pages", page, ("sections", str(n), "layout"), "full-width", said) for page, n in wide]


def _wrong_lists(part: object, lists: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    if isinstance(part, ListPart) and (part.list not in lists or lists[part.list] in LIBRARIES):
        yield part.list, "is no list of the site script"
    if isinstance(part, Library) and lists.get(part.library) not in LIBRARIES:
        yield part.library, "is no library of the site script"
    if isinstance(part, Events) and lists.get(part.list) != EVENTS:
        yield part.list, f"is no calendar of the site script (templateType {EVENTS})"


def _addresses(lists: Mapping[str, object], pages: Sequence[Page]) -> set[str]:
    """Addresses in the site that the template makes. Lists lie under /Lists, libraries and calendars do not."""
    at_root = {*LIBRARIES, EVENTS}
    made = {f"/{name}" if template in at_root else f"/Lists/{name}" for name, template in lists.items()}
    return made | {f"/SitePages/{page.file}" for page in pages}


def _links_in_text(page: Page) -> Iterator[str]:
    for part in page.each_part():
        if isinstance(part, Text):
            yield from re.findall(r'href="(/[^"]*)"', part.text)


def _problem(folder: Path, page: Page, keys: Keys, rule: str, message: str) -> Problem:
    file = folder / f"{page.name}.toml"
    return Problem(str(file), find_line(file, keys), rule, message)
