"""`kmc` and `bench kmc`: kinetic Monte Carlo of one material."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from interfacekit.cli.delivery import Answer, deliver
from interfacekit.cli.hopping import hopping_model
from interfacekit.cli.progress import progress_bar, tracked
from interfacekit.cli.resuming import resumable
from interfacekit.ending import alert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import BenchConfig, KmcConfig
    from interfacekit.transport import Transport


def kmc(options: KmcConfig, *, as_json: bool) -> None:
    """Ionic conductivity, diffusion and Haven ratio of a material, by kinetic Monte Carlo.

    Example: interfacekit kmc LGPS --temperature 250:400:25 --hops 1e8 -o lgps.png
    """
    from interfacekit import transport

    name, model, notes = hopping_model(options)
    run = transport.RunOptions(
        hops=options.hops,
        replicas=options.replicas,
        seed=options.seed,
        kernel=options.chosen_kernel,
        walkers=None if options.walkers == "auto" else options.walkers,
        check=options.check,
    )
    failed: dict[float, str] = {}
    try:
        with progress_bar("preparing (the very first run compiles the kernels)", name) as progress:
            results = transport.simulate_series(
                model,
                options.temperature,
                options=run,
                name=name,
                threads=options.threads,
                checkpoint=options.checkpoint,
                progress=progress,
                notes=notes,
                failed=failed,
            )
    except KeyboardInterrupt:
        raise resumable("--checkpoint", options.checkpoint) from None

    if as_json:  # tables show them as notes
        for warning in dict.fromkeys(warning for result in results for warning in result.warnings):
            alert(f"interfacekit: {warning}")

    failures = [f"{kelvin:g} K: {reason}" for kelvin, reason in failed.items()]
    draw = partial(_arrhenius, results, name, options)
    deliver(Answer(results, draw=draw, failures=failures), options, as_json=as_json)


def _arrhenius(results: Sequence[Transport], name: str, options: KmcConfig) -> Axes:
    """Draw conductivities beside those that were measured of the material."""
    from interfacekit import plots, transport

    # In a field the conductivity is along one axis, which measurements of polycrystals are not.
    catalogue = options.materials.catalogue
    known = options.lattice is None and catalogue.find(name) is not None
    comparable = known and results[0].method != "drift in a field"
    return plots.plot_arrhenius(results, transport.measured_points(name, catalogue) if comparable else None)


def bench_kmc(options: BenchConfig, *, as_json: bool) -> None:
    """Hops per second of one core, for workloads of rising difficulty.

    Example: interfacekit bench kmc --sites 1e4,1e5,1e6
    """
    from interfacekit.transport.bulk import bench

    cases = bench.cases(options.sites)
    timings = [
        bench.kernel_benchmark(workload, cells, options.seconds)
        for workload, cells in tracked(cases, "Measuring, one core")
    ]
    deliver(Answer(timings), options, as_json=as_json)
