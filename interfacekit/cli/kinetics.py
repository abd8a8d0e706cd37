"""`kmc` and `bench kmc`: kinetic Monte Carlo of one material."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interfacekit.cli.hopping import hopping_model
from interfacekit.cli.messages import alert
from interfacekit.cli.options import MODEL, RUN, AsJson, ConfigFile, Materials, Output, option
from interfacekit.cli.running import deliver, progress_bar, read, resumable, tracked

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def kmc(
    ctx: typer.Context,
    material: Annotated[
        str | None,
        typer.Argument(
            metavar="MATERIAL",
            help="LCO, LNO or LGPS; a material of --materials; or the name of a model of your own in --config.",
            show_default=False,
        ),
    ] = None,
    temperature: Annotated[
        list[str] | None,
        option("--temperature", metavar="K", text="300, or a range 250:400:25; repeat for several (298.15)."),
    ] = None,
    sample: Annotated[
        str | None,
        option("--sample", metavar="NAME", text="bulk or shell of LGPS: what to calibrate to (bulk).", panel=MODEL),
    ] = None,
    conductivity: Annotated[
        str | None,
        option("--conductivity", metavar="S/CM", text="Calibrate to this, not to the literature's.", panel=MODEL),
    ] = None,
    attempt_frequency: Annotated[
        str | None,
        option(
            "--attempt-frequency",
            metavar="1/S",
            text="Take this, not a calibrated one (of LCO: to calibrate the barrier with).",
            panel=MODEL,
        ),
    ] = None,
    barrier: Annotated[
        str | None, option("--barrier", metavar="EV", text="Of a hop, not the literature's.", panel=MODEL)
    ] = None,
    barrier_table: Annotated[
        str | None,
        option(
            "--barrier-table",
            metavar="FILE",
            text="Run the Li network of a crystal with the barriers of this file, which interfacekit structure "
            "--barriers has written.",
            panel=MODEL,
        ),
    ] = None,
    filling: Annotated[
        str | None, option("--filling", metavar="SHARE", text="Of the Li sites that are occupied.", panel=MODEL)
    ] = None,
    cells: Annotated[
        str | None, option("--cells", metavar="N", text="Of the periodic box: 12, or 24,24,1.", panel=MODEL)
    ] = None,
    materials: Materials = None,
    field: Annotated[
        str | None,
        option(
            "--field",
            metavar="V/NM",
            text="Take the conductivity from the drift in a field: 0.01 (along the axis of fastest hops), or 0.01:z.",
            panel=MODEL,
        ),
    ] = None,
    hops: Annotated[
        str | None,
        option("--hops", metavar="N", text="At each temperature, all replicas together (1e7).", panel=RUN),
    ] = None,
    replicas: Annotated[str | None, option("--replicas", metavar="N", text="Independent runs (8).", panel=RUN)] = None,
    seed: Annotated[
        str | None, option("--seed", metavar="N", text="The same seed gives the same result (0).", panel=RUN)
    ] = None,
    kernel: Annotated[
        str | None,
        option("--kernel", metavar="NAME", text="lattice, rejection or class-lists (the fastest).", panel=RUN),
    ] = None,
    walkers: Annotated[
        str | None,
        option("--walkers", metavar="NAME", text="Draw hops of ions or vacancies (the fewer).", panel=RUN),
    ] = None,
    threads: Annotated[
        str | None, option("--threads", metavar="N", text="Replicas at a time (one on each core).", panel=RUN)
    ] = None,
    checkpoint: Annotated[
        str | None,
        option("--checkpoint", metavar="DIR", text="Keep what was run; the same command goes on.", panel=RUN),
    ] = None,
    check: Annotated[bool | None, typer.Option("--check", hidden=True)] = None,
    output: Output = None,
    config: ConfigFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Ionic conductivity, diffusion and Haven ratio of a material, by kinetic Monte Carlo.

    Example: interfacekit kmc LGPS --temperature 250:400:25 --hops 1e8 -o lgps.png
    """
    from interfacekit.config import KmcConfig

    options = read(KmcConfig, ctx)
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

    def draw() -> Axes:
        from interfacekit import plots

        # In a field the conductivity is along one axis, which measurements of polycrystals are not.
        catalogue = options.materials.catalogue
        known = options.lattice is None and catalogue.find(name) is not None
        comparable = known and results[0].method != "drift in a field"
        return plots.plot_arrhenius(results, transport.measured_points(name, catalogue) if comparable else None)

    failures = [f"{kelvin:g} K: {reason}" for kelvin, reason in failed.items()]
    deliver(results, options, as_json=as_json, draw=draw, failures=failures)


def bench_kmc(
    ctx: typer.Context,
    sites: Annotated[
        str | None, option("--sites", metavar="N[,N...]", text="Sites of the simple cubic boxes (1e4,1e5).")
    ] = None,
    seconds: Annotated[
        str | None, option("--seconds", metavar="S", text="To measure each workload, after its warm-up (1).")
    ] = None,
    output: Output = None,
    config: ConfigFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Hops per second of one core, for workloads of rising difficulty.

    Example: interfacekit bench kmc --sites 1e4,1e5,1e6
    """
    from interfacekit.config import BenchConfig

    options = read(BenchConfig, ctx, figures=False)
    from interfacekit.transport.bulk import bench

    cases = bench.cases(options.sites)
    timings = [
        bench.kernel_benchmark(workload, cells, options.seconds)
        for workload, cells in tracked(cases, "Measuring, one core")
    ]
    deliver(timings, options, as_json=as_json)
