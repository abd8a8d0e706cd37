"""`screen`: which coatings withstand a range of voltages, and react least with a cathode and an electrolyte."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import typer

from interfacekit.cli.delivery import Answer, deliver
from interfacekit.cli.energies import energies_of
from interfacekit.cli.progress import progress_bar
from interfacekit.cli.resuming import how_to_resume
from interfacekit.ending import Interrupted, alert
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import ScreenConfig
    from interfacekit.phases import Phase
    from interfacekit.thermo import Screening

#: A list of candidates up to this long is labelled as a whole.
_MOST_NAMED = 12


def screen(options: ScreenConfig, *, as_json: bool) -> None:
    """Rank coatings between a cathode and an electrolyte.

    By their stability, windows and worst reactions with both over the range of
    voltages: those that pass all gates first, in Pareto fronts. Nothing that
    fails a gate is left out. An option takes several words: --exclude Tl Hg Pb.

    Example: interfacekit screen --cathode LCO --electrolyte LGPS
    --voltage 2.5:4.3 --exclude Tl Hg Pb Cd As Be Tc -o coatings.csv -o map.png
    """
    result = _screened(options)
    answer = Answer(
        result,
        draw=partial(_draw, result, _to_label(result, options.highlight), options),
        printed=result.top(options.top),
        failures=[f"{name} was not judged: {reason}" for name, reason in result.not_judged.items()],
    )
    try:
        deliver(answer, options, as_json=as_json)
    except typer.Exit:
        if result.complete:
            raise
    if not result.complete:
        shares = f"{result.n_screened} of {result.n_candidates} candidates were screened and are marked as partial"
        raise Interrupted(f"interrupted: {shares}; {how_to_resume('--store', options.store, 'a screening')}")


def _draw(result: Screening, labelled: Sequence[str], options: ScreenConfig) -> Axes:
    from interfacekit import plots

    named = [candidate.formula for candidate in result.candidates] if options.candidates else []
    all_shown = named if len(named) <= _MOST_NAMED else []
    return plots.plot_screening_map(result, options.figure, highlight=[*labelled, *all_shown])


def _screened(options: ScreenConfig) -> Screening:
    """The screening, or what was finished of it when the user interrupts.

    Raises
    ------
    Interrupted
        If nothing was.
    """
    from interfacekit import thermo

    source = energies_of(options)
    cathode, electrolyte = _described([options.cathode, options.electrolyte], options)
    found = None
    try:
        with progress_bar("preparing", "screening") as progress:
            found = thermo.screen(
                cathode,
                electrolyte,
                _described(options.candidates, options) or None,
                options.voltage,
                source,
                contains=options.contains,
                exclude=options.exclude,
                max_elements=options.max_elements,
                snap=options.snap,
                gates=thermo.Gates(**options.gates),
                objectives=options.objectives,
                required=_described(options.highlight, options),
                store=options.store,
                progress=progress,
                preparing=progress.prepare,
                keep_finished=True,
            )
    except KeyboardInterrupt:
        pass  # before the first candidate
    if found is None or not found.n_screened:
        again = how_to_resume("--store", options.store, "a screening")
        raise Interrupted(f"interrupted before any candidate was screened; {again}")
    return found


def _described(names: Sequence[str], options: ScreenConfig) -> list[str | Phase]:
    """Names as they are, and phases of the materials that the user describes."""
    catalogue = options.materials.catalogue
    return [catalogue.phase(name) if catalogue.alias(name) in catalogue.names else name for name in names]


def _to_label(result: Screening, names: Sequence[str | Phase]) -> list[str]:
    """Formulas of candidates to label in figures; a warning on each that was not screened, as after an interrupt."""
    screened = []
    for name in names:
        try:
            screened.append(result.candidate(name).formula)
        except InputError:
            label = name if isinstance(name, str) else name.label
            alert(f"interfacekit: warning: {label} was not screened, so that no figure labels it")
    return screened
