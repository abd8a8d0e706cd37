"""Replicas on any network, with any energies and barriers; see `bulk.engine` for the parts.

The kernel keeps time and displacements itself, and writes them at each sample. `prepare` is that of `network_tables`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.kernels.hops import network as kernel
from interfacekit.kernels.hops.displacements import sites_of_labels
from interfacekit.transport.bulk.engine import require_bounds, starting_sites, walker_stream
from interfacekit.transport.bulk.network_tables import NetworkTables, network_tables

if TYPE_CHECKING:
    from numpy.typing import NDArray

prepare = network_tables


@dataclass(eq=False)
class NetworkState:
    """Everything that changes in a replica.

    Attributes
    ----------
    walk
        Changed by the kernel.
    interval_s
        Time between samples; infinite without a schedule.
    record
        Sum of the walkers' displacements (quanta) and number of hops at each sample; shape (S, 4).
    """

    walk: kernel.NetworkState
    interval_s: float
    record: NDArray[np.int64]
    work: kernel.Scratch

    by_sample = ("record",)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that changes, by name, for checkpoints."""
        return {**self.walk._asdict(), "record": self.record}

    @property
    def sample(self) -> int:
        """The next sample."""
        return int(self.walk.cursor[0])

    @property
    def attempts(self) -> int:
        """Attempts made."""
        return int(self.walk.cursor[2])

    @property
    def hop_counts(self) -> NDArray[np.int64]:
        """Hops of each kind, and of the padding; shape (kinds + 1,)."""
        return self.walk.tally.copy()

    @property
    def hops(self) -> NDArray[np.int64]:
        """Number of hops at each sample; shape (S,)."""
        return self.record[:, 3].copy()


def start(tables: NetworkTables, seed: int, replica: int) -> NetworkState:
    """Draw the first configuration of a replica, which runs without samples until it gets a schedule."""
    sites = starting_sites(tables.model, tables.temperature_K, seed, replica)
    walk = _walk_from(tables, sites, walker_stream(seed, tables.temperature_K, replica))
    return NetworkState(walk, np.inf, np.zeros((1, 4), np.int64), kernel.scratch())


def schedule(_: NetworkTables, state: NetworkState, samples: int, interval_s: float) -> None:
    """Sample at equal intervals from now on."""
    state.interval_s = interval_s
    state.record = np.zeros((samples, 4), np.int64)
    for array in (state.walk.time, state.walk.cursor, state.walk.net, state.walk.tally):
        array[:] = 0


def advance(tables: NetworkTables, state: NetworkState, stop: int, budget: int) -> bool:
    """Make at most `budget` attempts; return whether sample `stop` comes next."""
    samples = state.interval_s, state.record, stop
    require_bounds(kernel.advance(tables.arrays, state.walk, state.work, *samples, budget, tables.check))
    return state.sample >= stop


def elapsed_s(_: NetworkTables, state: NetworkState) -> float:
    """Time since the schedule began."""
    return float(state.walk.time[0])


def net_displacements(tables: NetworkTables, state: NetworkState) -> NDArray[np.int64]:
    """Sum of the ions' displacements at each sample; shape (S, 3), quanta."""
    walked = state.record[:, :3]
    return walked if tables.walkers == "ions" else -walked


def occupied(tables: NetworkTables, state: NetworkState) -> NDArray[np.bool_]:
    """Whether an ion is on each site; shape (n,)."""
    walker = (state.walk.site[: tables.network.n_sites] & kernel.OCCUPIED) != 0
    return np.asarray(walker if tables.walkers == "ions" else ~walker)


def energy_eV(tables: NetworkTables, state: NetworkState) -> float:
    """Energy of the configuration, up to a constant; eV."""
    word = state.walk.site[: tables.network.n_sites]
    walking = (word & kernel.OCCUPIED) != 0
    level = (word[walking] >> kernel.LEVEL_SHIFT) & kernel.LEVEL
    return float(tables.site_energies_eV[walking].sum() + tables.levels.energies_eV[level].sum() / 2)


def positions(tables: NetworkTables, state: NetworkState) -> NDArray[np.int64]:
    """Unwrapped positions of the ions; shape (P, 3), quanta."""
    walk = state.walk
    sites = np.zeros(len(walk.image), np.uint32)
    if tables.walkers == "ions":
        kernel.sites_of_walkers(tables.arrays.start, walk.count, walk.walker, sites)
    else:
        sites_of_labels(walk.label, ~occupied(tables, state), sites)
    out = np.zeros((len(sites), 3), np.int64)
    kernel.network_positions(*tables.box, sites, walk.image, out)
    return out


def _walk_from(tables: NetworkTables, sites: NDArray[np.int64], rng: NDArray[np.uint64]) -> kernel.NetworkState:
    """Let ions stand on the given sites."""
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
