"""Coherent interfaces of two crystals: which planes match, ranked by area and strain, and the interface as atoms.

The substrate keeps its lattice; the film takes all of the strain. `interfacekit.structure.interfaces.ranking` says how
candidates are ranked: rank 1 is the smallest cell within the limit of strain that leaves polyanions whole, and the
further along the first front, the less strain for a larger cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.quantities import MAX_MILLER, SLAB_THICKNESS, VACUUM
from interfacekit.results import Result, provenance
from interfacekit.structure.crystals.crystal import Crystal, crystal
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
from interfacekit.structure.interfaces.lattice_planes import Miller, Planes, checked_miller, miller_text
from interfacekit.structure.interfaces.matching import (
    LatticeMatch,
    check_limits,
    lattice_matches,
    nearest_misses,
    nothing_matches,
    require_search_time,
)
from interfacekit.structure.interfaces.ranking import fronts
from interfacekit.structure.interfaces.terminations import Termination, best_pair, terminations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pandas as pd
    from ase import Atoms
    from numpy.typing import NDArray
    from pymatgen.core import Structure

    from interfacekit.structure.interfaces.lattice_planes import LatticePlane

_A2_PER_NM2 = 100.0


@dataclass(frozen=True)
class Faces(Result):
    """The distinct faces of a plane of one crystal, the best first (see `structure.interfaces.terminations`)."""

    crystal: str
    miller: Miller
    terminations: tuple[Termination, ...]


@dataclass(frozen=True)
class InterfaceCandidate(Result):
    """Two planes that match.

    Attributes
    ----------
    rank, front
        From 1, see `interfacekit.structure.interfaces.ranking`.
    substrate_miller, film_miller
        The planes.
    match
        Supercells and strain; all of the strain is the film's.
    substrate_atoms, film_atoms
        Atoms of both slabs at the thicknesses asked for.
    substrate_units, film_units
        Formula units in them: slabs of whole repeats have the composition of the crystal, wherever they are cut.
    cut_polyanions
        Polyanions (PO4, PS4, ...) in the common cell that the cuts of both faces sever, of the faces that `build` takes
        if none are named; None in files of versions that did not count them.
    strain_energy_meV_per_atom
        Elastic energy of the film, per atom of the film; None where no stiffness is given.
    """

    rank: int
    front: int
    substrate_miller: Miller
    film_miller: Miller
    match: LatticeMatch
    substrate_atoms: int
    film_atoms: int
    substrate_units: int
    film_units: int
    cut_polyanions: int | None
    strain_energy_meV_per_atom: float | None

    @property
    def atoms(self) -> int:
        """Atoms of the interface."""
        return self.substrate_atoms + self.film_atoms


@dataclass(frozen=True)
class CoherentInterfaces(
    Result,
    tables="interfacekit.report.tables.interfaces:candidate_tables",
    figure="interfacekit.plots.structure.coherent_candidates:plot_coherent_interfaces",
):
    """Candidates for the interface of two crystals, the best first.

    Attributes
    ----------
    substrate, film
        The crystals.
    candidates
        By rank.
    substrate_faces, film_faces
        Terminations of each plane that occurs in the candidates.
    substrate_thickness_A, film_thickness_A
        For which atoms are counted, and which `build` uses.
    provenance
        Package, versions and limits.
    """

    substrate: Crystal
    film: Crystal
    candidates: tuple[InterfaceCandidate, ...]
    substrate_faces: tuple[Faces, ...]
    film_faces: tuple[Faces, ...]
    substrate_thickness_A: float
    film_thickness_A: float
    provenance: dict[str, Any]

    def candidate(self, rank: int = 1) -> InterfaceCandidate:
        """Return the candidate of a rank.

        Raises
        ------
        InputError
            If there is none.
        """
        if not 1 <= rank <= len(self.candidates):
            raise InputError(f"there is no candidate {rank}; ranks go from 1 to {len(self.candidates)}")
        return self.candidates[rank - 1]

    def terminations(self, rank: int = 1) -> tuple[tuple[Termination, ...], tuple[Termination, ...]]:
        """Return the faces of substrate and film that a candidate can have, the best first."""
        chosen = self.candidate(rank)
        return (
            _faces_of(self.substrate_faces, chosen.substrate_miller),
            _faces_of(self.film_faces, chosen.film_miller),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each candidate.

        Strains are fractions; those of the substrate are zero. Terminations are those that `build` takes if none are
        named; a slab that ends so has a dipole where `..._polar` is true.
        """
        import pandas as pd

        return pd.DataFrame([self._row(candidate) for candidate in self.candidates])

    def build(
        self,
        rank: int = 1,
        *,
        substrate_termination: int | str | None = None,
        film_termination: int | str | None = None,
        gap_A: float | None = None,
        vacuum_A: float = 15.0,
        fixed_A: float = 4.0,
        shift_A: Sequence[float] | None = None,
        substrate_thickness_A: float | None = None,
        film_thickness_A: float | None = None,
    ) -> Interface:
        """Put the two slabs of a candidate together.

        Parameters
        ----------
        rank
            Which candidate.
        substrate_termination, film_termination
            Which face: its number in `terminations(rank)`, from 1, or its label (`O/Co`) where only one has it. By
            default the two that sever the fewest polyanions; then, whose broken bonds have the least valence; then,
            that do not bring charges of one sign face to face; then, with the smallest dipoles.
        gap_A
            From the highest atom of the substrate to the lowest of the film. By default the smallest at which no atoms
            come closer than they are in the two crystals (see `interfacekit.structure.interfaces.approach`).
        vacuum_A
            From the film to the next substrate.
        fixed_A
            Atoms of the substrate within this of its lowest atom are fixed.
        shift_A
            Of the film along the substrate; by default the shift (on a grid of 0.4 A) that makes that gap smallest.
        substrate_thickness_A, film_thickness_A
            Least thicknesses, in place of those of the search.

        Raises
        ------
        InputError
            If there is no such candidate or face, or atoms of the two sides come closer than 1.5 A.
        """
        chosen = self.candidate(rank)
        lower_faces, upper_faces = self.terminations(rank)
        lower_faces = _chosen_faces(lower_faces, substrate_termination, self.substrate.name)
        upper_faces = _chosen_faces(upper_faces, film_termination, self.film.name)
        one, other = best_pair(lower_faces, upper_faces)
        lower_face, upper_face = lower_faces[one], upper_faces[other]
        _check_lengths(vacuum_A=vacuum_A, fixed_A=fixed_A)
        below = Planes(self.substrate.structure).plane(lower_face.miller)
        above = Planes(self.film.structure).plane(upper_face.miller)
        match = _same_match(chosen.match, above, below)
        cell = along_x(np.array(match.cell_A))
        thick = (
            self.substrate_thickness_A if substrate_thickness_A is None else substrate_thickness_A,
            self.film_thickness_A if film_thickness_A is None else film_thickness_A,
        )
        lower = supercell_slab(below, lower_face, thick[0], (match.onto_transformation, cell))
        upper = supercell_slab(above, upper_face, thick[1], (match.transformation, cell), turned_over=True)
        structures = self.substrate.structure, self.film.structure
        contacts = contact_distances(*structures, [oxidation_states(s) for s in structures])
        gap, shift = face_to_face(
            lower, upper, cell, contacts, repeat_A=_smaller(match, cell), gap_A=gap_A, shift_A=shift_A
        )
        structure = joined(lower, upper, cell, gap_A=gap, vacuum_A=vacuum_A, shift_A=shift, fixed_A=fixed_A)
        closest, pair = closest_across(structure)
        if closest < 1.5 - 1e-6:
            raise InputError(
                f"across a vacuum of {vacuum_A:g} A atoms of the two sides come within {closest:.2f} A; "
                "use vacuum_A of 5 or more"
            )
        return Interface(
            substrate=self.substrate.name,
            film=self.film.name,
            substrate_termination=lower_face,
            film_termination=upper_face,
            match=match,
            structure=structure,
            substrate_thickness_A=lower.thickness_A,
            film_thickness_A=upper.thickness_A,
            gap_A=gap,
            vacuum_A=vacuum_A,
            shift_A=shift,
            closest_A=closest,
            closest_pair=pair,
            notes=tuple(_notes(((self.substrate, lower_face), (self.film, upper_face)))),
            provenance=provenance(
                solver="pymatgen",
                **self.provenance["parameters"],
                rank=rank,
                gap_A=gap_A,
                vacuum_A=vacuum_A,
                fixed_A=fixed_A,
                shift_A=None if shift_A is None else shift,
            ),
        )

    def _row(self, candidate: InterfaceCandidate) -> dict[str, Any]:
        match = candidate.match
        first, second = match.principal_strains
        lower, upper = self.terminations(candidate.rank)
        one, other = best_pair(lower, upper)
        return {
            "rank": candidate.rank,
            "front": candidate.front,
            "substrate": self.substrate.name,
            "substrate_miller": miller_text(candidate.substrate_miller),
            "film": self.film.name,
            "film_miller": miller_text(candidate.film_miller),
            "area_A2": match.area_A2,
            "film_strain_1": first,
            "film_strain_2": second,
            "film_von_mises_strain": match.von_mises_strain,
            "film_area_mismatch": match.area_mismatch,
            "film_strain_energy_meV_per_atom": candidate.strain_energy_meV_per_atom,
            "substrate_strain": 0.0,
            "substrate_cells": match.onto_cells,
            "film_cells": match.cells,
            "atoms": candidate.atoms,
            "substrate_composition": _composition(self.substrate, candidate.substrate_units),
            "film_composition": _composition(self.film, candidate.film_units),
            "substrate_terminations": len(lower),
            "film_terminations": len(upper),
            "substrate_termination": lower[one].label,
            "film_termination": upper[other].label,
            "cut_polyanions": candidate.cut_polyanions,
            "substrate_polar": lower[one].is_polar,
            "film_polar": upper[other].is_polar,
        }


