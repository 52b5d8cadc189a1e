"""`contacts purge`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import DONE, PARTLY
from .options import PortalFile
from .removal import Apply, Confirm, check_typed
from .session import name_target, open_run_store, today
from .shown import show
from .talking import say
from .tenant import load_named_portal

Folders = Annotated[
    list[Path] | None,
    typer.Option("--folder", metavar="DIR", help="Look there too, such as for backups; may be repeated."),
]


def purge(
    ctx: typer.Context,
    apply: Apply = False,
    confirm: Confirm = "",
    folder: Folders = None,
    forgotten: Annotated[
        bool, typer.Option("--forgotten", help="Also memories of trips of which there is no file any more.")
    ] = False,
    portal: PortalFile = None,
) -> None:
    """Delete what is held of people for longer than the school wants.

    How long that is says [privacy] retention_days in portal.toml. It concerns what the run store remembers of trips
    that are over, kept contact lists, backups of `contacts remove` and `contacts reset`, mail-merge files, lists of
    those told on paper, saved plans, subject-access exports. Without --apply or --confirm: only show. Exit code 6 when
    something could not be deleted.

    \b
    Examples:
      sp-parent-portal contacts purge
      sp-parent-portal contacts purge --folder /srv/backups --apply
      sp-parent-portal contacts purge --confirm "purge 3"
    """
    from ..privacy.purge import purge as carry_out
    from ..privacy.retention import Places, find_due, list_held
    from ..reports.retention_report import due_report, purged_report
    from ..settings import data_folder

    target = name_target()
    school = load_named_portal(portal)
    with open_run_store() as store:
        held = list_held(school, store, target, Places(data_folder(), tuple(folder or ())))
        due = find_due(held, today(), forgotten=forgotten)
        phrase = f"purge {len(due)}"
        if not due or not (apply or confirm):
            show(ctx, due_report(target, held, due, school.privacy.retention_days, phrase))
            return
        say(f"{target}: {len(due)} things will be deleted for good")
        check_typed(phrase, confirm, "deleted")
        purged = carry_out(store, target, due)
    show(ctx, purged_report(target, purged))
    raise typer.Exit(DONE if all(each.status == "done" for each in purged) else PARTLY)
