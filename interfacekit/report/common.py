"""What all tables share: their look, and how numbers are written."""

from __future__ import annotations

import sys
from functools import singledispatch
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from interfacekit.results import Result

#: Columns to assume where stdout is a file or a pipe: no wrapping there.
_PIPE_WIDTH = 200
#: Least columns for a list of products, so that it wraps between phases and not within them.
_TEXT_WIDTH = 16


@singledispatch
def tables(result: Result) -> list[Table | str]:
    """The tables of a result."""
    raise TypeError(f"no table for {type(result).__name__}")


def put(*parts: Table | str) -> None:
    """Print to stdout."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    for part in parts:
        console.print(part)


def new_table(title: str, *columns: str) -> Table:
    """Make a table whose columns of numbers (those with a unit in their header, or x) are right-aligned."""
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        number = "(" in column or column == "x"
        table.add_column(
            column.replace(" (", "\n("),
            justify="right" if number else "left",
            min_width=_TEXT_WIDTH if column.startswith(("products", "coexisting")) else None,
        )
    return table


def volts(voltage: float | None) -> str:
    """A voltage with three decimals, or a dash."""
    return "-" if voltage is None else f"{voltage:.3f}"


def meV(energy_eV: float | None) -> str:
    """An energy in meV with one decimal, or a dash."""
    return "-" if energy_eV is None else f"{round(1000 * energy_eV, 1) + 0.0:.1f}"
