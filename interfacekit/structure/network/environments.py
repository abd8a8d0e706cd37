"""Occupied sites beside the hops of a network: those that hops join to both ends of a hop."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.structure.crystals.supercells import check_shape, repeated_hops, repeated_sites

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interfacekit.structure.network.result import LithiumNetwork

#: A site, and the three numbers of its cell.
Site = tuple[int, int, int, int]


def sites_beside_hops(network: LithiumNetwork) -> list[list[Site]]:
    """Return the sites occupied in the crystal that hops join to both ends of each hop of the unit cell."""
    near = defaultdict(set)
    for origin, target, x, y, z, _ in network.hops:
        if network.sites[target].occupied:
            near[origin].add((target, x, y, z))
    return [
        sorted(near[origin] & {(site, x + a, y + b, z + c) for site, a, b, c in near[target]})
        for origin, target, x, y, z, _ in network.hops
    ]


def beside_in_supercell(
    network: LithiumNetwork, beside: Sequence[Sequence[Site]], shape: Sequence[int]
) -> NDArray[np.int64]:
    """Number the sites beside each hop of a supercell.

    Parameters
    ----------
    network
        Of the unit cell.
    beside
        Sites beside each of its hops.
    shape
        Cells along each axis.

    Returns
    -------
    array
        Sites in the order of the hops of `LithiumNetwork.supercell`, -1 where a hop has fewer; shape (m, k).
    """
    n, width = len(network.sites), max([1, *map(len, beside)])
    cells = check_shape(shape, network.hop_table, n)
    padded = np.full((len(beside), width, 4), -1)
    for row, sites in zip(padded, beside, strict=True):
        row[: len(sites)] = np.array(sites).reshape(-1, 4)
    where, _ = repeated_sites(1, cells)
    x, y, z = np.moveaxis((where[:, None, None] + padded[..., 1:]) % np.array(cells), -1, 0)
    numbers = ((z * cells[1] + y) * cells[0] + x) * n + padded[..., 0]
    starts, *_ = repeated_hops(network.hop_table[:, :5], n, cells)
    ordered = np.where(padded[..., 0] < 0, -1, numbers).reshape(-1, width)[np.argsort(starts, kind="stable")]
    return np.asarray(ordered, dtype=np.int64)
