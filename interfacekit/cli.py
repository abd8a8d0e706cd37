"""The command line. Nothing heavy is imported before a command runs.

Data go to stdout, progress to stderr; exit status 0, 1 (a computation failed) or 2 (bad input, told in one line).
"""

from __future__ import annotations

import dataclasses
import sys
from contextlib import contextmanager
from functools import partial
from importlib import metadata
from itertools import combinations
from pathlib import Path  # typer reads the annotations at run time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfacekit.errors import ComputationError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import Config, EnergiesConfig, KmcConfig, RunConfig
    from interfacekit.entries import EntryTable, Source
    from interfacekit.phases import Phase
    from interfacekit.results import Result
    from interfacekit.transport import HoppingModel

app = typer.Typer(
    name="interfacekit",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Thermodynamic stability and Li transport of interfaces in solid-state batteries.",
    epilog="Formation energies come from an embedded Materials Project snapshot (2019, PBE, legacy corrections) unless "
    "--entries says otherwise, hopping models from the literature or from you. Voltages are against Li/Li+.",
)
benchmarks = typer.Typer(no_args_is_help=True, help="How fast the kernels are on this machine.")
app.add_typer(benchmarks, name="bench")


#: Panels of the help.
_MODEL, _RUN = "The model", "The run"
_INTERRUPTED = "interrupted; no file was left half-written"


def _print_version(asked: bool) -> None:  # noqa: FBT001  # typer calls it so
    if asked:
        typer.echo(f"interfacekit {metadata.version('interfacekit')}")
        raise typer.Exit


