"""A model on a network at a temperature, as the arrays of the kernel for networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.kernels.hops import network as kernel
from interfacekit.transport.bulk.engine import check_rates, quanta
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.transport.hopping.levels import (
    Levels,
    energy_changes_eV,
    environment_barriers_eV,
    level_barriers_eV,
    model_levels,
)
from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel, NeighbourBarriers, rate_Hz

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.bulk.options import Walkers
    from interfacekit.transport.hopping.network import Network

#: Sites whose total rates differ by less than this factor share a bin.
BIN_WIDTH = 2**0.5
#: Bins reach down to this share of the largest rate; slower sites share the last.
MOST_BINS = 96
#: Totals of weights are exact as floating-point numbers up to this.
EXACT_BITS = 52
#: Beyond this exp overflows; such a Boltzmann factor never limits a rate.
LARGEST_EXPONENT = 700.0


@dataclass(frozen=True, eq=False)
class NetworkTables:
    """What replicas of one model at one temperature share.

    Attributes
    ----------
    network, arrays, levels
        The network, the kernel's arrays, the levels.
    site_energies_eV
        Energies of a walker on each site; shape (n,).
    bins
        Bin of each site; shape (n,).
    kind_classes
        Class of the origin, of the hop and of the target of each kind of hop; shape (kinds, 3).
    walkers
        What hops: ions or vacancies.
    """

    network: Network
    arrays: kernel.NetworkArrays
    levels: Levels
    site_energies_eV: NDArray[np.float64]
    bins: NDArray[np.int64]
    kind_classes: NDArray[np.int64]
    walkers: Walkers

    @property
    def departure_class(self) -> NDArray[np.int64]:
        """Class of the site that an ion leaves in each kind of hop, and 0 for the padding; shape (kinds + 1,)."""
        return np.append(self.kind_classes[:, 0 if self.walkers == "ions" else 2], 0)


def network_tables(model: HoppingModel, temperature_K: float, walkers: Walkers, *, by_level: bool) -> NetworkTables:
    """Turn a model into the kernel's arrays.

    Raises
    ------
    InputError
        If the model's interactions need two hops between one pair of sites told apart, or more levels than there are.
    """
    net = model.sites.network() if isinstance(model.sites, Lattice) else model.sites
    kT = BOLTZMANN_eV_K * temperature_K
    vacancies = walkers == "vacancies"
    neighbours = net.neighbours_by_class
    levels = model_levels(model)
    if len(levels) > kernel.MOST_LEVELS:
        raise InputError(
            f"the pair energies tell {len(levels)} surroundings of a site apart; give equal pair energies to more hop "
            f"classes, so that there are at most {kernel.MOST_LEVELS}"
        )
    if len(levels) > 1:
        _refuse_double_neighbours(net)
    energies = _walker_site_energies_eV(model, neighbours, vacancies=vacancies)
    sign = -1.0 if vacancies else 1.0
    change = energies[net.targets] - energies[net.origins]
    change -= sign * (net.displacements_A @ np.asarray(model.field_V_A))
    frequency = model.hop_frequencies_Hz(net.hop_classes)
    barrier = model.hop_barriers_eV(net.hop_classes)
    span = float(np.ptp(levels.energies_eV))
    limited = model.interacting and bool(np.any(np.abs(change) + span > 2 * barrier))
    factor, greatest, lowest = level_factors(model, levels, kT, vacancies=vacancies)
    if model.interacting:
        with np.errstate(over="ignore"):
            rate = frequency * np.exp(-(barrier + change / 2 + lowest) / kT)
        if not np.all(np.isfinite(rate)):
            raise InputError(
                f"at {temperature_K:g} K the interactions change rates by more than numbers can hold; "
                "give a higher temperature"
            )
    else:
        rate = rate_Hz(barrier, change, frequency, temperature_K)
    slots = _Slots(net)
    environment, environment_factor = _environment(model, net, slots, kT, vacancies=vacancies)
    kinds, steps, images, kind_classes = _kinds(net)
    cumulative = np.cumsum(slots.spread(rate, 0.0)[:-1].reshape(net.n_sites, -1), axis=1)
    bins, weight, reach, unit, great = _classes(cumulative[:, -1], greatest, by_level=by_level)
    capacity = np.repeat(np.bincount(bins), len(greatest) if by_level else 1)
    return NetworkTables(
        network=net,
        levels=levels,
        site_energies_eV=energies,
        bins=bins,
        kind_classes=kind_classes,
        walkers=walkers,
        arrays=kernel.NetworkArrays(
            target=slots.spread(net.targets, net.n_sites).astype(np.uint32),
            cumulative=np.append(cumulative.ravel(), 0.0),
            kind=slots.spread(kinds, len(steps)).astype(np.uint32),
            step=np.vstack([steps, np.zeros((1, 3), np.int64)]),
            image=np.vstack([images, np.zeros((1, 3), np.int64)]),
            crosses=np.append(np.any(images != 0, axis=1), False).astype(np.uint8),
            stride=np.append(levels.stride[kind_classes[:, 1]], 0).astype(np.uint8),
            tally=np.arange(len(steps) + 1, dtype=np.uint32),
            table=np.append(kind_classes[:, 1], 0).astype(np.uint32),
            start=np.concatenate([[0], np.cumsum(capacity)[:-1]]).astype(np.uint64),
            capacity=capacity.astype(np.uint64),
            weight=weight,
            reach=reach,
            greatest=great,
            factor=factor,
            environment=environment,
            environment_factor=environment_factor,
            downhill=slots.spread(frequency * np.exp(-change / kT), 0.0) if limited else np.zeros(0),
            frequency=slots.spread(frequency, 0.0) if limited else np.zeros(0),
            boltzmann=np.exp(np.minimum(-energy_changes_eV(levels).ravel() / kT, LARGEST_EXPONENT)),
            unit=unit,
            slots=slots.z,
            levels=len(levels),
            by_level=len(greatest) if by_level else 1,
        ),
    )


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
    padded = _Slots(net).spread(net.targets, -1)[:-1].reshape(net.n_sites, -1)
    mine, theirs = padded[net.origins], padded[net.targets]
    common = np.any(mine[:, :, None] == theirs[:, None, :], axis=2) & (mine >= 0)
    width = max(int(common.sum(axis=1).max()), 1)
    order = np.argsort(~common, axis=1, kind="stable")[:, :width]
    sites = np.take_along_axis(mine, order, axis=1)
    return np.where(np.take_along_axis(common, order, axis=1), sites, -1)


def _walker_site_energies_eV(
    model: HoppingModel, neighbours: NDArray[np.int64], *, vacancies: bool
) -> NDArray[np.float64]:
    """Energy of a walker on each site: taking an ion away gives its energy and its bonds to full neighbours back."""
    energies = (
        np.zeros(len(neighbours)) if model.site_energies_eV is None else np.asarray(model.site_energies_eV, float)
    )
    return -energies - neighbours @ model.pair_energies_by_class_eV if vacancies else energies.copy()


class _Slots:
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


def _refuse_double_neighbours(net: Network) -> None:
    pairs = np.column_stack([net.origins, net.targets])
    _, first, count = np.unique(pairs, axis=0, return_index=True, return_counts=True)
    if np.any(count > 1):
        a, b = pairs[first[int(np.argmax(count))]]
        raise InputError(
            f"sites {a} and {b} are neighbours in more than one way, so that pair energies cannot tell them apart; "
            "give a larger box"
        )


def level_factors(
    model: HoppingModel, levels: Levels, kT: float, *, vacancies: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Factors of the rates by class and pair of levels, at most 1; by level; and what they leave to all barriers.

    Returns
    -------
    factors : ndarray, shape (classes, L^2), or (0, 0) without levels
    greatest : ndarray, shape (L,)
        Greatest factor of a hop from each level.
    lowest_eV : float
        Lowest height above the barrier without interactions; it is not in the factors.
    """
    if len(levels) == 1:
        return np.zeros((0, 0)), np.ones(1), 0.0
    heights = []
    for hop_class in range(len(model.sites.class_names)):
        height = level_barriers_eV(model, levels, hop_class, vacancies=vacancies) + energy_changes_eV(levels) / 2
        possible = levels.possible(hop_class)
        heights.append(np.where(possible[:, None] & possible[None, :], height, np.inf))
    lowest = float(np.min(heights))
    table = np.exp((lowest - np.array(heights)) / kT)
    greatest = table.max(axis=(0, 2))
    # Levels that no hop can start from, or hardly ever, still need a bound above 0.
    return table.reshape(len(heights), -1), np.maximum(greatest, 1e-200), lowest


