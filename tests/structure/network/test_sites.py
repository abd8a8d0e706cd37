"""Vacant sites: the gaps that are known of the three crystals, and positions that the user gives."""

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from interfacekit.errors import InputError
from interfacekit.structure.crystals.crystal import crystal
from interfacekit.structure.crystals.ions import tetrahedral_radius_A
from interfacekit.structure.network.search import lithium_network


def vacant(net, name):
    return np.array([site.fractional for site in net.sites if site.site_class == name])


def neighbours_A(net, point, element):
    """Distances of the nearest atoms of an element."""
    structure = net.crystal.structure
    around = structure.get_sites_in_sphere(structure.lattice.get_cartesian_coords(point), 3.5)
    return np.sort([atom.nn_distance for atom in around if atom.specie.symbol == element])


def test_cobalt_oxide_has_two_tetrahedra_per_lithium_and_hops_lead_through_them():
    """The tetrahedral-site hop of Van der Ven and Ceder (2000, doi:10.1149/1.1391130)."""
    net = lithium_network("LCO", vacant=True)
    assert [(hop.name, hop.multiplicity) for hop in net.classes] == [("Li1-vacant1 1.70 A", 18)]
    sites = vacant(net, "vacant1")
    assert len(sites) == 6
    assert net.occupied_share == pytest.approx(1 / 3)
    for site in sites:
        # On the threefold axes 6c, and in the middle of four oxygens.
        assert np.allclose((3 * site[:2]).round(6) % 1, 0)
        oxygen = neighbours_A(net, site, "O")
        assert np.ptp(oxygen[:4]) < 0.01
        assert oxygen[4] > 1.5 * oxygen[3]
        assert np.sum(neighbours_A(net, site, "Li") < 1.71) == 3
    assert net.percolation().direction == "2D in the ab plane"


def test_lithium_niobate_has_an_empty_octahedron_between_niobium_and_lithium():
    """Along c the octahedra hold Nb, nothing, Li (Abrahams 1966, doi:10.1016/0022-3697(66)90072-2)."""
    net = lithium_network("LNO", vacant=True)
    octahedra = vacant(net, "vacant1")
    assert len(octahedra) == 6
    assert np.allclose((3 * octahedra[:, :2]).round(6) % 1, 0)
    first = neighbours_A(net, octahedra[0], "O")[:6]
    assert first == pytest.approx(np.full(6, first.mean()), rel=0.05)


@pytest.mark.parametrize("name", ["LCO", "LNO", "LGPS"])
def test_vacant_sites_keep_away_from_atoms_and_each_other_and_have_the_symmetry(name):
    net = lithium_network(name, vacant=True, estimates=False)
    lattice = net.crystal.structure.lattice
    apart = lattice.get_all_distances(net.fractional, net.fractional)
    np.fill_diagonal(apart, 9)
    assert apart.min() > 1.2
    framework = [atom.frac_coords for atom in net.crystal.structure if atom.specie.symbol != "Li"]
    assert lattice.get_all_distances(net.fractional, framework).min() > 1.6
    assert [site.occupied for site in net.sites] == sorted((site.occupied for site in net.sites), reverse=True)
    assert [site.atom is not None for site in net.sites] == [site.occupied for site in net.sites]
    # The symmetry of the crystal with its vacant sites filled is that of the crystal.
    filled = Structure.from_sites([*net.crystal.structure])
    for site in net.sites:
        if not site.occupied:
            filled.append("He", site.fractional)
    assert crystal(filled, name="filled").space_group == net.crystal.space_group


def test_vacant_sites_may_be_given():
    found = vacant(lithium_network("LCO", vacant=True, estimates=False), "vacant1")
    net = lithium_network("LCO", vacant=[found[3]], estimates=False)
    assert [hop.name for hop in net.classes] == ["Li1-vacant1 1.70 A"]
    assert sorted(map(tuple, vacant(net, "vacant1").round(6))) == sorted(map(tuple, found.round(6)))


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ([[0, 0, 0.5]], "0.00 A from another site"),
        ([[0, 0]], "three fractional coordinates"),
        ("here", "three fractional coordinates"),
        ([[0, 0, np.nan]], "three fractional coordinates"),
    ],
)
def test_sites_that_are_none_are_refused(given, what):
    with pytest.raises(InputError, match=what) as caught:
        lithium_network("LCO", vacant=given)
    assert len(str(caught.value).splitlines()) == 1


def test_vacant_sites_are_as_large_as_the_ion():
    """NaTi2(PO4)3: of the gaps that Li+ would fill, Na+ fits those of 18e (x, 0, 1/4), its second site."""
    sites = [[0, 0, 0], [0, 0, 0.1417], [0.2902, 0, 0.25], [0.1854, 0.9936, 0.1908], [0.1897, 0.1636, 0.0816]]
    found = {}
    for mobile in ("Li", "Na"):
        structure = Structure.from_spacegroup(
            "R-3c", Lattice.hexagonal(8.5, 20.9), [mobile, "Ti", "P", "O", "O"], sites
        )
        found[mobile] = lithium_network(structure, vacant=True, mobile=mobile, estimates=False)
    assert found["Na"].site_class_names == ("Na1", "vacant1")
    second = vacant(found["Na"], "vacant1")
    assert len(second) == 18
    # On the twofold axes of 18e, which are at heights of 1/12, 3/12, ...
    assert np.allclose((12 * second[:, 2]) % 2, 1)
    assert len(found["Li"].site_class_names) > 2


def test_radii_in_a_tetrahedron_are_those_of_shannon():
    """Crystal radii of Shannon 1976 (doi:10.1107/S0567739476001551); Ca2+ has none for four neighbours, but for six."""
    radii = {"Li": 0.73, "Na": 1.13, "K": 1.51, "Ag": 1.14}
    assert {symbol: tetrahedral_radius_A(symbol, 1) for symbol in radii} == radii
    assert tetrahedral_radius_A("Mg", 2) == 0.71
    assert tetrahedral_radius_A("Ca", 2) == 1.14
    assert tetrahedral_radius_A("Fe", 2) == 0.77  # high spin
    assert tetrahedral_radius_A("Li", 3) is None


def test_a_metal_has_no_gaps_between_anions():
    fcc = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.05), ["Al"], [[0, 0, 0]])
    with pytest.raises(InputError, match="bind Al, and none is known here"):
        lithium_network(fcc, mobile="Al", vacant=True)
    (hop,) = lithium_network(fcc, mobile="Al").classes
    assert (hop.name, hop.multiplicity, hop.bottleneck_A) == ("Al1-Al1 2.86 A", 24, None)
