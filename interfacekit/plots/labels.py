"""Text that fits: measuring it, breaking product lists into lines, keys under a figure, and numbers beside points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerBase
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox, ScaledTranslation

from interfacekit.plots.style import FAINT_INK, INK, TEXT_PT, new_axes, product_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend
    from matplotlib.text import Annotation
    from matplotlib.transforms import Transform
    from numpy.typing import NDArray

#: Distance between the lines of a text with subscripts.
LINE_PT = 9.0
_MOST_KEY_COLUMNS = 4
_HEIGHT_TOLERANCE_MM = 0.2
_COLUMN_GAP_PT, _HANDLE_GAP_PT = 9.0, 3.0


@dataclass(frozen=True)
class Canvas:
    """Axes to draw on, and whether their figure is ours to size."""

    axes: Axes
    owned: bool

    @property
    def figure(self) -> Figure:
        """The whole figure, also where the axes are in a part of one."""
        return self.axes.figure.figure

    @property
    def width_mm(self) -> float:
        """Width of the whole figure when it is ours, otherwise what the axes and their labels can use of it."""
        inches = self.figure.get_figwidth() if self.owned else self.box().width / self.figure.dpi
        return float(inches * 25.4)

    def pixels(self, points: float) -> float:
        """Pixels in a length given in points."""
        return float(points * self.figure.dpi / 72)

    def box(self) -> Bbox:
        """Place of the axes after layout, pixels."""
        self.figure.draw_without_rendering()
        return self.axes.get_window_extent()

    def fix_axes_height(self, height_mm: float, *, share: float = 1.0) -> None:
        """Make our figure as high as these axes need with all that stands around them.

        They take a `share` of the height of their place where others stand on top of them.
        """
        if not self.owned:
            return
        for _ in range(4):
            missing_mm = height_mm - self.box().height / self.figure.dpi * 25.4
            if abs(missing_mm) < _HEIGHT_TOLERANCE_MM:
                return
            self.figure.set_figheight(self.figure.get_figheight() + missing_mm / share / 25.4)


def canvas_for(axes: Axes | None, width_mm: float, aspect: float = 0.7) -> Canvas:
    """Use the given axes or make new ones."""
    return Canvas(new_axes(width_mm, aspect), owned=True) if axes is None else Canvas(axes, owned=False)


def text_size(canvas: Canvas, text: str) -> tuple[float, float]:
    """Width and height of a text of `TEXT_PT` in the style of the package (`figure_style`), pixels."""
    lines = text.split("\n")
    width = max(_line_width_pt(line) for line in lines)
    highest = max(_extent_pt(part)[1] for part in lines[0].removesuffix(" +").split(" + "))
    height = highest if len(lines) == 1 else len(lines) * LINE_PT
    return canvas.pixels(width), canvas.pixels(height)


def _line_width_pt(line: str) -> float:
    """Add up the formulas of a product list: measuring each combination of them would take most of a figure's time."""
    joint = _extent_pt("H + H")[0] - 2 * _extent_pt("H")[0] + 0.3
    parts = line.removesuffix(" +").split(" + ")
    return sum(_extent_pt(part)[0] for part in parts) + joint * (len(parts) - 1 + line.endswith(" +"))


@lru_cache(maxsize=4096)
def _extent_pt(text: str) -> tuple[float, float]:
    figure = Figure(dpi=200)
    FigureCanvasAgg(figure)
    extent = figure.text(0, 0, text, fontsize=TEXT_PT).get_window_extent()
    return extent.width * 72 / 200, extent.height * 72 / 200


def wrapped_products(canvas: Canvas, products: Iterable[str], width: float) -> list[str]:
    """Break a product list into lines at most `width` pixels wide, where single formulas allow it."""
    lines: list[str] = []
    for product in products:
        label = product_label(product)
        if lines and text_size(canvas, f"{lines[-1]} + {label}")[0] <= width:
            lines[-1] += f" + {label}"
        else:
            if lines:
                lines[-1] += " +"
            lines.append(label)
    return lines


@dataclass(frozen=True)
class KeyEntry:
    """One line of a key: what stands in the swatch, and the products or the text it means.

    A `handle` (such as a line with its marker) stands in place of the swatch.
    """

    products: tuple[str, ...] = ()
    text: str = ""
    number: str = ""
    colour: str = "none"
    hatch: str = ""
    handle: Artist | None = None


