"""CHGNet barriers of LiCoO2, LiNbO3 and Li10GeP2S12 crystals to conductivities, beside published barriers and measured.

Run `python workflows/barriers_to_conductivity.py [config.yaml]`; the configuration beside this script is the default,
and needs the extra `mlip`. With `--trust-config`, it may name a calculator as module:function, whose code is run.
Results go to the folder that it names; ends, bands and temperatures that are finished are kept there, and not computed
again when the workflow was interrupted. It ends with a report whose words follow from the numbers, and with its gist on
the terminal.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

import interfacekit as ik
from interfacekit import plots, sweep
from interfacekit.config import BarriersToConductivityConfig
from interfacekit.materials import find_material
from interfacekit.report.studies.conductivity_answer import gist
from interfacekit.report.studies.conductivity_study import calculator_name, conductivity_study_text
from interfacekit.structure.barriers.hop_cells import supercell
from interfacekit.structure.barriers.migration import migration_barriers
from interfacekit.structure.barriers.options import BandOptions
from interfacekit.structure.barriers.published import published_table
from interfacekit.structure.calculators import ConfiguredCalculator, calculator_spec
from interfacekit.structure.conductivity.comparison import crystal_conductivity
from interfacekit.structure.conductivity.measured import measured_of, measured_row
from interfacekit.structure.conductivity.runs import BarrierSource, Box, barrier_run
from interfacekit.structure.network.search import lithium_network
from interfacekit.transport import RunOptions
from interfacekit.workflow import Outputs, run_workflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.config.conductivities import CrystalRuns
    from interfacekit.structure.barriers.table import BarrierTable
    from interfacekit.structure.conductivity.comparison import CrystalConductivity
    from interfacekit.structure.conductivity.measured import MeasuredTransport
    from interfacekit.structure.conductivity.runs import BarrierRun
    from interfacekit.structure.network.result import LithiumNetwork

PROGRESS = Console(stderr=True)


class Material:
    """A crystal's network, how it is run, and what is published and measured of it."""

    def __init__(self, asked: CrystalRuns, config: BarriersToConductivityConfig) -> None:
        self.asked = asked
        self.network: LithiumNetwork = lithium_network(
            asked.crystal, cutoff_A=asked.cutoff, vacant=asked.vacant, mobile=asked.mobile
        )
        self.name = self.network.crystal.name
        self.temperatures = asked.temperature or config.temperature
        frequency = asked.attempt_frequency or config.attempt_frequency
        self.box = Box(asked.box_cells, asked.filling, asked.reason, frequency)
        self.published = {one.name: [hop.of_literature for hop in one.barriers] for one in asked.published}
        self.tables = {name: published_table(self.network, found) for name, found in self.published.items()}
        self.measured: list[MeasuredTransport] = measured_of(asked.crystal) if find_material(asked.crystal) else []
        self.measured += [
            measured_row(row.system, row.quantity, temperature_K=row.temperature, note=row.note)
            for row in asked.measured
        ]
        supercell(self.network.crystal.structure, asked.mobile, asked.supercell_shape)
        for table in self.tables.values():
            table.hopping_model(self.box.cells, filling=self.box.filling, attempt_frequencies_Hz=frequency)


