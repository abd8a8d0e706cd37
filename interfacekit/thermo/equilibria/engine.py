"""Interface of the engines of phase equilibria, for chemical systems closed or open to lithium."""

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

#: Linear programmes of the kernels, or convex hulls of pymatgen.
Engine = Literal["kernels", "pymatgen"]
ENGINES: tuple[Engine, ...] = ("kernels", "pymatgen")
#: Largest difference of equal energies and slopes (eV per atom); the snapshot is rounded to 1e-5.
ENERGY_TOLERANCE = 1e-9
#: Smallest amount of a phase that is present (atom fraction).
AMOUNT_TOLERANCE = 1e-7


def check_engine(engine: str) -> None:
    """Raise `InputError` unless the engine is known."""
    if engine not in ENGINES:
        raise InputError(f"unknown engine {engine!r}; choose from {', '.join(ENGINES)}")


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Mixtures of two compositions at their k kinks.

    Attributes
    ----------
    mixing
        Fraction of the second composition at each kink, ascending from 0 to 1, shape (k,).
    energies
        Energy (closed) or grand potential (open) at each kink, eV, shape (k,).
    lithium
        Li of the phases at each kink exchanged with the reservoir, shape (k,); zeros if closed.
    phases_at
        Function of a kink: formula units of the phases in equilibrium, by index.
    """

    mixing: NDArray[np.float64]
    energies: NDArray[np.float64]
    lithium: NDArray[np.float64]
    phases_at: Callable[[int], dict[int, float]]


@dataclass(frozen=True)
class VoltagePlateau:
    """Equilibrium of a composition with a Li reservoir in a voltage interval of constant Li content.

    Attributes
    ----------
    voltage_low_V, voltage_high_V
        Limits, V vs Li/Li+; the last plateau, without Li, extends to infinity.
    lithium
        Li atoms of the phases.
    phases
        Formula units of the phases in equilibrium, by index.
    """

    voltage_low_V: float
    voltage_high_V: float
    lithium: float
    phases: dict[int, float]


@dataclass(frozen=True, eq=False)
class Staircase(Sequence[VoltagePlateau]):
    """Equilibrium of a composition with a Li reservoir from 0 V upwards, as s contiguous plateaus.

    Attributes
    ----------
    voltages_V
        Lower end of each plateau, ascending from 0 V, shape (s,); the last plateau has no upper end.
    lithium
        Li atoms on each plateau, shape (s,).
    phases_at
        Function of a plateau: formula units of the phases in equilibrium, by index.
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
        """Voltage limits of a plateau; the upper limit of the last is infinite."""
        above = float(self.voltages_V[k + 1]) if k + 1 < len(self) else np.inf
        return float(self.voltages_V[k]), above

    def plateau_at(self, voltage_V: float) -> int:
        """Index of the plateau at a voltage; where two plateaus meet, the upper one."""
        return int(np.searchsorted(self.voltages_V, voltage_V, side="right")) - 1


@dataclass(frozen=True, eq=False)
class FacetSection:
    """Section of one hull facet by the triangle of mixtures of three compositions.

    Attributes
    ----------
    phases
        Indices of the phases of the facet, shape (d,).
    shares
        Atoms in each phase at the three corners of the triangle, shape (d, 3); linear over the triangle.
    corners
        Corners of the section in order around it, as fractions of the three compositions, shape (n, 3).
    """

    phases: NDArray[np.intp]
    shares: NDArray[np.float64]
    corners: NDArray[np.float64]


class Equilibria(ABC):
    """Phase equilibria of a chemical system.

    Attributes
    ----------
    elements
        Symbols of the closed elements (d,), the axes of compositions; without an open element.
    formulas
        Formulas of the phases (p,).
    lithium
        Li atoms per formula unit (p,) if the system is open to Li; zeros if closed.
    """

    elements: tuple[str, ...]
    formulas: tuple[str, ...]
    lithium: NDArray[np.float64]

    @abstractmethod
    def energies(self, compositions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Hull energies (closed) or grand potentials (open) of atoms of shape (n, d), in eV, shape (n,)."""

    @abstractmethod
    def equilibrium(self, composition: NDArray[np.float64]) -> dict[int, float]:
        """Formula units of each phase in equilibrium at a composition (atoms, shape (d,)), by phase index.

        Raises
        ------
        ComputationError
            If there is no solution.
        """

    @abstractmethod
    def mixtures(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> Mixtures:
        """Kinks of the mixtures of two compositions (atoms, shape (d,)) with equal numbers of atoms."""

    @abstractmethod
    def staircase(self, composition: NDArray[np.float64]) -> Staircase:
        """Equilibrium of a composition (atoms, shape (d,); its Li content is irrelevant) with a Li reservoir.

        The chemical system is closed and includes Li.

        Raises
        ------
        InputError
            If the composition is Li metal.
        """

    @abstractmethod
    def facet_sections(self, ends: NDArray[np.float64]) -> Iterator[FacetSection]:
        """Section of each facet by the triangle of mixtures of three compositions (rows, shape (3, d))."""

    def energy(self, composition: NDArray[np.float64]) -> float:
        """Hull energy or grand potential of one composition of shape (d,), eV."""
        return float(self.energies(composition[None])[0])

    def named(self, phases: dict[int, float]) -> dict[str, float]:
        """Replace phase indices by formulas."""
        return {self.formulas[i]: amount for i, amount in phases.items()}

    def _others(self, composition: NDArray[np.float64]) -> NDArray[np.float64]:
        """Non-Li atoms of a composition, on all axes."""
        others: NDArray[np.float64] = composition * (np.array(self.elements) != LITHIUM)
        if not others.any():
            raise InputError(
                "name must be a compound, got Li metal, which is the reference of the voltage; such as Li3PS4"
            )
        return others


def named_amounts(phases: dict[str, float], factor: float = 1.0) -> dict[str, float]:
    """Scale formula units by `factor`, round them to the precision of the solver, and sort them in decreasing order."""
    scaled = {formula: round(amount * factor, 9) for formula, amount in phases.items()}
    return dict(sorted(scaled.items(), key=lambda item: (-item[1], item[0])))


def clean(energy: float) -> float:
    """Return an energy without rounding noise around zero."""
    return 0.0 if abs(energy) < ENERGY_TOLERANCE else float(energy)


def cleaned(energies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return energies without rounding noise around zero."""
    without_noise: NDArray[np.float64] = np.where(np.abs(energies) < ENERGY_TOLERANCE, 0.0, energies)
    return without_noise
