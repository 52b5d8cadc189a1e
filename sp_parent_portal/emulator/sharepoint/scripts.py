"""Site scripts: what each action does to a site, and the row that tells what became of it.

A row is given for every action and every subaction, in order: `Outcome` "0" done, "1" failed (the next action still
runs), "2" nothing done. Since October 2024 a list that exists is not updated: its row carries "2" with -2130575342, and
its subactions do not run. Titles of rows are those seen; others are assumed (COVERAGE.md).
"""

from __future__ import annotations

from . import script_lists, script_sites
from .faults import Fault
from .script_verbs import DONE, FAILED, Action, Done, Refused, Verb, check_properties
from .site import Doc, Site

VERBS, SUBVERBS = script_sites.VERBS, script_lists.SUBVERBS


def count(actions: list[Action]) -> int:
    return sum(1 + count(_subactions(action)) for action in actions)


def run(site: Site, actions: list[Action], *, updates: bool = False) -> list[Doc]:
    """All actions in order; what one does is undone when it fails, the others stay. With `updates` a list that exists
    is brought up to date, as a site design does."""
    rows: list[Doc] = []
    for action in actions:
        row, list_doc = _run_one(site, {}, action, VERBS, updates=updates)
        rows.append(row)
        if row["Outcome"] == DONE and row["Verb"] == "createSPList":
            rows.extend(_run_one(site, list_doc, each, SUBVERBS, updates=updates)[0] for each in _subactions(action))
    return rows


def _subactions(action: Action) -> list[Action]:
    found = action.get("subactions")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _run_one(site: Site, list_doc: Doc, action: Action, verbs: dict[str, Verb], *, updates: bool) -> tuple[Doc, Doc]:
    name = str(action.get("verb") or "")
    known = verbs.get(name.lower())
    if known is None:
        return _row(name, Done(name, outcome=FAILED, code=-1, text=f"unable to handle action: {name}")), {}
    try:
        check_properties(known, action)
        kept = script_lists.find_kept(site, list_doc, known.name, action) if updates else None
        done = kept or known.run(site, list_doc, action)
    except Refused as refused:
        return _row(known.name, Done(refused.title, outcome=refused.outcome, code=refused.code, text=refused.text)), {}
    except Fault as fault:
        return _row(known.name, Done(known.name, outcome=FAILED, code=fault.code, text=fault.message)), {}
    made = site.find("list", done.target_id) if known.name == "createSPList" else None
    return _row(known.name, done), made or {}


def _row(name: str, done: Done) -> Doc:
    return {
        "ErrorCode": done.code,
        "Outcome": done.outcome,
        "OutcomeText": done.text,
        "Target": done.target,
        "TargetId": done.target_id,
        "Title": done.title,
        "Verb": name,
    }
