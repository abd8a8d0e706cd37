"""Candidates for the interface of two crystals, by rank, with the faces that each can have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interfacekit.errors import InputError
from interfacekit.results import Result
from interfacekit.structure.interfaces.building import Placement, Side, put_together
from interfacekit.structure.interfaces.lattice_planes import Miller, miller_text
from interfacekit.structure.interfaces.terminations import Termination, best_pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from interfacekit.structure.crystals.crystal import Crystal
    from interfacekit.structure.interfaces.interface import Interface
    from interfacekit.structure.interfaces.lattice_match import LatticeMatch


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
        lower_faces, upper_faces = self.terminations(rank)
        lower_faces = _chosen_faces(lower_faces, substrate_termination, self.substrate.name)
        upper_faces = _chosen_faces(upper_faces, film_termination, self.film.name)
        one, other = best_pair(lower_faces, upper_faces)
        thick = (
            self.substrate_thickness_A if substrate_thickness_A is None else substrate_thickness_A,
            self.film_thickness_A if film_thickness_A is None else film_thickness_A,
        )
        return put_together(
            Side(self.substrate, lower_faces[one], thick[0]),
            Side(self.film, upper_faces[other], thick[1]),
            self.candidate(rank).match,
            Placement(gap_A, vacuum_A, fixed_A, shift_A),
            {**self.provenance["parameters"], "rank": rank},
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


def _composition(of: Crystal, units: int) -> str:
    return f"{units} {of.formula}"
