"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Trips = Annotated[
    list[str] | None, typer.Argument(metavar="TRIP", help="Trip files, or slugs of trips beside portal.toml.")
]
All = Annotated[bool, typer.Option("--all", help="Every trip beside or below portal.toml.")]
PortalFile = Annotated[
    Path | None,
    typer.Option("--portal", metavar="FILE", help="The school's portal.toml.  [default: the nearest one above]"),
]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="RISK[,RISK]",
        help="What may happen: opens-access, removes-access, tenant-wide, smaller-list.",
    ),
]
Base = Annotated[
    Path | None,
    typer.Option("--base", metavar="FOLDER", help="The whole OneRoster list that the changes in SOURCE are made to."),
]
Adopt = Annotated[
    bool, typer.Option("--adopt", help="Keep what people changed in the sites by hand, until the template changes it.")
]
Repair = Annotated[
    bool, typer.Option("--repair", help="Overwrite what people changed by hand, also what they wrote themselves.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; needed where nobody is at a terminal.")]
Preview = Annotated[
    Path | None,
    typer.Option(
        "--preview", metavar="FILE.html", help="Write what the site will look like, as one page for a browser."
    ),
]