def coherent_interfaces(
    substrate: str | Path | Atoms | Structure | Crystal,
    film: str | Path | Atoms | Structure | Crystal,
    *,
    max_area_A2: float = 200.0,
    max_strain: float = 0.05,
    max_miller: int = 1,
    substrate_miller: Sequence[Any] | None = None,
    film_miller: Sequence[Any] | None = None,
    substrate_thickness_A: float = 10.0,
    film_thickness_A: float = 10.0,
    film_stiffness_GPa: Any = None,
    progress: Callable[[float], None] | None = None,
) -> CoherentInterfaces:
    """Find planes of two crystals that match, and rank them by area and strain.

    Parameters
    ----------
    substrate, film
        What `interfacekit.structure.crystal` takes. The substrate keeps its lattice, the film takes all of the strain.
    max_area_A2
        Largest area of the common cell. Twice the area takes several times as long.
    max_strain
        Largest principal strain of the film, as a fraction.
    max_miller
        Planes with Miller indices up to this are searched, one of each set that is the same by symmetry.
    substrate_miller, film_miller
        Planes to search instead: one, or several.
    substrate_thickness_A, film_thickness_A
        Least thickness of each slab, which is of whole repeats.
    film_stiffness_GPa
        Stiffness of the film: Young's modulus (GPa) and Poisson's ratio, the matrix (6, 6) in Voigt's notation and the
        axes of the film's cell as given (GPa), or a calculator (`chgnet`, ...) that gives it. Candidates are then
        ranked by area and strain energy, in place of the largest principal strain.
    progress
        Called with the share of the pairs of planes that are done.

    Returns
    -------
    CoherentInterfaces
        Of each pair of planes the matches that no other of it beats in both area and principal strain.

    Raises
    ------
    InputError
        If nothing matches within the limits (the message says by how much the nearest misses), or the input is bad.
    """
    check_limits(max_area_A2, max_strain)
    _check_lengths(substrate_thickness_A=substrate_thickness_A, film_thickness_A=film_thickness_A)
    lower, upper = crystal(substrate), crystal(film)
    below, above = Planes(lower.structure), Planes(upper.structure)
    # A chiral film cannot be put down mirrored: which sides meet decides whether the lattices match.
    one_side = not above.is_achiral
    lower_planes, upper_planes = (
        [planes.plane(side) for miller in wanted for side in (planes.sides(miller) if one_side else (miller,))]
        for planes, wanted in (
            (below, _searched(below, substrate_miller, max_miller)),
            (above, _searched(above, film_miller, max_miller)),
        )
    )
    pairs = [(low, up) for low in lower_planes for up in upper_planes]
    require_search_time([(up, low.in_plane_A) for low, up in pairs], max_area_A2, max_strain)
    found: list[tuple[LatticePlane, LatticePlane, LatticeMatch]] = []
    for done, (low, up) in enumerate(pairs, 1):
        matches = lattice_matches(up, low.in_plane_A, max_area_A2, max_strain, turned_over=True)
        found += [(low, up, match) for match in matches]
        if progress:
            progress(done / len(pairs))
    if not found:
        seen = [(up, low.in_plane_A) for low, up in pairs]
        near = nearest_misses(seen, max_area_A2, max_strain, turned_over=True)
        raise InputError(nothing_matches(f"{upper.name} on {lower.name}", near, max_area_A2, max_strain))
    faces = [
        {each.miller: each for each in _faces(of, planes, [pair[side].miller for pair in found], one_side=one_side)}
        for side, (of, planes) in enumerate(((lower, below), (upper, above)))
    ]
    energies = _strain_energies(upper, film_stiffness_GPa, found)
    cuts = [_cut_polyanions(faces[0][low.miller], faces[1][up.miller], match) for low, up, match in found]
    objectives = [
        (match.area_A2, match.strain if energy is None else energy)
        for (_, _, match), energy in zip(found, energies, strict=True)
    ]
    order = sorted(
        zip(fronts(objectives, cuts), objectives, range(len(found)), strict=True),
        key=lambda row: (row[0], round(row[1][0], 4), round(row[1][1], 7)),
    )
    thick = substrate_thickness_A, film_thickness_A
    return CoherentInterfaces(
        substrate=lower,
        film=upper,
        candidates=tuple(
            _candidate((rank, front), found[n], thick, cuts[n], energies[n])
            for rank, (front, _, n) in enumerate(order, 1)
        ),
        substrate_faces=tuple(faces[0].values()),
        film_faces=tuple(faces[1].values()),
        substrate_thickness_A=substrate_thickness_A,
        film_thickness_A=film_thickness_A,
        provenance=provenance(
            solver="pymatgen",
            substrate=lower.source,
            film=upper.source,
            max_area_A2=max_area_A2,
            max_strain=max_strain,
            max_miller=max_miller,
            substrate_miller=None if substrate_miller is None else [plane.miller for plane in lower_planes],
            film_miller=None if film_miller is None else [plane.miller for plane in upper_planes],
            film_stiffness_GPa=_recorded(film_stiffness_GPa),
        ),
    )


