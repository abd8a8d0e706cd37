"""Replicas on regular lattices, where neighbours and rates follow from arithmetic; see `bulk.engine` for the parts.

The kernel attempts hops at a constant rate, and what it counts is the hops of each kind: the schedule of samples is one
of attempts, and displacements follow from the counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.kernels.hops import displacements
from interfacekit.kernels.hops import lattice as kernel
from interfacekit.transport.bulk.engine import (
    check_rates,
    entropy,
    quanta,
    require_bounds,
    starting_sites,
    walker_stream,
)
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.transport.hopping.levels import Levels, energy_changes_eV, level_barriers_eV, model_levels
from interfacekit.transport.hopping.rates import HoppingModel, rate_Hz

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.bulk.options import Walkers

#: Attempts of a schedule that no run comes to the end of.
_ENDLESS = 2**62


@dataclass(frozen=True, eq=False)
class LatticeTables:
    """What replicas of one model at one temperature share: L levels, B basis sites, z directions.

    Attributes
    ----------
    model, temperature_K, walkers
        What hops where, and how hot.
    lattice, levels
        Of the model.
    arrays
        Geometry for the kernel.
    directions
        Choice of a direction in proportion to its largest rate.
    acceptance
        Rate over the largest one of the direction, by kind of hop and levels; shape (B z, L^2).
    free
        Whether every attempt towards an empty site succeeds.
    attempts_Hz
        Attempts of all walkers; 1/s.
    check
        Whether the kernel asserts that no rate is above its bound.
    """

    model: HoppingModel
    temperature_K: float
    walkers: Walkers
    lattice: Lattice
    levels: Levels
    arrays: kernel.LatticeArrays
    directions: kernel.Directions
    acceptance: NDArray[np.float64]
    free: bool
    attempts_Hz: float
    check: bool

    @property
    def name(self) -> str:
        """Name of the kernel, for results."""
        return "lattice, " + ("free" if self.free else "rejection")

    @cached_property
    def hop_steps(self) -> NDArray[np.int64]:
        """Displacement of a walker in each kind of hop; shape (B z, 3), quanta."""
        return quanta(self.lattice.displacements_A).reshape(-1, 3)

    @property
    def departure_class(self) -> NDArray[np.int64]:
        """Class of the site that an ion leaves in each kind of hop: there is one; shape (B z,)."""
        return np.zeros(len(self.hop_steps), np.int64)

    @cached_property
    def site_classes(self) -> NDArray[np.int64]:
        """Class of each site: there is one; shape (n,)."""
        return np.zeros(self.lattice.n_sites, np.int64)

    @property
    def site_class_names(self) -> tuple[str, ...]:
        """Name of the class."""
        return ("site",)

    @cached_property
    def box(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Cells along each axis, vectors of the cell and positions of the basis; the lengths in quanta."""
        return np.array(self.lattice.shape), quanta(self.lattice.cell_A), quanta(self.lattice.basis_A)

    @property
    def nbytes(self) -> int:
        """Size of what the kernel reads and does not change."""
        return sum(array.nbytes for array in self.arrays)


