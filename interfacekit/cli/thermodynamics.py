"""Commands that answer from formation energies."""

from __future__ import annotations

import dataclasses
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Annotated

import typer

from interfacekit.cli.energies import energies_of
from interfacekit.cli.options import (
    AsJson,
    ConfigFile,
    Entries,
    Output,
    Phases,
    Snap,
    ThermoType,
    option,
)
from interfacekit.cli.running import deliver, read, tracked
from interfacekit.cli.uncertainty import (
    Ensemble,
    LeaveOneOut,
    Seed,
    Sigma,
    deliver_uncertain_reactions,
    deliver_uncertain_windows,
)
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.phases import Phase
    from interfacekit.results import Result


def window(
    ctx: typer.Context,
    phases: Phases = None,
    delithiated: Annotated[
        str | None,
        option("--delithiated", metavar="FORMULA", text="Add the average voltage to this state of the one phase."),
    ] = None,
    figure: Annotated[
        str | None, option("--figure", metavar="bars|staircase", text="What a figure shows (bars).")
    ] = None,
    snap: Snap = None,
    ensemble: Ensemble = None,
    sigma: Sigma = None,
    seed: Seed = None,
    leave_one_out: LeaveOneOut = None,
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

    options = read(WindowConfig, ctx)
    alone = len(options.phases) == 1
    if options.delithiated and not alone:
        raise InputError("--delithiated goes with one phase; name that phase alone")
    if options.figure == "staircase" and not alone:
        raise InputError("a staircase shows one phase; name that phase alone, or choose the figure bars")
    source = energies_of(options)
    if options.is_uncertain:
        deliver_uncertain_windows(options, source, as_json=as_json)
        return
    results = thermo.electrochemical_windows(options.phases, source, snap=options.snap)
    if options.delithiated:
        lithiated = results[0].formula if options.snap else options.phases[0]
        average = thermo.average_voltage(lithiated, options.delithiated, source)
        results = (dataclasses.replace(results[0], delithiation=average),)

    def draw() -> Axes:
        from interfacekit import plots

        return plots.plot_staircase(results[0]) if options.figure == "staircase" else plots.plot_windows(results)

    deliver(results[0] if alone else results, options, as_json=as_json, draw=draw)


def react(
    ctx: typer.Context,
    phases: Phases = None,
    voltage: Annotated[
        list[str] | None,
        option("--voltage", metavar="V", text="Open to Li: 3.9, or a range 2.0:4.5:0.1; repeat for several."),
    ] = None,
    figure: Annotated[
        str | None, option("--figure", metavar="energy|amounts", text="What a figure shows (energy).")
    ] = None,
    ensemble: Ensemble = None,
    sigma: Sigma = None,
    seed: Seed = None,
    leave_one_out: LeaveOneOut = None,
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

    options = read(ReactConfig, ctx)
    source = energies_of(options)
    if options.is_uncertain:
        deliver_uncertain_reactions(options, source, as_json=as_json)
        return
    voltages: Sequence[float | None] = options.voltage or [None]
    names = options.phases
    if options.figure == "amounts" and (len(voltages) > 1 or len(names) > 2):
        raise InputError("the figure amounts shows one pair, closed or at one voltage; give one voltage")
    steps = tracked(voltages, "Reactions")
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

    deliver(results[0] if len(results) == 1 else results, options, as_json=as_json, draw=draw)


def map_(
    ctx: typer.Context,
    phases: Phases = None,
    voltage: Annotated[str | None, option("--voltage", metavar="LOW:HIGH", text="Voltage range (0:5).")] = None,
    rows: Annotated[
        str | None, option("--rows", metavar="phases|pairs|both", text="The phases, their pairs, or both (both).")
    ] = None,
    baseline: Annotated[
        str | None,
        option("--baseline", metavar="mutual|total", text="Against hull energies or the phases' own (mutual)."),
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

    options = read(MapConfig, ctx)
    members = distinct_phases(options.phases)
    source = energies_of(options)
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
            subjects, options.voltage, options.baseline, source, progress=partial(tracked, what="Mapping")
        )
    deliver(result, options, as_json=as_json)


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
    options = read(EntriesConfig, ctx, figures=False)
    energies = energies_of(options)
    if not options.names:
        deliver(thermo.entry_summary(energies), options, as_json=as_json)
        return
    elements = {
        element
        for name in options.names
        for element in (chemical_system(name) if "-" in name else phase(name).elements)
    }
    deliver(thermo.entries_above_hull(elements, energies), options, as_json=as_json)
