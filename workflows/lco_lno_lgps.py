"""The founding case end to end: windows, interface reactions, stability maps, and a comparison with spectroscopy.

Run `python workflows/lco_lno_lgps.py [config.yaml]`; the configuration beside this script is the default. Results go
to the folder that it names, each file as soon as it is finished.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track

import interfacekit as ik
from interfacekit import plots, report
from interfacekit.cli.energies import energies_of
from interfacekit.config import StudyConfig
from interfacekit.phases import distinct_phases
from interfacekit.thermo.spectroscopy import compare
from interfacekit.workflow import Outputs, run_workflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.thermo import InterfaceReaction, Window

PROGRESS = Console(stderr=True)


class Study:
    """Computes what a configuration asks for, and writes tables and figures."""

    def __init__(self, config: StudyConfig) -> None:
        for named in (config.phases, *config.interfaces):  # a slip is told before anything is written
            distinct_phases(named)
        self.config = config
        self.entries = energies_of(config)
        self.outputs = Outputs(config.results, config.figure_formats)

    def windows(self) -> None:
        """Windows of the phases, and of what they decompose into."""
        windows = ik.electrochemical_windows(self.config.phases, self.entries)
        products = ik.electrochemical_windows(decomposition_products(windows), self.entries)
        report.show(windows)
        self.outputs.save("windows", windows)
        self.outputs.save("windows_of_products", products)
        self.outputs.draw("windows", plots.plot_windows, [*windows, *products], width_mm=plots.DOUBLE_COLUMN_MM)
        for window in windows:
            self.outputs.draw(f"staircase_{window.phase}", plots.plot_staircase, window)

    def interfaces(self) -> dict[str, list[InterfaceReaction]]:
        """Every interface closed and at every voltage."""
        reactions: dict[str, list[InterfaceReaction]] = {}
        for first, second in self.config.interfaces:
            name = f"{first}_{second}"
            conditions = [None, *self.config.voltage]
            computed = [
                ik.interface_reaction(first, second, voltage, self.entries)
                for voltage in track(conditions, f"{first}|{second}", console=PROGRESS, transient=True)
            ]
            reactions[f"{first}|{second}"] = computed
            closed, opened = computed[0], computed[1:]
            self.outputs.save(f"reaction_{name}_closed", closed)
            self.outputs.save(f"reaction_{name}_open", opened)
            self.outputs.draw(f"reaction_{name}_closed", plots.plot_reaction, closed)
            self.outputs.draw(f"reaction_{name}_open", plots.plot_reaction, opened)
            self.outputs.draw(f"amounts_{name}_closed", plots.plot_phase_amounts, closed)
        closed_reactions = [computed[0] for computed in reactions.values()]
        self.outputs.draw("reactions_closed", plots.plot_reaction, closed_reactions)
        report.closed_reactions(closed_reactions)
        return reactions

    def maps(self) -> None:
        """The stability map of phases and interfaces, and each interface's phase fields."""
        config = self.config
        with PROGRESS.status("Mapping voltages"):
            # With every partner's own row, the map shows where a contact adds nothing because a partner is gone.
            phases = list(dict.fromkeys([*config.phases, *chain.from_iterable(config.interfaces)]))
            subjects = [*phases, *config.interfaces]
            stability = ik.stability_map(subjects, config.map_voltage, entries=self.entries)
            self.outputs.save("stability_map", stability)
            self.outputs.draw("stability_map", plots.plot_stability_map, stability, width_mm=plots.DOUBLE_COLUMN_MM)
            pairs = replace(stability, rows=tuple(row for row in stability.rows if len(row.formulas) == 2))
            self.outputs.draw(
                "stability_map_interfaces", plots.plot_stability_map, pairs, width_mm=plots.DOUBLE_COLUMN_MM
            )
            for first, second in config.interfaces:
                fields = ik.phase_map(first, second, config.map_voltage, self.entries)
                self.outputs.save(f"phase_map_{first}_{second}", fields)
                self.outputs.draw(f"phase_map_{first}_{second}", plots.plot_phase_map, fields)
            if config.triangle:
                for voltage in (None, config.triangle_voltage):
                    name = "closed" if voltage is None else f"{voltage:g}V"
                    triangle = ik.contact_triangle(*config.triangle, voltage, self.entries)
                    self.outputs.save(f"triangle_{name}", triangle)
                    self.outputs.draw(f"triangle_{name}", plots.plot_triangle, triangle)
        report.show(stability)

    def claims(self, reactions: dict[str, list[InterfaceReaction]]) -> None:
        """Predicted oxidation products beside the species that the founding paper saw."""
        comparison = compare(self.config.claims, reactions, self.entries)
        self.outputs.save("comparison_with_spectroscopy", comparison)
        report.show(comparison)


def decomposition_products(windows: Sequence[Window]) -> list[str]:
    """Formulas that the windows' limits name, each once, without the phases themselves."""
    named = [formula for w in windows for side in (w.reduction_products, w.oxidation_products) for formula in side]
    return [formula for formula in dict.fromkeys(named) if formula not in {w.formula for w in windows}]


def study(config: StudyConfig) -> list[str]:
    """Run the study; return where its results are."""
    todo = Study(config)
    todo.windows()
    reactions = todo.interfaces()
    todo.maps()
    if config.claims:
        todo.claims(reactions)
    return todo.outputs.finished()


if __name__ == "__main__":
    run_workflow(__file__, StudyConfig, study)
