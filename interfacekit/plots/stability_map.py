"""Stability maps as heat maps: phases and pairs against voltage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Affine2D, BboxTransformTo, ScaledTranslation, blended_transform_factory

from interfacekit.errors import InputError
from interfacekit.plots.labels import canvas_for, text_size
from interfacekit.plots.style import (
    AXIS_LABEL_PT,
    DOUBLE_COLUMN_MM,
    TEXT_PT,
    VOLTAGE_LABEL,
    energy_colormap,
    figure_style,
    formula_label,
    tidy_ticks,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from numpy.typing import NDArray

    from interfacekit.plots.labels import Canvas
    from interfacekit.thermo import MapRow, StabilityMap

BASES = {"eV_per_atom": "meV/atom", "eV_per_non_Li_atom": "meV per non-Li atom"}
#: Above this (meV) a row is stable; results are exactly zero there.
STABLE_MEV = -1e-3
_CELL_V = 0.01
_ROW_MM = 6.0
_SCALE_BELOW_PT = 46


def plot_stability_map(
    stability_map: StabilityMap,
    ax: Axes | None = None,
    *,
    basis: str = "eV_per_non_Li_atom",
    width_mm: float = DOUBLE_COLUMN_MM,
) -> Axes:
    """Draw reaction energies of phases and pairs with a Li reservoir as a heat map over voltage.

    Blue is stable (zero); the darker, the more energy the worst reaction gives off. Thin lines stand where the reaction
    changes. Colours follow the exact energies in steps of 0.01 V or less.

    Parameters
    ----------
    stability_map
        From `stability_map`.
    ax
        Axes to draw on; a new figure when None.
    basis
        `eV_per_non_Li_atom` or `eV_per_atom`; drawn in meV.
    width_mm
        Width of the new figure.

    Returns
    -------
    Axes
        Voltage (V vs Li/Li+) on x, phases and pairs from top to bottom.

    Raises
    ------
    InputError
        If the basis is unknown.
    """
    if basis not in BASES:
        raise InputError(f"unknown basis {basis!r}; choose {' or '.join(BASES)}")
    rows = stability_map.rows
    cells = [_cells(row, basis) for row in rows]
    lowest = min(float(energies.min()) for _, energies in cells)
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
        _add_scale(canvas, mesh, f"{stability_map.baseline.capitalize()} reaction energy", BASES[basis])
        canvas.fix_axes_height(_ROW_MM * len(rows))
    return axes


def _cells(row: MapRow, basis: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Edges (n + 1,) in V and energies at the middles (n,) in meV of cells none of which straddles a breakpoint."""
    edges, energies = [np.array([row.segments[0].voltage_low_V])], []
    for segment in row.segments:
        low, high = segment.voltage_low_V, segment.voltage_high_V
        grid = np.linspace(low, high, max(1, int(np.ceil((high - low) / _CELL_V))) + 1)
        ends = [getattr(segment, f"energy_{end}_{basis}") for end in ("low", "high")]
        edges.append(grid[1:])
        energies.append(1e3 * np.interp((grid[1:] + grid[:-1]) / 2, (low, high), ends))
    return np.concatenate(edges), np.concatenate(energies)


def _breakpoints(row: MapRow, basis: str) -> list[float]:
    """Voltages at which the reaction changes, not counting changes of what is stable on both sides."""
    stable = [
        min(getattr(segment, f"energy_{end}_{basis}") for end in ("low", "high")) * 1e3 > STABLE_MEV
        for segment in row.segments
    ]
    return [row.segments[k].voltage_low_V for k in range(1, len(stable)) if not (stable[k] and stable[k - 1])]


def _add_scale(canvas: Canvas, mesh: QuadMesh, quantity: str, unit: str) -> None:
    """Put the colour scale under the voltage axis, at a distance that does not depend on how many rows there are."""
    axes, figure = canvas.axes, canvas.figure
    points = Affine2D().scale(1 / 72) + figure.dpi_scale_trans + ScaledTranslation(0, 0, BboxTransformTo(axes.bbox))
    place = axes.inset_axes((0, -_SCALE_BELOW_PT, 1, 6), transform=blended_transform_factory(axes.transAxes, points))
    bar = figure.colorbar(mesh, cax=place, orientation="horizontal", extend="max", extendfrac=0.06)
    width = canvas.box().width
    fits = text_size(canvas, f"{quantity} ({unit})")[0] * AXIS_LABEL_PT / TEXT_PT < width
    separator = " " if fits else "\n"
    bar.set_label(f"{quantity}{separator}({unit})", fontsize=AXIS_LABEL_PT)
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
