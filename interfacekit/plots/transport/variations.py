"""How much a contact resists when uncertain inputs change: one row for each change, and one for all combinations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from interfacekit.errors import InputError
from interfacekit.plots.labels import KeyEntry, add_key, canvas_for
from interfacekit.plots.style import (
    DOUBLE_COLUMN_MM,
    FAINT_INK,
    INK,
    LINE_COLOURS,
    LITHIUM_REFERENCE,
    STABLE_COLOUR,
    TEXT_PT,
    figure_style,
    formula_label,
    voltage_text,
)
from interfacekit.plots.transport.stacks import add_notes, formulas_label, number_text, thickness_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.plots.labels import Canvas
    from interfacekit.transport.shells.evidence import Measurement
    from interfacekit.transport.shells.variations import VariedShell

_ROW_MM = 4.2
_MARKER_PT, _RUG_HALF = 4.5, 0.38
_AS_IS = "all inputs as they are"
#: Up to here the axis is linear, so that contacts that resist less than their bulk have a place.
_LINEAR_OHM_CM2 = 1.0
_LEAST_OHM_CM2, _MOST_OHM_CM2 = -1.0, 1e3
_MOST_TICKS = 9


class _Look(NamedTuple):
    """How sure the changed number is, as a marker shows it."""

    face: str
    colour: str
    meaning: str


_SEEN = _Look(LINE_COLOURS[0], LINE_COLOURS[0], "seen in its source")
_SECOND_HAND = _Look("white", LINE_COLOURS[0], "second-hand")
_UNSURE = _Look("white", "#A0A0A0", "recalled or assumed")


def plot_variations(
    varied: Sequence[VariedShell],
    voltage_V: float,
    measured: Measurement | None = None,
    ax: Axes | None = None,
    *,
    width_mm: float = DOUBLE_COLUMN_MM,
) -> Axes:
    """Draw what the contacts of one shell resist with every single input changed, and with all combinations of changes.

    A marker stands at the voltage given and a line spans all voltages; how sure the changed input is shows in the
    marker: filled where it was seen in its source, open where it is second-hand, grey where it is recalled or assumed.
    Each tick of the last row is one combination at one voltage. A contact may resist less than the bulk that it
    replaces: the axis is linear about zero and logarithmic beyond 1 Ohm cm2.

    Parameters
    ----------
    varied
        From `varied_shell`, all of one shell, the unchanged one among them.
    voltage_V
        Where the markers stand.
    measured
        Drawn as a band.
    ax
        Axes to draw on; a new figure when None.
    width_mm
        Width of the new figure.

    Returns
    -------
    Axes
        Resistance that the contacts add (Ohm cm2) on x, changes from top to bottom.

    Raises
    ------
    InputError
        If there are several shells, or nothing at that voltage without a change.
    """
    rows = _rows(varied, voltage_V)
    combined = [one for one in varied if len(one.changes) > 1]
    with figure_style():
        canvas = canvas_for(ax, width_mm, aspect=2.0)
        axes = canvas.axes
        for number, row in enumerate(rows):
            _draw_row(axes, number, row)
        if combined:
            place = (len(rows) - _RUG_HALF, len(rows) + _RUG_HALF)
            axes.vlines(
                [one.contacts_ohm_cm2 for one in combined],
                *place,
                color=LINE_COLOURS[1],
                linewidth=0.4,
                alpha=0.5,
                rasterized=True,
            )
        names = [row.name for row in rows]
        if combined:
            names.append(f"{len({one.changes for one in combined})} combinations, all voltages")
        _set_axes(canvas, varied, measured, names)
        unchanged = next(one for one in varied if not one.changes)
        axes.set_title(_title(unchanged, voltage_V), loc="right", pad=3)
        add_notes(canvas, _notes(measured))
        add_key(canvas, _key(rows, measured), above=True)
        canvas.fix_axes_height(_ROW_MM * len(names))
        _write_values(canvas, rows)
    return axes


class _Row(NamedTuple):
    """One change: its values at all voltages, and that at the voltage given."""

    name: str
    look: _Look
    low: float
    high: float
    value: float


def _rows(varied: Sequence[VariedShell], voltage_V: float) -> list[_Row]:
    if len({(one.layers, _nominal_thickness_nm(one)) for one in varied}) > 1:
        raise InputError("a figure of changed inputs is of one shell; draw them one by one")
    single: dict[str, list[VariedShell]] = {}
    for one in varied:
        if len(one.changes) <= 1:
            single.setdefault("".join(one.changes), []).append(one)
    if not any(one.voltage_V == voltage_V for one in single.get("", [])):
        raise InputError(f"nothing at {voltage_V:g} V without a change; compute that too")
    rows = []
    for change, members in single.items():
        here = [one.contacts_ohm_cm2 for one in members if one.voltage_V == voltage_V]
        values = [one.contacts_ohm_cm2 for one in members]
        look = _look(members[0].certainty[0]) if change else _SEEN._replace(face=INK, colour=INK, meaning="")
        if here:
            rows.append(_Row(_label(change), look, min(values), max(values), here[0]))
    return rows


def _nominal_thickness_nm(shell: VariedShell) -> float:
    """The requested thickness, of which another site spacing makes other whole planes."""
    nominal = shell.thickness_nm if shell.requested_thickness_nm is None else shell.requested_thickness_nm
    return round(nominal, 6)


def _look(certainty: str) -> _Look:
    if certainty.startswith("seen-secondary"):
        return _SECOND_HAND
    return _SEEN if certainty.startswith("seen") else _UNSURE


def _label(change: str) -> str:
    text = change.replace(" A", " \N{ANGSTROM SIGN}") if change.endswith(" A") else change
    return text.replace("-", "\N{MINUS SIGN}") if text.endswith("eV") else text or _AS_IS


def _draw_row(axes: Axes, number: int, row: _Row) -> None:
    axes.plot([row.low, row.high], [number, number], color=row.look.colour, linewidth=1.4, zorder=2)
    look = _marker(row.look)
    axes.plot([row.value], [number], zorder=3, **look)


def _marker(look: _Look) -> dict[str, Any]:
    return {
        "marker": "o",
        "markersize": _MARKER_PT,
        "color": look.colour,
        "markerfacecolor": look.face,
        "markeredgewidth": 1.0,
        "linestyle": "none",
    }


def _set_axes(
    canvas: Canvas, varied: Sequence[VariedShell], measured: Measurement | None, names: Sequence[str]
) -> None:
    axes = canvas.axes
    values = [one.contacts_ohm_cm2 for one in varied] + ([measured.high] if measured else [])
    low, high = min(_LEAST_OHM_CM2, 1.5 * min(values)), max(_MOST_OHM_CM2, 10 * max(values))
    axes.set_xscale("symlog", linthresh=_LINEAR_OHM_CM2, linscale=1.0)
    axes.set_xlim(low, high)
    powers = range(len(f"{high:.0f}"))
    every = max(1, -(-len(powers) // (_MOST_TICKS if canvas.width_mm > 120 else _MOST_TICKS // 2)))
    ticks = [-1.0, 0.0, *(10.0**power for power in powers if power % every == 0)]
    axes.xaxis.set_major_locator(FixedLocator([tick for tick in ticks if low <= tick <= high]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number_text(value, 1)))
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#E3E3E3", linewidth=0.5)
    axes.axvline(0, color=INK, linewidth=0.6, zorder=1)
    axes.set_axisbelow(True)
    if measured is not None:
        axes.axvspan(measured.low, measured.high, facecolor=STABLE_COLOUR, linewidth=0, zorder=0.5)
    axes.set_xlabel("Added by the contacts ($\\Omega$ cm$^2$)")


def _title(shell: VariedShell, voltage_V: float) -> str:
    name = formula_label("|".join(shell.layers))
    return f"{name}, {thickness_text(shell.thickness_nm)}, {voltage_text(voltage_V)} vs {LITHIUM_REFERENCE}"


def _key(rows: Sequence[_Row], measured: Measurement | None) -> list[KeyEntry]:
    looks = dict.fromkeys(row.look for row in rows if row.look.meaning)
    entries = [KeyEntry(text=f"changed input {look.meaning}", handle=Line2D([], [], **_marker(look))) for look in looks]
    entries.append(KeyEntry(text="all voltages", handle=Line2D([], [], color=FAINT_INK, linewidth=1.4)))
    if measured is not None:
        band = Patch(facecolor=STABLE_COLOUR)
        entries.append(KeyEntry(text=f"measured ({measured.certainty})", handle=band))
    return entries


def _notes(measured: Measurement | None) -> list[str]:
    notes = ["Added to the resistance of neutral bulk by space charge and the hops across, in the continuum."]
    if measured is not None:
        notes.append(f"Measured: {measured.quantity}, {formulas_label(measured.how)}; {measured.source}.")
    return notes


def _write_values(canvas: Canvas, rows: Sequence[_Row]) -> None:
    """Write each value on the right of its row's line."""
    for number, row in enumerate(rows):
        canvas.axes.annotate(
            number_text(row.value),
            xy=(row.high, number),
            xytext=(5, 0),
            textcoords="offset points",
            ha="left",
            va="center_baseline",
            fontsize=TEXT_PT,
            bbox={"boxstyle": "square,pad=0.1", "facecolor": "white", "alpha": 0.7, "linewidth": 0},
        )
