"""A template's site-script.json: read, and checked before any call, every mistake at once.

Source: Microsoft Learn, "Site template JSON schema" (read 2026-08). Microsoft's schema refuses Microsoft's own samples,
so the root may hold `$schema`, `version` and `bindata`. Beyond that we take less than SharePoint does: nothing that
decides access, runs code, or could not be compared with a site again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from .errors import Problem
from .json_files import NotJson, load_json, part_lines, texts
from .site_columns import BUILT_IN, COLUMN_VERBS, make_field, parse_xml
from .site_script_verbs import ACTIONS, SUBACTIONS
from .template_text import has_placeholder

MAX_STEPS = 30  # actions and subactions that a synchronous run takes (Microsoft Learn, read 2026-08)
MAX_CHARACTERS = 100_000

_ACCESS = "access is decided by the trip, not by a template"
_CODE = "it runs code that we cannot check in the browsers of the people who visit the site"
_PACKAGE = "it needs a site script package"
REFUSED = {
    "setSiteExternalSharingCapability": _ACCESS,
    "addPrincipalToSPGroup": _ACCESS,
    "triggerFlow": "it runs again each time, sends the trip's data elsewhere and cannot be read back",
    "installSolution": _CODE,
    "associateExtension": _CODE,
    "createPage": "Microsoft has never published it",
    "setSiteLogo": "it works on communication sites alone, and a trip's site is a team site",
    "setSiteLogoFromFile": _PACKAGE,
}
REFUSED_IN_LISTS = {
    "setTitle": "lists are found again by their title: give the title as listName",
    "addSPLookupFieldXml": "a lookup column cannot be added to a list that exists already",
    "addSiteColumn": "a column of the site cannot be compared or added later: use addSPField or addSPFieldXml",
    "removeSiteColumn": "a column of the site cannot be compared or removed later",
    "associateFieldCustomizer": _CODE,
    "associateListViewCommandSet": _CODE,
    "addFile": _PACKAGE,
    "setDocumentTemplates": _PACKAGE,
    "enableApprovals": "Microsoft's documents do not agree on where it belongs",
}
_ONE_LEVEL = "links are compared by title and address in one level of the quick launch"
REFUSED_PARAMETERS = {
    ("addNavLink", "parentDisplayName"): _ONE_LEVEL,
    ("addNavLink", "parentUrl"): _ONE_LEVEL,
    ("addNavLink", "isParentUrlWebRelative"): _ONE_LEVEL,
    ("createSPList", "addNavLink"): "write an addNavLink action: links are compared one by one",
}
# Where a placeholder may stand. Everything else names a thing, and a thing must keep its name when an input changes.
FILLED = frozenset(
    {
        ("setDescription", "description"),
        ("addNavLink", "displayName"),
        ("addNavLink", "url"),
        ("addSPFieldXml", "schemaXml"),
        ("applyTheme", "themeName"),
        ("joinHubSite", "hubSiteId"),
    }
)

_SETTINGS = ACTIONS.keys() - {"createSPList", "addNavLink"}  # sent in one script; lists are sent in parts

Action = Mapping[str, Any]
Place = tuple[int, ...]  # (3,) is actions[3], (3, 1) its subactions[1]


class _Complaints:
    """Problems of one file, each with the place of its action."""

    def __init__(self, file: str, lines: Mapping[Place, int]) -> None:
        self.file, self.lines, self.problems = file, lines, list[Problem]()

    def add(self, place: Place, verb: str, rule: str, message: str) -> None:
        where = f"actions[{place[0]}]" + "".join(f".subactions[{index}]" for index in place[1:])
        named = f" ({verb})" if verb else ""
        self.problems.append(Problem(self.file, self.lines.get(place, 0), rule, f"{where}{named}: {message}"))


def load_script(path: Path) -> tuple[tuple[Action, ...], list[Problem]]:
    """The actions of a site script, and everything that is wrong with it."""
    file = str(path)
    try:
        text, script = load_json(path)
    except NotJson as exc:
        return (), [Problem(file, exc.line, exc.rule, exc.message)]
    if not isinstance(script, dict) or not isinstance(script.get("actions"), list):
        return (), [Problem(file, 1, "not-a-script", 'a site script is an object with a list "actions"')]
    unknown = sorted(script.keys() - {"$schema", "actions", "version", "bindata"})
    problems = [Problem(file, 1, "unknown-key", f"unknown key {key} beside actions") for key in unknown]
    if len(text) > MAX_CHARACTERS:
        problems.append(Problem(file, 0, "too-large", f"a site script may hold {MAX_CHARACTERS} characters"))
    lines = part_lines(text, "actions", "subactions")
    problems += check_actions(script["actions"], file, lines) + _literal_hubs(script["actions"], file, lines)
    return tuple(each for each in script["actions"] if isinstance(each, dict)), problems


def check_actions(actions: Sequence[Any], file: str, lines: Mapping[Place, int]) -> list[Problem]:
    """What is wrong with the actions of a site script, filled or not."""
    found = _Complaints(file, lines)
    verbs = []
    for index, action in enumerate(actions):
        verbs.append(_check(found, (index,), action, ACTIONS, REFUSED))
        if verbs[index] == "createSPList":
            _check_list(found, index, action)
    for verb, key in (("createSPList", "listName"), ("addNavLink", "displayName")):
        _check_same_titles(found, actions, [index for index, each in enumerate(verbs) if each == verb], key)
    settings = [index for index, verb in enumerate(verbs) if verb in _SETTINGS]
    steps = sum(_steps(actions[index]) for index in settings)
    if steps > MAX_STEPS:
        said = f"all actions beside lists and links take {steps} steps, SharePoint takes {MAX_STEPS} at once"
        found.add((settings[-1],), "", "too-many-steps", said)
    return found.problems


def _steps(action: Action) -> int:
    subactions = action.get("subactions")
    return 1 + (len(subactions) if isinstance(subactions, list) else 0)


def _check_same_titles(found: _Complaints, actions: Sequence[Action], places: Sequence[int], key: str) -> None:
    """Lists and links are found again by their titles."""
    titles = {index: str(actions[index].get(key)).casefold() for index in places}
    often = Counter(titles.values())
    for index in (index for index, title in titles.items() if often[title] > 1):
        verb = actions[index]["verb"]
        found.add((index,), verb, "same-title", f"another {verb} has the same {key}")


def _check(
    found: _Complaints, place: Place, action: object, models: Mapping[str, type[BaseModel]], refused: Mapping[str, str]
) -> str:
    """The verb, where the action has one that a template may use."""
    verb = action.get("verb") if isinstance(action, dict) else None
    if not isinstance(action, dict) or not isinstance(verb, str):
        found.add(place, "", "no-verb", 'must be an object with a "verb"')
        return ""
    if verb in refused:
        found.add(place, verb, "verb-refused", f"not allowed in a template: {refused[verb]}")
        return ""
    if verb not in models:
        close = {name.lower(): name for name in models}.get(verb.lower()) or "".join(get_close_matches(verb, models, 1))
        found.add(place, verb, "unknown-verb", "unknown verb" + (f" (did you mean {close}?)" if close else ""))
        return ""
    for key, value in action.items():
        if (verb, key) in REFUSED_PARAMETERS:
            found.add(place, verb, "parameter-refused", f"{key} is not allowed: {REFUSED_PARAMETERS[verb, key]}")
        elif (verb, key) not in FILLED and key != "subactions" and any(map(has_placeholder, texts(value))):
            found.add(place, verb, "placeholder", f"{key} may not depend on the trip: a thing must keep its name")
    _check_parameters(
        found, place, {k: v for k, v in action.items() if (verb, k) not in REFUSED_PARAMETERS}, models[verb]
    )
    return verb


def _check_parameters(found: _Complaints, place: Place, action: Action, model: type[BaseModel]) -> None:
    try:
        model.model_validate(action)
    except ValidationError as exc:
        for error in exc.errors(include_url=False, include_input=False):
            name = ".".join(map(str, error["loc"])) or "this action"
            if error["type"] == "missing":
                rule, said = "missing-key", f"{name} is missing"
            elif error["type"] == "extra_forbidden":
                close = get_close_matches(name, model.model_fields, 1)
                rule, said = "unknown-key", f"unknown key {name}" + (f" (did you mean {close[0]}?)" if close else "")
            else:
                rule, said = "wrong-value", f"{name}: {error['msg'].removeprefix('Value error, ')}"
            found.add(place, action["verb"], rule, said)


# ---- lists -----------------------------------------------------------------------------------------------------------


def _check_list(found: _Complaints, index: int, action: Action) -> None:
    subactions = action.get("subactions", [])
    if not isinstance(subactions, list):
        return  # the model has said so
    before = len(found.problems)
    for number, subaction in enumerate(subactions):
        _check(found, (index, number), subaction, SUBACTIONS, REFUSED_IN_LISTS)
    if _steps(action) > MAX_STEPS:
        said = f"this list takes {_steps(action)} steps, SharePoint takes {MAX_STEPS} at once"
        found.add((index,), "createSPList", "too-many-steps", said)
    if len(found.problems) == before:
        _check_columns(found, index, subactions)


def _check_columns(found: _Complaints, index: int, subactions: Sequence[Action]) -> None:
    """What shows only when each subaction is right by itself: columns that clash, views of unknown columns."""
    columns = {n: make_field(each) for n, each in enumerate(subactions) if each["verb"] in COLUMN_VERBS}
    for what, of in (
        ("internal name", {n: column.internal_name.casefold() for n, column in columns.items()}),
        ("title", {n: column.title.casefold() for n, column in columns.items()}),
        ("ID", {n: parse_xml(column.schema_xml).attrib["ID"].lower() for n, column in columns.items()}),
    ):
        often = Counter(of.values())
        for number in (number for number, value in of.items() if often[value] > 1):
            said = f"another column of this list has the same {what}"
            found.add((index, number), subactions[number]["verb"], "same-column", said)
    known = {column.internal_name for column in columns.values()}
    for number, subaction in enumerate(subactions):
        if subaction["verb"] == "addSPView":
            for name in subaction["viewFields"]:
                if name not in known and name.lower() not in BUILT_IN:
                    found.add((index, number), "addSPView", "unknown-column", f"the list has no column {name}")


def _literal_hubs(actions: Iterable[object], file: str, lines: Mapping[Place, int]) -> list[Problem]:
    found = _Complaints(file, lines)
    for index, action in enumerate(actions):
        if isinstance(action, dict) and action.get("verb") == "joinHubSite":
            hub = action.get("hubSiteId")
            if isinstance(hub, str) and not has_placeholder(hub):
                said = "not allowed with a fixed hubSiteId: a hub is one tenant's, so ask for it as an input"
                found.add((index,), "joinHubSite", "verb-refused", said)
    return found.problems
