"""What a site script makes of a trip's site: its look, new lists with their columns and views, new navigation.

Lists that are nothing but columns and views are made without it, all in one request that costs less. One
ExecuteTemplateScript carries as many of the rest as its limit lets. HTTP 200 proves nothing: every row of the answer is
read here, and afterwards the lists and the navigation are (site_written.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..errors import GatewayError
from ..microsoft365.model import ActionOutcome
from ..microsoft365.site_work import NewList, NewView
from ..plan.model import Change
from ..runs.model import Outcome
from ..template_model import WantedList
from .site_content import part_of
from .site_things import look_things, navigation_key
from .work import Work, ended, failed

# Actions of one ExecuteTemplateScript, subactions counted: over it the answer is empty and nothing says so.
# Microsoft documents it for site designs (Microsoft Learn, read 2026-08); for this call it is assumed.
SCRIPT_ACTIONS = 30
ORDER = ("look ", "list ", "navigation ")  # links may lead to lists

# What a request without a script says of a list and of what stands in it (microsoft365/site_building.py).
PLAIN_LIST = frozenset({"verb", "listName", "templateType", "subactions"})
PLAIN_STEPS = {
    "setDescription": frozenset({"verb", "description"}),
    "addSPField": frozenset({"verb", "fieldType", "displayName", "internalName", "isRequired", "id"}),
    "addSPFieldXml": frozenset({"verb", "schemaXml"}),
    "addSPView": frozenset({"verb", "name", "viewFields", "query", "rowLimit", "isPaged", "makeDefault"}),
}

BORN_WITH = ("all ", "calendar", "current events")

Action = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Scripted:
    """A change with the actions that make it."""

    change: Change
    actions: tuple[Action, ...]

    @property
    def cost(self) -> int:
        return sum(1 + len(_subactions(action)) for action in self.actions)


def choose(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Those that a script makes, in its order: looks, which are written over whatever is there, and new lists and
    links. A single link costs less without a script."""
    scripted = [
        change
        for start in ORDER
        for change in changes
        if part_of(change).startswith(start) and (change.verb == "create" or start == "look ")
    ]
    one_link = len(scripted) == 1 and part_of(scripted[0]).startswith("navigation ")
    return () if one_link else tuple(scripted)


def run(work: Work, changes: Sequence[Change]) -> dict[Change, Outcome]:
    """Makes what was chosen; answers what did not end well."""
    actions = _actions(work)
    wrong = _make_plain_lists(work, changes)
    plain = _plain_lists(work, changes)
    scripted = [Scripted(change, actions[part_of(change)]) for change in changes if change not in plain]
    try:
        for part in _parts(scripted):
            rows = work.gateway.sharepoint.run_site_script(
                work.desired.url, [action for each in part for action in each.actions]
            )
            wrong |= {change: failed(change, text) for change, text in _refusals(part, rows).items()}
    except GatewayError as error:
        # What ran before is read back by the next run; nothing is said to be there that was not.
        wrong |= {each.change: ended(each.change, error) for each in scripted}
    return wrong


def _plain_lists(work: Work, changes: Sequence[Change]) -> dict[Change, WantedList]:
    """Those that can be made without a script, which costs more."""
    lists = {f"list {each.title}": each for each in work.desired.content.lists if is_plain(each.action)}
    return {change: lists[part_of(change)] for change in changes if part_of(change) in lists}


def is_plain(action: Action) -> bool:
    """Whether a new list is nothing but title, kind, description, columns and views. A script changes a view that the
    list is born with, where it names one; otherwise there would be two of that name."""
    views = [str(each["name"]).casefold() for each in _subactions(action) if each["verb"] == "addSPView"]
    return (
        action.keys() <= PLAIN_LIST
        and not any(name.startswith(BORN_WITH) for name in views)
        and all(
            {name for name, value in each.items() if value not in (False, "", "Default")}
            <= PLAIN_STEPS.get(str(each["verb"]), frozenset())
            for each in _subactions(action)
        )
    )


def _make_plain_lists(work: Work, changes: Sequence[Change]) -> dict[Change, Outcome]:
    plain = _plain_lists(work, changes)
    try:
        if plain:
            work.gateway.sharepoint.create_lists(work.desired.url, [_new_list(each) for each in plain.values()])
    except GatewayError as error:
        # Those before the mistake may be there: the next run reads them.
        return {change: ended(change, error) for change in plain}
    return {}


def _new_list(wanted: WantedList) -> NewList:
    views = (
        NewView(each.title, each.fields, each.query, each.row_limit, each.paged, each.default) for each in wanted.views
    )
    columns = tuple(each.schema_xml for each in wanted.fields)
    return NewList(wanted.title, wanted.template, wanted.description, columns, tuple(views))


def _actions(work: Work) -> dict[str, tuple[Action, ...]]:
    """By part."""
    content = work.desired.content
    return {
        **{thing.key: (action,) for thing, action in look_things(work.desired, None, {})},
        **{f"list {each.title}": (each.action,) for each in content.lists},
        **{navigation_key(each): (each.action,) for each in content.navigation},
    }


def _subactions(action: Action) -> Sequence[Action]:
    found = action.get("subactions", ())
    return found if isinstance(found, (list, tuple)) else ()


def _parts(scripted: Sequence[Scripted]) -> Iterator[list[Scripted]]:
    part: list[Scripted] = []
    for each in scripted:
        if part and sum(other.cost for other in part) + each.cost > SCRIPT_ACTIONS:
            yield part
            part = []
        part.append(each)
    if part:
        yield part


def _refusals(part: Sequence[Scripted], rows: Sequence[ActionOutcome]) -> dict[Change, str]:
    """What went wrong for each change. Rows come in order, one for each action and one for each subaction that ran; a
    row with the next action's verb begins that one."""
    actions = [(each.change, action) for each in part for action in each.actions]
    wrong: dict[Change, list[str]] = {}
    place = -1
    for row in rows:
        if place + 1 < len(actions) and row.verb.casefold() == str(actions[place + 1][1]["verb"]).casefold():
            place += 1
        if not row.ok and place >= 0:
            wrong.setdefault(actions[place][0], []).append(f"{row.title or row.verb}: {row.text or row.code}")
    for change, _ in actions[place + 1 :]:
        wrong.setdefault(change, []).append("the script's answer says nothing of it")
    return {change: "; ".join(texts) for change, texts in wrong.items()}
