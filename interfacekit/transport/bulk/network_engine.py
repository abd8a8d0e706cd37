"""Replicas on any network, with any energies and barriers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.kernels.hops import displacements
from interfacekit.kernels.hops import network as kernel
from interfacekit.transport.bulk.engine import Engine, quanta, starting_sites, walker_stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.bulk.network_tables import NetworkTables
    from interfacekit.transport.hopping.network import Network
    from interfacekit.transport.hopping.rates import HoppingModel


class NetworkEngine(Engine):
    """A replica on a network; see `kernels.hops.network`."""

    def __init__(
        self,
        model: HoppingModel,
        temperature_K: float,
        tables: NetworkTables,
        *,
        seed: int,
        replica: int,
        check: bool,
    ) -> None:
        super().__init__(model, temperature_K, tables.walkers, check=check)
        self._tables = tables
        self._arrays = tables.arrays
        self.name = "network, " + ("class lists" if tables.arrays.by_level > 1 else "rejection")
        self.hop_steps = self._arrays.step
        self.departure_class = self._tables.departure_class
        self._quanta = quanta(self.network.positions_A), quanta(self.network.box_A)
        self._state = _state(
            self._tables,
            starting_sites(model, temperature_K, seed, replica),
            walker_stream(seed, temperature_K, replica),
        )
        self._work = kernel.scratch()
        self.plan_endless()

    @property
    def network(self) -> Network:
        """The network of the model."""
        return self._tables.network

    @property
    def tables(self) -> tuple[NDArray[Any], ...]:
        return tuple(part for part in self._arrays if isinstance(part, np.ndarray))

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        return {**self._state._asdict(), "record": self._record}

    def plan(self, samples: int, interval_s: float) -> None:
        self._interval_s = interval_s
        self._record = np.zeros((samples, 4), np.int64)
        for array in (self._state.time, self._state.cursor, self._state.net, self._state.tally):
            array[:] = 0

    def plan_endless(self) -> None:
        self.plan(1, np.inf)

    def _advance(self, stop: int, budget: int) -> int:
        status: int = kernel.advance(
            self._arrays, self._state, self._work, self._interval_s, self._record, stop, budget, self.check
        )
        return status

    @property
    def sample(self) -> int:
        return int(self._state.cursor[0])

    @property
    def attempts(self) -> int:
        return int(self._state.cursor[2])

    @property
    def elapsed_s(self) -> float:
        return float(self._state.time[0])

    def hop_counts(self) -> NDArray[np.int64]:
        return self._state.tally.copy()

    def net(self) -> NDArray[np.int64]:
        return self.sign * self._record[:, :3]

    def hops(self) -> NDArray[np.int64]:
        return self._record[:, 3].copy()

    def occupied(self) -> NDArray[np.bool_]:
        walker = (self._state.site[: self.network.n_sites] & kernel.OCCUPIED) != 0
        return np.asarray(walker if self.walkers == "ions" else ~walker)

    def energy_eV(self) -> float:
        word = self._state.site[: self.network.n_sites]
        walking = (word & kernel.OCCUPIED) != 0
        level = (word[walking] >> kernel.LEVEL_SHIFT) & kernel.LEVEL
        return float(self._tables.site_energies_eV[walking].sum() + self._tables.levels.energies_eV[level].sum() / 2)

    def _positions(self) -> None:
        if self.walkers == "ions":
            displacements.sites_of_walkers(self._arrays.start, self._state.count, self._state.walker, self._sites)
        else:
            displacements.sites_of_labels(self._state.label, ~self.occupied(), self._sites)
        displacements.network_positions(*self._quanta, self._sites, self._state.image, self._now)


def _state(tables: NetworkTables, sites: NDArray[np.int64], rng: NDArray[np.uint64]) -> kernel.NetworkState:
    arrays, net = tables.arrays, tables.network
    n, ions = net.n_sites, len(sites)
    occupied = np.zeros(n, bool)
    occupied[sites] = True
    label = np.zeros(0, np.uint32)
    walking, labels = sites, np.arange(ions)
    if tables.walkers == "vacancies":
        label = np.zeros(n + 1, np.uint32)
        label[sites] = np.arange(ions)
        walking, labels = np.flatnonzero(~occupied), np.zeros(n - ions, np.int64)
    walker = np.zeros(n + 1, bool)
    walker[walking] = True
    stride = arrays.stride[arrays.kind[:-1]].reshape(n, -1).astype(np.int64)
    level = (stride * walker[arrays.target[:-1]].reshape(n, -1)).sum(axis=1)
    classes = tables.bins * arrays.by_level + (level if arrays.by_level > 1 else 0)
    order = np.argsort(classes[walking], kind="stable")
    walking, labels = walking[order], labels[order]
    count = np.bincount(classes[walking], minlength=len(arrays.weight))
    place = np.arange(len(walking)) - np.repeat(np.cumsum(count) - count, count)
    lists = np.zeros(int(arrays.capacity.sum()), np.uint64)
    lists[arrays.start[classes[walking]].astype(np.int64) + place] = walking | (labels << kernel.LABEL_SHIFT)
    slot = np.zeros(n + 1 if arrays.by_level > 1 else 0, np.uint32)
    if slot.size:
        slot[walking] = place
    word = tables.bins | (level << kernel.LEVEL_SHIFT) | np.where(walker[:-1], kernel.OCCUPIED, 0)
    half = 1 << max(int(np.ceil(np.log2(len(count)))), 1)
    state = kernel.NetworkState(
        site=np.append(word, [kernel.OCCUPIED, 0]).astype(np.uint16),
        walker=lists,
        slot=slot,
        label=label,
        count=count.astype(np.uint64),
        room=np.zeros(len(count), np.uint64),
        low=np.zeros(len(count), np.int64),
        tree=np.zeros(2 * half, np.uint64),
        image=np.zeros((ions, 3), np.int64),
        net=np.zeros(3, np.int64),
        tally=np.zeros(len(arrays.step), np.int64),
        time=np.zeros(1),
        cursor=np.zeros(3, np.int64),
        rng=rng,
    )
    kernel.make_room(arrays, state)
    return state
