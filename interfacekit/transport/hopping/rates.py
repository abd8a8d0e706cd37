"""Rates of hops: k = nu exp(-Ea / kT) with Ea = max(E_barrier + dE/2, dE, 0).

`dE` is the whole energy change of a hop (site energies, pair energies, the field) and `E_barrier` the barrier at equal
end energies, the same both ways (kinetically resolved activation: Van der Ven et al. 2001,
doi:10.1103/PhysRevB.64.184307). Detailed balance, k(ij) / k(ji) = exp(-dE / kT), holds for any barriers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.quantities import (
    BARRIER,
    FIELD_V_A,
    FILLING,
    HOP_FREQUENCY,
    PAIR_ENERGY,
    SITE_ENERGY,
    WIDTH,
    keep_plain,
)
from interfacekit.reprs import ShortRepr
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.wording import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from interfacekit.transport.hopping.network import Network


@dataclass(frozen=True, eq=False)
class NeighbourBarriers(ShortRepr):
    """Barriers at equal end energies by class and number of occupied neighbours.

    The number counts the occupied neighbours of both ends together, the two ends themselves left out: it is the same
    for the reverse hop, so that any table keeps detailed balance.

    Attributes
    ----------
    table_eV
        Row of each hop class: barrier with 0, 1, 2, ... occupied neighbours; eV.
    """

    table_eV: Sequence[Sequence[float]]


@dataclass(frozen=True, eq=False)
class EnvironmentBarriers(ShortRepr):
    """Barriers at equal end energies by class and number of occupied sites in the surroundings of a hop.

    With the common neighbours of both ends as surroundings, a single vacancy and a divacancy have barriers of their
    own.

    Attributes
    ----------
    table_eV
        Row of each hop class: barrier with 0, 1, 2, ... occupied sites around; eV.
    sites
        Sites around each hop, in the order of the network's hops and the same for its reverse; shape (m, k), -1 where
        a hop has fewer. The common neighbours of both ends by default.
    """

    table_eV: Sequence[Sequence[float]]
    sites: ArrayLike | None = None


def _plain(numbers: Any) -> float | tuple[float, ...] | NDArray[np.float64]:
    """One number as float, those of an array as an array of floats, others as a tuple of floats."""
    values = np.asarray(numbers, dtype=float)
    if isinstance(numbers, np.ndarray) and values.shape:
        return values
    return tuple(values.tolist()) if values.shape else float(values)


@dataclass(frozen=True, eq=False)
class HoppingModel(ShortRepr):
    """Ions of charge +1 that hop between sites, one on each at most.

    Attributes
    ----------
    sites
        A regular lattice or a network.
    filling
        Fraction of the sites that are occupied.
    barriers_eV
        Barrier at equal end energies: one number, one for each hop class, one for each hop (of `sites.network()`), or a
        table (`NeighbourBarriers`, `EnvironmentBarriers`).
    attempt_frequencies_Hz
        One number, one for each hop class or one for each hop.
    site_energies_eV
        Energy of an ion on each site, shape (n,); 0 by default.
    pair_energies_eV
        Energy of two ions on neighbouring sites (positive: they repel), one number or one for each class of hops that
        joins the sites.
    field_V_A
        Uniform electric field, V/angstrom, along x, y and z.
    """

    sites: Lattice | Network
    filling: float
    barriers_eV: float | ArrayLike | NeighbourBarriers | EnvironmentBarriers
    attempt_frequencies_Hz: float | ArrayLike = 1e13
    site_energies_eV: ArrayLike | None = None
    pair_energies_eV: float | ArrayLike = 0.0
    field_V_A: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        self._check_filling()
        n = self.sites.n_sites
        tables = isinstance(self.barriers_eV, NeighbourBarriers | EnvironmentBarriers)
        if isinstance(self.barriers_eV, NeighbourBarriers | EnvironmentBarriers):
            _check_table(self.barriers_eV.table_eV, len(self.sites.class_names))
        barriers = np.zeros(1) if tables else self._per_hop("barriers_eV")
        frequencies = self._per_hop("attempt_frequencies_Hz")
        BARRIER.check_all(barriers)
        HOP_FREQUENCY.check_all(frequencies)
        if not frequencies.any():
            raise InputError("all attempt frequencies are 0; give one above 0, such as 1e13")
        pairs = self.pair_energies_by_class_eV
        # Equal energies fill no array: the sites may be more than fit into memory.
        energies = np.zeros(1) if self.site_energies_eV is None else np.asarray(self.site_energies_eV, dtype=float)
        if self.site_energies_eV is not None and energies.shape != (n,):
            raise InputError(f"site_energies_eV has the shape {energies.shape}; give one for each site, ({n},)")
        if np.shape(self.field_V_A) != (3,):
            raise InputError(f"a field of {shown(self.field_V_A)} is not a vector; give V/A along x, y and z")
        SITE_ENERGY.check_all(energies)
        PAIR_ENERGY.check_all(pairs)
        FIELD_V_A.check_all(np.asarray(self.field_V_A, dtype=float))
        numbers = ["attempt_frequencies_Hz", "pair_energies_eV", *([] if tables else ["barriers_eV"])]
        keep_plain(
            self,
            **{name: _plain(getattr(self, name)) for name in numbers},
            site_energies_eV=None if self.site_energies_eV is None else energies,
            field_V_A=tuple(map(float, self.field_V_A)),
        )

    def _check_filling(self) -> None:
        n = self.sites.n_sites
        keep_plain(self, filling=FILLING.check(self.filling))
        ions = round(float(self.filling) * n)
        if ions in (0, n):
            raise InputError(
                f"an occupation of {self.filling:g} of {n} sites makes {ions} mobile ions and {n - ions} vacancies; "
                "give a larger box or another occupation"
            )

    @property
    def n_ions(self) -> int:
        """Number of ions."""
        return round(float(self.filling) * self.sites.n_sites)

    @property
    def pair_energies_by_class_eV(self) -> NDArray[np.float64]:
        """Pair energy of each hop class; shape (classes,)."""
        classes = len(self.sites.class_names)
        values = np.asarray(self.pair_energies_eV, dtype=float)
        if values.shape not in ((), (classes,)):
            raise InputError(
                f"pair_energies_eV has the shape {values.shape}; give one number or one for each of {classes} classes"
            )
        return np.broadcast_to(values, classes)

    @property
    def interacting(self) -> bool:
        """Whether rates depend on the occupation of other sites than the target."""
        tables = isinstance(self.barriers_eV, NeighbourBarriers | EnvironmentBarriers)
        return tables or bool(np.any(self.pair_energies_by_class_eV != 0))

    @property
    def homogeneous(self) -> bool:
        """Whether the hops of one class are all alike and the sites of one energy, so that arithmetic can serve."""
        varied: list[Any] = [self.barriers_eV, self.attempt_frequencies_Hz]
        classes = len(self.sites.class_names)
        return (
            isinstance(self.sites, Lattice)
            and self.site_energies_eV is None
            and not isinstance(self.barriers_eV, EnvironmentBarriers)
            and all(isinstance(v, NeighbourBarriers) or np.asarray(v).shape in ((), (classes,)) for v in varied)
        )

    def with_field(self, field_V_A: Sequence[float]) -> HoppingModel:
        """Return the same model in an electric field, V/angstrom along x, y and z."""
        x, y, z = (float(component) for component in field_V_A)
        return replace(self, field_V_A=(x, y, z))

    def barriers_by_class_eV(self) -> NDArray[np.float64]:
        """Barrier of each class; of a table, its lowest. Shape (classes,)."""
        if isinstance(self.barriers_eV, NeighbourBarriers | EnvironmentBarriers):
            return np.array([min(row) for row in self.barriers_eV.table_eV], dtype=float)
        return np.broadcast_to(np.asarray(self.barriers_eV, dtype=float), len(self.sites.class_names))

    def hop_barriers_eV(self, hop_classes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Barrier of each hop; of a table, its lowest. Shape (m,)."""
        tables = isinstance(self.barriers_eV, NeighbourBarriers | EnvironmentBarriers)
        return self._spread(self.barriers_by_class_eV() if tables else self.barriers_eV, hop_classes)

    def hop_frequencies_Hz(self, hop_classes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Attempt frequency of each hop; shape (m,)."""
        return self._spread(self.attempt_frequencies_Hz, hop_classes)

    def _spread(self, values: Any, hop_classes: NDArray[np.int64]) -> NDArray[np.float64]:
        given = np.asarray(values, dtype=float)
        if given.shape == (len(self.sites.class_names),):
            return given[hop_classes]
        return np.broadcast_to(given, hop_classes.shape)

    def _per_hop(self, name: str) -> NDArray[np.float64]:
        values = np.atleast_1d(np.asarray(getattr(self, name), dtype=float))
        classes = len(self.sites.class_names)
        hops = self.sites.n_sites * self.sites.coordination if isinstance(self.sites, Lattice) else self.sites.n_hops
        if values.shape not in ((1,), (classes,), (hops,)):
            raise InputError(
                f"{name} has the shape {values.shape}; give one number, one for each of {classes} classes, or one for "
                f"each of {hops} hops"
            )
        if values.shape == (hops,) and hops > classes:
            reverse = (self.sites.network() if isinstance(self.sites, Lattice) else self.sites).reverse
            if not np.array_equal(values, values[reverse], equal_nan=True):
                wrong = int(np.argmax(values != values[reverse]))
                raise InputError(
                    f"{name} differs between hop {wrong} and its reverse, which breaks detailed balance; give the "
                    "value at equal end energies, and the difference as site energies"
                )
        return values


def rate_Hz(
    barrier_eV: ArrayLike, energy_change_eV: ArrayLike, attempt_frequency_Hz: ArrayLike, temperature_K: float
) -> NDArray[np.float64]:
    """Rate of a hop.

    Parameters
    ----------
    barrier_eV
        At equal end energies; eV, any shape.
    energy_change_eV
        Of the whole system; eV, broadcast.
    attempt_frequency_Hz
        1/s, broadcast.
    temperature_K
        K.

    Returns
    -------
    ndarray
        1/s.
    """
    change = np.asarray(energy_change_eV, dtype=float)
    activation = np.maximum(np.maximum(np.asarray(barrier_eV) + change / 2, change), 0.0)
    return np.asarray(attempt_frequency_Hz * np.exp(-activation / (BOLTZMANN_eV_K * temperature_K)))


def gaussian_site_energies_eV(sites: Lattice | Network, width_eV: float, seed: int) -> NDArray[np.float64]:
    """Draw independent normal site energies of mean 0.

    Parameters
    ----------
    sites
        Where.
    width_eV
        Standard deviation.
    seed
        Of the disorder; the same seed gives the same energies.

    Returns
    -------
    ndarray, shape (n,)
    """
    return np.random.default_rng(seed).normal(0.0, WIDTH.check(width_eV, "width_eV"), sites.n_sites)


def gaussian_barriers_eV(sites: Network, mean_eV: float, width_eV: float, seed: int) -> NDArray[np.float64]:
    """Draw independent normal barriers, the same both ways; those below 0 become 0.

    Parameters
    ----------
    sites
        The network (`lattice.network()` of a lattice).
    mean_eV, width_eV
        Mean and standard deviation.
    seed
        Of the disorder.

    Returns
    -------
    ndarray, shape (m,)
    """
    drawn = np.random.default_rng(seed).normal(mean_eV, WIDTH.check(width_eV, "width_eV"), sites.n_hops)
    return np.maximum(np.where(np.arange(sites.n_hops) < sites.reverse, drawn, drawn[sites.reverse]), 0.0)


def lognormal_attempt_frequencies_Hz(
    sites: Network, median_Hz: float, width_decades: float, seed: int
) -> NDArray[np.float64]:
    """Draw independent attempt frequencies whose decimal logarithm is normal, the same both ways.

    Parameters
    ----------
    sites
        The network (`lattice.network()` of a lattice).
    median_Hz
        1/s.
    width_decades
        Standard deviation of log10.
    seed
        Of the disorder.

    Returns
    -------
    ndarray, shape (m,)
    """
    drawn = np.random.default_rng(seed).normal(
        np.log10(median_Hz), WIDTH.check(width_decades, "width_decades"), sites.n_hops
    )
    return np.asarray(10 ** np.where(np.arange(sites.n_hops) < sites.reverse, drawn, drawn[sites.reverse]))


def _check_table(table: Sequence[Sequence[float]], classes: int) -> None:
    if len(table) != classes:
        raise InputError(f"the table of barriers has {len(table)} rows; give one for each of {classes} hop classes")
    for row in table:
        values = np.asarray(row, dtype=float)
        if values.ndim != 1 or not values.size:
            raise InputError(
                "a row of the table of barriers is empty; give the barriers with 0, 1, 2, ... occupied sites"
            )
        BARRIER.check_all(values)
