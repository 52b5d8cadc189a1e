"""What the run store remembers of runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
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
            "arguments": _as_typed(row["arguments"]),
        }
        for row in data
    )
    return Report(target, "1 run" if len(data) == 1 else f"{len(data)} runs", data, _COLUMNS, rows)


def _as_typed(arguments: Sequence[str]) -> str:
    """The command that asked for it, its trips by their folders; the JSON has every path."""
    if arguments[:1] != ["--portal"] or "--" not in arguments:
        return " ".join(arguments)
    end = arguments.index("--")
    options, words = list(arguments[2:end]), [_name(word) for word in arguments[end + 1 :]]
    if "--close" in options:
        return " ".join(["close", *words])
    command = "close" if "--reopen" in options else "apply" if words else "tenant apply"
    return " ".join([command, *words, *options])


def _name(word: str) -> str:
    path = Path(word)
    return path.parent.name if path.name == "trip.toml" else path.name


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
