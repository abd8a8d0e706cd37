"""Replicas of a stack of planes: `prepare` its tables, `start` a replica, `advance` it, and read its samples.

`grid_engine` and `crystal_engine` prepare planes of two kinds and start their replicas; everything else is shared. Here
are what the tables of both have in common, the first configuration, and the samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.errors import ComputationError
from interfacekit.kernels.random import stream
from interfacekit.kernels.stacks import state as layout
from interfacekit.transport.bulk.engine import entropy
from interfacekit.transport.stack_kmc.gaps import offsets

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from interfacekit.kernels.stacks.crystal import NetworkStackArrays
    from interfacekit.transport.stacks.planes import Planes


@dataclass(frozen=True)
class Sampling:
    """Samples of a replica at equal intervals.

    Attributes
    ----------
    samples
        Number of samples.
    interval_s
        Time between them.
    """

    samples: int
    interval_s: float


@dataclass(frozen=True, eq=False)
class StackTables:
    """What replicas of one stack share.

    Attributes
    ----------
    planes
        The stack between its reservoirs.
    cells
        Sites of a plane along x and y, or cells of a network along its two vectors.
    sites_of_planes
        Sites of each plane; shape (P,).
    site_areas
        How many times the site area of `planes` all of them take.
    stack
        Arrays of the kernel, of a stack without fields: those of its first configuration belong to each replica.
    kernel
        The function `advance` of the kernel.
    check
        Whether the kernel asserts that no rate is above its bound.
    """

    planes: Planes
    cells: tuple[int, int]
    sites_of_planes: NDArray[np.int64]
    site_areas: int
    stack: layout.StackArrays | NetworkStackArrays
    kernel: Callable[..., int]
    check: bool


@dataclass(eq=False)
class StackState:
    """Everything that belongs to one replica.

    Attributes
    ----------
    start
        Ions of each plane in the first configuration; shape (P,).
    stack
        Those of the tables, with the fields of the first configuration.
    walk
        Changed by the kernel.
    record
        Samples.
    cursor
        The next sample; shape (1,).
    interval_s
        Time between samples.
    """

    start: NDArray[np.int64]
    stack: layout.StackArrays | NetworkStackArrays
    walk: layout.StackState
    record: layout.StackRecord
    cursor: NDArray[np.int64]
    interval_s: float

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that changes, by name, for checkpoints."""
        state = {f"state.{name}": array for name, array in self.walk._asdict().items()}
        record = {f"record.{name}": array for name, array in self.record._asdict().items()}
        return {**state, **record, "cursor": self.cursor, "start": self.start}

    @property
    def by_sample(self) -> tuple[str, ...]:
        """Names of the `arrays` with a row for each sample."""
        return tuple(f"record.{name}" for name in self.record._fields)

    @property
    def sample(self) -> int:
        """The next sample."""
        return int(self.cursor[0])

    @property
    def samples(self) -> int:
        """Samples to take."""
        return len(self.record.crossed)

    @property
    def attempts(self) -> int:
        """Attempts made."""
        return int(self.walk.attempts[0])

    @property
    def hops(self) -> int:
        """Hops made."""
        return int(self.walk.upward.sum() + self.walk.downward.sum() + self.walk.in_plane.sum())


class FirstIons(NamedTuple):
    """First configuration of a replica.

    Attributes
    ----------
    order
        Sites of each plane in the order in which they are filled; shape (sites of the plane,) each.
    ions
        How many of them are; shape (P,).
    """

    order: list[NDArray[np.int64]]
    ions: NDArray[np.int64]


def first_ions(tables: StackTables, occupation: NDArray[np.float64], seed: int, replica: int) -> FirstIons:
    """Draw the first configuration of a replica from the occupation of each plane, shape (P,)."""
    planes, sites = tables.planes, tables.sites_of_planes
    seeds = np.random.SeedSequence(entropy(seed, planes.temperature_K), spawn_key=(replica, 1))
    rng = np.random.default_rng(seeds)
    order = [rng.permutation(M) for M in sites.tolist()]
    # Rounded at random, so that the mean over replicas is the occupation asked for.
    ions = np.floor(occupation * sites + rng.random(planes.count)).astype(np.int64)
    ions = ions.clip(0, sites)
    if planes.ends == "closed":
        # What rounding has added to the whole is taken from the fullest planes, or given to the emptiest.
        excess = int(ions.sum() - round(float((planes.filling * sites).sum())))
        for _ in range(abs(excess)):
            share = ions / sites
            ions[np.argmax(share) if excess > 0 else np.argmin(share)] -= np.sign(excess)
    return FirstIons(order, ions)


