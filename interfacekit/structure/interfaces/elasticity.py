"""Elastic energy of a crystal that is strained onto a substrate, free to relax along the normal.

`w = 1/2 e C' e` with the in-plane strain e (Voigt) and the stiffness C' that is left once no stress acts across the
plane, `C' = C_pp - C_pz C_zz^-1 C_zp`. Atoms keep their fractional coordinates where a calculator gives C.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import GPA_PER_eV_A3
from interfacekit.errors import InputError
from interfacekit.quantities import POISSON_RATIO, STIFFNESS, YOUNGS_MODULUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ase.calculators.abc import GetPropertiesMixin as AnyCalculator
    from numpy.typing import NDArray
    from pymatgen.core import Structure

    from interfacekit.structure.interfaces.lattice_match import LatticeMatch
    from interfacekit.structure.interfaces.lattice_planes import LatticePlane

#: 1 eV/A3 in GPa.
#: Strains (Voigt) whose energies give the stiffness.
_STEP = 0.01
#: In-plane components of a strain in Voigt's order, and the others.
_PLANE, _ACROSS = np.ix_([0, 1, 5], [0, 1, 5]), np.ix_([2, 3, 4], [2, 3, 4])
_MIXED = np.ix_([0, 1, 5], [2, 3, 4])
_WHAT = (
    "film_stiffness_GPa must be Young's modulus (GPa) and Poisson's ratio, a symmetric positive-definite 6 x 6 matrix, "
    "or a calculator"
)


def stiffness_GPa(given: Any, structure: Structure) -> NDArray[np.float64]:
    """Stiffness (6, 6) of a crystal in Voigt's notation and in the axes of its cell as given, in GPa.

    Parameters
    ----------
    given
        Young's modulus (GPa) and Poisson's ratio of an isotropic solid; 36 numbers or a matrix (6, 6) in GPa; or what
        `interfacekit.structure.calculators.calculator_spec` takes, such as `chgnet`.
    structure
        The crystal.

    Raises
    ------
    InputError
        If the numbers are none of these, or not those of a stable solid.
    """
    numbers = _numbers(given)
    if numbers.size == 2:
        matrix = _isotropic(*numbers)
    elif numbers.size == 36:
        matrix = numbers.reshape(6, 6)
    elif numbers.size:
        raise InputError(f"{_WHAT}, got an array of {numbers.size}; such as 20,0.3")
    else:
        matrix = _computed(given, structure)
    if not (np.isfinite(matrix).all() and np.allclose(matrix, matrix.T, rtol=1e-3, atol=1e-6)):
        raise InputError(f"{_WHAT}, got one that is not symmetric or not finite")
    lowest = float(np.linalg.eigvalsh(matrix)[0])
    if lowest <= 0:
        raise InputError(f"{_WHAT}, got one with the eigenvalue {lowest:.3g} GPa; a stable solid has none below zero")
    return np.asarray((matrix + matrix.T) / 2)


def strain_energy_eV_per_A3(
    plane: LatticePlane, match: LatticeMatch, stiffness: NDArray[np.float64], *, turned_over: bool = True
) -> float:
    """Elastic energy of a plane that is strained by a match, per volume.

    Parameters
    ----------
    plane, match
        The plane, and the match that strains it.
    stiffness
        Stiffness (6, 6) in the axes of the crystal as given, in GPa.
    turned_over
        Whether the match is that of the plane turned over about its first vector.
    """
    from pymatgen.analysis.elasticity.elastic import ElasticTensor

    in_frame = np.array(ElasticTensor.from_voigt(stiffness).rotate(plane.rotation.T).voigt)
    softened = in_frame[_PLANE] - in_frame[_MIXED] @ np.linalg.solve(in_frame[_ACROSS], in_frame[_MIXED].T)
    (xx, xy), (_, yy) = _strain(match)
    strain = np.array([xx, yy, -2 * xy if turned_over else 2 * xy])
    return float(strain @ softened @ strain / 2 / GPA_PER_eV_A3)


def _strain(match: LatticeMatch) -> NDArray[np.float64]:
    """Strain (2, 2) along the axes of the plane before it turns onto the common cell."""
    axes, stretches, _ = np.linalg.svd(match.deformation)
    return np.asarray((axes * (stretches - 1)) @ axes.T)


def _numbers(given: Any) -> NDArray[np.float64]:
    """The numbers of an array or of nested lists; none where something else is among them."""
    try:
        array = np.array(given)
    except ValueError:  # lists of different lengths
        return np.empty(0)
    if array.dtype.kind not in "iuf":
        return np.empty(0)
    STIFFNESS.check_all(array.astype(float))
    return array.astype(float).ravel()


def _isotropic(modulus_GPa: float, poisson: float) -> NDArray[np.float64]:
    YOUNGS_MODULUS.check(modulus_GPa)
    POISSON_RATIO.check(poisson)
    shear = modulus_GPa / 2 / (1 + poisson)
    lame = 2 * shear * poisson / (1 - 2 * poisson)
    matrix = np.diag([2 * shear] * 3 + [shear] * 3)
    matrix[:3, :3] += lame
    return matrix


def _computed(calculator: Any, structure: Structure) -> NDArray[np.float64]:
    """Stiffness by second differences of energies, which drop the stress of the crystal as given."""
    from interfacekit.structure.calculators import calculator_spec, make_calculator

    made = make_calculator(calculator_spec(calculator))
    unstrained = _energy_eV(structure, made, np.zeros(6))
    units = _STEP * np.eye(6)

    def curvature(strain: NDArray[np.float64]) -> float:
        return sum(_energy_eV(structure, made, sign * strain) for sign in (1, -1)) - 2 * unstrained

    matrix = np.diag([curvature(unit) for unit in units])
    for i, j in itertools.combinations(range(6), 2):
        both = curvature(units[i] + units[j])
        matrix[i, j] = matrix[j, i] = (both - matrix[i, i] - matrix[j, j]) / 2
    return np.asarray(matrix / (_STEP**2 * structure.volume) * GPA_PER_eV_A3)


def _energy_eV(structure: Structure, calculator: AnyCalculator, strain: Sequence[float] | NDArray[np.float64]) -> float:
    from pymatgen.io.ase import AseAtomsAdaptor

    from interfacekit.structure.calculators import Checked

    xx, yy, zz, yz, xz, xy = strain
    atoms = AseAtomsAdaptor.get_atoms(structure, msonable=False)
    deformation = np.eye(3) + np.array([[xx, xy / 2, xz / 2], [xy / 2, yy, yz / 2], [xz / 2, yz / 2, zz]])
    atoms.set_cell(np.array(atoms.cell) @ deformation, scale_atoms=True)
    atoms.calc = Checked(calculator)
    return float(atoms.get_potential_energy())
