"""What the run store remembers of runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..runs.model import Run, Step, count
from .report import Column, Report

_COLUMNS = (
    Column("run", "run"),
    Column("started_at", "started"),
    Column("finished_at", "finished"),
    Column("holder", "by"),
    Column("arguments", "asked for"),
)


def runs_report(target: str, runs: Sequence[Run]) -> Report:
    """`finished_at` is null for a run that is going on or was cut off."""
    data: list[dict[str, Any]] = [
        {
            "run": run.id,
            "started_at": _moment(run.started_at),
            "finished_at": run.finished_at and _moment(run.finished_at),
            "holder": run.holder,
            "fingerprint": run.fingerprint,
            "arguments": list(run.arguments),
            "target": target,
        }
        for run in runs
    ]
    rows = tuple(
        {
            **row,
            "finished_at": row["finished_at"] or "going on, or cut off",
            "arguments": " ".join(row["arguments"]),
        }
        for row in data
    )
    return Report(target, f"{len(data)} runs", data, _COLUMNS, rows)


def make_run_data(run: Run, steps: Sequence[Step]) -> dict[str, Any]:
    """As `apply` answers it; a step that is still intended was cut off: nobody has read it back yet."""
    outcomes = tuple(step.outcome for step in steps)
    return {
        "target": run.target,
        "run": run.id,
        "counts": count(outcomes),
        "outcomes": [outcome.as_data() for outcome in outcomes],
        "finished": run.finished_at is not None,
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
