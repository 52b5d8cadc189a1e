"""`contacts`: the synced contact list, screened."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .exporting import export
from .grouping import make_group
from .keeping import purge
from .options import Base, PortalFile
from .removal import remove, reset
from .session import open_sources, today
from .shown import show
from .syncing import changes, show_contacts, sync
from .talking import progress, say
from .tenant import find_named_portal

app = make_group(
    """The contact list, screened.

    \b
    Examples:
      sp-parent-portal contacts check contacts/
      sp-parent-portal contacts sync
      sp-parent-portal contacts changes
      sp-parent-portal contacts generate --out invented --students 2000 --seed 7
      sp-parent-portal contacts remove abbott@d1.example
    """
)


app.command("sync")(sync)
app.command("show")(show_contacts)
app.command("changes")(changes)
app.command("export")(export)
app.command("purge")(purge)
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
    base: Base = None,
    portal: PortalFile = None,
) -> None:
    """Say what is wrong in a contact list, and screen everybody in it.

    Every mistake is told with its line, every relationship gets a verdict. Exclusions, flags and internal domains are
    those of the nearest portal.toml; without one nobody can be invited. Nothing is changed anywhere. Exit code 2 when
    the list, the exclusions or the flags cannot be used, 1 when a server did not give the list.

    \b
    Examples:
      sp-parent-portal contacts check contacts/
      sp-parent-portal --format csv contacts check contacts/ --rows
      sp-parent-portal contacts check oneroster:https://sis.school.example/ims/oneroster/v1p1
      sp-parent-portal contacts check graph:
    """
    from ..contact_check import check_contacts as check
    from ..contacts.sources import parse_source
    from ..reports.contacts_report import contacts_report

    wanted = parse_source(source)
    with open_sources(ctx, wanted) as (target, gateway):
        school = find_named_portal(portal)
        if school is None:
            say("there is no portal.toml here: without its exclusions and internal domains nobody can be invited")
        checked = check(wanted, school, today(), gateway, base, progress)
    show(ctx, contacts_report(target, checked, with_rows=rows))
    if checked.error is not None:
        raise checked.error


@app.command("generate")
def generate_contacts(
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="A new or empty folder.")],
    students: Annotated[int, typer.Option("--students", metavar="N", help="How many students.")],
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="The same seed gives the same bytes.")],
    traps: Annotated[
        float, typer.Option("--traps", metavar="RATE", help="Share of families with a trap, from 0 to 1.")
    ] = 0.05,
    roster: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="sds-v2.1, sds-v1, oneroster-1.1 or -1.2 (files; with -delta changes to a whole list), "
            "oneroster-rest-1.1 or -1.2 (a server's answers), or graph (a seed folder for the emulator).",
        ),
    ] = "sds-v2.1",
    packed: Annotated[bool, typer.Option("--zip", help="Put the list's files into one zip file.")] = False,
) -> None:
    """Write a contact list of invented people, to rehearse with.

    Schools, classes, siblings, two households, and every trap in its turn; exclusions.csv, flags.csv and a portal.toml
    lie beside it, and truth.csv says what screening must make of each relationship. All addresses are in `.example`
    domains, where no mail can arrive.

    \b
    Examples:
      sp-parent-portal contacts generate --out invented --students 2000 --seed 7
      sp-parent-portal contacts generate --out many --students 5000 --seed 7 --traps 0.02
    """
    from ..contacts.generator import generate

    with progress("writing, thousands of students", students // 1000) as step:
        written = 0

        def count(more: int) -> None:
            nonlocal written
            for _ in range(written // 1000, (written + more) // 1000):
                step()
            written += more

        made = generate(out, students, seed, traps=traps, format=roster, packed=packed, progress=count)
    say(
        f"{out}: {made.students} students, {made.contacts} contacts, {made.relationships} relationships, "
        f"{made.traps} families with a trap; everybody is invented"
    )