@app.callback()
def _main(
    *,
    version: Annotated[  # acts before any command
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Thermodynamic stability and Li transport of interfaces in solid-state batteries."""


def _option(*names: str, metavar: str, text: str, panel: str | None = None) -> Any:
    return typer.Option(*names, metavar=metavar, help=text, show_default=False, rich_help_panel=panel)


Phases = Annotated[
    list[str] | None,
    typer.Argument(metavar="PHASE...", help="Aliases (LGPS) or formulas (Li0.5CoO2).", show_default=False),
]
Entries = Annotated[
    list[str] | None,
    _option(
        "--entries",
        metavar="SOURCE",
        text="mp2019 (the default), mp (live Materials Project), or a .json, .json.gz or .csv file; repeat to join.",
    ),
]
ThermoType = Annotated[
    str | None,
    _option("--thermo-type", metavar="TYPE", text="Of a file that does not say its own, such as GGA_GGA+U_legacy."),
]
Output = Annotated[
    list[str] | None,
    _option("--output", "-o", metavar="FILE", text=".csv, .json, .png, .svg or .pdf; repeat for several."),
]
ConfigFile = Annotated[
    Path | None,
    _option("--config", metavar="YAML", text="Read the options from a file; what is given here wins."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document (a list for several results) instead of a table.")
]


@app.command()
def window(
    ctx: typer.Context,
    phases: Phases = None,
    delithiated: Annotated[
        str | None,
        _option("--delithiated", metavar="FORMULA", text="Add the average voltage to this state of the one phase."),
    ] = None,
    figure: Annotated[
        str | None, _option("--figure", metavar="bars|staircase", text="What a figure shows (bars).")
    ] = None,
    entries: Entries = None,
    thermo_type: ThermoType = None,
    output: Output = None,
    config: ConfigFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Electrochemical windows and Li staircases.

    Example: interfacekit window LGPS Li3PS4 LNO -o windows.png
    """
    from interfacekit import thermo
    from interfacekit.config import WindowConfig

    options = _read(WindowConfig, ctx)
    alone = len(options.phases) == 1
    if options.delithiated and not alone:
        raise InputError("--delithiated goes with one phase; name that phase alone")
    if options.figure == "staircase" and not alone:
        raise InputError("a staircase shows one phase; name that phase alone, or choose the figure bars")
    source = _energies(options)
    results = thermo.electrochemical_windows(options.phases, source)
    if options.delithiated:
        average = thermo.average_voltage(options.phases[0], options.delithiated, source)
        results = (dataclasses.replace(results[0], delithiation=average),)

    def draw() -> Axes:
        from interfacekit import plots

        return plots.plot_staircase(results[0]) if options.figure == "staircase" else plots.plot_windows(results)

    _deliver(results[0] if alone else results, options, as_json=as_json, draw=draw)


@app.command()
def react(
    ctx: typer.Context,
    phases: Phases = None,
    voltage: Annotated[
        list[str] | None,
        _option("--voltage", metavar="V", text="Open to Li: 3.9, or a range 2.0:4.5:0.1; repeat for several."),
    ] = None,
    figure: Annotated[
        str | None, _option("--figure", metavar="energy|amounts", text="What a figure shows (energy).")
    ] = None,
    entries: Entries = None,
    thermo_type: ThermoType = None,
    output: Output = None,
    config: ConfigFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Reactions of two phases in contact (three: their triangle), closed or open to Li.

    Example: interfacekit react LCO LGPS --voltage 3.9 -o reaction.png
    """
    from interfacekit import thermo
    from interfacekit.config import ReactConfig

    options = _read(ReactConfig, ctx)
    source = _energies(options)
    voltages: Sequence[float | None] = options.voltage or [None]
    names = options.phases
    if options.figure == "amounts" and (len(voltages) > 1 or len(names) > 2):
        raise InputError("the figure amounts shows one pair, closed or at one voltage; give one voltage")
    steps = _progress(voltages, "Reactions")
    results: list[thermo.ContactTriangle] | list[thermo.InterfaceReaction]
    if len(names) == 3:
        results = [thermo.contact_triangle(names[0], names[1], names[2], at, source) for at in steps]
    else:
        results = [thermo.interface_reaction(names[0], names[1], at, source) for at in steps]

    def draw() -> Axes:
        from interfacekit import plots

        if options.figure == "amounts" and isinstance(results[0], thermo.InterfaceReaction):
            return plots.plot_phase_amounts(results[0])
        return plots.plot(results)

    _deliver(results[0] if len(results) == 1 else results, options, as_json=as_json, draw=draw)


@app.command("map")
def map_(
    ctx: typer.Context,
    phases: Phases = None,
    voltage: Annotated[str | None, _option("--voltage", metavar="LOW:HIGH", text="Voltage range (0:5).")] = None,
    rows: Annotated[
        str | None, _option("--rows", metavar="phases|pairs|both", text="The phases, their pairs, or both (both).")
    ] = None,
    baseline: Annotated[
        str | None,
        _option("--baseline", metavar="mutual|total", text="Against hull energies or the phases' own (mutual)."),
    ] = None,
    fields: Annotated[
        bool | None, typer.Option("--fields", help="The phase fields of one pair: voltage x mixing ratio -> products.")
    ] = None,
    entries: Entries = None,
    thermo_type: ThermoType = None,
    output: Output = None,
    config: ConfigFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Stability maps over voltage, exact in their breakpoints.

    Example: interfacekit map LCO LNO LGPS --voltage 0:5 -o map.csv -o map.png
    """
    from interfacekit import thermo
    from interfacekit.config import MapConfig
    from interfacekit.phases import distinct_phases

    options = _read(MapConfig, ctx)
    members = distinct_phases(options.phases)
    source = _energies(options)
    result: Result
    if options.fields:
        if len(members) != 2:
            raise InputError(f"--fields maps one pair; name two phases, not {len(members)}")
        result = thermo.phase_map(members[0], members[1], options.voltage, source)
    else:
        pairs = list(combinations(members, 2)) if options.rows != "phases" else []
        if options.rows == "pairs" and not pairs:
            raise InputError("pairs need two phases; name one more, or choose --rows phases")
        subjects: list[Phase | tuple[Phase, Phase]] = [*(members if options.rows != "pairs" else ()), *pairs]
        result = thermo.stability_map(
            subjects, options.voltage, options.baseline, source, progress=partial(_progress, what="Mapping")
        )
    _deliver(result, options, as_json=as_json)


@app.command()
def entries(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SYSTEM|PHASE...]", help="A chemical system (Li-Co-O), or phases.", show_default=False),
    ] = None,
    entries: Entries = None,
    thermo_type: ThermoType = None,
    output: Output = None,
    config: ConfigFile = None,
    *,
    aliases: Annotated[bool, typer.Option("--aliases", help="List the aliases of materials.")] = False,
    as_json: AsJson = False,
) -> None:
    """What energies there are: a summary of the source, or the entries of a chemical system.

    Example: interfacekit entries Li-Nb-O --json
    """
    from interfacekit import report, thermo
    from interfacekit.config import EntriesConfig
    from interfacekit.entries import chemical_system
    from interfacekit.phases import phase

    if aliases:
        report.aliases(as_json=as_json)
        return
    options = _read(EntriesConfig, ctx, figures=False)
    energies = _energies(options)
    if not options.names:
        _deliver(thermo.entry_summary(energies), options, as_json=as_json)
        return
    elements = {
        element
        for name in options.names
        for element in (chemical_system(name) if "-" in name else phase(name).elements)
    }
    _deliver(thermo.entries_above_hull(elements, energies), options, as_json=as_json)


@app.command()
def kmc(
    ctx: typer.Context,
    material: Annotated[
        str | None,
        typer.Argument(
            metavar="MATERIAL",
            help="LCO, LNO or LGPS; or the name of a model of your own, which --config holds.",
            show_default=False,
        ),
    ] = None,
    temperature: Annotated[
        list[str] | None,
        _option("--temperature", metavar="K", text="300, or a range 250:400:25; repeat for several (298.15)."),
    ] = None,
    sample: Annotated[
        str | None,
        _option("--sample", metavar="NAME", text="bulk or shell of LGPS: what to calibrate to (bulk).", panel=_MODEL),
    ] = None,
    conductivity: Annotated[
        str | None,
        _option("--conductivity", metavar="S/CM", text="Calibrate to this, not to the literature's.", panel=_MODEL),
    ] = None,
    attempt_frequency: Annotated[
        str | None,
        _option("--attempt-frequency", metavar="1/S", text="Take this, and calibrate nothing.", panel=_MODEL),
    ] = None,
    barrier: Annotated[
        str | None, _option("--barrier", metavar="EV", text="Of a hop, not the literature's.", panel=_MODEL)
    ] = None,
    filling: Annotated[
        str | None, _option("--filling", metavar="SHARE", text="Of the Li sites that are occupied.", panel=_MODEL)
    ] = None,
    cells: Annotated[
        str | None, _option("--cells", metavar="N", text="Of the periodic box: 12, or 24,24,1.", panel=_MODEL)
    ] = None,
    field: Annotated[
        str | None,
        _option(
            "--field",
            metavar="V/NM",
            text="Take the conductivity from the drift in a field: 0.01 (along the axis of fastest hops), or 0.01:z.",
            panel=_MODEL,
        ),
    ] = None,
    hops: Annotated[
        str | None,
        _option("--hops", metavar="N", text="At each temperature, all replicas together (1e7).", panel=_RUN),
    ] = None,
    replicas: Annotated[
        int | None, _option("--replicas", metavar="N", text="Independent runs (8).", panel=_RUN)
    ] = None,
    seed: Annotated[
        int | None, _option("--seed", metavar="N", text="The same seed gives the same result (0).", panel=_RUN)
    ] = None,
    kernel: Annotated[
        str | None,
        _option("--kernel", metavar="NAME", text="lattice, rejection or class-lists (the fastest).", panel=_RUN),
    ] = None,
    walkers: Annotated[
        str | None,
        _option("--walkers", metavar="NAME", text="Draw hops of ions or vacancies (the fewer).", panel=_RUN),
    ] = None,
    threads: Annotated[
        int | None, _option("--threads", metavar="N", text="Replicas at a time (one on each core).", panel=_RUN)
    ] = None,
    checkpoint: Annotated[
        Path | None,
        _option("--checkpoint", metavar="DIR", text="Keep what was run; the same command goes on.", panel=_RUN),
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

    options = _read(KmcConfig, ctx)
    from interfacekit import transport

    name, model, notes = _hopping_model(options)
    run = transport.RunOptions(
        hops=options.hops,
        replicas=options.replicas,
        seed=options.seed,
        kernel=options.chosen_kernel,
        walkers=None if options.walkers == "auto" else options.walkers,
        check=options.check,
    )
    try:
        with _progress_bar("preparing (the very first run compiles the kernels)", name) as progress:
            results = transport.simulate_series(
                model,
                options.temperature,
                options=run,
                name=name,
                threads=options.threads,
                checkpoint=options.checkpoint,
                progress=progress,
                notes=notes,
            )
    except KeyboardInterrupt:
        raise _Interrupted(
            "interrupted; with --checkpoint DIR a run can go on where it stopped"
            if options.checkpoint is None
            else f"interrupted; the same command goes on from what is in {options.checkpoint}"
        ) from None

    def draw() -> Axes:
        from interfacekit import plots

        # In a field the conductivity is along one axis, which measurements of polycrystals are not.
        comparable = options.lattice is None and results[0].method != "drift in a field"
        return plots.plot_arrhenius(results, transport.measured_points(name) if comparable else None)

    _deliver(results, options, as_json=as_json, draw=draw)


@benchmarks.command("kmc")
def bench_kmc(
    ctx: typer.Context,
    sites: Annotated[
        str | None, _option("--sites", metavar="N[,N...]", text="Sites of the simple cubic boxes (1e4,1e5).")
    ] = None,
    seconds: Annotated[
        str | None, _option("--seconds", metavar="S", text="To measure each workload, after its warm-up (1).")
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

    options = _read(BenchConfig, ctx, figures=False)
    from interfacekit.transport import bench

    cases = bench.cases(options.sites)
    timings = [
        bench.kernel_benchmark(workload, cells, options.seconds)
        for workload, cells in _progress(cases, "Measuring, one core")
    ]
    _deliver(timings, options, as_json=as_json)


def _hopping_model(options: KmcConfig) -> tuple[str, HoppingModel, dict[str, Any]]:
    """Name, model and notes for the provenance: of a known material, or of the user's own model."""
    from interfacekit import transport
    from interfacekit.transport.drive import in_field

    notes: dict[str, Any]
    if options.lattice is None:
        known = transport.bulk_model(
            options.material,
            sample=options.sample,
            cells=options.cells,
            filling=options.filling,
            barrier_eV=options.barrier,
            attempt_frequency_Hz=options.attempt_frequency,
            conductivity_S_cm=options.conductivity,
        )
        name, model, notes = known.material, known.model, known.notes()
    else:
        name, model, notes = options.material, _own_model(options), {"own_model": options.own_model}
    if options.field is not None and options.field.field_V_nm:
        model = in_field(model, options.field.field_V_nm, options.field.axis, options.temperature[0])
    return name, model, notes


def _own_model(options: KmcConfig) -> HoppingModel:
    from interfacekit import transport

    sites = transport.regular_lattice(
        options.lattice or "",
        options.cells or 0,
        options.hop_distance_A or 0.0,
        layer_distance_A=options.layer_distance_A,
    )
    barriers: Any = options.barriers_eV
    if options.neighbour_barriers_eV is not None:
        barriers = transport.NeighbourBarriers(options.neighbour_barriers_eV)
    if options.environment_barriers_eV is not None:
        barriers = transport.EnvironmentBarriers(options.environment_barriers_eV)
    return transport.HoppingModel(
        sites,
        options.filling or 0.0,
        barriers,
        attempt_frequencies_Hz=options.attempt_frequencies_Hz,
        pair_energies_eV=options.pair_energies_eV,
    )


def _read(model: type[Config], ctx: typer.Context, *, figures: bool = True) -> Config:
    """Join the configuration file and the command line, and make sure that outputs can be written before any work."""
    from interfacekit.config import read_config
    from interfacekit.export import DATA_SUFFIXES, FIGURE_SUFFIXES, check_outputs

    given = {
        key: value for key, value in ctx.params.items() if key in model.model_fields and value not in (None, (), [])
    }
    options = read_config(model, ctx.params["config"], given)
    check_outputs(options.output, DATA_SUFFIXES + (FIGURE_SUFFIXES if figures else ()))
    return options


def _energies(options: EnergiesConfig) -> Source:
    """Read the user's files now, so that a bad one is told before any work; other sources wait for their elements."""
    from interfacekit.entries import is_file, load_entries

    if options.thermo_type and set(options.entries) == {"mp2019"}:
        load_entries("mp2019", "Li", thermo_type=options.thermo_type)  # refuses one that the snapshot does not have
    read: list[EntryTable | str] = []
    for source in options.entries:
        if is_file(source):
            table = load_entries(source, thermo_type=options.thermo_type)
            read.append(table)
            if "mp2019" in options.entries:
                _tell_superseded(table)
        else:
            read.append(f"mp:{options.thermo_type}" if source == "mp" and options.thermo_type else source)
    return read if len(read) > 1 else read[0]


def _tell_superseded(table: EntryTable) -> None:
    """Say on stderr which of the user's energies the snapshot has lower ones for: a hull takes the lowest."""
    from interfacekit.entries import load_entries

    snapshot = load_entries("mp2019")
    if table.thermo_type != snapshot.thermo_type:
        return  # such tables are not joined
    known = dict(zip(snapshot.formulas, snapshot.formation_energies_eV_per_atom, strict=True))
    mine = zip(table.formulas, table.formation_energies_eV_per_atom, strict=True)
    lower = [formula for formula, energy in mine if energy > known.get(formula, energy)]
    if lower:
        named = ", ".join(lower[:5]) + (" ..." if len(lower) > 5 else "")
        typer.echo(f"{table.source}: mp2019 has lower energies, which are used, for {len(lower)}: {named}", err=True)


def _deliver(
    results: Result | Sequence[Result], options: RunConfig, *, as_json: bool, draw: Callable[[], Axes] | None = None
) -> None:
    from interfacekit.export import save, to_json

    for path in options.output:
        save(results, path, draw)
        typer.echo(f"wrote {path}", err=True)
    if as_json:
        typer.echo(to_json(results))
    else:
        from interfacekit import report

        report.show(results)


def _progress(items: Sequence[Any], what: str) -> Iterable[Any]:
    """Show progress on stderr, and nothing of it where that is not a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(items, description=what, console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def _progress_bar(before: str, during: str) -> Iterator[Callable[[float], None]]:
    """A bar on stderr that is told the share done, and nothing of it where that is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(before, total=None)

        def advance(share: float) -> None:
            bar.update(task, completed=share, total=1.0, description=during)

        yield advance


class _Interrupted(Exception):  # noqa: N818  # no error: the user asked for it
    """Ctrl-C, with what to say about it."""


def main() -> None:
    """Run the command line, and turn every failure into one line and an exit status."""
    # typer has its own copy of click since 0.24: this is the base of its usage errors in either.
    usage_error: Any = typer.BadParameter.__mro__[2]
    try:
        status = app(standalone_mode=False)
    except InputError as error:
        _fail(str(error), 2)
    except usage_error as error:
        _fail(error.format_message(), 2)
    except ComputationError as error:
        _fail(str(error), 1)
    except _Interrupted as interrupted:
        _fail(str(interrupted), 130)
    except (KeyboardInterrupt, typer.Abort):
        _fail(_INTERRUPTED, 130)
    except MemoryError as error:
        _fail(f"there is not enough memory for this; take less at a time ({error})", 1)
    except BrokenPipeError:
        # The reader of a pipe (head, less) had enough; python would complain when it flushes stdout at exit.
        sys.stdout = None
        sys.exit(141)
    if status == 130:  # typer has taken the interrupt
        _fail(_INTERRUPTED, 130)
    sys.exit(status or 0)


def _fail(message: str, status: int) -> None:
    if message:  # a command without arguments has shown its help
        typer.echo(f"interfacekit: {' '.join(message.split())}", err=True)
    sys.exit(status)
