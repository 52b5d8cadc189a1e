"""`runs`: what was done, by whom, and how it ended; and going on with a run that was cut off."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import InputError
from .apply import carry_out, finish
from .choosing import choose
from .close import end_trips
from .grouping import make_group
from .options import Yes
from .session import Session, open_session
from .shown import show
from .talking import is_person_there
from .tenant import carry_out_tenant, load_named_portal

app = make_group(
    """What was done and how it ended.

    \b
    Examples:
      sp-parent-portal runs list
      sp-parent-portal runs resume 1f0c9a4b7d21
    """
)
RunId = Annotated[str, typer.Argument(metavar="RUN", help="The run's id, as apply and runs list show it.")]


@app.command("list")
def list_runs(ctx: typer.Context) -> None:
    """Show every run against this target, newest first.

    \b
    Examples:
      sp-parent-portal runs list
    """
    from ..reports.runs_report import runs_report

    with open_session(ctx) as session:
        show(ctx, runs_report(session.target, session.store.list_runs(session.target)))


@app.command("show")
def show_run(ctx: typer.Context, run: RunId) -> None:
    """Show every step of a run and how it ended.

    \b
    Examples:
      sp-parent-portal runs show 1f0c9a4b7d21
    """
    from ..reports.runs_report import make_run_data
    from ..reports.shapes import run_report

    with open_session(ctx) as session:
        found = session.store.get_run(run)
        show(ctx, run_report(make_run_data(found, session.store.list_steps(run))))


@app.command("resume")
def resume_run(ctx: typer.Context, run: RunId, yes: Yes = False) -> None:
    """Go on with a run that was cut off.

    Its trips are planned again, with what it was allowed, and the plan is carried out. Planning reads back what was
    left unfinished, so nothing is done twice. It was agreed to when it began: somebody at a terminal is asked again, a
    scheduled run is not.

    \b
    Examples:
      sp-parent-portal runs resume 1f0c9a4b7d21
    """
    from ..applying import Act, read_asked

    with open_session(ctx) as session:
        _check_target(session, run)
        asked = read_asked(session.store.get_run(run).arguments)
        agreed = yes or not is_person_there()
        if not asked.words:
            carry_out_tenant(ctx, session, load_named_portal(asked.portal), asked, agreed=agreed)
            return
        portal = asked.portal if not asked.words[0].endswith(".json") else None
        if asked.act is not Act.APPLY:
            chosen = choose(asked.words, every=False, portal=asked.portal)
            end_trips(ctx, session, chosen, asked, agreed=agreed)
            return
        applied = carry_out(session, choose(asked.words, every=False, portal=portal), asked, agreed=agreed)
    finish(ctx, applied)


def _check_target(session: Session, run: str) -> None:
    target = session.store.get_run(run).target
    if target != session.target:
        raise InputError(
            f"run {run} was made for {target}, this is {session.target}; nothing was done",
            "set SPP_TARGET and SPP_TENANT as they were",
        )
