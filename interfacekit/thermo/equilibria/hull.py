r"""Convex hull of a chemical system as its supporting hyperplanes, closed or open to lithium.

A facet of the hull is a set of coexisting phases; its hyperplane contains their chemical potentials `mu` of the
elements. Since every hyperplane supports the hull from below, the hull energy of a composition `c` (atoms of each
element) is

.. math:: E(c) = \max_f \; \mu_f \cdot c ,

which is the dual of the linear programme that minimises the energy over phase amounts. No point location is needed,
degenerate facets are harmless, and along a straight line of compositions the hull energy is the upper envelope of
straight lines. Open to Li at a voltage, the same holds for the grand potential per composition of the other elements
(doi:10.1021/cm702327g for oxygen; doi:10.1021/cm203303y for Li).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.errors import ComputationError
from interfacekit.thermo.equilibria.engine import (
    AMOUNT_TOLERANCE,
    ENERGY_TOLERANCE,
    Equilibria,
    FacetSection,
    Mixtures,
    Staircase,
)
from interfacekit.thermo.equilibria.envelope import upper_envelope
from interfacekit.thermo.equilibria.section import clipped
from interfacekit.units import LITHIUM, voltage_V

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Hull(Equilibria):
    """Facets of a convex hull.

    Attributes
    ----------
    elements
        Symbols of the closed elements (d,), the axes of compositions; without an open element.
    formulas
        Formulas of the phases on the hull (p,).
    compositions
        Atoms of the closed elements per formula unit, shape (p, d).
    lithium
        Li atoms per formula unit (p,) if the hull is open to Li; zeros if closed.
    facets
        Indices of the coexisting phases of each facet, shape (f, d).
    chemical_potentials
        Chemical potential of each closed element on each facet against the elements, eV per atom, shape (f, d).
    """

    elements: tuple[str, ...]
    formulas: tuple[str, ...]
    compositions: NDArray[np.float64]
    lithium: NDArray[np.float64]
    facets: NDArray[np.intp]
    chemical_potentials: NDArray[np.float64]

    def __post_init__(self) -> None:
        # Hulls are cached and shared: a change in place would affect every later result.
        for array in (self.compositions, self.lithium, self.facets, self.chemical_potentials):
            array.flags.writeable = False

    def energies(self, compositions: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `Equilibria`."""
        energies: NDArray[np.float64] = (compositions @ self.chemical_potentials.T).max(axis=1)
        return energies

    def equilibrium(self, composition: NDArray[np.float64]) -> dict[int, float]:
        """Phases in equilibrium at `composition` (atoms, shape (d,)).

        Returns
        -------
        dict
            Formula units of each phase, by its index. Among facets that meet at the composition, the one with the
            fewest phases.

        Raises
        ------
        ComputationError
            If no facet that attains the hull energy has non-negative amounts: the hull would be wrong there.
            (Non-negative amounts on a facet that attains the dual maximum certify it, by linear-programming duality.)
        """
        n_atoms = composition.sum()
        energies = self.chemical_potentials @ composition / n_atoms
        touching = self.facets[energies >= energies.max() - ENERGY_TOLERANCE]
        phases = self.compositions[touching]
        right = np.broadcast_to(composition[:, None], (*phases.shape[:2], 1))
        amounts = np.linalg.solve(np.swapaxes(phases, 1, 2), right)[..., 0]
        shares = amounts * phases.sum(axis=2) / n_atoms
        valid = shares.min(axis=1) >= -AMOUNT_TOLERANCE
        if not valid.any():
            raise ComputationError(f"no facet of the {'-'.join(self.elements)} hull contains {composition.tolist()}")
        present = shares > AMOUNT_TOLERANCE
        best = int(np.argmin(np.where(valid, present.sum(axis=1), np.inf)))
        return {
            int(i): float(n) for i, n, here in zip(touching[best], amounts[best], present[best], strict=True) if here
        }

    def mixtures(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> Mixtures:
        """See `Equilibria`."""
        lines = self.chemical_potentials @ np.array([start, end]).T
        mixing = upper_envelope(lines[:, 0], lines[:, 1] - lines[:, 0], 0.0, 1.0, ENERGY_TOLERANCE).kinks
        mixed = (1 - mixing)[:, None] * start + mixing[:, None] * end
        phases = [self.equilibrium(composition) for composition in mixed]
        return Mixtures(
            mixing=mixing,
            energies=self.energies(mixed),
            lithium=np.array([sum(self.lithium[i] * n for i, n in amounts.items()) for amounts in phases]),
            phases_at=phases.__getitem__,
        )

    def staircase(self, composition: NDArray[np.float64]) -> Staircase:
        """See `Equilibria`.

        The hull energy along a line of increasing Li content is convex and piecewise linear. The negatives of its
        slopes are the voltages of phase transitions; its kinks are the Li contents of the plateaus in between.
        """
        others, li = self._others(composition), self.elements.index(LITHIUM)
        n_others = others.sum()
        # Only Li metal has more Li per other atom than this; beyond it, the envelope is the line of Li metal.
        rest = np.delete(self.compositions, li, axis=1).sum(axis=1)
        saturated = 1 + float((self.compositions[rest > 0, li] / rest[rest > 0]).max())
        intercepts = self.chemical_potentials @ others / n_others
        envelope = upper_envelope(intercepts, self.chemical_potentials[:, li], 0.0, saturated, ENERGY_TOLERANCE)
        falling = [*(voltage_V(slope) for slope in envelope.slopes[:-1]), 0.0]
        axis = np.array(self.elements) == LITHIUM
        lithium = (envelope.kinks[:-1] * n_others)[::-1]
        phases = [self.equilibrium(others + content * axis) for content in lithium]
        return Staircase(voltages_V=np.array(falling[::-1]), lithium=lithium, phases_at=phases.__getitem__)

    def facet_sections(self, ends: NDArray[np.float64]) -> Iterator[FacetSection]:
        """See `Equilibria`."""
        phases = self.compositions[self.facets]
        right = np.broadcast_to(ends.T, (len(phases), *ends.T.shape))
        shares = np.linalg.solve(np.swapaxes(phases, 1, 2), right) * phases.sum(axis=2)[..., None]
        for f in np.flatnonzero((shares.max(axis=2) >= -AMOUNT_TOLERANCE).all(axis=1)):
            corners = clipped(shares[f])
            if len(corners) >= 3:
                yield FacetSection(phases=self.facets[f], shares=shares[f], corners=corners)
