"""`close`: ends a trip, and takes it up again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import COULD_NOT, REFUSED
from .apply import agree
from .choosing import Chosen, choose, plan_chosen
from .options import PortalFile, Yes
from .session import Session, open_session
from .shown import show
from .talking import progress, say, tell_held

if TYPE_CHECKING:
    from ..applying import Applied, Asked
    from ..microsoft365.model import DirectoryUser


def close(
    ctx: typer.Context,
    trips: Annotated[
        list[str], typer.Argument(metavar="TRIP", help="Trip files, or slugs of trips beside portal.toml.")
    ],
    reopen: Annotated[
        bool,
        typer.Option("--reopen", help="The other way: bring the site back, so that plan and apply work on it again."),
    ] = False,
    yes: Yes = False,
    portal: PortalFile = None,
) -> None:
    """End a trip: nobody from outside is left, its site is kept.

    The guardians are taken out, the trip's group goes, and the site can only be read. Nothing that people wrote is
    deleted. Guests who are in no other group are named; their accounts stay until somebody deletes them in Entra. A
    closed trip is left alone by plan and apply until --reopen; then apply makes the group again and lets the guardians
    in.

    With when_closed = "archived" under [sites] in portal.toml the site goes into Microsoft 365 Archive as well, where
    nobody can read it. --reopen brings it back at once in the first seven days, within 24 hours after them: until
    then it ends with 6, and is run again.

    Exit codes: 0 done or nothing to do, 1 could not, 2 wrong input, 5 held, 6 partly done: run again.

    \b
    Examples:
      sp-parent-portal close lake-district-2027
      sp-parent-portal close lake-district-2027 --yes
      sp-parent-portal close lake-district-2027 --reopen
    """
    from ..applying import Act, Asked

    with open_session(ctx) as session:
        chosen = choose(trips, every=False, portal=portal)
        files = tuple(str(trip.file) for trip in chosen.trips)
        asked = Asked(chosen.portal.file, files, act=Act.REOPEN if reopen else Act.CLOSE)
        end_trips(ctx, session, chosen, asked, agreed=yes)


def end_trips(ctx: typer.Context, session: Session, chosen: Chosen, asked: Asked, *, agreed: bool) -> None:
    """Plan, ask where somebody is there, carry out, say who has no other trip."""
    from ..applying import Act, Ready, apply_ready
    from ..closing import find_prunable, plan_end

    reopen = asked.act is Act.REOPEN
    planned = plan_end(plan_chosen(session, chosen), session.gateway, chosen.portal.sites, reopen=reopen)
    tell_held(planned.plan.held)
    if not planned.plan.changes and planned.plan.held:
        raise typer.Exit(REFUSED)
    prunable = () if reopen else find_prunable(session.gateway, session.store, planned)
    agree(planned.plan, agreed=agreed, hint="at a terminal it shows each of them and asks; --yes does them unasked")
    with progress("applying", len(planned.plan.changes)) as step:
        ready = Ready(planned.plan, planned.plan.held)
        applied = apply_ready(ready, planned, session.store, asked, step, chosen.portal.sites.at_once)
    _finish(ctx, applied, prunable)
    slugs = [trip.slug for trip in chosen.trips]
    if reopen:
        _tell_reopened(slugs, applied)
    else:
        _tell_closed_before(slugs, planned.closed, applied)
    raise typer.Exit(applied.exit_code)


def _finish(ctx: typer.Context, applied: Applied, prunable: Sequence[DirectoryUser]) -> None:
    from ..reports.shapes import run_report

    data = [{"email": user.email, "guest_since": _since(user)} for user in prunable]
    show(ctx, run_report({**applied.as_data(), "prunable": data}))
    if applied.exit_code == COULD_NOT:
        raise typer.Exit(COULD_NOT)
    for user in prunable:
        say(f"in no other group: {user.email}, a guest since {_since(user)}; the account may be deleted in Entra")


def _tell_closed_before(slugs: Sequence[str], days: Mapping[str, str], applied: Applied) -> None:
    busy = {outcome.change.trip for outcome in applied.outcomes} | {each.trip for each in applied.held}
    for slug in slugs:
        if slug in days and slug not in busy:
            say(f"{slug} was closed on {days[slug]}: nothing to do")


def _tell_reopened(slugs: Sequence[str], applied: Applied) -> None:
    """What of a trip did not end well first is what it waits for; why one is held was said before."""
    from ..runs.model import Status

    held = {each.trip for each in applied.held}
    for slug in slugs:
        mine = [outcome for outcome in applied.outcomes if outcome.change.trip == slug]
        waiting = [outcome.detail for outcome in mine if outcome.status is not Status.DONE]
        if waiting:
            say(f"{slug} is not open yet: {waiting[0]}")
        elif mine:
            say(f"{slug} is open to be planned again: plan it, then apply lets its guardians in")
        elif slug not in held:
            say(f"{slug} was not closed: nothing to do")


def _since(user: DirectoryUser) -> str:
    return user.created_at.date().isoformat() if user.created_at else "UNKNOWN"
