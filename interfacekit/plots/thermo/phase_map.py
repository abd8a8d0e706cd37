"""Interface phase diagram of a pair: products over voltage and mixing ratio."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from interfacekit.plots.labels import Canvas, KeyEntry, add_key, canvas_for, text_size, wrapped_products
from interfacekit.plots.style import (
    DOUBLE_COLUMN_MM,
    FILL_COLOURS,
    INK,
    OTHER_FILL,
    TEXT_PT,
    VOLTAGE_LABEL,
    figure_style,
    formula_label,
)
from interfacekit.presentation import takes_one

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.thermo import PhaseField, PhaseMap

_MOST_LINES = 5
#: Smallest size of a visible field, and width of the edges.
_SLIVER_PT, _EDGE_PT = 1.2, 0.25
_MOST_NUMBERS = {"narrow": 10, "wide": 24}


@takes_one
def plot_phase_map(phase_map: PhaseMap, ax: Axes | None = None, *, width_mm: float = DOUBLE_COLUMN_MM) -> Axes:
    """Draw the phase fields of a pair open to Li over mixing ratio and voltage.

    The colour of a field is that of its main product (most formula units), grey for rare main products. Fields too
    narrow to be visible take the colour of a neighbour, and the key counts them. Large fields name their products, main
    product first; the next smaller ones are numbered in the key, as many as the size of the figure allows.

    Parameters
    ----------
    phase_map
        Result of `phase_map`.
    ax
        Axes to draw on; a new figure if None (default).
    width_mm
        Width of the new figure, mm; default 175 (two columns).

    Returns
    -------
    Axes
        Mixing ratio (atom fraction of the first phase, 0 to 1) on x, voltage (V vs Li/Li+) on y.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import plots
    >>> axes = plots.plot_phase_map(ik.phase_map("LNO", "LGPS", (2.0, 2.5)))
    >>> axes.get_ylabel()
    'Voltage vs Li/Li$^{+}$ (V)'
    """
    colours = _colours(phase_map.fields)
    with figure_style():
        canvas = canvas_for(ax, width_mm)
        axes = canvas.axes
        first, second = (formula_label(name) for name in phase_map.phases)
        axes.set_title(f"{first}|{second}", loc="left", pad=3)
        axes.set(
            xlim=(0, 1),
            ylim=(phase_map.voltage_low_V, phase_map.voltage_high_V),
            xlabel=f"Mixing ratio (atom fraction of {first})",
            ylabel=VOLTAGE_LABEL,
        )
        height = (0.85 if canvas.width_mm < 120 else 0.6) * canvas.width_mm
        canvas.fix_axes_height(height)
        slivers = _draw_fields(canvas, phase_map, colours)
        numbered = _label_fields(canvas, phase_map)
        add_key(canvas, _key(numbered, colours, phase_map.fields), title=_key_title(slivers))
        canvas.fix_axes_height(height)
    return axes


def _draw_fields(canvas: Canvas, phase_map: PhaseMap, colours: dict[str, str]) -> int:
    """Draw fields with thin edges, and slivers in the colour of the neighbour with the longest common edge.

    Returns the number of slivers.
    """
    box = canvas.box()
    least_x = canvas.pixels(_SLIVER_PT) / box.width
    least_V = canvas.pixels(_SLIVER_PT) / box.height * (phase_map.voltage_high_V - phase_map.voltage_low_V)
    seen = [f for f in phase_map.fields if _is_seen(f, least_x, least_V)]
    fills, lines = [], []
    for field in phase_map.fields:
        shown = field if _is_seen(field, least_x, least_V) else _neighbour(field, seen, least_x, least_V)
        fills.append(colours.get(shown.products[0], OTHER_FILL))
        lines.append(_EDGE_PT if shown is field else 0.0)
    patches = [
        Rectangle((f.x_low, f.voltage_low_V), f.x_high - f.x_low, f.voltage_high_V - f.voltage_low_V)
        for f in phase_map.fields
    ]
    canvas.axes.add_collection(PatchCollection(patches, facecolor=fills, edgecolor=INK, linewidth=lines))
    return len(phase_map.fields) - len(seen)


def _key_title(slivers: int) -> str:
    title = "Colour: main product, listed first"
    if slivers == 0:
        return title
    return f"{title};\n{'one field' if slivers == 1 else f'{slivers} fields'} too narrow to show: as a neighbour"


def _is_seen(field: PhaseField, least_x: float, least_V: float) -> bool:
    return field.x_high - field.x_low >= least_x and field.voltage_high_V - field.voltage_low_V >= least_V


def _neighbour(field: PhaseField, seen: Sequence[PhaseField], least_x: float, least_V: float) -> PhaseField:
    """Visible field with the longest common edge; the field itself if none is visible."""
    edges = [_common_edge(field, other, least_x, least_V) for other in seen]
    return seen[edges.index(max(edges))] if edges else field


def _common_edge(field: PhaseField, other: PhaseField, least_x: float, least_V: float) -> float:
    """Length of the common edge of two fields at most one sliver apart, as a fraction of the edge of the first."""
    gap_x = max(field.x_low - other.x_high, other.x_low - field.x_high)
    gap_V = max(field.voltage_low_V - other.voltage_high_V, other.voltage_low_V - field.voltage_high_V)
    if gap_x > least_x or gap_V > least_V:
        return -1.0
    overlap_x = min(field.x_high, other.x_high) - max(field.x_low, other.x_low)
    overlap_V = min(field.voltage_high_V, other.voltage_high_V) - max(field.voltage_low_V, other.voltage_low_V)
    return max(overlap_x / (field.x_high - field.x_low), overlap_V / (field.voltage_high_V - field.voltage_low_V))


def _area(field: PhaseField) -> float:
    return (field.x_high - field.x_low) * (field.voltage_high_V - field.voltage_low_V)


def _colours(fields: Sequence[PhaseField]) -> dict[str, str]:
    """Assign a colour to each of the main products of largest area."""
    areas: defaultdict[str, float] = defaultdict(float)
    for field in fields:
        areas[field.products[0]] += _area(field)
    ranked = sorted(areas, key=lambda product: (-areas[product], product))
    return dict(zip(ranked, FILL_COLOURS, strict=False))


def _label_fields(canvas: Canvas, phase_map: PhaseMap) -> list[PhaseField]:
    """Name the products inside fields where they fit, number the largest other fields, and return these by number."""
    box = canvas.box()
    per_x, per_volt = box.width, box.height / (phase_map.voltage_high_V - phase_map.voltage_low_V)
    pad = canvas.pixels(2.5)
    most = _MOST_NUMBERS["narrow" if canvas.width_mm < 120 else "wide"]
    digits = text_size(canvas, "00")
    named, roomy = [], []
    for field in phase_map.fields:
        width, height = (field.x_high - field.x_low) * per_x, (field.voltage_high_V - field.voltage_low_V) * per_volt
        lines = wrapped_products(canvas, field.products, width - pad) if width > 4 * digits[0] else []
        sizes = text_size(canvas, "\n".join(lines)) if lines and len(lines) <= _MOST_LINES else (width, height)
        if sizes[0] <= width - pad and sizes[1] <= height - pad:
            named.append((field, "\n".join(lines)))
        elif digits[0] <= width - pad / 2 and digits[1] <= height - pad / 2:
            roomy.append(field)
    largest = sorted(roomy, key=lambda field: -_area(field))[:most]
    numbered = [field for field in roomy if field in largest]
    for field, text in [*named, *((field, str(n + 1)) for n, field in enumerate(numbered))]:
        middle = (field.x_low + field.x_high) / 2, (field.voltage_low_V + field.voltage_high_V) / 2
        canvas.axes.text(*middle, text, ha="center", va="center", fontsize=TEXT_PT, linespacing=1.05)
    return numbered


def _key(numbered: Sequence[PhaseField], colours: dict[str, str], fields: Sequence[PhaseField]) -> list[KeyEntry]:
    entries = [
        KeyEntry(field.products, number=str(n + 1), colour=colours.get(field.products[0], OTHER_FILL))
        for n, field in enumerate(numbered)
    ]
    explained = {field.products[0] for field in numbered}
    entries += [KeyEntry((product,), colour=colour) for product, colour in colours.items() if product not in explained]
    if any(field.products[0] not in colours for field in fields):
        entries.append(KeyEntry(text="other main product", colour=OTHER_FILL))
    return entries
