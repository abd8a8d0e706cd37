"""Where a crystal can be cut along a plane: distinct faces, the bonds that each cut breaks, and the dipole it leaves.

The cuts are pymatgen's (`SlabGenerator`): between atomic planes. Its tests of which slabs are equal look at whole slabs
and forget on which side of them a face is, so faces are compared here, by the depths of the elements below them.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.results import Result
from interfacekit.structure.bonds import BEYOND_NEAREST, LONGEST_A
from interfacekit.structure.lattice_planes import Miller, Planes, sign_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from pymatgen.core import Structure

    from interfacekit.structure.lattice_planes import LatticePlane

#: Atoms whose heights differ by less are in one atomic plane, pymatgen's default for interfaces.
SAME_PLANE_A = 0.25
#: Faces whose depths agree so are the same.
_SAME_DEPTH_A = 0.02
#: Of a slab, in electrons per angstrom: pymatgen's limit.
POLAR_E_PER_A = 1e-3
_A2_PER_NM2 = 100.0


@dataclass(frozen=True)
class Termination(Result):
    """A face of a crystal, seen along its outward normal.

    Attributes
    ----------
    miller
        Plane with the signs of the outward normal.
    shift
        Height of the cut, as a fraction of the distance of neighbouring planes of lattice points.
    outermost
        Atoms of the outermost atomic plane, per smallest cell: `Li`, `O3`.
    below
        Those of the next one.
    cut_bonds_per_nm2
        Bonds between cations other than Li and anions that the cut breaks.
    dipole_e_per_A
        Dipole across each repeat of a slab that ends so, per area and along the normal, from guessed oxidation states;
        None where there are none.
    outermost_charge_e
        Charge of the outermost atomic plane, per smallest cell, from the same.
    """

    miller: Miller
    shift: float
    outermost: str
    below: str
    cut_bonds_per_nm2: float
    dipole_e_per_A: float | None
    outermost_charge_e: float | None

    @property
    def label(self) -> str:
        """The two outermost atomic planes, the outer one first: `Li/O3`."""
        return f"{self.outermost}/{self.below}"

    @property
    def is_polar(self) -> bool | None:
        """Whether slabs that end so have a dipole; None where that is not known."""
        return None if self.dipole_e_per_A is None else abs(self.dipole_e_per_A) > POLAR_E_PER_A


def terminations(
    planes: Planes, miller: Miller, charges: Mapping[str, float] | None, *, one_side: bool = False
) -> tuple[Termination, ...]:
    """Distinct faces of one or both sides of a plane; first those that break the fewest bonds, then the least polar."""
    found: list[Termination] = []
    profiles: list[dict[str, NDArray[np.float64]]] = []
    for sign in (1,) if one_side else (1, -1):
        plane = planes.plane(sign_of(sign, miller))
        bonds = _bond_heights(plane)
        for shift in slab_generator(plane, 1.0).gen_possible_terminations(ftol=SAME_PLANE_A):
            profile = _depths(plane, shift)
            if any(_are_same(profile, other) for other in profiles):
                continue
            profiles.append(profile)
            found.append(_termination(plane, shift, bonds, charges))
    return tuple(sorted(found, key=_best_first))


def best_pair(lower: Sequence[Termination], upper: Sequence[Termination]) -> tuple[int, int]:
    """Numbers, from 0, of the two faces that should meet.

    They break the fewest bonds; among such pairs the outermost planes have charges of opposite sign, or one has none;
    and among these the dipoles are smallest.
    """

    def cost(pair: tuple[int, int]) -> tuple[float, bool, float]:
        faces = lower[pair[0]], upper[pair[1]]
        charges = [face.outermost_charge_e or 0.0 for face in faces]
        return (
            round(sum(face.cut_bonds_per_nm2 for face in faces), 3),
            charges[0] * charges[1] > 0,
            round(sum(abs(face.dipole_e_per_A or 0.0) for face in faces), 3),
        )

    return min(itertools.product(range(len(lower)), range(len(upper))), key=cost)


def oxidation_states(structure: Structure) -> dict[str, float] | None:
    """Oxidation states that pymatgen guesses from the composition; None where it finds none."""
    guesses = structure.composition.oxi_state_guesses(max_sites=-1)
    states = dict(guesses[0]) if guesses else {}
    return {str(symbol): float(state) for symbol, state in states.items()} if any(states.values()) else None


def slab_generator(plane: LatticePlane, thickness_A: float) -> Any:
    """Generator of pymatgen for slabs of a plane whose lattice vectors are those of the plane, and stay so.

    Raises
    ------
    InputError
        If the thickness is not positive.
    """
    from pymatgen.core.surface import SlabGenerator

    if not (math.isfinite(thickness_A) and thickness_A > 0):
        raise InputError(f"a slab {thickness_A:g} A thick has no atoms; give a positive thickness, such as 10 (A)")
    return SlabGenerator(
        plane.cell,
        (0, 0, 1),
        # A thickness of whole repeats is not rounded up to one more.
        min_slab_size=max(thickness_A - 1e-6, 1e-6),
        min_vacuum_size=1.0,
        center_slab=False,
        primitive=False,
        reorient_lattice=False,
    )


def _termination(
    plane: LatticePlane, shift: float, bonds: NDArray[np.float64], charges: Mapping[str, float] | None
) -> Termination:
    heights = _heights(plane, shift)
    symbols = [site.specie.symbol for site in plane.cell]
    layers = _layers(heights, symbols)
    dipole = charge = None
    if charges is not None:
        dipole = float(sum(charges[s] * z for s, z in zip(symbols, heights, strict=True)) / plane.area_A2)
        charge = sum(charges[symbol] * n for symbol, n in layers[0].items())
    cut = np.abs(np.floor(bonds[:, 1] - shift) - np.floor(bonds[:, 0] - shift)).sum()
    return Termination(
        miller=plane.miller,
        shift=float(shift),
        outermost=_formula(layers[0]),
        below=_formula(layers[1 % len(layers)]),
        cut_bonds_per_nm2=float(cut / plane.area_A2 * _A2_PER_NM2),
        dipole_e_per_A=dipole,
        outermost_charge_e=charge,
    )


def _heights(plane: LatticePlane, shift: float) -> NDArray[np.float64]:
    """Heights (atoms,) above the cut, in one repeat."""
    return np.asarray(np.mod(plane.cell.frac_coords[:, 2] - shift, 1.0) * plane.spacing_A)


def _layers(heights: NDArray[np.float64], symbols: Sequence[str]) -> list[dict[str, int]]:
    """Compositions of the atomic planes, from the top."""
    order = np.argsort(-heights, kind="stable")
    layers: list[dict[str, int]] = []
    last = math.inf
    for k in order:
        if last - heights[k] > SAME_PLANE_A:
            layers.append({})
        layers[-1][symbols[k]] = layers[-1].get(symbols[k], 0) + 1
        last = heights[k]
    return layers


def _formula(layer: Mapping[str, int]) -> str:
    return "".join(f"{symbol}{n if n > 1 else ''}" for symbol, n in sorted(layer.items()))


def _depths(plane: LatticePlane, shift: float) -> dict[str, NDArray[np.float64]]:
    """Depths of the atoms of each element below the outermost atom, in one repeat, rising."""
    heights = _heights(plane, shift)
    depths = heights.max() - heights
    symbols = np.array([site.specie.symbol for site in plane.cell])
    return {str(symbol): np.sort(depths[symbols == symbol]) for symbol in np.unique(symbols)}


def _are_same(one: Mapping[str, NDArray[np.float64]], other: Mapping[str, NDArray[np.float64]]) -> bool:
    return all(np.allclose(depths, other[symbol], rtol=0, atol=_SAME_DEPTH_A) for symbol, depths in one.items())


def _bond_heights(plane: LatticePlane) -> NDArray[np.float64]:
    """Fractional heights (bonds, 2) of both ends of the bonds that a cut should not break.

    Between cations other than Li and anions (the most electronegative element); where there are none, as in a metal,
    between nearest neighbours.
    """
    cell = plane.cell
    symbols = np.array([site.specie.symbol for site in cell])
    electronegativity = np.array([float(site.specie.X) for site in cell])
    first, second, images, distances = cell.get_neighbor_list(LONGEST_A)
    is_anion = electronegativity == electronegativity.max()
    is_framework = ~is_anion & (symbols != "Li")
    centres = np.flatnonzero(is_framework)
    between = is_anion[second]
    if not is_framework.any() or np.ptp(electronegativity) < 1.0:
        centres, between = np.arange(len(symbols)), np.ones(len(second), dtype=bool)
    ends = []
    for centre in centres:
        own = between & (first == centre)
        if own.any():
            own &= distances < BEYOND_NEAREST * distances[own].min()
            top = cell.frac_coords[second[own], 2] + images[own, 2]
            ends.append(np.column_stack([np.full(own.sum(), cell.frac_coords[centre, 2]), top]))
    together = np.vstack(ends) if ends else np.empty((0, 2))
    # Among equals each bond is found from both ends; flat ones cross no cut.
    return together[together[:, 1] > together[:, 0]] if len(centres) == len(symbols) else together


def _best_first(termination: Termination) -> tuple[float, float, str, Miller]:
    dipole = termination.dipole_e_per_A
    return (
        round(termination.cut_bonds_per_nm2, 3),
        0.0 if dipole is None else round(abs(dipole), 3),
        termination.label,
        sign_of(-1, termination.miller),
    )
