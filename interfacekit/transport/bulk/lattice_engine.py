"""Replicas on regular lattices, where neighbours and rates follow from arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.kernels.hops import displacements
from interfacekit.kernels.hops import lattice as kernel
from interfacekit.transport.bulk.engine import (
    Engine,
    check_rates,
    entropy,
    quanta,
    starting_sites,
    walker_stream,
)
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.transport.hopping.levels import Levels, energy_changes_eV, level_barriers_eV, model_levels
from interfacekit.transport.hopping.rates import HoppingModel, rate_Hz

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.bulk.options import Walkers

#: Attempts of a plan that no run comes to the end of.
_ENDLESS = 2**62


class LatticeEngine(Engine):
    """A replica on a regular lattice; see `kernels.hops.lattice`."""

    by_sample = ("plan", "record")

    def __init__(
        self, model: HoppingModel, temperature_K: float, walkers: Walkers, *, seed: int, replica: int, check: bool
    ) -> None:
        super().__init__(model, temperature_K, walkers, check=check)
        lattice = self.lattice
        levels = model_levels(model)
        rates, bounds = direction_rates_Hz(model, levels, temperature_K, walkers)
        n_basis, z = lattice.neighbours.shape[:2]
        check_rates(float(bounds.sum()))
        safe = np.where(bounds > 0, bounds, 1.0)
        self._acceptance = np.ascontiguousarray((rates / safe[None, :, None, None]).reshape(n_basis * z, -1))
        self._free = len(levels) == 1 and bool(np.all(rates == bounds[None, :, None, None]))
        self._levels = len(levels)
        self.name = "lattice, " + ("free" if self._free else "rejection")
        self._directions = alias_table(bounds)
        self._arrays = lattice_arrays(lattice, levels.stride)
        self._energies = levels.energies_eV
        self._entropy, self._replica = entropy(seed, temperature_K), replica
        n, ions = lattice.n_sites, self.n_ions
        occupied = np.zeros(n, bool)
        sites = starting_sites(model, temperature_K, seed, replica)
        occupied[sites] = True
        walking = sites if walkers == "ions" else np.flatnonzero(~occupied)
        label = np.zeros(0 if walkers == "ions" else n, np.uint32)
        if walkers == "vacancies":
            label[sites] = np.arange(ions)
        word, border = _site_words(lattice, walking, levels)
        self._state = kernel.LatticeState(
            site=word,
            walker=walking.astype(np.uint32) | np.where(border[walking], np.uint32(2**31), np.uint32(0)),
            label=label,
            image=np.zeros((ions, 3), np.int64),
            hops=np.zeros((n_basis, z), np.int64),
            rng=walker_stream(seed, temperature_K, replica),
        )
        self.rate_bound_Hz = float(len(walking) * bounds.sum())
        self.hop_steps = quanta(lattice.displacements_A).reshape(-1, 3)
        self.departure_class = np.zeros(len(self.hop_steps), np.int64)
        self._work = kernel.scratch()
        self._made = np.zeros(1, np.int64)
        self.plan_endless()

    @property
    def lattice(self) -> Lattice:
        """The lattice of the model."""
        assert isinstance(self.model.sites, Lattice)  # noqa: S101  # for the type checker
        return self.model.sites

    @property
    def tables(self) -> tuple[NDArray[Any], ...]:
        return tuple(self._arrays)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        return {
            **self._state._asdict(),
            "plan": self._plan,
            "cursor": self._cursor,
            "record": self._record,
            "made": self._made,
        }

    def plan(self, samples: int, interval_s: float) -> None:
        # Attempts come at a constant rate: their number in an interval is a Poisson number.
        rng = np.random.default_rng(np.random.SeedSequence(self._entropy, spawn_key=(self._replica, 2)))
        self._begin(rng.poisson(self.rate_bound_Hz * interval_s, samples))

    def plan_endless(self) -> None:
        self._begin(np.array([_ENDLESS]))

    def _begin(self, plan: NDArray[np.int64]) -> None:
        self._plan = plan
        self._cursor = np.zeros(2, np.int64)
        self._record = np.zeros((len(plan), self._state.hops.size), np.int64)
        self._state.hops[:] = 0
        self._made[:] = 0

    def _advance(self, stop: int, budget: int) -> int:
        before = self._plan[: self._cursor[0]].sum() + self._cursor[1]
        walk = self._state, self._work, self._plan, self._cursor, self._record, stop, budget
        status: int
        if self._free:
            status = kernel.advance_free(self._arrays, self._directions, *walk)
        else:
            tables = self._arrays, self._directions, self._acceptance, self._levels
            status = kernel.advance_pairs(*tables, *walk, self.check)
        self._made += self._plan[: self._cursor[0]].sum() + self._cursor[1] - before
        return status

    @property
    def sample(self) -> int:
        return int(self._cursor[0])

    @property
    def attempts(self) -> int:
        return int(self._made[0])

    @property
    def elapsed_s(self) -> float:
        return self.attempts / self.rate_bound_Hz

    def hop_counts(self) -> NDArray[np.int64]:
        return self._state.hops.ravel().copy()

    def net(self) -> NDArray[np.int64]:
        return self.sign * (self._record @ self.hop_steps)

    def hops(self) -> NDArray[np.int64]:
        return np.asarray(self._record.sum(axis=1))

    def occupied(self) -> NDArray[np.bool_]:
        walker = (self._state.site & kernel.OCCUPIED) != 0
        return np.asarray(walker if self.walkers == "ions" else ~walker)

    def energy_eV(self) -> float:
        sites = self._state.walker & np.uint32(kernel.MOST_SITES - 1)
        return float(self._energies[self._state.site[sites] & kernel.LEVEL].sum() / 2)

    def _positions(self) -> None:
        if self.walkers == "ions":
            self._sites[:] = self._state.walker & np.uint32(kernel.MOST_SITES - 1)
        else:
            displacements.sites_of_labels(self._state.label, ~self.occupied(), self._sites)
        displacements.lattice_positions(
            np.array(self.lattice.shape),
            quanta(self.lattice.cell_A),
            quanta(self.lattice.basis_A),
            self._sites,
            self._state.image,
            self._now,
        )


def direction_rates_Hz(
    model: HoppingModel, levels: Levels, temperature_K: float, walkers: Walkers
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rates of walkers on a lattice, and their bounds.

    Returns
    -------
    rates : ndarray, shape (B, z, L, L)
        By basis site, direction, level of the origin and level of the target (the walker not counted); 0 where there is
        no such hop.
    bounds : ndarray, shape (z,)
        Largest rate of each direction.
    """
    lattice = model.sites
    assert isinstance(lattice, Lattice)  # noqa: S101  # for the type checker
    n_basis, z = lattice.neighbours.shape[:2]
    sign = 1.0 if walkers == "ions" else -1.0
    barriers, frequencies = (
        model.barriers_by_class_eV(),
        model.hop_frequencies_Hz(np.arange(len(lattice.class_names))),
    )
    downfield = -sign * (lattice.displacements_A @ np.asarray(model.field_V_A))
    changes = energy_changes_eV(levels)
    rates = np.zeros((n_basis, z, len(levels), len(levels)))
    for k, hop_class in enumerate(lattice.hop_class):
        possible = levels.possible(int(hop_class))
        height = barriers[hop_class] + level_barriers_eV(
            model, levels, int(hop_class), vacancies=walkers == "vacancies"
        )
        for s in range(n_basis):
            rate = rate_Hz(height, downfield[s, k] + changes, frequencies[hop_class], temperature_K)
            rates[s, k] = np.where(possible[:, None] & possible[None, :], rate, 0.0)
    return rates, rates.max(axis=(0, 2, 3))


