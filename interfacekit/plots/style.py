"""Common style of all figures: sizes, fonts, colours, chemical formulas, and reproducible files."""

from __future__ import annotations

import io
import math
import re
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from interfacekit.atomic import replacing, require_writable
from interfacekit.chemistry import printed
from interfacekit.errors import InputError
from interfacekit.materials import find_material

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Units of the bases of energies.
UNITS = {"eV_per_atom": "meV/atom", "eV_per_non_Li_atom": "meV per non-Li atom"}

#: Column widths of most journals.
SINGLE_COLUMN_MM = 85.0
DOUBLE_COLUMN_MM = 175.0
#: Width of the narrowest figure with axis labels.
_LEAST_WIDTH_MM = 50.0
#: On a screen: pixels of the page and of the image for an inch of paper, and most pixels of an image.
_PAGE_PX_PER_INCH, _SCREEN_DPI, _MOST_PX = 144, 216, 4e6

TEXT_PT, AXIS_LABEL_PT = 7.0, 8.0
LITHIUM_REFERENCE = "Li/Li$^{+}$"
VOLTAGE_LABEL = f"Voltage vs {LITHIUM_REFERENCE} (V)"

#: Colours of lines by Okabe and Ito, without the yellow, which is invisible on white.
LINE_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: Light colours by Paul Tol: fills with a good contrast to black text.
FILL_COLOURS = ("#77AADD", "#EE8866", "#EEDD88", "#FFAABB", "#99DDFF", "#44BB99", "#BBCC33", "#AAAA00")
OTHER_FILL = "#DDDDDD"
STABLE_COLOUR, EMPHASIS_COLOUR, INK, FAINT_INK = "#8CC5E3", "#D55E00", "#1A1A1A", "#6B6B6B"
#: Box behind text on a hatch or a coloured band.
TEXT_BACKGROUND = {"boxstyle": "square,pad=0.12", "facecolor": "white", "alpha": 0.75, "linewidth": 0}
_PALE_TO_DARK = ("#FFF7DC", "#FEE391", "#FEC44F", "#FE9929", "#EC7014", "#CC4C02", "#993404", "#5C1F04")

_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "mathtext.fontset": "dejavusans",
    "font.size": TEXT_PT,
    "axes.labelsize": AXIS_LABEL_PT,
    "axes.titlesize": TEXT_PT,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "lines.linewidth": 1.2,
    "hatch.linewidth": 0.5,
    "xtick.labelsize": TEXT_PT,
    "ytick.labelsize": TEXT_PT,
    "legend.fontsize": TEXT_PT,
    "legend.title_fontsize": TEXT_PT,
    "legend.frameon": False,
    "figure.constrained_layout.h_pad": 0.03,
    "figure.constrained_layout.w_pad": 0.03,
}
#: SVG with paths instead of text looks the same everywhere; PDF with TrueType fonts is searchable.
_OUTPUT: dict[Any, Any] = {
    "svg.fonttype": "path",
    "svg.hashsalt": "interfacekit",
    "pdf.fonttype": 42,
    "pdf.compression": 6,
}
_METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": "interfacekit"},
    "svg": {"Date": None, "Creator": "interfacekit"},
    "pdf": {"CreationDate": None, "Creator": "interfacekit", "Producer": "interfacekit"},
}
_LOCK = threading.RLock()
_AMOUNT = re.compile(r"(?<=[A-Za-z)\]}])(\d+\.?\d*|\.\d+)")


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw in the style of the package, independent of the matplotlib settings of the user.

    The settings of matplotlib are global to the process, so one thread at a time holds them.

    Returns
    -------
    context manager
        Context in which the style is active.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> from interfacekit import plots
    >>> with plots.figure_style():
    ...     print(f"{mpl.rcParams['font.size']:g} pt")
    7 pt
    """
    with _LOCK, mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def formula_label(name: str) -> str:
    """Write a formula with subscripts, as mathtext.

    Aliases (`NMC811`) keep their digits on the line; the sides of a pair `A|B` are written separately.

    Parameters
    ----------
    name
        Formula, alias, or pair of them.

    Returns
    -------
    str
        Mathtext.

    Examples
    --------
    >>> from interfacekit import plots
    >>> plots.formula_label("Li3PS4"), plots.formula_label("LCO|LGPS")
    ('Li$_{3}$PS$_{4}$', 'LCO|LGPS')
    """
    return "|".join(_subscripts(part) for part in name.split("|"))


def _subscripts(name: str) -> str:
    material = find_material(name)
    if material is not None and name != material.formula:
        return name
    return _AMOUNT.sub(r"$_{\1}$", name)


def voltage_text(voltage_V: float) -> str:
    """Write a voltage with at least one decimal: `3.0 V`, `3.75 V`."""
    digits = f"{voltage_V:.4g}"
    return f"{digits} V" if "." in digits else f"{digits}.0 V"


def condition_text(voltage_V: float | None) -> str:
    """Write the condition of a reaction: `closed`, or the voltage of its Li reservoir."""
    return "closed" if voltage_V is None else f"{voltage_text(voltage_V)} vs {LITHIUM_REFERENCE}"


def product_label(product: str) -> str:
    """Write the formula of a product as papers print it, with subscripts."""
    return formula_label(printed(product).formula)


def products_label(products: Iterable[str]) -> str:
    """Join formulas of products by ` + `, with subscripts."""
    return " + ".join(map(product_label, products))


def energy_colormap() -> Colormap:
    """Colours of reaction energies: dark if strongly negative, pale towards zero, and blue without reaction."""
    colours = LinearSegmentedColormap.from_list("reaction_energy", _PALE_TO_DARK[::-1])
    return colours.with_extremes(over=STABLE_COLOUR)


class NotebookFigure(Figure):
    """A figure that a notebook displays where it is the last value of a cell, though pyplot does not know it."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        return png_of(self)