def _searched(planes: Planes, given: Sequence[Any] | None, max_miller: int) -> list[Miller]:
    """Planes to search: those given, or all up to an index."""
    if given is None:
        return planes.distinct(MAX_MILLER.check(max_miller))
    several = list(given) if isinstance(given, list | tuple) and given and not np.isscalar(given[0]) else [given]
    return list(dict.fromkeys(checked_miller(miller) for miller in several))


def _candidate(
    ranks: tuple[int, int],
    found: tuple[LatticePlane, LatticePlane, LatticeMatch],
    thick: tuple[float, float],
    cut_polyanions: int,
    energy_meV_per_atom: float | None,
) -> InterfaceCandidate:
    low, up, match = found
    counts = [
        (repeats * len(plane.cell), repeats * round(plane.cell.composition.get_reduced_composition_and_factor()[1]))
        for plane, cells, thickness in ((low, match.onto_cells, thick[0]), (up, match.cells, thick[1]))
        for repeats in [cells * math.ceil((thickness - 1e-6) / plane.spacing_A)]
    ]
    return InterfaceCandidate(
        rank=ranks[0],
        front=ranks[1],
        substrate_miller=low.miller,
        film_miller=up.miller,
        match=match,
        substrate_atoms=counts[0][0],
        film_atoms=counts[1][0],
        substrate_units=counts[0][1],
        film_units=counts[1][1],
        cut_polyanions=cut_polyanions,
        strain_energy_meV_per_atom=energy_meV_per_atom,
    )


