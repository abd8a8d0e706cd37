"""Where a crystal can be cut along a plane: distinct faces, the bonds that each cut breaks, and the dipole it leaves.

The cuts are midway between atomic planes, and between closer atoms where they alone leave all polyanions whole. Those
between planes are at the heights of pymatgen's `SlabGenerator.gen_possible_terminations`, which its releases before
August 2026 lack: they cut midway between single atoms, often within a plane. pymatgen's tests of which slabs are equal
look at whole slabs and forget on which side of them a face is, so faces are compared here, by the depths of the
elements below them.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import A2_PER_NM2
from interfacekit.quantities import SLAB_THICKNESS
from interfacekit.results import Result
from interfacekit.structure.crystals.coordination import bonds_of, polyanions
from interfacekit.structure.interfaces.lattice_planes import Miller, Planes, sign_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from interfacekit.structure.interfaces.lattice_planes import LatticePlane

#: Atoms whose heights differ by less are in one atomic plane, pymatgen's default for interfaces.
SAME_PLANE_A = 0.25
#: Atoms closer in height than this leave no room for a cut.
_LEAST_ROOM_A = 0.02
#: Mean of the phases of heights, in the unit circle, that has no direction but rounding errors.
_NO_CENTRE = 1e-6
#: Faces whose depths agree so are the same.
_SAME_DEPTH_A = 0.02
#: Of a slab, in electrons per angstrom: pymatgen's limit.
POLAR_E_PER_A = 1e-3


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
    cut_polyanions_per_nm2
        Polyanions (PO4, PS4, ..., see `structure.crystals.coordination`) with atoms on both sides of the cut.
    cut_valence_per_nm2
        Sum of the valences of all bonds that the cut breaks. None, as the polyanions, in files of versions that did not
        count them.
    cut_bonds_per_nm2
        Bonds of cations other than Li among them.
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
    cut_polyanions_per_nm2: float | None
    cut_valence_per_nm2: float | None
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


@dataclass(frozen=True, eq=False)
class _Heights:
    """Fractional heights in the repeat of a plane.

    Attributes
    ----------
    atoms
        Those of all atoms; shape (atoms,).
    is_grouped
        Whether each atom is in a polyanion; shape (atoms,).
    bonds
        Those of both ends of all bonds, the lower first; shape (bonds, 2).
    valences
        Valences of the bonds; shape (bonds,).
    is_framework
        Whether a bond is one of a cation other than Li; shape (bonds,).
    groups
        Those of the lowest and the highest atom of each polyanion; shape (polyanions, 2).
    """

    atoms: NDArray[np.float64]
    is_grouped: NDArray[np.bool_]
    bonds: NDArray[np.float64]
    valences: NDArray[np.float64]
    is_framework: NDArray[np.bool_]
    groups: NDArray[np.float64]


def terminations(
    planes: Planes, miller: Miller, charges: Mapping[str, float] | None, *, one_side: bool = False
) -> tuple[Termination, ...]:
    """Distinct faces of one or both sides of a plane.

    First those that leave the most polyanions whole; then those whose broken bonds have the least valence; then the
    least polar.
    """
    found: list[Termination] = []
    profiles: list[dict[str, NDArray[np.float64]]] = []
    for sign in (1,) if one_side else (1, -1):
        plane = planes.plane(sign_of(sign, miller))
        heights = _bond_heights(plane, charges)
        for shift in _cuts(plane, heights):
            profile = _depths(plane, shift)
            if any(_are_same(profile, other) for other in profiles):
                continue
            profiles.append(profile)
            found.append(_termination(plane, shift, heights, charges))
    return tuple(sorted(found, key=_best_first))


def best_pair(lower: Sequence[Termination], upper: Sequence[Termination]) -> tuple[int, int]:
    """Numbers, from 0, of the two faces that should meet.

    They sever the fewest polyanions, and among such pairs break bonds of the least valence; then the outermost planes
    have charges of opposite sign, or one has none; and among these the dipoles are smallest.
    """

    def cost(pair: tuple[int, int]) -> tuple[float, float, bool, float]:
        faces = lower[pair[0]], upper[pair[1]]
        charges = [face.outermost_charge_e or 0.0 for face in faces]
        return (
            round(sum(face.cut_polyanions_per_nm2 or 0.0 for face in faces), 3),
            round(sum(_broken_per_nm2(face) for face in faces), 3),
            charges[0] * charges[1] > 0,
            round(sum(abs(face.dipole_e_per_A or 0.0) for face in faces), 3),
        )

    return min(itertools.product(range(len(lower)), range(len(upper))), key=cost)


def slab_generator(plane: LatticePlane, thickness_A: float) -> Any:
    """Generator of pymatgen for slabs of a plane whose lattice vectors are those of the plane, and stay so.

    Raises
    ------
    InputError
        If the thickness is not positive.
    """
    from pymatgen.core.surface import SlabGenerator

    SLAB_THICKNESS.check(thickness_A, "thickness_A")
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


def _termination(plane: LatticePlane, shift: float, ends: _Heights, charges: Mapping[str, float] | None) -> Termination:
    heights = _heights(plane, shift)
    symbols = [site.specie.symbol for site in plane.cell]
    layers = _layers(heights, symbols)
    dipole = charge = None
    if charges is not None:
        dipole = float(sum(charges[s] * z for s, z in zip(symbols, heights, strict=True)) / plane.area_A2)
        charge = sum(charges[symbol] * n for symbol, n in layers[0].items())
    broken = _times_cut(ends.bonds, shift)
    per_nm2 = A2_PER_NM2 / plane.area_A2
    return Termination(
        miller=plane.miller,
        shift=float(shift),
        outermost=_formula(layers[0]),
        below=_formula(layers[1 % len(layers)]),
        cut_polyanions_per_nm2=float(_times_cut(ends.groups, shift).sum() * per_nm2),
        cut_valence_per_nm2=float((broken * ends.valences).sum() * per_nm2),
        cut_bonds_per_nm2=float(broken[ends.is_framework].sum() * per_nm2),
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


def _bond_heights(plane: LatticePlane, charges: Mapping[str, float] | None) -> _Heights:
    """Heights of the bonds and polyanions of a plane's cell."""
    cell = plane.cell
    bonds = bonds_of(cell, charges)
    atoms = np.array(cell.frac_coords[:, 2])
    ends = np.column_stack([atoms[bonds.centres], atoms[bonds.ligands] + bonds.images[:, 2]])
    symbols = np.array([site.specie.symbol for site in cell])
    holds = polyanions(bonds)
    low, high = atoms.copy(), atoms.copy()
    np.minimum.at(low, bonds.centres[holds], ends[holds, 1])
    np.maximum.at(high, bonds.centres[holds], ends[holds, 1])
    centres = np.unique(bonds.centres[holds])
    is_grouped = np.isin(np.arange(len(atoms)), np.concatenate([centres, bonds.ligands[holds]]))
    is_framework = symbols[bonds.centres] != "Li"
    groups = np.column_stack([low, high])[centres]
    return _Heights(atoms, is_grouped, np.sort(ends, axis=1), bonds.valences, is_framework, groups)


