"""The Li staircase of a phase: how much Li it takes up or gives off at every voltage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.transforms import Bbox

from interfacekit.errors import InputError
from interfacekit.plots.labels import (
    Canvas,
    KeyEntry,
    Occupied,
    add_key,
    canvas_for,
    dense,
    offsets_around,
    place_beside,
    text_size,
)
from interfacekit.plots.style import (
    LINE_COLOURS,
    SINGLE_COLUMN_MM,
    STABLE_COLOUR,
    TEXT_PT,
    VOLTAGE_LABEL,
    figure_style,
    formula_label,
    products_label,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.thermo import Window, WindowStep


def plot_staircase(
    window: Window,
    ax: Axes | None = None,
    *,
    voltage_max_V: float = 5.0,
    width_mm: float = SINGLE_COLUMN_MM,
) -> Axes:
    """Draw the Li that a phase takes up (> 0) or gives off (< 0) per formula unit against voltage.

    The steps are exact; the window is shaded. The phases in equilibrium on each step are named beside it where there is
    room, otherwise a number beside it refers to the key.

    Parameters
    ----------
    window
        From `electrochemical_window`.
    ax
        Axes to draw on; a new figure when None.
    voltage_max_V
        Right end of the axis, V against Li/Li+.
    width_mm
        Width of the new figure.

    Returns
    -------
    Axes
        Voltage (V vs Li/Li+) on x, Li per formula unit on y.

    Raises
    ------
    InputError
        If `voltage_max_V` is not positive.
    """
    if not voltage_max_V > 0:
        raise InputError(f"the voltage axis must end above 0 V, not at {voltage_max_V:g} V")
    steps = [step for step in window.steps if step.voltage_low_V < voltage_max_V]
    edges = [*(step.voltage_low_V for step in steps), voltage_max_V]
    lithium = [step.li_per_formula for step in steps]
    with figure_style():
        canvas = canvas_for(ax, width_mm)
        axes = canvas.axes
        high = voltage_max_V if window.oxidation_V is None else window.oxidation_V
        axes.axvspan(window.reduction_V, high, color=STABLE_COLOUR, alpha=0.45, linewidth=0)
        axes.axhline(0, color="#BBBBBB", linewidth=0.5)
        axes.stairs(lithium, edges, baseline=None, color=LINE_COLOURS[0], linewidth=1.3, zorder=3)
        span = max(max(lithium) - min(lithium), 1e-3)
        axes.set(
            xlim=(0, voltage_max_V),
            ylim=(min(lithium) - 0.1 * span, max(lithium) + 0.1 * span),
            xlabel=VOLTAGE_LABEL,
            ylabel=f"Li taken up per {formula_label(window.formula)}",
        )
        canvas.fix_axes_height(0.62 * canvas.width_mm if canvas.width_mm < 120 else 0.42 * canvas.width_mm)
        _name_steps(canvas, steps, edges)
        canvas.fix_axes_height(0.62 * canvas.width_mm if canvas.width_mm < 120 else 0.42 * canvas.width_mm)
    return axes


def _name_steps(canvas: Canvas, steps: Sequence[WindowStep], edges: Sequence[float]) -> None:
    """Above right and below left of a falling staircase is nothing but more of these names."""
    axes = canvas.axes
    corners = [(v, step.li_per_formula) for step, *ends in zip(steps, edges[:-1], edges[1:], strict=True) for v in ends]
    occupied = Occupied(canvas.box(), dense(axes.transData.transform(corners)))
    unnamed = []
    for k, step in enumerate(steps):
        if not _named_directly(canvas, occupied, step, (edges[k], edges[k + 1])):
            unnamed.append(k)
    key: list[KeyEntry] = []
    near = offsets_around((270, 90, 225, 45, 250, 70, 205, 25), (6.5, 9, 13, 18, 25, 34))
    far = offsets_around((300, 120, 240, 60, 330, 150), (12, 18, 25, 34, 45))
    for k in unnamed:
        number = str(len(key) + 1)
        middle = (edges[k] + edges[k + 1]) / 2
        at = (middle, steps[k].li_per_formula)
        label = place_beside(canvas, occupied, at, number, near)
        if label is None:
            label = place_beside(canvas, occupied, at, number, far, across_lines=True)
        if label is None:
            continue
        key.append(KeyEntry(tuple(steps[k].products), number=number))
    add_key(canvas, key)


def _named_directly(canvas: Canvas, occupied: Occupied, step: WindowStep, ends_V: tuple[float, float]) -> bool:
    label = products_label(step.products)
    width, height = text_size(canvas, label)
    gap = canvas.pixels(1.5)
    left, y = canvas.axes.transData.transform((ends_V[0], step.li_per_formula))
    right = canvas.axes.transData.transform((ends_V[1], 0))[0]
    above = Bbox.from_bounds(left + gap, y + gap, width + gap, height)
    below = Bbox.from_bounds(right - 2 * gap - width, y - gap - height, width + gap, height)
    for box, align, voltage, sign in ((above, "left", ends_V[0], 1), (below, "right", ends_V[1], -1)):
        if occupied.is_free(box):
            occupied.take(box)
            canvas.axes.annotate(
                label,
                xy=(voltage, step.li_per_formula),
                xytext=(2 * sign, 1.5 * sign),
                textcoords="offset points",
                ha=align,
                va="bottom" if sign > 0 else "top",
                fontsize=TEXT_PT,
            )
            return True
    return False
