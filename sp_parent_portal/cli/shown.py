"""How an answer is shown: `--format` and `--verbose`, which may stand anywhere on the line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args

import typer

from ..reports.render import Format

if TYPE_CHECKING:
    from ..reports.report import Report

FORMATS = get_args(Format)
WRITES_LISTS = "generate"  # its --format is also how a contact list is written, which that command understands


@dataclass(frozen=True, slots=True)
class Shown:
    format: Format = "table"
    verbose: bool = False


def take_shown(arguments: list[str]) -> tuple[Shown, list[str]]:
    """What the line says of it, and the line without it. typer would import pydantic to read an option with a value."""
    format, verbose, rest = "table", False, []
    waiting = iter(arguments)
    for each in waiting:
        if each == "--":
            rest += [each, *waiting]
        elif each == "--format" or each.startswith("--format="):
            asked = each.removeprefix("--format=") if "=" in each else next(waiting, "")
            if asked not in FORMATS and WRITES_LISTS in rest:
                rest += ["--format", asked]
            else:
                format = asked
        elif each == "--verbose":
            verbose = True
        else:
            rest.append(each)
    if format not in FORMATS:
        raise typer.BadParameter(f"--format must be one of {', '.join(FORMATS)}")
    return Shown(cast(Format, format), verbose), rest


def shown(ctx: typer.Context) -> Shown:
    return ctx.obj if isinstance(ctx.obj, Shown) else Shown()


def show(ctx: typer.Context, report: Report) -> None:
    """Write the answer to standard output, as the line asks for it."""
    from ..reports.render import write

    write(report, shown(ctx).format)
