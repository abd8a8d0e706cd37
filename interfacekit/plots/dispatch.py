"""The usual figure of a result."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from interfacekit.errors import InputError
from interfacekit.plots.arrhenius import plot_arrhenius
from interfacekit.plots.phase_map import plot_phase_map
from interfacekit.plots.reaction import plot_reaction
from interfacekit.plots.stability_map import plot_stability_map
from interfacekit.plots.triangle import plot_triangle
from interfacekit.plots.windows import plot_windows
from interfacekit.thermo import (
    ChemicalSystem,
    ContactTriangle,
    EntryEnergy,
    EntrySummary,
    InterfaceReaction,
    PhaseMap,
    StabilityMap,
    Window,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.results import Result


def plot(results: Result | Sequence[Result], ax: Axes | None = None) -> Axes:
    """Draw the usual figure of one result, or of several windows, reactions or transport coefficients.

    Raises
    ------
    InputError
        If there is no figure for this kind of result, or none for several of it.
    """
    several: list[Any] = list(results) if isinstance(results, list | tuple) else [results]
    if several and all(isinstance(result, Window) for result in several):
        return plot_windows(several, ax)
    if several and all(isinstance(result, InterfaceReaction) for result in several):
        return plot_reaction(several, ax)
    if several and all(_is_transport(result) for result in several):
        return plot_arrhenius(several, ax=ax)
    if len(several) == 1:
        match several[0]:
            case StabilityMap() as result:
                return plot_stability_map(result, ax)
            case PhaseMap() as result:
                return plot_phase_map(result, ax)
            case ContactTriangle() as result:
                return plot_triangle(result, ax)
    kinds = " and ".join(dict.fromkeys(_plural(result) for result in several)) or "nothing"
    if len(several) > 1 and all(isinstance(result, StabilityMap | PhaseMap | ContactTriangle) for result in several):
        raise InputError(f"there is no one figure of several {kinds}; draw them one by one, or write .csv or .json")
    raise InputError(f"there is no figure of {kinds}; write .csv or .json")


def _is_transport(result: Any) -> bool:
    """Whether these are transport coefficients; where their module was never imported, there are none."""
    module = sys.modules.get("interfacekit.transport.observables")
    return module is not None and isinstance(result, module.Transport)


def _plural(result: Any) -> str:
    """Kind of a result in words: `stability maps`, `entries`."""
    if isinstance(result, ChemicalSystem | EntrySummary | EntryEnergy):
        return "entries"
    return " ".join(re.findall("[A-Z][a-z]*", type(result).__name__)).lower() + "s"
