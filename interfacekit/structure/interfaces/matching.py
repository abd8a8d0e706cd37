"""Lattice matching: supercells of two planes that nearly coincide, and the strain that makes them coincide.

The supercells are those of Zur and McGill (doi:10.1063/1.333084), by pymatgen's `ZSLGenerator`. It compares lengths and
angles of reduced vectors, each with a tolerance; here a match is judged by its strain, and the tolerances are chosen so
that they exclude none whose strain is within the limit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.limits import MOST_s, require_time
from interfacekit.quantities import MAX_AREA, MAX_STRAIN
from interfacekit.structure.interfaces.lattice_match import LatticeMatch, Transformation
from interfacekit.structure.interfaces.zsl import zsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from interfacekit.structure.interfaces.lattice_planes import LatticePlane

#: Up to which a search takes seconds.
_EASY_AREA_A2 = 300.0
#: Time to compare two supercells; measured on one core.
_COMPARED_s = 1.8e-6
#: Strains that differ by less, and areas by less than this share, are the same.
_SAME = 1e-6


def lattice_matches(
    plane: LatticePlane,
    onto_A: NDArray[np.float64],
    max_area_A2: float,
    max_strain: float,
    *,
    turned_over: bool = False,
) -> list[LatticeMatch]:
    """Match a plane onto a two-dimensional lattice, which stays as it is.

    Parameters
    ----------
    plane
        The plane that is strained.
    onto_A
        Rows (2, 2): the lattice that stays.
    max_area_A2, max_strain
        Limits of the area of the common cell, and of the principal strains.
    turned_over
        Whether the plane is turned over, about its first vector, to face the lattice with its outward side.

    Returns
    -------
    list
        By rising area; of each area the least strained, and larger areas only where they strain less.
    """
    seen = plane.in_plane_A * ((1, -1) if turned_over else (1, 1))
    widest = (1 + max_strain) ** 2
    generator: Any = zsl().ZSLGenerator(
        max_area_ratio_tol=_area_tolerance(max_strain),
        # The limit itself is allowed, and the plane may be the larger one before it is strained.
        max_area=max_area_A2 * widest / (1 - max_strain) ** 2 * (1 + _SAME) + _SAME,
        max_length_tol=max_strain + _SAME,
        # Angles of reduced vectors are 60 degrees at least; two principal strains turn two lines by 2 e and some.
        max_angle_tol=2 * math.atanh(max_strain) / (math.pi / 3) * 1.05 + _SAME,
    )
    # The generator's cross products are of three dimensions.
    found = generator(_in_space(seen), _in_space(onto_A))
    matches = (_match(raw, seen, onto_A) for raw in found)
    return _least_strained(
        match
        for match in matches
        if match.area_A2 <= max_area_A2 * (1 + _SAME)
        and match.strain <= max_strain + _SAME
        and (plane.is_achiral or not match.is_mirrored)
    )


def _area_tolerance(max_strain: float) -> float:
    """Largest difference of the generator's ratios of areas that strains may take away."""
    return 1.05 * ((1 + max_strain) ** 2 / (1 - max_strain) ** 2 - 1) + _SAME


def require_search_time(
    pairs: Sequence[tuple[LatticePlane, NDArray[np.float64]]], max_area_A2: float, max_strain: float
) -> None:
    """Announce a search of matches that takes long, and refuse one that takes a year.

    A cell has, on average, pi^2/6 n supercells of n cells. All of those whose areas agree are compared, so that the
    time rises with the fourth power of the area.

    Parameters
    ----------
    pairs
        Planes, and the lattices (2, 2) that they are matched onto.
    max_area_A2, max_strain
        As of `lattice_matches`.
    """
    relative = 0.0
    for plane, onto_A in pairs:
        small, large = sorted(abs(float(np.linalg.det(cell))) for cell in (plane.in_plane_A, onto_A))
        # Of n small cells: n pi^2/6 supercells, on 2 n tolerance multiples of n small/large pi^2/6 supercells.
        relative += (math.pi**2 / 6) ** 2 * small / large * 2 * _area_tolerance(max_strain) / (4 * small**4)
    wider = ((1 + max_strain) / (1 - max_strain)) ** 2
    affordable = (MOST_s / (relative * _COMPARED_s)) ** 0.25 / wider
    seconds = MOST_s * (max_area_A2 / affordable) ** 4 if max_area_A2 < 1e6 * affordable else math.inf
    require_time(
        f"searches of common cells of up to {max_area_A2:g} A2",
        seconds,
        f"give a largest area such as 400 A2, and at most {affordable:.1g} A2",
    )


