"""`tenant`: how open the tenant is to people from outside. No trip ever changes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DONE, PENDING, TripError
from .apply import agree, finish
from .grouping import make_group
from .options import Allow, PortalFile, Yes
from .session import Session, open_session
from .shown import show

if TYPE_CHECKING:
    from ..applying import Asked
    from ..trips import Portal

app = make_group(
    """How open the tenant is to the outside.

    \b
    Examples:
      sp-parent-portal tenant show
      sp-parent-portal tenant apply --allow tenant-wide
    """
)


@app.command("show")
def show_tenant(ctx: typer.Context, portal: PortalFile = None) -> None:
    """Show the tenant's sharing, beside what portal.toml wants.

    Both of Microsoft's interfaces are asked, Graph and the SharePoint administration: they may differ.

    \b
    Examples:
      sp-parent-portal tenant show
    """
    from ..reports.tenant_report import tenant_report
    from ..resources import tenant_sharing

    with open_session(ctx) as session:
        wanted = load_named_portal(portal)
        show(ctx, tenant_report(session.target, tenant_sharing.observe(session.gateway), wanted.tenant))


@app.command("plan")
def plan_tenant(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Exit with 3 when changes are pending.")] = False,
    portal: PortalFile = None,
) -> None:
    """Show what would change in the tenant's sharing; change nothing.

    \b
    Examples:
      sp-parent-portal tenant plan
      sp-parent-portal tenant plan --check
    """
    from ..planning import plan_tenant as make
    from ..reports.shapes import plan_report

    with open_session(ctx) as session:
        plan, _ = make(session.gateway, load_named_portal(portal))
    show(ctx, plan_report(plan))
    raise typer.Exit(PENDING if check and plan.changes else DONE)


@app.command("apply")
def apply_tenant(ctx: typer.Context, allow: Allow = None, yes: Yes = False, portal: PortalFile = None) -> None:
    """Set the tenant's sharing as portal.toml wants it. It concerns every site of the school: --allow tenant-wide.

    \b
    Examples:
      sp-parent-portal tenant apply --allow tenant-wide
      sp-parent-portal tenant apply --allow tenant-wide --yes
    """
    from ..applying import Asked, read_allowed

    allowed = read_allowed(allow or [])
    with open_session(ctx) as session:
        wanted = load_named_portal(portal)
        carry_out_tenant(ctx, session, wanted, Asked(wanted.file, (), allowed), agreed=yes)


def carry_out_tenant(ctx: typer.Context, session: Session, portal: Portal, asked: Asked, *, agreed: bool) -> None:
    from ..applying import apply_tenant as apply
    from ..plan.safety import check_allowed
    from ..planning import plan_tenant as make

    plan, _ = make(session.gateway, portal)
    check_allowed(plan, asked.allowed.risks)
    agree(plan, agreed=agreed)
    finish(ctx, apply(session.gateway, session.store, portal, plan, asked))


def load_named_portal(path: Path | None) -> Portal:
    """The portal.toml that is named, or the nearest one. Raises TripError."""
    from ..trips import find_portal, load_portal

    return load_portal(path or find_portal(Path()))


def find_named_portal(path: Path | None) -> Portal | None:
    """As load_named_portal; None where none is named and there is none here. Raises TripError for any other reason."""
    try:
        return load_named_portal(path)
    except TripError as error:
        if path is not None or error.problems:
            raise
        return None
