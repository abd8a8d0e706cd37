"""Mixtures of two phases: kinks, energies and products along the mixing ratio."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from interfacekit.thermo.equilibria.engine import ENERGY_TOLERANCE, clean, named_amounts
from interfacekit.thermo.equilibria.system import refuse_lithium_metal
from interfacekit.units import LITHIUM, lithium_chemical_potential_eV

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable
    from interfacekit.phases import Phase
    from interfacekit.thermo.equilibria.system import System

Baseline = Literal["mutual", "total"]


@dataclass(frozen=True, eq=False)
class TieLine:
    """Mixtures of two phases per closed-element atom (all elements if closed; all but Li if open to Li).

    In these units, compositions and energies are linear in the mixing ratio between kinks, at every voltage. Arrays of
    the two ends hold the second phase first, since the mixing ratio increases from 0 to 1 towards the first phase.

    Attributes
    ----------
    pair
        First and second phase.
    table
        Formation energies.
    voltage_V
        Voltage of the Li reservoir, V vs Li/Li+; None if closed.
    mixing
        Fraction of closed-element atoms from the first phase at each kink, ascending from 0 to 1, shape (k,).
    energy
        Hull energy or grand potential at each kink, eV per closed-element atom, shape (k,).
    lithium
        Li of the products exchanged with the reservoir at each kink, per closed-element atom, shape (k,); 0 if closed.
    phases_at
        Function of a kink: formula units of the products per closed-element atom, by formula.
    own_energy
        True for each phase (first, second) that has an entry in the table.
    end_energy, end_lithium
        Own energies (eV; hull energies for phases without an entry) and Li of the ends per closed-element atom, shape
        (2,).
    end_atoms, end_non_lithium_atoms, end_formulas
        Atoms, non-Li atoms and formula units of the ends per closed-element atom, shape (2,).
    """

    pair: tuple[Phase, Phase]
    table: EntryTable
    voltage_V: float | None
    mixing: NDArray[np.float64]
    energy: NDArray[np.float64]
    lithium: NDArray[np.float64]
    phases_at: Callable[[int], dict[str, float]]
    own_energy: tuple[bool, bool]
    end_energy: NDArray[np.float64]
    end_lithium: NDArray[np.float64]
    end_atoms: NDArray[np.float64]
    end_non_lithium_atoms: NDArray[np.float64]
    end_formulas: NDArray[np.float64]

    def _mix(self, ends: NDArray[np.float64]) -> NDArray[np.float64]:
        """Interpolate linearly between the ends to each kink."""
        mixed: NDArray[np.float64] = (1 - self.mixing) * ends[0] + self.mixing * ends[1]
        return mixed

    def energies(self, baseline: Baseline) -> NDArray[np.float64]:
        """Reaction energy at each kink, eV per closed-element atom, shape (k,)."""
        ends = self.energy[[0, -1]] if baseline == "mutual" else self.end_energy
        return self.energy - self._mix(ends)

    def worst(self, baseline: Baseline) -> int:
        """Index of the kink with the lowest energy per closed-element atom; 0 if no mixture reacts."""
        energies = self.energies(baseline)
        kink = int(np.argmin(energies))
        return kink if energies[kink] < -ENERGY_TOLERANCE else 0

    def slopes(self, baseline: Baseline) -> NDArray[np.float64]:
        """Derivative of `energies` with voltage at constant products, eV per closed-element atom per V, shape (k,)."""
        ends = self.lithium[[0, -1]] if baseline == "mutual" else self.end_lithium
        return self.lithium - self._mix(ends)

    @cached_property
    def atoms(self) -> NDArray[np.float64]:
        """Atoms of the reactants per closed-element atom at each kink, shape (k,)."""
        return self._mix(self.end_atoms)

    @cached_property
    def non_lithium_atoms(self) -> NDArray[np.float64]:
        """Non-Li atoms of the reactants per closed-element atom at each kink, shape (k,)."""
        return self._mix(self.end_non_lithium_atoms)

    @cached_property
    def x(self) -> NDArray[np.float64]:
        """Fraction of atoms from the first phase at each kink, shape (k,)."""
        fraction: NDArray[np.float64] = self.mixing * self.end_atoms[1] / self.atoms
        return fraction

    @cached_property
    def formulas(self) -> NDArray[np.float64]:
        """Formula units of the reactants per closed-element atom at each kink, shape (k,)."""
        return self._mix(self.end_formulas)

    @cached_property
    def x_molar(self) -> NDArray[np.float64]:
        """Fraction of formula units of the first phase at each kink, shape (k,)."""
        fraction: NDArray[np.float64] = self.mixing * self.end_formulas[1] / self.formulas
        return fraction

    @cached_property
    def lithium_per_formula(self) -> NDArray[np.float64]:
        """Li taken up from the reservoir per formula unit of the reactants at each kink, shape (k,)."""
        return self.slopes("total") / self.formulas

    def products(self, kink: int) -> dict[str, float]:
        """Formula units of the products at a kink per formula unit of the reactants, in decreasing order."""
        return named_amounts(self.phases_at(kink), float(1 / self.formulas[kink]))


def tie_line(system: System, voltage_V: float | None) -> TieLine:
    """Find the kinks of the mixtures of two phases, closed or open to Li at a voltage.

    Raises
    ------
    InputError
        If a phase has no closed element: Li metal in contact with a Li reservoir.
    """
    equilibria = system.equilibria(voltage_V)
    mu = 0.0 if voltage_V is None else lithium_chemical_potential_eV(voltage_V)
    first, second = system.phases
    ends = (second, first)
    refuse_lithium_metal(ends, voltage_V)
    vectors = np.array([phase.vector(equilibria.elements) for phase in ends])
    per_closed = 1 / vectors.sum(axis=1)
    compositions = vectors * per_closed[:, None]
    mixtures = equilibria.mixtures(*compositions)
    lithium = np.array([phase.amount(LITHIUM) for phase in ends])
    energy = np.array([system.energy(phase) for phase in ends])
    n_atoms = np.array([phase.n_atoms for phase in ends])
    return TieLine(
        pair=(first, second),
        table=system.table,
        voltage_V=voltage_V,
        mixing=mixtures.mixing,
        energy=mixtures.energies,
        lithium=mixtures.lithium,
        phases_at=lambda kink: equilibria.named(mixtures.phases_at(kink)),
        own_energy=(system.own_energy(first) is not None, system.own_energy(second) is not None),
        end_energy=(energy - mu * lithium) * per_closed,
        end_lithium=(lithium if voltage_V is not None else 0 * lithium) * per_closed,
        end_atoms=n_atoms * per_closed,
        end_non_lithium_atoms=(n_atoms - lithium) * per_closed,
        end_formulas=per_closed,
    )


def per(energy: float, atoms: float) -> float | None:
    """Energy per atom, or None without such atoms (Li metal has no non-Li atoms)."""
    return clean(energy / atoms) if atoms > 0 else None
