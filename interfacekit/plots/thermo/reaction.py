"""Reaction energy of a pair against its mixing ratio: one reaction with its kinks, or several as curves."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from interfacekit.entries.hull_energies import ON_HULL_eV_per_atom
from interfacekit.errors import InputError
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
)
from interfacekit.plots.style import (
    EMPHASIS_COLOUR,
    INK,
    LINE_COLOURS,
    SINGLE_COLUMN_MM,
    UNITS,
    VOLTAGE_LABEL,
    condition_text,
    figure_style,
    formula_label,
    tidy_ticks,
    voltage_text,
)
from interfacekit.plots.thermo.mixing import energy_basis, energy_curve, kink_energies
from interfacekit.thermo import InterfaceReaction
from interfacekit.thermo.stability.stability_map import BASELINES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox
    from numpy.typing import NDArray

_STYLES = ("-", "--", ":", "-.")
_NO_REACTION_MEV = 1e3 * ON_HULL_eV_per_atom
_MOST_NUMBERS = {"narrow": 12, "wide": 24}
_MOST_IN_LEGEND = 5
#: Smallest distance of numbered dots; numbers of closer dots are ambiguous.
_APART_PT = {"worst": 4.5, "other": 3.2}


def plot_reaction(
    reactions: InterfaceReaction | Sequence[InterfaceReaction],
    ax: Axes | None = None,
    *,
    baseline: str = "mutual",
    width_mm: float = SINGLE_COLUMN_MM,
) -> Axes:
    """Draw reaction energy against mixing ratio: the fraction of atoms from the first phase.

    A single reaction has its worst mixture marked and its kinks numbered, with a key of their products. If there are
    too many kinks, the worst and those with the largest change of slope are numbered, and the key states the number of
    others. Several reactions are drawn as curves with a legend, or with a colour scale for one pair at more than five
    voltages.

    Parameters
    ----------
    reactions
        Results of `interface_reaction`, all closed or all open to Li.
    ax
        Axes to draw on; a new figure if None (default).
    baseline
        `"mutual"` (default, reactants at their hull energies) or `"total"` (reactants at their own energies).
    width_mm
        Width of the new figure, mm; default 85 (one column).

    Returns
    -------
    Axes
        Mixing ratio (atom fraction, 0 to 1) on x; meV/atom (closed) or meV per non-Li atom (open to Li) on y.

    Raises
    ------
    InputError
        If there is no reaction, the baseline is unknown, or closed and open reactions are mixed, whose units differ.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import plots
    >>> axes = plots.plot_reaction(ik.interface_reaction("LCO", "LGPS"))
    >>> axes.get_ylabel()
    'Reaction energy (meV/atom)'
    """
    chosen = (reactions,) if isinstance(reactions, InterfaceReaction) else tuple(reactions)
    if not chosen:
        raise InputError("reactions must be one or more results of interface_reaction, got none")
    if baseline not in BASELINES:
        raise InputError(f"unknown baseline {baseline!r}; choose from {', '.join(BASELINES)}")
    if len({energy_basis(reaction) for reaction in chosen}) > 1:
        raise InputError("reactions must be all closed or all open to Li, got both; draw them in two figures")
    with figure_style():
        canvas = canvas_for(ax, width_mm)
        axes = canvas.axes
        lowest = _draw_curves(canvas, chosen, baseline)
        _label_axes(axes, chosen, baseline)
        axes.set_ylim(
            1.2 * lowest if lowest < -_NO_REACTION_MEV else -10, -0.07 * lowest if lowest < -_NO_REACTION_MEV else 2
        )
        height = (0.66 if canvas.width_mm < 120 else 0.42) * canvas.width_mm
        canvas.fix_axes_height(height)
        if len(chosen) == 1:
            _mark_kinks(canvas, chosen[0], baseline)
            canvas.fix_axes_height(height)
    return axes


def _draw_curves(canvas: Canvas, reactions: Sequence[InterfaceReaction], baseline: str) -> float:
    """Draw the reactions as curves, and return the lowest energy (meV)."""
    one_pair = len({reaction.phases for reaction in reactions}) == 1
    one_voltage = len({reaction.voltage_V for reaction in reactions}) == 1
    voltages = [reaction.voltage_V or 0.0 for reaction in reactions]
    by_colour = one_pair and len(set(voltages)) > _MOST_IN_LEGEND
    norm, colours = Normalize(min(voltages), max(voltages)), colormaps["viridis"]
    lowest = 0.0
    for k, reaction in enumerate(reactions):
        x, energies = energy_curve(reaction, baseline)
        lowest = min(lowest, float(energies.min()))
        pair = formula_label("|".join(reaction.phases))
        voltage = "" if reaction.voltage_V is None else voltage_text(reaction.voltage_V)
        label = voltage if one_pair and voltage else pair if one_voltage else f"{pair}, {voltage}"
        colour = colours(float(norm(voltages[k]))) if by_colour else LINE_COLOURS[k % len(LINE_COLOURS)]
        dashes = "-" if by_colour else _STYLES[k // len(LINE_COLOURS) % len(_STYLES)]
        canvas.axes.plot(x, energies, color=colour, label=label, linestyle=dashes)
    if by_colour:
        bar = canvas.figure.colorbar(ScalarMappable(norm, colours), ax=canvas.axes, pad=0.02, aspect=25, fraction=0.05)
        bar.set_label(VOLTAGE_LABEL)
        bar.outline.set_linewidth(0.6)
        tidy_ticks(bar.ax)
    elif len(reactions) > 1:
        canvas.axes.legend(loc="best", handlelength=1.8)
    return lowest


def _label_axes(axes: Axes, reactions: Sequence[InterfaceReaction], baseline: str) -> None:
    pairs = {reaction.phases for reaction in reactions}
    voltages = {reaction.voltage_V for reaction in reactions}
    conditions = [formula_label("|".join(reactions[0].phases))] if len(pairs) == 1 else []
    if len(voltages) == 1:
        conditions.append(condition_text(reactions[0].voltage_V))
    axes.set_title(", ".join([*conditions, f"{baseline} energy"]), loc="left", pad=3)
    first = formula_label(reactions[0].phases[0]) if len({pair[0] for pair in pairs}) == 1 else "first phase"
    unit = UNITS[energy_basis(reactions[0])]
    axes.set(xlim=(0, 1), xlabel=f"Mixing ratio (atom fraction of {first})", ylabel=f"Reaction energy ({unit})")
    axes.axhline(0, color="#BBBBBB", linewidth=0.5, zorder=0)


def _mark_kinks(canvas: Canvas, reaction: InterfaceReaction, baseline: str) -> None:
    axes = canvas.axes
    x = np.array([kink.x for kink in reaction.kinks])
    energies = 1e3 * kink_energies(reaction, baseline)
    if energies.min() > -_NO_REACTION_MEV:
        axes.annotate("no reaction at any mixing ratio", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center")
        return
    worst = int(np.argmin(np.abs(x - getattr(reaction, baseline).x)))
    axes.plot(x[1:-1], energies[1:-1], "o", color=LINE_COLOURS[0], markersize=2.5)
    axes.plot(x[worst], energies[worst], "o", color=EMPHASIS_COLOUR, markersize=5, zorder=4, clip_on=False)
    curve = axes.transData.transform(np.column_stack(energy_curve(reaction, baseline)))
    occupied = Occupied(canvas.box(), dense(curve))
    unit = UNITS[energy_basis(reaction)]
    text = f"{energies[worst]:.0f} {unit}".replace("-", "\N{MINUS SIGN}", 1)
    above = [offset for turn in (90, 105, 75, 120, 60) for offset in offsets_around((turn,), (14, 20, 28, 38, 50))]
    place_beside(canvas, occupied, (x[worst], energies[worst]), text, above, colour=EMPHASIS_COLOUR)
    _number_kinks(canvas, occupied, reaction, np.column_stack([x, energies]), worst)


def _number_kinks(
    canvas: Canvas, occupied: Occupied, reaction: InterfaceReaction, points: NDArray[np.float64], worst: int
) -> None:
    """Number kinks on the outer side of the curve, the worst and the sharpest first, while there is room."""
    most = _MOST_NUMBERS["narrow" if canvas.width_mm < 120 else "wide"]
    lowest = points[np.argmin(points[:, 1]), 0]
    dots = canvas.axes.transData.transform(points)
    placed: dict[int, Annotation] = {}
    centres: dict[int, NDArray[np.float64]] = {}

    def unmistakable(k: int, box: Bbox, has_leader: bool) -> bool:  # noqa: FBT001  # as place_beside calls it
        centre = _centre(box)
        gaps = np.hypot(*(dots - centre).T)
        if not has_leader and np.delete(gaps, k).min() < 1.5 * gaps[k]:
            return False
        return all(_in_order(centre, other, dots[k], dots[j]) for j, other in centres.items())

    for k in _sharpest_first(points, worst):
        apart = [canvas.pixels(_APART_PT["worst" if worst in {j, k} else "other"]) for j in placed]
        if any(math.dist(dots[k], dots[j]) < gap for j, gap in zip(placed, apart, strict=True)):
            continue
        outward = 270 if k == worst else 230 if points[k, 0] < lowest else 310
        offsets = offsets_around([outward + turn for turn in (0, -25, 25, -50, 50)], (7, 11, 14, 18, 23, 29, 36))
        at = float(points[k, 0]), float(points[k, 1])
        widest = "0" if len(points) < 12 else "00"
        label = place_beside(
            canvas,
            occupied,
            at,
            widest,
            offsets,
            colour=EMPHASIS_COLOUR if k == worst else INK,
            is_clear_of_doubt=partial(unmistakable, k),
        )
        if label is not None:
            placed[k] = label
            centres[k] = _centre(occupied.boxes[-1])
        if len(placed) == most:
            break
    key: list[KeyEntry] = []
    for k in sorted(placed):
        number = str(len(key) + 1)
        placed[k].set_text(number)
        key.append(KeyEntry(tuple(reaction.kinks[k].products), number=number))
    add_key(canvas, [*key, *left_out(len(points) - 2 - len(placed), "kink")])


def _centre(box: Bbox) -> NDArray[np.float64]:
    return np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])


def _in_order(
    text: NDArray[np.float64], other_text: NDArray[np.float64], dot: NDArray[np.float64], other_dot: NDArray[np.float64]
) -> bool:
    """Return True if two numbers (pixels) are ordered like their dots, from left to right and along the curve."""
    step, along = text - other_text, dot - other_dot
    return bool(step[0] * along[0] >= 0 and step @ along > 0 and step[1] * along[1] >= -0.35 * abs(step[0] * along[1]))


def _sharpest_first(points: NDArray[np.float64], worst: int) -> list[int]:
    """Order the kinks: the worst, then the inner ones by their change of slope."""
    slopes = np.diff(points[:, 1]) / np.diff(points[:, 0])
    turns = np.concatenate([[0.0], np.diff(slopes), [0.0]])
    inner = [k for k in range(1, len(points) - 1) if k != worst]
    return [worst, *sorted(inner, key=lambda k: -turns[k])]
