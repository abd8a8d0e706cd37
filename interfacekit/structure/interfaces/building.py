"""Two slabs put together: the faces of two planes that match, the gap and the shift between them, and a vacuum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.errors import InputError
from interfacekit.quantities import VACUUM
from interfacekit.results import provenance
from interfacekit.structure.crystals.oxidation import oxidation_states
from interfacekit.structure.interfaces.approach import contact_distances
from interfacekit.structure.interfaces.interface import (
    Interface,
    along_x,
    closest_across,
    face_to_face,
    joined,
    supercell_slab,
)
from interfacekit.structure.interfaces.lattice_planes import Planes, miller_text
from interfacekit.structure.interfaces.matching import lattice_matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from interfacekit.structure.crystals.crystal import Crystal
    from interfacekit.structure.interfaces.lattice_match import LatticeMatch
    from interfacekit.structure.interfaces.lattice_planes import LatticePlane
    from interfacekit.structure.interfaces.terminations import Termination

#: Atoms of the two sides are no closer than this across a vacuum.
_CLOSEST_A = 1.5


class Side(NamedTuple):
    """A crystal of an interface, the face that it shows the other, and the least thickness of its slab (A)."""

    crystal: Crystal
    face: Termination
    thickness_A: float

    @property
    def plane(self) -> LatticePlane:
        """Plane of the face."""
        return Planes(self.crystal.structure).plane(self.face.miller)


class Placement(NamedTuple):
    """Lengths between two slabs, in angstrom: see `CoherentInterfaces.build`."""

    gap_A: float | None
    vacuum_A: float
    fixed_A: float
    shift_A: Sequence[float] | None


def put_together(
    substrate: Side, film: Side, match: LatticeMatch, placement: Placement, parameters: dict[str, Any]
) -> Interface:
    """Cut the two slabs, put the film on the substrate, and check that no atoms are too close.

    Parameters
    ----------
    substrate, film
        The two sides; the film is turned over, and takes all of the strain.
    match
        Of planes that are the same by symmetry as those of the two faces.
    placement
        Gap, vacuum, fixed atoms and shift.
    parameters
        For the provenance.

    Raises
    ------
    InputError
        If a length is not possible, or atoms of the two sides come closer than 1.5 A.
    """
    for name in ("vacuum_A", "fixed_A"):
        VACUUM.check(getattr(placement, name), name)
    below, above = substrate.plane, film.plane
    match = _same_match(match, above, below)
    cell = along_x(np.array(match.cell_A))
    lower = supercell_slab(below, substrate.face, substrate.thickness_A, (match.onto_transformation, cell))
    upper = supercell_slab(above, film.face, film.thickness_A, (match.transformation, cell), turned_over=True)
    structures = substrate.crystal.structure, film.crystal.structure
    contacts = contact_distances(*structures, [oxidation_states(s) for s in structures])
    gap, shift = face_to_face(
        lower,
        upper,
        cell,
        contacts,
        repeat_A=_smaller(match, cell),
        gap_A=placement.gap_A,
        shift_A=placement.shift_A,
    )
    vacuum_A, fixed_A = placement.vacuum_A, placement.fixed_A
    structure = joined(lower, upper, cell, gap_A=gap, vacuum_A=vacuum_A, shift_A=shift, fixed_A=fixed_A)
    closest, pair = closest_across(structure)
    if closest < _CLOSEST_A - 1e-6:
        raise InputError(
            f"across a vacuum of {vacuum_A:g} A atoms of the two sides come within {closest:.2f} A; "
            "use vacuum_A of 5 or more"
        )
    shown = placement._replace(shift_A=None if placement.shift_A is None else shift)
    return Interface(
        substrate=substrate.crystal.name,
        film=film.crystal.name,
        substrate_termination=substrate.face,
        film_termination=film.face,
        match=match,
        structure=structure,
        substrate_thickness_A=lower.thickness_A,
        film_thickness_A=upper.thickness_A,
        gap_A=gap,
        vacuum_A=vacuum_A,
        shift_A=shift,
        closest_A=closest,
        closest_pair=pair,
        notes=tuple(_notes((substrate, film))),
        provenance=provenance(solver="pymatgen", **parameters, **shown._asdict()),
    )


def _same_match(match: LatticeMatch, up: LatticePlane, low: LatticePlane) -> LatticeMatch:
    """The match again for planes of which one or both may be seen from the other side."""
    same = lattice_matches(up, low.in_plane_A, match.area_A2, match.strain + 1e-7, turned_over=True)
    return next(other for other in reversed(same) if abs(other.area_A2 - match.area_A2) < 1e-3 * match.area_A2)


def _smaller(match: LatticeMatch, cell: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cell (2, 2) over which shifts of the film along the substrate differ: the smaller of their own cells."""
    smaller = match.transformation if match.cells > match.onto_cells else match.onto_transformation
    return np.asarray(np.linalg.solve(np.array(smaller, dtype=float), cell))


def _notes(sides: Iterable[Side]) -> Iterable[str]:
    for of, face, _ in sides:
        which = f"{of.name} {miller_text(face.miller)} {face.label}"
        if face.is_polar:
            yield f"the slab {which} is polar: {face.dipole_e_per_A:+.3f} e/A a repeat, by guessed oxidation states"
        if (face.cut_polyanions_per_nm2 or 0.0) > 0:
            yield f"the cut {which} severs {face.cut_polyanions_per_nm2:.1f} polyanions per nm2"
        if face.cut_bonds_per_nm2 > 0:
            yield f"the cut {which} breaks {face.cut_bonds_per_nm2:.1f} bonds per nm2 other than those of Li"
