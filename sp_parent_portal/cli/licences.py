"""`licences`: how many external users, guests and directory objects there are, each counted by itself."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from .grouping import make_group
from .options import PortalFile
from .session import open_session
from .shown import show
from .tenant import find_named_portal

app = make_group(
    """How many people from outside there are.

    \b
    Examples:
      sp-parent-portal licences show
    """
)


@app.callback()
def licences() -> None:
    pass


@app.command("show")
def show_licences(ctx: typer.Context, portal: PortalFile = None) -> None:
    """Count external users, guests and objects of the directory.

    External users are compared with the budget of portal.toml. What could not be read is UNKNOWN, never nothing.

    \b
    Examples:
      sp-parent-portal licences show
      sp-parent-portal --format json licences show
    """
    from ..licences.counters import count
    from ..reports.shapes import licences_report
    from ..trips import LicencesSection

    with open_session(ctx) as session:
        school = find_named_portal(portal)
        section = LicencesSection() if school is None else school.licences
        counted = count(session.gateway, section.external_user_budget, datetime.now(UTC))
    show(ctx, licences_report(session.target, counted))
