"""The usual figure of a result."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from interfacekit.errors import InputError
from interfacekit.plots.arrhenius import plot_arrhenius
from interfacekit.plots.ensembles import plot_reaction_ensembles, plot_window_ensembles
from interfacekit.plots.leave_one_out import plot_leave_one_out
from interfacekit.plots.phase_map import plot_phase_map
from interfacekit.plots.reaction import plot_reaction
from interfacekit.plots.screening_map import plot_screening_map
from interfacekit.plots.shell_map import plot_shell_map
from interfacekit.plots.shell_resistance import plot_shell_resistance
from interfacekit.plots.stability_map import plot_stability_map
from interfacekit.plots.stack_profiles import plot_stack_profiles
from interfacekit.plots.triangle import plot_triangle
from interfacekit.plots.windows import plot_windows
from interfacekit.thermo import (
    ChemicalSystem,
    ContactTriangle,
    EntryEnergy,
    EntrySummary,
    InterfaceReaction,
    LeaveOneOut,
    PhaseMap,
    ReactionEnsemble,
    Screening,
    StabilityMap,
    Window,
    WindowEnsemble,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

    from interfacekit.results import Result


def plot(results: Result | Sequence[Result], ax: Axes | None = None) -> Axes:
    """Draw the usual figure of one result, or of several windows, reactions, transport coefficients or stacks.

    That of stacks is their profiles; of several thicknesses, the resistance; of several voltages besides, its map.

    Raises
    ------
    InputError
        If there is no figure for this kind of result, or none for several of it.
    """
    several: list[Any] = list(results) if isinstance(results, list | tuple) else [results]
    for is_of_kind, draw in _OF_SEVERAL:
        if several and all(map(is_of_kind, several)):
            return draw(several, ax)
    if len(several) == 1:
        match several[0]:
            case StabilityMap() as result:
                return plot_stability_map(result, ax)
            case PhaseMap() as result:
                return plot_phase_map(result, ax)
            case ContactTriangle() as result:
                return plot_triangle(result, ax)
            case LeaveOneOut() as result:
                return plot_leave_one_out(result, ax)
            case Screening() as result:
                return plot_screening_map(result, ax=ax)
    kinds = " and ".join(dict.fromkeys(_plural(result) for result in several)) or "nothing"
    if len(several) > 1 and all(
        isinstance(result, StabilityMap | PhaseMap | ContactTriangle | Screening) for result in several
    ):
        raise InputError(f"there is no one figure of several {kinds}; draw them one by one, or write .csv or .json")
    raise InputError(f"there is no figure of {kinds}; write .csv or .json")


def _plot_stacks(results: Sequence[Any], ax: Axes | None) -> Axes:
    if len({round(result.thickness_nm, 6) for result in results}) == 1:
        return plot_stack_profiles(results, ax)
    if len({result.voltage_V for result in results}) == 1:
        return plot_shell_resistance(results, ax)
    return plot_shell_map(results, ax=ax)


def _is_of_transport(result: Any, module: str, name: str) -> bool:
    """Whether this is a result of a module of transport; where that was never imported, there is none."""
    found = sys.modules.get(f"interfacekit.transport.{module}")
    return found is not None and isinstance(result, getattr(found, name))


_OF_SEVERAL: tuple[tuple[Callable[[Any], bool], Callable[[list[Any], Axes | None], Axes]], ...] = (
    (lambda result: isinstance(result, Window), plot_windows),
    (lambda result: isinstance(result, InterfaceReaction), plot_reaction),
    (lambda result: isinstance(result, WindowEnsemble), plot_window_ensembles),
    (lambda result: isinstance(result, ReactionEnsemble), plot_reaction_ensembles),
    (lambda result: _is_of_transport(result, "observables", "Transport"), lambda rs, ax: plot_arrhenius(rs, ax=ax)),
    (lambda result: _is_of_transport(result, "stack_result", "StackTransport"), _plot_stacks),
)


def _plural(result: Any) -> str:
    """Kind of a result in words: `stability maps`, `entries`."""
    if isinstance(result, ChemicalSystem | EntrySummary | EntryEnergy):
        return "entries"
    return " ".join(re.findall("[A-Z][a-z]*", type(result).__name__)).lower() + "s"
