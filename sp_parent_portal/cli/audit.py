"""`audit`: who can reach what, read from the tenant and from nothing else."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import InputError
from .grouping import make_group
from .session import open_session
from .shown import show
from .talking import progress, say

app = make_group(
    """Who can reach what, and by which path.

    Read from the tenant, whatever any file says.

    \b
    Examples:
      sp-parent-portal audit site https://grandbend.sharepoint.com/sites/lake-district-2027
      sp-parent-portal audit who abbott@d1.example
    """
)


@app.command("who")
def audit_who(
    ctx: typer.Context,
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The person's address.")],
) -> None:
    """Show every site that a person can reach, and by which path.

    The highest level at each site, and every path that leads there.

    \b
    Examples:
      sp-parent-portal audit who abbott@d1.example
    """
    from ..audit.who import audit_who as audit
    from ..audit.who import explain_nothing
    from ..contacts.addresses import normalise_email
    from ..reports.shapes import who_report

    if normalise_email(email) is None:
        raise InputError("EMAIL is not an e-mail address; nothing was looked up", "such as abbott@d1.example")
    email = email.strip().lower()
    with open_session(ctx) as session:
        with progress("reading sites", None) as step:
            rows = audit(session.gateway, email, step)
        if not rows:
            say(explain_nothing(session.gateway, email))
    show(ctx, who_report(session.target, email, rows))


@app.command("site")
def audit_site(
    ctx: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="The site's address.")],
) -> None:
    """Show everybody who can reach a site, and by which path.

    The highest level of each person, and every path that leads there. For a guest it also says as whom the invitation
    was accepted: another address may be a forwarded link.

    \b
    Examples:
      sp-parent-portal audit site https://grandbend.sharepoint.com/sites/lake-district-2027
    """
    from ..acceptances import observe
    from ..audit.collect import collect_site
    from ..audit.reach import reach
    from ..reports.shapes import reach_report

    with open_session(ctx) as session:
        snapshot = collect_site(session.gateway, url)
        acceptances = observe(session.gateway)
    show(ctx, reach_report(session.target, snapshot.url, reach(snapshot), acceptances))
