"""The root of the command line, and the one place where an error becomes text and an exit code.

Nothing heavy is imported here or at the top of any file of this room: `--help` must answer at once.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from .. import __version__
from ..errors import COULD_NOT, INTERRUPTED, PortalError
from . import (
    apply,
    audit,
    close,
    contacts,
    demo,
    doctor,
    emulator,
    licences,
    new,
    plan,
    runs,
    status,
    templates,
    tenant,
)
from .grouping import Group, make_group
from .shown import take_shown
from .talking import say, tell_error

PROGRAM = "sp-parent-portal"
RECORDED = ("apply", "close", "tenant", "runs")
PACKAGE = Path(__file__).resolve().parent.parent


class Root(Group):
    """Takes `--format` and `--verbose` wherever they stand on the line, and says what an interruption means."""

    # As in Group: the type of the first parameter is private to typer.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.obj, rest = take_shown(args)
        return super().parse_args(ctx, rest)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Anywhere on the line"):
            formatter.write_dl(
                [
                    ("--format table|json|csv", "How the answer is written to standard output.  [default: table]"),
                    ("--verbose", "Say on standard error what is asked of Microsoft 365."),
                ]
            )
        super().format_options(ctx, formatter)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, typer.Abort):
            recorded = "what was done is recorded; " if ctx.invoked_subcommand in RECORDED else ""
            say(f"interrupted: {recorded}run the command again to go on")
            raise typer.Exit(INTERRUPTED) from None


app = make_group(
    """Trip and event sites on SharePoint for the right guardians, and proof of who can reach what.

    Files say what is desired, the tenant says what is, a plan is the difference, and apply carries it out.
    SPP_TARGET=emulator rehearses on this machine, SPP_TARGET=tenant means Microsoft 365; demo needs neither.

    \b
    Examples:
      sp-parent-portal demo
      sp-parent-portal plan --all
      sp-parent-portal apply trips/lake-district-2027/trip.toml --allow opens-access
    """,
    cls=Root,
    add_completion=True,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    pass


app.command("demo")(demo.demo)
app.command("new")(new.new)
app.command("plan")(plan.plan)
app.command("apply")(apply.apply)
app.command("close")(close.close)
app.command("status")(status.status)
app.add_typer(tenant.app, name="tenant")
app.add_typer(contacts.app, name="contacts")
app.add_typer(templates.app, name="templates")
app.add_typer(licences.app, name="licences")
app.add_typer(audit.app, name="audit")
app.add_typer(runs.app, name="runs")
app.command("doctor")(doctor.doctor)
app.add_typer(emulator.app, name="emulator")


def main() -> None:
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Carry out one command line; the exit code."""
    try:
        app(list(arguments), prog_name=PROGRAM)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else (0 if end.code is None else COULD_NOT)
    except PortalError as error:
        tell_error(error)
        return error.exit_code
    except Exception as error:  # a mistake of ours: told by type and place, for a message may hold a person's data
        _tell_unexpected(error, verbose="--verbose" in arguments)
        return COULD_NOT
    return 0


def _tell_unexpected(error: Exception, *, verbose: bool) -> None:
    ours = [
        f"{Path(frame.filename).resolve().relative_to(PACKAGE).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).resolve().is_relative_to(PACKAGE)
    ]
    say(f"error: a mistake in this program: {type(error).__name__} at {ours[-1] if ours else 'an unknown place'}")
    if verbose:
        say(f"       by way of {', '.join(ours)}")
    say("       what was done is recorded; please report this line, it holds nobody's data")
