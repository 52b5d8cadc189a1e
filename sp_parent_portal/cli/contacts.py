"""`contacts`: the synced contact list, screened."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import TripError
from .grouping import make_group
from .options import PortalFile
from .session import name_target
from .shown import show
from .talking import say
from .tenant import load_named_portal

app = make_group(
    """The contact list, screened.

    \b
    Examples:
      sp-parent-portal contacts check contacts/
    """
)


@app.callback()
def contacts() -> None:
    pass


@app.command("check")
def check_contacts(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A folder or zip file with School Data Sync CSV.")],
    rows: Annotated[bool, typer.Option("--rows", help="Show every relationship with its verdict.")] = False,
    portal: PortalFile = None,
) -> None:
    """Read a contact list, say every mistake with its line, and screen every relationship in it.

    Exclusions, flags and internal domains are those of the nearest portal.toml; without one nobody can be invited.
    Nothing is sent anywhere. Exit code 2 when the list, the exclusions or the flags cannot be used.

    \b
    Examples:
      sp-parent-portal contacts check contacts/
      sp-parent-portal --format csv contacts check contacts/ --rows
    """
    from datetime import UTC, datetime

    from ..contact_check import check_contacts as check
    from ..reports.contacts_report import contacts_report

    target = name_target()
    try:
        school = load_named_portal(portal)
    except TripError as error:
        if portal is not None or error.problems:
            raise
        school = None
        say("there is no portal.toml here: without its exclusions and internal domains nobody can be invited")
    checked = check(source, school, datetime.now(UTC).astimezone().date())
    show(ctx, contacts_report(target, checked, with_rows=rows))
    if checked.error is not None:
        raise checked.error
