"""Arrhenius plots: conductivity on a logarithmic axis over 1000/T, computed beside measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from interfacekit.errors import InputError
from interfacekit.plots.labels import Canvas, KeyEntry, add_key, canvas_for
from interfacekit.plots.style import (
    EMPHASIS_COLOUR,
    INK,
    LINE_COLOURS,
    SINGLE_COLUMN_MM,
    figure_style,
    formula_label,
    tidy_ticks,
)
from interfacekit.results import with_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform
    from numpy.typing import NDArray

    from interfacekit.transport import MeasuredPoint, Transport

ZERO_CELSIUS_K = 273.15

_MARKERS = "os^Dv<>"
_LINES: tuple[Literal["-", "--", ":", "-."], ...] = ("-", "--", ":", "-.")
_MEASURED_MARKERS = "*pXPdh><8"
_MARKER_PT, _MEASURED_PT, _RING_PT, _KEY_RING_PT = 3.5, 5.5, 10.0, 7.0
#: Least span of the logarithmic axis, so that a whole decade has its label.
_LEAST_DECADES = 1.3
_SINGLE_POINT_MARGIN = 0.2  # 1000/K
_CELSIUS_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500)
_LABEL_GAP_PT = 19.0
#: Distance between the bars of ranges at one temperature.
_DODGE_PT = 5.0


class _Style(NamedTuple):
    """How a series is drawn."""

    colour: str
    marker: str
    line: Literal["-", "--", ":", "-."]
    filled: bool


class _Look(NamedTuple):
    """How sure a measured number is, as a marker shows it."""

    filled: bool
    colour: str
    meaning: str


_SEEN = _Look(filled=True, colour=INK, meaning="")
_SECOND_HAND = _Look(filled=False, colour=INK, meaning="open: second-hand, derived or read off a figure")
_RECALLED = _Look(filled=False, colour="#B0B0B0", meaning="faint: recalled, not looked up")


def plot_arrhenius(
    results: Transport | Sequence[Transport],
    measured: Sequence[MeasuredPoint] | None = None,
    ax: Axes | None = None,
    *,
    width_mm: float = SINGLE_COLUMN_MM,
    by_material: bool = False,
) -> Axes:
    """Draw conductivities over the inverse temperature.

    Each material, sample and field has a colour and a marker, error bars of one standard error, and the line of its
    activation energy (of conductivity times temperature), which the key names. Measured points are black: filled where
    the number was seen in its source, open where it is second-hand, and faint where it was recalled; a bar is a range.
    The measured points that a model was calibrated to are ringed: agreement there is no prediction.

    Parameters
    ----------
    results
        From `simulate_series`, of one material or of several.
    measured
        From `measured_points`.
    ax
        Axes to draw on; a new figure when None.
    width_mm
        Width of the new figure.
    by_material
        One colour for each material: the markers of its first sample are filled and the line is full, those of the
        others are open and broken.

    Returns
    -------
    Axes
        1000/T (1/K) below and temperature (deg C) above on x, conductivity (S/cm) on a logarithmic y.

    Raises
    ------
    InputError
        If there is no result, or a conductivity is not positive.
    """
    from interfacekit.transport.bulk.series import by_series  # results exist: transport has been imported

    series = by_series(results if isinstance(results, list | tuple) else [results])  # type: ignore[list-item]
    points = tuple(measured or ())
    if not series:
        raise InputError("no transport coefficients to draw; give at least one result")
    for name, members in series.items():
        for r in members:
            if not r.conductivity_S_cm > 0:
                raise InputError(f"the conductivity of {name} at {r.temperature_K:g} K is not above 0: no logarithm")
    with figure_style():
        canvas = canvas_for(ax, width_mm)
        axes = canvas.axes
        axes.set_yscale("log")
        styles = _styles([members[0].material for members in series.values()], by_material=by_material)
        entries = [
            _draw_series(axes, style, name, members)
            for style, (name, members) in zip(styles, series.items(), strict=True)
        ]
        entries += _draw_measured(canvas, points, _calibration_sources(series))
        _set_limits(axes, [r for members in series.values() for r in members], points)
        axes.set(xlabel="1000/T (1/K)", ylabel="Conductivity (S/cm)")
        axes.grid(color="#E3E3E3", linewidth=0.5)
        axes.set_axisbelow(True)
        axes.tick_params(which="minor", length=1.5, width=0.4)
        height = (0.7 if canvas.width_mm < 120 else 0.45) * canvas.width_mm
        canvas.fix_axes_height(height)
        _add_celsius(canvas)
        add_key(canvas, entries)
        canvas.fix_axes_height(height)
    return axes


def _styles(materials: Sequence[str], *, by_material: bool) -> list[_Style]:
    """One for each series, whose materials are given."""
    styles = []
    for k, material in enumerate(materials):
        if by_material:
            number, sample = list(dict.fromkeys(materials)).index(material), materials[:k].count(material)
            marker, line, filled = _MARKERS[sample % len(_MARKERS)], _LINES[sample % len(_LINES)], sample == 0
        else:
            number, line, filled = k, _LINES[0], True
            marker = _MARKERS[(k + k // len(LINE_COLOURS)) % len(_MARKERS)]
        styles.append(_Style(LINE_COLOURS[number % len(LINE_COLOURS)], marker, line, filled))
    return styles


def _draw_series(axes: Axes, style: _Style, name: str, series: Sequence[Transport]) -> KeyEntry:
    colour, marker = style.colour, style.marker
    face = colour if style.filled else "white"
    T = np.array([r.temperature_K for r in series])
    axes.errorbar(
        1000 / T,
        [r.conductivity_S_cm for r in series],
        yerr=[r.conductivity_err_S_cm for r in series],
        fmt=marker,
        color=colour,
        markerfacecolor=face,
        markersize=_MARKER_PT,
        elinewidth=0.7,
        capsize=1.5,
        capthick=0.7,
        zorder=3,
    )
    text = formula_label(name)
    energies = {r.activation_energy_eV for r in series}
    line: Literal["-", "--", ":", "-.", "none"] = "none"
    if len(energies) == 1 and (energy := energies.pop()) is not None:
        if T.min() < T.max():
            line = style.line
            along = np.linspace(T.min(), T.max(), 100)
            axes.plot(1000 / along, _fitted(series, energy, along), line, color=colour, linewidth=0.9, zorder=2)
        text += f", $E_\\mathrm{{a}}$ = {with_error(energy, series[0].activation_energy_err_eV or 0.0)} eV"
    look: dict[str, Any] = {"color": colour, "marker": marker, "markerfacecolor": face, "markersize": _MARKER_PT}
    handle = Line2D([], [], linewidth=0.9, linestyle=line, **look)
    return KeyEntry(text=text, handle=handle)


def _fitted(series: Sequence[Transport], energy_eV: float, T: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line of an activation energy through the points: A / T exp(-Ea / kT), S/cm."""
    from interfacekit.constants import BOLTZMANN_eV_K

    logarithms = [
        np.log(r.conductivity_S_cm * r.temperature_K) + energy_eV / (BOLTZMANN_eV_K * r.temperature_K) for r in series
    ]
    weights = [1 / max(r.conductivity_err_S_cm / r.conductivity_S_cm, 1e-12) ** 2 for r in series]
    return np.asarray(np.exp(np.average(logarithms, weights=weights) - energy_eV / (BOLTZMANN_eV_K * T)) / T)


