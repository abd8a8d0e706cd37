"""Bonds and polyanions of crystals with one and several anions, against textbooks and pymatgen's CrystalNN."""

from collections import Counter

import numpy as np
import pytest
from pymatgen.core import Lattice, Structure

from interfacekit.structure import bond_lengths, crystal
from interfacekit.structure.crystals.coordination import bonds_of, polyanions
from interfacekit.structure.crystals.oxidation import oxidation_states
from tests import places

ARGYRODITE = places.CASES / "structure" / "Li6PS5Cl_ordered.cif"


def lanthanum_oxysulfide():
    """La2O2S (Morosin and Newman 1973): four O and three S around La."""
    return Structure.from_spacegroup(
        "P-3m1", Lattice.hexagonal(4.049, 6.939), ["La", "O", "S"],
        [[1 / 3, 2 / 3, 0.2796], [1 / 3, 2 / 3, 0.6293], [0, 0, 0]],
    )  # fmt: skip


def lanthanum_oxyfluoride():
    """LaOF of the PbFCl family: four O and four F around La."""
    return Structure.from_spacegroup(
        "P4/nmm", Lattice.tetragonal(4.091, 5.852), ["La", "O", "F"], [[0, 0.5, 0.222], [0, 0, 0], [0, 0, 0.5]]
    )


def chain_of_lipon():
    """Li2PO2N with the connectivity of its chains: P-N-P bridges, and two terminal O on each P."""
    p, lattice = 2.8, Lattice.orthorhombic(5.6, 5.6, 5.4)
    atoms = {
        "P": [(0, 0, 0), (p, 0, 0)],
        "N": [(p / 2, 0, 0.835), (3 * p / 2, 0, -0.835)],
        "O": [(x, y, 0) for x in (0, p) for y in (1.53, -1.53)],
        "Li": [(x, 2.8, z) for x in (0, p) for z in (1.5, -1.5)],
    }
    return Structure(
        lattice,
        [symbol for symbol, places in atoms.items() for _ in places],
        [place for places in atoms.values() for place in places],
        coords_are_cartesian=True,
    )


def hypodithiophosphate():
    """Li4P2S6 with one P2S6 group of the measured bond lengths (P-P 2.2, P-S 2.02 A) along z."""
    turns = np.deg2rad([0, 120, 240])
    sulfur = [(1.9 * np.cos(t + s), 1.9 * np.sin(t + s), z) for z, s in ((1.8, 0), (-1.8, np.pi)) for t in turns]
    lithium = [(x, y, 3.4) for x, y in ((0, 0), (1.75, 3.03), (3.5, 0), (-1.75, 3.03))]
    return Structure(
        Lattice.orthorhombic(7.0, 6.06, 6.8),
        ["P"] * 2 + ["S"] * 6 + ["Li"] * 4,
        [(0, 0, 1.1), (0, 0, -1.1), *sulfur, *lithium],
        coords_are_cartesian=True,
    )


def calcite():
    return Structure.from_spacegroup(
        "R-3c", Lattice.hexagonal(4.99, 17.06), ["Ca", "C", "O"], [[0, 0, 0], [0, 0, 0.25], [0.2568, 0, 0.25]]
    )


def boron_phosphate():
    return Structure.from_spacegroup(
        "I-4", Lattice.tetragonal(4.338, 6.645), ["P", "B", "O"], [[0, 0, 0], [0, 0.5, 0.25], [0.138, 0.260, 0.131]]
    )


def hexafluorosilicate():
    return Structure.from_spacegroup(
        "Fm-3m", Lattice.cubic(8.13), ["K", "Si", "F"], [[0.25, 0.25, 0.25], [0, 0, 0], [0.207, 0, 0]]
    )


def lithium_peroxide():
    return Structure.from_spacegroup(
        "P6_3/mmc", Lattice.hexagonal(3.142, 7.650), ["Li", "Li", "O"],
        [[0, 0, 0], [1 / 3, 2 / 3, 0.75], [1 / 3, 2 / 3, 0.1484]],
    )  # fmt: skip


def listed(structure):
    """Coordination, shortest and longest length of each pair of elements."""
    return {
        f"{bond.centre}-{bond.ligand}": (bond.coordination, bond.shortest_A, bond.longest_A)
        for bond in bond_lengths(crystal(structure))
    }


def groups(structure):
    """Formulas of the polyanions, by the elements of their bonds: the ligands of each centre."""
    symbols = [site.specie.symbol for site in structure]
    bonds = bonds_of(structure, oxidation_states(structure))
    holds = polyanions(bonds)
    ligands = {int(centre): Counter() for centre in bonds.centres[holds]}
    for centre, ligand in zip(bonds.centres[holds], bonds.ligands[holds], strict=True):
        ligands[int(centre)][symbols[ligand]] += 1
    return {
        symbols[centre] + "".join(f"{s}{n if n > 1 else ''}" for s, n in sorted(found.items()))
        for centre, found in ligands.items()
    }


def test_an_argyrodite_has_bonds_to_both_anions():
    """Positions of the file: Li between three S, twelve Li about each Cl, and nothing between anions."""
    found = listed(str(ARGYRODITE))
    assert list(found) == ["Li-S", "Li-Cl", "P-S"]
    assert found["P-S"] == pytest.approx((4, 2.04, 2.04), abs=5e-3)
    assert found["Li-S"] == pytest.approx((3, 2.26, 2.30), abs=5e-3)
    assert found["Li-Cl"] == pytest.approx((2, 3.49, 3.49), abs=5e-3)
    assert groups(crystal(str(ARGYRODITE)).structure) == {"PS4"}


