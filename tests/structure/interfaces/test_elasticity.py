"""Strain energies against the elasticity of textbooks and against energies of strained crystals."""

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from pymatgen.core import Lattice, Structure
from scipy.optimize import minimize_scalar

from interfacekit.constants import GPA_PER_eV_A3
from interfacekit.errors import InputError
from interfacekit.structure.interfaces.coherent import coherent_interfaces
from interfacekit.structure.interfaces.elasticity import stiffness_GPa, strain_energy_eV_per_A3
from interfacekit.structure.interfaces.lattice_planes import Planes
from interfacekit.structure.interfaces.matching import lattice_matches

A = 3.61
#: Copper: c11, c12, c44 (GPa), Kittel.
CUBIC = (168.4, 121.4, 75.4)


def copper(a=A):
    return Structure.from_spacegroup("Fm-3m", Lattice.cubic(a), ["Cu"], [[0, 0, 0]])


def cubic_stiffness(c11, c12, c44):
    matrix = np.diag([c11 - c12] * 3 + [c44] * 3)
    matrix[:3, :3] += c12
    return matrix


def strained(miller, deformation, **options):
    plane = Planes(copper()).plane(miller)
    seen = plane.in_plane_A * ((1, -1) if options.get("turned_over", True) else (1, 1))
    matches = lattice_matches(plane, seen @ deformation, 1.2 * plane.area_A2, 0.05, **{"turned_over": True, **options})
    return plane, min(matches, key=lambda m: m.area_A2)


def test_an_isotropic_film_has_its_biaxial_modulus():
    """w = E / (1 - nu) e^2 of equal strains in the plane, and half the shear modulus times the square of a shear."""
    modulus, poisson, strain = 45.0, 0.3, 0.012
    stiffness = stiffness_GPa((modulus, poisson), copper())
    for miller in ((1, 0, 0), (1, 1, 1), (2, 1, 0)):
        energy = strain_energy_eV_per_A3(*strained(miller, (1 + strain) * np.eye(2)), stiffness)
        assert energy * GPA_PER_eV_A3 == pytest.approx(modulus / (1 - poisson) * strain**2)
        shear = np.array([[1.0, strain / 2], [strain / 2, 1.0]])
        energy = strain_energy_eV_per_A3(*strained(miller, shear), stiffness)
        assert energy * GPA_PER_eV_A3 == pytest.approx(modulus / 4 / (1 + poisson) * strain**2, rel=1e-3)


def test_a_cubic_film_has_the_biaxial_moduli_of_its_planes():
    """Those of (001) and (111) in closed form (Nix, 1989, doi:10.1007/BF02666659)."""
    c11, c12, c44 = CUBIC
    stiffness = stiffness_GPa(cubic_stiffness(*CUBIC).ravel(), copper())
    moduli = {
        (0, 0, 1): c11 + c12 - 2 * c12**2 / c11,
        (1, 1, 1): 6 * c44 * (c11 + 2 * c12) / (c11 + 2 * c12 + 4 * c44),
    }
    for miller, modulus in moduli.items():
        energy = strain_energy_eV_per_A3(*strained(miller, 1.01 * np.eye(2)), stiffness)
        assert energy * GPA_PER_eV_A3 == pytest.approx(modulus * 0.01**2)


def test_a_film_turned_over_has_the_energy_of_the_same_strain():
    """A shear of an oblique plane of an anisotropic crystal costs the same whichever side is up."""
    stiffness = cubic_stiffness(*CUBIC)
    shear = np.array([[1.01, 0.008], [0.008, 0.99]])
    mirror = np.diag([1.0, -1.0])
    up = strain_energy_eV_per_A3(*strained((2, 1, 0), shear, turned_over=False), stiffness, turned_over=False)
    over = strain_energy_eV_per_A3(*strained((2, 1, 0), mirror @ shear @ mirror), stiffness)
    assert over == pytest.approx(up, rel=1e-6)


def test_a_calculator_gives_the_energy_of_the_strained_and_relaxed_crystal():
    """Of copper by EMT, strained equally in (001) and free along [001], at its own lattice constant."""

    def energy(a, c):
        atoms = bulk("Cu", "fcc", a=a, cubic=True)
        atoms.set_cell([a, a, c], scale_atoms=True)
        atoms.calc = EMT()
        return atoms.get_potential_energy()

    a = minimize_scalar(lambda a: energy(a, a), bounds=(3.5, 3.7), method="bounded", options={"xatol": 1e-6}).x
    stiffness = stiffness_GPa("emt", copper(a))
    strain = 0.004
    relaxed = [
        minimize_scalar(lambda c, s=s: energy(a * (1 + s), c), bounds=(3.4, 3.8), method="bounded").fun
        for s in (strain, -strain)
    ]
    expected = (np.mean(relaxed) - energy(a, a)) / a**3
    plane, match = strained((0, 0, 1), (1 + strain) * np.eye(2))
    assert strain_energy_eV_per_A3(plane, match, stiffness) == pytest.approx(expected, rel=0.02)


def test_strain_energy_takes_the_place_of_strain_in_the_ranks():
    """The first front trades area for strain energy; a stiffness twice as large doubles energies and keeps ranks."""
    plain = coherent_interfaces("LCO", "LNO", max_area_A2=100)
    soft, stiff = (coherent_interfaces("LCO", "LNO", max_area_A2=100, film_stiffness_GPa=(e, 0.25)) for e in (100, 200))
    assert {c.strain_energy_meV_per_atom for c in plain.candidates} == {None}
    energies = [c.strain_energy_meV_per_atom for c in soft.candidates]
    assert [c.strain_energy_meV_per_atom for c in stiff.candidates] == pytest.approx([2 * e for e in energies])
    first = [(c.match.area_A2, c.strain_energy_meV_per_atom) for c in soft.candidates if c.front == 1]
    assert first == sorted(first)
    assert [energy for _, energy in first] == sorted((energy for _, energy in first), reverse=True)
    assert "film_strain_energy_meV_per_atom" in soft.to_frame()
    assert soft.provenance["parameters"]["film_stiffness_GPa"] == (100.0, 0.25)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ((20.0, 0.5), "ratio must be between -1 and 0.5"),
        ((-20.0, 0.3), "modulus must be above 0"),
        ((1.0, 2.0, 3.0), "got an array of 3"),
        (-np.eye(6), "eigenvalue -1 GPa"),
        (np.triu(np.ones((6, 6))), "not symmetric"),
        ("vasp", "no calculator 'vasp'"),
    ],
)
def test_bad_stiffness_gets_one_line(given, line):
    with pytest.raises(InputError, match=line) as caught:
        stiffness_GPa(given, copper())
    assert "\n" not in str(caught.value)
