"""How every group of commands is made: plain help that is quick, no tracebacks that print values."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup


class Group(TyperGroup):
    """A group that imports nothing to find out that a flag was not given."""

    # The first parameter's type is typer's own and private; the method is what click documents.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        for param in self.get_params(ctx):
            if getattr(param, "is_flag", False) and param.default is None:
                param.default = False  # typer imports pydantic to read a flag that is neither yes nor no
        return super().parse_args(ctx, args)


def make_group(help: str, *, cls: type[Group] = Group, add_completion: bool = False) -> typer.Typer:
    return typer.Typer(
        help=help,
        cls=cls,
        no_args_is_help=True,
        add_completion=add_completion,
        rich_markup_mode=None,  # typer's rich help takes longer to import than all the rest
        pretty_exceptions_enable=False,
    )
