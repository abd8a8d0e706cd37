"""Every figure of the package: `f(result, ax=None) -> Axes`. Nothing here computes; nothing here needs a display."""

from typing import TYPE_CHECKING

from interfacekit.lazy import lazy_names

if TYPE_CHECKING:
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

_HOMES = {
    "interfacekit.plots.dispatch": ("plot",),
    "interfacekit.plots.structure.barriers": ("plot_barriers",),
    "interfacekit.plots.structure.coherent_candidates": ("plot_coherent_interfaces",),
    "interfacekit.plots.structure.interface_structure": ("plot_interface",),
    "interfacekit.plots.structure.lithium_network": ("plot_lithium_network",),
    "interfacekit.plots.style": (
        "DOUBLE_COLUMN_MM",
        "SINGLE_COLUMN_MM",
        "figure_style",
        "formula_label",
        "new_axes",
        "save_figure",
    ),
    "interfacekit.plots.thermo.ensembles": (
        "plot_reaction_ensembles",
        "plot_window_ensembles",
    ),
    "interfacekit.plots.thermo.leave_one_out": ("plot_leave_one_out",),
    "interfacekit.plots.thermo.phase_amounts": ("plot_phase_amounts",),
    "interfacekit.plots.thermo.phase_map": ("plot_phase_map",),
    "interfacekit.plots.thermo.reaction": ("plot_reaction",),
    "interfacekit.plots.thermo.screening_map": ("plot_screening_map",),
    "interfacekit.plots.thermo.stability_map": ("plot_stability_map",),
    "interfacekit.plots.thermo.staircase": ("plot_staircase",),
    "interfacekit.plots.thermo.triangle": ("plot_triangle",),
    "interfacekit.plots.thermo.windows": ("plot_windows",),
    "interfacekit.plots.transport.arrhenius": ("plot_arrhenius",),
    "interfacekit.plots.transport.shell_map": ("plot_shell_map",),
    "interfacekit.plots.transport.shell_resistance": ("plot_shell_resistance",),
    "interfacekit.plots.transport.stack_profiles": ("plot_stack_profiles",),
    "interfacekit.plots.transport.variations": ("plot_variations",),
}

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

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
