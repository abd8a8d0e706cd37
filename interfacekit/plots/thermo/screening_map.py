"""Screening map: reaction energy of candidates with the electrolyte against that with the cathode."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from matplotlib.lines import Line2D

from interfacekit.errors import InputError
from interfacekit.plots.labels import (
    Canvas,
    KeyEntry,
    Occupied,
    add_key,
    canvas_for,
    dense,
    offsets_around,
    place_beside,
    text_size,
)
from interfacekit.plots.style import (
    AXIS_LABEL_PT,
    FAINT_INK,
    INK,
    LITHIUM_REFERENCE,
    SINGLE_COLUMN_MM,
    TEXT_PT,
    figure_style,
    formula_label,
    tidy_ticks,
)
from interfacekit.plots.transport.stacks import add_notes
from interfacekit.presentation import draws_large, takes_one

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from numpy.typing import NDArray

    from interfacekit.thermo import Candidate, Screening

Reactions = Literal["worst", "closed"]
Colour = Literal["window", "oxidation"]

_CLOSED = {
    "cathode": ("cathode_closed", "half_lithiated_cathode_closed"),
    "electrolyte": ("electrolyte_closed",),
}
_TITLES = {"worst": "worst of closed and open", "closed": "closed"}
_COLOURS = {
    "window": "Width of the window (V)",
    "oxidation": f"Oxidation limit vs {LITHIUM_REFERENCE} (V)",
}
_FAILED_COLOUR, _RING_COLOUR = "#D3D3D3", INK
_NARROW_MM = 120.0
_SIZE_PT2, _FAILED_SIZE_PT2, _MARKER_PT = 9.0, 2.0, 3.0
#: Largest number of named candidates (in a narrow figure), and possible places of their names.
_MOST_NAMED, _MOST_NAMED_NARROW = 12, 6
_OFFSETS_PT = offsets_around(
    (0, 30, -30, 55, -55, 180, 90, -90, 15, -15, 150, -150, 125, -125, 75, -75),
    (6, 12, 18, 24, 31, 39, 48, 58),
)
#: Margin of the axes, as a fraction of the span and at least in meV/atom.
_MARGIN, _LEAST_MARGIN_meV = 0.07, 5.0
#: Largest fraction of the width reserved for names right of zero, and their distance, points.
_MOST_NAMES_SHARE, _NAME_GAP_PT = 0.3, 14.0
#: Width of the window with the last colour (V).
_WIDEST_V = 6.0


class _Places(NamedTuple):
    """Reaction energies with the cathode and the electrolyte, meV/atom, shape (n,) each, of candidates by rank."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]


@draws_large
@takes_one
def plot_screening_map(
    screening: Screening,
    reactions: Reactions = "worst",
    ax: Axes | None = None,
    *,
    colour: Colour = "window",
    highlight: Sequence[str] = (),
    width_mm: float = SINGLE_COLUMN_MM,
) -> Axes:
    """Draw the reaction energies of all candidates with the cathode against those with the electrolyte.

    Candidates that pass all gates are coloured; those that fail a gate are small and grey. The line is the Pareto front
    of the two energies shown, among candidates that pass. Candidates on it are ringed, and named if there is room (up
    to 12, or 6 in a narrow figure). Ranks in the table refer to fronts of all objectives, which may differ.

    Parameters
    ----------
    screening
        Result of `screen` with all its candidates.
    reactions
        `"worst"` (default) of closed and open reactions, or `"closed"` reactions only (with the cathode, the worse of
        lithiated and half-lithiated).
    ax
        Axes to draw on; a new figure if None (default).
    colour
        Colour by the width of the `"window"` (default) or the `"oxidation"` limit, V.
    highlight
        Aliases or formulas of candidates that are always named; none by default.
    width_mm
        Width of the new figure, mm; default 85 (one column).

    Returns
    -------
    Axes
        Energies in meV/atom, with the cathode on x and the electrolyte on y; the colour scale is its child.

    Raises
    ------
    InputError
        If there is no candidate, a highlighted one was not screened, or a choice is unknown.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import plots
    >>> axes = plots.plot_screening_map(ik.screen("LCO", "LGPS", candidates=["LNO", "Li3PO4", "LiAlO2"]))
    >>> axes.get_xlabel()
    'Reaction with LiCoO$_{2}$ (meV/atom)'
    """
    if reactions not in _TITLES or colour not in _COLOURS:
        kind, wrong, known = (
            ("reactions", reactions, _TITLES) if reactions not in _TITLES else ("colour", colour, _COLOURS)
        )
        raise InputError(f"unknown {kind} {wrong!r}; choose from {', '.join(known)}")
    candidates = screening.candidates
    if not candidates:
        raise InputError("screening must have one or more candidates, got none")
    named = list(dict.fromkeys(candidates.index(screening.candidate(name)) for name in highlight))
    places = _places(candidates, reactions)
    passed = np.array([not candidate.failed for candidate in candidates])
    with figure_style():
        canvas = canvas_for(ax, width_mm, aspect=0.8)
        axes = canvas.axes
        axes.scatter(
            places.x[~passed], places.y[~passed], s=_FAILED_SIZE_PT2, c=_FAILED_COLOUR, linewidths=0, rasterized=True
        )
        front = _front(places, passed)
        rings = np.zeros(len(candidates), np.bool_)
        rings[front] = True
        _draw_passed(canvas, candidates, places, passed, rings, colour)
        _ring_failed(axes, places, [i for i in named if not passed[i]])
        line = _draw_line(axes, places, front)
        most = _MOST_NAMED if canvas.width_mm > _NARROW_MM else _MOST_NAMED_NARROW
        labelled = list(dict.fromkeys([*named, *sorted(front)[:most]]))
        beyond = _set_limits(axes, places, [*np.flatnonzero(passed), *named])
        axes.set_xlabel(f"Reaction with {formula_label(screening.cathode)} (meV/atom)")
        axes.set_ylabel(f"Reaction with {formula_label(screening.electrolyte)} (meV/atom)")
        tidy_ticks(axes)
        axes.set_title(_title(screening, reactions), loc="left", pad=3)
        _add_keys(canvas, screening, beyond)
        canvas.fix_axes_height((0.5 if canvas.width_mm > _NARROW_MM else 0.85) * canvas.width_mm)
        _keep_free(canvas, [candidates[i].label for i in labelled])
        _write_names(canvas, candidates, places, passed, labelled, line, len(named))
    return axes