def _times_cut(ends: NDArray[np.float64], shift: float) -> NDArray[np.float64]:
    """Number of cuts, one in each repeat, between the lower and the upper end of each of n extents (n, 2)."""
    return np.asarray(np.floor(ends[:, 1] - shift) - np.floor(ends[:, 0] - shift))


def _cuts(plane: LatticePlane, heights: _Heights) -> list[float]:
    """Fractional heights of cuts: between planes, and one in each interval without that leaves polyanions whole."""
    order = np.argsort(heights.atoms % 1.0, kind="stable")
    below = heights.atoms[order] % 1.0
    room = np.diff(np.append(below, below[0] + 1.0))
    shifts = _between_planes(below, room * plane.spacing_A)
    if not len(heights.groups):
        return shifts
    middles = below + room / 2
    is_whole = [
        gap * plane.spacing_A > _LEAST_ROOM_A and not _times_cut(heights.groups, middle).any()
        for gap, middle in zip(room, middles, strict=True)
    ]
    for run in _runs(is_whole, heights.is_grouped[order]):
        if not any((shift - below[k]) % 1.0 < room[k] for k in run for shift in shifts):
            shifts.append(float(middles[max(run, key=lambda k: room[k])] % 1.0))
    return shifts


def _between_planes(heights: NDArray[np.float64], room_A: NDArray[np.float64]) -> list[float]:
    """Fractional heights midway between the centres of neighbouring atomic planes.

    The centre of a plane is the circular mean of its heights. Where atoms are spread so evenly over the repeat that
    they have none, the cut is in the widest gap.

    Parameters
    ----------
    heights
        Fractional heights of the atoms, rising from 0 to 1; shape (n,).
    room_A
        Distance in height from each to the next, in the next repeat for the last; shape (n,).
    """
    above = np.cumsum(room_A > SAME_PLANE_A)
    planes = np.append(0, above[:-1]) % max(above[-1], 1)  # the last gap parts the last plane from the first
    turns = np.exp(2j * np.pi * heights)
    means = np.array([turns[planes == plane].mean() for plane in np.unique(planes)])
    if abs(means).min() < _NO_CENTRE:
        widest = room_A.round(6).argmax()
        return [float((heights[widest] + room_A[widest] / room_A.sum() / 2) % 1.0)]
    centres = np.sort(np.angle(means) / (2 * np.pi) % 1.0)
    middles = centres + np.diff(np.append(centres, centres[0] + 1.0)) / 2
    return sorted((middles % 1.0).tolist())


def _runs(is_whole: Sequence[bool], is_grouped: NDArray[np.bool_]) -> list[list[int]]:
    """Gaps that leave polyanions whole, those with no atom of a polyanion between them together.

    Gap k is above atom k, and the last one below the first atom.
    """
    runs: list[list[int]] = []
    for k, whole in enumerate(is_whole):
        if whole and k and is_whole[k - 1] and not is_grouped[k]:
            runs[-1].append(k)
        elif whole:
            runs.append([k])
    if len(runs) > 1 and is_whole[0] and is_whole[-1] and not is_grouped[0]:
        runs[0] += runs.pop()
    return runs


def _broken_per_nm2(face: Termination) -> float:
    """Valence of the bonds that a cut breaks; where it is not known, the number of bonds but those of Li."""
    return face.cut_bonds_per_nm2 if face.cut_valence_per_nm2 is None else face.cut_valence_per_nm2


def _best_first(termination: Termination) -> tuple[float, float, float, str, Miller]:
    dipole = termination.dipole_e_per_A
    return (
        round(termination.cut_polyanions_per_nm2 or 0.0, 3),
        round(_broken_per_nm2(termination), 3),
        0.0 if dipole is None else round(abs(dipole), 3),
        termination.label,
        sign_of(-1, termination.miller),
    )
