"""Bonds of a crystal and their valences, and the groups of atoms that covalent bonds hold together.

The valence of a bond falls by a factor e over 0.37 A (Brown and Altermatt 1985, doi:10.1107/S0108768185002063), and the
valences around a cation add up to its charge. With lengths from the surface of the anion (Shannon's radius), so that
anions of different size compare, `s_ij = q_i exp(-(d_ij - r_j) / b) / sum_j exp(-(d_ij - r_j) / b)`: no parameter of
the cation remains. A bond has at least 4 % of the charge of its cation. An anion without such a bond, as the halide of
an argyrodite whose Li sits close to S, is bonded to its nearest cations by the same rule seen from the anion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.structure.crystals.ions import SOFTNESS_A
from interfacekit.structure.crystals.oxidation import usual_states

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from pymatgen.core import Structure

#: No bond is longer.
LONGEST_A = 5.0
#: Least share of the valence of an ion that makes a neighbour a bond.
LEAST_SHARE = 0.04
#: Where no charges are known, neighbours up to this much beyond the nearest one are bonded.
BEYOND_NEAREST = 1.3
#: Two nonmetal atoms of one element are bonded up to this times the sum of their atomic radii: 1.25 in a peroxide.
_STRETCHED = 1.3
_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class Bonds:
    """Bonds of a crystal, n in all, each listed once, from the less to the more electronegative atom.

    Attributes
    ----------
    centres, ligands
        Numbers of the atoms that are bonded; shape (n,).
    images
        Cell of the ligand relative to that of the centre; shape (n, 3).
    lengths_A
        Lengths; shape (n,).
    valences
        Valence of each bond: 1 is a pair of electrons; shape (n,). 1 where the atoms are no ions.
    charges
        Formal charge of each atom; 0 where the atoms are no ions.
    """

    centres: NDArray[np.int64]
    ligands: NDArray[np.int64]
    images: NDArray[np.int64]
    lengths_A: NDArray[np.float64]
    valences: NDArray[np.float64]
    charges: NDArray[np.float64]


def bonds_of(structure: Structure, states: Mapping[str, float] | None) -> Bonds:
    """Find the bonds of a crystal.

    Parameters
    ----------
    structure
        The crystal.
    states
        Oxidation state of each element. Where None, or where a nonmetal has a mean of several, usual states of the
        elements that add up to least charge; where electronegativities are alike, as in a metal, the atoms are no ions,
        and nearest neighbours are bonded with valence 1.
    """
    nonmetals = [element.symbol for element in structure.composition.elements if not element.is_metal]
    if states is None or any(states.get(symbol, 0.0) % 1 for symbol in nonmetals):
        states = usual_states(structure)
    first, second, images, lengths = structure.get_neighbor_list(LONGEST_A)
    symbols = np.array([site.specie.symbol for site in structure])
    if states is None:
        electronegativity = np.array([float(site.specie.X) for site in structure])
        forward = np.where(
            electronegativity[first] == electronegativity[second],
            _once(first, second, images),
            electronegativity[first] < electronegativity[second],
        )
        chosen = forward & _nearest(first, second, lengths)
        ones, charges = np.ones(int(chosen.sum())), np.zeros(len(structure))
        return Bonds(first[chosen], second[chosen], images[chosen], lengths[chosen], ones, charges)
    charges = np.array([states.get(symbol, 0.0) for symbol in symbols])
    radii = np.array([_ionic_radius_A(symbol, states.get(symbol, 0.0)) for symbol in symbols])
    opposite = (charges[first] > 0) & (charges[second] < 0)
    valences = np.where(opposite, charges[first] * _shares(first, lengths - radii[second], opposite), 0.0)
    lonely = ~np.isin(second, second[valences > 0]) & opposite
    valences += np.where(lonely, -charges[second] * _shares(second, lengths - radii[first], lonely), 0.0)
    valences[_homonuclear(structure, symbols, first, second, lengths) & _once(first, second, images)] = 1.0
    chosen = valences > 0
    return Bonds(first[chosen], second[chosen], images[chosen], lengths[chosen], valences[chosen], charges)


def polyanions(bonds: Bonds) -> NDArray[np.bool_]:
    """Whether each bond holds a polyanion together, such as PO4, PS4, GeS4, SO4 or BO3; shape (n,).

    So do the bonds of a centre that have, on average, a valence of 1 (a pair of electrons) or more than half of the
    charge of its ligands, which are then bound to it more strongly than to the rest of the crystal (Pauling 1929,
    doi:10.1021/ja01379a006); and the bonds between atoms of one nonmetal, as in P2S6.
    """
    charge = bonds.charges
    if not charge.any():
        return np.zeros(len(bonds.centres), dtype=bool)
    heteronuclear = charge[bonds.centres] * charge[bonds.ligands] < 0
    count, total, ligand = (
        np.bincount(bonds.centres[heteronuclear], weights=weights, minlength=len(charge))
        for weights in (None, bonds.valences[heteronuclear], np.abs(charge[bonds.ligands[heteronuclear]]))
    )
    mean, half = (np.divide(sums, count, out=np.zeros(len(charge)), where=count > 0) for sums in (total, ligand / 2))
    is_centre = (mean >= 1 - _ROUNDING) | (mean > half + _ROUNDING)
    return np.asarray(is_centre[bonds.centres] | ~heteronuclear)


def _shares(
    centres: NDArray[np.int64], lengths_A: NDArray[np.float64], counts: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Share of each neighbour in the valence of its centre; 0 of those that make no bond."""
    weights = np.zeros(len(centres))
    shortest = np.full(int(centres.max(initial=-1)) + 1, np.inf)
    np.minimum.at(shortest, centres[counts], lengths_A[counts])
    weights[counts] = np.exp((shortest[centres[counts]] - lengths_A[counts]) / SOFTNESS_A)
    weights[_normalised(centres, weights) < LEAST_SHARE] = 0.0
    return _normalised(centres, weights)


