"""Windows and reaction energies with the intervals of an assumed error model, one row per phase or condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from interfacekit.errors import InputError
from interfacekit.plots.labels import KeyEntry, add_key, canvas_for
from interfacekit.plots.style import (
    DOUBLE_COLUMN_MM,
    INK,
    LINE_COLOURS,
    LITHIUM_REFERENCE,
    UNITS,
    VOLTAGE_LABEL,
    figure_style,
    formula_label,
    voltage_text,
)
from interfacekit.plots.thermo.windows import BAR_COLOUR, axis_end_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.thermo import Interval, ReactionEnsemble, WindowEnsemble

_ROW_MM, _CAP_HALF, _BAR_HEIGHT = 11.0, 0.13, 0.62
_MARKER_PT = 4.0
#: Colours of reduction and oxidation, or mutual and total.
_COLOURS = LINE_COLOURS[0], LINE_COLOURS[1]


def plot_window_ensembles(
    ensembles: Sequence[WindowEnsemble], ax: Axes | None = None, *, width_mm: float = DOUBLE_COLUMN_MM
) -> Axes:
    """Draw the window of each phase as a bar, with the intervals of its limits under an assumed error model.

    The bar spans the window without errors; a window of zero width is a diamond. A line spans 5-95 % of the samples of
    a limit, with a dot at their median: reduction in the upper half of the bar, oxidation in the lower.

    Parameters
    ----------
    ensembles
        Results of `window_ensemble`.
    ax
        Axes to draw on; a new figure if None (default).
    width_mm
        Width of the new figure, mm; default 175 (two columns).

    Returns
    -------
    Axes
        Voltage (V vs Li/Li+) on x, phases from top to bottom.

    Raises
    ------
    InputError
        If there is nothing to draw.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import plots
    >>> axes = plots.plot_window_ensembles([ik.window_ensemble("LGPS", n=100)])
    >>> axes.get_xlabel()
    'Voltage vs Li/Li$^{+}$ (V)'
    """
    if not ensembles:
        raise InputError("ensembles must be one or more results of window_ensemble, got none")
    intervals = [i for e in ensembles for i in (e.reduction_V, e.oxidation_V) if i is not None]
    limits = [max(i.value, i.high) for i in intervals]
    end = axis_end_of(limits)
    with figure_style():
        canvas = canvas_for(ax, width_mm, aspect=0.5)
        axes = canvas.axes
        for row, e in enumerate(ensembles):
            low, high = e.reduction_V.value, end if e.oxidation_V is None else e.oxidation_V.value
            if high > low:
                axes.barh(row, high - low, left=low, height=_BAR_HEIGHT, facecolor=BAR_COLOUR, linewidth=0)
            else:
                axes.plot([low], [row], marker="D", markersize=5, color=INK, markerfacecolor=BAR_COLOUR, zorder=2)
            if e.oxidation_V is None:
                axes.plot([end], [row], marker=5, markersize=5, color=INK, linestyle="none", zorder=4)
            _draw(axes, row - 0.15, e.reduction_V, _COLOURS[0])
            if e.oxidation_V is not None:
                _draw(axes, row + 0.15, e.oxidation_V, _COLOURS[1])
        _set_rows(axes, [_window_name(e) for e in ensembles])
        axes.set(xlim=(0, end), xlabel=VOLTAGE_LABEL)
        key = [KeyEntry(text="without errors", handle=Patch(facecolor=BAR_COLOUR))]
        add_key(canvas, key + _key(("reduction", "oxidation"), ensembles[0].n))
        canvas.fix_axes_height(_ROW_MM * len(ensembles))
    return axes


def plot_reaction_ensembles(
    ensembles: Sequence[ReactionEnsemble], ax: Axes | None = None, *, width_mm: float = DOUBLE_COLUMN_MM
) -> Axes:
    """Draw the worst reaction energy of each condition with its interval under an assumed error model.

    A line spans 5-95 % of the samples, with a dot at their median and an open diamond at the value without errors.
    Energies are per atom if closed, per non-Li atom if open.

    Parameters
    ----------
    ensembles
        Results of `reaction_ensemble`, all closed or all open to Li.
    ax
        Axes to draw on; a new figure if None (default).
    width_mm
        Width of the new figure, mm; default 175 (two columns).

    Returns
    -------
    Axes
        Reaction energy (meV per atom, or per non-Li atom) on x, conditions from top to bottom.

    Raises
    ------
    InputError
        If there is nothing to draw, or closed and open reactions are mixed.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import plots
    >>> axes = plots.plot_reaction_ensembles([ik.reaction_ensemble("LCO", "LGPS", n=100)])
    >>> axes.get_xlabel()
    'Reaction energy (meV/atom)'
    """
    if not ensembles:
        raise InputError("ensembles must be one or more results of reaction_ensemble, got none")
    if len({e.voltage_V is None for e in ensembles}) > 1:
        raise InputError("ensembles must be all closed or all open to Li, got both; draw them in two figures")
    basis = "eV_per_atom" if ensembles[0].voltage_V is None else "eV_per_non_Li_atom"
    with figure_style():
        canvas = canvas_for(ax, width_mm, aspect=0.5)
        axes = canvas.axes
        for row, e in enumerate(ensembles):
            for name, shift, colour in (("mutual", -0.15, _COLOURS[0]), ("total", 0.15, _COLOURS[1])):
                interval = getattr(e, f"{name}_{basis}")
                _draw(axes, row + shift, interval, colour, scale=1e3)
                axes.plot([1e3 * interval.value], [row + shift], **_diamond(colour))
        _set_rows(axes, [_reaction_name(e, basis) for e in ensembles])
        axes.set_xlabel(f"Reaction energy ({UNITS[basis]})")
        axes.margins(x=0.06)
        if basis == "eV_per_non_Li_atom":
            axes.set_title(f"open to Li, voltages vs {LITHIUM_REFERENCE}", loc="right", pad=3)
        value = KeyEntry(text="without errors", handle=Line2D([], [], **_diamond(INK)))
        add_key(canvas, [value, *_key(("mutual", "total"), ensembles[0].n)])
        canvas.fix_axes_height(_ROW_MM * len(ensembles))
    return axes


def _draw(axes: Axes, y: float, interval: Interval, colour: str, scale: float = 1.0) -> None:
    low, median, high = (scale * value for value in (interval.low, interval.median, interval.high))
    axes.plot([low, high], [y, y], color=colour, linewidth=1.2, zorder=3)
    axes.vlines([low, high], y - _CAP_HALF / 2, y + _CAP_HALF / 2, color=colour, linewidth=1.0, zorder=3)
    axes.plot([median], [y], marker="o", markersize=_MARKER_PT, color=colour, linestyle="none", zorder=4)


def _diamond(colour: str) -> dict[str, Any]:
    return {
        "marker": "D",
        "markersize": _MARKER_PT + 2.0,
        "markerfacecolor": "none",
        "color": colour,
        "markeredgewidth": 0.8,
        "linestyle": "none",
        "zorder": 5,
    }


def _set_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="#E3E3E3", linewidth=0.5)
    axes.set_axisbelow(True)


def _window_name(ensemble: WindowEnsemble) -> str:
    lines = [_interval_text(ensemble.reduction_V, "{:.2f}", "V")]
    if ensemble.oxidation_V is not None:
        lines.append(_interval_text(ensemble.oxidation_V, "{:.2f}", "V"))
    return "\n".join([formula_label(ensemble.phase), *lines])


def _reaction_name(ensemble: ReactionEnsemble, basis: str) -> str:
    intervals = [getattr(ensemble, f"{name}_{basis}") for name in ("mutual", "total")]
    texts = [_interval_text(interval, "{:.0f}", "", scale=1e3) for interval in intervals]
    pair = formula_label("|".join(ensemble.phases))
    condition = "closed" if ensemble.voltage_V is None else voltage_text(ensemble.voltage_V)
    return "\n".join([f"{pair}, {condition}", *texts])


def _interval_text(interval: Interval, form: str, unit: str, scale: float = 1.0) -> str:
    value, low, high = (
        form.format(scale * number).replace("-", "\N{MINUS SIGN}")
        for number in (interval.value, interval.low, interval.high)
    )
    return f"{value} [{low}, {high}] {unit}".rstrip()


def _key(names: Sequence[str], n: int) -> list[KeyEntry]:
    handles = [Line2D([], [], color=colour, marker="o", markersize=_MARKER_PT, linewidth=1.2) for colour in _COLOURS]
    entries = [
        KeyEntry(text=f"{name}: median, 5\N{EN DASH}95 %", handle=handle)
        for name, handle in zip(names, handles, strict=True)
    ]
    samples = Line2D([], [], linestyle="none")
    return [*entries, KeyEntry(text=f"{n} samples of an assumed error model", handle=samples)]
