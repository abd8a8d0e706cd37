"""Figures of interfaces: what is drawn is where the atoms are, and can be read."""

import matplotlib.collections as mc
import numpy as np
import pytest
from ase.data import covalent_radii

from interfacekit.errors import InputError
from interfacekit.plots import new_axes, plot, plot_coherent_interfaces, plot_interface, save_figure
from interfacekit.structure.interfaces.coherent import coherent_interfaces


@pytest.fixture(scope="module")
def found():
    return coherent_interfaces("LCO", "LNO", max_area_A2=130)


@pytest.fixture(scope="module")
def interface(found):
    return found.build(2)


def test_atoms_are_drawn_where_they_are(interface):
    axes = plot_interface(interface)
    (circles,) = [c for c in axes.collections if isinstance(c, mc.EllipseCollection)]
    drawn = circles.get_offsets()
    heights = interface.structure.cart_coords[:, 2]
    assert np.unique(drawn[:, 1].round(6)) == pytest.approx(np.unique((heights - heights.min()).round(6)))
    one_cell = drawn[(drawn[:, 0] >= 0) & (drawn[:, 0] < interface.structure.lattice.a)]
    assert len(one_cell) == len(interface.structure)
    assert circles.get_widths().max() == pytest.approx(1.1 * covalent_radii[41])
    assert axes.get_aspect() == 1


def test_fixed_atoms_have_a_dot(interface):
    axes = plot_interface(interface)
    dots = next(line for line in axes.lines if line.get_marker() == "o").get_xydata()
    assert dots[:, 1].max() < 4.0
    inside = dots[(dots[:, 0] >= 0) & (dots[:, 0] < interface.structure.lattice.a)]
    assert len(inside) == sum(interface.fixed)


def test_slabs_gap_and_elements_are_named(interface, assert_readable):
    axes = plot_interface(interface)
    texts = assert_readable(axes.figure)
    assert {"LNO\n(0 0 1)\nfilm", "LCO\n(0 0 1)\nsubstrate", f"gap {interface.gap_A:.2f} Å"} <= set(texts)
    assert {"Li", "Nb", "Co", "O", "fixed", "Height (Å)"} <= set(texts)


def test_ranks_of_the_first_front_stand_beside_their_points(found, assert_readable):
    axes = plot_coherent_interfaces(found)
    texts = assert_readable(axes.figure)
    for candidate in found.candidates:
        assert any(text.startswith(f"{candidate.rank}: ") for text in texts) == (candidate.front == 1)
    points = np.concatenate([line.get_xydata() for line in axes.lines])
    expected = [(c.match.area_A2, 100 * c.match.strain) for c in found.candidates]
    assert np.array(sorted(map(tuple, points))) == pytest.approx(np.array(sorted(expected)))


def test_both_are_the_usual_figures_and_take_given_axes(found, interface, tmp_path):
    assert plot(interface).get_ylabel() == "Height (Å)"
    assert plot(found).get_ylabel() == "Strain of LNO (%)"
    with pytest.raises(InputError, match="no one figure of several coherent interfaces;"):
        plot([found, found])
    axes = new_axes()
    assert plot(interface, axes) is axes
    for name in ("a.png", "b.png"):
        save_figure(plot(interface).figure, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
