"""Li networks of the three crystals: their hops, where they lead, and what kinetic Monte Carlo gets of them."""

import json
from collections import Counter

import numpy as np
import pytest
from ase.io import read, write
from monty.json import MontyDecoder
from pymatgen.core import Lattice, Structure

from interfacekit.errors import InputError
from interfacekit.structure.network.search import lithium_network
from interfacekit.transport.hopping.lattice import regular_lattice

#: Class and hops per cell; distances follow from the cells and positions in SOURCES.md.
HOPS = {
    "LCO": {"Li1-Li1 2.82 A": 9},
    "LNO": {"Li1-Li1 3.76 A": 18},
    "LGPS": {
        "Li2-Li4 2.92 A": 8,
        "Li1-Li2 3.10 A": 8,
        "Li1-Li2 3.27 A": 8,
        "Li2-Li3 3.53 A": 8,
        "Li1-Li3 3.63 A": 8,
    },
}
CHAINS = ("Li1-Li2 3.10 A", "Li1-Li2 3.27 A")


@pytest.fixture(scope="module")
def networks():
    return {name: lithium_network(name) for name in HOPS}


def nasicon(mobile, a, c):
    """MTi2(PO4)3 of the NASICON structure: M on 6b alone, framework as in LiTi2(PO4)3."""
    sites = [[0, 0, 0], [0, 0, 0.1417], [0.2902, 0, 0.25], [0.1854, 0.9936, 0.1908], [0.1897, 0.1636, 0.0816]]
    return Structure.from_spacegroup("R-3c", Lattice.hexagonal(a, c), [mobile, "Ti", "P", "O", "O"], sites)


def refuse(what, function, *args, **kwargs):
    with pytest.raises(InputError, match=what) as caught:
        function(*args, **kwargs)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", HOPS)
def test_the_hops_of_the_three_crystals(networks, name):
    net = networks[name]
    assert {hop.name: hop.multiplicity for hop in net.classes} == HOPS[name]
    assert len(net.hops) == 2 * sum(HOPS[name].values())
    for hop in net.classes:
        ends = net.fractional[hop.origin], net.fractional[hop.target] + hop.image
        assert np.linalg.norm((ends[1] - ends[0]) @ net.cell_A) == pytest.approx(hop.distance_A, abs=1e-6)
        assert f"{net.sites[hop.origin].site_class}-{net.sites[hop.target].site_class} " in hop.name


def test_lithium_cobalt_oxide_percolates_in_its_layers(networks):
    found = networks["LCO"].percolation()
    assert (found.dimension, found.direction) == (2, "2D in the ab plane")
    assert [part.vectors for part in found.parts] == [((1, 0, 0), (0, 1, 0))] * 3
    assert found.stranded == ()


def test_lithium_niobate_percolates_in_three_dimensions(networks):
    found = networks["LNO"].percolation()
    assert (found.dimension, found.direction, len(found.parts)) == (3, "3D", 1)


def test_the_chains_of_lgps_run_along_c_and_are_joined_in_ab(networks):
    net = networks["LGPS"]
    chains = net.percolation(CHAINS)
    assert (chains.dimension, chains.direction) == (1, "1D along c")
    # Four chains in the cell, and the sites between them by themselves.
    assert [len(part.sites) for part in chains.parts] == [4] * 4 + [1] * 4
    assert chains.stranded == tuple(n for n, site in enumerate(net.sites) if site.site_class in ("Li3", "Li4"))
    everything = net.percolation()
    assert (everything.dimension, everything.direction, len(everything.parts)) == (3, "3D", 1)
    # The four chains around (0, 0, z) meet at Li3, those around (1/2, 1/2, z) at Li4: it takes both to get away.
    for joint in ("Li2-Li4 2.92 A", "Li2-Li3 3.53 A", "Li1-Li3 3.63 A"):
        assert net.percolation([*CHAINS, joint]).direction == "1D along c"
    both = net.percolation([*CHAINS, "Li2-Li4 2.92 A", "Li2-Li3 3.53 A"])
    assert both.vectors == ((1, 0, 0), (0, 1, 0), (0, 0, 1))