@dataclass(eq=False)
class LatticeState:
    """Everything that changes in a replica.

    Attributes
    ----------
    walk
        Changed by the kernel.
    attempts_seed
        Of the numbers of attempts between samples.
    plan
        Attempts up to each sample after the one before; shape (S,).
    cursor
        The next sample, and the attempts already made towards it.
    record
        Hops of each kind at each sample; shape (S, B z).
    made
        Attempts since the schedule began; shape (1,).
    """

    walk: kernel.LatticeState
    attempts_seed: np.random.SeedSequence
    plan: NDArray[np.int64]
    cursor: NDArray[np.int64]
    record: NDArray[np.int64]
    made: NDArray[np.int64]
    work: kernel.Scratch

    by_sample = ("plan", "record")

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that changes, by name, for checkpoints."""
        ours = {"plan": self.plan, "cursor": self.cursor, "record": self.record, "made": self.made}
        return {**self.walk._asdict(), **ours}

    @property
    def sample(self) -> int:
        """The next sample."""
        return int(self.cursor[0])

    @property
    def attempts(self) -> int:
        """Attempts made."""
        return int(self.made[0])

    @property
    def hop_counts(self) -> NDArray[np.int64]:
        """Hops of each kind; shape (B z,)."""
        return self.walk.hops.ravel().copy()

    @property
    def hops(self) -> NDArray[np.int64]:
        """Number of hops at each sample; shape (S,)."""
        return np.asarray(self.record.sum(axis=1))


def prepare(model: HoppingModel, temperature_K: float, walkers: Walkers, *, check: bool = False) -> LatticeTables:
    """Turn a model on a lattice into the kernel's tables.

    Raises
    ------
    InputError
        If no hop has a rate above 0.
    """
    lattice = model.sites
    assert isinstance(lattice, Lattice)  # noqa: S101  # for the type checker
    levels = model_levels(model)
    rates, bounds = direction_rates_Hz(model, levels, temperature_K, walkers)
    check_rates(float(bounds.sum()))
    n_basis, z = lattice.neighbours.shape[:2]
    largest = np.where(bounds > 0, bounds, 1.0)
    walking = model.n_ions if walkers == "ions" else lattice.n_sites - model.n_ions
    return LatticeTables(
        model=model,
        temperature_K=temperature_K,
        walkers=walkers,
        lattice=lattice,
        levels=levels,
        arrays=lattice_arrays(lattice, levels.stride),
        directions=kernel.alias_table(bounds),
        acceptance=np.ascontiguousarray((rates / largest[None, :, None, None]).reshape(n_basis * z, -1)),
        free=len(levels) == 1 and bool(np.all(rates == bounds[None, :, None, None])),
        attempts_Hz=float(walking * bounds.sum()),
        check=check,
    )


def start(tables: LatticeTables, seed: int, replica: int) -> LatticeState:
    """Draw the first configuration of a replica, which runs without samples until it gets a schedule."""
    lattice, ions = tables.lattice, tables.model.n_ions
    sites = starting_sites(tables.model, tables.temperature_K, seed, replica)
    occupied = np.zeros(lattice.n_sites, bool)
    occupied[sites] = True
    walking = sites if tables.walkers == "ions" else np.flatnonzero(~occupied)
    label = np.zeros(0 if tables.walkers == "ions" else lattice.n_sites, np.uint32)
    if tables.walkers == "vacancies":
        label[sites] = np.arange(ions)
    word, border = _site_words(lattice, walking, tables.levels)
    walk = kernel.LatticeState(
        site=word,
        walker=walking.astype(np.uint32) | np.where(border[walking], np.uint32(2**31), np.uint32(0)),
        label=label,
        image=np.zeros((ions, 3), np.int64),
        hops=np.zeros(lattice.neighbours.shape[:2], np.int64),
        rng=walker_stream(seed, tables.temperature_K, replica),
    )
    return LatticeState(
        walk=walk,
        attempts_seed=np.random.SeedSequence(entropy(seed, tables.temperature_K), spawn_key=(replica, 2)),
        plan=np.array([_ENDLESS]),
        cursor=np.zeros(2, np.int64),
        record=np.zeros((1, walk.hops.size), np.int64),
        made=np.zeros(1, np.int64),
        work=kernel.scratch(),
    )


def schedule(tables: LatticeTables, state: LatticeState, samples: int, interval_s: float) -> None:
    """Sample at equal intervals from now on."""
    # Attempts come at a constant rate: their number in an interval is a Poisson number.
    rng = np.random.default_rng(state.attempts_seed)
    state.plan = rng.poisson(tables.attempts_Hz * interval_s, samples)
    state.cursor = np.zeros(2, np.int64)
    state.record = np.zeros((samples, state.walk.hops.size), np.int64)
    state.walk.hops[:] = 0
    state.made[:] = 0


def advance(tables: LatticeTables, state: LatticeState, stop: int, budget: int) -> bool:
    """Make at most `budget` attempts; return whether sample `stop` comes next."""
    before = _attempts(state)
    along = state.walk, state.work, state.plan, state.cursor, state.record, stop, budget
    if tables.free:
        status = kernel.advance_free(tables.arrays, tables.directions, *along)
    else:
        rates = tables.acceptance, len(tables.levels)
        status = kernel.advance_pairs(tables.arrays, tables.directions, *rates, *along, tables.check)
    require_bounds(status)
    state.made += _attempts(state) - before
    return state.sample >= stop


def _attempts(state: LatticeState) -> int:
    """Attempts of the schedule that are made."""
    return int(state.plan[: state.cursor[0]].sum() + state.cursor[1])


def elapsed_s(tables: LatticeTables, state: LatticeState) -> float:
    """Time since the schedule began, on average over the clocks that so many attempts may have."""
    return state.attempts / tables.attempts_Hz


def net_displacements(tables: LatticeTables, state: LatticeState) -> NDArray[np.int64]:
    """Sum of the ions' displacements at each sample; shape (S, 3), quanta."""
    walked = state.record @ tables.hop_steps
    return walked if tables.walkers == "ions" else -walked


def occupied(tables: LatticeTables, state: LatticeState) -> NDArray[np.bool_]:
    """Whether an ion is on each site; shape (n,)."""
    walker = (state.walk.site & kernel.OCCUPIED) != 0
    return np.asarray(walker if tables.walkers == "ions" else ~walker)


def energy_eV(tables: LatticeTables, state: LatticeState) -> float:
    """Energy of the configuration, up to a constant; eV."""
    sites = state.walk.walker & np.uint32(kernel.MOST_SITES - 1)
    return float(tables.levels.energies_eV[state.walk.site[sites] & kernel.LEVEL].sum() / 2)


def positions(tables: LatticeTables, state: LatticeState) -> NDArray[np.int64]:
    """Unwrapped positions of the ions; shape (P, 3), quanta."""
    sites = np.zeros(len(state.walk.image), np.uint32)
    if tables.walkers == "ions":
        sites[:] = state.walk.walker & np.uint32(kernel.MOST_SITES - 1)
    else:
        displacements.sites_of_labels(state.walk.label, ~occupied(tables, state), sites)
    out = np.zeros((len(sites), 3), np.int64)
    displacements.lattice_positions(*tables.box, sites, state.walk.image, out)
    return out


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
