"""`crystal`, `network`, `barriers` and `interface`: what follows from crystal structures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.cli.delivery import Answer, deliver
from interfacekit.cli.messages import note
from interfacekit.cli.progress import progress_bar
from interfacekit.cli.resuming import computes_again, resumable
from interfacekit.errors import ComputationError, InputError

if TYPE_CHECKING:
    from interfacekit.config import BarriersConfig, CrystalConfig, InterfaceConfig, NetworkConfig
    from interfacekit.structure import BarrierTable, CoherentInterfaces, Interface, LithiumNetwork


def crystal(options: CrystalConfig, *, as_json: bool) -> None:
    """Read a crystal: cell, space group, bond lengths and Li density; or write it in another format.

    Example: interfacekit crystal LCO -o lco.cif
    """
    from interfacekit.structure import crystal as read_crystal
    from interfacekit.structure.reading.library_warnings import without_warnings

    with without_warnings():
        deliver(Answer(read_crystal(options.crystal)), options, as_json=as_json)


def network(options: NetworkConfig, *, as_json: bool) -> None:
    """Li sites of a crystal, its hops and how they percolate.

    Example: interfacekit network LGPS -o lgps.png
    """
    from interfacekit.structure.reading.library_warnings import without_warnings

    with without_warnings():
        deliver(Answer(_network(options)), options, as_json=as_json)


def barriers(options: BarriersConfig, *, as_json: bool) -> None:
    """Migration barriers in the Li network of a crystal, by nudged elastic bands or published.

    An option takes several words: --mechanism vacancy divacancy.

    Example: interfacekit barriers LCO --calculator chgnet --store kept -o lco.json

    Example: interfacekit barriers LNO -o lno.json
    --published "LiNbO3 crystalline:Li tracer activation energy"
    """
    from interfacekit.structure.reading.library_warnings import without_warnings

    with without_warnings():
        table = _barriers(options)
        without = sum(row.status != "done" for row in table.rows)
        failures = [f"{without} of {len(table.rows)} hops have no barrier; {computes_again(options.store)} them again"]
        deliver(Answer(table, failures=failures if without else ()), options, as_json=as_json)


def interface(options: InterfaceConfig, *, as_json: bool) -> None:
    """Coherent interfaces of two crystals, and the work of adhesion of one.

    The film takes all of the strain. An option takes several words, such as
    --miller 1,1,0 1,0,0.

    Example: interfacekit interface LCO LNO --max-area 200 -o lco_lno.cif
    """
    from interfacekit.structure.reading.library_warnings import without_warnings

    with without_warnings():
        _deliver_interfaces(options, as_json=as_json)


def _network(options: NetworkConfig) -> LithiumNetwork:
    from interfacekit.structure import lithium_network

    return lithium_network(options.crystal, cutoff_A=options.cutoff, vacant=options.vacant, mobile=options.mobile)


def _barriers(options: BarriersConfig) -> BarrierTable:
    from interfacekit import sweep
    from interfacekit.structure import BandOptions, migration_barriers
    from interfacekit.structure.barriers.published import published_table

    if options.published is not None:
        return published_table(_network(options), [hop.of_literature for hop in options.published])
    try:
        with (
            sweep.executor(options.scheduler, options.workers) as executor,
            progress_bar("preparing", "relaxing ends and bands") as progress,
        ):
            return migration_barriers(
                options.crystal,
                options.calculator,
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


def _deliver_interfaces(options: InterfaceConfig, *, as_json: bool) -> None:
    """Search; build the interface of a rank where it is written, drawn or torn apart; and deliver what was found."""
    found = _matches(options)
    if not options.is_built:
        deliver(Answer(found), options, as_json=as_json)
        return
    lower, upper = options.terminations
    try:
        built = found.build(options.rank, substrate_termination=lower, film_termination=upper)
    except (InputError, ComputationError) as error:  # a rank or a face that only the search shows not to be there
        _deliver_table(found, options, error, as_json=as_json)
        return
    if options.termination is not None:
        note(f"built {built.name}")
    if options.adhesion is None:
        deliver(Answer(found, atoms=built), options, as_json=as_json)
        return
    from interfacekit.structure import work_of_adhesion

    try:
        with progress_bar("preparing", "energies of the interface and its slabs") as progress:
            work = work_of_adhesion(built, options.adhesion, relax=options.relax, progress=progress)
    except (InputError, ComputationError) as error:
        _deliver_table(found, options, error, as_json=as_json, atoms=built)
        return
    deliver(Answer(work, atoms=built), options, as_json=as_json)


def _matches(options: InterfaceConfig) -> CoherentInterfaces:
    """Planes of both crystals that match."""
    from interfacekit.structure import coherent_interfaces

    if options.adhesion is not None:
        from interfacekit.structure.calculators import calculator_spec

        calculator_spec(options.adhesion)  # tells a slip before the search
    planes = options.miller_planes
    substrate, film = options.crystals
    with progress_bar("preparing", "matching planes") as progress:
        return coherent_interfaces(
            substrate,
            film,
            max_area_A2=options.max_area,
            max_strain=options.max_strain,
            max_miller=options.max_miller,
            substrate_miller=planes and planes[0],
            film_miller=planes and planes[1],
            film_stiffness_GPa=options.film_stiffness_GPa,
            progress=progress,
        )


def _deliver_table(
    found: CoherentInterfaces,
    options: InterfaceConfig,
    error: Exception,
    *,
    as_json: bool,
    atoms: Interface | None = None,
) -> None:
    """Deliver the table of a search where what was to be made of it failed: its files, or those of the atoms."""
    from interfacekit.export.suffixes import DATA_SUFFIXES

    kept = [path for path in options.output if (path.suffix.lower() in DATA_SUFFIXES) == (atoms is None)]
    lost = [f"{path} was not written: {error}" for path in options.output if path not in kept] or [str(error)]
    rest = options.model_copy(update={"output": kept})
    deliver(Answer(found, atoms=atoms, failures=lost), rest, as_json=as_json)
