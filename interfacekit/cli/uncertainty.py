"""Options and results of commands that say how sure a window or a reaction is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interfacekit.cli.options import option
from interfacekit.cli.running import deliver, tracked
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import ReactConfig, WindowConfig
    from interfacekit.entries import Source
    from interfacekit.results import Result

_PANEL = "How sure the numbers are"

Ensemble = Annotated[
    str | None,
    option(
        "--ensemble",
        metavar="N",
        text="Intervals from N samples of an assumed error model of the energies, such as 1000.",
        panel=_PANEL,
    ),
]
Sigma = Annotated[
    str | None,
    option("--sigma", metavar="EV", text="Size of the errors, eV per atom (0.024).", panel=_PANEL),
]
Seed = Annotated[str | None, option("--seed", metavar="SEED", text="Of the samples (0).", panel=_PANEL)]
LeaveOneOut = Annotated[
    bool | None,
    typer.Option(
        "--leave-one-out",
        help="The single phases that move the numbers: each taken away, or put below the hull by --sigma.",
        show_default=False,
        rich_help_panel=_PANEL,
    ),
]


def deliver_uncertain_windows(options: WindowConfig, source: Source, *, as_json: bool) -> None:
    """Deliver intervals of windows, or the phases that move them."""
    from interfacekit import thermo
    from interfacekit.phases import distinct_phases

    if options.delithiated:
        raise InputError("--delithiated adds a voltage to a plain window; leave it out")
    if options.figure != "bars":
        raise InputError("a staircase shows a plain window; leave the figure out")
    names = [thermo.snapped(name, source) for name in options.phases] if options.snap else options.phases
    members = distinct_phases(names)
    results: list[Result]
    if options.ensemble is None:
        results = [
            thermo.leave_one_out(member, None, source, below_hull_eV_per_atom=options.sigma)
            for member in tracked(members, "Phases")
        ]
    else:
        model = thermo.ErrorModel(options.sigma)
        results = [
            thermo.window_ensemble(member, options.ensemble, model, source, seed=options.seed)
            for member in tracked(members, "Samples")
        ]
    _deliver(results, options, as_json=as_json)


def deliver_uncertain_reactions(options: ReactConfig, source: Source, *, as_json: bool) -> None:
    """Deliver intervals of the reactions of a pair, or the phases that move them."""
    from interfacekit import thermo

    if len(options.phases) != 2:
        raise InputError("intervals and single phases are of a pair; name two phases")
    if options.figure != "energy":
        raise InputError("the figure amounts shows a plain reaction; leave the figure out")
    first, second = options.phases
    voltages: Sequence[float | None] = options.voltage or [None]
    results: list[Result]
    if options.ensemble is None:
        results = [
            thermo.leave_one_out([first, second], voltage, source, below_hull_eV_per_atom=options.sigma)
            for voltage in tracked(voltages, "Phases")
        ]
    else:
        model = thermo.ErrorModel(options.sigma)
        results = [
            thermo.reaction_ensemble(first, second, voltage, options.ensemble, model, source, seed=options.seed)
            for voltage in tracked(voltages, "Samples")
        ]
    _deliver(results, options, as_json=as_json)


def _deliver(results: list[Result], options: WindowConfig | ReactConfig, *, as_json: bool) -> None:
    def draw() -> Axes:
        from interfacekit import plots

        return plots.plot(results)

    deliver(results[0] if len(results) == 1 else results, options, as_json=as_json, draw=draw)
