"""An engine: a module of functions that runs hopping models with one kind of kernel.

`prepare` turns a model at a temperature into tables, which all replicas share. `start` draws the first configuration of
a replica, `schedule` fixes when it is sampled, and `advance` lets the kernel change its state. What is measured is read
from tables and state. `lattice_engine` and `network_engine` are engines, and `Replica` drives either of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import ComputationError, InputError
from interfacekit.kernels.hops.lattice import DONE
from interfacekit.kernels.random import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.bulk.options import Walkers
    from interfacekit.transport.hopping.rates import HoppingModel

#: Positions and displacements are whole numbers of this: sums over any number of hops are exact. angstrom.
QUANTUM_A = 2.0**-20


class Tables(Protocol):
    """A model at a temperature, as replicas share it: `LatticeTables` or `NetworkTables`."""

    @property
    def model(self) -> HoppingModel:
        """The model."""

    @property
    def walkers(self) -> Walkers:
        """What hops: ions or vacancies."""

    @property
    def name(self) -> str:
        """Name of the kernel, for results."""

    @property
    def hop_steps(self) -> NDArray[np.int64]:
        """Displacement of a walker in each kind of hop; shape (kinds, 3), quanta."""

    @property
    def departure_class(self) -> NDArray[np.int64]:
        """Class of the site that the ion leaves in each kind of hop; shape (kinds,)."""

    @property
    def site_classes(self) -> NDArray[np.int64]:
        """Class of each site; shape (n,)."""

    @property
    def site_class_names(self) -> tuple[str, ...]:
        """Name of each class of sites."""

    @property
    def nbytes(self) -> int:
        """Size of what the kernel reads and does not change."""


class State(Protocol):
    """Everything that changes in a replica: `LatticeState` or `NetworkState`."""

    @property
    def by_sample(self) -> tuple[str, ...]:
        """Names of the `arrays` with a row for each sample."""

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that changes, by name, for checkpoints."""

    @property
    def sample(self) -> int:
        """The next sample."""

    @property
    def attempts(self) -> int:
        """Attempts made."""

    @property
    def hop_counts(self) -> NDArray[np.int64]:
        """Hops of each kind; shape (kinds,)."""

    @property
    def hops(self) -> NDArray[np.int64]:
        """Number of hops at each sample; shape (S,)."""


class Engine(Protocol):
    """The functions of an engine; tables and states are those of the same engine."""

    def start(self, tables: Any, seed: int, replica: int, /) -> State:
        """Draw the first configuration of a replica, which runs without samples until it gets a schedule."""

    def schedule(self, tables: Any, state: Any, samples: int, interval_s: float, /) -> None:
        """Sample at equal intervals from now on."""

    def advance(self, tables: Any, state: Any, stop: int, budget: int, /) -> bool:
        """Make at most `budget` attempts; return whether sample `stop` comes next.

        Raises
        ------
        ComputationError
            If a rate was found above its bound (only looked for with `check`).
        """

    def elapsed_s(self, tables: Any, state: Any, /) -> float:
        """Time since the schedule began; on average where only samples have exact times."""

    def net_displacements(self, tables: Any, state: Any, /) -> NDArray[np.int64]:
        """Sum of the ions' displacements at each sample; shape (S, 3), quanta."""

    def occupied(self, tables: Any, state: Any, /) -> NDArray[np.bool_]:
        """Whether an ion is on each site; shape (n,)."""

    def energy_eV(self, tables: Any, state: Any, /) -> float:
        """Energy of the configuration, up to a constant; eV."""

    def positions(self, tables: Any, state: Any, /) -> NDArray[np.int64]:
        """Unwrapped positions of the ions; shape (P, 3), quanta."""


def require_bounds(status: int) -> None:
    """Raise `ComputationError` if a kernel has found a rate above its bound."""
    if status != DONE:
        raise ComputationError("a hop had a rate above its bound; please report this model")


def check_rates(total_Hz: float) -> None:
    """Raise `InputError` unless some hop has a rate that a number can hold."""
    if not total_Hz > 0:
        raise InputError("no hop has a rate above 0 at this temperature; give lower barriers or a higher temperature")


def quanta(lengths_A: NDArray[np.float64]) -> NDArray[np.int64]:
    """Lengths in whole quanta."""
    return np.round(lengths_A / QUANTUM_A).astype(np.int64)


def starting_sites(model: HoppingModel, temperature_K: float, seed: int, replica: int) -> NDArray[np.int64]:
    """Draw the occupied sites of a replica; shape (P,).

    At random, weighted as Fermi-Dirac statistics where sites differ in energy.
    """
    rng = np.random.default_rng(np.random.SeedSequence(entropy(seed, temperature_K), spawn_key=(replica, 1)))
    n, ions = model.sites.n_sites, model.n_ions
    if model.site_energies_eV is None:
        return np.asarray(rng.permutation(n)[:ions])
    u = rng.random(n)
    score = -np.asarray(model.site_energies_eV) / (BOLTZMANN_eV_K * temperature_K) - np.log(u / (1 - u))
    return np.asarray(rng.permutation(np.argpartition(-score, ions - 1)[:ions]))


def walker_stream(seed: int, temperature_K: float, replica: int) -> NDArray[np.uint64]:
    """State of the kernel's generator for a replica."""
    return stream(entropy(seed, temperature_K), replica, 0)


def entropy(seed: int, temperature_K: float) -> tuple[int, int]:
    """Entropy of all streams of a run: runs at several temperatures with one seed are independent."""
    return seed, int(np.float64(temperature_K).view(np.uint64))
