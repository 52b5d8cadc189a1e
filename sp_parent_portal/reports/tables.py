"""A report as a table for people; where the terminal is too narrow for one, a block of lines for each row."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from .report import Cell, Column, Report
from .safe import clean

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_STYLES = {
    "PASS": "green",
    "FAIL": "bold red",
    "UNKNOWN": "yellow",
    "done": "green",
    "already": "green",
    "held": "yellow",
    "failed": "bold red",
    "unknown": "yellow",
    "opens-access": "yellow",
    "removes-access": "magenta",
    "tenant-wide": "bold red",
    "error": "bold red",
    "warning": "yellow",
}

# A column wants at least its longest word up to here; a longer word (an address) may be broken.
_LONGEST_WORD = 18
_BETWEEN_COLUMNS = 3


def render_table(report: Report, *, width: int, colour: bool, ascii_only: bool = False) -> str:
    """`width` in characters. No text in the report can act on the terminal or be taken for markup."""
    from rich.console import Console
    from rich.text import Text

    out = io.StringIO()
    console = Console(
        file=out,
        width=max(width, 20),
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(Text(f"{clean(report.title)} - target: {clean(report.target)}", style="bold"))
    if not report.rows:
        console.print(Text("nothing"))
    elif _needed(report) <= console.width:
        _print_table(console, report, _fit(report, console.width), ascii_only=ascii_only)
    else:
        _print_blocks(console, report)
    for note in report.notes:
        console.print(Text(clean(note)))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _needed(report: Report) -> int:
    return sum(_narrowest(report, column) + _BETWEEN_COLUMNS for column in report.columns) - _BETWEEN_COLUMNS


def _narrowest(report: Report, column: Column) -> int:
    from rich.cells import cell_len

    words = [column.title, *(word for row in report.rows for word in _plain(row.get(column.key)).split())]
    return min(_LONGEST_WORD, max(map(cell_len, words)))


def _widest(report: Report, column: Column) -> int:
    from rich.cells import cell_len

    lines = [line for row in report.rows for line in _plain(row.get(column.key)).splitlines()]
    return max(map(cell_len, [column.title, *lines]))


def _fit(report: Report, width: int) -> list[int]:
    """How wide each column is: what there is beyond their least goes to the narrowest first. Left to itself the table
    would cut off what does not fit, on the right."""
    widths = [_narrowest(report, column) for column in report.columns]
    widest = [_widest(report, column) for column in report.columns]
    for _ in range(width - _needed(report)):
        grow = [n for n, (now, most) in enumerate(zip(widths, widest, strict=True)) if now < most]
        if not grow:
            break
        widths[min(grow, key=widths.__getitem__)] += 1
    return widths


def _print_table(console: Console, report: Report, widths: list[int], *, ascii_only: bool) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.ASCII2 if ascii_only else box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column, width in zip(report.columns, widths, strict=True):
        table.add_column(column.title, overflow="fold", width=width)
    for row in report.rows:
        table.add_row(*(_text(column, row.get(column.key)) for column in report.columns))
    console.print(table)


def _print_blocks(console: Console, report: Report) -> None:
    from rich.text import Text

    for row in report.rows:
        for column in report.columns:
            value = _text(column, row.get(column.key))
            if value.plain:
                console.print(Text.assemble((f"{column.title}: ", "bold"), value), overflow="fold")
        console.print()


def _text(column: Column, value: Cell) -> Text:
    from rich.text import Text

    plain = _plain(value)
    return Text(plain, style=_STYLES.get(plain, "") if column.judged else "")


def _plain(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return clean(value) if isinstance(value, str) else str(value)
