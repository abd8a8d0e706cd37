"""Networks in projection: where sites and hops are drawn, and that all text can be read."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba

from interfacekit.errors import InputError
from interfacekit.plots import plot, plot_lithium_network, save_figure
from interfacekit.plots.style import LINE_COLOURS, new_axes
from interfacekit.structure import lithium_network


@pytest.fixture(scope="module")
def networks():
    found = {name: lithium_network(name, estimates=False) for name in ("LCO", "LNO", "LGPS")}
    return found | {"vacant": lithium_network("LCO", vacant=True, estimates=False)}


def points(axes, name):
    """Where the markers of a kind are; they look as in the legend."""
    legend = axes.get_legend()
    (key,) = [h for h, t in zip(legend.legend_handles, legend.get_texts(), strict=True) if t.get_text() == name]
    (line,) = [
        line
        for line in axes.lines
        if line.get_marker() == key.get_marker() == "o"
        and to_rgba(line.get_markerfacecolor()) == to_rgba(key.get_markerfacecolor())
    ]
    return np.column_stack(line.get_data())


def hops(axes, colour):
    (lines,) = [
        c for c in axes.collections if isinstance(c, LineCollection) and np.allclose(c.get_color()[0], to_rgba(colour))
    ]
    return np.array(lines.get_segments())


@pytest.mark.parametrize("width_mm", [85, 175])
@pytest.mark.parametrize("view", ["a", "b", "c"])
@pytest.mark.parametrize("name", ["LCO", "LNO", "LGPS", "vacant"])
def test_networks_are_readable(networks, name, view, width_mm, assert_readable):
    axes = plot_lithium_network(networks[name], view=view, width_mm=width_mm)
    texts = assert_readable(axes.figure)
    assert {"Li", "unit cell", f"{networks[name].crystal.name} along {view}"} <= set(texts)
    for hop in networks[name].classes:
        assert hop.name.replace("-", "\N{EN DASH}", 1).replace(" A", " \N{ANGSTROM SIGN}") in texts
    assert axes.get_aspect() == 1
    assert ("vacant site" in texts) == (name == "vacant")


def test_layers_of_cobalt_oxide_are_lines_of_hops(networks):
    axes = plot_lithium_network(networks["LCO"])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Towards b (\N{ANGSTROM SIGN})", "Along c (\N{ANGSTROM SIGN})")
    heights = np.unique(points(axes, "Li")[:, 1].round(3))
    assert heights == pytest.approx(14.0536 * np.array([1, 3, 5]) / 6, abs=1e-3)
    drawn = hops(axes, LINE_COLOURS[0])
    assert np.ptp(drawn[..., 1], axis=1) == pytest.approx(np.zeros(len(drawn)), abs=1e-9)
    # Halves of hops, seen along a: those to the sides are foreshortened, and those along a are points.
    assert set(np.ptp(drawn[..., 0], axis=1).round(3)) == {0.0, round(2.8161 * 3**0.5 / 4, 3)}


def test_chains_of_lgps_run_up_the_picture(networks):
    axes = plot(networks["LGPS"])
    assert axes.get_xlabel().startswith("Along b")
    for colour in LINE_COLOURS[1:3]:
        wide, high = np.ptp(hops(axes, colour), axis=1).T
        assert np.all(high > 7 * wide)
    wide, high = np.ptp(hops(axes, LINE_COLOURS[0]), axis=1).T
    assert np.all(wide > 7 * high)


def test_a_view_along_c_of_a_hexagonal_cell_has_its_angle(networks):
    axes = plot_lithium_network(networks["LCO"], view="c")
    assert axes.get_xlabel().startswith("Along a")
    assert axes.get_ylabel().startswith("Towards b")
    outline = np.column_stack(axes.lines[-1].get_data())
    sides = np.diff(outline, axis=0)
    assert np.linalg.norm(sides, axis=1) == pytest.approx(np.full(4, 2.8161))
    assert sides[0] @ sides[1] == pytest.approx(-0.5 * 2.8161**2)


def test_a_network_is_drawn_on_given_axes_and_written(networks, tmp_path):
    given = new_axes(120)
    assert plot_lithium_network(networks["LNO"], given, view="b") is given
    save_figure(given.figure, tmp_path / "network.png")
    assert (tmp_path / "network.png").stat().st_size > 5000


def test_many_classes_share_the_last_key(networks):
    net = lithium_network("LGPS", cutoff_A=4.6, estimates=False)
    keys = [text.get_text() for text in plot_lithium_network(net).get_legend().get_texts()]
    assert len(net.classes) > len(LINE_COLOURS)
    assert keys[-2:] == ["longer hops", "unit cell"]
    assert len([key for key in keys if key[-1] == "\N{ANGSTROM SIGN}"]) == len(LINE_COLOURS)


def test_there_are_three_views(networks):
    with pytest.raises(InputError, match="no view along 'd'; there is a, b or c"):
        plot_lithium_network(networks["LCO"], view="d")
