"""A coherent interface as atoms: two slabs on a common cell, face to face, with a vacuum behind them.

The slabs are pymatgen's. They are put together here rather than by its `Interface.from_slabs`, which puts the film down
as its mirror image, keeps an in-plane shift without applying it, and leaves it to the user whether atoms collide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.results import Result
from interfacekit.structure.interfaces.approach import CLOSEST_A, grid_of_shifts, touching
from interfacekit.structure.interfaces.lattice_planes import miller_text
from interfacekit.structure.interfaces.terminations import slab_generator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from ase import Atoms
    from numpy.typing import NDArray
    from pymatgen.core import Structure

    from interfacekit.structure.interfaces.approach import Pair
    from interfacekit.structure.interfaces.lattice_match import LatticeMatch
    from interfacekit.structure.interfaces.lattice_planes import LatticePlane
    from interfacekit.structure.interfaces.terminations import Termination

SUBSTRATE, FILM = "substrate", "film"
#: Tags of the atoms of both sides in ASE.
TAGS = {SUBSTRATE: 1, FILM: 2}


@dataclass(frozen=True)
class Interface(
    Result,
    figure="interfacekit.plots.structure.interface_structure:plot_interface",
    writers=dict.fromkeys((".cif", ".vasp", ".extxyz"), "interfacekit.structure.interfaces.files:write_interface"),
):
    """A film on a substrate, as atoms.

    Attributes
    ----------
    substrate, film
        Names of the crystals.
    substrate_termination, film_termination
        The faces that meet.
    match
        Supercells and strain; all of the strain is the film's.
    structure
        All atoms, the substrate below, sorted by electronegativity; the properties of its sites are `side` (`substrate`
        or `film`) and `fixed`.
    substrate_thickness_A, film_thickness_A
        From the lowest to the highest atom of each slab.
    gap_A
        From the highest atom of the substrate to the lowest of the film.
    vacuum_A
        From the highest atom of the film to the next substrate.
    shift_A
        Of the film along the substrate.
    closest_A, closest_pair
        Shortest distance between atoms of the two sides, and their elements.
    notes
        What one should know before using it.
    provenance
        Package, versions and parameters.
    """

    substrate: str
    film: str
    substrate_termination: Termination
    film_termination: Termination
    match: LatticeMatch
    structure: Structure
    substrate_thickness_A: float
    film_thickness_A: float
    gap_A: float
    vacuum_A: float
    shift_A: tuple[float, float]
    closest_A: float
    closest_pair: str
    notes: tuple[str, ...]
    provenance: dict[str, Any]

    @property
    def name(self) -> str:
        """`LCO (0 0 1) O/Co | LNO (0 0 1) Li/O3`."""
        sides = ((self.substrate, self.substrate_termination), (self.film, self.film_termination))
        return " | ".join(f"{name} {miller_text(face.miller)} {face.label}" for name, face in sides)

    @property
    def area_A2(self) -> float:
        """Area of the cell."""
        return self.match.area_A2

    @property
    def fixed(self) -> tuple[bool, ...]:
        """Which atoms stay where they are in a relaxation."""
        return tuple(bool(fixed) for fixed in self.structure.site_properties["fixed"])

    @property
    def sides(self) -> tuple[str, ...]:
        """`substrate` or `film`, by atom."""
        return tuple(self.structure.site_properties["side"])

    @property
    def atoms(self) -> Atoms:
        """The same for ASE: tags 1 (substrate) and 2 (film), and a constraint on the fixed atoms."""
        return to_ase(self.structure)

    def slab(self, side: str) -> Structure:
        """Atoms of one side where they are in the interface, in its cell."""
        copy = self.structure.copy()
        copy.remove_sites([k for k, own in enumerate(self.sides) if own != side])
        return copy

    def to_frame(self) -> pd.DataFrame:
        """Return one row: faces, cell, strain, gap and atoms."""
        import pandas as pd

        first, second = self.match.principal_strains
        return pd.DataFrame(
            {
                "substrate": [self.substrate],
                "substrate_miller": [miller_text(self.substrate_termination.miller)],
                "substrate_termination": [self.substrate_termination.label],
                "film": [self.film],
                "film_miller": [miller_text(self.film_termination.miller)],
                "film_termination": [self.film_termination.label],
                "area_A2": [self.area_A2],
                "film_strain_1": [first],
                "film_strain_2": [second],
                "gap_A": [self.gap_A],
                "vacuum_A": [self.vacuum_A],
                "substrate_thickness_A": [self.substrate_thickness_A],
                "film_thickness_A": [self.film_thickness_A],
                "atoms": [len(self.structure)],
                "fixed_atoms": [sum(self.fixed)],
                "closest_A": [self.closest_A],
                "closest_pair": [self.closest_pair],
            }
        )


@dataclass(frozen=True)
class Slab:
    """Symbols and positions (atoms, 3) of a slab in the frame of the common cell, its lowest atom at z = 0."""

    symbols: tuple[str, ...]
    positions_A: NDArray[np.float64]

    @property
    def thickness_A(self) -> float:
        """From the lowest to the highest atom."""
        return float(self.positions_A[:, 2].max())


def supercell_slab(
    plane: LatticePlane,
    face: Termination,
    thickness_A: float,
    cells: tuple[Sequence[Sequence[int]], NDArray[np.float64]],
    *,
    turned_over: bool = False,
) -> Slab:
    """Slab of whole repeats that ends with a face, on a supercell that is put onto the common cell.

    Parameters
    ----------
    plane
        With the outward normal of the face.
    face
        Where to cut.
    thickness_A
        It is this thick or, in whole repeats, a little thicker.
    cells
        The supercell in vectors of the plane, and the rows (2, 2) of the common cell that it becomes.
    turned_over
        Whether the face points down.
    """
    (a, b), (c, d) = cells[0]
    slab = slab_generator(plane, thickness_A).get_slab(shift=face.shift)
    slab.make_supercell([[a, b, 0], [c, d, 0], [0, 0, 1]])
    positions = np.array(slab.cart_coords)
    fractions = positions[:, :2] @ np.linalg.inv(np.array(cells[0]) @ plane.in_plane_A)
    heights = -positions[:, 2] if turned_over else positions[:, 2]
    placed = np.column_stack([(fractions - np.floor(fractions)) @ cells[1], heights - heights.min()])
    return Slab(tuple(site.specie.symbol for site in slab), placed)


def face_to_face(
    lower: Slab,
    upper: Slab,
    cell_A: NDArray[np.float64],
    contacts: Mapping[Pair, float],
    *,
    repeat_A: NDArray[np.float64],
    gap_A: float | None,
    shift_A: Sequence[float] | None,
) -> tuple[float, tuple[float, float]]:
    """Gap and shift of the upper slab: those given, or the shift that lets the two come closest, until they touch.

    Parameters
    ----------
    lower, upper
        The slabs.
    cell_A
        Rows (2, 2): the common cell.
    contacts
        Distances at which atoms touch.
    repeat_A
        Rows (2, 2): a cell over which shifts differ; beyond it they repeat.
    gap_A, shift_A
        What is given.

    Raises
    ------
    InputError
        If atoms would come closer than 1.5 A, or the shift is not two lengths.
    """
    shifts = grid_of_shifts(repeat_A) if shift_A is None else np.array([shift_A], dtype=float)
    if shifts.shape[1:] != (2,) or not np.isfinite(shifts).all():
        raise InputError(f"the shift of the film is two lengths in A along the interface, not {shift_A}")
    sides = (lower.symbols, lower.positions_A), (upper.symbols, upper.positions_A)
    gaps = touching(*sides, cell_A, contacts, shifts)
    best = int(np.argmin(gaps.round(6)))
    shift = (float(shifts[best, 0]), float(shifts[best, 1]))
    if gap_A is None:
        return float(gaps[best]), shift
    hard = dict.fromkeys(contacts, CLOSEST_A)
    (least,) = touching(*sides, cell_A, hard, shifts[best : best + 1])
    if not math.isfinite(gap_A) or gap_A < least - 1e-9:
        raise InputError(
            f"with a gap of {gap_A:g} A atoms of the two sides come closer than {CLOSEST_A} A; "
            f"use gap_A of {math.ceil(100 * least) / 100:g} or more, or leave it out ({gaps[best]:.2f} A: they touch)"
        )
    return gap_A, shift


def along_x(cell_A: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same cell (2, 2) with its first vector along x, as a CIF, which has no orientation, is read."""
    length = float(np.linalg.norm(cell_A[0]))
    along = float(np.dot(*cell_A)) / length
    return np.array([[length, 0.0], [along, float(np.linalg.det(cell_A)) / length]])