def check_limits(max_area_A2: float, max_strain: float) -> None:
    """Raise `InputError` unless the limits of a search make sense."""
    MAX_AREA.check(max_area_A2, "max_area_A2")
    MAX_STRAIN.check(max_strain)


def nearest_misses(
    pairs: Sequence[tuple[LatticePlane, NDArray[np.float64]]],
    max_area_A2: float,
    max_strain: float,
    *,
    turned_over: bool = False,
) -> list[LatticeMatch]:
    """Return what would match with one limit raised, where nothing does within both.

    Areas are raised to three times, or to `_EASY_AREA_A2`; strains to three times, 6 %, or all that make sense.
    """
    found: list[LatticeMatch] = []
    areas = (3 * max_area_A2, _EASY_AREA_A2)
    strains = (min(max(3 * max_strain, 0.06), MAX_STRAIN.high), MAX_STRAIN.high)
    for steps in ([(area, max_strain) for area in areas], [(max_area_A2, strain) for strain in strains]):
        for limits in steps:
            matches = [m for pair in pairs for m in lattice_matches(*pair, *limits, turned_over=turned_over)]
            if matches:
                found += matches
                break
    return found


def nothing_matches(what: str, nearest: Iterable[LatticeMatch], max_area_A2: float, max_strain: float) -> str:
    """Say that nothing matches within the limits, by how much the nearest misses, and what to raise."""
    close = list(nearest)
    line = f"nothing matches {what} within {max_area_A2:g} A2 and {_percent(max_strain)} strain"
    ways = []
    if larger := [match for match in close if match.strain <= max_strain + _SAME]:
        smallest = min(larger, key=lambda match: match.area_A2)
        ways.append(
            f"max_area_A2 to {math.ceil(smallest.area_A2)} "
            f"(the smallest such cell has {smallest.area_A2:.1f} A2 at {_percent(smallest.strain)} strain)"
        )
    if tenser := [match for match in close if match.area_A2 <= max_area_A2 * (1 + _SAME)]:
        least = min(tenser, key=lambda match: match.strain)
        ways.append(
            f"max_strain to {math.ceil(least.strain * 1e4) / 1e4:g} "
            f"(the least strained has {_percent(least.strain)} at {least.area_A2:.1f} A2)"
        )
    return (
        f"{line}; raise {' or '.join(ways)}"
        if ways
        else f"{line}, nor with one of them raised; raise both, or give other planes"
    )


def _percent(strain: float) -> str:
    return f"{100 * strain:.3g} %"


def _match(raw: Any, seen: NDArray[np.float64], onto_A: NDArray[np.float64]) -> LatticeMatch:
    """A match of the generator, with the vectors of the common cell right-handed."""
    ours, theirs = (np.array(v)[:, :2] for v in (raw.film_sl_vectors, raw.substrate_sl_vectors))
    if np.linalg.det(theirs) < 0:
        ours, theirs = ours[::-1], theirs[::-1]
    return LatticeMatch(
        _integers(ours, seen),
        _integers(theirs, onto_A),
        tuple(map(tuple, theirs.tolist())),  # type: ignore[arg-type]
        tuple(map(tuple, ours.tolist())),  # type: ignore[arg-type]
    )


def _integers(supercell: NDArray[np.float64], vectors: NDArray[np.float64]) -> Transformation:
    (a, b), (c, d) = np.rint(supercell @ np.linalg.inv(vectors)).astype(int).tolist()
    return ((a, b), (c, d))


def _least_strained(matches: Iterable[LatticeMatch]) -> list[LatticeMatch]:
    """By rising area, each less strained than all that are smaller."""
    kept: list[LatticeMatch] = []
    for match in sorted(matches, key=lambda m: (round(m.area_A2, 4), round(m.strain, 7))):
        if not kept or match.strain < kept[-1].strain - _SAME:
            kept.append(match)
    return kept


def _in_space(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack([vectors, np.zeros(2)])