def _calibration_sources(series: dict[str, list[Transport]]) -> set[str]:
    """Sources of the measurements that models were calibrated to."""
    inputs = [
        parameter
        for members in series.values()
        for r in members
        for parameter in r.provenance["parameters"].get("model") or ()
    ]
    return {parameter["source"] for parameter in inputs if parameter["role"].startswith("calibrated")}


def _draw_measured(canvas: Canvas, points: Sequence[MeasuredPoint], calibrated: set[str]) -> list[KeyEntry]:
    axes = canvas.axes
    entries, ringed, looks = [], False, []
    ranges: dict[float, list[MeasuredPoint]] = {}
    for point in points:
        if point.conductivity_high_S_cm > point.conductivity_low_S_cm:
            ranges.setdefault(point.temperature_K, []).append(point)
    for k, point in enumerate(points):
        look = _look(point.certainty)
        looks.append(look)
        marker = _MEASURED_MARKERS[k % len(_MEASURED_MARKERS)]
        style: dict[str, Any] = {
            "marker": marker,
            "markersize": _MEASURED_PT,
            "color": look.colour,
            "markerfacecolor": look.colour if look.filled else "white",
            "markeredgewidth": 0.2 if look.filled else 0.8,
        }
        beside = ranges.get(point.temperature_K, [])
        shift = _DODGE_PT * (beside.index(point) - (len(beside) - 1) / 2) if point in beside else 0.0
        where = _shifted(canvas, shift)
        ends = list(dict.fromkeys((point.conductivity_low_S_cm, point.conductivity_high_S_cm)))
        x = 1000 / point.temperature_K
        axes.plot([x] * len(ends), ends, linewidth=1.6, transform=where, zorder=4, **style)
        if point.source in calibrated:
            ringed = True
            axes.plot([x], ends[:1], transform=where, zorder=5, **_RING)
        range_text = " (range)" if len(ends) > 1 else ""
        handle = Line2D([], [], linestyle="none", **style)
        entries.append(KeyEntry(text=_measured_text(point) + range_text, handle=handle))
    entries += [KeyEntry(text=look.meaning) for look in dict.fromkeys(looks) if look.meaning]
    if ringed:
        ring = Line2D([], [], **{**_RING, "markersize": _KEY_RING_PT})
        entries.append(KeyEntry(text="calibrated to this: no prediction", handle=ring))
    return entries


