"""Electrochemical windows as bars, one phase per row, in the form of Zhu, He and Mo (doi:10.1021/acsami.5b07517)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

from interfacekit.errors import InputError
from interfacekit.plots.labels import LINE_PT, Canvas, KeyEntry, add_key, canvas_for, text_size, wrapped_products
from interfacekit.plots.style import (
    DOUBLE_COLUMN_MM,
    INK,
    TEXT_BACKGROUND,
    TEXT_PT,
    VOLTAGE_LABEL,
    figure_style,
    formula_label,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.thermo import Window

Align = Literal["left", "right"]

BAR_COLOUR, _HATCH = "#A6CEE8", "////"
_OFF_HULL = "above the hull: window of its equilibrium products"
_USUAL_END_V = 5.0
_GAP_PT, _ROW_PADDING_PT = 2.5, 4.0
_MOST_LINES = 3
_INWARD: dict[Align, Align] = {"left": "right", "right": "left"}


class _Side(NamedTuple):
    """Products beyond one end of a bar: voltage, alignment of text outside the bar, and free pixels."""

    products: tuple[str, ...]
    voltage_V: float
    outward: Align
    room: float


class _Label(NamedTuple):
    """Lines of text beside one end of a bar, and their width in pixels."""

    lines: list[str]
    align: Align
    width: float


def plot_windows(
    windows: Sequence[Window],
    ax: Axes | None = None,
    *,
    voltage_max_V: float | None = None,
    width_mm: float = DOUBLE_COLUMN_MM,
) -> Axes:
    """Draw the window of each phase as a bar between its reduction and oxidation limits.

    Products of reduction are written left of each bar, products of oxidation right of it; inside it without room beside
    it, and in a numbered key without any room. A bar that extends beyond the axis, or has no upper end because the
    phase contains no Li, ends in an arrowhead. A window of zero width is a diamond. The bar of a phase above the hull,
    or without an entry, is hatched: its window is that of its equilibrium products.

    Parameters
    ----------
    windows
        Results of `electrochemical_windows`.
    ax
        Axes to draw on; a new figure if None (default).
    voltage_max_V
        Right end of the axis, V vs Li/Li+ (0 V, Li metal, is its left end); by default 5 V, or more to include all
        finite limits.
    width_mm
        Width of the new figure, mm; default 175 (two columns).

    Returns
    -------
    Axes
        Voltage (V vs Li/Li+) on x, phases from top to bottom.

    Raises
    ------
    InputError
        If there is no window, or `voltage_max_V` is not positive.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import plots
    >>> axes = plots.plot_windows(ik.electrochemical_windows(["LGPS", "LNO"]))
    >>> axes.get_xlabel()
    'Voltage vs Li/Li$^{+}$ (V)'
    """
    windows = tuple(windows)
    if not windows:
        raise InputError("windows must be one or more results of electrochemical_window, got none")
    voltage_max_V = axis_end(windows, voltage_max_V)
    with figure_style():
        canvas = canvas_for(ax, width_mm, aspect=0.5)
        axes = canvas.axes
        axes.set(xlim=(0, voltage_max_V), ylim=(len(windows) - 0.5, -0.5), xlabel=VOLTAGE_LABEL)
        axes.set_yticks(range(len(windows)), [f"{formula_label(w.phase)}\n{_range(w)}" for w in windows])
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color="#E3E3E3", linewidth=0.5)
        axes.set_axisbelow(True)
        for row, window in enumerate(windows):
            _draw_bar(axes, row, window, voltage_max_V)
        lines = max(2, _write_products(canvas, windows, voltage_max_V))
        canvas.fix_axes_height(len(windows) * (lines * LINE_PT + _ROW_PADDING_PT) * 25.4 / 72)
    return axes


def axis_end(windows: Sequence[Window], voltage_max_V: float | None) -> float:
    """Return the end of the voltage axis (V): as requested, or 5 V, or the next half volt above all finite limits."""
    if voltage_max_V is None:
        return axis_end_of([limit for w in windows for limit in (w.reduction_V, w.oxidation_V) if limit is not None])
    if not voltage_max_V > 0:
        raise InputError(f"voltage_max_V must be positive, got {voltage_max_V:g}; such as 5")
    return voltage_max_V


def axis_end_of(limits: Sequence[float]) -> float:
    """Return 5 V, or the next half volt above all limits (V)."""
    return max(_USUAL_END_V, *(math.ceil(2 * limit + 0.5) / 2 for limit in limits if limit > _USUAL_END_V), 0.0)


def _range(window: Window) -> str:
    low, high = f"{window.reduction_V:.2f}", window.oxidation_V
    if high is None:
        return f"> {low} V"
    if high == window.reduction_V:
        return f"{low} V"
    return f"< {high:.2f} V" if window.reduction_V == 0 else f"{low}\N{EN DASH}{high:.2f} V"


def _ends(window: Window, voltage_max_V: float) -> tuple[float, float]:
    high = voltage_max_V if window.oxidation_V is None else min(window.oxidation_V, voltage_max_V)
    return min(window.reduction_V, voltage_max_V), high


def _draw_bar(axes: Axes, row: int, window: Window, voltage_max_V: float) -> None:
    low, high = _ends(window, voltage_max_V)
    hatch = "" if window.is_on_hull else _HATCH
    if window.oxidation_V == window.reduction_V:
        axes.plot([low], [row], marker="D", markersize=5, color=INK, markerfacecolor=BAR_COLOUR, markeredgewidth=0.8)
        return
    axes.barh(row, high - low, left=low, height=0.62, facecolor=BAR_COLOUR, edgecolor=INK, hatch=hatch, linewidth=0)
    for end, is_limit in ((low, window.reduction_V > 0), (high, window.oxidation_V == high)):
        if is_limit:
            axes.plot([end, end], [row - 0.31, row + 0.31], color=INK, linewidth=1.0, solid_capstyle="butt")
    if window.oxidation_V is None or window.oxidation_V > voltage_max_V:
        axes.plot([voltage_max_V], [row], marker=5, markersize=5, color=INK, linestyle="none", zorder=4)


def _write_products(canvas: Canvas, windows: Sequence[Window], voltage_max_V: float) -> int:
    """Name the products in each row, and return the largest number of lines."""
    per_volt = canvas.box().width / voltage_max_V
    most_lines = _MOST_LINES
    if not canvas.owned:
        row = canvas.axes.get_window_extent().height / len(windows) / canvas.pixels(LINE_PT)
        most_lines = max(1, min(_MOST_LINES, int(row)))
    key: list[KeyEntry] = []
    highest = 1
    for row, window in enumerate(windows):
        low, high = _ends(window, voltage_max_V)
        sides = [_Side(tuple(window.reduction_products), low, "right", low * per_volt)]
        if window.oxidation_V is not None and window.oxidation_V <= voltage_max_V:
            sides.append(_Side(tuple(window.oxidation_products), high, "left", (voltage_max_V - high) * per_volt))
        sides = [side for side in sides if side.products]
        for voltage, label in _row_labels(canvas, sides, (high - low) * per_volt, most_lines, key):
            highest = max(highest, len(label.lines))
            is_inside = label.align == ("left" if voltage == low else "right")
            canvas.axes.annotate(
                "\n".join(label.lines),
                xy=(voltage, row),
                xytext=(_GAP_PT if label.align == "left" else -_GAP_PT, 0),
                textcoords="offset points",
                ha=label.align,
                va="center",
                fontsize=TEXT_PT,
                linespacing=1.05,
                bbox=TEXT_BACKGROUND if is_inside and not window.is_on_hull else None,
            )
    if any(not window.is_on_hull and window.oxidation_V != window.reduction_V for window in windows):
        key.append(KeyEntry(text=_OFF_HULL, colour=BAR_COLOUR, hatch=_HATCH))
    add_key(canvas, key)
    return highest


def _row_labels(
    canvas: Canvas, sides: Sequence[_Side], inside: float, most_lines: int, key: list[KeyEntry]
) -> list[tuple[float, _Label]]:
    """Labels of a row with their voltages; products without room are numbered in the key."""
    labels: list[tuple[float, _Label]] = []
    for side in sides:
        label = _fitted(canvas, side, inside, most_lines)
        if label is None:
            mark = f"({len(key) + 1})"
            width = text_size(canvas, mark)[0] + canvas.pixels(2 * _GAP_PT)
            if width > max(side.room, inside):
                return [_both_numbered(sides, key)]
            label = _Label([mark], side.outward if width <= side.room else _INWARD[side.outward], width)
            key.append(KeyEntry(side.products, number=str(len(key) + 1)))
        if label.align != side.outward:
            inside -= label.width
        labels.append((side.voltage_V, label))
    return labels


def _both_numbered(sides: Sequence[_Side], key: list[KeyEntry]) -> tuple[float, _Label]:
    """Numbers of both sides on the side with more room, with arrows to the ends they belong to."""
    marks = []
    for side in sides:
        key.append(KeyEntry(side.products, number=str(len(key) + 1)))
        is_left = side.outward == "right"
        marks.append(f"\N{LEFTWARDS ARROW} ({len(key)})" if is_left else f"({len(key)}) \N{RIGHTWARDS ARROW}")
    roomiest = max(sides, key=lambda side: side.room)
    return roomiest.voltage_V, _Label(["  ".join(marks)], roomiest.outward, 0.0)


def _fitted(canvas: Canvas, side: _Side, inside: float, most_lines: int) -> _Label | None:
    """Break a product list to fit beside the bar, or inside it with an arrow to its end."""
    margin = canvas.pixels(2 * _GAP_PT)
    arrow = text_size(canvas, "\N{LEFTWARDS ARROW} ")[0]
    outward = side.outward
    for align, width, lines_allowed in (
        (outward, side.room - margin, most_lines),
        (_INWARD[outward], inside - margin - arrow, 2),
    ):
        if width <= 0:
            continue
        lines = wrapped_products(canvas, side.products, width)
        needed = max(text_size(canvas, line)[0] for line in lines)
        if needed > width or len(lines) > lines_allowed:
            continue
        if align == outward:
            return _Label(lines, align, needed + margin)
        lines = (
            [f"\N{LEFTWARDS ARROW} {lines[0]}", *lines[1:]]
            if outward == "right"
            else [*lines[:-1], f"{lines[-1]} \N{RIGHTWARDS ARROW}"]
        )
        return _Label(lines, align, needed + arrow + margin)
    return None
