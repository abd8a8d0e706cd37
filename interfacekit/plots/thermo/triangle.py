"""Reaction energy and phase fields of the mixtures of three phases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Polygon
from matplotlib.tri import Triangulation

from interfacekit.plots.labels import Occupied, canvas_for, offsets_around, place_beside
from interfacekit.plots.style import (
    AXIS_LABEL_PT,
    INK,
    LINE_COLOURS,
    SINGLE_COLUMN_MM,
    STABLE_COLOUR,
    UNITS,
    condition_text,
    energy_colormap,
    figure_style,
    formula_label,
    tidy_ticks,
)
from interfacekit.presentation import takes_one

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from interfacekit.plots.labels import Canvas
    from interfacekit.thermo import ContactField, ContactTriangle

#: First phase bottom left, second bottom right, third on top.
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(3) / 2]])
#: Longest edge of a triangle with interpolated colours: renderers interpolate colours instead of energies.
_LONGEST_EDGE = 0.03
_BOLD = "stable tie line"
_HEIGHT_LIMITS = (-0.02, 0.89)


@takes_one
def plot_triangle(triangle: ContactTriangle, ax: Axes | None = None, *, width_mm: float = SINGLE_COLUMN_MM) -> Axes:
    """Draw the mutual reaction energy of every mixture of three phases, and the phase fields.

    Colours are exact at the corners of fields and linear inside them. Fields without reaction are blue, as are the
    thick stable tie lines. A cross marks the mixture of largest driving force.

    Parameters
    ----------
    triangle
        Result of `contact_triangle`.
    ax
        Axes to draw on; a new figure if None (default).
    width_mm
        Width of the new figure, mm; default 85 (one column).

    Returns
    -------
    Axes
        Fractions of atoms (closed) or non-Li atoms (open to Li) from the phases at the corners: the first bottom left,
        the second bottom right, the third on top.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import plots
    >>> axes = plots.plot_triangle(ik.contact_triangle("LCO", "LNO", "LGPS"))
    >>> len(axes.lines) > 0
    True
    """
    corners = np.array([corner for field in triangle.fields for corner in field.corners])
    energies = 1e3 * np.array([energy for field in triangle.fields for energy in field.energies])
    norm = Normalize(min(float(energies.min()), -1.0), 0.0)
    with figure_style():
        canvas = canvas_for(ax, width_mm, aspect=1.2)
        axes = canvas.axes
        axes.set_axis_off()
        axes.set_aspect("equal")
        axes.set(xlim=(-0.03, 1.03), ylim=_HEIGHT_LIMITS)
        reacting = [field for field in triangle.fields if any(field.energies)]
        _fill(axes, reacting, norm)
        for field in triangle.fields:
            outline = np.array(field.corners) @ _CORNERS
            stable = not any(field.energies)
            colour = STABLE_COLOUR if stable else "none"
            axes.add_patch(Polygon(outline, closed=True, facecolor=colour, edgecolor=INK, linewidth=0.35))
        for ends in triangle.stable_tie_lines:
            line = np.array(ends) @ _CORNERS
            axes.plot(
                *line.T,
                color=LINE_COLOURS[0],
                linewidth=2.5,
                solid_capstyle="round",
                clip_on=False,
                zorder=4,
                label=_BOLD,
            )
        if triangle.stable_tie_lines:
            axes.legend(handles=[axes.lines[0]], loc="upper right", borderaxespad=0, borderpad=0, handlelength=1.4)
        _label_corners(axes, triangle)
        _add_scale(canvas, triangle, norm)
        _trim(canvas)
        _mark_worst(canvas, corners @ _CORNERS, energies, UNITS[triangle.basis])
    return axes


def _fill(axes: Axes, fields: Sequence[ContactField], norm: Normalize) -> None:
    points, values, faces = [], [], []
    count = 0
    for field in fields:
        outline, energies = np.array(field.corners) @ _CORNERS, 1e3 * np.array(field.energies)
        for k in range(1, len(outline) - 1):
            weights, small = _divided(outline[[0, k, k + 1]])
            points.append(weights @ outline[[0, k, k + 1]])
            values.append(weights @ energies[[0, k, k + 1]])
            faces.append(small + count)
            count += len(weights)
    if not points:
        return
    x, y = np.concatenate(points).T
    mesh = Triangulation(x, y, np.concatenate(faces))
    axes.tripcolor(
        mesh, np.concatenate(values), shading="gouraud", cmap=energy_colormap(), norm=norm, rasterized=True, zorder=0.5
    )


def _divided(triangle: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Barycentric weights (n, 3) and faces (m, 3) of a triangle divided into equal small ones."""
    longest = max(math.dist(triangle[i], triangle[i - 1]) for i in range(3))
    n = max(1, math.ceil(longest / _LONGEST_EDGE))
    index = {(i, j): k for k, (i, j) in enumerate((i, j) for i in range(n + 1) for j in range(n + 1 - i))}
    weights = np.array([(n - i - j, i, j) for i, j in index], dtype=np.float64) / n
    upright = [(index[i, j], index[i + 1, j], index[i, j + 1]) for i, j in index if i + j < n]
    inverted = [(index[i + 1, j], index[i + 1, j + 1], index[i, j + 1]) for i, j in index if i + j < n - 1]
    return weights, np.array(upright + inverted, dtype=np.intp)