def joined(
    lower: Slab,
    upper: Slab,
    cell_A: NDArray[np.float64],
    *,
    gap_A: float,
    vacuum_A: float,
    shift_A: tuple[float, float],
    fixed_A: float,
) -> Structure:
    """Both slabs in one cell, with half of the vacuum below and above."""
    from pymatgen.core import Lattice, Structure

    raised = upper.positions_A + np.array([*shift_A, lower.thickness_A + gap_A])
    height = lower.thickness_A + gap_A + upper.thickness_A + vacuum_A
    lattice = np.zeros((3, 3))
    lattice[:2, :2], lattice[2, 2] = cell_A, height
    positions = np.vstack([lower.positions_A, raised]) + np.array([0.0, 0.0, vacuum_A / 2])
    is_fixed = (lower.positions_A[:, 2] < fixed_A).tolist()
    whole = Structure(
        Lattice(lattice),
        [*lower.symbols, *upper.symbols],
        positions,
        coords_are_cartesian=True,
        site_properties={
            "side": [SUBSTRATE] * len(lower.symbols) + [FILM] * len(upper.symbols),
            "fixed": is_fixed + [False] * len(upper.symbols),
        },
    )
    whole = Structure.from_sites(whole.get_sorted_structure(), to_unit_cell=False)
    # Only along the plane: a wrap along z would tear the slabs apart.
    wrapped = np.array(whole.frac_coords)
    wrapped[:, :2] %= 1.0
    wrapped[:, :2][wrapped[:, :2] > 1 - 1e-9] = 0.0
    return Structure(lattice, whole.species, wrapped, site_properties=whole.site_properties)


def closest_across(structure: Structure) -> tuple[float, str]:
    """Shortest distance between atoms of the two sides, through the vacuum too, and their elements."""
    sides = np.array(structure.site_properties["side"]) == FILM
    distances = structure.lattice.get_all_distances(structure.frac_coords[~sides], structure.frac_coords[sides])
    i, j = np.unravel_index(int(np.argmin(distances)), distances.shape)
    symbols = np.array([site.specie.symbol for site in structure])
    return float(distances[i, j]), f"{symbols[~sides][i]}-{symbols[sides][j]}"


def to_ase(structure: Structure) -> Atoms:
    """Atoms of an interface, or of a slab of it, with tags by side and a constraint on the fixed ones."""
    from ase import Atoms
    from ase.constraints import FixAtoms

    properties = structure.site_properties
    return Atoms(
        symbols=[site.specie.symbol for site in structure],
        positions=structure.cart_coords,
        cell=structure.lattice.matrix,
        pbc=True,
        tags=[TAGS[side] for side in properties["side"]],
        constraint=FixAtoms(mask=[bool(fixed) for fixed in properties["fixed"]]),
    )
