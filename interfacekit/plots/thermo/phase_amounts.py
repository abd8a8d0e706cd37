"""Products of a pair along its mixing ratio, as stacked fractions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from interfacekit.plots.labels import Canvas, KeyEntry, add_key, canvas_for, text_size
from interfacekit.plots.style import (
    FAINT_INK,
    FILL_COLOURS,
    INK,
    OTHER_FILL,
    SINGLE_COLUMN_MM,
    TEXT_BACKGROUND,
    TEXT_PT,
    condition_text,
    figure_style,
    formula_label,
    product_label,
)
from interfacekit.plots.thermo.mixing import Shares, product_shares

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from interfacekit.thermo import InterfaceReaction

_HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\")
#: Fills of the products: colours first, then hatched.
_LOOKS = tuple((colour, hatch) for hatch in _HATCHES for colour in FILL_COLOURS)
_PLACES = 300


def plot_phase_amounts(
    reaction: InterfaceReaction, ax: Axes | None = None, *, width_mm: float = SINGLE_COLUMN_MM
) -> Axes:
    """Draw the interface phase diagram along the mixing ratio: fraction of the non-Li atoms in each product.

    Fractions are exact between kinks and sum to 1. Each product is named inside its area if it is large enough,
    otherwise in the key. If there are more products than distinguishable fills, the smallest areas are merged into a
    grey one. If one phase is Li metal, a bar on top marks the mixing ratios with excess Li metal.

    Parameters
    ----------
    reaction
        Result of `interface_reaction`, closed or open to Li.
    ax
        Axes to draw on; a new figure if None (default).
    width_mm
        Width of the new figure, mm; default 85 (one column).

    Returns
    -------
    Axes
        Mixing ratio (atom fraction of the first phase, 0 to 1) on x, fraction of the non-Li atoms on y.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import plots
    >>> axes = plots.plot_phase_amounts(ik.interface_reaction("LCO", "LGPS"))
    >>> axes.get_xlabel()
    'Mixing ratio (atom fraction of LCO)'
    """
    shares = product_shares(reaction)
    areas = _areas(shares)
    tops = np.cumsum([area.share for area in areas], axis=0)
    bottoms = np.vstack([np.zeros_like(shares.x), tops[:-1]])
    with figure_style():
        canvas = canvas_for(ax, width_mm)
        axes = canvas.axes
        for bottom, top, (entry, _) in zip(bottoms, tops, areas, strict=True):
            axes.fill_between(
                shares.x, bottom, top, facecolor=entry.colour, hatch=entry.hatch, edgecolor=INK, linewidth=0.4
            )
        _label_axes(axes, reaction, shares)
        height = (0.66 if canvas.width_mm < 120 else 0.42) * canvas.width_mm
        canvas.fix_axes_height(height)
        key = []
        for (entry, _), bottom, top in zip(areas, bottoms, tops, strict=True):
            if not _named_inside(canvas, entry, shares.x, bottom, top):
                key.append(entry)
        add_key(canvas, key)
        canvas.fix_axes_height(height)
    return axes


class _Area(NamedTuple):
    """Name and fill of an area, and its fraction at every mixing ratio."""

    entry: KeyEntry
    share: NDArray[np.float64]


def _areas(shares: Shares) -> list[_Area]:
    """All products, or the largest of them with the sum of the others on top."""
    count = len(shares.formulas)
    kept = list(range(count))
    if count > len(_LOOKS):
        sizes = ((shares.shares[:, 1:] + shares.shares[:, :-1]) / 2) @ np.diff(shares.x)
        kept = sorted(sorted(range(count), key=lambda k: -sizes[k])[: len(_LOOKS)])
    areas = [
        _Area(KeyEntry((shares.formulas[k],), colour=colour, hatch=hatch), shares.shares[k])
        for k, (colour, hatch) in zip(kept, _LOOKS, strict=False)
    ]
    if others := sorted(set(range(count)) - set(kept)):
        entry = KeyEntry(text=f"other ({len(others)} phases)", colour=OTHER_FILL)
        areas.append(_Area(entry, shares.shares[others].sum(axis=0)))
    return areas


def _label_axes(axes: Axes, reaction: InterfaceReaction, shares: Shares) -> None:
    pair = formula_label("|".join(reaction.phases))
    axes.set_title(f"{pair}, {condition_text(reaction.voltage_V)}", loc="left", pad=3)
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1),
        xlabel=f"Mixing ratio (atom fraction of {formula_label(reaction.phases[0])})",
        ylabel="Fraction of the non-Li atoms",
    )
    if shares.lithium_left_x is not None:
        low, high = shares.lithium_left_x
        axes.set_ylim(0, 1.12)
        axes.set_yticks(np.arange(0, 1.01, 0.2))
        axes.axhspan(1, 1.12, color="white", linewidth=0, zorder=2)
        axes.plot([low, high], [1.025, 1.025], color=FAINT_INK, linewidth=1.5, solid_capstyle="butt", zorder=3)
        axes.annotate("excess Li metal", ((low + high) / 2, 1.035), ha="center", va="bottom", zorder=3)


def _named_inside(
    canvas: Canvas,
    entry: KeyEntry,
    x: NDArray[np.float64],
    bottom: NDArray[np.float64],
    top: NDArray[np.float64],
) -> bool:
    """Write the name at the widest place of an area, if it fits; return True if it does."""
    axes = canvas.axes
    label = entry.text or product_label(entry.products[0])
    width, height = text_size(canvas, label)
    box = axes.get_window_extent()
    wide, high = (width + canvas.pixels(4)) / box.width, (height + canvas.pixels(2)) / box.height * axes.get_ylim()[1]
    grid = np.linspace(0, 1, _PLACES)
    low_edge, high_edge = np.interp(grid, x, bottom), np.interp(grid, x, top)
    half = int(np.ceil(wide / 2 * (_PLACES - 1)))
    if 2 * half >= _PLACES:
        return False
    spans = np.lib.stride_tricks.sliding_window_view
    floor = spans(low_edge, 2 * half + 1).max(axis=1)
    ceiling = spans(high_edge, 2 * half + 1).min(axis=1)
    room = ceiling - floor
    best = int(np.argmax(room))
    if room[best] < high:
        return False
    # The middle of the wide range looks better than the highest place itself.
    cramped = np.flatnonzero(room < max(high, 0.75 * room[best]))
    left, right = cramped[cramped < best], cramped[cramped > best]
    best = ((left[-1] + 1 if len(left) else 0) + (right[0] - 1 if len(right) else len(room) - 1)) // 2
    axes.text(
        grid[best + half],
        (ceiling[best] + floor[best]) / 2,
        label,
        ha="center",
        va="center",
        fontsize=TEXT_PT,
        bbox=TEXT_BACKGROUND if entry.hatch else None,
    )
    return True
