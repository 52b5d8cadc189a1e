"""`demo`: the whole story on the emulator."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .shown import shown
from .talking import say


def demo(
    ctx: typer.Context,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Where its files are left.  [default: a new temporary folder]"),
    ] = None,
) -> None:
    """Tell the whole story on the emulator.

    A trip from the contact list to the audit: no account, no questions, whatever is set. With --format json the facts
    are the answer and the story is told on standard error.

    \b
    Examples:
      sp-parent-portal demo
      sp-parent-portal demo --keep my-demo
    """
    import json
    import tempfile

    from ..demo.story import play

    say("target: emulator")
    folder = (keep or Path(tempfile.mkdtemp(prefix="sp-parent-portal-demo-"))).resolve()
    if shown(ctx).format == "json":
        typer.echo(json.dumps(play(folder, say), indent=2))
    else:
        play(folder, _print)


def _print(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    # A console that cannot show a letter shows a question mark rather than nothing at all.
    print(text.encode(encoding, "replace").decode(encoding), flush=True)
