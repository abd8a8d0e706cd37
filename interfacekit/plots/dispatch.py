"""The usual figure of a result."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from interfacekit.errors import InputError
from interfacekit.plots.structure.barriers import plot_barriers
from interfacekit.plots.structure.coherent_candidates import plot_coherent_interfaces
from interfacekit.plots.structure.interface_structure import plot_interface
from interfacekit.plots.structure.lithium_network import plot_lithium_network
from interfacekit.plots.thermo.ensembles import plot_reaction_ensembles, plot_window_ensembles
from interfacekit.plots.thermo.leave_one_out import plot_leave_one_out
from interfacekit.plots.thermo.phase_map import plot_phase_map
from interfacekit.plots.thermo.reaction import plot_reaction
from interfacekit.plots.thermo.screening_map import plot_screening_map
from interfacekit.plots.thermo.stability_map import plot_stability_map
from interfacekit.plots.thermo.triangle import plot_triangle
from interfacekit.plots.thermo.windows import plot_windows
from interfacekit.plots.transport.arrhenius import plot_arrhenius
from interfacekit.plots.transport.shell_map import plot_shell_map
from interfacekit.plots.transport.shell_resistance import plot_shell_resistance
from interfacekit.plots.transport.stack_profiles import plot_stack_profiles
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
        for is_of_kind, draw_one in _OF_ONE:
            if is_of_kind(several[0]):
                return draw_one(several[0], ax)
    kinds = " and ".join(dict.fromkeys(_plural(result) for result in several)) or "nothing"
    if len(several) > 1 and all(any(is_of_kind(result) for is_of_kind, _ in _OF_ONE) for result in several):
        raise InputError(f"there is no one figure of several {kinds}; draw them one by one, or write .csv or .json")
    raise InputError(f"there is no figure of {kinds}; write .csv or .json")


def _plot_stacks(results: Sequence[Any], ax: Axes | None) -> Axes:
    if len({round(result.thickness_nm, 6) for result in results}) == 1:
        return plot_stack_profiles(results, ax)
    if len({result.voltage_V for result in results}) == 1:
        return plot_shell_resistance(results, ax)
    return plot_shell_map(results, ax=ax)


def _is_of(result: Any, module: str, name: str) -> bool:
    """Whether this is a result of a module of transport or structure; where that was never imported, there is none."""
    found = sys.modules.get(f"interfacekit.{module}")
    return found is not None and isinstance(result, getattr(found, name))


_OF_ONE: tuple[tuple[Callable[[Any], bool], Callable[[Any, Axes | None], Axes]], ...] = (
    (lambda result: isinstance(result, StabilityMap), plot_stability_map),
    (lambda result: isinstance(result, PhaseMap), plot_phase_map),
    (lambda result: isinstance(result, ContactTriangle), plot_triangle),
    (lambda result: isinstance(result, LeaveOneOut), plot_leave_one_out),
    (lambda result: isinstance(result, Screening), lambda result, ax: plot_screening_map(result, ax=ax)),
    (lambda result: _is_of(result, "structure.network.result", "LithiumNetwork"), plot_lithium_network),
    (lambda result: _is_of(result, "structure.interfaces.interface", "Interface"), plot_interface),
    (lambda result: _is_of(result, "structure.interfaces.candidates", "CoherentInterfaces"), plot_coherent_interfaces),
)
_OF_SEVERAL: tuple[tuple[Callable[[Any], bool], Callable[[list[Any], Axes | None], Axes]], ...] = (
    (lambda result: isinstance(result, Window), plot_windows),
    (lambda result: isinstance(result, InterfaceReaction), plot_reaction),
    (lambda result: isinstance(result, WindowEnsemble), plot_window_ensembles),
    (lambda result: isinstance(result, ReactionEnsemble), plot_reaction_ensembles),
    (
        lambda result: _is_of(result, "transport.bulk.observables", "Transport"),
        lambda rs, ax: plot_arrhenius(rs, ax=ax),
    ),
    (lambda result: _is_of(result, "transport.stacks.result", "StackTransport"), _plot_stacks),
    (lambda result: _is_of(result, "structure.barriers.table", "BarrierTable"), plot_barriers),
)


def _plural(result: Any) -> str:
    """Kind of a result in words: `stability maps`, `entries`."""
    if isinstance(result, ChemicalSystem | EntrySummary | EntryEnergy):
        return "entries"
    words = " ".join(re.findall("[A-Z][a-z]*", type(result).__name__)).lower()
    return words if words.endswith("s") else words + "s"
