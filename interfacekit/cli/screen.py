"""`screen`: which coatings withstand a range of voltages, and react least with a cathode and an electrolyte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from interfacekit.cli.energies import energies_of
from interfacekit.cli.messages import alert
from interfacekit.cli.options import RUN, AsJson, ConfigFile, Entries, Materials, ThermoType, option
from interfacekit.cli.running import Interrupted, deliver, progress_bar, read
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import ScreenConfig
    from interfacekit.phases import Phase
    from interfacekit.thermo import Gates, Screening

#: Panels of the help.
WHICH, RANKING = "Which candidates", "The ranking"


#: A list of candidates up to this long is labelled as a whole.
_MOST_NAMED = 12


def screen(
    ctx: typer.Context,
    cathode: Annotated[str | None, option("--cathode", metavar="NAME", text="Lithiated, such as LCO.")] = None,
    electrolyte: Annotated[str | None, option("--electrolyte", metavar="NAME", text="Such as LGPS.")] = None,
    voltage: Annotated[
        str | None, option("--voltage", metavar="LOW:HIGH", text="Range of voltages (2.5:4.3); it is exact, no grid.")
    ] = None,
    candidates: Annotated[
        list[str] | None,
        option(
            "--candidates",
            metavar="NAME...",
            text="These only (all compounds with Li among the energies).",
            panel=WHICH,
        ),
    ] = None,
    contains: Annotated[
        list[str] | None, option("--contains", metavar="ELEMENT...", text="That every one has.", panel=WHICH)
    ] = None,
    exclude: Annotated[
        list[str] | None,
        option("--exclude", metavar="ELEMENT...", text="That none has: Tl Hg Pb Cd As Be Tc.", panel=WHICH),
    ] = None,
    max_elements: Annotated[
        str | None, option("--max-elements", metavar="N", text="At most, Li included.", panel=WHICH)
    ] = None,
    snap: Annotated[
        bool | None,
        typer.Option(
            "--snap",
            help="Take the entries that are nearest in composition to the --candidates, as for rounded formulas.",
            show_default=False,
            rich_help_panel=WHICH,
        ),
    ] = None,
    gate: Annotated[
        list[str] | None,
        option(
            "--gate",
            metavar="GATE=VALUE|none...",
            text="A threshold: energy_above_hull_eV_per_atom (0.025), decomposition_eV_per_atom, "
            "cathode_closed_eV_per_atom, electrolyte_closed_eV_per_atom (0.1 each), cathode_open_eV_per_atom, "
            "electrolyte_open_eV_per_atom, reduction_V, oxidation_V, lithium_fraction (none).",
            panel=RANKING,
        ),
    ] = None,
    objectives: Annotated[
        list[str] | None,
        option(
            "--objectives",
            metavar="NAME...",
            text="What Pareto fronts are of, among cathode, electrolyte, decomposition (these three), oxidation and "
            "reduction.",
            panel=RANKING,
        ),
    ] = None,
    top: Annotated[
        str | None,
        option("--top", metavar="N", text="Candidates in the table and in --json (50); files hold all.", panel=RUN),
    ] = None,
    figure: Annotated[
        str | None,
        option("--figure", metavar="worst|closed", text="Which reactions a figure shows (worst).", panel=RUN),
    ] = None,
    highlight: Annotated[
        list[str] | None,
        option(
            "--highlight",
            metavar="NAME...",
            text="Candidates that a figure always labels, as those of a short list.",
            panel=RUN,
        ),
    ] = None,
    materials: Materials = None,
    store: Annotated[
        str | None,
        option("--store", metavar="DIR", text="Keep what is finished there; the same command goes on.", panel=RUN),
    ] = None,
    entries: Entries = None,
    thermo_type: ThermoType = None,
    output: Annotated[
        list[str] | None,
        option("--output", "-o", metavar="FILE", text=".csv, .json, .png, .svg or .pdf; repeat for several."),
    ] = None,
    config: ConfigFile = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Rank coatings between a cathode and an electrolyte.

    By their stability, windows and worst reactions with both over the range of
    voltages: those that pass all gates first, in Pareto fronts. Nothing that
    fails a gate is left out. An option takes several words: --exclude Tl Hg Pb.

    Example: interfacekit screen --cathode LCO --electrolyte LGPS
    --voltage 2.5:4.3 --exclude Tl Hg Pb Cd As Be Tc -o coatings.csv -o map.png
    """
    from interfacekit.config import ScreenConfig
    from interfacekit.config.screening import parse_gates
    from interfacekit.thermo import Gates

    options = read(ScreenConfig, ctx)
    gates = Gates(**(options.gates | parse_gates(gate or ())))
    result = _screened(options, gates)
    labelled = _to_label(result, _described(options.highlight, options))

    def draw() -> Axes:
        from interfacekit import plots

        named = [candidate.formula for candidate in result.candidates] if options.candidates else []
        all_shown = named if len(named) <= _MOST_NAMED else []
        return plots.plot_screening_map(result, options.figure, highlight=[*labelled, *all_shown])

    failures = [f"{name} was not judged: {reason}" for name, reason in result.not_judged.items()]
    try:
        deliver(result, options, as_json=as_json, draw=draw, printed=result.top(options.top), failures=failures)
    except typer.Exit:
        if result.complete:
            raise
    if not result.complete:
        shares = f"{result.n_screened} of {result.n_candidates} candidates were screened and are marked as partial"
        raise Interrupted(f"interrupted: {shares}; {_how_to_go_on(options)}")


def _screened(options: ScreenConfig, gates: Gates) -> Screening:
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
                gates=gates,
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
        raise Interrupted(f"interrupted before any candidate was screened; {_how_to_go_on(options)}")
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


def _how_to_go_on(options: ScreenConfig) -> str:
    if options.store is None:
        return "with --store DIR a screening can go on where it stopped"
    return f"the same command goes on from what is in {options.store}"