class _Swatch(Patch):
    def __init__(self, entry: KeyEntry) -> None:
        filled = entry.colour != "none"
        super().__init__(facecolor=entry.colour, edgecolor=INK if filled else "none", linewidth=0.4, hatch=entry.hatch)
        self.number = entry.number


class _SwatchHandler(HandlerBase):
    def create_artists(  # matplotlib's signature
        self,
        legend: Legend,
        orig_handle: Artist,
        xdescent: float,
        ydescent: float,
        width: float,
        height: float,
        fontsize: float,
        trans: Transform,
    ) -> Sequence[Artist]:
        del legend
        box = Rectangle((-xdescent, -ydescent - 0.15 * height), width, 1.3 * height, transform=trans)
        box.update_from(orig_handle)
        box.set_transform(trans)
        number = Text(
            -xdescent + width / 2,
            -ydescent + height / 2,
            getattr(orig_handle, "number", ""),
            fontsize=fontsize,
            ha="center",
            va="center_baseline",
            transform=trans,
        )
        return [box, number]


def left_out(count: int, one: str) -> list[KeyEntry]:
    """Say in the last line of a key how many things of a kind a figure has no number for."""
    return [KeyEntry(text=f"{count} more {one}{'s' if count > 1 else ''} in the table")] if count else []


def add_key(canvas: Canvas, entries: Sequence[KeyEntry], *, title: str | None = None, above: bool = False) -> None:
    """Put a key under (or above) the axes, in as many columns as make it lowest."""
    if not entries:
        return
    handle = max(canvas.pixels(11), *(text_size(canvas, entry.number)[0] + canvas.pixels(3) for entry in entries))
    box = canvas.box()
    available = canvas.figure.bbox.width - canvas.pixels(6) if canvas.owned else box.width
    columns, labels = _key_columns(canvas, entries, available, handle)
    em = canvas.pixels(TEXT_PT)
    options = {
        "handles": [entry.handle or _Swatch(entry) for entry in entries],
        "labels": labels,
        "ncols": columns,
        "title": title,
        "handler_map": {_Swatch: _SwatchHandler()},
        "fontsize": TEXT_PT,
        "handlelength": handle / em,
        "handletextpad": canvas.pixels(_HANDLE_GAP_PT) / em,
        "columnspacing": canvas.pixels(_COLUMN_GAP_PT) / em,
        "labelspacing": 0.35,
        "borderpad": 0.1,
        "alignment": "left",
    }
    if canvas.owned:
        canvas.figure.legend(loc="outside upper left" if above else "outside lower left", **options)
        return
    tight = canvas.axes.get_tightbbox() or box
    beyond = tight.ymax - box.ymax if above else tight.ymin - box.ymin
    away = math.copysign(4 / 72, 1 if above else -1) + beyond / canvas.figure.dpi
    canvas.axes.legend(
        loc="lower left" if above else "upper left",
        bbox_to_anchor=(0, 1 if above else 0),
        bbox_transform=canvas.axes.transAxes + ScaledTranslation(0, away, canvas.figure.dpi_scale_trans),
        borderaxespad=0.0,
        **options,
    )


def _key_columns(canvas: Canvas, entries: Sequence[KeyEntry], available: float, handle: float) -> tuple[int, list[str]]:
    gaps = canvas.pixels(_COLUMN_GAP_PT), canvas.pixels(_HANDLE_GAP_PT)
    best: tuple[float, int, list[str]] = (math.inf, 1, [])
    for columns in range(1, min(_MOST_KEY_COLUMNS, len(entries)) + 1):
        room = (available - (columns - 1) * gaps[0]) / columns - handle - gaps[1]
        wrapped = [
            wrapped_products(canvas, entry.products, room) if entry.products else [entry.text] for entry in entries
        ]
        if columns > 1 and max(text_size(canvas, line)[0] for lines in wrapped for line in lines) > room:
            break
        rows = math.ceil(len(entries) / columns)
        heights = [sum(len(lines) for lines in wrapped[i : i + rows]) for i in range(0, len(wrapped), rows)]
        if max(heights) < best[0]:
            best = max(heights), columns, ["\n".join(lines) for lines in wrapped]
    return best[1], best[2]


