"""A model at a temperature as arrays for a kernel, and the state that the kernel advances."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import ComputationError, InputError
from interfacekit.kernels.hops import displacements
from interfacekit.kernels.hops.lattice import DONE
from interfacekit.kernels.random import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.bulk.options import Walkers
    from interfacekit.transport.hopping.rates import HoppingModel

#: Positions and displacements are whole numbers of this: sums over any number of hops are exact. angstrom.
QUANTUM_A = 2.0**-20


class Engine(ABC):
    """A replica that a kernel advances from sample to sample.

    A subclass sets `arrays` (what the kernel changes, by name), `rate_bound_Hz` and `hop_steps`, and reads samples.

    Attributes
    ----------
    n_ions
        Ions in the box.
    sign
        1 where the walkers are the ions, -1 where they are vacancies.
    hop_steps
        Displacement of a walker in each kind of hop; shape (kinds, 3), quanta.
    departure_class
        Class of the site that the ion leaves in each kind of hop; shape (kinds,).
    by_sample
        Names of the `arrays` with a row for each sample.
    """

    name: str
    hop_steps: NDArray[np.int64]
    departure_class: NDArray[np.int64]
    by_sample: tuple[str, ...] = ("record",)

    def __init__(self, model: HoppingModel, temperature_K: float, walkers: Walkers, *, check: bool) -> None:
        self.model = model
        self.temperature_K = temperature_K
        self.n_ions = model.n_ions
        self.walkers = walkers
        self.sign = 1 if walkers == "ions" else -1
        self.check = check
        self._now = np.zeros((self.n_ions, 3), np.int64)
        self._sites = np.zeros(self.n_ions, np.uint32)

    @property
    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that changes, by name: a checkpoint keeps it."""

    @property
    @abstractmethod
    def tables(self) -> tuple[NDArray[Any], ...]:
        """All that the kernel reads and does not change."""

    @abstractmethod
    def plan(self, samples: int, interval_s: float) -> None:
        """Prepare for samples at equal intervals from now on."""

    @abstractmethod
    def plan_endless(self) -> None:
        """Prepare for a run without samples, as a new engine is."""

    @abstractmethod
    def _advance(self, stop: int, budget: int) -> int:
        """Call the kernel; return its status."""

    @property
    @abstractmethod
    def sample(self) -> int:
        """The next sample."""

    @property
    @abstractmethod
    def attempts(self) -> int:
        """Attempts made."""

    @property
    @abstractmethod
    def elapsed_s(self) -> float:
        """Time since the plan began; on average where only samples have exact times."""

    @abstractmethod
    def hop_counts(self) -> NDArray[np.int64]:
        """Hops of each kind; shape (kinds,)."""

    @abstractmethod
    def net(self) -> NDArray[np.int64]:
        """Sum of the ions' displacements at each sample; shape (S, 3), quanta."""

    @abstractmethod
    def hops(self) -> NDArray[np.int64]:
        """Number of hops at each sample; shape (S,)."""

    @abstractmethod
    def occupied(self) -> NDArray[np.bool_]:
        """Whether an ion is on each site; shape (n,)."""

    @abstractmethod
    def energy_eV(self) -> float:
        """Energy of the configuration, up to a constant; eV."""

    @abstractmethod
    def _positions(self) -> None:
        """Fill `_now` with the unwrapped positions of the ions."""

    def advance(self, stop: int, budget: int) -> bool:
        """Make at most `budget` attempts; return whether sample `stop` comes next.

        Raises
        ------
        ComputationError
            If a rate was found above its bound (only looked for with `check`).
        """
        if self._advance(stop, budget) != DONE:
            raise ComputationError("a hop had a rate above its bound; please report this model")
        return self.sample >= stop

    def positions(self) -> NDArray[np.int64]:
        """Unwrapped positions of the ions; shape (P, 3), quanta."""
        self._positions()
        return self._now.copy()

    def moments(self, origin: NDArray[np.int64]) -> NDArray[np.float64]:
        """Mean displacement from `origin`, A, and mean products of its components, A^2; shape (4, 3)."""
        self._positions()
        out = np.zeros((4, 3))
        displacements.displacement_moments(self._now, origin, out)
        return np.asarray(out * np.array([[QUANTUM_A], *([[QUANTUM_A**2]] * 3)]))


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
