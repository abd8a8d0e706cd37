"""Conductivity of LiCoO2, LiNbO3 and Li10GeP2S12 over temperature by kinetic Monte Carlo, beside measured points.

Run `python workflows/bulk_transport.py [config.yaml]`; the configuration beside this script is the default. Results go
to the folder that it names, each file as soon as it is finished; temperatures that are finished are kept there too, and
not run again when the workflow was interrupted.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from interfacekit import plots, report
from interfacekit.config import BulkTransportConfig
from interfacekit.transport import RunOptions, bulk_model, measured_points, simulate_series
from interfacekit.workflow import Outputs, run_workflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.transport import MeasuredPoint, Transport

PROGRESS = Console(stderr=True)


class Study:
    """Runs what a configuration asks for, and writes tables and figures."""

    def __init__(self, config: BulkTransportConfig) -> None:
        self.config = config
        # A slip in any run is told before the first begins.
        self.models = [bulk_model(run.material, sample=run.sample, cells=run.cells) for run in config.runs]
        self.outputs = Outputs(config.results, config.figure_formats)

    def run(self) -> list[tuple[Transport, ...]]:
        """Every material at its temperatures."""
        series = []
        for run, bulk in zip(self.config.runs, self.models, strict=True):
            name = f"{bulk.material}_{bulk.sample}"
            with Progress(console=PROGRESS, transient=True) as progress:
                task = progress.add_task(name, total=1.0)
                results = simulate_series(
                    bulk.model,
                    run.temperature,
                    options=RunOptions(
                        hops=run.hops or self.config.hops,
                        replicas=self.config.replicas,
                        seed=self.config.seed,
                    ),
                    name=bulk.material,
                    notes=bulk.notes(),
                    checkpoint=self.config.results / "checkpoints" / name,
                    progress=lambda share, bar=progress, task=task: bar.update(task, completed=share),
                )
            self.outputs.save(name, results)
            report.show(results)
            series.append(results)
        return series

    def draw(self, series: Sequence[Sequence[Transport]]) -> None:
        """All materials and the measured points in one Arrhenius plot, and each material in one of its own."""
        measured = {bulk.material: measured_points(bulk.material) for bulk in self.models}
        everything = list(chain.from_iterable(series))
        self._draw("arrhenius", everything, list(chain.from_iterable(measured.values())), plots.DOUBLE_COLUMN_MM)
        for material, points in measured.items():
            of_material = [result for result in everything if result.material == material]
            self._draw(f"arrhenius_{material}", of_material, points, plots.SINGLE_COLUMN_MM)

    def _draw(
        self, name: str, results: Sequence[Transport], measured: Sequence[MeasuredPoint], width_mm: float
    ) -> None:
        self.outputs.draw(name, plots.plot_arrhenius, results, measured, width_mm=width_mm)


def study(config: BulkTransportConfig) -> list[str]:
    """Run the study; return where its results are."""
    todo = Study(config)
    todo.draw(todo.run())
    return todo.outputs.finished()


if __name__ == "__main__":
    run_workflow(__file__, BulkTransportConfig, study)
