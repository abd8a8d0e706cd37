"""Every figure of the package: `f(result, ax=None) -> Axes`. Nothing here computes; nothing here needs a display."""

from interfacekit.plots.dispatch import plot
from interfacekit.plots.structure.barriers import plot_barriers
from interfacekit.plots.structure.coherent_candidates import plot_coherent_interfaces
from interfacekit.plots.structure.interface_structure import plot_interface
from interfacekit.plots.structure.lithium_network import plot_lithium_network
from interfacekit.plots.style import (
    DOUBLE_COLUMN_MM,
    SINGLE_COLUMN_MM,
    figure_style,
    formula_label,
    new_axes,
    save_figure,
)
from interfacekit.plots.thermo.ensembles import plot_reaction_ensembles, plot_window_ensembles
from interfacekit.plots.thermo.leave_one_out import plot_leave_one_out
from interfacekit.plots.thermo.phase_amounts import plot_phase_amounts
from interfacekit.plots.thermo.phase_map import plot_phase_map
from interfacekit.plots.thermo.reaction import plot_reaction
from interfacekit.plots.thermo.screening_map import plot_screening_map
from interfacekit.plots.thermo.stability_map import plot_stability_map
from interfacekit.plots.thermo.staircase import plot_staircase
from interfacekit.plots.thermo.triangle import plot_triangle
from interfacekit.plots.thermo.windows import plot_windows
from interfacekit.plots.transport.arrhenius import plot_arrhenius
from interfacekit.plots.transport.shell_map import plot_shell_map
from interfacekit.plots.transport.shell_resistance import plot_shell_resistance
from interfacekit.plots.transport.stack_profiles import plot_stack_profiles
from interfacekit.plots.transport.variations import plot_variations

__all__ = [
    "DOUBLE_COLUMN_MM",
    "SINGLE_COLUMN_MM",
    "figure_style",
    "formula_label",
    "new_axes",
    "plot",
    "plot_arrhenius",
    "plot_barriers",
    "plot_coherent_interfaces",
    "plot_interface",
    "plot_leave_one_out",
    "plot_lithium_network",
    "plot_phase_amounts",
    "plot_phase_map",
    "plot_reaction",
    "plot_reaction_ensembles",
    "plot_screening_map",
    "plot_shell_map",
    "plot_shell_resistance",
    "plot_stability_map",
    "plot_stack_profiles",
    "plot_staircase",
    "plot_triangle",
    "plot_variations",
    "plot_window_ensembles",
    "plot_windows",
    "save_figure",
]
