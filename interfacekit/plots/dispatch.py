"""The usual figure of a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interfacekit.errors import InputError
from interfacekit.plots.phase_map import plot_phase_map
from interfacekit.plots.reaction import plot_reaction
from interfacekit.plots.stability_map import plot_stability_map
from interfacekit.plots.triangle import plot_triangle
from interfacekit.plots.windows import plot_windows
from interfacekit.thermo import ContactTriangle, InterfaceReaction, PhaseMap, StabilityMap, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.results import Result


def plot(results: Result | Sequence[Result], ax: Axes | None = None) -> Axes:
    """Draw the usual figure of one result, or of several windows or reactions.

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
    if len(several) == 1:
        match several[0]:
            case StabilityMap() as result:
                return plot_stability_map(result, ax)
            case PhaseMap() as result:
                return plot_phase_map(result, ax)
            case ContactTriangle() as result:
                return plot_triangle(result, ax)
    kinds = ", ".join(sorted({type(result).__name__ for result in several})) or "nothing"
    count = f"{len(several)} of " if len(several) > 1 else ""
    raise InputError(f"there is no figure of {count}{kinds}; write .csv or .json, or name fewer voltages or phases")
