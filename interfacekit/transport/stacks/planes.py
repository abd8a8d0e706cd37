"""A stack as planes of sites between two reservoirs: what kinetic Monte Carlo and the continuum twin both take.

Plane p = 0 ... P-1 stands perpendicular to z; gap g = 0 ... P lies between the planes g-1 and g, and the outermost gaps
lead to the reservoirs, which are planes of constant occupation. Ions of charge +1 sit against each plane's fixed
background, and everything depends on z alone (a planar average). With D the displacement field over the vacuum
permittivity (V/A), s the elastance of a gap (its length over the relative permittivity, A) and J the net number of ions
that have crossed a gap towards higher z, on an area A,

    D_g = D_c + (e / eps0 A) (K_g - J_g),    potential(g) - potential(g-1) = -s_g D_g,

where K_g sums the initial charges of all planes before the gap. A hop changes one J. With both ends held at fixed
potentials the common part D_c follows from sum_g s_g D_g = potential(left) - potential(right); with open ends, where no
electron flows, it never changes. An electronic conductor is flat: its gaps have no elastance.

In a stack of regular planes each has one site on every site area. Slices of crystals have other numbers of sites, their
multiplicities: charges and exchanges count on the area, occupations by site.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from interfacekit.cached import PickledFields, read_only
from interfacekit.constants import CHARGE_V_A, BOLTZMANN_eV_K

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.stacks.links import Links

Ends = Literal["fixed", "open", "closed"]


@dataclass(frozen=True)
class Reservoir:
    """What a stack ends in: a plane of constant occupation.

    Attributes
    ----------
    filling
        Fraction of its sites that are occupied, between 0 and 1.
    site_energy_eV
        Energy of an ion on one of its sites where the potential is 0, with all that its filling adds.
    potential_V
        Electric potential; held only where the ends are fixed.
    """

    filling: float
    site_energy_eV: float
    potential_V: float

    def electrochemical_potential_eV(self, temperature_K: float) -> float:
        """Of an ion: site energy, potential and entropy."""
        kT = BOLTZMANN_eV_K * temperature_K
        return self.site_energy_eV + self.potential_V + kT * float(np.log(self.filling / (1 - self.filling)))

    def without_potential(self) -> Reservoir:
        """The same electrochemical potential where no gap can carry a field: all of it in the site energy."""
        return replace(self, site_energy_eV=self.site_energy_eV + self.potential_V, potential_V=0.0)


@dataclass(frozen=True, eq=False)
class Planes(PickledFields):
    """P planes and P + 1 gaps, as arrays; see the module for the signs.

    Attributes
    ----------
    site_area_A2
        Area of a site in every plane; of slices of crystals, the area that their multiplicities refer to.
    layer_names
        Of the layers of sites, from low z to high.
    layer
        Layer of each plane; shape (P,).
    position_A
        Of each plane, 0 at the outer face of the first layer; shape (P,).
    spacing_A
        Thickness that each plane stands for; shape (P,).
    site_energy_eV
        Energy of an ion on a site of the neutral stack at potential 0, with its mean pair energies; shape (P,).
    filling
        Occupation at which the plane is neutral; shape (P,).
    repulsion_eV
        What a full more than an empty plane adds to its own site energy, in proportion to the occupation beyond
        `filling`; shape (P,).
    conductor
        Whether electrons hold the plane at the potential of its neighbours; shape (P,).
    conductivity_S_cm
        Of the plane's material as neutral bulk at this temperature, and at the voltage of a conductor; shape (P,).
    pair_energy_eV
        Of two ions on neighbouring sites of the plane; shape (P,).
    in_plane_barrier_eV, in_plane_frequency_Hz
        Of hops within the plane, along each of its four bonds; shape (P,).
    length_A
        Of each gap; shape (P + 1,).
    elastance_A
        Length over relative permittivity of each gap, 0 in a conductor; shape (P + 1,).
    barrier_eV, frequency_Hz
        Of hops across each gap at equal end energies, on the site area; shape (P + 1,). A frequency of 0 closes a gap.
    gap_pair_energy_eV
        Of two ions on facing sites; shape (P + 1,), 0 at the ends.
    left, right
        Reservoirs.
    ends
        `fixed`: both reservoirs are held at their potentials. `open`: ions are exchanged, but no electron flows.
        `closed`: nothing is exchanged, and no field reaches beyond the ends.
    temperature_K
        Kelvin.
    multiplicity
        Sites of each plane on the site area; shape (P,), or (1,) where it is the same everywhere.
    links
        Between which sites ions hop; None in planes of a square grid. The site area is then that of its cell, and
        `frequency_Hz` what a gap conducts with in the neutral stack, with the ways within both planes (see `Links`).
    """

    site_area_A2: float
    layer_names: tuple[str, ...]
    layer: NDArray[np.int64]
    position_A: NDArray[np.float64]
    spacing_A: NDArray[np.float64]
    site_energy_eV: NDArray[np.float64]
    filling: NDArray[np.float64]
    repulsion_eV: NDArray[np.float64]
    conductor: NDArray[np.bool_]
    conductivity_S_cm: NDArray[np.float64]
    pair_energy_eV: NDArray[np.float64]
    in_plane_barrier_eV: NDArray[np.float64]
    in_plane_frequency_Hz: NDArray[np.float64]
    length_A: NDArray[np.float64]
    elastance_A: NDArray[np.float64]
    barrier_eV: NDArray[np.float64]
    frequency_Hz: NDArray[np.float64]
    gap_pair_energy_eV: NDArray[np.float64]
    left: Reservoir
    right: Reservoir
    ends: Ends
    temperature_K: float
    multiplicity: NDArray[np.float64] = field(default_factory=lambda: np.ones(1))
    links: Links | None = None

    @property
    def count(self) -> int:
        """Number of planes."""
        return len(self.layer)

    @property
    def kT_eV(self) -> float:
        """Boltzmann's constant times the temperature."""
        return BOLTZMANN_eV_K * self.temperature_K

    @cached_property
    def has_pairs(self) -> bool:
        """Whether neighbouring ions have pair energies."""
        return bool(self.pair_energy_eV.any() or self.gap_pair_energy_eV.any())

    @cached_property
    def bare_site_energy_eV(self) -> NDArray[np.float64]:
        """Site energies without the pair energies that an ion has on average in the neutral stack; shape (P,).

        `site_energy_eV` holds them, so that reservoirs, which know nothing of pairs, are in equilibrium with it.
        """
        return read_only(self.site_energy_eV - self.neutral_pair_energy_eV)

    @cached_property
    def interface_gaps(self) -> NDArray[np.int64]:
        """Gaps between different layers."""
        return read_only(np.flatnonzero(np.diff(self.layer)) + 1)

    @property
    def field_per_charge_V_A(self) -> float:
        """What one elementary charge on the site area adds to D."""
        return float(CHARGE_V_A / self.site_area_A2)

    @cached_property
    def neutral_pair_energy_eV(self) -> NDArray[np.float64]:
        """Mean pair energy of an ion where all planes are neutral: `site_energy_eV` holds it already; shape (P,)."""
        facing = np.concatenate([[0.0], self.filling, [0.0]])
        gaps = self.gap_pair_energy_eV
        return read_only(4 * self.pair_energy_eV * self.filling + gaps[:-1] * facing[:-2] + gaps[1:] * facing[2:])

    @cached_property
    def bulk_resistance_ohm_cm2(self) -> NDArray[np.float64]:
        """Area-specific resistance of what each plane stands for, as neutral bulk; shape (P,)."""
        return read_only(self.spacing_A * 1e-8 / self.conductivity_S_cm)

    def fields_V_A(self, charge: NDArray[np.float64], electrode_charge: float = 0.0) -> NDArray[np.float64]:
        """D in every gap from the charges of the planes.

        Parameters
        ----------
        charge
            Net charge of each plane in elementary charges on the site area; shape (P,).
        electrode_charge
            With open ends: charge that the left reservoir has kept, on the site area.

        Returns
        -------
        ndarray, shape (P + 1,)
        """
        enclosed = np.concatenate([[0.0], np.cumsum(charge)]) * self.field_per_charge_V_A
        if self.ends != "fixed":
            return np.asarray(enclosed + electrode_charge * self.field_per_charge_V_A)
        total = float(self.elastance_A.sum())
        if total == 0:
            return np.asarray(enclosed)
        drop = self.left.potential_V - self.right.potential_V
        return np.asarray(enclosed + (drop - self.elastance_A @ enclosed) / total)

    def potentials_V(self, fields_V_A: NDArray[np.float64]) -> NDArray[np.float64]:
        """Electric potential of the left reservoir, the planes and the right one; shape (P + 2,)."""
        return np.concatenate([[0.0], np.cumsum(-self.elastance_A * fields_V_A)]) + self.left.potential_V


@dataclass(frozen=True, eq=False)
class Grid:
    """Where the planes of a stack are, and how ions hop between them at one temperature.

    Attributes
    ----------
    site_area_A2, multiplicity, links, barrier_eV, frequency_Hz, in_plane_barrier_eV, in_plane_frequency_Hz
        See `Planes`.
    layer, spacing_A
        See `Planes`.
    between_A
        Length of each gap beyond what the planes beside it stand for; shape (P + 1,).
    conductivity_S_cm
        Of each layer as neutral bulk across the stack; shape (layers,).
    """

    site_area_A2: float
    layer: NDArray[np.int64]
    spacing_A: NDArray[np.float64]
    between_A: NDArray[np.float64]
    barrier_eV: NDArray[np.float64]
    frequency_Hz: NDArray[np.float64]
    in_plane_barrier_eV: NDArray[np.float64]
    in_plane_frequency_Hz: NDArray[np.float64]
    conductivity_S_cm: NDArray[np.float64]
    multiplicity: NDArray[np.float64] = field(default_factory=lambda: np.ones(1))
    links: Links | None = None