class NotebookAxes(Axes):
    """Axes whose figure a notebook displays where they are the last value of a cell."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]] | None:
        figure = self.get_figure(root=True)
        return None if figure is None else png_of(figure)


def new_axes(width_mm: float = SINGLE_COLUMN_MM, aspect: float = 0.75) -> Axes:
    """Make axes in a new figure, which needs no display, is not registered in pyplot and is shown in notebooks.

    Parameters
    ----------
    width_mm
        Width of the figure, mm; default 85. 85 and 175 mm are the columns of most journals.
    aspect
        Height of the figure divided by its width; default 0.75.

    Returns
    -------
    Axes
        Empty axes.

    Raises
    ------
    InputError
        If the width is below 50 mm or not finite.

    Examples
    --------
    >>> from interfacekit import plots
    >>> axes = plots.new_axes(width_mm=85, aspect=0.5)
    >>> [round(25.4 * inches, 1) for inches in axes.figure.get_size_inches().tolist()]
    [85.0, 42.5]
    """
    if not (math.isfinite(width_mm) and width_mm >= _LEAST_WIDTH_MM):
        raise InputError(f"width_mm must be finite and at least {_LEAST_WIDTH_MM:g} mm, got {width_mm:g}")
    with figure_style():
        width = width_mm / 25.4
        figure = NotebookFigure(figsize=(width, width * aspect), dpi=200, layout="constrained")
        FigureCanvasAgg(figure)
        axes: Axes = figure.add_subplot(axes_class=NotebookAxes)
        tidy_ticks(axes)
    return axes


def tidy_ticks(axes: Axes) -> None:
    """Fix the size of ticks now: matplotlib makes them with the settings at the time of drawing."""
    axes.tick_params(labelsize=TEXT_PT, length=2.5, width=0.6, pad=2.5, color=INK, labelcolor=INK)


def _round_positions(figure: Figure) -> None:
    """Round the positions of axes: the last digits of a repeated layout differ."""
    for axes in figure.axes:
        in_layout = axes.get_in_layout()
        axes.set_position(Bbox(axes.get_position(original=True).get_points().round(9)))
        axes.set_in_layout(in_layout)


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure as PNG (300 dpi), SVG or PDF, whole or not at all; equal figures give equal bytes.

    Parameters
    ----------
    figure
        Figure of matplotlib.
    path
        File with the suffix `.png`, `.svg` or `.pdf`.

    Returns
    -------
    None
        The file is written.

    Raises
    ------
    InputError
        If the suffix is unknown, or the file cannot be written.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import plots
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> axes = plots.plot_staircase(ik.electrochemical_window("Li3PS4"))
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "staircase.png")
    ...     plots.save_figure(axes.figure, path)
    ...     path.read_bytes()[1:4]
    b'PNG'
    """
    path = Path(path)
    form = path.suffix.lower().removeprefix(".")
    if form not in _METADATA:
        raise InputError(f"cannot write {path}: figures must be .png, .svg or .pdf")
    require_writable(path)
    with replacing(path) as temporary:
        _render(figure, temporary, form, dpi=300)


def png_of(figure: Figure) -> tuple[bytes, dict[str, int]]:
    """Render a figure for a screen.

    Returns
    -------
    image : bytes
        A PNG file of at most four million pixels.
    size : dict
        `width` and `height` on a page, CSS pixels: one and a half times the size on paper.
    """
    width, height = figure.get_size_inches()
    image = io.BytesIO()
    _render(figure, image, "png", min(_SCREEN_DPI, math.sqrt(_MOST_PX / (width * height))))
    return image.getvalue(), {"width": round(width * _PAGE_PX_PER_INCH), "height": round(height * _PAGE_PX_PER_INCH)}


def _render(figure: Figure, target: Path | io.BytesIO, form: str, dpi: float) -> None:
    with figure_style():
        mpl.rcParams.update(_OUTPUT)
        # Formats draw at different resolutions, at which the layout would differ slightly.
        figure.draw_without_rendering()
        engine = figure.get_layout_engine()
        figure.set_layout_engine("none")
        _round_positions(figure)
        try:
            figure.savefig(target, format=form, dpi=dpi, metadata=_METADATA[form])
        finally:
            figure.set_layout_engine(engine)
