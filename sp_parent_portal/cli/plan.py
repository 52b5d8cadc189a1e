"""`plan`: what would change, and why; nothing is changed."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DONE, PENDING, REFUSED, InputError
from .choosing import Chosen, choose, plan_chosen
from .options import Adopt, All, Allow, PortalFile, Preview, Repair, Trips
from .reminding import remind
from .session import open_session, today
from .shown import show, shown
from .talking import say, tell_closed, tell_held

if TYPE_CHECKING:
    from ..applying import Allowed
    from ..planning import Planned


def plan(
    ctx: typer.Context,
    trips: Trips = None,
    every: All = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PLAN.json", help="Save the plan, to be approved and applied.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Exit with 3 when changes are pending.")] = False,
    allow: Allow = None,
    adopt: Adopt = False,
    repair: Repair = False,
    preview: Preview = None,
    portal: PortalFile = None,
) -> None:
    """Show what would change, and why; change nothing.

    Item by item: what is missing, newer in the template, or was changed by hand. With --preview also what the trip's
    site will look like, before anything is asked of the tenant.

    Exit codes: 0 planned, 2 wrong input, 3 changes are pending (--check), 5 a whole trip is held.

    \b
    Examples:
      sp-parent-portal plan trips/lake-district-2027/trip.toml
      sp-parent-portal plan --all --check
      sp-parent-portal plan lake-district-2027 --out plan.json
      sp-parent-portal plan lake-district-2027 --preview lake-district.html
    """
    from ..applying import read_allowed, read_by_hand
    from ..plan.planner import is_trip_held

    allowed, by_hand = read_allowed(allow or []), read_by_hand(adopt=adopt, repair=repair)
    with open_session(ctx) as session:
        chosen = choose(trips or [], every=every, portal=portal)
        if preview is not None:
            _save_preview(preview, chosen, session.target)
        planned = plan_chosen(session, chosen, allowed, by_hand)
        remind(session.store, session.target, chosen.portal)
    _show(ctx, chosen, planned, out)
    if planned.plan.changes and not check:
        words = [str(out)] if out else ["--all"] if every else trips or []
        options = [*(["--adopt"] if adopt else []), *(["--repair"] if repair else [])]
        _tell_next([*words, *options, *(["--portal", str(portal)] if portal else [])], planned, allowed)
    if is_trip_held(planned.plan):
        raise typer.Exit(REFUSED)
    raise typer.Exit(PENDING if check and planned.plan.changes else DONE)


def _show(ctx: typer.Context, chosen: Chosen, planned: Planned, out: Path | None) -> None:
    """Raises the mistake in the files, after what must be removed all the same was shown and saved."""
    from ..contact_changes import describe_since_sync
    from ..contact_shelf import open_shelf
    from ..reports.shapes import plan_report
    from ..saved_plan import save_plan

    made = planned.plan
    tell_closed(planned.closed, planned.archived)
    if planned.broken is not None and not made.changes:
        raise planned.broken
    show(ctx, plan_report(made))
    if out is not None:
        save_plan(out, made, chosen.portal, chosen.trips)
        say(f"saved: {out}")
    if planned.broken is not None:
        raise planned.broken
    for line in describe_since_sync(open_shelf(made.target, chosen.portal), planned.school, chosen.trips):
        say(line)
    tell_held(made.held, in_answer=shown(ctx).format == "table")


def _tell_next(words: list[str], planned: Planned, allowed: Allowed) -> None:
    """How the plan is applied, with what has to be allowed for it."""
    from ..plan.safety import MUST_BE_ALLOWED

    found = {change.risk for change in planned.plan.changes}
    risks = [risk.value for risk in MUST_BE_ALLOWED if risk in found] + ["smaller-list"] * allowed.smaller_list
    allow = ["--allow", ",".join(risks)] if risks else []
    say(f"next: read every line of it, then: {shlex.join(['sp-parent-portal', 'apply', *words, *allow])}")


def _save_preview(path: Path, chosen: Chosen, target: str) -> None:
    from ..saved_preview import save_preview

    if len(chosen.trips) != 1:
        raise InputError("a preview shows one trip; nothing was planned", "name one trip with --preview")
    save_preview(path, chosen.trips[0], chosen.portal, target=target, on=today())
    say(f"saved: {path}")
