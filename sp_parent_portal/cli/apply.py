"""`apply`: carries a plan out, step by step, each one recorded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import COULD_NOT, InputError
from .choosing import Chosen, choose, plan_chosen
from .options import Adopt, All, Allow, PortalFile, Repair, Yes
from .reminding import remind
from .session import Session, open_session
from .shown import show
from .talking import ask, is_person_there, progress, say, tell_closed, tell_error, tell_held

if TYPE_CHECKING:
    from ..applying import Allowed, Applied, Asked
    from ..plan.model import Plan
    from ..resources.drift import ByHand


def apply(
    ctx: typer.Context,
    trips: Annotated[
        list[str] | None,
        typer.Argument(metavar="TRIP|PLAN.json", help="Trip files or slugs, or one saved plan."),
    ] = None,
    every: All = False,
    allow: Allow = None,
    adopt: Adopt = False,
    repair: Repair = False,
    yes: Yes = False,
    portal: PortalFile = None,
) -> None:
    """Carry a plan out, step by step.

    It is planned again first; with PLAN.json only what was approved is done.

    What an exclusion or access_until asks for is done even when the rest is refused.

    What people changed in a site by hand is said and put right; what they wrote is held until --adopt or --repair.

    Exit codes: 0 done or nothing to do, 1 could not, 2 wrong input, 5 refused or held, 6 partly applied: run again.

    \b
    Examples:
      sp-parent-portal apply trips/lake-district-2027/trip.toml --allow opens-access
      sp-parent-portal apply plan.json --allow opens-access --yes
      sp-parent-portal --format json apply --all --yes
    """
    from ..applying import read_allowed, read_by_hand

    allowed, by_hand = read_allowed(allow or []), read_by_hand(adopt=adopt, repair=repair)
    with open_session(ctx) as session:
        chosen = choose(trips or [], every=every, portal=portal)
        words = [str(Path(word).resolve()) for word in trips or [] if chosen.approved] or [
            str(trip.file) for trip in chosen.trips
        ]
        applied = carry_out(session, chosen, make_asked(chosen, words, allowed, by_hand), agreed=yes)
        remind(session.store, session.target, chosen.portal)
    finish(ctx, applied)


def make_asked(chosen: Chosen, words: list[str], allowed: Allowed, by_hand: ByHand) -> Asked:
    from ..applying import Asked

    return Asked(chosen.portal.file, tuple(words), allowed, by_hand)


def carry_out(session: Session, chosen: Chosen, asked: Asked, *, agreed: bool) -> Applied:
    """Plan again, ask where somebody is there, apply. Raises the refusal where nothing at all may be done."""
    from ..applying import apply_ready, make_ready

    planned = plan_chosen(session, chosen, asked.allowed, asked.by_hand)
    tell_closed(planned.closed, planned.archived)
    ready = make_ready(planned, asked.allowed, chosen.approved)
    if ready.refusal is not None and not ready.plan.changes:
        raise ready.refusal
    agree(ready.plan, agreed=agreed)
    with progress("applying", len(ready.plan.changes)) as step:
        return apply_ready(ready, planned, session.store, asked, step, chosen.portal.sites.at_once)


def agree(plan: Plan, *, agreed: bool, hint: str = "read the plan, then add --yes") -> None:
    """Ask whoever is at the terminal. Raises InputError with the hint where nobody is and --yes is not given."""
    if agreed or not plan.changes:
        return
    if not is_person_there():
        raise InputError(
            f"pending changes: {len(plan.changes)}; nobody is at a terminal to be asked, so nothing was done",
            hint,
        )
    from ..reports.render import write
    from ..reports.shapes import plan_report

    write(plan_report(plan), "table", sys.stderr)
    number = len(plan.changes)
    if not ask(f"apply {number} {'change' if number == 1 else 'changes'} to {plan.target}?"):
        say("nothing was done")
        raise typer.Exit(COULD_NOT)


def finish(ctx: typer.Context, applied: Applied) -> None:
    from ..reports.shapes import run_report

    show(ctx, run_report(applied.as_data()))
    tell_held(applied.held)
    if applied.refusal is not None:
        say("only what an exclusion or a date asks for was done; as for the rest:")
        tell_error(applied.refusal)
    raise typer.Exit(applied.exit_code)
