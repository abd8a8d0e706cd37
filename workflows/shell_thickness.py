"""LCO|LGPS bare and in shells of 1-20 nm: what limits Li+, the space charge or an interphase, and how sure that is.

Run `python workflows/shell_thickness.py [config.yaml]`; the configuration beside this script is the default. Results go
to the folder that it names; what is computed is kept there point by point, and not computed again when the workflow was
interrupted. It ends with a report whose words follow from the numbers, and with its gist on the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress

from interfacekit import plots, sweep
from interfacekit.config import ShellThicknessConfig
from interfacekit.plots.transport.stacks import MOST_LINES
from interfacekit.report.studies.shell_answer import summary
from interfacekit.report.studies.shell_study import shell_study_text
from interfacekit.transport import StackRunOptions, distinct_shells, shell_point, shell_stack
from interfacekit.transport.shells.evidence import Thresholds
from interfacekit.transport.shells.study import ShellStudy, concluded
from interfacekit.transport.shells.variations import Ranges, all_changes, changed_point, single_changes, varied_shell
from interfacekit.workflow import Outputs, run_workflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.transport import StackTransport
    from interfacekit.transport.shells.study import Varied

PROGRESS = Console(stderr=True)
STACK_ARGUMENTS = ("cathode", "coating", "electrolyte", "thickness_nm", "interphases")


class Study:
    """Computes what a configuration asks for, and writes tables, figures and a report."""

    def __init__(self, config: ShellThicknessConfig) -> None:
        self.config = config
        self.thresholds = Thresholds(**config.thresholds.model_dump())
        self.ranges = Ranges(**config.changes.model_dump(exclude={"thickness"}))
        self.failed: list[str] = []
        self.check()
        self.outputs = Outputs(config.results, config.figure_formats)

    def check(self) -> None:
        """Tell a slip before anything is computed or written."""
        changed = [self.point(self.config.changes.thickness, coating=coating) for coating in self.config.coatings]
        for point in (*self.shells(), *self.simulated(), *self.with_interphases(), *changed):
            own = {key: point[key] for key in point if key in STACK_ARGUMENTS}
            shell_stack(**own).planes(point["temperature_K"], point["voltage_V"])

    def point(self, thickness: float, voltage: float | None = None, coating: str | None = None) -> dict[str, Any]:
        """Arguments of one shell."""
        return {
            "cathode": self.config.cathode,
            "coating": coating or self.config.coatings[0],
            "electrolyte": self.config.electrolyte,
            "thickness_nm": thickness,
            "voltage_V": self.config.kmc.voltage if voltage is None else voltage,
            "temperature_K": self.config.temperature,
        }

    def shells(self) -> list[dict[str, Any]]:
        """The bare contact once, and every coating, at every thickness and voltage."""
        return distinct_shells(
            self.point(thickness, voltage, coating)
            for coating in self.config.coatings
            for thickness in self.config.thickness
            for voltage in self.config.voltage
            if thickness > 0 or coating == self.config.coatings[0]
        )

    def simulated(self) -> list[dict[str, Any]]:
        """The shells of kinetic Monte Carlo."""
        kmc = self.config.kmc
        options = {"method": "kmc", **kmc.model_dump(include={"replicas", "seed", "cells"})}
        StackRunOptions(hops=kmc.hops, replicas=kmc.replicas, seed=kmc.seed, cells=kmc.cells)
        points = distinct_shells(
            self.point(thickness, coating=coating)
            for coating, thicknesses in kmc.thickness.items()
            for thickness in thicknesses
        )
        return [point | options | {"hops": max(kmc.hops, kmc.hops_per_nm * point["thickness_nm"])} for point in points]

    def with_interphases(self) -> list[dict[str, Any]]:
        """The bare contact with each of the interphases."""
        contact = f"{self.config.cathode}|{self.config.electrolyte}"
        return [
            self.point(0) | {"interphases": {contact: one.model_dump(exclude_none=True)}}
            for one in self.config.interphases
        ]

    def compute(self, what: str, points: Sequence[dict[str, Any]]) -> list[StackTransport | None]:
        """One result for each point, None where it failed."""
        with Progress(console=PROGRESS, transient=True) as progress:
            task = progress.add_task(what, total=1.0)
            records = sweep.run(
                shell_point,
                points,
                store=self.config.results / "records",
                progress=lambda share: progress.update(task, completed=share),
            )
        self.failed += [f"{what}: {record.point}: {record.error}" for record in records if record.error]
        return [record.result for record in records]

    def varied(self, what: str, thickness: float, coating: str | None = None) -> list[Varied]:
        """A shell with one input changed at a time, the bare contact with all combinations, at every voltage."""
        changes, points = [], []
        for voltage in self.config.voltage:
            point = self.point(thickness, voltage, coating)
            singles = [(), *((change,) for change in single_changes(point, self.ranges))]
            for one in singles if thickness > 0 else all_changes(point, self.ranges):
                changes.append(one)
                points.append(changed_point(point, one))
        return [(c, r) for c, r in zip(changes, self.compute(what, points), strict=True) if r is not None]

    def run(self) -> ShellStudy:
        """All that the report speaks of."""
        config = self.config
        results = {
            "shells": self.compute("shells, continuum", self.shells()),
            "interphases": self.compute("interphases", self.with_interphases()),
            "kmc": self.compute("shells, kinetic Monte Carlo", self.simulated()),
        }
        return concluded(
            self.point(0),
            self.thresholds,
            **{name: [result for result in found if result is not None] for name, found in results.items()},
            varied_bare=self.varied("changed inputs, bare", 0),
            varied_shells=[
                self.varied(f"changed inputs, {coating}", config.changes.thickness, coating)
                for coating in config.coatings
            ],
            failed=self.failed,
        )

    def write(self, study: ShellStudy) -> None:
        """Tables of everything."""
        self.outputs.save("shells", study.shells)
        self.outputs.save("shells_kmc", study.kmc)
        self.outputs.save("bare_with_interphases", study.interphases)
        self.outputs.save("changed_inputs_bare", [varied_shell(*one) for one in study.varied_bare])
        self.outputs.save("changed_inputs_shells", [varied_shell(*one) for some in study.varied_shells for one in some])
        self.outputs.save("evidence", study.evidence)

    def draw(self, study: ShellStudy) -> None:
        """Maps, resistances, profiles, and what changed inputs do."""
        at_voltage = study.at_voltage
        for coating, varied in zip(self.config.coatings, study.varied_shells, strict=True):
            own = [r for r in study.shells if r.layers[1:-1] in ((), (coating,))]
            simulated = [r for r in study.kmc if r.layers[1:-1] in ((), (coating,))]
            self.outputs.draw(f"between_slices_{coating}", plots.plot_shell_map, own, "interface_ohm_cm2")
            self.outputs.draw(f"charge_{coating}", plots.plot_shell_map, own, "scl_charge_uC_cm2")
            here = [r for r in own if r in at_voltage]
            self.outputs.draw(f"resistance_{coating}", plots.plot_shell_resistance, [*here, *simulated])
            self.outputs.draw(f"profiles_{coating}", plots.plot_stack_profiles, profiles(here, simulated))
            changed = [varied_shell(*one) for one in varied]
            self.outputs.draw(f"changed_inputs_{coating}", plots.plot_variations, changed, study.voltage_V)
        coated = [*study.interphases[:1], *at_voltage[1:]]
        self.outputs.draw(
            "resistance_with_interphase", plots.plot_shell_resistance, coated, width_mm=plots.DOUBLE_COLUMN_MM
        )
        changed = [varied_shell(*one) for one in study.varied_bare]
        measured = study.evidence[0].measured
        self.outputs.draw("changed_inputs_bare", plots.plot_variations, changed, study.voltage_V, measured)

    def text(self, study: ShellStudy) -> str:
        """The report, which names the figures."""
        return shell_study_text(study, self.outputs.captions(self.captions()))

    def captions(self) -> dict[str, str]:
        """What each figure shows, by its name."""
        bare = f"{self.config.cathode}|{self.config.electrolyte}"
        captions = {
            "resistance_with_interphase": f"Resistance of {bare} with an interphase, and of all shells",
            "changed_inputs_bare": f"{bare}: what its contact adds with changed inputs, beside what was measured",
        }
        for coating in self.config.coatings:
            captions |= {
                f"between_slices_{coating}": f"{coating}: resistance of coating and contacts, thickness by voltage",
                f"charge_{coating}": f"{coating}: charge in {self.config.electrolyte}, thickness by voltage",
                f"resistance_{coating}": f"{coating}: resistance over thickness, by what causes it",
                f"profiles_{coating}": f"{coating}: occupation, charge and potential plane by plane",
                f"changed_inputs_{coating}": f"{coating}: what the contacts of one shell add with changed inputs",
            }
        return captions


def profiles(continuum: Sequence[StackTransport], kmc: Sequence[StackTransport]) -> list[StackTransport]:
    """The thinnest shells of kinetic Monte Carlo and their twins of the continuum, or of this where there are none."""
    sizes = sorted({round(r.thickness_nm, 6) for r in kmc or continuum})[:MOST_LINES]
    return [r for r in (*continuum, *kmc) if round(r.thickness_nm, 6) in sizes]


def study(config: ShellThicknessConfig) -> list[str]:
    """Run the study; return what it found, and where its results are."""
    todo = Study(config)
    found = todo.run()
    todo.write(found)
    todo.outputs.write_report(todo.text(found))
    todo.draw(found)
    failed = [f"not computed: {len(found.failed)} points, which the report names"] if found.failed else []
    return todo.outputs.finished(summary(found), failed)


if __name__ == "__main__":
    run_workflow(__file__, ShellThicknessConfig, study)
