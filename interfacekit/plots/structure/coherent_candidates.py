"""Candidates for an interface: area of the common cell against the strain of the film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interfacekit.plots.labels import Occupied, canvas_for, dense, offsets_around, place_beside
from interfacekit.plots.style import (
    EMPHASIS_COLOUR,
    FAINT_INK,
    LINE_COLOURS,
    SINGLE_COLUMN_MM,
    figure_style,
    formula_label,
)
from interfacekit.presentation import takes_one

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from interfacekit.structure.interfaces.candidates import CoherentInterfaces, InterfaceCandidate

_MOST_LABELS = 8


@takes_one
def plot_coherent_interfaces(
    found: CoherentInterfaces, ax: Axes | None = None, *, width_mm: float = SINGLE_COLUMN_MM
) -> Axes:
    """Draw the candidates of `coherent_interfaces`.

    The first front, which no other candidate of whole polyanions beats in both area and strain, is a stepped line whose
    points have their rank and the planes of substrate and film. The strain energy stands in for the strain where the
    stiffness of the film is known.

    Parameters
    ----------
    found
        The candidates.
    ax
        Axes to draw on; a new figure when None.
    width_mm
        Width of the new figure.

    Returns
    -------
    Axes
        Area (A2) on x; on y the larger principal strain of the film without its sign (%), or the strain energy
        (meV/atom).
    """
    has_energies = found.candidates[0].strain_energy_meV_per_atom is not None
    quantity, unit = ("Strain energy", "meV/atom") if has_energies else ("Strain", "%")
    with figure_style():
        canvas = canvas_for(ax, width_mm)
        axes = canvas.axes
        points = np.array([(c.match.area_A2, _cost(c)) for c in found.candidates])
        is_first = np.array([c.front == 1 for c in found.candidates])
        axes.plot(*points[~is_first].T, "o", color=FAINT_INK, markersize=2.5, linestyle="none", zorder=2)
        axes.plot(
            *points[is_first].T,
            "o-",
            color=LINE_COLOURS[0],
            markersize=4,
            linewidth=0.8,
            drawstyle="steps-post",
            zorder=3,
        )
        axes.set(
            xlim=(0, 1.05 * points[:, 0].max()),
            ylim=(min(0, -0.04 * points[:, 1].max()), max(1.3 * points[:, 1].max(), 0.5)),
            xlabel="Area of the common cell (Å$^{2}$)",
            ylabel=f"{quantity} of {formula_label(found.film.name)} ({unit})",
        )
        axes.grid(color="#E3E3E3", linewidth=0.5)
        axes.set_axisbelow(True)
        box = canvas.box()
        pixels = axes.transData.transform(points)
        # Markers have a size that texts must keep clear of.
        around = [pixels + canvas.pixels(1.5) * np.array(way) for way in ((0, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))]
        occupied = Occupied(box, np.concatenate([*around, dense(pixels[is_first])]))
        for candidate in [c for c in found.candidates if c.front == 1][:_MOST_LABELS]:
            planes = "|".join(f"({' '.join(map(str, m))})" for m in (candidate.substrate_miller, candidate.film_miller))
            place_beside(
                canvas,
                occupied,
                (candidate.match.area_A2, _cost(candidate)),
                f"{candidate.rank}: {planes}",
                offsets_around((60, 90, 30, 120, 0, 150, 180, -60, -90, -120), (9, 16, 24, 34)),
                colour=EMPHASIS_COLOUR,
                across_lines=True,
            )
        axes.set_title(
            f"{formula_label(found.film.name)} (strained) on {formula_label(found.substrate.name)}", loc="left"
        )
    return axes


def _cost(candidate: InterfaceCandidate) -> float:
    """Strain energy (meV/atom) where it is known, else the larger principal strain (%)."""
    energy = candidate.strain_energy_meV_per_atom
    return 100 * candidate.match.strain if energy is None else energy