_RING: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": _RING_PT,
    "markerfacecolor": "none",
    "markeredgecolor": EMPHASIS_COLOUR,
    "markeredgewidth": 1.0,
}


def _look(certainty: str) -> _Look:
    return {"seen": _SEEN, "memory-approx": _RECALLED}.get(certainty, _SECOND_HAND)


def _measured_text(point: MeasuredPoint) -> str:
    """Name of a measured point: the formula of its sample, and what kind of sample it is."""
    formula, _, sample = point.sample.partition(" ")
    label = formula_label(formula).replace("Lix", "Li$_{x}$")
    return f"measured: {label}, {point.note or sample}".removesuffix(", ")


def _shifted(canvas: Canvas, right_pt: float) -> Transform:
    return canvas.axes.transData + ScaledTranslation(right_pt / 72, 0, canvas.figure.dpi_scale_trans)


def _set_limits(axes: Axes, results: Sequence[Transport], points: Sequence[MeasuredPoint]) -> None:
    x = 1000 / np.array([*(r.temperature_K for r in results), *(point.temperature_K for point in points)])
    margin = 0.06 * float(np.ptp(x)) or _SINGLE_POINT_MARGIN
    axes.set_xlim(max(float(x.min()) - margin, float(x.min()) / 2), float(x.max()) + margin)
    computed = [(r.conductivity_S_cm, r.conductivity_S_cm + r.conductivity_err_S_cm) for r in results]
    measured = [(point.conductivity_low_S_cm, point.conductivity_high_S_cm) for point in points]
    decades = np.log10([*computed, *measured])
    low, high = float(decades.min()), float(decades.max())
    margin = max(0.06 * (high - low), (_LEAST_DECADES - (high - low)) / 2)
    axes.set_ylim(10 ** (low - margin), 10 ** (high + margin))


def _add_celsius(canvas: Canvas) -> None:
    """Ticks at round temperatures, as many as there is room for."""
    axes = canvas.axes
    top = axes.secondary_xaxis("top")  # in 1000/T too: only its labels are in Celsius
    top.set_xlabel("Temperature (\N{DEGREE SIGN}C)")
    tidy_ticks(cast("Axes", top))
    low, high = axes.get_xlim()
    coldest, hottest = 1000 / high - ZERO_CELSIUS_K, 1000 / low - ZERO_CELSIUS_K
    width_pt = canvas.box().width / canvas.pixels(1)
    ticks = np.zeros(1)
    for step in _CELSIUS_STEPS:
        ticks = np.arange(np.ceil(coldest / step), np.floor(hottest / step) + 1) * step
        gaps = -np.diff(1000 / (ticks + ZERO_CELSIUS_K)) / (high - low) * width_pt
        if not gaps.size or gaps.min() >= _LABEL_GAP_PT:
            break
    labels = [f"{celsius:g}".replace("-", "\N{MINUS SIGN}") for celsius in ticks]
    top.set_xticks(1000 / (ticks + ZERO_CELSIUS_K), labels)
