"""`structure`: a crystal, its Li network and migration barriers; or the coherent interfaces of two crystals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interfacekit.cli.messages import note
from interfacekit.cli.options import RUN, AsJson, ConfigFile, TrustConfig, option
from interfacekit.cli.running import deliver, progress_bar, read, resumable
from interfacekit.errors import ComputationError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from interfacekit.config import StructureConfig
    from interfacekit.results import Result
    from interfacekit.structure import BarrierTable, CoherentInterfaces, Interface, LithiumNetwork

#: Panels of the help.
_NETWORK, _BARRIERS, _INTERFACE = "The Li network (--network)", "Barriers (--barriers)", "Interfaces (--interface)"


def structure(
    ctx: typer.Context,
    crystals: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CRYSTAL...",
            help="LCO, LNO or LGPS, a file (.cif, POSCAR, .extxyz), or an id of the Materials Project, mp-22526.",
            show_default=False,
        ),
    ] = None,
    network: Annotated[
        bool | None, typer.Option("--network", help="Li sites, hops and how they percolate.", rich_help_panel=_NETWORK)
    ] = None,
    vacant: Annotated[
        bool | None,
        typer.Option("--vacant", help="Vacant sites too, such as tetrahedral ones.", rich_help_panel=_NETWORK),
    ] = None,
    cutoff: Annotated[
        str | None, option("--cutoff", metavar="A", text="Longest hop (found by itself).", panel=_NETWORK)
    ] = None,
    mobile: Annotated[str | None, option("--mobile", metavar="ELEMENT", text="What hops (Li).", panel=_NETWORK)] = None,
    barriers: Annotated[
        str | None,
        option(
            "--barriers",
            metavar="CALCULATOR",
            text="Nudged elastic bands with chgnet (extra mlip), emt, lj, or module:function, which makes a calculator "
            "of ASE.",
            panel=_BARRIERS,
        ),
    ] = None,
    hops: Annotated[
        list[str] | None,
        option("--hops", metavar="NAME", text="Of --network; repeat for several (all).", panel=_BARRIERS),
    ] = None,
    mechanism: Annotated[
        list[str] | None,
        option(
            "--mechanism",
            metavar="NAME",
            text="vacancy, divacancy, 'Frenkel pair' or interstitial; repeat for several (vacancy where all sites are "
            "occupied).",
            panel=_BARRIERS,
        ),
    ] = None,
    supercell: Annotated[
        str | None,
        option("--supercell", metavar="A,B,C", text="Copies of the cell (ions 8 A from theirs).", panel=_BARRIERS),
    ] = None,
    images: Annotated[
        str | None, option("--images", metavar="N", text="Between the ends of a band (5).", panel=_BARRIERS)
    ] = None,
    fmax: Annotated[
        str | None, option("--fmax", metavar="EV/A", text="Largest force left (0.05).", panel=_BARRIERS)
    ] = None,
    max_steps: Annotated[
        str | None,
        option("--max-steps", metavar="N", text="Of the optimiser, for each end and band (500).", panel=_BARRIERS),
    ] = None,
    interface: Annotated[
        bool | None,
        typer.Option("--interface", help="Coherent interfaces of two crystals.", rich_help_panel=_INTERFACE),
    ] = None,
    max_area: Annotated[
        str | None, option("--max-area", metavar="A2", text="Of the common cell (200).", panel=_INTERFACE)
    ] = None,
    max_strain: Annotated[
        str | None, option("--max-strain", metavar="SHARE", text="Largest principal strain (0.05).", panel=_INTERFACE)
    ] = None,
    max_miller: Annotated[
        str | None, option("--max-miller", metavar="N", text="Largest Miller index searched (1).", panel=_INTERFACE)
    ] = None,
    miller: Annotated[
        list[str] | None,
        option(
            "--miller",
            metavar="H,K,L",
            text="One plane for each crystal: --miller 1,0,4 --miller 0,0,1.",
            panel=_INTERFACE,
        ),
    ] = None,
    stiffness: Annotated[
        str | None,
        option(
            "--stiffness",
            metavar="E,NU",
            text="Rank by strain energy: Young's modulus (GPa) and Poisson's ratio of the film, or a calculator.",
            panel=_INTERFACE,
        ),
    ] = None,
    rank: Annotated[
        str | None,
        option("--rank", metavar="N", text="Which of the table is written and drawn (1).", panel=_INTERFACE),
    ] = None,
    termination: Annotated[
        list[str] | None,
        option(
            "--termination",
            metavar="FACE",
            text="A face for each crystal, by number, label or best: --termination O/Co --termination best.",
            panel=_INTERFACE,
        ),
    ] = None,
    adhesion: Annotated[
        str | None,
        option(
            "--adhesion", metavar="CALCULATOR", text="Work of adhesion of that one, by chgnet, ...", panel=_INTERFACE
        ),
    ] = None,
    relax: Annotated[
        bool | None,
        typer.Option("--relax", help="Of relaxed interface and slabs, not as built.", rich_help_panel=_INTERFACE),
    ] = None,
    store: Annotated[
        str | None,
        option("--store", metavar="DIR", text="Keep what is finished; the same command goes on.", panel=RUN),
    ] = None,
    scheduler: Annotated[
        str | None,
        option(
            "--scheduler",
            metavar="NAME",
            text="serial, processes, or tcp://host:port of a dask scheduler; a hop takes one core (serial).",
            panel=RUN,
        ),
    ] = None,
    workers: Annotated[
        str | None, option("--workers", metavar="N", text="Processes (one on each core).", panel=RUN)
    ] = None,
    output: Annotated[
        list[str] | None,
        option(
            "--output",
            "-o",
            metavar="FILE",
            text=".cif, .vasp (POSCAR) or .extxyz of atoms; .csv or .json of tables; .png, .svg or .pdf; repeat for "
            "several.",
        ),
    ] = None,
    config: ConfigFile = None,
    *,
    trust_config: TrustConfig = False,
    as_json: AsJson = False,
) -> None:
    """Crystals, their Li networks and migration barriers, and coherent interfaces.

    Example: interfacekit structure LGPS --network -o lgps.png

    Example: interfacekit structure LCO --barriers chgnet --store kept -o lco.json

    Example: interfacekit structure LCO LNO --interface --max-area 200 -o lco_lno.cif
    """
    from interfacekit.config import StructureConfig
    from interfacekit.structure.reading.library_warnings import without_warnings

    options = read(StructureConfig, ctx, structures=True)
    make: dict[str, Callable[[StructureConfig], Result]]
    make = {"crystal": _crystal, "network": _network, "barriers": _barriers}
    with without_warnings():
        if options.interface:
            _deliver_interfaces(options, as_json=as_json)
            return
        found = make[options.what](options)
        deliver(found, options, as_json=as_json, failures=_without_barriers(found, options))


def _crystal(options: StructureConfig) -> Result:
    from interfacekit.structure import crystal

    return crystal(options.crystals[0])


def _network(options: StructureConfig) -> LithiumNetwork:
    from interfacekit.structure import lithium_network

    return lithium_network(options.crystals[0], cutoff_A=options.cutoff, vacant=options.vacant, mobile=options.mobile)


def _barriers(options: StructureConfig) -> BarrierTable:
    from interfacekit import sweep
    from interfacekit.structure import BandOptions, migration_barriers

    try:
        with (
            sweep.executor(options.scheduler, options.workers) as executor,
            progress_bar("preparing", "relaxing ends and bands") as progress,
        ):
            return migration_barriers(
                options.crystals[0],
                options.barriers,
                network=_network(options),
                hops=options.hops,
                mechanism=options.mechanism,
                supercell_shape=options.supercell_shape,
                options=BandOptions(images=options.images, fmax_eV_A=options.fmax, max_steps=options.max_steps),
                executor=executor,
                store=options.store,
                progress=progress,
            )
    except KeyboardInterrupt:
        raise resumable("--store", options.store, "the same command") from None


def _without_barriers(found: Result, options: StructureConfig) -> list[str]:
    """A line on hops of a table that have no barrier, if there are any."""
    from interfacekit.structure import BarrierTable

    without = [row for row in found.rows if row.status != "done"] if isinstance(found, BarrierTable) else []
    if not without or not isinstance(found, BarrierTable):
        return []
    again = "the same command computes" if options.store else "with --store DIR the same command would compute only"
    return [f"{len(without)} of {len(found.rows)} hops have no barrier; {again} them again"]


def _deliver_interfaces(options: StructureConfig, *, as_json: bool) -> None:
    """Search; build the interface of a rank where it is written, drawn or torn apart; and deliver what was found."""
    from interfacekit.structure import coherent_interfaces

    if options.adhesion is not None:
        from interfacekit.structure import work_of_adhesion
        from interfacekit.structure.calculators import calculator_spec

        calculator_spec(options.adhesion)  # tells a slip before the search
    planes = options.miller_planes
    with progress_bar("preparing", "matching planes") as progress:
        found = coherent_interfaces(
            *options.crystals,
            max_area_A2=options.max_area,
            max_strain=options.max_strain,
            max_miller=options.max_miller,
            substrate_miller=planes and planes[0],
            film_miller=planes and planes[1],
            film_stiffness_GPa=options.film_stiffness_GPa,
            progress=progress,
        )
    if not options.is_built:
        deliver(found, options, as_json=as_json)
        return
    lower, upper = options.terminations
    try:
        interface = found.build(options.rank, substrate_termination=lower, film_termination=upper)
    except (InputError, ComputationError) as error:  # a rank or a face that only the search shows not to be there
        _deliver_table(found, options, error, as_json=as_json)
        return
    if options.termination is not None:
        note(f"built {interface.name}")
    if options.adhesion is None:
        deliver(found, options, as_json=as_json, atoms=interface)
        return
    try:
        with progress_bar("preparing", "energies of the interface and its slabs") as progress:
            work = work_of_adhesion(interface, options.adhesion, relax=options.relax, progress=progress)
    except (InputError, ComputationError) as error:
        _deliver_table(found, options, error, as_json=as_json, atoms=interface)
        return
    deliver(work, options, as_json=as_json, atoms=interface)


def _deliver_table(
    found: CoherentInterfaces,
    options: StructureConfig,
    error: Exception,
    *,
    as_json: bool,
    atoms: Interface | None = None,
) -> None:
    """Deliver the table of a search where what was to be made of it failed: its files, or those of the atoms."""
    from interfacekit.export.files import DATA_SUFFIXES

    kept = [path for path in options.output if (path.suffix.lower() in DATA_SUFFIXES) == (atoms is None)]
    lost = [f"{path} was not written: {error}" for path in options.output if path not in kept] or [str(error)]
    rest = options.model_copy(update={"output": kept})
    deliver(found, rest, as_json=as_json, atoms=atoms, failures=lost)
