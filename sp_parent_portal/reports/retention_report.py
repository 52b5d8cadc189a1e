"""What is held of people: what is due, what went, what may stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..privacy.purge import Purged
from ..privacy.retention import Held
from .report import Cell, Column, Report

NOT_OURS = (
    "Not touched: the tenant itself (guests, sent mails, sites), your own files (contact list, exclusions), copies of "
    "this product's files in folders that are not named (--folder), and backups of this machine."
)
_HELD = (
    Column("kind", "what"),
    Column("name", "which"),
    Column("rows", "rows"),
    Column("since", "since"),
    Column("until", "may stay until"),
)
_PURGED = (*_HELD[:3], Column("status", "status", judged=True), Column("detail", "why"))


def _row(held: Held) -> dict[str, Cell]:
    return {
        "kind": held.kind,
        "name": held.name,
        "rows": held.rows,
        "since": held.since.isoformat(),
        "until": held.until.isoformat(),
    }


def due_report(target: str, held: Sequence[Held], due: Sequence[Held], days: int, phrase: str) -> Report:
    forgotten = [each for each in held if each.forgotten and each not in due]
    how = f' To do it: --apply, or --confirm "{phrase}" where nobody is there to type.' if due else ""
    notes = [f"Nothing was deleted: this is what would be. {len(held) - len(due)} more may stay.{how}"]
    if forgotten:
        names = ", ".join(each.name for each in forgotten)
        notes.append(
            f"No trip file here says when these are over: {names}. --forgotten takes those that nobody worked on for"
            f" {days} days."
        )
    data = {
        "target": target,
        "retention_days": days,
        "confirm": phrase,
        "due": [_row(each) for each in due],
        "held": len(held),
        "forgotten": [each.name for each in forgotten],
    }
    title = f"Would delete {len(due)} things, {days} days after they ended"
    return Report(target, title, data, _HELD, tuple(map(_row, due)), (*notes, NOT_OURS))


def purged_report(target: str, purged: Sequence[Purged]) -> Report:
    rows = tuple({**_row(each.held), "status": each.status, "detail": each.detail} for each in purged)
    counted = Counter(each.status for each in purged)
    counts = {status: counted[status] for status in ("done", "failed")}
    told = ", ".join(f"{number} {status}" for status, number in counts.items() if number) or "nothing to do"
    data = {"target": target, "counts": counts, "outcomes": [dict(row) for row in rows]}
    return Report(target, f"Purge: {told}", data, _PURGED, rows, (NOT_OURS,))
