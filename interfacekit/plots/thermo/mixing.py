"""Interpolation between the kinks of a reaction, along its mixing ratio.

Per formula unit of both reactants together, amounts and energies are linear in the molar fraction `m` between kinks.
The atom fraction of the first phase is :math:`x = m n_1 / (m n_1 + (1 - m) n_2)`, with `n` atoms per formula unit;
energies per non-Li atom are therefore curved in `x`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from interfacekit.phases import phase
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.thermo import InterfaceReaction

_POINTS_PER_INTERVAL = 24


class Shares(NamedTuple):
    """Mixing ratio (n,), fraction of the non-Li atoms in each product (products, n), and range of x with excess Li."""

    x: NDArray[np.float64]
    formulas: tuple[str, ...]
    shares: NDArray[np.float64]
    lithium_left_x: tuple[float, float] | None


def non_lithium_atoms(formula: str) -> float:
    """Non-Li atoms per formula unit."""
    return sum(amount for symbol, amount in phase(formula).amounts if symbol != LITHIUM)


def energy_curve(reaction: InterfaceReaction, baseline: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mixing ratio and reaction energy, shape (n,) each, kinks included.

    Energies are in meV per atom if closed (straight between kinks), in meV per non-Li atom if open to Li.
    """
    energies = 1e3 * kink_energies(reaction, baseline)
    x = np.array([kink.x for kink in reaction.kinks])
    if reaction.voltage_V is None:
        return x, energies
    first, second = (non_lithium_atoms(formula) for formula in reaction.formulas)
    at_kinks = np.array([kink.x_molar for kink in reaction.kinks])
    molar = _refined(at_kinks)
    per_formula = np.interp(molar, at_kinks, energies * (at_kinks * first + (1 - at_kinks) * second))
    return _atom_fraction(reaction, molar), per_formula / (molar * first + (1 - molar) * second)


def kink_energies(reaction: InterfaceReaction, baseline: str) -> NDArray[np.float64]:
    """Energy at each kink, shape (k,): eV per atom if closed, eV per non-Li atom if open to Li."""
    return np.array(
        [getattr(kink, f"{baseline}_{energy_basis(reaction)}") for kink in reaction.kinks], dtype=np.float64
    )


def energy_basis(reaction: InterfaceReaction) -> str:
    """Name of the basis in which the energies of a reaction are drawn."""
    return "eV_per_atom" if reaction.voltage_V is None else "eV_per_non_Li_atom"


def product_shares(reaction: InterfaceReaction) -> Shares:
    """Fraction of the non-Li atoms in each product at every mixing ratio.

    Products are in the order of their first appearance with increasing `x`. At a pure Li end without products, the
    fractions are those of the limit.
    """
    at_kinks = np.array([kink.x_molar for kink in reaction.kinks])
    formulas = tuple(dict.fromkeys(formula for kink in reaction.kinks for formula in kink.products))
    amounts = np.array([[kink.products.get(formula, 0.0) for kink in reaction.kinks] for formula in formulas])
    molar = _refined(at_kinks)
    atoms = np.array([non_lithium_atoms(formula) for formula in formulas])
    held = np.array([np.interp(molar, at_kinks, row) for row in amounts]) * atoms[:, None]
    empty = held.sum(axis=0) < 1e-9
    if empty[0]:
        held[:, 0] = held[:, 1]
    if empty[-1]:
        held[:, -1] = held[:, -2]
    excess_lithium = (reaction.kinks[-2].x, 1.0) if empty[-1] else (0.0, reaction.kinks[1].x) if empty[0] else None
    with_atoms = atoms > 0
    return Shares(
        x=_atom_fraction(reaction, molar),
        formulas=tuple(formula for formula, kept in zip(formulas, with_atoms, strict=True) if kept),
        shares=held[with_atoms] / held.sum(axis=0),
        lithium_left_x=excess_lithium,
    )


def _refined(at_kinks: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.arange(_POINTS_PER_INTERVAL) / _POINTS_PER_INTERVAL
    inside = at_kinks[:-1, None] + np.diff(at_kinks)[:, None] * steps
    return np.append(inside.ravel(), at_kinks[-1])


def _atom_fraction(reaction: InterfaceReaction, molar: NDArray[np.float64]) -> NDArray[np.float64]:
    first, second = (phase(formula).n_atoms for formula in reaction.formulas)
    return molar * first / (molar * first + (1 - molar) * second)