def alias_table(weights: NDArray[np.float64]) -> kernel.Directions:
    """Alias table that draws k in proportion to its weight (Vose 1991, doi:10.1109/32.92917)."""
    share = weights / weights.sum() * len(weights)
    alias = np.arange(len(weights), dtype=np.uint64)
    threshold = np.ones(len(weights))
    small = [k for k, w in enumerate(share) if w < 1]
    large = [k for k, w in enumerate(share) if w >= 1]
    while small and large:
        k, donor = small.pop(), large[-1]
        threshold[k], alias[k] = share[k], donor
        share[donor] -= 1 - share[k]
        if share[donor] < 1:
            small.append(large.pop())
    # A weight of 0 that rounding has left over must not be drawn.
    for k in small:
        if weights[k] == 0:
            threshold[k], alias[k] = 0.0, int(np.argmax(weights))
    return kernel.Directions(threshold, alias)


def lattice_arrays(lattice: Lattice, stride: NDArray[np.int64]) -> kernel.LatticeArrays:
    """Geometry of a lattice for the kernels; `stride` by hop class."""
    n_basis = len(lattice.basis_A)
    cells = np.array([1, lattice.shape[0], lattice.shape[0] * lattice.shape[1]])
    origin = np.arange(n_basis)[:, None]
    offset = (lattice.neighbours[..., :3] @ cells) * n_basis + lattice.neighbours[..., 3] - origin
    return kernel.LatticeArrays(
        shape=np.array(lattice.shape, dtype=np.uint64),
        offset=np.ascontiguousarray(offset.astype(np.int64).view(np.uint64)),
        shift=np.ascontiguousarray(lattice.neighbours),
        stride=stride[lattice.hop_class].astype(np.uint8),
    )


def _site_words(
    lattice: Lattice, walking: NDArray[np.int64], levels: Levels
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Byte of every site, and whether it is at the border: whether any neighbour lies across it."""
    n_basis, z = lattice.neighbours.shape[:2]
    shape = (*lattice.shape[::-1], n_basis)
    border = np.zeros(shape, bool)
    walker = np.zeros(lattice.n_sites, bool)
    walker[walking] = True
    level = np.zeros(shape, np.uint8)
    for s in range(n_basis):
        for k in range(z):
            a, b, c, t = lattice.neighbours[s, k]
            stride = levels.stride[lattice.hop_class[k]]
            if stride:
                # The neighbour's walker counts here: looking along k is being looked at along its reverse.
                there = np.roll(walker.reshape(shape)[..., t], (-c, -b, -a), axis=(0, 1, 2))
                level[..., s] += (stride * there).astype(np.uint8)
            for axis, shift in zip((2, 1, 0), (a, b, c), strict=True):
                outside = slice(-shift, None) if shift > 0 else slice(0, -shift)
                if shift:
                    border[(*(slice(None),) * axis, outside)] = True
    word = level.ravel() | np.where(border.ravel(), kernel.BORDER, 0) | np.where(walker, kernel.OCCUPIED, 0)
    return word.astype(np.uint8), border.ravel()
