"""Hull energies of whole tables against those of single phases."""

import numpy as np
import pytest

from interfacekit.entries import load_entries
from interfacekit.thermo import decomposition
from interfacekit.thermo.screening.prepared import prepared


def test_hull_energies_are_those_of_single_phases():
    table = load_entries("mp2019")
    data = prepared(table)
    rng = np.random.default_rng(8)
    for row in rng.choice(len(table), 40, replace=False):
        above = -decomposition(table.formulas[row]).eV_per_atom
        assert table.formation_energies_eV_per_atom[row] - data.hull_energies[row] == pytest.approx(above, abs=1e-9)
        assert (row in data.stable) == (above < 1e-8)


def test_the_share_done_of_hull_energies_is_reported_once():
    snapshot = load_entries("mp2019", "Li-Co-O")
    table, shares = snapshot.only(snapshot.compositions), []
    data = prepared(table, shares.append)
    assert len(shares) > 4
    assert shares == sorted({*shares})
    assert shares[-1] == 1
    assert prepared(table, lambda share: pytest.fail("they are known")) is data
    assert data.hull_energies == pytest.approx(prepared(snapshot).hull_energies, abs=1e-9)