def _cut_polyanions(lower: Faces, upper: Faces, match: LatticeMatch) -> int:
    """Polyanions of both crystals, in the common cell, that the best pair of faces severs."""
    one, other = best_pair(lower.terminations, upper.terminations)
    unstrained_A2 = abs(float(np.linalg.det(match.unstrained_A)))
    sides = (lower.terminations[one], match.area_A2), (upper.terminations[other], unstrained_A2)
    return sum(round((face.cut_polyanions_per_nm2 or 0.0) * area_A2 / _A2_PER_NM2) for face, area_A2 in sides)


def _strain_energies(
    film: Crystal, stiffness: Any, found: Sequence[tuple[LatticePlane, LatticePlane, LatticeMatch]]
) -> list[float | None]:
    """Elastic energy of the film in each match, in meV per atom; None where no stiffness is given."""
    if stiffness is None:
        return [None] * len(found)
    from interfacekit.structure.interfaces.elasticity import stiffness_GPa, strain_energy_eV_per_A3

    matrix = stiffness_GPa(stiffness, film.structure)
    volume_A3 = film.structure.volume / len(film.structure)
    return [1e3 * volume_A3 * strain_energy_eV_per_A3(up, match, matrix) for _, up, match in found]


def _recorded(stiffness: Any) -> Any:
    """A stiffness as results keep it: its numbers, or the name of the calculator that gave it."""
    if stiffness is None or isinstance(stiffness, str):
        return stiffness
    if isinstance(stiffness, list | tuple | np.ndarray):
        return np.array(stiffness, dtype=float).ravel().tolist()
    return type(stiffness).__name__


