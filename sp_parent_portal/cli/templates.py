"""`templates`: what a trip's site can be made from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .grouping import make_group
from .options import Preview
from .session import name_target, today
from .shown import show
from .talking import say

app = make_group(
    """What a trip's site is made from.

    \b
    Examples:
      sp-parent-portal templates list
      sp-parent-portal templates show school-trip
      sp-parent-portal templates check site_templates/school-trip
      sp-parent-portal templates show school-trip --preview school-trip.html
    """
)


@app.command("list")
def list_templates(ctx: typer.Context) -> None:
    """Show every template there is.

    Those of this product, and the school's own in site_templates/ beside portal.toml. Exit code 2 when one of them
    cannot be used; the others are shown all the same.

    \b
    Examples:
      sp-parent-portal templates list
    """
    from ..reports.templates_report import templates_report
    from ..template_place import find_own
    from ..templates import read_templates

    target = name_target()
    templates, broken = read_templates(find_own())
    show(ctx, templates_report(target, templates))
    if broken is not None:
        raise broken


@app.command("show")
def show_template(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The template's name.")],
    preview: Preview = None,
) -> None:
    """Show what a template asks for, and what each input is for.

    With --preview also what a site made from it looks like, filled with the template's example: one file that needs no
    network. An older preview of that name is replaced, anything else is not.

    \b
    Examples:
      sp-parent-portal templates show school-trip
      sp-parent-portal templates show school-trip --preview school-trip.html
    """
    from ..reports.templates_report import template_report
    from ..template_place import find_own
    from ..templates import load_template

    target = name_target()
    template = load_template(name, find_own())
    if preview is not None:
        from ..saved_preview import save_template_preview

        save_template_preview(preview, template, target=target, on=today())
        say(f"saved: {preview}")
    show(ctx, template_report(target, template))


@app.command("check")
def check_template(
    ctx: typer.Context, path: Annotated[Path, typer.Argument(metavar="PATH", help="The template's folder.")]
) -> None:
    """Check a template's folder: every mistake, with its place.

    And that the template's example becomes a site.

    Exit code 2 when it cannot be used.

    \b
    Examples:
      sp-parent-portal templates check site_templates/school-trip
    """
    from ..errors import TemplateError
    from ..reports.shapes import problems_report
    from ..template_check import check_folder

    target = name_target()
    try:
        found = check_folder(path)
    except TemplateError as error:
        show(ctx, problems_report(target, error.problems))
        raise TemplateError(f"{path} cannot be used as a template", error.hint) from None
    show(ctx, problems_report(target, ()))
    say(f"{found.name} {found.version} can be used")
