"""Works of adhesion that are known: of pair potentials from the pairs, of a cut crystal from its surface energy."""

import json
from dataclasses import replace

import numpy as np
import pytest
from ase.build import bulk, fcc100
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones
from monty.json import MontyDecoder
from pymatgen.core import Lattice, Structure
from scipy.constants import elementary_charge

from interfacekit.errors import ComputationError, InputError
from interfacekit.structure.calculators import ConfiguredCalculator
from interfacekit.structure.interfaces import adhesion, coherent

A = 3.6


def metal(symbol, a):
    return Structure.from_spacegroup("Fm-3m", Lattice.cubic(a), [symbol], [[0, 0, 0]])


@pytest.fixture(scope="module")
def misfit():
    """Copper, strained, on nickel."""
    return coherent.coherent_interfaces(
        metal("Ni", 3.52),
        metal("Cu", A),
        max_area_A2=13,
        substrate_miller=(1, 0, 0),
        film_miller=(1, 0, 0),
        substrate_thickness_A=5,
        film_thickness_A=5,
    )


@pytest.fixture(scope="module")
def cut():
    """Copper on copper, seven layers each."""
    return coherent.coherent_interfaces(
        metal("Cu", A),
        metal("Cu", A),
        max_area_A2=7,
        substrate_miller=(1, 0, 0),
        film_miller=(1, 0, 0),
        substrate_thickness_A=7 * A / 2,
        film_thickness_A=7 * A / 2,
    )


def pairs_across(interface, sigma, epsilon, cutoff):
    """Sum of a truncated and shifted Lennard-Jones potential over pairs of the two sides, image by image."""

    def potential(r):
        return 4 * epsilon * ((sigma / r) ** 12 - (sigma / r) ** 6)

    atoms = interface.atoms
    lower, upper = (atoms.positions[atoms.get_tags() == tag] for tag in (1, 2))
    total = 0.0
    for i in range(-6, 7):
        for j in range(-6, 7):
            for k in (-1, 0, 1):
                shift = np.array([i, j, k]) @ atoms.cell.array
                r = np.linalg.norm(upper[None] + shift - lower[:, None], axis=-1)
                total += (potential(r[r < cutoff]) - potential(cutoff)).sum()
    return total


@pytest.mark.parametrize("gap", [1.5, 2.2, 4.0])
def test_of_a_pair_potential_it_is_the_sum_over_pairs(misfit, gap):
    parameters = {"sigma": 2.3, "epsilon": 0.4, "rc": 6.0}
    interface = misfit.build(gap_A=gap, shift_A=(0.4, 0.9))
    found = adhesion.work_of_adhesion(interface, ConfiguredCalculator("lj", parameters))
    expected = -pairs_across(interface, 2.3, 0.4, 6.0) / (3.52**2 / 2 / 100)
    assert found.work_eV_per_nm2 == pytest.approx(expected, rel=1e-9)
    assert found.static_work_eV_per_nm2 == found.work_eV_per_nm2
    assert found.work_J_per_m2 == pytest.approx(expected * elementary_charge * 1e18)
    same = adhesion.work_of_adhesion(interface, LennardJones(**parameters))
    assert same.work_eV_per_nm2 == pytest.approx(found.work_eV_per_nm2)


def test_far_apart_there_is_none(misfit):
    interface = misfit.build(gap_A=12.0, vacuum_A=12.0)
    assert adhesion.work_of_adhesion(interface, EMT()).work_eV_per_nm2 == pytest.approx(0, abs=1e-9)


