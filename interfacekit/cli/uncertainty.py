"""Intervals of windows and reactions, and the phases that move them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.cli.delivery import Answer, deliver, each
from interfacekit.cli.progress import tracked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import ReactConfig, WindowConfig
    from interfacekit.entries import Source
    from interfacekit.phases import Phase
    from interfacekit.results import Result


def deliver_uncertain_windows(options: WindowConfig, source: Source, *, as_json: bool) -> None:
    """Deliver intervals of windows, or the phases that move them."""
    from interfacekit import thermo
    from interfacekit.phases import distinct_phases

    names = [thermo.snapped(name, source) for name in options.phases] if options.snap else options.phases
    members = distinct_phases(names)
    model = thermo.ErrorModel(options.sigma)

    def uncertain(member: Phase) -> Result:
        if options.ensemble is None:
            return thermo.leave_one_out(member, None, source, below_hull_eV_per_atom=options.sigma)
        return thermo.window_ensemble(member, options.ensemble, model, source, seed=options.seed)

    results, failures = each(tracked(members, _counted(options)), uncertain, lambda member: member.label)
    _deliver(results, failures, options, as_json=as_json, alone=len(members) == 1)


def deliver_uncertain_reactions(options: ReactConfig, source: Source, *, as_json: bool) -> None:
    """Deliver intervals of the reactions of a pair, or the phases that move them."""
    from interfacekit import thermo

    first, second = options.phases
    voltages: Sequence[float | None] = options.voltage or [None]
    model = thermo.ErrorModel(options.sigma)

    def uncertain(voltage: float | None) -> Result:
        if options.ensemble is None:
            return thermo.leave_one_out([first, second], voltage, source, below_hull_eV_per_atom=options.sigma)
        return thermo.reaction_ensemble(first, second, voltage, options.ensemble, model, source, seed=options.seed)

    results, failures = each(tracked(voltages, _counted(options)), uncertain, at_voltage)
    _deliver(results, failures, options, as_json=as_json, alone=len(voltages) == 1)


def at_voltage(voltage_V: float | None) -> str:
    """Name of a reaction by its voltage, for what is said of its failure."""
    return "closed" if voltage_V is None else f"{voltage_V:g} V"


def _counted(options: WindowConfig | ReactConfig) -> str:
    """Noun for what a progress bar counts."""
    return "Phases" if options.ensemble is None else "Samples"


def _deliver(
    results: list[Result], failures: list[str], options: WindowConfig | ReactConfig, *, as_json: bool, alone: bool
) -> None:
    def draw() -> Axes:
        from interfacekit import plots

        return plots.plot(results)

    deliver(Answer(results[0] if alone else results, draw=draw, failures=failures), options, as_json=as_json)
