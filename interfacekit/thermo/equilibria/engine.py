"""What an engine of phase equilibria answers, for a chemical system that is closed or open to lithium."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, overload

import numpy as np

from interfacekit.errors import InputError
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

#: Linear programmes in the package's kernels, or pymatgen's convex hulls.
Engine = Literal["kernels", "pymatgen"]
ENGINES: tuple[Engine, ...] = ("kernels", "pymatgen")
#: Energies (eV per atom) closer than this are equal, and slopes are merged; the snapshot is rounded to 1e-5.
ENERGY_TOLERANCE = 1e-9
#: Amounts of a phase (atom fraction) below this are not there.
AMOUNT_TOLERANCE = 1e-7


def check_engine(engine: str) -> None:
    """Raise `InputError` unless there is such an engine."""
    if engine not in ENGINES:
        raise InputError(f"unknown engine {engine!r}; choose {' or '.join(ENGINES)}")


@dataclass(frozen=True, eq=False)
class Mixtures:
    """All mixtures of two compositions, by their k kinks.

    Attributes
    ----------
    mixing
        Share of the second composition at each kink, ascending from 0 to 1, shape (k,).
    energies
        Energy (closed) or grand potential (open) there, eV, shape (k,).
    lithium
        Li of the phases there, exchanged with the reservoir, shape (k,); zeros when closed.
    phases_at
        Formula units of the phases in equilibrium at a kink, by index.
    """

    mixing: NDArray[np.float64]
    energies: NDArray[np.float64]
    lithium: NDArray[np.float64]
    phases_at: Callable[[int], dict[int, float]]


@dataclass(frozen=True)
class VoltagePlateau:
    """Between two voltages: the Li content and the phases in equilibrium.

    `voltage_high_V` is infinite on the last plateau, where no Li is left; `lithium` counts atoms, `phases` formula units.
    """

    voltage_low_V: float
    voltage_high_V: float
    lithium: float
    phases: dict[int, float]


@dataclass(frozen=True, eq=False)
class Staircase(Sequence[VoltagePlateau]):
    """Equilibrium of a composition with a reservoir of Li from 0 V upwards, by its s contiguous plateaus.

    Attributes
    ----------
    voltages_V
        Lower end of each plateau, ascending from 0 V; the last has no upper end; shape (s,).
    lithium
        Li atoms on each, shape (s,).
    phases_at
        Formula units of the phases in equilibrium on a plateau, by index.
    """

    voltages_V: NDArray[np.float64]
    lithium: NDArray[np.float64]
    phases_at: Callable[[int], dict[int, float]]

    def __len__(self) -> int:
        return len(self.voltages_V)

    @overload
    def __getitem__(self, index: int) -> VoltagePlateau: ...

    @overload
    def __getitem__(self, index: slice) -> list[VoltagePlateau]: ...

    def __getitem__(self, index: int | slice) -> VoltagePlateau | list[VoltagePlateau]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        k = range(len(self))[index]
        low, high = self.limits_V(k)
        return VoltagePlateau(low, high, float(self.lithium[k]), self.phases_at(k))

    def limits_V(self, k: int) -> tuple[float, float]:
        """Voltages between which a plateau holds; the last holds to infinity."""
        above = float(self.voltages_V[k + 1]) if k + 1 < len(self) else np.inf
        return float(self.voltages_V[k]), above

    def plateau_at(self, voltage_V: float) -> int:
        """Index of the plateau that holds at a voltage, and above it where two meet."""
        return int(np.searchsorted(self.voltages_V, voltage_V, side="right")) - 1


@dataclass(frozen=True, eq=False)
class FacetSection:
    """One facet's part of a triangle of mixtures.

    Attributes
    ----------
    phases
        Indices of the facet's phases, shape (d,).
    shares
        Atoms held by each phase at the three corners of the triangle, shape (d, 3): linear over the triangle.
    corners
        Corners of the part in order around it, as fractions of the three, shape (n, 3).
    """

    phases: NDArray[np.intp]
    shares: NDArray[np.float64]
    corners: NDArray[np.float64]


class Equilibria(ABC):
    """Phase equilibria of a chemical system.

    Attributes
    ----------
    elements
        Symbols of the closed elements (d,): the axes of compositions. An open element is not among them.
    formulas
        Formulas of the phases (p,).
    lithium
        Li atoms per formula unit (p,), when the system is open to Li; zeros when it is closed.
    """

    elements: tuple[str, ...]
    formulas: tuple[str, ...]
    lithium: NDArray[np.float64]

    @abstractmethod
    def energies(self, compositions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Hull energies (closed) or grand potentials (open) of atoms of shape (n, d), in eV, shape (n,)."""

    @abstractmethod
    def equilibrium(self, composition: NDArray[np.float64]) -> dict[int, float]:
        """Formula units of each phase in equilibrium at a composition (atoms, shape (d,)), by its index.

        Raises
        ------
        ComputationError
            If there is no solution.
        """

    @abstractmethod
    def mixtures(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> Mixtures:
        """All mixtures of two compositions (atoms, shape (d,)) of as many atoms."""

    @abstractmethod
    def staircase(self, composition: NDArray[np.float64]) -> Staircase:
        """Equilibrium of a composition (atoms, shape (d,); its Li does not matter) with a reservoir of Li.

        The system is a closed one, which has energies of Li too.

        Raises
        ------
        InputError
            If there is nothing but Li in it.
        """

    @abstractmethod
    def facet_sections(self, ends: NDArray[np.float64]) -> Iterator[FacetSection]:
        """The part of each facet in the triangle of mixtures of three compositions (rows, shape (3, d))."""

    def energy(self, composition: NDArray[np.float64]) -> float:
        """As `energies`, of one composition of shape (d,)."""
        return float(self.energies(composition[None])[0])

    def named(self, phases: dict[int, float]) -> dict[str, float]:
        """Formula units of phases by formula instead of by index."""
        return {self.formulas[i]: amount for i, amount in phases.items()}

    def _others(self, composition: NDArray[np.float64]) -> NDArray[np.float64]:
        """What a composition has beside Li, on all axes."""
        others: NDArray[np.float64] = composition * (np.array(self.elements) != LITHIUM)
        if not others.any():
            raise InputError("Li metal is the reference of the voltage and has no window of its own; name a compound")
        return others


def named_amounts(phases: dict[str, float], factor: float = 1.0) -> dict[str, float]:
    """Scale formula units by `factor` and sort them, the most first; digits below the solver's rounding are dropped."""
    scaled = {formula: round(amount * factor, 9) for formula, amount in phases.items()}
    return dict(sorted(scaled.items(), key=lambda item: (-item[1], item[0])))


def clean(energy: float) -> float:
    """Return an energy without the rounding noise around zero."""
    return 0.0 if abs(energy) < ENERGY_TOLERANCE else float(energy)


def cleaned(energies: NDArray[np.float64]) -> NDArray[np.float64]:
    """As `clean`, of an array."""
    without_noise: NDArray[np.float64] = np.where(np.abs(energies) < ENERGY_TOLERANCE, 0.0, energies)
    return without_noise
