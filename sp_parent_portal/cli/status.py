"""`status`: where each trip stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import COULD_NOT, InputError
from .choosing import choose, plan_chosen
from .options import PortalFile, Trips
from .session import open_session
from .shown import show, shown
from .talking import say, tell_held

if TYPE_CHECKING:
    from ..planning import Planned


def status(
    ctx: typer.Context,
    trips: Trips = None,
    on_paper: Annotated[
        Path | None,
        typer.Option("--on-paper", metavar="FILE.csv", help="Save who has no e-mail address and is told on paper."),
    ] = None,
    portal: PortalFile = None,
) -> None:
    """Show where each trip stands.

    Its site, its guardians invited, redeemed, pending, held and on paper, how many invitations somebody accepted with
    another address (forwarded), and the days left. Without a TRIP it shows every trip beside portal.toml.

    \b
    Examples:
      sp-parent-portal status
      sp-parent-portal --format json status lake-district-2027
      sp-parent-portal status lake-district-2027 --on-paper paper.csv
    """
    from ..acceptances import make_forwarded, observe
    from ..reports.shapes import status_report
    from ..status import make_statuses

    with open_session(ctx) as session:
        chosen = choose(trips or [], every=not trips, portal=portal)
        planned = plan_chosen(session, chosen)
        acceptances = observe(session.gateway)
    rows = [each.as_data() for each in make_statuses(planned)]
    forwarded = {slug: make_forwarded(trip.members, acceptances) for slug, trip in planned.observed.items()}
    report = status_report(session.target, rows, forwarded)
    show(ctx, report)
    if shown(ctx).format != "table":
        for note in report.notes:
            say(note)
    tell_held(planned.plan.held)
    if planned.broken is not None:
        raise planned.broken
    if planned.unread:
        raise typer.Exit(COULD_NOT)
    if on_paper is not None:
        _save_on_paper(on_paper, session.target, planned)


def _save_on_paper(path: Path, target: str, planned: Planned) -> None:
    from ..private_files import write_private
    from ..reports.on_paper_report import on_paper_report
    from ..reports.render import render
    from ..status import list_on_paper

    if planned.school.distrust:
        raise InputError("who is told on paper is not known", planned.school.distrust)
    people = list_on_paper(planned)
    try:
        write_private(path, render(on_paper_report(target, people), "csv"))
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "choose another place") from None
    say(f"saved: {path}, {len(people)} to be told on paper")
