"""`doctor`: what is missing before anything can work."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from ..errors import DONE, FINDINGS, WRONG_INPUT, InputError
from .options import PortalFile
from .session import connect_if_possible, find_settings, store_url
from .shown import show
from .tenant import load_named_portal


def doctor(ctx: typer.Context, portal: PortalFile = None) -> None:
    """Show what is missing before anything can work.

    Each line is PASS, FAIL or UNKNOWN, with its remedy.

    Exit codes: 0 all PASS, 2 the settings cannot be used, 4 something is FAIL or UNKNOWN.

    \b
    Examples:
      sp-parent-portal doctor
      sp-parent-portal --format json doctor
    """
    from ..doctor import PASS, diagnose
    from ..reports.shapes import doctor_report

    settings, wrong_settings = find_settings()
    wrong_portal: InputError | None = None
    school = None
    try:
        school = load_named_portal(portal)
    except InputError as error:
        wrong_portal = error
    with connect_if_possible(ctx, settings) as gateway:
        findings = diagnose(
            settings,
            school,
            gateway,
            now=datetime.now(UTC),
            store_url=store_url(settings) if settings else "",
            env_file=Path(".env"),
            wrong_settings=wrong_settings,
            wrong_portal=wrong_portal,
        )
    show(ctx, doctor_report(settings.target_name if settings else "", findings))
    if wrong_settings is not None:
        raise typer.Exit(WRONG_INPUT)
    raise typer.Exit(DONE if all(finding.result == PASS for finding in findings) else FINDINGS)