def _label_corners(axes: Axes, triangle: ContactTriangle) -> None:
    for name, corner, gap, va in zip(triangle.phases, _CORNERS, (-4, -4, 4), ("top", "top", "bottom"), strict=True):
        axes.annotate(
            formula_label(name),
            xy=(float(corner[0]), float(corner[1])),
            xytext=(0, gap),
            textcoords="offset points",
            ha="center",
            va=va,
            fontsize=AXIS_LABEL_PT,
            fontweight="bold",
        )
    atoms = "all atoms" if triangle.voltage_V is None else "non-Li atoms"
    condition = condition_text(triangle.voltage_V)
    condition = condition[0].upper() + condition[1:]
    axes.annotate(
        f"{condition}\nFractions of\n{atoms}",
        xy=(0, 1),
        xycoords="axes fraction",
        va="top",
        linespacing=1.3,
    )


def _trim(canvas: Canvas) -> None:
    """Remove the empty height of axes with equal scales."""
    if not canvas.owned:
        return
    for _ in range(3):
        drawn = canvas.box().height
        spare = canvas.axes.get_position(original=True).height * canvas.figure.bbox.height - drawn
        if spare < canvas.pixels(0.5):
            return
        canvas.figure.set_figheight(canvas.figure.get_figheight() - spare / canvas.figure.dpi)


def _add_scale(canvas: Canvas, triangle: ContactTriangle, norm: Normalize) -> None:
    bar = canvas.figure.colorbar(
        ScalarMappable(norm, energy_colormap()),
        ax=canvas.axes,
        location="bottom",
        pad=0.01,
        shrink=0.9,
        fraction=0.06,
        aspect=0.9 * canvas.box().width / canvas.pixels(6),
    )
    bar.set_label(f"Mutual reaction energy ({UNITS[triangle.basis]})")
    bar.outline.set_linewidth(0.6)
    tidy_ticks(bar.ax)


def _mark_worst(canvas: Canvas, points: NDArray[np.float64], energies: NDArray[np.float64], unit: str) -> None:
    axes = canvas.axes
    worst = int(np.argmin(energies))
    if energies[worst] >= 0:
        axes.annotate("no reaction", xy=(0.5, 0.28), ha="center")
        return
    at = float(points[worst, 0]), float(points[worst, 1])
    axes.plot(*at, marker="X", markersize=6, color="white", markeredgecolor=INK, markeredgewidth=0.7, zorder=6)
    value = f"{energies[worst]:.0f} {unit}".replace("-", "\N{MINUS SIGN}", 1)
    box = canvas.box()
    weights, _ = _divided(_CORNERS)
    occupied = Occupied(box, axes.transData.transform(weights @ _CORNERS))
    for text in axes.texts:
        occupied.take(text.get_window_extent())
    legend = axes.get_legend()
    if legend is not None:
        occupied.take(legend.get_window_extent())
    # A label beside the triangle hides no field.
    for distance in range(12, math.ceil(box.width * 72 / canvas.figure.dpi), 4):
        for lines in (value, value.replace(" per", "\nper")):
            around = offsets_around(range(0, 360, 15), (distance,))
            label = place_beside(canvas, occupied, at, lines, around, across_lines=True)
            if label is not None:
                return