def test_a_supercell_of_cobalt_oxide_is_the_layered_triangular_lattice(networks):
    """Three layers of 6 x 6 sites, as a regular lattice and as a crystal in its hexagonal cell."""
    net = networks["LCO"].supercell((6, 6, 1))
    lattice = regular_lattice(
        "layered_triangular", (6, 6, 3), 2.8161, layer_distance_A=14.0536 / 3, interlayer_hops=False
    )
    same = lattice.network()
    assert (net.n_sites, net.n_hops) == (same.n_sites, same.n_hops) == (108, 648)
    assert net.volume_A3 == pytest.approx(same.volume_A3, rel=1e-5)
    for this in (net, same):
        assert set(this.degrees.tolist()) == {6}
        assert np.linalg.norm(this.displacements_A, axis=1) == pytest.approx(np.full(648, 2.8161))
        assert np.all(this.displacements_A[:, 2] == 0)
    angles = [np.sort(np.degrees(np.arctan2(*this.displacements_A[:6, 1::-1].T)) % 60) for this in (net, same)]
    for turned in angles:
        assert np.ptp((turned - turned[0] + 30) % 60) == pytest.approx(0, abs=1e-6)


def test_a_supercell_of_a_hundred_thousand_sites(networks):
    net = networks["LGPS"].supercell((17, 17, 18))
    assert net.n_sites == 20 * 17 * 17 * 18 > 1e5
    assert net.neighbours_by_class.sum(axis=0).tolist() == [2 * 8 * 17 * 17 * 18] * 5
    assert np.linalg.norm(net.displacements_A, axis=1).max() == pytest.approx(networks["LGPS"].cutoff_A)
    assert net.site_class_names == ("Li1", "Li2", "Li3", "Li4")
    assert np.bincount(net.site_classes).tolist() == [n * 17 * 17 * 18 for n in (8, 8, 2, 2)]


def test_networks_make_the_round_trip_through_json(networks):
    net = networks["LGPS"]
    again = json.loads(net.to_json(), cls=MontyDecoder)
    assert again == net
    assert json.loads(net.percolation().to_json(), cls=MontyDecoder) == net.percolation()


def test_what_makes_no_network_is_refused(networks):
    rock_salt = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0, 0]])
    refuse("NaCl has no Li; it has Na, Cl: give another", lithium_network, rock_salt)
    refuse("within 2 A; give at least 2.82 A", lithium_network, "LCO", cutoff_A=2.0)
    refuse("cutoff_A must be above 0 and at most 20 A, got -1 A", lithium_network, "LCO", cutoff_A=-1)
    net = networks["LCO"]
    refuse("all Li sites of LCO are occupied.*give a filling", net.hopping_model, (6, 6, 1), barriers_eV=0.3)
    refuse(
        "no hop class 'Li1'.*there is Li1-Li1 2.82 A", net.hopping_model, (6, 6, 1), filling=0.9, barriers_eV={"Li1": 1}
    )
    refuse("twice; give 3,3,1 or more", net.supercell, (2, 1, 1))
    refuse("not three whole numbers", net.supercell, (2.5, 1, 1))
    refuse("no hop class 'x'", net.percolation, ["x"])


