from dataclasses import replace

import numpy as np
import pytest

from interfacekit.errors import InputError
from interfacekit.plots import plot
from interfacekit.plots.structure.barriers import plot_barriers
from interfacekit.structure.barriers.hop_barrier import HopBarrier
from interfacekit.structure.barriers.table import BarrierTable

PATH_A = (0.0, 0.5, 1.1, 1.6, 2.1, 2.7, 3.2)
SYMMETRIC_eV = (-682.70, -682.63, -682.38, -682.20, -682.38, -682.63, -682.70)
SLOPING_eV = (-3.0, -2.95, -2.9, -2.92, -2.95, -3.0, -3.04)


def hop(name="Li1-Li1 2.82 A", energies=SYMMETRIC_eV, mechanism="vacancy", status="done", error=None):
    ends = (energies[0], energies[-1]) if energies else (None, None)
    path = PATH_A if energies else ()
    return HopBarrier(name, "Li1", "Li1", mechanism, 2.82, 2, status, error, (), ends, energies, path)


def table(*rows, crystal="LCO"):
    calculator = {"name": "chgnet", "version": "chgnet 0.4.2, weights 0.3.0, torch 2.13.0", "parameters": {}}
    return BarrierTable(crystal, "LiCoO2", "Li", (3, 3, 1), 8.4, rows, {"parameters": {"calculator": calculator}})


def keys(axes):
    return [text.get_text() for text in axes.figure.legends[-1].get_texts()]


def markers(axes):
    return [line for line in axes.lines if line.get_linestyle() == "None"]


@pytest.mark.parametrize("width_mm", [85, 175])
def test_images_stand_at_their_energies_above_the_initial_end(width_mm, assert_readable):
    axes = plot_barriers(table(hop(), hop(energies=SLOPING_eV, mechanism="divacancy")), width_mm=width_mm)
    first, second = markers(axes)
    np.testing.assert_allclose(first.get_ydata(), np.array(SYMMETRIC_eV) + 682.70, atol=1e-9)
    np.testing.assert_allclose(first.get_xdata(), 2.82 * np.array(PATH_A) / 3.2)
    assert second.get_ydata()[-1] == pytest.approx(-0.04)
    texts = assert_readable(axes.figure)
    assert "Li1-Li1 2.82 Å, vacancy: 0.50 eV" in texts
    assert "Li1-Li1 2.82 Å, divacancy: 0.10 eV, back 0.14 eV" in texts
    assert any("weights 0.3.0" in text for text in texts)
    assert axes.get_title(loc="left") == "LCO"


def test_calculators_of_one_package_are_told_apart(assert_readable):
    tables = table(hop()), table(hop(), crystal="LNO")
    for made, name in zip(tables, ("emt", "lj"), strict=True):
        made.provenance["parameters"]["calculator"] |= {"name": name, "version": "ase 3.29.0"}
    texts = " ".join(assert_readable(plot_barriers(tables).figure)).replace("\n", " ")
    assert "emt, ase 3.29.0 and lj, ase 3.29.0." in texts


def test_what_is_not_converged_is_no_barrier():
    axes = plot_barriers(table(hop(), hop("Li1-Li2 3.00 A", status="unconverged", error="a force is left")))
    assert markers(axes)[1].get_markerfacecolor() == "white"
    assert [line.get_linestyle() for line in axes.lines if len(line.get_xdata()) == 200] == ["-", "--"]
    assert any(
        text.get_text() == "Li1-Li2 3.00 Å, vacancy: not converged, no barrier"
        for legend in axes.figure.legends
        for text in legend.get_texts()
    )


def test_hops_without_a_path_are_named(assert_readable):
    failed = hop("Li1-Li2 3.00 A", (), status="failed", error="RuntimeError: no self-consistency")
    axes = plot_barriers(table(hop(), failed))
    assert len(markers(axes)) == 1
    texts = " ".join(assert_readable(axes.figure)).replace("\n", " ")
    assert "No path of Li1-Li2 3.00 Å, vacancy: RuntimeError: no self-consistency." in texts
    with pytest.raises(InputError, match="no hop has a path to draw; No path of Li1-Li2"):
        plot_barriers(table(failed))


def test_several_crystals_are_named_on_each_line():
    axes = plot([table(hop()), replace(table(hop(energies=SLOPING_eV)), crystal="LGPS")])
    assert axes.get_title(loc="left") == ""
    texts = [text.get_text() for legend in axes.figure.legends for text in legend.get_texts()]
    assert any(text.startswith("LGPS Li1-Li1") for text in texts)
    assert plot(table(hop())).get_ylabel() == "Energy (eV)"


def test_a_barrier_from_elsewhere_has_no_path():
    published = replace(hop(energies=(0.0, 0.3, 0.0)), path_A=())
    assert published.images == []
    with pytest.raises(InputError, match="its barrier alone is known"):
        plot_barriers(replace(table(published), provenance={"parameters": {}}))
    axes = plot_barriers([table(hop()), replace(table(published), provenance={"parameters": {}})])
    assert len(markers(axes)) == 1
