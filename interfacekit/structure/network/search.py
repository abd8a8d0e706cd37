"""The network of Li sites of a crystal, and what kinetic Monte Carlo makes of it.

`lithium_network("LGPS").percolation().direction` is `3D`; of its classes `Li1-Li2 3.10 A` and `Li1-Li2 3.27 A` alone it
is `1D along c`. `network.hopping_model((6, 6, 4), filling=0.95, barriers_eV=0.25)` is what `transport` runs.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.errors import InputError
from interfacekit.limits import require_memory
from interfacekit.quantities import CUTOFF
from interfacekit.results import provenance
from interfacekit.structure.crystals.crystal import Crystal, crystal
from interfacekit.structure.crystals.ions import framework, longest_plausible_hop_A
from interfacekit.structure.crystals.primitive import primitive_of
from interfacekit.structure.network.bottlenecks import nearest_cations_A, passages
from interfacekit.structure.network.hops import (
    CATION_A,
    LONGEST_A,
    Hops,
    are_direct,
    classify,
    nearest_distance_A,
    pairs_within,
    usual_cutoff_A,
)
from interfacekit.structure.network.percolation import connected_parts
from interfacekit.structure.network.result import HopClass, LithiumNetwork, NetworkSite
from interfacekit.structure.reading.library_warnings import without_warnings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ase import Atoms
    from numpy.typing import ArrayLike, NDArray
    from pymatgen.core import Structure

    from interfacekit.structure.crystals.ions import Framework
    from interfacekit.structure.crystals.primitive import Primitive
    from interfacekit.structure.network.bottlenecks import Passage

#: A pair of sites in arrays and as a hop of the result.
_PAIR_bytes = 600


@without_warnings()
def lithium_network(
    source: str | Path | Atoms | Structure | Crystal,
    *,
    cutoff_A: float | None = None,
    vacant: bool | ArrayLike = False,
    mobile: str = "Li",
    estimates: bool = True,
) -> LithiumNetwork:
    """Find the sites of the mobile ion in a crystal, and its hops.

    Parameters
    ----------
    source
        A crystal, or what `crystal` reads.
    cutoff_A
        Longest hop; all direct hops up to it count. By default the shortest with which the network percolates as far
        as it can without passing a framework cation nearer than 1.8 A, and from there up to the next gap in the
        distances; hops that pass one are then left out (`interfacekit.structure.network.hops`).
    vacant
        True takes in the vacant gaps between anions (`interfacekit.structure.network.sites`), which are candidates and
        need not be sites; or fractional coordinates of vacant sites, one of each orbit at least.
    mobile
        Element of the ion.
    estimates
        False leaves out the estimates of how easily an ion passes, which take most of the time.

    Returns
    -------
    LithiumNetwork

    Raises
    ------
    InputError
        If the crystal has no such ion, or no two of its sites are within the cutoff, or within 20 A.
    """
    found = crystal(source)
    longest = None if cutoff_A is None else CUTOFF.check(cutoff_A, "cutoff_A")
    atoms = _mobile_atoms(found, mobile)
    cell = np.array(found.structure.lattice.matrix)
    around = framework(found.structure, mobile)
    primitive = primitive_of(found.structure)
    occupied = np.array(found.structure.frac_coords[atoms])
    positions = np.concatenate([occupied, *_vacant(vacant, occupied, primitive, mobile)])
    folded = primitive.fold(positions)
    kinds = folded.orbits(primitive.symmetry)
    reach = _reach_A(found.name, mobile, nearest_distance_A(positions, cell), longest)
    _require_pairs(len(positions), cell, reach)
    hops = classify(*pairs_within(positions, cell, reach), folded, primitive.symmetry)
    hops = hops.only(are_direct(hops.representatives(kinds), positions, cell))
    if longest is None:
        free = nearest_cations_A(hops.representatives(kinds), positions, cell, around) >= CATION_A
        hops = hops.only(free) if free.any() else hops
        longest = usual_cutoff_A(len(positions), hops)
        hops = hops.only(hops.distances_A <= longest + 1e-6)
    names = _site_classes(kinds, len(atoms), mobile)
    representatives = hops.representatives(kinds)
    limits = passages(representatives, positions, cell, around) if estimates else (None,) * hops.n_classes
    return LithiumNetwork(
        crystal=found,
        mobile=mobile,
        cutoff_A=longest,
        sites=tuple(
            NetworkSite(tuple(position), occupied=n < len(atoms), site_class=name, atom=dict(enumerate(atoms)).get(n))
            for n, (position, name) in enumerate(zip(positions.tolist(), names, strict=True))
        ),
        classes=_hop_classes(hops, representatives, limits, names),
        hops=tuple(map(tuple, np.column_stack([hops.table, hops.classes]).tolist())),
        provenance=provenance(
            crystal=found.name,
            source=found.source,
            mobile=mobile,
            cutoff_A=cutoff_A,
            vacant=vacant if isinstance(vacant, bool) else np.asarray(vacant).tolist(),
        ),
        notes=_notes(
            len(positions),
            hops,
            mobile,
            around,
            with_vacant=len(positions) > len(atoms),
            cutoff_given=cutoff_A is not None,
        ),
    )


def _vacant(
    vacant: ArrayLike, occupied: NDArray[np.float64], primitive: Primitive, mobile: str
) -> list[NDArray[np.float64]]:
    """Orbits of vacant sites in the crystal's cell: none, those that are found, or those that are given."""
    if isinstance(vacant, bool | np.bool_) and not vacant:
        return []
    from interfacekit.structure.network.sites import check_points, given_sites, vacant_sites

    taken = primitive.fold(occupied).fractional
    if isinstance(vacant, bool | np.bool_):
        around = framework(primitive.structure, mobile)
        orbits = vacant_sites(taken, primitive.cell_A, around, primitive.symmetry, mobile)
    else:
        orbits = given_sites(check_points(vacant) @ primitive.multiples, taken, primitive.cell_A, primitive.symmetry)
    return [primitive.unfold(orbit) for orbit in orbits]


