"""Energy along the path of hops, one line for each class of hops and mechanism."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from scipy.interpolate import PchipInterpolator

from interfacekit.errors import InputError
from interfacekit.plots.labels import KeyEntry, add_key, canvas_for
from interfacekit.plots.style import FAINT_INK, INK, LINE_COLOURS, SINGLE_COLUMN_MM, figure_style
from interfacekit.plots.transport.stacks import add_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.structure.barriers.hop_barrier import HopBarrier
    from interfacekit.structure.barriers.table import BarrierTable

_MARKERS = "os^Dv<>"
_MARKER_PT, _LINE_PT = 3.5, 1.0


def plot_barriers(
    tables: BarrierTable | Sequence[BarrierTable], ax: Axes | None = None, *, width_mm: float = SINGLE_COLUMN_MM
) -> Axes:
    """Draw the energies of the images of each band above that of its initial end.

    Markers are images, and lines guide the eye. A band that is not converged is dashed with open markers, and has no
    barrier; hops without a band are named in small print.

    Parameters
    ----------
    tables
        From `migration_barriers`, of one crystal or of several.
    ax
        Axes to draw on; a new figure when None.
    width_mm
        Width of the new figure.

    Returns
    -------
    Axes
        Position along the hop (angstrom: the share of the path of all atoms, times the distance between the sites) on
        x, energy (eV) on y.

    Raises
    ------
    InputError
        If no hop has a band.
    """
    several: list[BarrierTable] = list(tables) if isinstance(tables, list | tuple) else [tables]  # type: ignore[list-item]
    rows = [(table, row) for table in several for row in table.rows]
    drawn = [(table, row) for table, row in rows if row.path_A]
    if not drawn:
        raise InputError("no hop has a path to draw; " + "; ".join(_without_path(row) for _, row in rows))
    with figure_style():
        canvas = canvas_for(ax, width_mm)
        axes = canvas.axes
        axes.axhline(0, color=FAINT_INK, linewidth=0.5, zorder=1)
        entries = []
        for number, (table, row) in enumerate(drawn):
            name = f"{table.crystal} {_hop_text(row)}" if len(several) > 1 else _hop_text(row)
            entries.append(_draw(axes, number, row, name))
        axes.set(xlabel="Position along the hop (\N{LATIN CAPITAL LETTER A WITH RING ABOVE})", ylabel="Energy (eV)")
        axes.set_xlim(0, max(row.distance_A for _, row in drawn))
        if len(several) == 1:
            axes.set_title(several[0].crystal, loc="left", pad=3, color=INK)
        add_notes(canvas, [*(_without_path(row) for _, row in rows if not row.path_A), *_origins(several)])
        add_key(canvas, entries, above=True)
        canvas.fix_axes_height((0.7 if canvas.width_mm < 120 else 0.45) * canvas.width_mm)
    return axes


def _draw(axes: Axes, number: int, row: HopBarrier, name: str) -> KeyEntry:
    colour = LINE_COLOURS[number % len(LINE_COLOURS)]
    marker = _MARKERS[(number + number // len(LINE_COLOURS)) % len(_MARKERS)]
    done = row.status == "done"
    points: dict[str, Any] = {
        "color": colour,
        "marker": marker,
        "markersize": _MARKER_PT,
        "markerfacecolor": colour if done else "white",
        "markeredgewidth": 0.8,
    }
    line: dict[str, Any] = {"color": colour, "linewidth": _LINE_PT, "linestyle": "-" if done else "--"}
    path = np.array(row.path_A)
    x = row.distance_A * path / path[-1]
    y = np.array(row.energies_eV) - row.energies_eV[0]
    along = np.linspace(0, x[-1], 200)
    axes.plot(along, PchipInterpolator(x, y)(along), zorder=2, **line)
    axes.plot(x, y, linestyle="none", zorder=3, clip_on=False, **points)
    return KeyEntry(text=f"{name}: {_barrier_text(row)}", handle=Line2D([], [], **{**points, **line}))


def _hop_text(row: HopBarrier) -> str:
    return f"{row.hop.removesuffix(' A')} \N{LATIN CAPITAL LETTER A WITH RING ABOVE}, {row.mechanism}"


def _barrier_text(row: HopBarrier) -> str:
    """Barrier forward, and back where that is another."""
    forward, backward = row.forward_barrier_eV, row.backward_barrier_eV
    if forward is None or backward is None:
        return "not converged, no barrier"
    there, back = f"{forward:.2f}", f"{backward:.2f}"
    return f"{there} eV" if there == back else f"{there} eV, back {back} eV"


def _without_path(row: HopBarrier) -> str:
    return f"No path of {_hop_text(row)}: {row.error or 'its barrier alone is known'}."


def _origins(tables: Sequence[BarrierTable]) -> list[str]:
    """Which calculators gave the energies."""
    from interfacekit.structure.calculators import calculator_text

    calculators = [table.provenance["parameters"].get("calculator") for table in tables]
    versions = dict.fromkeys(calculator_text(calculator) for calculator in calculators if calculator)
    return [f"Nudged elastic bands with a climbing image; {' and '.join(versions)}."] if versions else []
