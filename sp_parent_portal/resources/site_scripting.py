"""What a site script makes of a trip's site: its look, new lists with their columns and views, new navigation.

One ExecuteTemplateScript carries as many of them as its limit lets. HTTP 200 proves nothing: every row of the answer is
read, and afterwards the lists and the navigation are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..errors import GatewayError
from ..microsoft365.model import ActionOutcome
from ..plan.model import Change
from ..runs.model import Outcome
from ..template_model import WantedList, WantedNavNode
from .drift import Remembered
from .site_content import list_parts, part_of, same_url
from .work import Work, done, ended, failed, unknown

# Actions of one ExecuteTemplateScript, subactions counted: over it the answer is empty and nothing says so.
# Microsoft documents it for site designs (Microsoft Learn, read 2026-08); for this call it is assumed.
SCRIPT_ACTIONS = 30

Action = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Scripted:
    """A change with the actions that make it."""

    change: Change
    actions: tuple[Action, ...]

    @property
    def cost(self) -> int:
        return sum(1 + len(_subactions(action)) for action in self.actions)


def put_down(work: Work, change: Change, thing: str = "") -> None:
    """Remember that the change's part reads as it is wanted; `thing` is its own id."""
    key = part_of(change)
    wanted = {part.key: part.wanted for part in list_parts(work.desired, None, {})}
    work.known.memory[key] = Remembered(wanted[key], wanted[key], id=thing)


def wanted_list(work: Work, change: Change) -> WantedList:
    return next(each for each in work.desired.content.lists if part_of(change) == f"list {each.title}")


def _wanted_node(work: Work, change: Change) -> WantedNavNode:
    return next(each for each in work.desired.content.navigation if part_of(change) == f"navigation {each.title}")


def apply(work: Work, changes: Sequence[Change]) -> Iterator[Outcome]:
    """Look, lists, then navigation, which may lead to the lists."""
    order = ("look", "list ", "navigation ")
    scripted = [
        Scripted(change, _actions(work, change))
        for start in order
        for change in changes
        if part_of(change).startswith(start)
    ]
    refusals: dict[Change, str] = {}
    try:
        for part in _parts(scripted):
            rows = work.gateway.sharepoint.run_site_script(
                work.desired.url, [action for each in part for action in each.actions]
            )
            refusals |= _refusals(part, rows)
        if scripted:
            yield from _read_back(work, scripted, refusals)
    except GatewayError as error:
        yield from (ended(each.change, error) for each in scripted)


def _actions(work: Work, change: Change) -> tuple[Action, ...]:
    part = part_of(change)
    if part == "look":
        return work.desired.content.settings
    if part.startswith("list "):
        return (wanted_list(work, change).action,)
    removals = tuple({"verb": "removeNavLink", "displayName": title} for title in _replaced(change))
    is_there = all(field.name != "url" for field in change.fields)
    return removals if is_there else (*removals, _wanted_node(work, change).action)


def _replaced(change: Change) -> tuple[str, ...]:
    """Titles of the links that the change of a link takes away."""
    return tuple(str(field.before) for field in change.fields if field.name == "replaces")


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


def _read_back(work: Work, scripted: Sequence[Scripted], refusals: Mapping[Change, str]) -> Iterator[Outcome]:
    sharepoint, url = work.gateway.sharepoint, work.desired.url
    lists = {each.title.casefold(): each.id for each in sharepoint.list_lists(url)}
    fields = sharepoint.list_all_fields(url)
    nodes = {(node.title, same_url(node.url, work.desired)): str(node.id) for node in sharepoint.list_navigation(url)}
    for each in scripted:
        change, part = each.change, part_of(each.change)
        thing, why = "", ""
        if change in refusals:
            yield failed(change, refusals[change])
            continue
        if part.startswith("list "):
            wanted = wanted_list(work, change)
            thing = lists.get(wanted.title.casefold(), "")
            there = {column.internal_name for column in fields.get(thing, ())}
            lost = [column.internal_name for column in wanted.fields if column.internal_name not in there]
            why = f"columns {', '.join(lost)} are not there" if lost or not there else ""
        elif part.startswith("navigation "):
            node = _wanted_node(work, change)
            thing = nodes.get((node.title, same_url(node.url, work.desired)), "")
            left = {title for title, _ in nodes} & ({*_replaced(change)} - {node.title})
            why = "" if thing and not left else "changed, but the menu does not show it"
        if why:
            yield failed(change, why) if part.startswith("list ") else unknown(change, why)
        else:
            put_down(work, change, thing)
            yield done(change)
