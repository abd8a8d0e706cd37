"""An interface from the side: atoms by element in two slabs, the gap between them, and which atoms are fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import EllipseCollection
from matplotlib.lines import Line2D
from matplotlib.transforms import blended_transform_factory

from interfacekit.plots.labels import Canvas, KeyEntry, add_key, canvas_for
from interfacekit.plots.style import FAINT_INK, INK, SINGLE_COLUMN_MM, TEXT_PT, figure_style, formula_label
from interfacekit.presentation import takes_one

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from interfacekit.structure.interfaces.interface import Interface

#: Share of the covalent radius at which atoms are drawn: neighbours show, and bonds can be guessed.
_SIZE = 0.55
#: Of what is drawn to either side of the slabs, and of the width to the height.
_MARGIN_A, _LEAST_WIDTH = 1.5, 0.9
_FIXED_PT = 1.6
_TEXT_GAP_PT = 4.0


@takes_one
def plot_interface(interface: Interface, ax: Axes | None = None, *, width_mm: float = SINGLE_COLUMN_MM) -> Axes:
    """Draw an interface as seen along its plane.

    Atoms are circles in the usual colours of their elements (those of Jmol), the nearer ones on top; those that are
    fixed have a dot. The cell, whose edges are dashed, is repeated along x as often as the figure has room. The vacuum
    is not drawn.

    Parameters
    ----------
    interface
        From `CoherentInterfaces.build`.
    ax
        Axes to draw on; a new figure when None.
    width_mm
        Width of the new figure.

    Returns
    -------
    Axes
        Along the first vector of the cell on x, along the normal on y, both in angstrom and to the same scale.
    """
    with figure_style():
        canvas = canvas_for(ax, width_mm, aspect=1.0)
        axes = canvas.axes
        heights = interface.structure.cart_coords[:, 2]
        bottom = float(heights.min())
        top = float(heights.max()) - bottom
        length = float(interface.structure.lattice.a)
        width = max(length, _LEAST_WIDTH * (top + 2 * _MARGIN_A))
        axes.set(
            xlim=(0, width),
            ylim=(-_MARGIN_A, top + _MARGIN_A),
            xlabel="Along the interface (Å)",
            ylabel="Height (Å)",
        )
        axes.set_aspect("equal")
        entries = _draw_atoms(canvas, interface, bottom, width)
        for edge in np.arange(length, width - 1e-3, length):
            axes.axvline(float(edge), color=FAINT_INK, linewidth=0.5, linestyle=(0, (3, 3)), zorder=0.5)
        _name_parts(canvas, interface, top)
        add_key(canvas, entries)
    return axes


def _draw_atoms(canvas: Canvas, interface: Interface, bottom: float, width: float) -> list[KeyEntry]:
    from ase.data import atomic_numbers, covalent_radii
    from ase.data.colors import jmol_colors

    structure = interface.structure
    symbols = np.array([site.specie.symbol for site in structure])
    positions = np.array(structure.cart_coords)
    length = float(structure.lattice.a)
    x, towards_us, z = positions[:, 0] % length, -positions[:, 1], positions[:, 2] - bottom
    fixed = np.array(interface.fixed)
    # Atoms that reach over an edge show on both sides of it.
    cells = np.arange(-1, int(np.ceil(width / length)) + 1)
    order = np.argsort(towards_us, kind="stable")
    kinds = [atomic_numbers[symbol] for symbol in symbols[order]]
    everything = _repeated(x[order], z[order], length * cells)
    diameters = np.tile(2 * _SIZE * covalent_radii[kinds], len(cells))
    circles: Any = EllipseCollection(
        diameters,
        diameters,
        np.zeros(len(diameters)),
        units="xy",
        offsets=everything,
        offset_transform=canvas.axes.transData,
        facecolors=np.tile(jmol_colors[kinds], (len(cells), 1)),
        edgecolors=INK,
        linewidths=0.3,
        zorder=2,
    )
    canvas.axes.add_collection(circles)
    dots = _repeated(x[fixed], z[fixed], cells * length)
    canvas.axes.plot(*dots.T, linestyle="none", marker="o", markersize=_FIXED_PT, color=INK, zorder=3, clip_on=True)
    entries = [
        KeyEntry(text=symbol, colour=_hex(jmol_colors[atomic_numbers[symbol]])) for symbol in dict.fromkeys(symbols)
    ]
    if fixed.any():
        handle = Line2D([], [], linestyle="none", marker="o", markersize=_FIXED_PT, color=INK)
        entries.append(KeyEntry(text="fixed", handle=handle))
    return entries


def _repeated(x: NDArray[np.float64], z: NDArray[np.float64], shifts: NDArray[Any]) -> NDArray[np.float64]:
    """Places (n, 2) in all cells."""
    return np.concatenate([np.column_stack([x + shift, z]) for shift in shifts])


def _name_parts(canvas: Canvas, interface: Interface, top: float) -> None:
    """Names of both slabs, and the gap, to the right of the axes."""
    low, high = interface.substrate_thickness_A, interface.substrate_thickness_A + interface.gap_A
    for height in (low, high):
        canvas.axes.axhline(height, color=INK, linewidth=0.5, linestyle=(0, (1, 2)), zorder=2.5)
    place = blended_transform_factory(canvas.axes.transAxes, canvas.axes.transData)
    faces = interface.substrate_termination, interface.film_termination
    names = [
        f"{formula_label(name)}\n({' '.join(map(str, face.miller))})\n{role}"
        for name, face, role in zip((interface.substrate, interface.film), faces, ("substrate", "film"), strict=True)
    ]
    for text, height in (
        (names[0], low / 2),
        (f"gap {interface.gap_A:.2f} Å", (low + high) / 2),
        (names[1], (high + top) / 2),
    ):
        canvas.axes.annotate(
            text,
            xy=(1, height),
            xycoords=place,
            xytext=(_TEXT_GAP_PT, 0),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=TEXT_PT,
        )


def _hex(rgb: NDArray[np.float64]) -> str:
    return "#" + "".join(f"{round(255 * float(part)):02X}" for part in rgb)
