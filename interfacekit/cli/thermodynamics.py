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
from interfacekit.cli.running import deliver, each, read, tracked
from interfacekit.cli.uncertainty import (
    Ensemble,
    LeaveOneOut,
    Seed,
    Sigma,
    at_voltage,
    deliver_uncertain_reactions,
    deliver_uncertain_windows,
)

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
    from interfacekit.phases import distinct_phases

    options = read(WindowConfig, ctx)
    members = distinct_phases(options.phases)
    source = energies_of(options)
    if options.is_uncertain:
        deliver_uncertain_windows(options, source, as_json=as_json)
        return
    results, failures = each(
        members, lambda member: thermo.electrochemical_window(member, source, snap=options.snap), lambda m: m.label
    )
    if options.delithiated:
        lithiated = results[0].formula if options.snap else members[0]
        average = thermo.average_voltage(lithiated, options.delithiated, source)
        results = [dataclasses.replace(results[0], delithiation=average)]

    def draw() -> Axes:
        from interfacekit import plots

        return plots.plot_staircase(results[0]) if options.figure == "staircase" else plots.plot_windows(results)

    alone = len(members) == 1
    deliver(results[0] if alone else results, options, as_json=as_json, draw=draw, failures=failures)


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

    def reaction(at: float | None) -> thermo.ContactTriangle | thermo.InterfaceReaction:
        if len(names) == 3:
            return thermo.contact_triangle(names[0], names[1], names[2], at, source)
        return thermo.interface_reaction(names[0], names[1], at, source)

    results, failures = each(tracked(voltages, "Reactions"), reaction, at_voltage)

    def draw() -> Axes:
        from interfacekit import plots

        if options.figure == "amounts" and isinstance(results[0], thermo.InterfaceReaction):
            return plots.plot_phase_amounts(results[0])
        return plots.plot(results)

    alone = len(voltages) == 1
    deliver(results[0] if alone else results, options, as_json=as_json, draw=draw, failures=failures)


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
        result = thermo.phase_map(members[0], members[1], options.voltage, source)
    else:
        pairs = list(combinations(members, 2)) if options.rows != "phases" else []
        subjects: list[Phase | tuple[Phase, Phase]] = [*(members if options.rows != "pairs" else ()), *pairs]
        result = thermo.stability_map(
            subjects, options.voltage, options.baseline, source, progress=partial(tracked, what="Mapping")
        )
    failed = result.not_mapped if isinstance(result, thermo.StabilityMap) else {}
    failures = [f"{subject}: {reason}" for subject, reason in failed.items()]
    deliver(result, options, as_json=as_json, failures=failures)


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
    aliases: Annotated[bool | None, typer.Option("--aliases", help="List the aliases of materials.")] = None,
    as_json: AsJson = False,
) -> None:
    """What energies there are: a summary of the source, or the entries of a chemical system.

    Example: interfacekit entries Li-Nb-O --json
    """
    from interfacekit import report, thermo
    from interfacekit.config import EntriesConfig
    from interfacekit.entries import chemical_system
    from interfacekit.phases import phase

    options = read(EntriesConfig, ctx, figures=False)
    if options.aliases:
        report.aliases(as_json=as_json)
        return
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