class Occupied:
    """Boxes and points (pixels) that further text must keep clear of, inside given limits."""

    def __init__(self, limits: Bbox, points: NDArray[np.float64]) -> None:
        self.limits = limits
        self.points = points
        self.boxes: list[Bbox] = []

    def is_free(self, box: Bbox) -> bool:
        """Return True if a text with this box touches nothing."""
        inside = self.limits.x0 <= box.x0 and box.x1 <= self.limits.x1
        inside = inside and self.limits.y0 <= box.y0 and box.y1 <= self.limits.y1
        if not inside or any(box.overlaps(other) for other in self.boxes):
            return False
        x, y = self.points.T
        return not bool(((x > box.x0) & (x < box.x1) & (y > box.y0) & (y < box.y1)).any())

    def is_clear(self, line: NDArray[np.float64], *, across_lines: bool) -> bool:
        """Return True if points (n, 2) along a leader avoid all texts, and all lines unless it may cross them."""
        if any(box.contains(x, y) for box in self.boxes for x, y in line):
            return False
        if across_lines:
            return True
        gaps = np.abs(self.points[None, :, :] - line[:, None, :]).max(axis=2)
        return bool(gaps.min() > 3) if len(self.points) else True

    def take(self, box: Bbox) -> None:
        """Keep further text off this box."""
        self.boxes.append(box)


def place_beside(
    canvas: Canvas,
    occupied: Occupied,
    at: tuple[float, float],
    text: str,
    offsets_pt: Iterable[tuple[float, float]],
    *,
    colour: str = INK,
    across_lines: bool = False,
    is_clear_of_doubt: Callable[[Bbox, bool], bool] | None = None,
) -> Annotation | None:
    """Write a text at the first free of several offsets from a data point, with a leader when it is not close.

    Returns None where no offset is free. With `across_lines` its leader may cross a line. `is_clear_of_doubt` is given
    the box of the text (pixels) and whether it would have a leader, and may refuse the place.
    """
    anchor = canvas.axes.transData.transform(at)
    width, height = text_size(canvas, text)
    pad = canvas.pixels(0.6 if len(text) < 3 else 2.5)
    for dx, dy in offsets_pt:
        across = "center" if abs(dx) < 0.35 * math.hypot(dx, dy) else "left" if dx > 0 else "right"
        x0 = anchor[0] + canvas.pixels(dx) - width * {"center": 0.5, "left": 0.0, "right": 1.0}[across]
        y0 = anchor[1] + canvas.pixels(dy) - height / 2
        box = Bbox.from_bounds(x0 - pad, y0 - pad, width + 2 * pad, height + 2 * pad)
        if not occupied.is_free(box):
            continue
        near = np.clip(anchor, box.min, box.max)
        distant = math.hypot(dx, dy) > 7.5
        leader = anchor + (near - anchor) * np.linspace(0.3, 0.95, 12)[:, None]
        if is_clear_of_doubt is not None and not is_clear_of_doubt(box, distant):
            continue
        if distant and not occupied.is_clear(leader, across_lines=across_lines):
            continue
        occupied.take(box)
        if distant:
            occupied.points = np.concatenate([occupied.points, leader])
        return canvas.axes.annotate(
            text,
            xy=at,
            xytext=(dx, dy),
            textcoords="offset points",
            ha=across,
            va="center",
            fontsize=TEXT_PT,
            color=colour,
            # Without a box of its own matplotlib keeps a leader off the text by more than a short leader has.
            bbox={"boxstyle": "square,pad=0.05", "facecolor": "none", "edgecolor": "none"} if distant else None,
            arrowprops={"arrowstyle": "-", "lw": 0.5, "color": FAINT_INK, "shrinkA": 0.5, "shrinkB": 1}
            if distant
            else None,
        )
    return None


def offsets_around(directions_deg: Iterable[float], distances_pt: Iterable[float]) -> list[tuple[float, float]]:
    """Offsets (points) to try: all directions at the first distance, then at the next."""
    directions = [math.radians(angle) for angle in directions_deg]
    return [(r * math.cos(angle), r * math.sin(angle)) for r in distances_pt for angle in directions]


def dense(points: NDArray[np.float64], step: float = 2.0) -> NDArray[np.float64]:
    """Points along a polyline (n, 2), no further apart than `step` pixels."""
    pieces = [points[:1]]
    for start, end in pairwise(points):
        n = max(1, math.ceil(float(np.hypot(*(end - start))) / step))
        pieces.append(start + (end - start) * (np.arange(1, n + 1) / n)[:, None])
    return np.concatenate(pieces)
