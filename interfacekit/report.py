"""Results as tables for a terminal."""

from __future__ import annotations

import json
import sys
from functools import singledispatch
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from interfacekit.comparison import Comparison
from interfacekit.materials import materials
from interfacekit.results import written
from interfacekit.thermo import (
    ChemicalSystem,
    ContactTriangle,
    EntrySummary,
    InterfaceReaction,
    MapRow,
    PhaseMap,
    StabilityMap,
    Window,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.results import Result

#: Columns to assume where stdout is a file or a pipe: no wrapping there.
_PIPE_WIDTH = 200
#: Least columns for a list of products, so that it wraps between phases and not within them.
_TEXT_WIDTH = 16


def show(results: Result | Sequence[Result]) -> None:
    """Print a result, or several of a kind, to stdout."""
    several = results if isinstance(results, list | tuple) else (results,)
    windows = [result for result in several if isinstance(result, Window)]
    reactions = [result for result in several if isinstance(result, InterfaceReaction)]
    if windows:
        _print(_window_table(windows))
        if len(windows) == 1:
            _print(_step_table(windows[0]))
    elif len(reactions) > 1:
        _print(_voltage_table(reactions))
    else:
        for result in several:
            _print(*_tables(result))


def closed_reactions(reactions: Sequence[InterfaceReaction]) -> None:
    """Print the worst closed reaction of several pairs, one row each."""
    table = _table(
        "Closed reactions",
        "interface",
        "mutual (meV/atom)",
        "total (meV/atom)",
        "x",
        "products of the worst mutual reaction",
    )
    for r in reactions:
        table.add_row(
            "|".join(r.phases),
            _meV(r.mutual.eV_per_atom),
            _meV(r.total.eV_per_atom),
            f"{r.mutual.x:.3f}",
            written(r.mutual.products) if r.mutual.eV_per_atom else "no reaction",
        )
    _print(table)


def aliases(*, as_json: bool) -> None:
    """Print the aliases of materials, as a table or as JSON."""
    if as_json:
        records = [
            {"alias": m.alias, "other_aliases": m.other_aliases, "formula": m.formula, "name": m.name, "role": m.role}
            for m in materials()
        ]
        sys.stdout.write(json.dumps(records, indent=2) + "\n")
        return
    table = _table("Aliases", "alias", "formula", "name", "role")
    for m in materials():
        table.add_row(", ".join((m.alias, *m.other_aliases)), m.formula, m.name, m.role)
    _print(table)


def _print(*tables: Table | str) -> None:
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    for table in tables:
        console.print(table)


def _table(title: str, *columns: str) -> Table:
    """Make a table whose columns of numbers (those with a unit in their header, or x) are right-aligned."""
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        number = "(" in column or column == "x"
        table.add_column(
            column.replace(" (", "\n("),
            justify="right" if number else "left",
            min_width=_TEXT_WIDTH if column.startswith(("products", "coexisting")) else None,
        )
    return table


def _volts(voltage: float | None) -> str:
    return "-" if voltage is None else f"{voltage:.3f}"


def _meV(energy_eV: float | None) -> str:
    return "-" if energy_eV is None else f"{round(1000 * energy_eV, 1) + 0.0:.1f}"


def _window_table(windows: Sequence[Window]) -> Table:
    table = _table(
        "Electrochemical windows (V vs Li/Li+)",
        "phase",
        "above hull (meV/atom)",
        "reduction (V)",
        "oxidation (V)",
        "products below",
        "products above",
    )
    for w in windows:
        table.add_row(
            w.phase,
            _meV(w.energy_above_hull_eV_per_atom),
            _volts(w.reduction_V),
            _volts(w.oxidation_V),
            written(w.reduction_products) or "-",
            written(w.oxidation_products) or "-",
        )
    for w in windows:
        if w.delithiation is not None:
            d = w.delithiation
            table.caption = f"average voltage {d.lithiated} -> {d.delithiated}: {d.average_voltage_V:.3f} V"
    return table


def _step_table(window: Window) -> Table:
    table = _table(f"Li staircase of {window.formula}", "from (V)", "to (V)", "Li taken up (per formula)", "products")
    for step in window.steps:
        table.add_row(
            _volts(step.voltage_low_V),
            _volts(step.voltage_high_V),
            f"{step.li_per_formula:.3f}",
            written(step.products),
        )
    return table


def _voltage_table(reactions: Sequence[InterfaceReaction]) -> Table:
    table = _table(
        f"{'|'.join(reactions[0].phases)} open to Li",
        "voltage (V)",
        "mutual (meV/non-Li atom)",
        "mutual (meV/atom)",
        "x",
        "total (meV/non-Li atom)",
        "total (meV/atom)",
        "products of the worst mutual reaction",
    )
    for r in reactions:
        table.add_row(
            _volts(r.voltage_V),
            _meV(r.mutual.eV_per_non_Li_atom),
            _meV(r.mutual.eV_per_atom),
            f"{r.mutual.x:.3f}",
            _meV(r.total.eV_per_non_Li_atom),
            _meV(r.total.eV_per_atom),
            written(r.mutual.products) if r.mutual.eV_per_atom else "no reaction",
        )
    return table


@singledispatch
def _tables(result: Result) -> list[Table | str]:
    raise TypeError(f"no table for {type(result).__name__}")


@_tables.register
def _(result: InterfaceReaction) -> list[Table | str]:
    state = "closed" if result.voltage_V is None else f"open to Li at {result.voltage_V:g} V"
    summary = _table(
        f"{'|'.join(result.phases)}, {state}",
        "worst reaction",
        "energy (meV/atom)",
        "energy (meV/non-Li atom)",
        "x",
        "products",
    )
    for name, minimum in (("mutual", result.mutual), ("total", result.total)):
        summary.add_row(
            name,
            _meV(minimum.eV_per_atom),
            _meV(minimum.eV_per_non_Li_atom),
            f"{minimum.x:.3f}",
            written(minimum.products) if minimum.eV_per_atom else "no reaction",
        )
    for label, own in zip(result.phases, result.own_energy, strict=True):
        if not own:
            summary.caption = f"{label} has no energy of its own in the source: its hull energy stands for it in total"
    kinks = _table(
        f"Kinks (x: fraction of atoms from {result.phases[0]})",
        "x",
        "mutual (meV/atom)",
        "total (meV/atom)",
        "Li taken up (per formula)",
        "products",
    )
    for kink in result.kinks:
        kinks.add_row(
            f"{kink.x:.3f}",
            _meV(kink.mutual_eV_per_atom),
            _meV(kink.total_eV_per_atom),
            f"{kink.li_per_formula:.3f}",
            written(kink.products),
        )
    return [summary, kinks]


@_tables.register
def _(result: StabilityMap) -> list[Table | str]:
    table = _table(
        f"Stability from {result.voltage_low_V:g} to {result.voltage_high_V:g} V ({result.baseline} baseline)",
        "subject",
        "nothing gained (V)",
        "worst (meV/non-Li atom)",
        "at (V)",
        "breakpoints",
        "products at the worst",
    )
    for row in result.rows:
        worst = min(row.segments, key=lambda s: min(s.energy_low_eV_per_non_Li_atom, s.energy_high_eV_per_non_Li_atom))
        at_low = worst.energy_low_eV_per_non_Li_atom <= worst.energy_high_eV_per_non_Li_atom
        energy = worst.energy_low_eV_per_non_Li_atom if at_low else worst.energy_high_eV_per_non_Li_atom
        table.add_row(
            row.subject,
            _stable_ranges(row),
            _meV(energy),
            _volts(worst.voltage_low_V if at_low else worst.voltage_high_V) if energy else "-",
            str(len(row.segments) - 1),
            written(worst.products) if energy else "-",
        )
    return [table]


def _stable_ranges(row: MapRow) -> str:
    """Voltages at which nothing is gained, as ranges."""
    ranges: list[list[float]] = []
    for s in row.segments:
        if s.energy_low_eV_per_non_Li_atom or s.energy_high_eV_per_non_Li_atom:
            continue
        if ranges and ranges[-1][1] == s.voltage_low_V:
            ranges[-1][1] = s.voltage_high_V
        else:
            ranges.append([s.voltage_low_V, s.voltage_high_V])
    return ", ".join(f"{low:.3f}-{high:.3f}" for low, high in ranges) or "nowhere"


@_tables.register
def _(result: PhaseMap) -> list[Table | str]:
    table = _table(
        f"Phase fields of {'|'.join(result.phases)} (x: fraction of atoms from {result.phases[0]})",
        "from (V)",
        "to (V)",
        "x from (-)",
        "x to (-)",
        "products",
    )
    for f in result.fields:
        table.add_row(
            _volts(f.voltage_low_V),
            _volts(f.voltage_high_V),
            f"{f.x_low:.3f}",
            f"{f.x_high:.3f}",
            " + ".join(f.products),
        )
    return [table]


@_tables.register
def _(result: ContactTriangle) -> list[Table | str]:
    state = "closed" if result.voltage_V is None else f"open to Li at {result.voltage_V:g} V"
    unit = "meV/atom" if result.voltage_V is None else "meV/non-Li atom"
    table = _table(
        f"{'-'.join(result.phases)}, {state}: phase fields", f"worst corner ({unit})", "at", "coexisting phases"
    )
    for field in sorted(result.fields, key=lambda f: min(f.energies)):
        energy, corner = min(zip(field.energies, field.corners, strict=True))
        at = ", ".join(f"{part:.3f} {label}" for part, label in zip(corner, result.phases, strict=True) if part > 0)
        table.add_row(_meV(energy), at, " + ".join(field.products))
    lines = ", ".join(
        " - ".join("+".join(label for part, label in zip(end, result.phases, strict=True) if part > 0) for end in line)
        for line in result.stable_tie_lines
    )
    return [table, f"stable tie lines: {lines or 'none'}"]


@_tables.register
def _(result: Comparison) -> list[Table | str]:
    table = _table(
        "Predicted products and observed species",
        "measurement",
        "observed",
        "interface",
        "looked for",
        "predicted",
        "where",
        "verdict",
    )
    last = None
    for v in result.verdicts:
        about = (f"{v.system}: {v.measurement}", v.observed, v.interface)
        # What repeats the row above is left blank, so that the eye finds where a claim begins.
        shown = about if last is None or about[0] != last[0] else ("", "", about[2] if about != last else "")
        table.add_row(*shown, v.species, v.predicted, v.where, v.verdict)
        last = about
    return [table]


@_tables.register
def _(result: ChemicalSystem) -> list[Table | str]:
    table = _table(
        f"{'-'.join(result.elements)} ({result.thermo_type})", "formula", "formation (eV/atom)", "above hull (meV/atom)"
    )
    for entry in result.entries:
        table.add_row(
            entry.formula, f"{entry.formation_energy_eV_per_atom:.5f}", _meV(entry.energy_above_hull_eV_per_atom)
        )
    return [table]


@_tables.register
def _(result: EntrySummary) -> list[Table | str]:
    return [
        f"{result.source}: {result.n_entries} compositions of {len(result.elements)} elements",
        f"thermo type {result.thermo_type}, sha256 {result.sha256}",
        " ".join(result.elements),
    ]
