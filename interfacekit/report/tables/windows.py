"""Tables of windows and staircases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.chemistry import mixture_text
from interfacekit.report.tables.common import meV, new_table, volts
from interfacekit.report.tables.rounding import rounding_note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.report.layout import Table
    from interfacekit.thermo import Window


def window_tables(windows: Sequence[Window]) -> list[Table | str]:
    """Table of windows with notes, and the staircase of a single window."""
    parts: list[Table | str] = [_window_table(windows), *_notes(windows)]
    return [*parts, _step_table(windows[0])] if len(windows) == 1 else parts


def _notes(windows: Sequence[Window]) -> list[str]:
    notes = []
    unknown = [w.phase for w in windows if w.energy_above_hull_eV_per_atom is None]
    above = [w.phase for w in windows if w.energy_above_hull_eV_per_atom is not None and not w.is_on_hull]
    for names, why in ((unknown, "no entry in the source"), (above, "above the hull")):
        if names:
            notes.append(f"{', '.join(names)}: {why}; the window is that of the equilibrium products")
    notes += [
        note for w in windows for note in (rounding_note(w, w.phase, w.li_tolerance_per_formula), _snapping(w)) if note
    ]
    for w in windows:
        if w.delithiation is not None:
            d = w.delithiation
            notes.append(f"average voltage {d.lithiated} -> {d.delithiated}: {d.average_voltage_V:.3f} V")
    return notes


def _snapping(w: Window) -> str:
    given = w.provenance["parameters"].get("snapped_from")
    return f"{w.phase}: nearest entry to {given}" if given and given != w.formula else ""


def _window_table(windows: Sequence[Window]) -> Table:
    table = new_table(
        "Electrochemical windows (V vs Li/Li+)",
        "phase",
        "above hull (meV/atom)",
        "reduction (V)",
        "oxidation (V)",
        "reduction products",
        "oxidation products",
    )
    for w in windows:
        table.add_row(
            w.phase,
            meV(w.energy_above_hull_eV_per_atom),
            volts(w.reduction_V),
            volts(w.oxidation_V),
            mixture_text(w.reduction_products) or "-",
            mixture_text(w.oxidation_products) or "-",
        )
    return table


def _step_table(window: Window) -> Table:
    table = new_table(
        f"Li staircase of {window.formula}", "from (V)", "to (V)", "Li taken up (per formula)", "products"
    )
    for step in window.steps:
        table.add_row(
            volts(step.voltage_low_V),
            volts(step.voltage_high_V),
            f"{step.li_per_formula:.3f}",
            mixture_text(step.products),
        )
    return table
