"""What only a site script makes of a trip's site: its look, and new lists that are more than columns and views.

One ExecuteTemplateScript carries as many of them as its limit lets. HTTP 200 proves nothing: every row of the answer is
read here, and afterwards the lists are (site_written.py). A site script creates but does not converge: since October
2024 it refuses a list that exists and skips its subactions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..errors import GatewayError
from ..microsoft365.model import ActionOutcome
from ..plan.model import Change
from ..runs.model import Outcome
from .site_content import part_of
from .site_things import look_things
from .work import Work, ended, failed

# Actions of one ExecuteTemplateScript, subactions counted: over it the answer is empty and nothing says so.
# Microsoft documents it for site designs (Microsoft Learn, read 2026-08); for this call it is assumed.
SCRIPT_ACTIONS = 30

Action = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Scripted:
    """A change with the action that makes it."""

    change: Change
    action: Action

    @property
    def cost(self) -> int:
        given = self.action.get("subactions", ())
        return 1 + (len(given) if isinstance(given, list | tuple) else 0)


def choose(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Those that a script makes, in its order: looks, which are written over whatever is there, and new lists."""
    looks = [change for change in changes if part_of(change).startswith("look ")]
    return (*looks, *(c for c in changes if c.verb == "create" and part_of(c).startswith("list ")))


def run(work: Work, changes: Sequence[Change]) -> dict[Change, Outcome]:
    """Makes what was chosen; answers what did not end well."""
    actions = _actions(work)
    scripted = [Scripted(change, actions[part_of(change)]) for change in changes]
    wrong: dict[Change, Outcome] = {}
    try:
        for part in _parts(scripted):
            rows = work.gateway.sharepoint.run_site_script(work.desired.url, [each.action for each in part])
            wrong |= {change: failed(change, text) for change, text in _refusals(part, rows).items()}
    except GatewayError as error:
        # What ran before is read back by the next run; nothing is said to be there that was not.
        wrong |= {each.change: ended(each.change, error) for each in scripted}
    return wrong


def _actions(work: Work) -> dict[str, Action]:
    """By part."""
    return {
        **{thing.key: action for thing, action in look_things(work.desired, None, {})},
        **{f"list {each.title}": each.action for each in work.desired.content.lists},
    }


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
    wrong: dict[Change, list[str]] = {}
    place = -1
    for row in rows:
        if place + 1 < len(part) and row.verb.casefold() == str(part[place + 1].action["verb"]).casefold():
            place += 1
        if not row.ok and place >= 0:
            wrong.setdefault(part[place].change, []).append(f"{row.title or row.verb}: {row.text or row.code}")
    for each in part[place + 1 :]:
        wrong.setdefault(each.change, []).append("the script's answer says nothing of it")
    return {change: "; ".join(texts) for change, texts in wrong.items()}
