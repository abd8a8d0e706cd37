"""Stability maps as heat maps: phases and pairs against voltage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D, BboxTransformTo, ScaledTranslation, blended_transform_factory

from interfacekit.entries.hull_energies import ON_HULL_eV_per_atom
from interfacekit.errors import InputError
from interfacekit.plots.labels import KeyEntry, add_key, canvas_for, text_size
from interfacekit.plots.style import (
    AXIS_LABEL_PT,
    DOUBLE_COLUMN_MM,
    INK,
    STABLE_COLOUR,
    TEXT_PT,
    UNITS,
    VOLTAGE_LABEL,
    energy_colormap,
    figure_style,
    formula_label,
    tidy_ticks,
)
from interfacekit.presentation import takes_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from numpy.typing import NDArray

    from interfacekit.plots.labels import Canvas
    from interfacekit.thermo import MapRow, StabilityMap

#: Lowest energy of a stable row (meV); results are exactly zero there.
STABLE_MEV = -1e3 * ON_HULL_eV_per_atom
_CELL_V = 0.01
#: Ratio of the energies of two rows above which the larger exceeds the colours, and least energy of the other (meV).
_SWAMPS, _FAINTEST_MEV = 3.0, 10.0
_ROW_MM = 6.0
_HATCH, _HATCH_MEANING = "////", "no mutual reaction, but one phase decomposes"
_SCALE_BELOW_PT = 46


@takes_one
def plot_stability_map(
    stability_map: StabilityMap,
    ax: Axes | None = None,
    *,
    basis: str = "eV_per_non_Li_atom",
    width_mm: float = DOUBLE_COLUMN_MM,
) -> Axes:
    """Draw decomposition and reaction energies of phases and pairs with a Li reservoir as a heat map over voltage.

    Blue is stable (zero); darker colours are larger driving forces, up to a limit if a few rows exceed all others
    several times. Thin lines mark changes of the reaction. A pair without mutual reaction is hatched where one of its
    phases decomposes, if the map has the rows of both: a mutual reaction energy of zero does not mean that the pair is
    stable. Colours follow the exact energies in steps of at most 0.01 V.

    Parameters
    ----------
    stability_map
        Result of `stability_map`.
    ax
        Axes to draw on; a new figure if None (default).
    basis
        `"eV_per_non_Li_atom"` (default) or `"eV_per_atom"`; drawn in meV.
    width_mm
        Width of the new figure, mm; default 175 (two columns).

    Returns
    -------
    Axes
        Voltage (V vs Li/Li+) on x, phases and pairs from top to bottom.

    Raises
    ------
    InputError
        If the basis is unknown.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import plots
    >>> axes = plots.plot_stability_map(ik.stability_map(["LGPS", ("LCO", "LGPS")]))
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['LGPS', 'LCO|LGPS']
    """
    if basis not in UNITS:
        raise InputError(f"unknown basis {basis!r}; choose from {', '.join(UNITS)}")
    rows = stability_map.rows
    cells = [_cells(row, basis) for row in rows]
    lowest, is_cut = _colour_limit([float(energies.min()) for _, energies in cells])
    norm = Normalize(min(lowest, -1.0), STABLE_MEV)
    with figure_style():
        canvas = canvas_for(ax, width_mm, aspect=1.0)
        axes = canvas.axes
        for k, (row, (edges, energies)) in enumerate(zip(rows, cells, strict=True)):
            mesh = axes.pcolormesh(
                edges, [k - 0.46, k + 0.46], energies[None, :], cmap=energy_colormap(), norm=norm, rasterized=True
            )
            inner = _breakpoints(row, basis)
            axes.vlines(inner, k - 0.46, k + 0.46, color="white", linewidth=0.5)
        axes.set(
            xlim=(stability_map.voltage_low_V, stability_map.voltage_high_V),
            ylim=(len(rows) - 0.46, -0.54),
            xlabel=VOLTAGE_LABEL,
        )
        axes.set_yticks(range(len(rows)), [formula_label(row.subject) for row in rows])
        axes.tick_params(axis="y", length=0)
        axes.spines[["left", "right", "top"]].set_visible(False)
        _add_scale(canvas, mesh, [*_quantities(stability_map), f"({UNITS[basis]})"], is_cut=is_cut)
        _hatch_unstable_partners(canvas, stability_map)
        canvas.fix_axes_height(_ROW_MM * len(rows))
    return axes


def _cells(row: MapRow, basis: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges (n + 1,) in V and mean energies (n,) in meV of cells that contain no breakpoint."""
    edges, energies = [np.array([row.segments[0].voltage_low_V])], []
    for segment in row.segments:
        low, high = segment.voltage_low_V, segment.voltage_high_V
        grid = np.linspace(low, high, max(1, int(np.ceil((high - low) / _CELL_V))) + 1)
        ends = [getattr(segment, f"energy_{end}_{basis}") for end in ("low", "high")]
        edges.append(grid[1:])
        energies.append(1e3 * np.interp((grid[1:] + grid[:-1]) / 2, (low, high), ends))
    return np.concatenate(edges), np.concatenate(energies)