def test_ions_that_are_alone_in_a_large_box_do_not_hop():
    alone = Structure(Lattice.cubic(400), ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    with pytest.raises(InputError, match="Li sites of LiF are 400 A apart: nothing hops farther than 20 A"):
        lithium_network(alone)


def test_any_mobile_ion_will_do():
    rock_salt = Structure.from_spacegroup("Fm-3m", Lattice.cubic(5.64), ["Na", "Cl"], [[0, 0, 0], [0.5, 0, 0]])
    net = lithium_network(rock_salt, mobile="Na")
    assert [(hop.name, hop.multiplicity) for hop in net.classes] == [("Na1-Na1 3.99 A", 24)]
    assert net.percolation().direction == "3D"


@pytest.mark.parametrize("suffix", ["extxyz", "cif"])
def test_sites_are_written_and_read_back_by_ase(tmp_path, suffix):
    net = lithium_network("LCO", vacant=True, estimates=False)
    atoms = net.atoms((2, 2, 1), with_framework=True)
    assert atoms.get_chemical_formula() == "Co12Li12O24X24"
    assert Counter(zip(atoms.symbols, atoms.get_tags().tolist(), strict=True)) == {
        ("Li", 1): 12,
        ("X", 2): 24,
        ("Co", 0): 12,
        ("O", 0): 24,
    }
    assert Counter(atoms.arrays["site_class"]) == {"Li1": 12, "vacant1": 24, "-": 36}
    path = tmp_path / f"sites.{suffix}"
    write(path, atoms)
    again = read(path)
    assert again.get_chemical_formula() == atoms.get_chemical_formula()
    if suffix == "extxyz":
        assert again.get_tags().tolist() == atoms.get_tags().tolist()
        assert again.positions == pytest.approx(atoms.positions, abs=1e-6)


def test_sites_are_numbered_as_in_the_supercell(networks):
    net = networks["LGPS"]
    atoms, sites = net.atoms((2, 3, 1)), net.supercell((2, 3, 1))
    assert atoms.positions == pytest.approx(sites.positions_A)
    assert [sites.site_class_names[k] for k in sites.site_classes] == atoms.arrays["site_class"].tolist()


def test_estimates_rank_the_hops_of_lgps_as_its_barriers_do(networks):
    """Hops along the chains are wider, and strain bonds less, than those that join them (doi:10.1021/cm203303y)."""
    hops = {hop.name: hop for hop in networks["LGPS"].classes}
    joints = [name for name in hops if name not in CHAINS]
    assert min(hops[name].bottleneck_A for name in CHAINS) > max(hops[name].bottleneck_A for name in joints)
    assert max(hops[name].bond_valence_mismatch for name in CHAINS) < min(
        hops[name].bond_valence_mismatch for name in joints
    )
    frame = networks["LGPS"].to_frame()
    assert frame["bottleneck_A"].tolist() == [hop.bottleneck_A for hop in networks["LGPS"].classes]


def test_the_bottleneck_of_cobalt_oxide_is_the_window_of_three_oxygens(networks):
    """By hand: the face between octahedron and tetrahedron, less the radius of O2-, within the grid's spacing."""
    (hop,) = networks["LCO"].classes
    a, c = 2.8161, 14.0536
    # Li is at c/6 between the layers of O: two O of one layer, a apart, and one O of the other.
    gap = 2 * (0.2605 - 1 / 6) * c
    leg = np.hypot(gap, a / np.sqrt(3))
    height = np.sqrt(leg**2 - a**2 / 4)
    circumradius = leg**2 / (2 * height)
    assert hop.bottleneck_A == pytest.approx(circumradius - 1.26, abs=0.06)


def test_hops_that_are_too_long_point_to_a_missing_site():
    """LiTi2(PO4)3: between two 6b sites, sqrt(a^2/3 + c^2/36) apart, lies a site that no ion occupies."""
    structure = nasicon("Li", 8.511, 20.843)
    net = lithium_network(structure, estimates=False)
    (hop,) = net.classes
    assert hop.distance_A == pytest.approx(np.sqrt(8.511**2 / 3 + 20.843**2 / 36), abs=1e-3)
    (note,) = net.notes
    assert "6.02 A long, and Li rarely hops farther than 4.5 A" in note
    assert "--vacant" in note
    full = lithium_network(structure, vacant=True, estimates=False)
    assert full.notes == ()
    assert full.percolation().direction == "3D"
    assert full.cutoff_A < 4.5
    again = json.loads(net.to_json(), cls=MontyDecoder)
    assert again.notes == net.notes


def test_an_ion_may_hop_as_far_as_it_is_large():
    """Neighbours in the iodides of rock-salt structure: 4.24, 4.58 and 5.00 A, and none of them lacks a site."""
    for mobile, a in (("Li", 6.000), ("Na", 6.473), ("K", 7.066)):
        salt = Structure.from_spacegroup("Fm-3m", Lattice.cubic(a), [mobile, "I"], [[0, 0, 0], [0.5, 0, 0]])
        net = lithium_network(salt, mobile=mobile, estimates=False)
        assert net.classes[0].distance_A == pytest.approx(a / np.sqrt(2))
        assert net.notes == ()
    assert "Na rarely hops farther than 4.9 A" in lithium_network(nasicon("Na", 8.5, 20.9), mobile="Na").notes[0]


def test_pairs_of_sites_that_go_nowhere_point_to_a_missing_site():
    sites = [[0, 0, 0], [0.3, 0, 0], [0.5, 0.5, 0.5], [0.8, 0.5, 0.5]]
    pairs = Structure(Lattice.cubic(9), ["Li", "Li", "F", "F"], sites)
    (note,) = lithium_network(pairs, estimates=False).notes
    assert "hops up to 2.70 A do not percolate: an empty site in between may be missing" in note
    assert lithium_network(pairs, cutoff_A=3, estimates=False).notes == ()


def test_the_three_crystals_lack_no_site(networks):
    assert {name: net.notes for name, net in networks.items()} == dict.fromkeys(networks, ())


def test_mobile_ions_without_a_framework_are_named_as_such():
    """The ions of LiCoO2 alone, and a metal, which is the same to a program."""
    alone = lithium_network("LCO").crystal.structure.copy()
    alone.remove_species(["Co", "O"])
    net = lithium_network(alone, estimates=False)
    assert "all atoms are Li: unless this is Li metal, the file has the mobile ions alone" in net.crystal.notes[0]
    refuse(r"none is known here \(all atoms are Li\)", lithium_network, alone, vacant=True)
    sodium = Structure.from_spacegroup("Im-3m", Lattice.cubic(4.29), ["Na"], [[0, 0, 0]])
    assert "all atoms are Na" in lithium_network(sodium, mobile="Na", estimates=False).notes[0]
