"""Surroundings of hops: the sites around them, and the factors by which these change rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.errors import InputError
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.transport.hopping.levels import energy_changes_eV, environment_barriers_eV, level_barriers_eV
from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel, NeighbourBarriers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.hopping.levels import Levels
    from interfacekit.transport.hopping.network import Network


def can_walk_as_vacancies(model: HoppingModel) -> bool:
    """Whether vacancies can be the walkers: tables of barriers then need alike surroundings."""
    if isinstance(model.barriers_eV, NeighbourBarriers):
        return isinstance(model.sites, Lattice) or len(set(model.sites.degrees)) == 1
    if isinstance(model.barriers_eV, EnvironmentBarriers):
        # In a box of three cells, sites on opposite sides of a hop are neighbours: a lattice needs a look too.
        net = model.sites.network() if isinstance(model.sites, Lattice) else model.sites
        sizes = np.count_nonzero(surroundings(model.barriers_eV, net) >= 0, axis=1)
        return all(len(set(sizes[net.hop_classes == c])) <= 1 for c in range(len(net.class_names)))
    return True


def surroundings(barriers: EnvironmentBarriers, net: Network) -> NDArray[np.int64]:
    """Sites around each hop, -1 where there are fewer; shape (m, k).

    Raises
    ------
    InputError
        If the sites that the user gave have the wrong shape, do not exist, or differ for the reverse of a hop.
    """
    if barriers.sites is not None:
        given = np.asarray(barriers.sites)
        if given.ndim != 2 or len(given) != net.n_hops or not np.issubdtype(given.dtype, np.integer):
            raise InputError(
                f"the sites around hops have the shape {given.shape}; give whole numbers, ({net.n_hops}, any)"
            )
        if given.size and (given.min() < -1 or given.max() >= net.n_sites):
            raise InputError(f"a site around a hop does not exist; sites are numbered from 0 to {net.n_sites - 1}")
        ends = (given == net.origins[:, None]) | (given == net.targets[:, None])
        if ends.any():
            raise InputError(f"hop {int(np.argmax(ends.any(axis=1)))} has one of its ends among the sites around it")
        if not np.array_equal(np.sort(given, axis=1), np.sort(given[net.reverse], axis=1)):
            raise InputError(
                "a hop and its reverse have different sites around them; give the same for detailed balance"
            )
        return given.astype(np.int64)
    padded = Slots(net).spread(net.targets, -1)[:-1].reshape(net.n_sites, -1)
    mine, theirs = padded[net.origins], padded[net.targets]
    common = np.any(mine[:, :, None] == theirs[:, None, :], axis=2) & (mine >= 0)
    width = max(int(common.sum(axis=1).max()), 1)
    order = np.argsort(~common, axis=1, kind="stable")[:, :width]
    sites = np.take_along_axis(mine, order, axis=1)
    return np.where(np.take_along_axis(common, order, axis=1), sites, -1)


class Slots:
    """Where the hops of a network stand in the padded table of the kernel: z slots for each site, and one more."""

    def __init__(self, net: Network) -> None:
        self.z = int(net.degrees.max())
        self.n = net.n_sites
        self.of_hop = net.origins * self.z + np.arange(net.n_hops) - net.indptr[net.origins]

    def spread(self, values: NDArray[Any], empty: float) -> NDArray[Any]:
        """Values of the hops (m, ...) in their slots, and `empty` in the others."""
        out = np.full((self.n * self.z + 1, *values.shape[1:]), empty, dtype=values.dtype)
        out[self.of_hop] = values
        return out


class LevelFactors(NamedTuple):
    """Factors of rates by the levels of both ends.

    Attributes
    ----------
    factors
        By class and pair of levels, at most 1; shape (classes, L^2), or (0, 0) without levels.
    greatest
        Greatest factor of a hop from each level; shape (L,).
    lowest_eV
        Lowest height above the barrier without interactions; it is not in the factors.
    """

    factors: NDArray[np.float64]
    greatest: NDArray[np.float64]
    lowest_eV: float


def level_factors(model: HoppingModel, levels: Levels, kT: float, *, vacancies: bool) -> LevelFactors:
    """Factors of the rates of walkers by the levels of both ends."""
    if len(levels) == 1:
        return LevelFactors(np.zeros((0, 0)), np.ones(1), 0.0)
    heights = []
    for hop_class in range(len(model.sites.class_names)):
        height = level_barriers_eV(model, levels, hop_class, vacancies=vacancies) + energy_changes_eV(levels) / 2
        possible = levels.possible(hop_class)
        heights.append(np.where(possible[:, None] & possible[None, :], height, np.inf))
    lowest = float(np.min(heights))
    table = np.exp((lowest - np.array(heights)) / kT)
    greatest = table.max(axis=(0, 2))
    # Levels that no hop can start from, or hardly ever, still need a bound above 0.
    return LevelFactors(table.reshape(len(heights), -1), np.maximum(greatest, 1e-200), lowest)


class Environment(NamedTuple):
    """Sites around hops, other than their ends.

    Attributes
    ----------
    sites
        Around the hop of each slot; shape (n z + 1, m).
    factors
        Of its rate by class and number of walkers there; shape (classes, m + 1).
    """

    sites: NDArray[np.uint32]
    factors: NDArray[np.float64]


def environment(model: HoppingModel, net: Network, slots: Slots, kT: float, *, vacancies: bool) -> Environment:
    """Sites around the hop of each slot, and the factors of their walkers; m is 0 where barriers know no such sites."""
    barriers = model.barriers_eV
    if not isinstance(barriers, EnvironmentBarriers):
        return Environment(np.zeros((1, 0), np.uint32), np.ones((1, 1)))
    around = surroundings(barriers, net)
    extra = environment_barriers_eV(model, np.count_nonzero(around >= 0, axis=1), net.hop_classes, vacancies=vacancies)
    # A missing site counts as one without a walker: a second dummy, which is never occupied.
    sites = slots.spread(np.where(around >= 0, around, net.n_sites + 1), net.n_sites + 1)
    return Environment(np.ascontiguousarray(sites.astype(np.uint32)), np.exp(-extra / kT))
