"""Profiles of stacks: occupation, charge and potential plane by plane, from the cathode to the electrolyte."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox, ScaledTranslation

from interfacekit.plots.labels import Canvas, KeyEntry, add_key, canvas_for, text_size
from interfacekit.plots.style import (
    DOUBLE_COLUMN_MM,
    FAINT_INK,
    FILL_COLOURS,
    INK,
    LINE_COLOURS,
    OTHER_FILL,
    TEXT_PT,
    figure_style,
    formula_label,
    tidy_ticks,
)
from interfacekit.plots.transport.stacks import (
    add_notes,
    by_case,
    case_names,
    common_conditions,
    listed,
    origin_notes,
    require_colours,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.axes._base import _AxesBase
    from matplotlib.backend_bases import RendererBase
    from numpy.typing import NDArray

    from interfacekit.transport import StackTransport

_PANEL_MM = {"narrow": 25.0, "wide": 27.0}
_LABELS = ("Potential (V)", "Charge (e/nm$^3$)", "Occupation (-)")
#: In heights of a panel.
_GAP, _STRIP = 0.09, 0.15
_LABEL_LEFT_PT = 32.0
_MARKER_PT, _WIDEST_PT, _THINNEST_PT = 2.8, 2.2, 1.0
_SHADE, _ELECTROLYTE_FILL = 0.3, "#EEDD88"
_DASHED: dict[str, Any] = {"linewidth": 0.7, "linestyle": (0, (2.5, 1.5))}
#: An electrolyte is shown up to so far beyond the last plane with this share of the largest charge.
_NEUTRAL, _SHOWN_BEYOND_nm = 0.02, 1.5


class _Block(NamedTuple):
    """One layer of a stack: its name and where it begins and ends, nm from the electrolyte."""

    name: str
    start: float
    end: float


class _Case(NamedTuple):
    """Results of one stack by several methods; later ones have thinner lines, so that those below them are seen."""

    name: str
    colour: str
    line_pt: float
    results: list[StackTransport]
    blocks: tuple[_Block, ...]


def plot_stack_profiles(
    results: StackTransport | Sequence[StackTransport], ax: Axes | None = None, *, width_mm: float = DOUBLE_COLUMN_MM
) -> Axes:
    """Draw occupation, net charge and electric potential of the planes of one stack or of several.

    The last contact, at which the electrolyte begins, is at 0 for all of them, so that the space charge in the
    electrolyte can be compared whatever lies before it. On top, strips name the layers of each stack. The continuum is
    drawn as lines (in steps where planes hold ions), kinetic Monte Carlo as points with error bars of one standard
    error in the same colour. Dashes are the neutral occupation. The axis ends where the electrolyte has come to be
    neutral; small print says where the numbers come from.

    Parameters
    ----------
    results
        From `space_charge`, `simulate_stack` or `shell_point`.
    ax
        Axes to draw on, 80 mm high or more, which keep the lowest part of their place; a new figure when None.
    width_mm
        Width of the new figure.

    Returns
    -------
    Axes
        The lowest panel: distance (nm) on x, potential (V) on y. Its `child_axes` are the panels above, which share
        its x: charge (e/nm3), occupation, and the strips.

    Raises
    ------
    InputError
        If there is no result, or more stacks than colours can tell apart.
    """
    everything = listed(results)
    cases = _cases(everything)
    layerings = list(dict.fromkeys(case.blocks for case in cases))
    with figure_style():
        canvas = canvas_for(ax, width_mm, aspect=2.0)
        potential, charge, occupation, strips = _panels(canvas.axes, len(layerings))
        for case in cases:
            for result in case.results:
                _draw(case, result, potential, charge, occupation)
        last = {result.layers[-1] for result in everything}
        surface = formula_label(last.pop()) if len(last) == 1 else "the last layer"
        potential.set(xlim=_limits(cases), xlabel=f"Position from the surface of {surface} (nm)")
        for panel in (potential, charge, occupation):
            _mark_layers(panel, layerings)
        _draw_strips(canvas, strips, layerings, cases)
        strips.set_title(common_conditions(everything), loc="left", pad=3)
        add_notes(canvas, origin_notes(everything))
        add_key(canvas if canvas.owned else Canvas(strips, owned=False), _key(cases), above=True)
        height = _PANEL_MM["narrow" if canvas.width_mm < 120 else "wide"]
        canvas.fix_axes_height(height, share=_share(len(layerings)))
    return canvas.axes


def _cases(results: Sequence[StackTransport]) -> list[_Case]:
    together = by_case(results)
    require_colours(len(together), "profiles")
    names = case_names([members[0] for members in together])
    steps = np.linspace(min(_WIDEST_PT, _THINNEST_PT + 0.4 * len(together)), _THINNEST_PT, len(together))
    return [
        _Case(name, LINE_COLOURS[k], float(steps[k]), members, _blocks(members[0]))
        for k, (name, members) in enumerate(zip(names, together, strict=True))
    ]


def _origin_nm(result: StackTransport) -> float:
    """Where the last layer begins; the outer face of a stack of one layer."""
    return float(_layer_edges_nm(result)[-2])


def _layer_edges_nm(result: StackTransport) -> NDArray[np.float64]:
    """Edges of the layers from the outer face; shape (layers + 1,)."""
    built = result.provenance["parameters"]
    if "edges_A" in built:  # of crystals, which leave room between layers
        last = np.cumsum([0, *built["slices_of_layers"]])
        return np.asarray(np.array(built["edges_A"])[last] / 10)
    return np.concatenate([[0.0], np.cumsum(result.thicknesses_nm)])


def _blocks(result: StackTransport) -> tuple[_Block, ...]:
    edges = _layer_edges_nm(result) - _origin_nm(result)
    ends = pairwise(round(float(edge), 6) for edge in edges)
    return tuple(_Block(name, *pair) for name, pair in zip(result.layers, ends, strict=True))


def _plane_edges_nm(result: StackTransport) -> NDArray[np.float64]:
    """Edges (P + 1,) of what each plane stands for, which it is in the middle of."""
    of_slices = result.provenance["parameters"].get("edges_A")
    if of_slices is not None:
        return np.array(of_slices) / 10 - _origin_nm(result)
    edges = [0.0]
    for position in result.profile.position_nm:
        edges.append(2 * position - edges[-1])
    return np.array(edges) - _origin_nm(result)


def _share(layerings: int) -> float:
    """Of the height of all panels, what the lowest one takes."""
    return 1 / (3 + 3 * _GAP + _STRIP * layerings)


def _panels(axes: Axes, layerings: int) -> tuple[Axes, Axes, Axes, Axes]:
    """Keep the lowest part of the place of the axes for themselves, and stand three more on top of them."""
    strips, share = _STRIP * layerings, _share(layerings)

    def lowest(panel: _AxesBase, _renderer: RendererBase | None) -> Bbox:
        place = panel.get_position(original=True)
        return Bbox.from_bounds(place.x0, place.y0, place.width, place.height * share)

    axes.set_axes_locator(lowest)
    above = [
        axes.inset_axes((0, bottom, 1, height), sharex=axes)
        for bottom, height in ((1 + _GAP, 1), (2 + 2 * _GAP, 1), (3 + 3 * _GAP, strips))
    ]
    for panel in above:
        tidy_ticks(panel)
        panel.tick_params(axis="x", labelbottom=False)
    for panel, label in zip((axes, *above[:2]), _LABELS, strict=True):
        panel.set_ylabel(label)
        panel.yaxis.set_major_locator(MaxNLocator(4))
        beside = panel.transAxes + ScaledTranslation(-_LABEL_LEFT_PT / 72, 0, axes.figure.dpi_scale_trans)
        panel.yaxis.set_label_coords(0, 0.5, transform=beside)
    return axes, above[0], above[1], above[2]


def _draw(case: _Case, result: StackTransport, potential: Axes, charge: Axes, occupation: Axes) -> None:
    profile, edges = result.profile, _plane_edges_nm(result)
    middle = (edges[1:] + edges[:-1]) / 2
    occupation.stairs(profile.neutral_occupation, edges, baseline=None, color=FAINT_INK, **_DASHED)
    if result.method != "kmc":
        for panel, values in ((occupation, profile.occupation), (charge, profile.charge_density_e_nm3)):
            panel.stairs(values, edges, baseline=None, color=case.colour, linewidth=case.line_pt, zorder=3)
        potential.plot(middle, profile.potential_V, color=case.colour, linewidth=case.line_pt, zorder=3)
        return
    area_nm2 = (result.provenance["parameters"]["site_spacing_A"] / 10) ** 2
    for panel, values, errors in (
        (occupation, profile.occupation, np.array(profile.occupation_err)),
        (charge, profile.charge_density_e_nm3, np.array(profile.occupation_err) / (area_nm2 * np.diff(edges))),
        (potential, profile.potential_V, np.array(profile.potential_err_V)),
    ):
        panel.errorbar(
            middle,
            values,
            yerr=errors,
            fmt="o",
            color=case.colour,
            markersize=_MARKER_PT,
            markeredgewidth=0,
            elinewidth=0.7,
            capsize=1.2,
            capthick=0.7,
            zorder=4,
        )


def _limits(cases: Sequence[_Case]) -> tuple[float, float]:
    start = min(case.blocks[0].start for case in cases)
    return start, max(_end_nm(result) for case in cases for result in case.results)


def _end_nm(result: StackTransport) -> float:
    edges, charge = _plane_edges_nm(result), np.abs(result.profile.charge_density_e_nm3)
    charged = edges[1:][charge > _NEUTRAL * charge.max()].tolist()
    return float(min(max([*charged, 0.0]) + _SHOWN_BEYOND_nm, edges[-1]))


def _mark_layers(panel: Axes, layerings: Sequence[tuple[_Block, ...]]) -> None:
    """Shade the layers where all stacks have the same ones; otherwise only the electrolyte begins at one place."""
    colours = _colours(layerings)
    for block in layerings[0] if len(layerings) == 1 else ():
        panel.axvspan(block.start, block.end, facecolor=colours[block.name], alpha=_SHADE, linewidth=0, zorder=0)
    panel.axvline(0, color=FAINT_INK, linewidth=0.6, zorder=1)


def _colours(layerings: Sequence[tuple[_Block, ...]]) -> dict[str, str]:
    """Fill of each material: the cathode grey, the electrolyte yellow, then the others."""
    ends = [blocks[end].name for end in (0, -1) for blocks in layerings]
    between = [block.name for blocks in layerings for block in blocks[1:-1]]
    others = [colour for colour in FILL_COLOURS if colour != _ELECTROLYTE_FILL]
    return dict(zip(dict.fromkeys([*ends, *between]), (OTHER_FILL, _ELECTROLYTE_FILL, *others), strict=False))


def _draw_strips(canvas: Canvas, strips: Axes, layerings: Sequence[tuple[_Block, ...]], cases: Sequence[_Case]) -> None:
    """One row for each sequence of layers, with their names where they fit."""
    low, high = strips.get_xlim()
    per_nm = canvas.box().width / (high - low)
    colours = _colours(layerings)
    for row, blocks in enumerate(layerings):
        for block in blocks:
            place = (block.start, row - 0.42), block.end - block.start, 0.84
            strips.add_patch(Rectangle(*place, facecolor=colours[block.name], edgecolor=INK, linewidth=0.4))
            start, end = max(block.start, low), min(block.end, high)
            if text_size(canvas, formula_label(block.name))[0] <= (end - start) * per_nm:
                look: dict[str, Any] = {"ha": "center", "va": "center_baseline", "fontsize": TEXT_PT, "clip_on": True}
                strips.text((start + end) / 2, row, formula_label(block.name), **look)
    strips.set_ylim(len(layerings) - 0.5, -0.5)
    strips.tick_params(axis="both", length=0)
    strips.spines[:].set_visible(False)
    own = [[case for case in cases if case.blocks == blocks] for blocks in layerings]
    alone = [len(members) == 1 < len(cases) for members in own]
    names = [members[0].name if is_alone else "" for members, is_alone in zip(own, alone, strict=True)]
    strips.set_yticks(range(len(layerings)), names)
    for label, members in zip(strips.get_yticklabels(), own, strict=True):
        label.set_color(members[0].colour)


def _key(cases: Sequence[_Case]) -> list[KeyEntry]:
    """Cases that no strip names, and what points and lines are."""
    entries = []
    if len({case.blocks for case in cases}) < len(cases):
        entries = [KeyEntry(text=case.name, handle=Line2D([], [], color=case.colour)) for case in cases]
    methods = dict.fromkeys(result.method for case in cases for result in case.results)
    colour = cases[0].colour if len(cases) == 1 else INK
    for method, text in (("continuum", "continuum"), ("kmc", "kinetic Monte Carlo")):
        if method in methods:
            dot = method == "kmc"
            look = {"marker": "o", "markersize": _MARKER_PT, "linestyle": "none"} if dot else {"linewidth": 1.1}
            entries.append(KeyEntry(text=text, handle=Line2D([], [], color=colour, **look)))
    dashes = Line2D([], [], color=FAINT_INK, **_DASHED)
    return [*entries, KeyEntry(text="neutral", handle=dashes)]