def _environment(
    model: HoppingModel, net: Network, slots: _Slots, kT: float, *, vacancies: bool
) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
    """Sites around the hop of each slot, and factors by class and number of walkers there."""
    barriers = model.barriers_eV
    if not isinstance(barriers, EnvironmentBarriers):
        return np.zeros((1, 0), np.uint32), np.ones((1, 1))
    around = surroundings(barriers, net)
    extra = environment_barriers_eV(model, np.count_nonzero(around >= 0, axis=1), net.hop_classes, vacancies=vacancies)
    # A missing site counts as one without a walker: a second dummy, which is never occupied.
    sites = slots.spread(np.where(around >= 0, around, net.n_sites + 1), net.n_sites + 1)
    return np.ascontiguousarray(sites.astype(np.uint32)), np.exp(-extra / kT)


def _kinds(net: Network) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Kinds of hops: alike in classes, displacement and crossings.

    Returns
    -------
    kinds : ndarray, shape (m,)
    steps, images : ndarray, shape (kinds, 3)
        Displacement, quanta, and crossings of the box.
    classes : ndarray, shape (kinds, 3)
        Class of the origin, of the hop and of the target.
    """
    import pandas as pd

    position = quanta(net.positions_A)
    steps = position[net.targets] + net.images @ quanta(net.box_A) - position[net.origins]
    # Equal displacements may differ by a quantum, as positions are rounded; they are kinds of their own, so that sums
    # of displacements stay differences of positions.
    ends = net.site_classes[net.origins], net.hop_classes, net.site_classes[net.targets]
    table = np.column_stack([*ends, net.images, steps])
    # pandas hashes the rows; numpy would sort them, which takes most of the time of a large network.
    kinds = pd.DataFrame(table).groupby(list(range(9)), sort=False).ngroup().to_numpy().astype(np.int64)
    unique = table[np.unique(kinds, return_index=True)[1]]
    return kinds, unique[:, 6:], unique[:, 3:6], unique[:, :3]


def _classes(
    totals: NDArray[np.float64], greatest: NDArray[np.float64], *, by_level: bool
) -> tuple[NDArray[np.int64], NDArray[np.uint64], NDArray[np.float64], float, NDArray[np.float64]]:
    """Bins of the sites, and weight, reach, unit and greatest factor of the classes."""
    top = float(totals.max())
    check_rates(top)
    with np.errstate(divide="ignore"):
        octaves = np.where(totals > 0, np.log(top / totals) / np.log(BIN_WIDTH), MOST_BINS)
    levels = len(greatest) if by_level else 1
    most = min(MOST_BINS, kernel.MOST_BINS, 4096 // levels)
    used, bins = np.unique(np.minimum(octaves, most - 1).astype(np.int64), return_inverse=True)
    bound = np.array([totals[bins == b].max() for b in range(len(used))])
    great = np.tile(greatest, len(used)) if by_level else np.full(len(used), greatest.max())
    rates = np.repeat(bound, levels) * great
    unit = float(rates.max()) / 2.0 ** (EXACT_BITS - int(np.ceil(np.log2(len(totals) + 1))))
    weight = np.floor(rates / unit) + 1  # never below the rate: the bound stays strict
    with np.errstate(over="ignore"):
        reach = np.minimum(weight * unit / great, np.finfo(float).max)
    return bins.reshape(-1), weight.astype(np.uint64), reach, unit, great
