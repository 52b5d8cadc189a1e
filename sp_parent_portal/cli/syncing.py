"""`contacts sync`, `contacts show`, `contacts changes`: the contact list that is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError, Refused
from .options import Allow, Base, PortalFile
from .session import name_target, open_run_store, open_sources, today
from .shown import show
from .talking import progress
from .tenant import find_named_portal, load_named_portal

if TYPE_CHECKING:
    from ..contact_sync import Wanted
    from ..trips import Portal


def sync(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="[SOURCE]",
            help="A folder or zip file, oneroster:URL, or graph:.  [default: the source in portal.toml]",
        ),
    ] = "",
    base: Base = None,
    allow: Allow = None,
    portal: PortalFile = None,
) -> None:
    """Keep a contact list as the school's current one.

    It is read and screened as strictly as `contacts check` reads it. A list that is empty, or more than a fifth smaller
    than the one believed last, or that comes with far fewer exclusions, is refused: the list that is kept stays,
    nothing is inferred from the new one and nobody is removed because of it. --allow smaller-list lets one through that
    is smaller on purpose. What is kept lies in your data folder, readable by you alone: this list and the one before
    it.

    Exit codes: 0 kept, 1 the server did not give the list, 2 wrong input, 5 refused.

    \b
    Examples:
      sp-parent-portal contacts sync
      sp-parent-portal contacts sync exports/monday.zip
      sp-parent-portal contacts sync --allow smaller-list
    """
    from dataclasses import replace
    from datetime import UTC, datetime

    from ..applying import read_allowed
    from ..contact_check import UNREAD
    from ..contact_shelf import Baseline, find_baseline, open_shelf
    from ..contact_sync import name_source, sync_contacts
    from ..reports.contacts_report import contacts_report
    from ..reports.sync_report import sync_report

    allowed = read_allowed(allow or [])
    school = load_named_portal(portal)
    wanted = _choose(school, source, base)
    with open_sources(ctx, wanted.source) as (target, gateway), open_run_store() as store:
        shelf = open_shelf(target, school)
        baseline = Baseline() if allowed.smaller_list else find_baseline(store, shelf)
        synced = sync_contacts(shelf, replace(wanted, gateway=gateway), baseline, datetime.now(UTC), progress)
    if synced.check.error is not None and not synced.refused:
        show(ctx, contacts_report(target, synced.check, with_rows=False))
        raise synced.check.error
    show(ctx, sync_report(target, name_source(wanted.source), synced))
    if synced.refused:
        smaller = not allowed.smaller_list and synced.check.contacts is not UNREAD
        hint = "; a list that is smaller on purpose is let through by --allow smaller-list" if smaller else ""
        raise Refused(
            f"the contact list is refused: {synced.refused} The list that is kept stays, and nobody is removed",
            f"repair the export{hint}",
        )


def show_contacts(
    ctx: typer.Context,
    who: Annotated[
        str, typer.Argument(metavar="[WHO]", help="A student's id, a contact's id, or an address: show their rows.")
    ] = "",
    portal: PortalFile = None,
) -> None:
    """Show the contact list that is kept, as screened today.

    From where and when it is, how many are in it, and their verdicts. Verdicts are made anew with the school's
    exclusions and flags as they are now; the list is that of the last sync.

    \b
    Examples:
      sp-parent-portal contacts show
      sp-parent-portal contacts show 1001
      sp-parent-portal contacts show abbott@d1.example
    """
    from ..contact_shelf import open_shelf
    from ..contact_sync import show_kept
    from ..reports.sync_report import shown_report

    target = name_target()
    shelf = open_shelf(target, load_named_portal(portal))
    shown = show_kept(shelf, today(), who, progress)
    show(ctx, shown_report(target, shown, with_rows=bool(who)))


def changes(
    ctx: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[OLD] [NEW]",
            help="Two SOURCES; or one, which is compared with the list that is kept.  [default: the last two syncs]",
        ),
    ] = None,
    portal: PortalFile = None,
) -> None:
    """Show what changed in the contact list, and for which trips.

    Nothing is kept and nothing is changed. Students, contacts and relationships that came or went; students who moved
    to another class, year or school; new addresses; roles that changed; whoever was marked inactive; relations that
    were ended. What follows for a trip is what `plan` shows.

    \b
    Examples:
      sp-parent-portal contacts changes
      sp-parent-portal contacts changes sds/
      sp-parent-portal --format csv contacts changes monday.zip tuesday.zip
    """
    from ..contact_changes import NO_TRIPS, compare_kept, compare_sources, compare_with_kept, find_students_on_trips
    from ..contact_shelf import open_shelf
    from ..contact_sync import Wanted
    from ..contacts.sources import parse_source
    from ..reports.sync_report import changes_report

    named = [parse_source(source) for source in sources or []]
    if len(named) > 2:
        raise InputError("name two SOURCES at most", "`contacts changes OLD NEW`")
    # Two lists can be compared without a school; then nobody can say which trips that touches.
    school = find_named_portal(portal) if len(named) == 2 else load_named_portal(portal)
    with open_sources(ctx, *named) as (target, gateway):
        wanted = [Wanted(source, None, gateway) for source in named]
        if len(wanted) == 2:
            found = compare_sources(wanted[0], wanted[1], progress)
        elif school is not None:
            shelf = open_shelf(target, school)
            found = compare_with_kept(shelf, wanted[0], progress) if wanted else compare_kept(shelf, progress)
    on_trips = NO_TRIPS if school is None else find_students_on_trips(school, today())
    show(ctx, changes_report(target, found, on_trips))


def _choose(portal: Portal, source: str, base: Path | None) -> Wanted:
    """The list that the line names; without one the school's own, with its own base."""
    from ..contact_sync import Wanted
    from ..contacts.sources import parse_source

    if source:
        return Wanted(parse_source(source), base)
    return Wanted(portal.contacts.source, base or portal.contacts.base)
