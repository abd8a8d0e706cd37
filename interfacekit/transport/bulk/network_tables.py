"""A model on a network at a temperature, as the arrays of the kernel for networks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.kernels.hops import network as kernel
from interfacekit.transport.bulk.engine import check_rates, quanta
from interfacekit.transport.bulk.surroundings import Slots, environment, level_factors
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.transport.hopping.levels import Levels, energy_changes_eV, model_levels
from interfacekit.transport.hopping.rates import HoppingModel, rate_Hz

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
    model, temperature_K, walkers
        What hops where, and how hot.
    network, levels
        Of the model.
    arrays
        For the kernel.
    site_energies_eV
        Energies of a walker on each site; shape (n,).
    bins
        Bin of each site; shape (n,).
    kind_classes
        Class of the origin, of the hop and of the target of each kind of hop; shape (kinds, 3).
    check
        Whether the kernel asserts that no rate is above its bound.
    """

    model: HoppingModel
    temperature_K: float
    walkers: Walkers
    network: Network
    levels: Levels
    arrays: kernel.NetworkArrays
    site_energies_eV: NDArray[np.float64]
    bins: NDArray[np.int64]
    kind_classes: NDArray[np.int64]
    check: bool

    @property
    def name(self) -> str:
        """Name of the kernel, for results."""
        return "network, " + ("class lists" if self.arrays.by_level > 1 else "rejection")

    @property
    def hop_steps(self) -> NDArray[np.int64]:
        """Displacement of a walker in each kind of hop, and of the padding; shape (kinds + 1, 3), quanta."""
        return self.arrays.step

    @property
    def departure_class(self) -> NDArray[np.int64]:
        """Class of the site that an ion leaves in each kind of hop, and 0 for the padding; shape (kinds + 1,)."""
        return np.append(self.kind_classes[:, 0 if self.walkers == "ions" else 2], 0)

    @property
    def site_classes(self) -> NDArray[np.int64]:
        """Class of each site; shape (n,)."""
        return self.network.site_classes

    @property
    def site_class_names(self) -> tuple[str, ...]:
        """Name of each class of sites."""
        return ("site",) if isinstance(self.model.sites, Lattice) else self.network.site_class_names

    @cached_property
    def box(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Positions of the sites and vectors of the box; quanta."""
        return quanta(self.network.positions_A), quanta(self.network.box_A)

    @property
    def nbytes(self) -> int:
        """Size of what the kernel reads and does not change."""
        return sum(part.nbytes for part in self.arrays if isinstance(part, np.ndarray))


def network_tables(
    model: HoppingModel, temperature_K: float, walkers: Walkers, *, by_level: bool, check: bool = False
) -> NetworkTables:
    """Turn a model into the kernel's tables.

    Parameters
    ----------
    model, temperature_K, walkers
        What hops where, and how hot; K.
    by_level
        Whether walkers stand in lists by their levels as well as by the bins of their sites.
    check
        Assert in every attempt that no rate is above its bound.

    Raises
    ------
    InputError
        If the model's interactions need two hops between one pair of sites told apart, or more levels than there are.
    """
    net = model.sites.network() if isinstance(model.sites, Lattice) else model.sites
    kT, vacancies = BOLTZMANN_eV_K * temperature_K, walkers == "vacancies"
    levels = model_levels(model)
    _require_distinct(levels, net)
    energies = _walker_site_energies_eV(model, net.neighbours_by_class, vacancies=vacancies)
    hops = _walker_hops(model, net, energies, vacancies=vacancies)
    factors = level_factors(model, levels, kT, vacancies=vacancies)
    rate = _rates_Hz(model, hops, factors.lowest_eV, temperature_K)
    slots = Slots(net)
    around = environment(model, net, slots, kT, vacancies=vacancies)
    kinds = _kinds(net)
    cumulative = np.cumsum(slots.spread(rate, 0.0)[:-1].reshape(net.n_sites, -1), axis=1)
    classes = _classes(cumulative[:, -1], factors.greatest, by_level=by_level)
    arrays = kernel.NetworkArrays(
        target=slots.spread(net.targets, net.n_sites).astype(np.uint32),
        cumulative=np.append(cumulative.ravel(), 0.0),
        kind=slots.spread(kinds.of_hop, len(kinds.steps)).astype(np.uint32),
        **_arrays_of_kinds(kinds, levels),
        **_arrays_of_classes(classes),
        factor=factors.factors,
        environment=around.sites,
        environment_factor=around.factors,
        **_limits(model, levels, hops, slots, kT),
        slots=slots.z,
        levels=len(levels),
        by_level=classes.by_level,
    )
    return NetworkTables(
        model, temperature_K, walkers, net, levels, arrays, energies, classes.bins, kinds.classes, check
    )


def _require_distinct(levels: Levels, net: Network) -> None:
    """Raise `InputError` unless the kernel can tell all surroundings of a site apart."""
    if len(levels) > kernel.MOST_LEVELS:
        raise InputError(
            f"the pair energies tell {len(levels)} surroundings of a site apart; give equal pair energies to more hop "
            f"classes, so that there are at most {kernel.MOST_LEVELS}"
        )
    if len(levels) > 1:
        _refuse_double_neighbours(net)


class _Hops(NamedTuple):
    """Hops of walkers along a network of m hops, whatever surrounds them; shape (m,) each."""

    change_eV: NDArray[np.float64]
    barrier_eV: NDArray[np.float64]
    frequency_Hz: NDArray[np.float64]


def _walker_hops(model: HoppingModel, net: Network, energies_eV: NDArray[np.float64], *, vacancies: bool) -> _Hops:
    sign = -1.0 if vacancies else 1.0
    change = energies_eV[net.targets] - energies_eV[net.origins]
    change -= sign * (net.displacements_A @ np.asarray(model.field_V_A))
    return _Hops(change, model.hop_barriers_eV(net.hop_classes), model.hop_frequencies_Hz(net.hop_classes))


def _rates_Hz(model: HoppingModel, hops: _Hops, lowest_eV: float, temperature_K: float) -> NDArray[np.float64]:
    """Rates without what the surroundings add to the lowest barrier, and without limits; shape (m,)."""
    if not model.interacting:
        return np.asarray(rate_Hz(hops.barrier_eV, hops.change_eV, hops.frequency_Hz, temperature_K))
    with np.errstate(over="ignore"):
        height = hops.barrier_eV + hops.change_eV / 2 + lowest_eV
        rate = hops.frequency_Hz * np.exp(-height / (BOLTZMANN_eV_K * temperature_K))
    if not np.all(np.isfinite(rate)):
        raise InputError(
            f"at {temperature_K:g} K the interactions change rates by more than numbers can hold; "
            "give a higher temperature"
        )
    return np.asarray(rate)


def _limits(model: HoppingModel, levels: Levels, hops: _Hops, slots: Slots, kT: float) -> dict[str, Any]:
    """Limits of the rates of an interacting model, where they bind: downhill, a hop needs no more than its attempts."""
    span = float(np.ptp(levels.energies_eV))
    limited = model.interacting and bool(np.any(np.abs(hops.change_eV) + span > 2 * hops.barrier_eV))
    none = np.zeros(0)
    return {
        "downhill": slots.spread(hops.frequency_Hz * np.exp(-hops.change_eV / kT), 0.0) if limited else none,
        "frequency": slots.spread(hops.frequency_Hz, 0.0) if limited else none,
        "boltzmann": np.exp(np.minimum(-energy_changes_eV(levels).ravel() / kT, LARGEST_EXPONENT)),
    }


def _walker_site_energies_eV(
    model: HoppingModel, neighbours: NDArray[np.int64], *, vacancies: bool
) -> NDArray[np.float64]:
    """Energy of a walker on each site: taking an ion away gives its energy and its bonds to full neighbours back."""
    energies = (
        np.zeros(len(neighbours)) if model.site_energies_eV is None else np.asarray(model.site_energies_eV, float)
    )
    return -energies - neighbours @ model.pair_energies_by_class_eV if vacancies else energies.copy()


def _refuse_double_neighbours(net: Network) -> None:
    pairs = np.column_stack([net.origins, net.targets])
    _, first, count = np.unique(pairs, axis=0, return_index=True, return_counts=True)
    if np.any(count > 1):
        a, b = pairs[first[int(np.argmax(count))]]
        raise InputError(
            f"sites {a} and {b} are neighbours in more than one way, so that pair energies cannot tell them apart; "
            "give a larger box"
        )


class _Kinds(NamedTuple):
    """Kinds of hops: alike in classes, displacement and crossings.

    Attributes
    ----------
    of_hop
        Kind of each hop; shape (m,).
    steps, images
        Displacement, quanta, and crossings of the box; shape (kinds, 3).
    classes
        Class of the origin, of the hop and of the target; shape (kinds, 3).
    """

    of_hop: NDArray[np.int64]
    steps: NDArray[np.int64]
    images: NDArray[np.int64]
    classes: NDArray[np.int64]


def _kinds(net: Network) -> _Kinds:
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
    return _Kinds(kinds, unique[:, 6:], unique[:, 3:6], unique[:, :3])


def _arrays_of_kinds(kinds: _Kinds, levels: Levels) -> dict[str, Any]:
    """Arrays of the kernel by kind of hop, and for the padding."""
    return {
        "step": np.vstack([kinds.steps, np.zeros((1, 3), np.int64)]),
        "image": np.vstack([kinds.images, np.zeros((1, 3), np.int64)]),
        "crosses": np.append(np.any(kinds.images != 0, axis=1), False).astype(np.uint8),
        "stride": np.append(levels.stride[kinds.classes[:, 1]], 0).astype(np.uint8),
        "tally": np.arange(len(kinds.steps) + 1, dtype=np.uint32),
        "table": np.append(kinds.classes[:, 1], 0).astype(np.uint32),
    }


class _Classes(NamedTuple):
    """Classes of walkers: bins of sites by their total rates, or bins and levels.

    Attributes
    ----------
    bins
        Bin of each site; shape (n,).
    weight, reach, greatest
        Bound of a walker's rate in units of `unit_Hz`, what it reaches and its greatest factor; shape (C,).
    by_level
        Classes of each bin.
    """

    bins: NDArray[np.int64]
    weight: NDArray[np.uint64]
    reach: NDArray[np.float64]
    greatest: NDArray[np.float64]
    unit_Hz: float
    by_level: int


def _classes(totals: NDArray[np.float64], greatest: NDArray[np.float64], *, by_level: bool) -> _Classes:
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
    return _Classes(bins.reshape(-1), weight.astype(np.uint64), reach, great, unit, levels)


def _arrays_of_classes(classes: _Classes) -> dict[str, Any]:
    """Arrays of the kernel by class of walkers; each list has room for all sites of its bin."""
    capacity = np.repeat(np.bincount(classes.bins), classes.by_level)
    return {
        "start": np.concatenate([[0], np.cumsum(capacity)[:-1]]).astype(np.uint64),
        "capacity": capacity.astype(np.uint64),
        "weight": classes.weight,
        "reach": classes.reach,
        "greatest": classes.greatest,
        "unit": classes.unit_Hz,
    }
