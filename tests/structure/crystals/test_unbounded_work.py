"""Cells and cutoffs whose work does not fit into memory or lasts: refused or announced before it begins."""

import math

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from interfacekit import limits
from interfacekit.errors import InputError, InputWarning
from interfacekit.structure import BandOptions, lithium_network, migration_barriers
from interfacekit.structure.barriers import migration as barriers
from interfacekit.structure.barriers.hop_cells import supercell
from interfacekit.structure.crystals import ordering
from interfacekit.structure.crystals.ions import framework
from interfacekit.structure.network import bottlenecks
from interfacekit.structure.network import search as networks
from interfacekit.structure.network.bottlenecks import Passage


@pytest.fixture
def small_memory(monkeypatch):
    monkeypatch.setattr(limits, "memory_bytes", lambda: 1e9)


def test_estimates_in_parts_are_those_of_all_points_at_once(monkeypatch):
    whole = lithium_network("LCO").classes
    monkeypatch.setattr(bottlenecks, "_MOST_DISTANCES", 999)
    assert lithium_network("LCO").classes == whole
    assert whole[0].bottleneck_A > 0.4


def test_many_estimates_are_announced(monkeypatch):
    found = lithium_network("LCO", estimates=False)
    structure = found.crystal.structure
    hops = np.repeat(np.array(found.hops)[:1, :5], 100_000, axis=0)
    positions = np.array([site.fractional for site in found.sites])
    monkeypatch.setattr(bottlenecks, "_passage", lambda *arguments: Passage(None, None))
    with pytest.warns(InputWarning, match=r"^estimates of 100000 hops of up to 2.82 A will take about 40 minutes$"):
        bottlenecks.passages(hops, positions, structure.lattice.matrix, framework(structure, "Li"))


@pytest.mark.usefixtures("small_memory")
def test_pairs_of_sites_that_do_not_fit_are_refused():
    cell = 100 * np.eye(3)
    networks._require_pairs(20_000, cell, 4.0)
    line = r"^about 1.3e\+07 pairs of 20000 sites within 20 A need about 8.04 GB of memory, .*; give a shorter cutoff"
    with pytest.raises(InputError, match=line):
        networks._require_pairs(20_000, cell, 20.0)


def test_the_number_of_pairs_is_about_that_of_the_network():
    found = lithium_network("LCO", cutoff_A=8.0, estimates=False)
    reach = found.cutoff_A
    expected = len(found.sites) ** 2 / found.crystal.structure.volume * 4 / 3 * math.pi * reach**3
    cell = found.crystal.structure.lattice.matrix
    positions = np.array([site.fractional for site in found.sites])
    pairs, _ = networks.pairs_within(positions, cell, reach)
    assert len(pairs) == pytest.approx(expected, rel=0.2)


def test_a_supercell_of_too_many_atoms_is_refused():
    line = r"^a supercell must have at most 50000 atoms, got 96000 in 20 x 20 x 20 cells; give fewer copies$"
    with pytest.raises(InputError, match=line):
        migration_barriers("LCO", "emt", supercell_shape=(20, 20, 20))
    structure = lithium_network("LCO", estimates=False).crystal.structure
    assert supercell(structure, "Li", (16, 16, 16)).shape == (16, 16, 16)


def test_relaxations_that_last_are_announced():
    settings = BandOptions()
    barriers._require_relaxation_time(1, 108, settings)
    with pytest.warns(InputWarning, match=r"^relaxations of 3 hops in cells of 40000 atoms, .* about 42 minutes$"):
        barriers._require_relaxation_time(3, 40_000, settings)
    barriers._require_relaxation_time(3, 40_000, BandOptions(max_steps=1))


@pytest.fixture
def mixed():
    """A crystal whose sites of Li and Na are shared."""
    shared = {"Li": 0.5, "Na": 0.5}
    return Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.4), [shared, "Cl"], [[0, 0, 0], [0.5, 0.5, 0.5]])


def test_orderings_of_many_sites_are_refused_or_announced(monkeypatch, mixed):
    ordered, _ = ordering.ordered(mixed, "x.cif")
    assert ordered.composition.reduced_formula == "NaLiCl2"
    monkeypatch.setattr(limits, "memory_bytes", lambda: 1e14)
    with pytest.warns(InputWarning, match=r"^orderings of 20000 sites of x.cif will take about 3.6 hours$"):
        ordering._require_affordable(20_000, "x.cif")
    monkeypatch.setattr(limits, "memory_bytes", lambda: 1000)
    with pytest.raises(InputError, match=r"^interactions of 8 sites of x.cif need about .*; give an ordered cell"):
        ordering.ordered(mixed, "x.cif")