def _places(candidates: Sequence[Candidate], reactions: Reactions) -> _Places:
    def energies(side: Literal["cathode", "electrolyte"]) -> NDArray[np.float64]:
        if reactions == "closed":
            worst = [min(c.reactions[name].eV_per_atom for name in _CLOSED[side]) for c in candidates]
        else:
            worst = [getattr(c, f"{side}_eV_per_atom") for c in candidates]
        return 1000 * np.array(worst) + 0.0

    return _Places(energies("cathode"), energies("electrolyte"))


def _draw_passed(
    canvas: Canvas,
    candidates: Sequence[Candidate],
    places: _Places,
    passed: NDArray[np.bool_],
    rings: NDArray[np.bool_],
    colour: Colour,
) -> None:
    """Draw candidates that pass, the best on top."""
    values = np.array([_value(candidate, colour) for candidate in candidates])
    # matplotlib draws points in their order.
    order = np.flatnonzero(passed)[::-1]
    if not order.size:
        return
    dots = canvas.axes.scatter(
        places.x[order],
        places.y[order],
        s=_SIZE_PT2,
        c=values[order],
        cmap="viridis_r",
        vmin=0.0 if colour == "window" else float(values[order].min()),
        vmax=min(_WIDEST_V, float(values[order].max())),
        linewidths=np.where(rings[order], 0.9, 0.0).tolist(),
        edgecolors=_RING_COLOUR,
        zorder=3,
        clip_on=False,
    )
    _add_scale(canvas, dots, _COLOURS[colour], extend=float(values[order].max()) > _WIDEST_V)


def _value(candidate: Candidate, colour: Colour) -> float:
    """Width of the window or oxidation limit, V; unlimited without Li."""
    if candidate.oxidation_V is None:
        return 2 * _WIDEST_V
    return candidate.oxidation_V - (candidate.reduction_V if colour == "window" else 0.0)


def _add_scale(canvas: Canvas, dots: PathCollection, label: str, *, extend: bool) -> None:
    place = canvas.axes.inset_axes((1.03, 0, 0.045, 1))
    bar = canvas.figure.colorbar(dots, cax=place, extend="max" if extend else "neither")
    bar.set_label(label, fontsize=AXIS_LABEL_PT)
    bar.outline.set_linewidth(0.6)
    tidy_ticks(bar.ax)


def _ring_failed(axes: Axes, places: _Places, which: Sequence[int]) -> None:
    axes.scatter(
        places.x[which],
        places.y[which],
        s=_SIZE_PT2,
        c=_FAILED_COLOUR,
        edgecolors=FAINT_INK,
        linewidths=0.7,
        zorder=3,
        clip_on=False,
    )


def _front(places: _Places, passed: NDArray[np.bool_]) -> list[int]:
    """Pareto front of both energies among candidates that pass, by decreasing energy on x."""
    which = np.flatnonzero(passed)
    x, y = places.x[which], places.y[which]
    front: list[int] = []
    best = -np.inf
    for i in which[np.lexsort((-y, -x))]:
        if places.y[i] > best or (front and (places.x[i], places.y[i]) == (places.x[front[-1]], places.y[front[-1]])):
            front.append(int(i))
            best = float(places.y[i])
    return front


