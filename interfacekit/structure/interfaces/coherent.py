"""Coherent interfaces of two crystals: which planes match, ranked by area and strain.

The substrate keeps its lattice; the film takes all of the strain. `interfacekit.structure.interfaces.ranking` says how
candidates are ranked: rank 1 is the smallest cell within the limit of strain that leaves polyanions whole, and the
further along the first front, the less strain for a larger cell.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.constants import A2_PER_NM2
from interfacekit.errors import InputError
from interfacekit.quantities import MAX_MILLER, SLAB_THICKNESS
from interfacekit.results import provenance
from interfacekit.structure.crystals.crystal import Crystal, crystal
from interfacekit.structure.crystals.oxidation import oxidation_states
from interfacekit.structure.interfaces.candidates import CoherentInterfaces, Faces, InterfaceCandidate
from interfacekit.structure.interfaces.lattice_planes import LatticePlane, Miller, Planes, checked_miller
from interfacekit.structure.interfaces.matching import (
    check_limits,
    lattice_matches,
    nearest_misses,
    nothing_matches,
    require_search_time,
)
from interfacekit.structure.interfaces.ranking import fronts
from interfacekit.structure.interfaces.terminations import best_pair, terminations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from ase import Atoms
    from pymatgen.core import Structure

    from interfacekit.structure.interfaces.lattice_match import LatticeMatch


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
    for name, value in (("substrate_thickness_A", substrate_thickness_A), ("film_thickness_A", film_thickness_A)):
        SLAB_THICKNESS.check(value, name)
    lower, upper = crystal(substrate), crystal(film)
    below, above = Planes(lower.structure), Planes(upper.structure)
    # A chiral film cannot be put down mirrored: which sides meet decides whether the lattices match.
    one_side = not above.is_achiral
    lower_planes = _searched(below, substrate_miller, max_miller, one_side=one_side)
    upper_planes = _searched(above, film_miller, max_miller, one_side=one_side)
    pairs = [(up, low) for low in lower_planes for up in upper_planes]
    found = _matched(pairs, max_area_A2, max_strain, progress)
    if not found:
        seen = [(up, low.in_plane_A) for up, low in pairs]
        near = nearest_misses(seen, max_area_A2, max_strain, turned_over=True)
        raise InputError(nothing_matches(f"{upper.name} on {lower.name}", near, max_area_A2, max_strain))
    lower_faces = _faces(lower, below, [pair.substrate.miller for pair in found], one_side=one_side)
    upper_faces = _faces(upper, above, [pair.film.miller for pair in found], one_side=one_side)
    cuts = [_cut_polyanions(lower_faces[low.miller], upper_faces[up.miller], match) for low, up, match in found]
    energies = _strain_energies(upper, film_stiffness_GPa, found)
    thick = substrate_thickness_A, film_thickness_A
    return CoherentInterfaces(
        substrate=lower,
        film=upper,
        candidates=tuple(
            _candidate((rank, front), found[n], thick, cuts[n], energies[n])
            for rank, (front, n) in enumerate(_ranked(found, cuts, energies), 1)
        ),
        substrate_faces=tuple(lower_faces.values()),
        film_faces=tuple(upper_faces.values()),
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


class MatchedPlanes(NamedTuple):
    """Planes of substrate and film, and how they match."""

    substrate: LatticePlane
    film: LatticePlane
    match: LatticeMatch


def _searched(
    planes: Planes, given: Sequence[Any] | None, max_miller: int, *, one_side: bool
) -> tuple[LatticePlane, ...]:
    """Planes to search: those given, or all up to an index; from both sides where these differ."""
    if given is None:
        millers = planes.distinct(MAX_MILLER.check(max_miller))
    else:
        several = list(given) if isinstance(given, list | tuple) and given and not np.isscalar(given[0]) else [given]
        millers = list(dict.fromkeys(checked_miller(miller) for miller in several))
    return tuple(planes.plane(side) for miller in millers for side in (planes.sides(miller) if one_side else (miller,)))


def _matched(
    pairs: Sequence[tuple[LatticePlane, LatticePlane]],
    max_area_A2: float,
    max_strain: float,
    progress: Callable[[float], None] | None,
) -> list[MatchedPlanes]:
    """Matches of all pairs of a plane of the film and one of the substrate."""
    require_search_time([(up, low.in_plane_A) for up, low in pairs], max_area_A2, max_strain)
    found: list[MatchedPlanes] = []
    for done, (up, low) in enumerate(pairs, 1):
        matches = lattice_matches(up, low.in_plane_A, max_area_A2, max_strain, turned_over=True)
        found += [MatchedPlanes(low, up, match) for match in matches]
        if progress:
            progress(done / len(pairs))
    return found


def _ranked(
    found: Sequence[MatchedPlanes], cut_polyanions: Sequence[int], energies: Sequence[float | None]
) -> list[tuple[int, int]]:
    """Front and number of each match, the best first."""
    objectives = [
        (pair.match.area_A2, pair.match.strain if energy is None else energy)
        for pair, energy in zip(found, energies, strict=True)
    ]
    order = sorted(
        zip(fronts(objectives, cut_polyanions), objectives, range(len(found)), strict=True),
        key=lambda row: (row[0], round(row[1][0], 4), round(row[1][1], 7)),
    )
    return [(front, number) for front, _, number in order]


def _candidate(
    ranks: tuple[int, int],
    pair: MatchedPlanes,
    thick: tuple[float, float],
    cut_polyanions: int,
    energy_meV_per_atom: float | None,
) -> InterfaceCandidate:
    low, up, match = pair
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
    return sum(round((face.cut_polyanions_per_nm2 or 0.0) * area_A2 / A2_PER_NM2) for face, area_A2 in sides)


def _strain_energies(film: Crystal, stiffness: Any, found: Sequence[MatchedPlanes]) -> list[float | None]:
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


def _faces(of: Crystal, planes: Planes, millers: Iterable[Miller], *, one_side: bool) -> dict[Miller, Faces]:
    """Faces of each plane."""
    charges = oxidation_states(of.structure)
    return {
        miller: Faces(of.name, miller, terminations(planes, miller, charges, one_side=one_side))
        for miller in dict.fromkeys(millers)
    }
