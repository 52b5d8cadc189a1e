"""`contacts`: the synced contact list, screened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import TripError
from .grouping import make_group
from .options import PortalFile
from .removal import remove, reset
from .session import name_target, open_session
from .shown import show
from .tenant import load_named_portal

app = make_group(
    """The contact list, screened.

    \b
    Examples:
      sp-parent-portal contacts check sds/
      sp-parent-portal contacts remove nina.hale@mail.example
    """
)


app.command("remove")(remove)
app.command("reset")(reset)


@app.command("check")
def check_contacts(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="A folder or zip file with School Data Sync or OneRoster CSV, oneroster:URL, or graph:.",
        ),
    ],
    rows: Annotated[bool, typer.Option("--rows", help="Show every relationship with its verdict.")] = False,
    base: Annotated[
        Path | None,
        typer.Option(
            "--base", metavar="FOLDER", help="The whole OneRoster list that the changes in SOURCE are made to."
        ),
    ] = None,
    portal: PortalFile = None,
) -> None:
    """Read a contact list, say every mistake with its line, and screen every relationship in it.

    Exclusions, flags and internal domains are those of the nearest portal.toml; without one nobody can be invited.
    Nothing is changed anywhere. Exit code 2 when the list, the exclusions or the flags cannot be used, 1 when a server
    did not give the list.

    \b
    Examples:
      sp-parent-portal contacts check sds/
      sp-parent-portal --format csv contacts check roster.zip --rows
      sp-parent-portal contacts check oneroster:https://sis.school.example/ims/oneroster/v1p1
      sp-parent-portal contacts check graph:
    """
    from datetime import UTC, datetime

    from ..contact_check import check_contacts as check
    from ..contacts.sources import GraphSource, parse_source
    from ..reports.contacts_report import contacts_report

    wanted = parse_source(source)
    try:
        school = load_named_portal(portal)
    except TripError as error:
        if portal is not None or error.problems:
            raise
        school = None
    today = datetime.now(UTC).astimezone().date()
    if isinstance(wanted, GraphSource):
        with open_session(ctx) as session:
            target, checked = session.target, check(wanted, school, today, session.gateway, base)
    else:
        target, checked = name_target(), check(wanted, school, today, base=base)
    show(ctx, contacts_report(target, checked, with_rows=rows))
    if checked.error is not None:
        raise checked.error