def _colour_limit(lowest: Sequence[float]) -> tuple[float, bool]:
    """Lower limit of the colours, meV, and True if rows are beyond it.

    Rows with several times the driving force of all others would leave these without a difference in colour.
    """
    rows = sorted(lowest)
    for k in range(1, len(rows) // 2 + 1):
        if rows[k] < -_FAINTEST_MEV and rows[k - 1] < _SWAMPS * rows[k]:
            return rows[k], True
    return rows[0], False


def _breakpoints(row: MapRow, basis: str) -> list[float]:
    """Voltages at which the reaction changes, except between two stable segments."""
    stable = [
        min(getattr(segment, f"energy_{end}_{basis}") for end in ("low", "high")) * 1e3 > STABLE_MEV
        for segment in row.segments
    ]
    return [row.segments[k].voltage_low_V for k in range(1, len(stable)) if not (stable[k] and stable[k - 1])]


def _quantities(stability_map: StabilityMap) -> list[str]:
    """Name the energies of phases and of pairs."""
    reaction = f"{stability_map.baseline} reaction energy"
    kinds = {len(row.formulas) for row in stability_map.rows}
    if kinds == {1}:
        return ["Decomposition energy"]
    return [reaction.capitalize()] if kinds == {2} else ["Phases: decomposition energy;", f"pairs: {reaction}"]


def _stretches(row: MapRow, *, stable: bool) -> list[tuple[float, float]]:
    """Voltage ranges in which a row is stable, or in which it is not."""
    return [
        (s.voltage_low_V, s.voltage_high_V)
        for s in row.segments
        if (1e3 * min(s.energy_low_eV_per_atom, s.energy_high_eV_per_atom) > STABLE_MEV) == stable
    ]


def _union(stretches: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for low, high in sorted(stretches):
        if joined and low <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(high, joined[-1][1])
        else:
            joined.append((low, high))
    return joined


def _hatch_unstable_partners(canvas: Canvas, stability_map: StabilityMap) -> None:
    """Hatch voltages at which a pair has no mutual reaction although one of its phases decomposes."""
    if stability_map.baseline != "mutual":
        return
    alone = {row.formulas[0]: _stretches(row, stable=False) for row in stability_map.rows if len(row.formulas) == 1}
    is_hatched = False
    for k, row in enumerate(stability_map.rows):
        if len(row.formulas) != 2 or not all(formula in alone for formula in row.formulas):
            continue
        unstable = _union(stretch for formula in row.formulas for stretch in alone[formula])
        for low, high in _union(_stretches(row, stable=True)):
            for start, end in unstable:
                left, right = max(low, start), min(high, end)
                if left < right:
                    place = (left, k - 0.46), right - left, 0.92
                    canvas.axes.add_patch(
                        Rectangle(*place, facecolor="none", edgecolor=INK, hatch=_HATCH, linewidth=0, zorder=3)
                    )
                    is_hatched = True
    if is_hatched:
        add_key(canvas, [KeyEntry(text=_HATCH_MEANING, colour=STABLE_COLOUR, hatch=_HATCH)])


def _add_scale(canvas: Canvas, mesh: QuadMesh, quantities: Sequence[str], *, is_cut: bool) -> None:
    """Place the colour scale below the voltage axis, at a distance independent of the number of rows."""
    axes, figure = canvas.axes, canvas.figure
    points = Affine2D().scale(1 / 72) + figure.dpi_scale_trans + ScaledTranslation(0, 0, BboxTransformTo(axes.bbox))
    place = axes.inset_axes((0, -_SCALE_BELOW_PT, 1, 6), transform=blended_transform_factory(axes.transAxes, points))
    bar = figure.colorbar(
        mesh, cax=place, orientation="horizontal", extend="both" if is_cut else "max", extendfrac=0.06
    )
    width = canvas.box().width
    lines = [quantities[0]]
    for part in quantities[1:]:
        if text_size(canvas, f"{lines[-1]} {part}")[0] * AXIS_LABEL_PT / TEXT_PT < width:
            lines[-1] += f" {part}"
        else:
            lines.append(part)
    bar.set_label("\n".join(lines), fontsize=AXIS_LABEL_PT)
    lowest = float(mesh.get_clim()[0] or 0.0)
    locator = MaxNLocator(5 if width > canvas.pixels(150) else 3)
    values = [value for value in locator.tick_values(lowest, 0.0) if lowest <= value < 0]
    labels = [f"{value:g}".replace("-", "\N{MINUS SIGN}") for value in [*values, 0.0]]
    bar.set_ticks([*values, STABLE_MEV], labels=labels)
    bar.outline.set_linewidth(0.6)
    tidy_ticks(bar.ax)
    bar.ax.annotate(
        "no reaction", xy=(1.065, 1), xycoords="axes fraction", xytext=(0, 1.5), textcoords="offset points", ha="right"
    )
