"""What an engine of phase equilibria answers, for a chemical system that is closed or open to lithium."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from interfacekit.errors import InputError
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from interfacekit.thermo.section import Cut

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
    """All mixtures of two compositions, by their kinks.

    Attributes
    ----------
    mixing
        Share of the second composition at each kink, ascending from 0 to 1, shape (k,).
    energies
        Energy (closed) or grand potential (open) there, eV, shape (k,).
    phases
        Formula units of the phases in equilibrium there, by index.
    """

    mixing: NDArray[np.float64]
    energies: NDArray[np.float64]
    phases: tuple[dict[int, float], ...]


@dataclass(frozen=True)
class Stair:
    """Between two voltages: the Li content and the phases in equilibrium.

    `voltage_high_V` is infinite on the last stair, where no Li is left; `lithium` counts atoms, `phases` formula units.
    """

    voltage_low_V: float
    voltage_high_V: float
    lithium: float
    phases: dict[int, float]


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
    def staircase(self, composition: NDArray[np.float64]) -> list[Stair]:
        """Equilibrium of a composition (atoms, shape (d,); its Li does not matter) with a reservoir of Li.

        Of a closed system, which has energies of Li too. Contiguous, by rising voltage from 0 V.

        Raises
        ------
        InputError
            If there is nothing but Li in it.
        """

    @abstractmethod
    def cuts(self, ends: NDArray[np.float64]) -> Iterator[Cut]:
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