def _normalised(centres: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    totals = np.bincount(centres, weights=weights)[centres]
    return np.divide(weights, totals, out=np.zeros(len(weights)), where=totals > 0)


def _nearest(first: NDArray[np.int64], second: NDArray[np.int64], lengths_A: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether one of two atoms is among the nearest neighbours of the other."""
    shortest = np.full(int(first.max(initial=-1)) + 1, np.inf)
    np.minimum.at(shortest, first, lengths_A)
    return np.asarray(lengths_A < BEYOND_NEAREST * np.maximum(shortest[first], shortest[second]))


def _once(first: NDArray[np.int64], second: NDArray[np.int64], images: NDArray[np.int64]) -> NDArray[np.bool_]:
    """One of the two directions in which a neighbour list has each pair."""
    x, y, z = images.T
    ahead = (x > 0) | ((x == 0) & ((y > 0) | ((y == 0) & (z > 0))))
    return np.asarray((first < second) | ((first == second) & ahead))


def _homonuclear(
    structure: Structure,
    symbols: NDArray[np.str_],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    lengths_A: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Whether two atoms are of one nonmetal and as close as in its molecules: P-P of P2S6, O-O of a peroxide."""
    radii = {
        element.symbol: float(element.atomic_radius or 0.0)
        for element in structure.composition.elements
        if not element.is_metal
    }
    limits = _STRETCHED * 2 * np.array([radii.get(symbol, 0.0) for symbol in symbols])
    return np.asarray((symbols[first] == symbols[second]) & (lengths_A < limits[first]))


def _ionic_radius_A(symbol: str, charge: float) -> float:
    """Shannon's radius of the ion, or that of the atom where there is none."""
    from pymatgen.core import Element

    element = Element(symbol)
    radius = element.ionic_radii.get(round(charge)) or element.atomic_radius
    return 1.0 if radius is None or not np.isfinite(float(radius)) else float(radius)
