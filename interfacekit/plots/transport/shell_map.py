"""Maps of shells: one quantity over thickness and voltage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.colors import LogNorm, Normalize

from interfacekit.errors import InputError
from interfacekit.plots.labels import Canvas, KeyEntry, add_key, canvas_for, text_size
from interfacekit.plots.style import (
    AXIS_LABEL_PT,
    INK,
    SINGLE_COLUMN_MM,
    TEXT_PT,
    VOLTAGE_LABEL,
    figure_style,
    formula_label,
    tidy_ticks,
)
from interfacekit.plots.transport.stacks import (
    add_notes,
    bare_text,
    coating,
    common_conditions,
    listed,
    number_text,
    origin_notes,
    require_one_case,
    slices_note,
    thickness_text,
)
from interfacekit.results import format_nm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from numpy.typing import NDArray

    from interfacekit.transport import StackTransport


class _Quantity(NamedTuple):
    """How a quantity is called and coloured."""

    label: str
    logarithmic: bool = False


_BETWEEN = "Coating and contacts"
_QUANTITIES = {
    "interface_ohm_cm2": _Quantity(f"{_BETWEEN} ($\\Omega$ cm$^2$)", logarithmic=True),
    "asr_ohm_cm2": _Quantity("Area-specific resistance ($\\Omega$ cm$^2$)", logarithmic=True),
    "scl_charge_uC_cm2": _Quantity("Charge in the electrolyte ($\\mu$C/cm$^2$)"),
    "scl_capacity_mAh_g": _Quantity("Li missing in the electrolyte (mAh/g)"),
    "scl_width_nm": _Quantity("Width of the space charge (nm)"),
    "potential_drop_V": _Quantity("Potential of the electrolyte (V)"),
}
_METHODS = {"continuum": "continuum", "kmc": "kinetic Monte Carlo"}
_MODEL = ("ladder", "site_spacing_A")
_SEQUENTIAL, _DIVERGING = "viridis_r", "RdBu_r"
_HATCH, _MISSING_INK = "////", "#999999"
_TICK_PT = {"x": 4.0, "y": 7.5}
#: Half of a single column.
_HALF_V = 0.05
#: Luminance below which numbers are white.
_DARK = 0.45
_MOST_TICKS = 8


def plot_shell_map(
    results: Sequence[StackTransport],
    quantity: str = "interface_ohm_cm2",
    ax: Axes | None = None,
    *,
    width_mm: float = SINGLE_COLUMN_MM,
) -> Axes:
    """Draw one quantity of the shells of one coating over voltage and thickness.

    Columns reach half way to the next voltage; rows, one for each thickness, are equally high. Cells hold their number
    where it fits. Resistances have logarithmic colours where all are above zero; what has both signs is white at zero.
    Points that are missing or failed are hatched. Small print says what the slices of cathode and electrolyte resist
    and where the numbers come from.

    Parameters
    ----------
    results
        From `shell_point`. Where there are several of one shell, the continuum is drawn, or else the first seed.
    quantity
        `interface_ohm_cm2` (all but the slices of cathode and electrolyte), `asr_ohm_cm2`, `scl_charge_uC_cm2`,
        `scl_capacity_mAh_g`, `scl_width_nm` or `potential_drop_V`.
    ax
        Axes to draw on; a new figure when None.
    width_mm
        Width of the new figure.

    Returns
    -------
    Axes
        Voltage (V vs Li/Li+) on x, the number of the row on y, whose ticks are thicknesses (nm); the scale of colours
        is its child.

    Raises
    ------
    InputError
        If the quantity is unknown, there is no result or one without a voltage, or there are several coatings,
        temperatures or models.
    """
    if quantity not in _QUANTITIES:
        raise InputError(f"there is no map of {quantity!r}; choose {', '.join(_QUANTITIES)}")
    everything = listed(results)
    cells = _cells(everything)
    voltages = np.array(sorted({voltage for _, voltage in cells}))
    thicknesses = np.array(sorted({thickness for thickness, _ in cells}))
    values = np.array(
        [
            [_value(cells[t, v], quantity) if (t, v) in cells else np.nan for v in voltages.tolist()]
            for t in thicknesses.tolist()
        ]
    )
    with figure_style():
        canvas = canvas_for(ax, width_mm, aspect=2.0)
        axes = canvas.axes
        edges = _edges(voltages), np.arange(-0.5, len(thicknesses))
        mesh = axes.pcolormesh(*edges, np.ma.masked_invalid(values), **_colours(quantity, values), rasterized=True)
        mesh.set(edgecolor="white", linewidth=0.4)
        axes.patch.set(hatch=_HATCH, edgecolor=_MISSING_INK)
        axes.set(xlim=edges[0][[0, -1]], ylim=edges[1][[0, -1]])
        axes.set(xlabel=VOLTAGE_LABEL, ylabel=f"Thickness of {_coating_name(everything)} (nm)")
        methods = " and ".join(sorted({_METHODS[result.method] for result in cells.values()}))
        axes.set_title(f"{common_conditions(everything)}, {methods}", loc="left", pad=3)
        drawn = list(cells.values())
        label = _QUANTITIES[quantity].label
        if any(result.provenance["parameters"]["interphases"] for result in drawn):
            label = label.replace(_BETWEEN, "Coating, contacts and interphases")
        _add_scale(canvas, mesh, label)
        add_notes(canvas, [*_notes(everything, drawn, quantity), *origin_notes(drawn, marked=True)])
        if np.isnan(values).any():
            missing = KeyEntry(text="not computed", colour="white", hatch=_HATCH)
            add_key(canvas, [missing], above=True)
        canvas.fix_axes_height((0.75 if canvas.width_mm < 120 else 0.5) * canvas.width_mm)
        _set_ticks(canvas, voltages, thicknesses, bare_text(drawn))
        _write_numbers(canvas, mesh, edges, values)
    return axes


def _cells(results: Sequence[StackTransport]) -> dict[tuple[float, float], StackTransport]:
    """Results by thickness and voltage."""
    coatings = {coating(result) for result in results} - {""}
    models = {
        (r.layers[0], r.layers[-1], r.temperature_K, *(r.provenance["parameters"][k] for k in _MODEL)) for r in results
    }
    if len(coatings) > 1:
        raise InputError(f"a map is of one coating, not of {', '.join(sorted(coatings))}; draw them one by one")
    if len(models) > 1:
        raise InputError("a map is of one cathode, electrolyte, temperature and model; draw them one by one")
    cells: dict[tuple[float, float], list[StackTransport]] = {}
    # The continuum comes first.
    for result in sorted(results, key=lambda r: r.method != "continuum"):
        if result.voltage_V is None:
            raise InputError(f"{'|'.join(result.layers)} has no voltage to stand on the map; draw its profile")
        cells.setdefault((round(result.thickness_nm, 6), result.voltage_V), []).append(result)
    for (thickness, voltage), of_one in cells.items():
        require_one_case(of_one, f"{thickness_text(thickness)} and {voltage:g} V")
    return {place: of_one[0] for place, of_one in cells.items()}


def _value(result: StackTransport, quantity: str) -> float:
    from interfacekit.transport.shells.resistance_parts import (
        interface_ohm_cm2,  # results exist: transport has been imported
    )

    return interface_ohm_cm2(result) if quantity == "interface_ohm_cm2" else float(getattr(result, quantity))


def _notes(everything: Sequence[StackTransport], drawn: Sequence[StackTransport], quantity: str) -> list[str]:
    """What the numbers hold of the slices of both sides, and what was run and is not drawn."""
    notes = []
    if quantity in ("interface_ohm_cm2", "asr_ohm_cm2"):
        notes.append(slices_note(drawn, included=quantity == "asr_ohm_cm2"))
    left_out = sum(r.method == "kmc" for r in everything) - sum(r.method == "kmc" for r in drawn)
    if left_out:
        notes.append(f"Not drawn: kinetic Monte Carlo ({left_out} results), whose numbers the tables and files have.")
    return notes


def _coating_name(results: Sequence[StackTransport]) -> str:
    return formula_label(max((coating(result) for result in results), key=len)) or "the coating"


def _edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges (n + 1,) half way between values (n,), the outermost as far from the first and last value."""
    if len(values) == 1:
        return np.array([values[0] - _HALF_V, values[0] + _HALF_V])
    middle = (values[1:] + values[:-1]) / 2
    return np.concatenate([[2 * values[0] - middle[0]], middle, [2 * values[-1] - middle[-1]]])


