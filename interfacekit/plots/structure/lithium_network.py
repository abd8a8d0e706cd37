"""The network of Li sites in a crystal: sites and hops in projection, by class of hops."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from interfacekit.errors import InputError
from interfacekit.plots.labels import canvas_for
from interfacekit.plots.style import (
    FAINT_INK,
    INK,
    LINE_COLOURS,
    OTHER_FILL,
    SINGLE_COLUMN_MM,
    figure_style,
    formula_label,
)
from interfacekit.presentation import takes_one

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend
    from numpy.typing import NDArray

    from interfacekit.plots.labels import Canvas
    from interfacekit.structure import LithiumNetwork

View = Literal["a", "b", "c"]
_AXES = "abc"
#: Cells are repeated until a projection is so wide; angstrom.
_WIDTH_A = 9.0
#: How much of the neighbourhood of the cells is shown; angstrom.
_MARGIN_A = 0.6
_SITE_PT, _ATOM_PT, _HOP_PT = 5.0, 3.2, 1.4
_LITHIUM_FILL = "#B7E3A1"
_FRAMEWORK_FILLS = ("#8899CC", "#DD9999", "#BBBB77", "#AA88BB")
#: Around the axes of a figure of its own, and the tallest they get, in widths of the figure.
_LEFT_PT, _BELOW_PT, _ABOVE_PT, _GAP_PT = 30.0, 29.0, 16.0, 8.0
_TALLEST = 1.2
#: Share of a cell by which positions on its edge may be off.
_EDGE = 0.01
#: Along both sides of a cell, and back.
_SIGNS = np.array([[1], [1], [-1], [-1]])


@takes_one
def plot_lithium_network(
    net: LithiumNetwork, ax: Axes | None = None, *, view: View = "a", width_mm: float = SINGLE_COLUMN_MM
) -> Axes:
    """Draw the sites of a network and its hops, as seen along an axis of the cell.

    Circles are sites of the mobile ion, filled where the crystal's ions are and open where vacant; lines are hops, in
    the colour of their class, and dots the atoms of the framework. The rectangle or rhombus is the unit cell; hops that
    leave the picture end half way.

    Parameters
    ----------
    net
        From `lithium_network`.
    ax
        Axes to draw on; a new figure when None.
    view
        Axis of the cell to look along: `a`, `b` or `c`.
    width_mm
        Width of the new figure.

    Returns
    -------
    Axes
        Angstrom on both axes, at the same scale.

    Raises
    ------
    InputError
        If there is no such axis.
    """
    if view not in _AXES:
        raise InputError(f"no view along {view!r}; there is a, b or c")
    depth = _AXES.index(view)
    across, up = (k for k in range(3) if k != depth)
    screen = _screen(net.cell_A, depth, across)
    # Cells in the picture: enough of them to see a pattern, and one in depth.
    repeats = np.ones(3, int)
    for k in (across, up):
        repeats[k] = max(1, round(_WIDTH_A / float(np.linalg.norm(net.cell_A[k] @ screen))))
    with figure_style():
        sides = (net.cell_A * repeats[:, None])[[across, up]] @ screen
        corners = np.array([[0.0, 0.0], sides[0], sides[0] + sides[1], sides[1]])
        low, high = corners.min(axis=0) - _MARGIN_A, corners.max(axis=0) + _MARGIN_A
        canvas = canvas_for(ax, width_mm)
        axes = canvas.axes
        axes.set_aspect("equal")
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        drawn = _Drawing(axes, net, screen, repeats, depth)
        keys = [*drawn.sites(), *drawn.framework(), *drawn.hops()]
        outline = np.array([[0.0, 0.0], *np.cumsum(net.cell_A[[across, up, across, up]] * _SIGNS @ screen, axis=0)])
        axes.plot(*outline.T, color=INK, linewidth=0.9, zorder=6)
        keys.append(Line2D([], [], color=INK, linewidth=0.9, label="unit cell"))
        axes.set_xlabel(_axis_label(net.cell_A, across, depth))
        axes.set_ylabel(_axis_label(net.cell_A, up, depth, screen[:, 1]))
        axes.set_title(f"{formula_label(net.crystal.name)} along {view}")
        place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.0)}
        legend = axes.legend(handles=keys, handlelength=1.2, borderaxespad=0, **place)
        if canvas.owned:
            _arrange(canvas, legend, *(high - low))
    return axes


def _arrange(canvas: Canvas, legend: Legend, width_A: float, height_A: float) -> None:
    """Fit the figure around axes of equal scales, which no layout engine foresees, and their legend."""
    figure, axes = canvas.figure, canvas.axes
    figure.set_layout_engine("none")
    room = figure.bbox.width - canvas.pixels(_LEFT_PT + _GAP_PT) - legend.get_window_extent().width
    scale = min(room / width_A, _TALLEST * figure.bbox.width / height_A)
    # A legend may be taller than the picture beside it.
    inside = max(height_A * scale, legend.get_window_extent().height)
    figure.set_figheight((inside + canvas.pixels(_BELOW_PT + _ABOVE_PT)) / figure.dpi)
    size = figure.bbox.size
    origin = np.array([canvas.pixels(_LEFT_PT), canvas.pixels(_BELOW_PT) + inside - height_A * scale]) / size
    axes.set_position((*origin, width_A * scale / size[0], height_A * scale / size[1]))


def _screen(cell_A: NDArray[np.float64], depth: int, across: int) -> NDArray[np.float64]:
    """Unit vectors to the right and up as columns, of shape (3, 2): the first along a cell vector as far as can be."""
    away = cell_A[depth] / np.linalg.norm(cell_A[depth])
    right = cell_A[across] - cell_A[across] @ away * away
    right /= np.linalg.norm(right)
    up = np.cross(away, right)
    other = cell_A[3 - depth - across]
    return np.column_stack([right, up if up @ other > 0 else -up])


def _axis_label(
    cell_A: NDArray[np.float64], axis: int, depth: int, direction: NDArray[np.float64] | None = None
) -> str:
    """Name of an axis of the picture: that of the cell vector along it, or towards which it points."""
    vector = cell_A[axis]
    along = cell_A[depth] @ vector if direction is None else np.linalg.norm(vector - vector @ direction * direction)
    return f"{'Along' if abs(along) < 1e-3 else 'Towards'} {_AXES[axis]} (\N{ANGSTROM SIGN})"


class _Drawing:
    """What is drawn of a network on axes: everything whose position is in the repeated cell."""

    def __init__(
        self, axes: Axes, net: LithiumNetwork, screen: NDArray[np.float64], repeats: NDArray[np.int64], depth: int
    ) -> None:
        self.axes, self.net, self.screen = axes, net, screen
        self.repeats, self.depth = repeats, depth

    def framework(self) -> list[Line2D]:
        """Draw atoms that do not hop; return their keys."""
        keys = []
        others = [site for site in self.net.crystal.structure if site.specie.symbol != self.net.mobile]
        elements = dict.fromkeys(site.specie.symbol for site in others)
        for element, colour in zip(elements, [*_FRAMEWORK_FILLS, *[OTHER_FILL] * len(elements)], strict=False):
            fractional = np.array([site.frac_coords for site in others if site.specie.symbol == element])
            x, y = self._copies(fractional)[0].T
            style: dict[str, Any] = {
                "marker": "o",
                "linestyle": "none",
                "markersize": _ATOM_PT,
                "color": colour,
                "markeredgewidth": 0,
            }
            self.axes.plot(x, y, zorder=2, **style)
            keys.append(Line2D([], [], label=element, **style))
        return keys

    def sites(self) -> list[Line2D]:
        """Draw sites of the mobile ion, vacant ones below; return their keys."""
        keys = []
        for occupied in (True, False):
            fractional = np.array([site.fractional for site in self.net.sites if site.occupied == occupied])
            if not len(fractional):
                continue
            x, y = self._copies(fractional)[0].T
            style: dict[str, Any] = {
                "marker": "o",
                "linestyle": "none",
                "markersize": _SITE_PT if occupied else _SITE_PT - 1,
                "markeredgecolor": INK,
                "markeredgewidth": 0.7,
                "markerfacecolor": _LITHIUM_FILL if occupied else "white",
            }
            self.axes.plot(x, y, zorder=5 if occupied else 4.5, **style)
            name = self.net.mobile if occupied else "vacant site"
            keys.append(Line2D([], [], label=name, **style))
        return keys

    def hops(self) -> list[Line2D]:
        """Draw each hop in two halves, from both of its sites; return the keys of classes."""
        points, number = self._copies(self.net.fractional)
        table = self.net.hop_table
        step = self.net.fractional[table[:, 1]] + table[:, 2:5] - self.net.fractional[table[:, 0]]
        halves = step @ self.net.cell_A @ self.screen / 2
        keys: dict[str, Line2D] = {}
        for k in reversed(range(len(self.net.classes))):
            named = k < len(LINE_COLOURS) or len(self.net.classes) == len(LINE_COLOURS)
            colour = LINE_COLOURS[k] if named else FAINT_INK
            chosen = table[:, 5] == k
            lines = [
                (point, point + half)
                for point, site in zip(points, number, strict=True)
                for half in halves[chosen & (table[:, 0] == site)]
            ]
            self.axes.add_collection(
                LineCollection(lines, colors=colour, linewidths=_HOP_PT, capstyle="round", zorder=4 - 0.01 * k)
            )
            label = _key(self.net.classes[k].name) if named else "longer hops"
            keys.setdefault(label, Line2D([], [], color=colour, linewidth=_HOP_PT, label=label))
        return list(keys.values())[::-1]

    def _copies(self, fractional: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Projections (k, 2) of all copies of points in the picture, those on its edges included, and their numbers."""
        inside = fractional - np.floor(fractional + _EDGE)
        ranges = [range(1) if k == self.depth else range(int(n) + 1) for k, n in enumerate(self.repeats)]
        shifts = np.array(list(product(*ranges)))
        everywhere = inside[:, None, :] + shifts
        shown = np.all(everywhere <= self.repeats + _EDGE, axis=2)
        number = np.broadcast_to(np.arange(len(inside))[:, None], shown.shape)
        return everywhere[shown] @ self.net.cell_A @ self.screen, number[shown]


def _key(name: str) -> str:
    """Name of a class in the legend."""
    return re.sub(r" A\b", " \N{ANGSTROM SIGN}", name.replace("-", "\N{EN DASH}", 1))