def _reach_A(name: str, mobile: str, nearest_A: float, cutoff_A: float | None) -> float:
    """How far to look for pairs of sites."""
    if nearest_A > CUTOFF.high:
        raise InputError(
            f"{mobile} sites of {name} are {nearest_A:.0f} A apart: nothing hops farther than {CUTOFF.high:g} A"
        )
    if cutoff_A is None:
        return max(LONGEST_A, 1.1 * nearest_A)
    if nearest_A > cutoff_A:
        raise InputError(
            f"no two {mobile} sites of {name} are within {cutoff_A:g} A; give at least {nearest_A + 0.005:.2f} A"
        )
    return cutoff_A


def _require_pairs(n_sites: int, cell: NDArray[np.float64], reach_A: float) -> None:
    """Raise `InputError` unless all pairs of sites up to a distance fit into memory."""
    pairs = n_sites**2 / abs(float(np.linalg.det(cell))) * 4 / 3 * math.pi * reach_A**3
    require_memory(
        f"about {pairs:.2g} pairs of {n_sites} sites within {reach_A:g} A",
        pairs * _PAIR_bytes,
        "give a shorter cutoff or a smaller cell",
    )


def _site_classes(kinds: NDArray[np.int64], occupied: int, mobile: str) -> list[str]:
    """Name of each site's class; kinds are numbered in the order of the sites, the occupied ones first."""
    known = int(kinds[:occupied].max()) + 1
    return [f"{mobile}{kind + 1}" if kind < known else f"vacant{kind - known + 1}" for kind in kinds.tolist()]


def _mobile_atoms(found: Crystal, mobile: str) -> list[int]:
    atoms = [number for number, site in enumerate(found.structure) if site.specie.symbol == mobile]
    if not atoms:
        elements = ", ".join(dict.fromkeys(site.specie.symbol for site in found.structure))
        raise InputError(f"{found.name} has no {mobile}; it has {elements}: give another crystal or another mobile ion")
    return atoms


def _hop_classes(
    hops: Hops, representatives: NDArray[np.int64], limits: Sequence[Passage | None], names: Sequence[str]
) -> tuple[HopClass, ...]:
    counts = np.bincount(hops.classes, minlength=hops.n_classes) // 2
    classes: dict[str, HopClass] = {}
    for row, distance, count, limit in zip(representatives.tolist(), hops.distances_A, counts, limits, strict=True):
        origin, target, *image = row
        name = f"{names[origin]}-{names[target]} {distance:.2f} A"
        same = sum(known.split(" A")[0] == name.removesuffix(" A") for known in classes)
        name += f" ({same + 1})" if same else ""
        classes[name] = HopClass(
            name=name,
            origin=origin,
            target=target,
            image=tuple(image),
            distance_A=float(distance),
            multiplicity=int(count),
            bottleneck_A=None if limit is None else limit.radius_A,
            bond_valence_mismatch=None if limit is None else limit.bond_valence_mismatch,
        )
    return tuple(classes.values())


def _shortest_percolating_A(n_sites: int, hops: Hops) -> float | None:
    """Shortest cutoff with which a network percolates in one direction at least; None where it never does.

    Parameters
    ----------
    n_sites
        Sites in the cell.
    hops
        By rising distance.
    """

    def percolates(count: int) -> bool:
        return connected_parts(n_sites, hops.table[hops.classes < count])[0].dimension > 0

    counts = range(1, hops.n_classes + 1)
    needed = bisect_left(counts, True, key=percolates)
    return float(hops.distances_A[needed]) if needed < hops.n_classes else None


def _notes(
    n_sites: int, hops: Hops, mobile: str, around: Framework, *, with_vacant: bool, cutoff_given: bool
) -> tuple[str, ...]:
    """Remarks on a network that is probably not the whole one: a site that must be missing, or no framework.

    Crystals list the sites that ions occupy. Where the ion moves through sites that are empty, as between the 6b sites
    of LiTi2(PO4)3, hops between the occupied ones are far longer than any ion hops.

    Parameters
    ----------
    n_sites, hops
        Sites in the cell, and hops by rising distance.
    mobile
        Element of the ion.
    around
        The framework.
    with_vacant
        Whether vacant sites were taken in.
    cutoff_given
        Whether the longest hop was given; a network cut short says nothing about sites.
    """
    notes = []
    # A crystal of Li alone says so itself.
    if not around.symbols and mobile != "Li":
        notes.append(f"all atoms are {mobile}: unless this is the metal, the crystal lacks its framework")
    longest = longest_plausible_hop_A(mobile, around.mobile_charge)
    shortest = _shortest_percolating_A(n_sites, hops)
    more = "give the positions of further vacant sites" if with_vacant else "take in vacant sites (--vacant)"
    missing = f"an empty site in between may be missing; {more}"
    if shortest is None and not cutoff_given:
        notes.append(f"hops up to {hops.distances_A[-1]:.2f} A do not percolate: {missing}")
    elif shortest is not None and shortest > longest:
        notes.append(
            f"the shortest hops that percolate are {shortest:.2f} A long, and {mobile} rarely hops farther than "
            f"{longest:.1f} A: {missing}"
        )
    return tuple(notes)