def _colours(quantity: str, values: NDArray[np.float64]) -> dict[str, Any]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if _QUANTITIES[quantity].logarithmic and low > 0:
        widen = 1.0 if high > low else 1.1
        return {"norm": LogNorm(low / widen, high * widen), "cmap": _SEQUENTIAL}
    if low < 0 < high:
        most = max(-low, high)
        return {"norm": Normalize(-most, most), "cmap": _DIVERGING}
    widen = 0.0 if high > low else 0.1 * abs(low) or 1.0
    # The darkest is what is farthest from zero.
    return {"norm": Normalize(low - widen, high + widen), "cmap": _SEQUENTIAL if high > 0 else _SEQUENTIAL[:-2]}


def _add_scale(canvas: Canvas, mesh: QuadMesh, label: str) -> None:
    place = canvas.axes.inset_axes((1.03, 0, 0.045, 1))
    bar = canvas.figure.colorbar(mesh, cax=place)
    bar.set_label(label, fontsize=AXIS_LABEL_PT)
    if isinstance(mesh.norm, LogNorm):
        low, high = mesh.get_clim()
        ticks = [m * 10.0**n for n in range(-9, 12) for m in (1, 2, 5) if (low or 0) <= m * 10.0**n <= (high or 0)]
        if len(ticks) > _MOST_TICKS:
            ticks = [tick for tick in ticks if f"{tick:.0e}".startswith("1")]
        bar.set_ticks(ticks, labels=[number_text(tick, 1) for tick in ticks])
        bar.minorticks_off()
    bar.outline.set_linewidth(0.6)
    tidy_ticks(bar.ax)