def _draw_line(axes: Axes, places: _Places, front: Sequence[int]) -> NDArray[np.float64]:
    """Draw the front as a step line; return its corners (n, 2), meV/atom."""
    best = np.unique(np.column_stack(places)[list(front)], axis=0)[::-1]
    if len(best) < 2:
        return np.empty((0, 2))
    corners = [best[0]]
    for before, after in pairwise(best):
        corners += [np.array([after[0], before[1]]), after]
    line = np.array(corners)
    axes.plot(*line.T, color=INK, linewidth=0.7, zorder=2)
    return line


def _set_limits(axes: Axes, places: _Places, seen: Sequence[int]) -> int:
    """Fit the axes to candidates that pass or are named, and zero; return the number of candidates outside."""
    lowest = []
    for which, values in zip(("x", "y"), places, strict=True):
        low = float(values[list(seen)].min()) if len(seen) else float(values.min())
        margin = max(-_MARGIN * low, _LEAST_MARGIN_meV)
        getattr(axes, f"set_{which}lim")(low - margin, margin)
        lowest.append(low - margin)
    return int(((places.x < lowest[0]) | (places.y < lowest[1])).sum())


def _keep_free(canvas: Canvas, labels: Sequence[str]) -> None:
    """Make room for names right of zero, near the best candidates."""
    if not labels:
        return
    widest = max(text_size(canvas, formula_label(label))[0] for label in labels) + canvas.pixels(_NAME_GAP_PT)
    share = min(_MOST_NAMES_SHARE, widest / canvas.box().width)
    low, high = canvas.axes.get_xlim()
    ticks = [tick for tick in canvas.axes.get_xticks() if low <= tick <= 0]
    canvas.axes.set_xlim(low, max(high, -low * share / (1 - share)))
    canvas.axes.set_xticks(ticks)


def _title(screening: Screening, reactions: Reactions) -> str:
    voltages = f"{screening.voltage_low_V:g}\N{EN DASH}{screening.voltage_high_V:g} V"
    of = "" if screening.complete else f"; partial, of {screening.n_candidates}"
    return f"{screening.n_passed} of {screening.n_screened} pass all gates{of}\n{_TITLES[reactions]}, {voltages}"


def _add_keys(canvas: Canvas, screening: Screening, beyond: int) -> None:
    energies = screening.provenance["energies"]["source"]
    notes = [f"Mutual reaction energies at 0 K from {energies}; Li conductivity is not considered."]
    if beyond:
        who = "1 candidate that fails a gate is" if beyond == 1 else f"{beyond} candidates that fail a gate are"
        notes.append(f"{who} outside the axes.")
    add_notes(canvas, notes)

    def dot(size: float, fill: str, edge: str) -> Line2D:
        look = {"marker": "o", "markersize": size, "markerfacecolor": fill, "markeredgecolor": edge}
        return Line2D([], [], linestyle="none", markeredgewidth=0.9 if edge != "none" else 0.0, **look)  # type: ignore[arg-type]

    entries = [KeyEntry(text="fails a gate", handle=dot(1.8, _FAILED_COLOUR, "none"))]
    if screening.n_passed:
        entries = [
            KeyEntry(text="passes all gates", handle=dot(_MARKER_PT, "#21918c", "none")),
            KeyEntry(text="on the Pareto front of both energies", handle=dot(_MARKER_PT, "#21918c", _RING_COLOUR)),
            *entries,
        ]
    add_key(canvas, entries, above=True)


def _write_names(
    canvas: Canvas,
    candidates: Sequence[Candidate],
    places: _Places,
    passed: NDArray[np.bool_],
    labelled: Sequence[int],
    line: NDArray[np.float64],
    required: int,
) -> None:
    """Write each name at the first free place; without one, only the first `required` names are written."""
    axes = canvas.axes
    canvas.box()
    seen = passed.copy()
    seen[list(labelled)] = True
    points = axes.transData.transform(np.column_stack(places)[seen])
    radius = canvas.pixels(_MARKER_PT / 2)
    around = [points + np.array(shift) * radius for shift in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))]
    corners = [dense(axes.transData.transform(line))] if len(line) else []
    occupied = Occupied(axes.get_window_extent(), np.concatenate([*around, *corners]))
    for number, i in enumerate(labelled):
        at = float(places.x[i]), float(places.y[i])
        text = formula_label(candidates[i].label)
        ink = INK if passed[i] else FAINT_INK
        for across in (False, True):
            if place_beside(canvas, occupied, at, text, _OFFSETS_PT, colour=ink, across_lines=across) is not None:
                break
        else:
            if number < required:
                beside: Any = {"ha": "left", "va": "center", "fontsize": TEXT_PT, "color": ink}
                axes.annotate(text, xy=at, xytext=(_MARKER_PT, 0), textcoords="offset points", **beside)
