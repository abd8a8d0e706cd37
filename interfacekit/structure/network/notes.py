"""Remarks on a network that is probably not the whole one: a site that must be missing, or no framework.

Crystals list the sites that ions occupy. Where the ion moves through sites that are empty, as between the 6b sites of
LiTi2(PO4)3, hops between the occupied ones are far longer than any ion hops.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from interfacekit.structure.crystals.ions import longest_plausible_hop_A
from interfacekit.structure.network.percolation import connected_parts

if TYPE_CHECKING:
    from interfacekit.structure.crystals.ions import Framework
    from interfacekit.structure.network.hops import Hops


def shortest_percolating_A(n_sites: int, hops: Hops) -> float | None:
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


def network_notes(
    n_sites: int, hops: Hops, mobile: str, around: Framework, *, with_vacant: bool, cutoff_given: bool
) -> tuple[str, ...]:
    """Remarks on a network.

    Parameters
    ----------
    n_sites, hops
        As for `shortest_percolating_A`.
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
    shortest = shortest_percolating_A(n_sites, hops)
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