@pytest.mark.parametrize(
    ("structure", "expected"),
    [
        (lanthanum_oxysulfide(), {"La-O": (4, 2.42, 2.43), "La-S": (3, 3.03, 3.04)}),
        (lanthanum_oxyfluoride(), {"La-O": (4, 2.42, 2.43), "La-F": (4, 2.61, 2.62)}),
        (chain_of_lipon(), {"P-N": (2, 1.63, 1.63), "P-O": (2, 1.53, 1.53), "Li-O": (2, 1.966, 1.966)}),
        (lithium_peroxide(), {"Li-O": (6, 1.97, 2.14), "O-O": (1, 1.556, 1.556)}),
    ],
    ids=["La2O2S", "LaOF", "Li2PO2N", "Li2O2"],
)
def test_crystals_of_several_anions_have_bonds_to_each(structure, expected):
    found = listed(structure)
    assert found.keys() == expected.keys()
    for pair, numbers in expected.items():
        assert found[pair] == pytest.approx(numbers, abs=0.012)


@pytest.mark.parametrize(
    ("structure", "expected"),
    [
        ("LCO", set()),
        ("LNO", set()),
        ("LGPS", {"GeS4", "PS4"}),
        (lanthanum_oxysulfide(), set()),
        (chain_of_lipon(), {"PN2O2"}),
        (hypodithiophosphate(), {"PPS3", "PS3"}),
        (calcite(), {"CO3"}),
        (boron_phosphate(), {"PO4"}),
        (hexafluorosilicate(), {"SiF6"}),
        (lithium_peroxide(), {"OO"}),
    ],
    ids=["LCO", "LNO", "LGPS", "La2O2S", "Li2PO2N", "Li4P2S6", "CaCO3", "BPO4", "K2SiF6", "Li2O2"],
)
def test_polyanions_are_groups_of_strong_bonds(structure, expected):
    assert groups(crystal(structure).structure) == expected


@pytest.mark.parametrize("source", ["LCO", "LNO", "LGPS", str(ARGYRODITE), lanthanum_oxysulfide(), calcite()])
def test_valences_around_ions_add_up_to_their_charges(source):
    """Around cations exactly; around anions nearly, as Pauling's second rule has it."""
    structure = crystal(source).structure
    states = oxidation_states(structure)
    charges = np.array([states[site.specie.symbol] for site in structure])
    bonds = bonds_of(structure, states)
    from_cations, from_anions = (
        np.bincount(ends, weights=bonds.valences, minlength=len(charges)) for ends in (bonds.centres, bonds.ligands)
    )
    no_chlorine = np.array([site.specie.symbol != "Cl" for site in structure])
    is_full = (charges > 0) & (no_chlorine.all() | (charges > 1))
    assert from_cations[is_full] == pytest.approx(charges[is_full])
    assert from_anions[charges < 0] == pytest.approx(-charges[charges < 0], rel=0.2)


@pytest.mark.parametrize("source", ["LCO", "LNO", "LGPS", str(ARGYRODITE), lanthanum_oxysulfide(), calcite()])
def test_crystalnn_of_pymatgen_agrees(source):
    """Of CrystalNN without a limit of distances; it may find more at large distance, never less."""
    from pymatgen.analysis.local_env import CrystalNN

    structure = crystal(source).structure.get_primitive_structure()
    states = oxidation_states(structure)
    bonds = bonds_of(structure, states)
    structure.add_oxidation_state_by_element(states)
    ours = np.bincount(bonds.centres, minlength=len(structure))
    referee = CrystalNN(cation_anion=True)
    for number, site in enumerate(structure):
        if site.specie.oxi_state > 1:
            assert ours[number] == referee.get_cn(structure, number)


def test_the_size_of_a_supercell_changes_nothing():
    structure = crystal(str(ARGYRODITE)).structure
    states = oxidation_states(structure)
    one, eight = bonds_of(structure, states), bonds_of(structure * (2, 2, 2), states)
    assert len(eight.lengths_A) == 8 * len(one.lengths_A)
    assert np.sort(eight.valences)[::8] == pytest.approx(np.sort(one.valences))


@pytest.mark.parametrize(("cells", "missing"), [(1, 7), (1, 1), (2, 1)])
def test_a_composition_without_balanced_charges_has_the_usual_ones(cells, missing):
    """Lithium that is missing from a thiophosphate leaves PS4 as it is, in a large cell too."""
    structure = crystal("LGPS").structure * (cells, 1, 1)
    structure.remove_sites([k for k, site in enumerate(structure) if site.specie.symbol == "Li"][:missing])
    found = listed(structure)
    assert found["P-S"] == pytest.approx((4, 2.04, 2.07), abs=5e-3)
    assert found["Ge-S"] == pytest.approx((4, 2.24, 2.25), abs=5e-3)
    assert groups(structure) == {"GeS4", "PS4"}


def test_an_alloy_counts_nearest_neighbours():
    """CsCl type: eight unlike neighbours at a sqrt(3) / 2, and six like ones within 1.3 times that."""
    found = listed(Structure.from_spacegroup("Pm-3m", Lattice.cubic(3.0), ["Ni", "Al"], [[0, 0, 0], [0.5, 0.5, 0.5]]))
    assert found["Al-Ni"] == pytest.approx((8, 2.598, 2.598), abs=1e-3)
    assert found["Ni-Ni"] == found["Al-Al"] == pytest.approx((6, 3.0, 3.0))
