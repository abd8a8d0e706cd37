"""Common parts of all tables: where they are printed, and how numbers are written."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from rich.console import Console

from interfacekit.report.layout import Table, prose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.results import Result

#: Fewer columns are taken for these: no number or formula need be cut there.
_LEAST_WIDTH = 40
#: Columns where stdout is a file or a pipe, unless the environment's COLUMNS has another number: little wrapping there.
_PIPE_WIDTH = 200


def put(*parts: Table | str) -> None:
    """Print tables and notes to stdout, at its width and in its encoding."""
    is_narrow = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit()
    console = Console(highlight=False, markup=False, emoji=False, width=None if is_narrow else _PIPE_WIDTH)
    console.width = max(console.width, _LEAST_WIDTH)
    for part in parts:
        console.print(prose(part, console.width, console.encoding) if isinstance(part, str) else part)


def new_table(title: str, *columns: str, keys: int | None = None) -> Table:
    """Make a table without rows, of which the first columns (`keys` of them) identify a row."""
    return Table(title, columns, keys)


def volts(voltage: float | None) -> str:
    """A voltage with three decimals, or a dash."""
    return "-" if voltage is None else f"{voltage:.3f}"


def meV(energy_eV: float | None) -> str:
    """An energy in meV with one decimal, or a dash."""
    return "-" if energy_eV is None else f"{round(1000 * energy_eV, 1) + 0.0:.1f}"


def continued(results: Sequence[Result]) -> list[str]:
    """A note on runs that were continued to more hops, whose windows are those of the first request."""
    first = dict.fromkeys(r.provenance["parameters"].get("first_hops") for r in results)
    hops = ", ".join(f"{one:.10g}" for one in first if one is not None)
    return (
        [f"continued from a first request of {hops} hops, which has planned the length of the windows"] if hops else []
    )
