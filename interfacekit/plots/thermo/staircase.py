"""Li content of a phase in equilibrium with a Li reservoir, against voltage."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from matplotlib.transforms import Bbox

from interfacekit.plots.labels import (
    Canvas,
    KeyEntry,
    Occupied,
    add_key,
    canvas_for,
    dense,
    left_out,
    offsets_around,
    place_beside,
    text_size,
)
from interfacekit.plots.style import (
    LINE_COLOURS,
    SINGLE_COLUMN_MM,
    STABLE_COLOUR,
    TEXT_BACKGROUND,
    TEXT_PT,
    VOLTAGE_LABEL,
    figure_style,
    formula_label,
    products_label,
)
from interfacekit.plots.thermo.windows import axis_end

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from interfacekit.thermo import Window, WindowStep

_BESIDE_PT = 2.5


def plot_staircase(
    window: Window,
    ax: Axes | None = None,
    *,
    voltage_max_V: float | None = None,
    width_mm: float = SINGLE_COLUMN_MM,
) -> Axes:
    """Draw the Li that a phase takes up (> 0) or releases (< 0) per formula unit against voltage.

    The steps are exact; the window is shaded. The phases in equilibrium on each step are named beside it if there is
    room without ambiguity, otherwise by a number that refers to the key.

    Parameters
    ----------
    window
        Result of `electrochemical_window`.
    ax
        Axes to draw on; a new figure if None (default).
    voltage_max_V
        Right end of the axis, V vs Li/Li+; by default 5 V, or more to include the oxidation limit.
    width_mm
        Width of the new figure, mm; default 85 (one column).

    Returns
    -------
    Axes
        Voltage (V vs Li/Li+) on x, Li per formula unit on y.

    Raises
    ------
    InputError
        If `voltage_max_V` is not positive.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import plots
    >>> axes = plots.plot_staircase(ik.electrochemical_window("LGPS"))
    >>> axes.get_xlabel()
    'Voltage vs Li/Li$^{+}$ (V)'
    """
    voltage_max_V = axis_end([window], voltage_max_V)
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
        _name_steps(canvas, steps, edges, (window.reduction_V, high))
        canvas.fix_axes_height(0.62 * canvas.width_mm if canvas.width_mm < 120 else 0.42 * canvas.width_mm)
    return axes


class _Place(NamedTuple):
    """Possible place of a name: its box (pixels), and the end of the step at which it is aligned."""

    box: Bbox
    align: Literal["left", "right"]
    voltage_V: float
    sign: int


def _name_steps(
    canvas: Canvas, steps: Sequence[WindowStep], edges: Sequence[float], window_V: tuple[float, float]
) -> None:
    """Name steps above right and below left of the staircase, where only names are drawn."""
    axes = canvas.axes
    corners = [(v, step.li_per_formula) for step, *ends in zip(steps, edges[:-1], edges[1:], strict=True) for v in ends]
    pixels = axes.transData.transform(corners)
    treads = [dense(pixels[2 * k : 2 * k + 2]) for k in range(len(steps))]
    occupied = Occupied(canvas.box(), dense(pixels))
    band = Bbox([axes.transData.transform((window_V[0], 0)), axes.transData.transform((window_V[1], 0))])
    band = Bbox([[band.x0, occupied.limits.y0], [band.x1, occupied.limits.y1]])
    unnamed = []
    for k in range(len(steps)):
        is_window = edges[k] == window_V[0]
        places = [
            place
            for place in _places(canvas, steps[k], (edges[k], edges[k + 1]))
            if occupied.is_free(place.box) and _is_nearest(canvas, treads, k, place.box)
        ]
        # The name of another step inside the window would look like a stable phase.
        places.sort(key=lambda place: not is_window and bool(place.box.overlaps(band)))
        if not places:
            unnamed.append(k)
            continue
        box, align, voltage, sign = places[0]
        occupied.take(box)
        axes.annotate(
            products_label(steps[k].products),
            xy=(voltage, steps[k].li_per_formula),
            xytext=(_BESIDE_PT * sign, 1.5 * sign),
            textcoords="offset points",
            ha=align,
            va="bottom" if sign > 0 else "top",
            fontsize=TEXT_PT,
            zorder=2.5,  # below the curve, so that the background does not cut it
            bbox=TEXT_BACKGROUND if not is_window and box.overlaps(band) else None,
        )
    key: list[KeyEntry] = []
    offsets = [*offsets_around((90, 270), (6.5,)), *offsets_around((45, 225, 60, 240, 30, 210), (12, 16, 21, 27, 34))]
    across = offsets_around((315, 330, 300, 135, 150, 120), (16, 21, 27, 34, 45))
    for k in unnamed:
        number = str(len(key) + 1)
        at = ((edges[k] + edges[k + 1]) / 2, steps[k].li_per_formula)
        label = place_beside(
            canvas,
            occupied,
            at,
            number,
            offsets,
            is_clear_of_doubt=partial(_is_unambiguous, canvas, treads, k),
        )
        if label is None:
            label = place_beside(canvas, occupied, at, number, across, across_lines=True)
        if label is not None:
            key.append(KeyEntry(tuple(steps[k].products), number=number))
    add_key(canvas, [*key, *left_out(len(unnamed) - len(key), "step")])


def _places(canvas: Canvas, step: WindowStep, ends_V: tuple[float, float]) -> list[_Place]:
    width, height = text_size(canvas, products_label(step.products))
    gap, beside = canvas.pixels(1.5), canvas.pixels(_BESIDE_PT)
    left, y = canvas.axes.transData.transform((ends_V[0], step.li_per_formula))
    right = canvas.axes.transData.transform((ends_V[1], 0))[0]
    above = Bbox.from_bounds(left + 0.75 * beside, y + gap, width + 0.5 * beside, height)
    below = Bbox.from_bounds(right - 1.25 * beside - width, y - gap - height, width + 0.5 * beside, height)
    return [_Place(above, "left", ends_V[0], 1), _Place(below, "right", ends_V[1], -1)]


def _is_unambiguous(  # as place_beside calls it
    canvas: Canvas,
    treads: Sequence[NDArray[np.float64]],
    own: int,
    box: Bbox,
    has_leader: bool,  # noqa: FBT001
) -> bool:
    return has_leader or _is_nearest(canvas, treads, own, box)


def _is_nearest(canvas: Canvas, treads: Sequence[NDArray[np.float64]], own: int, box: Bbox) -> bool:
    """Return True if a text is much nearer to the line of its own step than to any other."""
    gaps = [float(np.hypot(*(tread - np.clip(tread, box.min, box.max)).T).min()) for tread in treads]
    nearest_other = min([gap for k, gap in enumerate(gaps) if k != own], default=np.inf)
    return nearest_other >= max(2.0 * gaps[own], canvas.pixels(4))
