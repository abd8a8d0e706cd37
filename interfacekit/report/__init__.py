"""Results as tables for a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from interfacekit.report.tables import maps as _maps  # noqa: F401  # registers its tables
from interfacekit.report.tables import screening as _screening  # noqa: F401  # registers its tables
from interfacekit.report.tables.common import put, tables
from interfacekit.report.tables.ensembles import show_ensembles
from interfacekit.report.tables.lists import aliases
from interfacekit.report.tables.reactions import closed_reactions, voltage_table
from interfacekit.report.tables.windows import window_tables
from interfacekit.thermo import InterfaceReaction, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.report.layout import Table
    from interfacekit.results import Result

__all__ = ["aliases", "closed_reactions", "put", "show"]


def show(results: Result | Sequence[Result]) -> None:
    """Print a result, or several of a kind, to stdout."""
    several = results if isinstance(results, list | tuple) else (results,)
    windows = [result for result in several if isinstance(result, Window)]
    reactions = [result for result in several if isinstance(result, InterfaceReaction)]
    if windows:
        put(*window_tables(windows))
    elif len(reactions) > 1:
        put(voltage_table(reactions))
    elif parts := _transport_parts(several) or _structure_parts(several):
        put(*parts)
    elif not show_ensembles(several):
        for result in several:
            put(*tables(result))


def _transport_parts(results: Sequence[Result]) -> list[Table | str]:
    """Tables of transport coefficients and stacks; where their package was never imported, there are none."""
    if "interfacekit.transport" not in sys.modules:
        return []
    from interfacekit.report.tables.stacks import stack_tables
    from interfacekit.report.tables.transport import transport_tables

    return [*transport_tables(results), *stack_tables(results)]


def _structure_parts(results: Sequence[Result]) -> list[Table | str]:
    """Tables of crystals and what is made of them; where their package was never imported, there are none."""
    if "interfacekit.structure" not in sys.modules:
        return []
    found: list[Table | str] = []
    others = list(results)
    if "interfacekit.structure.interfaces.candidates" in sys.modules:
        from interfacekit.report.tables.interfaces import interface_tables
        from interfacekit.structure.interfaces.candidates import CoherentInterfaces

        found += interface_tables(results)
        others = [result for result in results if not isinstance(result, CoherentInterfaces)]
        if not others:  # tables of crystals need more of the package
            return found
    from interfacekit.report.tables.structures import structure_tables

    return [*found, *structure_tables(others)]
