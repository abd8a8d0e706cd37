"""Sensitivity of a window or a reaction to single phases, one row per phase, the largest shift first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D

from interfacekit.errors import InputError
from interfacekit.plots.labels import KeyEntry, add_key, canvas_for
from interfacekit.plots.style import (
    DOUBLE_COLUMN_MM,
    INK,
    LINE_COLOURS,
    UNITS,
    condition_text,
    figure_style,
    formula_label,
    product_label,
)
from interfacekit.presentation import takes_one

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from interfacekit.thermo import LeaveOneOut, Shift

_ROW_MM, _MARKER_PT = 4.6, 4.5
_MOST_ROWS = 14


@takes_one
def plot_leave_one_out(result: LeaveOneOut, ax: Axes | None = None, *, width_mm: float = DOUBLE_COLUMN_MM) -> Axes:
    """Draw the shifts of a window or a reaction by single phases.

    Filled markers: the phase is removed. Open markers: a phase above the hull is stabilised below the hull of the
    others.

    Parameters
    ----------
    result
        Result of `leave_one_out`.
    ax
        Axes to draw on; a new figure if None (default).
    width_mm
        Width of the new figure, mm; default 175 (two columns).

    Returns
    -------
    Axes
        Shift (V, or meV per atom or per non-Li atom) on x, up to 14 phases from top to bottom.

    Raises
    ------
    InputError
        If no phase has an effect.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import plots
    >>> axes = plots.plot_leave_one_out(ik.leave_one_out("LGPS"))
    >>> axes.get_xlabel()
    'Shift (V)'
    """
    if not result.shifts:
        raise InputError(f"result must have one or more shifts, got none for {'|'.join(result.phases)}")
    rows = list(dict.fromkeys((s.phase, s.change) for s in result.shifts))
    left_out = len(rows) - _MOST_ROWS
    rows = rows[:_MOST_ROWS]
    colours = dict(zip(result.values, LINE_COLOURS, strict=False))
    is_window = len(result.phases) == 1
    with figure_style():
        canvas = canvas_for(ax, width_mm, aspect=0.6)
        axes = canvas.axes
        axes.axvline(0, color=INK, linewidth=0.6, zorder=1)
        for s in result.shifts:
            if (s.phase, s.change) in rows:
                _draw(axes, rows.index((s.phase, s.change)), s, colours[s.quantity], 1.0 if is_window else 1e3)
        axes.set_yticks(range(len(rows)), [product_label(phase) for phase, _ in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color="#E3E3E3", linewidth=0.5)
        axes.set_axisbelow(True)
        axes.margins(x=0.06)
        basis = next(iter(result.values)).partition("_")[2]
        axes.set_xlabel(f"Shift ({'V' if is_window else UNITS[basis]})")
        subject = formula_label("|".join(result.phases))
        title = subject if is_window else f"{subject}, {condition_text(result.voltage_V)}"
        axes.set_title(title, loc="right", pad=3)
        add_key(canvas, _key(result, colours, left_out))
        canvas.fix_axes_height(_ROW_MM * len(rows))
    return axes


def _draw(axes: Axes, row: int, shift: Shift, colour: str, scale: float) -> None:
    end = scale * shift.shift
    y = row + (0.12 if shift.quantity.startswith(("oxidation", "total")) else -0.12)
    axes.plot([0, end], [y, y], color=colour, linewidth=1.0, zorder=2)
    axes.plot([end], [y], zorder=3, **_marker(shift.change, colour))


def _marker(change: str, colour: str) -> dict[str, Any]:
    return {
        "marker": "o",
        "markersize": _MARKER_PT,
        "color": colour,
        "markerfacecolor": colour if change == "removed" else "white",
        "markeredgewidth": 1.0,
        "linestyle": "none",
    }


def _key(result: LeaveOneOut, colours: dict[str, str], left_out: int) -> list[KeyEntry]:
    entries = [
        KeyEntry(text=name.partition("_")[0], handle=Line2D([], [], color=colour, linewidth=1.5))
        for name, colour in colours.items()
    ]
    entries.append(KeyEntry(text="phase removed", handle=Line2D([], [], **_marker("removed", INK))))
    if result.below_hull_eV_per_atom is not None:
        text = f"phase stabilised to {1000 * result.below_hull_eV_per_atom:g} meV/atom below the hull"
        entries.append(KeyEntry(text=text, handle=Line2D([], [], **_marker("stabilised", INK))))
    if left_out > 0:
        text = f"{left_out} phases with smaller shifts not shown"
        entries.append(KeyEntry(text=text, handle=Line2D([], [], linestyle="none")))
    return entries
