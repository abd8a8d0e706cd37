"""A material as a layer of a stack: its numbers, and the hops and conductivities that follow from them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interfacekit.constants import BOLTZMANN_eV_K, S_CM_PER_e_V_A_s
from interfacekit.errors import InputError
from interfacekit.quantities import LAYER_NUMBERS, check_switch, keep_plain
from interfacekit.reprs import ShortRepr

if TYPE_CHECKING:
    from interfacekit.transport.materials.parameters import Parameter

ROOM_TEMPERATURE_K = 298.15
#: One hop in 1e200 attempts.
MOST_OF_A_BARRIER_kT = 460.0


@dataclass(frozen=True)
class LayerMaterial(ShortRepr):
    """A material as a layer of a stack: a regular lattice of Li sites in a dielectric, or in an electronic conductor.

    Attributes
    ----------
    name
        Alias, or a name of your own.
    site_density_per_cm3
        Li sites, occupied or not.
    filling
        Fraction of the sites that are occupied where the material is neutral; of a conductor, whose electrons make it
        neutral at any, where its site energy is `level_eV`.
    conductivity_S_cm, temperature_K
        Ionic, of the neutral material, and where it was measured: what the frequency of hops is calibrated to.
    barrier_eV
        Of hops at equal end energies.
    permittivity
        Relative.
    conductor
        Whether electrons hold the layer at one potential.
    level_eV
        Of a conductor: what an ion and its electron gain from Li metal on a site, at `filling`.
    repulsion_eV
        What a full more than an empty layer adds to its site energy, in proportion to the occupation. The conductivity
        does not follow a change of it; the chemical diffusion coefficient does (see `thermodynamic_factor`).
    pair_energy_eV
        Of two ions on neighbouring sites (positive: they repel).
    parameters
        Where the numbers come from.
    """

    name: str
    site_density_per_cm3: float
    filling: float
    conductivity_S_cm: float
    barrier_eV: float
    permittivity: float
    temperature_K: float = ROOM_TEMPERATURE_K
    conductor: bool = False
    level_eV: float | None = None
    repulsion_eV: float = 0.0
    pair_energy_eV: float = 0.0
    parameters: tuple[Parameter, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for name, quantity in LAYER_NUMBERS.items():
            value = getattr(self, name)
            if value is not None or name != "level_eV":
                keep_plain(self, **{name: quantity.check(value, f"{name} of {self.name}")})
        keep_plain(self, conductor=check_switch(self.conductor, f"conductor of {self.name}"))
        check_barrier(self.barrier_eV, self.temperature_K, self.name)
        if self.conductor and self.level_eV is None:
            raise InputError(f"{self.name} conducts electrons but has no level_eV; give its site energy below Li metal")

    def plane_distance_A(self, site_area_A2: float) -> float:
        """Distance of planes with which sites of this area have the right density."""
        return 1e24 / (self.site_density_per_cm3 * site_area_A2)

    def hop_frequency_Hz(self, distance_A: float, site_area_A2: float) -> float:
        """Attempt frequency of hops across planes at this distance, calibrated to the conductivity.

        sigma = e^2 Gamma d c (1 - c) / (a kT) for ions that only exclude one another (see
        `transport.materials.bulk_models.lattice_gas_conductivity_S_cm`), with an area a of a site and Gamma = nu
        exp(-Eb / kT).
        """
        kT = BOLTZMANN_eV_K * self.temperature_K
        exchange = self.filling * (1 - self.filling)
        rate = self.conductivity_S_cm / S_CM_PER_e_V_A_s * kT * site_area_A2 / (distance_A * exchange)
        return float(rate * math.exp(self.barrier_eV / kT))

    def bulk_conductivity_S_cm(self, temperature_K: float) -> float:
        """Of the neutral material at another temperature: that of a constant number of hops over the barrier."""
        return conductivity_at_S_cm(self.conductivity_S_cm, self.barrier_eV, self.temperature_K, temperature_K)


def conductivity_at_S_cm(conductivity_S_cm: float, barrier_eV: float, known_at_K: float, temperature_K: float) -> float:
    """A conductivity known at one temperature, at another: sigma T changes as hops over the barrier do."""
    ratio = known_at_K / temperature_K
    return conductivity_S_cm * ratio * math.exp(barrier_eV / (BOLTZMANN_eV_K * known_at_K) * (1 - ratio))


def check_barrier(barrier_eV: float, temperature_K: float, name: str) -> None:
    """Raise `InputError` if no conductivity over a barrier could have been measured at a temperature."""
    if barrier_eV > MOST_OF_A_BARRIER_kT * BOLTZMANN_eV_K * temperature_K:
        raise InputError(
            f"a barrier of {barrier_eV:g} eV lets nothing be measured of {name} at {temperature_K:g} K; give a lower "
            "one, or a higher temperature_K"
        )


def thermodynamic_factor(filling: float, repulsion_eV: float, temperature_K: float) -> float:
    """What the chemical diffusion coefficient is of that of free charges, kT sigma / (n e^2).

    1 / (1 - c) + r c / kT: ions that exclude one another from the fraction c of their sites that they fill, and whose
    site energy rises by r from the empty to the full layer.
    """
    return 1 / (1 - filling) + repulsion_eV * filling / (BOLTZMANN_eV_K * temperature_K)
