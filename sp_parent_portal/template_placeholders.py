"""Placeholders such as {{ inputs.destination }} in the texts of a template: which may stand there, and what fills them.

Jinja2 in a sandbox, cut down to names, the filters below and `if`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2 import Template as Compiled
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .errors import Problem
from .site_scripts import FILLED, Action
from .template_calendar import texts as calendar_texts
from .template_files import CALENDAR, DECLARATION, INVITE, PAGES, SCRIPT, STAFF_SCRIPT
from .template_model import Template
from .template_pages import page_texts
from .template_text import day, has_placeholder, phone, query
from .toml_files import find_line

Names = Mapping[str, frozenset[str]]

TRIP_NAMES = frozenset({"title", "slug", "owner", "starts", "ends", "access_until"})
_IN_CONTENT = TRIP_NAMES | {"site"}
_FOR_STAFF = _IN_CONTENT | {"staff_site"}  # where the staff's own site is, guests are not told
_IN_MESSAGE = {"trip": TRIP_NAMES, "guardian": frozenset({"name"}), "site": frozenset({"url"})}
_TOO_DEEP = "this placeholder cannot be read: it nests too deeply"
MOST_NESTING = 50  # a filled text is a program for Python, which takes 100 levels of indentation
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


def fill_text(text: str, values: Mapping[str, object], *, escape: bool) -> str:
    """`escape` for what becomes XML or HTML; `values` are said as they are, never read as a template themselves."""
    return _compiled(_ESCAPED if escape else _PLAIN, text).render(values) if has_placeholder(text) else text


def _check_text(text: str, names: Names) -> Iterator[tuple[int, str]]:
    """(line in the text, what is wrong) for each placeholder that cannot be filled for every trip."""
    try:
        tree = _PLAIN.parse(text)
    except TemplateSyntaxError as exc:
        yield exc.lineno, f"this placeholder cannot be read: {exc.message}"
        return
    except RecursionError:
        yield 0, _TOO_DEEP
        return
    if _nests_deeply(tree):  # read it can be, but neither looked through nor filled
        yield 0, _TOO_DEEP
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


def _nests_deeply(tree: nodes.Node) -> bool:
    level = [tree]
    for _ in range(MOST_NESTING):
        level = [inner for each in level for inner in each.iter_child_nodes()]
    return bool(level)


def check_texts(template: Template) -> list[Problem]:
    """What is wrong with the placeholders of a template, in every file of it."""
    in_content = {"trip": _IN_CONTENT, "inputs": frozenset(spec.name for spec in template.inputs)}
    for_staff = {**in_content, "trip": _FOR_STAFF} if template.staff is not None else in_content
    declaration, script, invite = (str(template.folder / name) for name in (DECLARATION, SCRIPT, INVITE))
    problems = [Problem(invite, line, "placeholder", said) for line, said in _check_text(template.invite, _IN_MESSAGE)]
    for key, text, names in (
        ("site_description", template.site_description, in_content),
        ("subject", template.subject, _IN_MESSAGE),
    ):
        problems += [Problem(declaration, 0, "placeholder", f"{key}: {said}") for _, said in _check_text(text, names)]
    problems += _check_actions(template.actions, script, in_content, dict.fromkeys(template.staff_only, for_staff))
    if template.staff is not None:
        said_of = [said for _, said in _check_text(template.staff.site_description, for_staff)]
        problems += [Problem(declaration, 0, "placeholder", f"staff_site: {said}") for said in said_of]
        problems += _check_actions(template.staff.actions, str(template.folder / STAFF_SCRIPT), for_staff, {})
    for file, keys, text in _texts_by_line(template):
        said_of = [said for _, said in _check_text(text, in_content)]
        problems += [Problem(str(file), find_line(file, keys), "placeholder", said) for said in said_of]
    return problems


def _check_actions(
    actions: Sequence[Action], script: str, names: Names, of_lists: Mapping[str, Names]
) -> list[Problem]:
    """`of_lists` are the names that hold in some lists, by the list's title."""
    problems = []
    for index, action in enumerate(actions):
        here = of_lists.get(str(action.get("listName", "")), names)
        for step, key in list_leaves(action):
            wrong = [said for _, said in _check_text(step[key], here)]
            is_title = key == "displayName" and has_placeholder(step[key])
            if not wrong and is_title and len(find_stem(step[key]).strip()) < 3:
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


def list_leaves(action: Action) -> Iterator[tuple[Any, str]]:
    """(action or subaction, key) of each string that a trip's inputs may fill."""
    for step in (action, *action.get("subactions", ())):
        for key in step:
            if (step["verb"], key) in FILLED:
                yield step, key


def find_stem(title: str) -> str:
    """The words that stand before the first value in a title with placeholders."""
    text = next((each.data for each in _PLAIN.parse(title).find_all(nodes.TemplateData)), "")
    return text if re.match(r"(\{%.*?%\})?" + re.escape(text), title) else ""