class Study:
    """Computes what a configuration asks for, and writes tables, figures and a report."""

    def __init__(self, config: BarriersToConductivityConfig) -> None:
        self.config = config
        # A slip in any material is told before the first is computed, or anything is written.
        spec = calculator_spec(config.calculator, config.calculator_options)
        self.calculator = calculator_name(spec["name"])
        self.options = RunOptions(
            hops=config.hops, replicas=config.replicas, seed=config.seed, hops_per_ion=config.hops_per_ion
        )
        with sweep.executor(config.scheduler, config.workers):
            pass
        self.materials = [Material(asked, config) for asked in config.materials]
        names = [material.name for material in self.materials]
        if len(set(names)) < len(names):
            raise ik.InputError(f"materials: two have one name, among {', '.join(names)}; results would be mixed up")
        self.outputs = Outputs(config.results, config.figure_formats)

    def barriers(self, material: Material) -> BarrierTable:
        """Barriers of all hops with the calculator."""
        config = self.config
        with (
            sweep.executor(config.scheduler, config.workers) as executor,
            Progress(console=PROGRESS, transient=True) as progress,
        ):
            task = progress.add_task(f"{material.name}: ends and bands", total=1.0)
            return migration_barriers(
                material.network.crystal,
                ConfiguredCalculator(config.calculator, config.calculator_options),
                network=material.network,
                mechanism=material.asked.mechanism,
                supercell_shape=material.asked.supercell_shape,
                options=BandOptions(config.images, config.fmax, config.max_steps, material.asked.rattle),
                executor=executor,
                store=config.store or config.results / "barriers",
                progress=lambda share: progress.update(task, completed=share),
            )

    def simulate(self, material: Material, name: str, table: BarrierTable) -> BarrierRun:
        """Kinetic Monte Carlo with a table of barriers."""
        published = material.published.get(name, [])
        kept = self.config.results / "checkpoints" / filed(f"{material.name}_{name}")
        with Progress(console=PROGRESS, transient=True) as progress:
            task = progress.add_task(f"{material.name}, {name}: kinetic Monte Carlo", total=1.0)
            return barrier_run(
                material.network,
                BarrierSource(name, table, published),
                material.box,
                material.temperatures,
                options=self.options,
                threads=self.config.workers,
                checkpoint=kept / self._key(material, table),
                progress=lambda share: progress.update(task, completed=share),
            )

    def run(self) -> list[CrystalConductivity]:
        """All crystals: the calculator's barriers and the published ones."""
        results = []
        for material in self.materials:
            computed = self.barriers(material)
            self.outputs.save(filed(f"barriers_{material.name}"), computed)
            runs = [
                self.simulate(material, name, table)
                for name, table in {self.calculator: computed, **material.tables}.items()
            ]
            self.outputs.save(filed(f"transport_{material.name}"), [r for run in runs for r in run.transports])
            results.append(
                crystal_conductivity(
                    material.network, material.box, runs, material.measured, remark=material.asked.remark
                )
            )
        return results

    def write(self, results: Sequence[CrystalConductivity]) -> None:
        """Tables of all crystals together."""
        self.outputs.save("conductivities", results)
        self.outputs.save("beside_measured", [row for result in results for row in result.beside_measured()])

    def draw(self, results: Sequence[CrystalConductivity]) -> None:
        """An Arrhenius plot of each crystal, and one of all."""
        drawn = [result for result in results if any(run.transports for run in result.runs)]
        for result in drawn:
            self.outputs.draw(f"arrhenius_{filed(result.material)}", arrhenius, [result], plots.SINGLE_COLUMN_MM)
        if drawn:
            self.outputs.draw("arrhenius", arrhenius, drawn, plots.DOUBLE_COLUMN_MM)

    def text(self, results: Sequence[CrystalConductivity]) -> str:
        """The report, which names the figures."""
        drawn = [result for result in results if any(run.transports for run in result.runs)]
        captions = (
            {"arrhenius": "Conductivities by computed and published barriers, and measured ones"} if drawn else {}
        )
        captions |= {
            f"arrhenius_{filed(r.material)}": f"{r.material}: conductivity over temperature, computed and measured"
            for r in drawn
        }
        return conductivity_study_text(results, self.outputs.captions(captions))

    def _key(self, material: Material, table: BarrierTable) -> str:
        """What tells checkpoints from those of other barriers, boxes and options."""
        rows = [(row.hop, row.mechanism, row.barrier_eV) for row in table.rows]
        content = repr((rows, sorted(table.site_energies_eV.items()), material.box, self.options))
        return hashlib.sha256(content.encode()).hexdigest()[:12]


def arrhenius(results: Sequence[CrystalConductivity], width_mm: float) -> Axes:
    """Runs of crystals, the computed ones first, and what was measured."""
    transports = [r for result in results for run in result.runs for r in run.transports]
    points = [point for result in results for m in result.measured if (point := m.point) is not None]
    return plots.plot_arrhenius(transports, points, width_mm=width_mm, by_material=len(results) > 1)


def filed(name: str) -> str:
    """A name as files have it."""
    return re.sub(r"[^\w.-]+", "_", name).strip("_")


def study(config: BarriersToConductivityConfig) -> list[str]:
    """Run the study; return what it found, and where its results are."""
    todo = Study(config)
    results = todo.run()
    todo.write(results)
    todo.outputs.write_report(todo.text(results))
    todo.draw(results)
    return todo.outputs.finished(gist(results))


# Processes that compute bands import this file.
if __name__ == "__main__":
    run_workflow(__file__, BarriersToConductivityConfig, study)