def test_of_a_cut_crystal_it_is_twice_the_surface_energy(cut):
    """The surface energy from a slab of ASE and the bulk; the right place of the film is one of two."""
    slab = fcc100("Cu", (1, 1, 14), a=A, vacuum=10)
    slab.calc = EMT()
    crystal = bulk("Cu", a=A)
    crystal.calc = EMT()
    surface = (slab.get_potential_energy() - 14 * crystal.get_potential_energy()) / (A**2 / 2 / 100) / 2
    side = A / np.sqrt(2)
    works = [
        adhesion.work_of_adhesion(cut.build(gap_A=A / 2, shift_A=shift), "emt").work_eV_per_nm2
        for shift in ((0, 0), (side / 2, side / 2))
    ]
    assert max(works) == pytest.approx(2 * surface, rel=1e-6)
    assert min(works) < 0.5 * max(works)


def test_a_relaxed_interface_is_lower_and_its_fixed_atoms_stay(misfit):
    interface = misfit.build(gap_A=2.6, fixed_A=2.0)
    shares = []
    found = adhesion.work_of_adhesion(interface, "emt", relax=True, fmax_eV_A=0.02, progress=shares.append)
    assert found.is_converged
    assert len(shares) == 3
    assert shares[-1] == 1
    for part in found.parts:
        assert part.energy_eV < part.static_eV
        assert part.max_force_eV_A <= 0.02
    moved = np.linalg.norm(np.array(found.relaxed_A) - interface.structure.cart_coords, axis=1)
    fixed = np.array(interface.fixed)
    assert (moved[fixed] == 0).all()
    assert moved[~fixed].max() > 0.05
    assert found.work_eV_per_nm2 > found.static_work_eV_per_nm2
    short = adhesion.work_of_adhesion(interface, "emt", relax=True, fmax_eV_A=1e-6, max_steps=2)
    assert short.is_converged is False
    assert max(part.steps for part in short.parts) == 2


def test_published_values_come_with_how_sure_they_are():
    (row,) = adhesion.published_work("LNO", "LCO")
    assert (row.text, row.certainty) == ("10.6 / 6.1", "seen-secondary")
    assert adhesion.published_work("LCO", "LGPS")[0].system == "LCO|LPS"
    assert adhesion.published_work("Cu", "Ni") == ()


def test_the_result_is_a_row_and_round_trips(misfit):
    found = adhesion.work_of_adhesion(misfit.build(), "emt")
    assert json.loads(found.to_json(), cls=MontyDecoder) == found
    row = found.to_frame().iloc[0]
    assert row["work_eV_per_nm2"] == found.work_eV_per_nm2
    assert row["film_eV"] + row["substrate_eV"] - row["interface_eV"] == pytest.approx(
        row["work_eV_per_nm2"] * row["area_A2"] / 100
    )
    assert row["published_low_eV_per_nm2"] is None
    beside = replace(found, published=adhesion.published_work("LCO", "LNO"))
    assert beside.published_range_eV_per_nm2 == (6.1, 10.6)
    assert beside.to_frame()["published_certainty"][0] == "seen-secondary"


class Broken(Calculator):
    """Says no, or gives energies that are not numbers."""

    implemented_properties = ("energy", "forces")

    def __init__(self, energy):
        super().__init__()
        self.energy = energy

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        if self.energy is None:
            raise RuntimeError("out of\nmemory")
        super().calculate(atoms, properties, system_changes)
        self.results = {"energy": self.energy, "forces": np.zeros((len(atoms), 3))}


@pytest.mark.parametrize(
    ("energy", "line"),
    [(None, "fails on the interface: out of memory"), (np.nan, "no energy of the interface: .*finite")],
)
def test_a_calculator_that_fails_is_told_in_one_line(misfit, energy, line):
    with pytest.raises(ComputationError, match=line) as caught:
        adhesion.work_of_adhesion(misfit.build(), Broken(energy))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"calculator": "dft"}, "no calculator 'dft'"),
        ({"calculator": "emt", "fmax_eV_A": 0}, "fmax_eV_A must be above"),
    ],
)
def test_bad_input_gets_one_line(misfit, arguments, line):
    with pytest.raises(InputError, match=line):
        adhesion.work_of_adhesion(misfit.build(), **arguments)
