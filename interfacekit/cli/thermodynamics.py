"""Commands that answer from formation energies."""

from __future__ import annotations

import dataclasses
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

from interfacekit.cli.delivery import Answer, deliver, each
from interfacekit.cli.energies import energies_of
from interfacekit.cli.progress import tracked
from interfacekit.cli.uncertainty import at_voltage, deliver_uncertain_reactions, deliver_uncertain_windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import EntriesConfig, MapConfig, ReactConfig, WindowConfig
    from interfacekit.phases import Phase
    from interfacekit.results import Result


def window(options: WindowConfig, *, as_json: bool) -> None:
    """Electrochemical windows and Li staircases.

    Example: interfacekit window LGPS Li3PS4 LNO -o windows.png
    """
    from interfacekit import thermo
    from interfacekit.phases import distinct_phases

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
    deliver(Answer(results[0] if alone else results, draw=draw, failures=failures), options, as_json=as_json)


def react(options: ReactConfig, *, as_json: bool) -> None:
    """Reactions of two phases in contact (three: their triangle), closed or open to Li.

    Example: interfacekit react LCO LGPS --voltage 3.9 -o reaction.png
    """
    from interfacekit import thermo

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
    deliver(Answer(results[0] if alone else results, draw=draw, failures=failures), options, as_json=as_json)


def map_(options: MapConfig, *, as_json: bool) -> None:
    """Stability maps over voltage, exact in their breakpoints.

    Example: interfacekit map LCO LNO LGPS --voltage 0:5 -o map.csv -o map.png
    """
    from interfacekit import thermo
    from interfacekit.phases import distinct_phases

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
    deliver(Answer(result, failures=failures), options, as_json=as_json)


def entries(options: EntriesConfig, *, as_json: bool) -> None:
    """What energies there are: a summary of the source, or the entries of a chemical system.

    Example: interfacekit entries Li-Nb-O --json
    """
    from interfacekit import report, thermo
    from interfacekit.entries import chemical_system
    from interfacekit.phases import phase

    if options.aliases:
        report.aliases(as_json=as_json)
        return
    energies = energies_of(options)
    if not options.names:
        deliver(Answer(thermo.entry_summary(energies)), options, as_json=as_json)
        return
    elements = {
        element
        for name in options.names
        for element in (chemical_system(name) if "-" in name else phase(name).elements)
    }
    deliver(Answer(thermo.entries_above_hull(elements, energies)), options, as_json=as_json)