def _faces(of: Crystal, planes: Planes, millers: Iterable[Miller], *, one_side: bool) -> tuple[Faces, ...]:
    charges = oxidation_states(of.structure)
    return tuple(
        Faces(of.name, miller, terminations(planes, miller, charges, one_side=one_side))
        for miller in dict.fromkeys(millers)
    )


def _faces_of(faces: Sequence[Faces], miller: Miller) -> tuple[Termination, ...]:
    return next(each.terminations for each in faces if each.miller == miller)


def _chosen_faces(faces: tuple[Termination, ...], chosen: int | str | None, name: str) -> tuple[Termination, ...]:
    """The face that is chosen, or all where none is."""
    if chosen is None:
        return faces
    if isinstance(chosen, str):
        of_label = [face for face in faces if face.label == chosen]
        if len(of_label) != 1:
            wrong = "several" if of_label else "no"
            raise InputError(f"{name} has {wrong} terminations {chosen!r} here; give a number of {_listed(faces)}")
        return (of_label[0],)
    if not 1 <= chosen <= len(faces):
        raise InputError(
            f"{name} has no termination {chosen} here; they are numbered from 1 to {len(faces)}: {_listed(faces)}"
        )
    return (faces[chosen - 1],)


def _listed(faces: Sequence[Termination]) -> str:
    return ", ".join(f"{n} {face.label} {miller_text(face.miller)}" for n, face in enumerate(faces, 1))


def _same_match(match: LatticeMatch, up: LatticePlane, low: LatticePlane) -> LatticeMatch:
    """The match again for planes of which one or both may be seen from the other side."""
    same = lattice_matches(up, low.in_plane_A, match.area_A2, match.strain + 1e-7, turned_over=True)
    return next(other for other in reversed(same) if abs(other.area_A2 - match.area_A2) < 1e-3 * match.area_A2)


def _smaller(match: LatticeMatch, cell: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cell (2, 2) over which shifts of the film along the substrate differ: the smaller of their own cells."""
    smaller = match.transformation if match.cells > match.onto_cells else match.onto_transformation
    return np.asarray(np.linalg.solve(np.array(smaller, dtype=float), cell))


def _notes(sides: Iterable[tuple[Crystal, Termination]]) -> Iterable[str]:
    for of, face in sides:
        which = f"{of.name} {miller_text(face.miller)} {face.label}"
        if face.is_polar:
            yield f"the slab {which} is polar: {face.dipole_e_per_A:+.3f} e/A a repeat, by guessed oxidation states"
        if (face.cut_polyanions_per_nm2 or 0.0) > 0:
            yield f"the cut {which} severs {face.cut_polyanions_per_nm2:.1f} polyanions per nm2"
        if face.cut_bonds_per_nm2 > 0:
            yield f"the cut {which} breaks {face.cut_bonds_per_nm2:.1f} bonds per nm2 other than those of Li"


def _composition(of: Crystal, units: int) -> str:
    return f"{units} {of.formula}"


def _check_lengths(**lengths: float) -> None:
    for name, value in lengths.items():
        (VACUUM if name in ("vacuum_A", "fixed_A") else SLAB_THICKNESS).check(value, name)