class SiteLists(NamedTuple):
    """Occupation of the sites as a kernel keeps it.

    Attributes
    ----------
    site
        Byte of every site of all planes.
    order
        Sites of each plane, list by list; shape (sites of the plane,) each.
    first
        Where each list begins; shape (P, LEVELS + 1).
    """

    site: NDArray[np.uint8]
    order: list[NDArray[np.int64]]
    first: NDArray[np.int64]


def begin(
    tables: StackTables, ions: NDArray[np.int64], lists: SiteLists, sampling: Sampling, rng: NDArray[np.uint64]
) -> StackState:
    """Begin a replica with its sites filled, and let the kernel derive rates and their bounds."""
    G = tables.planes.count + 1
    offset = offsets(tables.planes, start_fields_V_A(tables, ions))
    state = StackState(
        start=ions.copy(),
        stack=tables.stack._replace(offset=offset),
        walk=_walk_from(tables, ions, lists, rng),
        record=layout.StackRecord(
            crossed=np.zeros((sampling.samples, G), np.int64),
            mean_crossed=np.zeros((sampling.samples, G)),
            upward=np.zeros((sampling.samples, G), np.int64),
            downward=np.zeros((sampling.samples, G), np.int64),
            in_plane=np.zeros((sampling.samples, G - 1), np.int64),
            free=np.zeros((sampling.samples, G - 1)),
        ),
        cursor=np.zeros(1, np.int64),
        interval_s=sampling.interval_s,
    )
    advance(tables, state, 0)
    return state


def kernel_stream(tables: StackTables, seed: int, replica: int) -> NDArray[np.uint64]:
    """State of the kernel's generator for a replica."""
    return stream(entropy(seed, tables.planes.temperature_K), replica, 0)


def _walk_from(
    tables: StackTables, ions: NDArray[np.int64], lists: SiteLists, rng: NDArray[np.uint64]
) -> layout.StackState:
    """What changes, without any rates."""
    stack, P = tables.stack, tables.planes.count
    G, K = P + 1, len(stack.q)
    return layout.StackState(
        site=lists.site,
        order=np.concatenate(lists.order).astype(np.uint16),
        place=np.concatenate([np.argsort(a) for a in lists.order]).astype(np.uint16),
        first=lists.first,
        ready=np.zeros(P),
        ions=ions.copy(),
        crossed=np.zeros(G, np.int64),
        by_kind=np.zeros(K, np.int64),
        x=np.zeros(G),
        up=np.zeros(G),
        down=np.zeros(G),
        tree=np.zeros((2 * K + 1, 2 * stack.gap.shape[1])),
        factor=np.ones(2 * K + 1),
        field=np.zeros(2),
        total=np.full(1, -1.0),
        clock=np.array([0.0, 1.0, 0.0]),
        integral=np.zeros(G),
        since=np.zeros(G),
        upward=np.zeros(G, np.int64),
        downward=np.zeros(G, np.int64),
        in_plane=np.zeros(P, np.int64),
        attempts=np.zeros(1, np.int64),
        uniform=np.zeros(layout.BATCH),
        drawn=np.full(1, layout.BATCH, np.uint64),
        rng=rng,
    )


def advance(tables: StackTables, state: StackState, budget: int, stop: int | None = None) -> bool:
    """Make at most `budget` attempts; return whether all samples (or those before `stop`) are taken.

    Raises
    ------
    ComputationError
        If a rate was found above its bound (only looked for with `check`).
    """
    last = state.samples if stop is None else stop
    sampled = state.record, state.cursor, state.interval_s, last
    if tables.kernel(state.stack, state.walk, *sampled, budget, tables.check) != layout.DONE:
        raise ComputationError("a hop had a rate above its bound; please report this stack")
    return state.sample >= last


def start_fields_V_A(tables: StackTables, start: NDArray[np.int64]) -> NDArray[np.float64]:
    """D in every gap before any ion has crossed one, V/A; shape (P + 1,).

    Conductors hold as many electrons as make their `filling` neutral, wherever none can reach them. With open ends
    those at the left end are neutral at the start, as with fixed ones electrons come to them as they are needed.
    """
    planes = tables.planes
    charge = start / tables.site_areas - planes.multiplicity * planes.filling
    reached = np.cumprod(planes.conductor) if planes.ends == "open" else np.zeros(planes.count)
    return planes.fields_V_A(charge, electrode_charge=-float(charge @ reached))


def energy_changes_eV(tables: StackTables, state: StackState) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What crossing each gap upwards and downwards changes the energy by, without pair energies.

    As the kernel has them now; shape (P + 1,) each.
    """
    s, t = state.walk, state.stack
    drive = 2 * (s.x + t.q[t.kind] * (s.field[0] - s.field[1]))
    kT = tables.planes.kT_eV
    return (t.self - drive) * kT, (t.self + drive) * kT