def _set_ticks(canvas: Canvas, voltages: NDArray[np.float64], thicknesses: NDArray[np.float64], bare: str) -> None:
    """Ticks at the computed points, as many as have room for their labels."""
    axes = canvas.axes
    decimals = max(1, *(len(f"{voltage:g}".partition(".")[2]) for voltage in voltages.tolist()))
    labels = [f"{voltage:.{decimals}f}" for voltage in voltages.tolist()]
    widest = max(text_size(canvas, label)[0] for label in labels)
    shown = _apart(axes.transData.transform([(v, 0) for v in voltages])[:, 0], widest + canvas.pixels(_TICK_PT["x"]))
    axes.set_xticks(voltages[shown], [labels[k] for k in shown])
    labels = [format_nm(thickness) if thickness > 0 else bare for thickness in thicknesses.tolist()]
    rows = axes.transData.transform([(0, row) for row in range(len(labels))])[:, 1]
    shown = _apart(rows, canvas.pixels(_TICK_PT["y"]))
    axes.set_yticks(shown, [labels[k] for k in shown])


def _apart(places: NDArray[np.float64], least: float) -> list[int]:
    """Indices of places (rising, pixels) that are so far from one another, from the first one up."""
    shown: list[int] = []
    for k, place in enumerate(places):
        if not shown or place - places[shown[-1]] >= least:
            shown.append(k)
    return shown


def _write_numbers(
    canvas: Canvas,
    mesh: QuadMesh,
    edges: tuple[NDArray[np.float64], NDArray[np.float64]],
    values: NDArray[np.float64],
) -> None:
    """With three digits, or with two where these fit into more cells."""
    box = canvas.axes.get_window_extent()
    widths = np.diff(edges[0]) / np.ptp(edges[0]) * box.width - canvas.pixels(1.5)
    heights = np.diff(edges[1]) / np.ptp(edges[1]) * box.height - canvas.pixels(1.5)
    there = [(place, float(value)) for place, value in np.ndenumerate(values) if not np.isnan(value)]

    def fitting(digits: int) -> dict[tuple[int, ...], str]:
        texts = {place: number_text(value, digits) for place, value in there}
        sizes = {place: text_size(canvas, text) for place, text in texts.items()}
        return {
            (row, column): texts[row, column]
            for (row, column), (width, height) in sizes.items()
            if width <= widths[column] and height <= heights[row]
        }

    two, three = fitting(2), fitting(3)
    colours = mesh.to_rgba(values)
    for (row, column), text in (two if len(two) > len(three) else three).items():
        is_dark = np.dot(colours[row, column, :3], (0.299, 0.587, 0.114)) < _DARK
        middle = edges[0][column : column + 2].mean(), edges[1][row : row + 2].mean()
        look: dict[str, Any] = {"fontsize": TEXT_PT, "color": "white" if is_dark else INK}
        canvas.axes.text(*middle, text, ha="center", va="center", **look)
