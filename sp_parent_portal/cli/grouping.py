"""How every group of commands is made: plain help that is quick, no tracebacks that print values."""

from __future__ import annotations

import typer
from typer.core import TyperGroup


def make_group(help: str, *, cls: type[TyperGroup] = TyperGroup, add_completion: bool = False) -> typer.Typer:
    return typer.Typer(
        help=help,
        cls=cls,
        no_args_is_help=True,
        add_completion=add_completion,
        rich_markup_mode=None,  # typer's rich help takes longer to import than all the rest
        pretty_exceptions_enable=False,
    )
