"""Resistance of a shell over its thickness, and what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from interfacekit.plots.labels import KeyEntry, add_key, canvas_for
from interfacekit.plots.style import (
    FILL_COLOURS,
    INK,
    LINE_COLOURS,
    OTHER_FILL,
    SINGLE_COLUMN_MM,
    TEXT_BACKGROUND,
    TEXT_PT,
    figure_style,
    formula_label,
)
from interfacekit.plots.transport.stacks import (
    add_notes,
    bare_text,
    case_names,
    coating,
    common_conditions,
    listed,
    number_text,
    origin_notes,
    require_colours,
    require_one_case,
    thickness_text,
)
from interfacekit.results import format_nm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from interfacekit.transport import StackTransport

_ELECTRODES, _COATING, _CONTACTS, _INTERPHASE = "electrodes", "coating", "contacts", "interphase"
#: What resists, from below: colour and hatch.
_LOOKS = {
    _ELECTRODES: (OTHER_FILL, ""),
    _COATING: (FILL_COLOURS[0], ""),
    _CONTACTS: (FILL_COLOURS[1], ""),
    _INTERPHASE: (FILL_COLOURS[2], "////"),
}
_UNIT = "$\\Omega$ cm$^2$"
_BELOW_ZERO = (
    "Below zero: contacts that resist less than the bulk they replace; the sum lies by so much below the top of the "
    "stack."
)
_MARKER_PT, _KMC_MARKER_PT, _LINE_PT = 2.8, 4.5, 0.8
#: A line through fewer thicknesses would show minima and kinks that nobody computed.
_FEWEST_OF_A_LINE = 12
#: A bare contact that resists so many times more than all shells leaves the axis at its top.
_CUT_ABOVE = 2.5
_MARGIN, _CUT_ROOM = 0.08, 0.16


class _Series(NamedTuple):
    """Shells of one coating under the same conditions."""

    name: str
    colour: str
    results: list[StackTransport]

    def by(self, method: str) -> list[StackTransport]:
        """Results of one method, the thinnest first."""
        return sorted((r for r in self.results if r.method == method), key=lambda r: r.thickness_nm)


def plot_shell_resistance(
    results: StackTransport | Sequence[StackTransport], ax: Axes | None = None, *, width_mm: float = SINGLE_COLUMN_MM
) -> Axes:
    """Draw the area-specific resistance of a shell over its thickness, stacked by what causes it.

    From below: the slices of cathode and electrolyte that belong to the stack and the coating, both as neutral bulk;
    what the contacts add to that (space charge, and the hop across); interphases. A contact may resist less than the
    bulk that it replaces: such parts hang below zero, and the mark of the whole lies by so much below the top of the
    stack. Thicknesses are those of whole planes; each has a bar and a mark for the whole. From twelve on a line joins
    the marks, and areas take the place of bars. Several voltages or coatings have marks of a colour each and no stacks,
    which would hide one another. The bare contact (0 nm) is always a bar; where it resists far more than all shells it
    is cut at the top and its number written there. Open points with error bars of one standard error are kinetic Monte
    Carlo, one for each seed.

    Parameters
    ----------
    results
        From `shell_point`, of several thicknesses. Where there is no continuum, the stack is that of kinetic Monte
        Carlo (of the first seed).
    ax
        Axes to draw on; a new figure when None.
    width_mm
        Width of the new figure.

    Returns
    -------
    Axes
        Thickness (nm) on x, area-specific resistance (Ohm cm2) on y.

    Raises
    ------
    InputError
        If there is no result, two of one shell differ in more than method and seed, or there are more lines than
        colours can tell apart.
    """
    everything = listed(results)
    series = _series(everything)
    with figure_style():
        canvas = canvas_for(ax, width_mm, aspect=2.0)
        axes = canvas.axes
        stacked = _stacked(series[0]) if len(series) == 1 else []
        entries = _draw_stack(axes, stacked) if stacked else []
        for one in series:
            _draw_totals(axes, one)
        _set_limits(axes, everything, stacked)
        axes.set(xlabel="Thickness of the coating (nm)", ylabel=f"Area-specific resistance ({_UNIT})")
        axes.set_title(common_conditions(everything), loc="left", pad=3)
        axes.axhline(0, color=INK, linewidth=0.6, zorder=2)
        _write_cut(axes, everything)
        notes = [_BELOW_ZERO] if any((values < 0).any() for values in _by_cause(stacked).values()) else []
        if len(series) > 1:
            notes = [f"Whole stacks{_slices(everything)}. What a sum is made of is drawn where it is the only one."]
        add_notes(canvas, [*notes, *origin_notes(everything, marked=True)])
        title = f"Stack, {_UNIT}:" if stacked else ""
        add_key(canvas, [*entries, *_key_of_lines(series)], title=title, above=True)
        canvas.fix_axes_height((0.7 if canvas.width_mm < 120 else 0.45) * canvas.width_mm)
    return axes


def _series(results: Sequence[StackTransport]) -> list[_Series]:
    """Shells by conditions and coating; a bare contact goes with every coating under its conditions."""
    conditions: dict[tuple[Any, ...], list[StackTransport]] = {}
    for result in results:
        conditions.setdefault(_conditions(result), []).append(result)
    groups = []
    for members in conditions.values():
        coatings = dict.fromkeys(coating(result) for result in members if coating(result)) or {"": None}
        groups += [[result for result in members if coating(result) in ("", name)] for name in coatings]
    for group in groups:
        for thickness, of_one in _by_thickness(group).items():
            require_one_case(of_one, thickness_text(thickness))
    thickest = [max(group, key=lambda result: result.thickness_nm) for group in groups]
    names = case_names(thickest, but=("thickness",))
    require_colours(len(groups), "lines")
    colours = [INK] if len(groups) == 1 else LINE_COLOURS
    return [_Series(*one) for one in zip(names, colours, groups, strict=False)]


def _by_thickness(results: Sequence[StackTransport]) -> dict[float, list[StackTransport]]:
    shells: dict[float, list[StackTransport]] = {}
    for result in results:
        shells.setdefault(round(result.thickness_nm, 6), []).append(result)
    return shells


def _conditions(result: StackTransport) -> tuple[Any, ...]:
    parameters = result.provenance["parameters"]
    model = parameters["ladder"], parameters["site_spacing_A"]
    return result.layers[0], result.layers[-1], result.voltage_V, result.temperature_K, *model


def _cause(result: StackTransport, part: str) -> str:
    if part.endswith(" interphase"):
        return _INTERPHASE
    if "|" in part:
        return _CONTACTS
    return _ELECTRODES if part in (result.layers[0], result.layers[-1]) else _COATING


def _by_cause(results: Sequence[StackTransport]) -> dict[str, NDArray[np.float64]]:
    """Resistance of each cause, Ohm cm2; shape (results,)."""
    causes = {cause: np.zeros(len(results)) for cause in _LOOKS}
    for k, result in enumerate(results):
        for part, value in result.asr_layers.items():
            causes[_cause(result, part)][k] += value
    return causes


def _stacked(series: _Series) -> list[StackTransport]:
    """One result of each thickness, whose parts are drawn."""
    results = series.by("continuum") or series.by("kmc")
    return [of_one[0] for of_one in _by_thickness(results).values()]


def _draw_stack(axes: Axes, results: Sequence[StackTransport]) -> list[KeyEntry]:
    x = np.array([result.thickness_nm for result in results])
    causes = _by_cause(results)
    half = _bar_nm(x) / 2
    as_bars = (x == 0) | (not _has_line(x))
    tops, bottoms = np.zeros(len(x)), np.zeros(len(x))
    entries = []
    for cause, values in causes.items():
        if not values.any():
            continue
        colour, hatch = _LOOKS[cause]
        look: dict[str, Any] = {"facecolor": colour, "hatch": hatch, "edgecolor": INK, "linewidth": 0.3, "zorder": 1}
        for part, base in ((np.maximum(values, 0), tops), (np.minimum(values, 0), bottoms)):
            if part.any():
                bars = as_bars & (part != 0)
                axes.bar(x[bars], part[bars], 2 * half, base[bars], **look)
                if not as_bars.all():
                    axes.fill_between(x[~as_bars], base[~as_bars], (base + part)[~as_bars], **look)
        tops += np.maximum(values, 0)
        bottoms += np.minimum(values, 0)
        entries.append(KeyEntry(text=_cause_text(cause, values, results), colour=colour, hatch=hatch))
    return entries[::-1]


def _bar_nm(thicknesses_nm: NDArray[np.float64]) -> float:
    """Width of a bar: a part of the distance to the next one, where there is one."""
    x = np.unique([0.0, *thicknesses_nm.round(6)])
    return float(min(0.6 * np.diff(x).min(), 0.06 * x[-1])) if x.size > 1 else 1.0


def _has_line(thicknesses_nm: NDArray[np.float64]) -> bool:
    """Whether there are enough shells to draw what lies between them."""
    return np.unique(thicknesses_nm[thicknesses_nm > 0].round(6)).size >= _FEWEST_OF_A_LINE


def _cause_text(cause: str, values: NDArray[np.float64], results: Sequence[StackTransport]) -> str:
    first = results[0]
    sizes = " and ".join(f"{first.thicknesses_nm[end]:.2g}" for end in (0, -1))
    names = {
        _ELECTRODES: f"{formula_label(first.layers[0])}, {formula_label(first.layers[-1])} (slices, {sizes} nm)",
        _COATING: formula_label(max((coating(result) for result in results), key=len)),
        _CONTACTS: "contacts (space charge, hop across)",
        _INTERPHASE: "interphase",
    }
    there = [value for value in values if value]
    low, high = number_text(min(there)), number_text(max(there))
    return f"{names[cause]}: {low}" + (f" to {high}" if high != low else "")


def _slices(results: Sequence[StackTransport]) -> str:
    """The slices of both ends that sums hold, where they are the same in all stacks."""
    first = results[0]
    if len({(r.layers[0], r.layers[-1], r.thicknesses_nm[0], r.thicknesses_nm[-1]) for r in results}) > 1:
        return ""
    ends = (f"{formula_label(first.layers[end])} ({first.thicknesses_nm[end]:.2g} nm)" for end in (0, -1))
    return f", with slices of {' and '.join(ends)}"


def _draw_totals(axes: Axes, series: _Series) -> None:
    """Mark every sum; the bare contact, another stack, is not on the line."""
    continuum, kmc = series.by("continuum"), series.by("kmc")
    bare = [result for result in continuum if result.thickness_nm == 0]
    shells = [result for result in continuum if result.thickness_nm > 0]
    for results, look in ((bare, _marks(series.colour)), (shells, _look_of_sums(series))):
        axes.plot([r.thickness_nm for r in results], [r.asr_ohm_cm2 for r in results], zorder=4, **look)
    if kmc:
        axes.errorbar(
            [result.thickness_nm for result in kmc],
            [result.asr_ohm_cm2 for result in kmc],
            yerr=[result.asr_err_ohm_cm2 for result in kmc],
            elinewidth=0.8,
            capsize=1.8,
            capthick=0.8,
            zorder=3,
            **_points(series.colour),
        )


def _marks(colour: str) -> dict[str, Any]:
    """Of sums in the continuum: small enough for the open points of kinetic Monte Carlo."""
    return {"marker": "o", "markersize": _MARKER_PT, "markeredgewidth": 0, "color": colour, "linestyle": "none"}


def _look_of_sums(series: _Series) -> dict[str, Any]:
    marks = _marks(series.colour)
    if not _has_line(np.array([result.thickness_nm for result in series.by("continuum")])):
        return marks
    return {**marks, "markersize": 0.7 * _MARKER_PT, "linestyle": "-", "linewidth": _LINE_PT}


def _points(colour: str) -> dict[str, Any]:
    return {
        "marker": "o",
        "markersize": _KMC_MARKER_PT,
        "color": colour,
        "markerfacecolor": "white",
        "markeredgewidth": 0.9,
        "linestyle": "none",
    }


def _key_of_lines(series: Sequence[_Series]) -> list[KeyEntry]:
    """What the marks and points of all series are, and which colour is which where there are several."""
    entries = []
    if len(series) > 1:
        looks = [_look_of_sums(one) if one.by("continuum") else _points(one.colour) for one in series]
        entries = [
            KeyEntry(text=one.name, handle=Line2D([], [], **look)) for one, look in zip(series, looks, strict=True)
        ]
    what = "sum, " if len(series) == 1 else ""
    if in_continuum := [one for one in series if one.by("continuum")]:
        look = _look_of_sums(in_continuum[0]) | {"color": INK}
        entries.append(KeyEntry(text=f"{what}continuum", handle=Line2D([], [], **look)))
    if any(one.by("kmc") for one in series):
        entries.append(KeyEntry(text=f"{what}kinetic Monte Carlo", handle=Line2D([], [], **_points(INK))))
    return entries


def _set_limits(axes: Axes, results: Sequence[StackTransport], stacked: Sequence[StackTransport]) -> None:
    lowest = min(0.0, *(sum(values[values < 0]) for values in np.transpose([*_by_cause(stacked).values()])), 0.0)
    cut = _cut(results)
    highest = max(_highest(result) for result in results if result not in cut)
    span = highest - lowest
    bottom = lowest - _MARGIN * span if lowest < 0 else 0.0
    axes.set_ylim(bottom, highest + (_CUT_ROOM if cut else _MARGIN) * span)
    x = np.unique([round(result.thickness_nm, 6) for result in results])
    room = 1.2 * _bar_nm(x)
    if x.size == 1:
        axes.set_xlim(x[0] - room, x[0] + room)
        axes.set_xticks(x)
    else:
        axes.set_xlim(-room if x[0] == 0 else 0.0, max(x[-1] + room, 1.02 * x[-1]))
        axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    bare = bare_text(results) if x[0] == 0 else "0"
    axes.xaxis.set_major_formatter(lambda value, _: bare if value == 0 else format_nm(value))


def _highest(result: StackTransport) -> float:
    """Top of a stack; a sum with its error."""
    parts = sum(value for value in result.asr_layers.values() if value > 0)
    return max(parts, result.asr_ohm_cm2 + result.asr_err_ohm_cm2)


def _cut(results: Sequence[StackTransport]) -> list[StackTransport]:
    """Bare contacts that would press all shells down to the axis."""
    shells = [_highest(result) for result in results if result.thickness_nm > 0]
    return [r for r in results if r.thickness_nm == 0 and shells and r.asr_ohm_cm2 > _CUT_ABOVE * max(shells)]


def _write_cut(axes: Axes, results: Sequence[StackTransport]) -> None:
    """The numbers of bare contacts that go on beyond the axis."""
    cut = _cut(results)
    if not cut:
        return
    low, high = (number_text(end(result.asr_ohm_cm2 for result in cut)) for end in (min, max))
    axes.annotate(
        f"$\\uparrow$ bare: {low}" + (f" to {high}" if high != low else ""),
        xy=(_bar_nm(np.array([result.thickness_nm for result in results])) / 2, 1),
        xycoords=("data", "axes fraction"),
        xytext=(4, -3),
        textcoords="offset points",
        ha="left",
        va="top",
        fontsize=TEXT_PT,
        bbox=TEXT_BACKGROUND,
        zorder=5,
    )
