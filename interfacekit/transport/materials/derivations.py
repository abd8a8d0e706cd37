"""Numbers of a material that follow from others of its description, each by a word of the catalogue.

`ion_density`: the density of sites from that of ions, over the filling. `tracer_diffusion`: the conductivity from a
tracer diffusion coefficient and the Haven ratio. `chemical_diffusion`: the conductivity from a chemical diffusion
coefficient and the thermodynamic factor, and the barrier with which hops of the attempt frequency give it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interfacekit.constants import CM2_PER_A2, BOLTZMANN_eV_K, S_CM_PER_e_V_A_s
from interfacekit.transport.materials.layers import ROOM_TEMPERATURE_K, thermodynamic_factor
from interfacekit.transport.materials.parameters import Parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interfacekit.catalogue.numbers import Number

#: Numbers that stand beside a layer's own, in the order of its parameters.
_LAYER_KEYS = (
    "site_density_per_cm3",
    "filling",
    "conductivity_S_cm",
    "barrier_eV",
    "permittivity",
    "level_eV",
    "repulsion_eV",
    "pair_energy_eV",
)


def as_parameter(number: Number, name: str | None = None) -> Parameter:
    """A number of the catalogue as a parameter of a model, under its key or another name."""
    return Parameter(name or number.name, number.value, number.unit, number.role, number.source, number.certainty)


def temperature_K(numbers: Mapping[str, Number]) -> float:
    """Temperature of the conductivity or diffusion coefficient; room temperature where none is given."""
    return numbers["temperature_K"].value if "temperature_K" in numbers else ROOM_TEMPERATURE_K


def parameter_of(key: str, numbers: Mapping[str, Number], name: str | None = None) -> Parameter:
    """A number by its key, given or derived from others, under its key or another name."""
    word = numbers[key].derive
    return _DERIVED[key, word](numbers) if word else as_parameter(numbers[key], name)


def layer_parameters(numbers: Mapping[str, Number]) -> dict[str, Parameter]:
    """Parameters of a layer by their keys, those that follow from others included."""
    return {key: parameter_of(key, numbers) for key in _LAYER_KEYS if key in numbers}


def site_density(numbers: Mapping[str, Number]) -> Parameter:
    """Density of sites (1/cm3): that of ions over their filling."""
    ions, filling = numbers["ion_density_per_cm3"], numbers["filling"]
    return Parameter(
        "site_density_per_cm3", ions.value / filling.value, "1/cm3", ions.role, ions.source, ions.certainty
    )


def conductivity_of_tracer(numbers: Mapping[str, Number]) -> Parameter:
    """Conductivity (S/cm), n e^2 D / (H kT), of a tracer diffusion coefficient D and the Haven ratio H."""
    tracer, haven, ions = (numbers[key] for key in ("tracer_diffusion_cm2_s", "haven_ratio", "ion_density_per_cm3"))
    D_A2_s = tracer.value / CM2_PER_A2 / haven.value
    kT = BOLTZMANN_eV_K * temperature_K(numbers)
    return Parameter(
        "conductivity_S_cm",
        S_CM_PER_e_V_A_s * ions.value * 1e-24 * D_A2_s / kT,
        "S/cm",
        tracer.role,
        f"{tracer.source}: tracer D over the Haven ratio of {haven.value:g}",
        "derived",
    )


def conductivity_of_chemical_diffusion(numbers: Mapping[str, Number]) -> Parameter:
    """Conductivity (S/cm), n e^2 D / (F kT), of a chemical diffusion coefficient D and the thermodynamic factor F."""
    film, slope = numbers["chemical_diffusion_cm2_s"], numbers["repulsion_eV"]
    D_A2_s, factor = film.value / CM2_PER_A2, _factor(numbers)
    kT = BOLTZMANN_eV_K * temperature_K(numbers)
    ions_A3 = _site_density_per_cm3(numbers) * 1e-24 * numbers["filling"].value
    recalled = "recalled" if slope.certainty == "memory-approx" else slope.role
    return Parameter(
        "conductivity_S_cm",
        S_CM_PER_e_V_A_s * ions_A3 * D_A2_s / (kT * factor),
        "S/cm",
        f"calibrated to a {film.role} chemical diffusion coefficient with a {recalled} slope of the voltage",
        f"{film.source}: {_how(numbers)}",
        "derived",
    )


def barrier_of_chemical_diffusion(numbers: Mapping[str, Number]) -> Parameter:
    """Barrier (eV) of ions that hop by the distance of the sites: D = nu d^2 exp(-Eb / kT) (1 - c) times the factor."""
    film, attempts = numbers["chemical_diffusion_cm2_s"], numbers["attempt_frequency_Hz"]
    D_A2_s, filling = film.value / CM2_PER_A2, numbers["filling"].value
    distance_A2 = (_site_density_per_cm3(numbers) * 1e-24) ** (-2 / 3)
    kT = BOLTZMANN_eV_K * temperature_K(numbers)
    return Parameter(
        "barrier_eV",
        kT * math.log(attempts.value * distance_A2 * (1 - filling) * _factor(numbers) / D_A2_s),
        "eV",
        f"calibrated to the same D with {attempts.value:g} 1/s",
        f"{film.source}: {_how(numbers)}",
        "derived",
    )


def _factor(numbers: Mapping[str, Number]) -> float:
    return thermodynamic_factor(numbers["filling"].value, numbers["repulsion_eV"].value, temperature_K(numbers))


def _how(numbers: Mapping[str, Number]) -> str:
    D_cm2_s, filling = numbers["chemical_diffusion_cm2_s"].value, numbers["filling"].value
    return f"D of {D_cm2_s:g} cm2/s at x = {filling:g}, thermodynamic factor of {_factor(numbers):.1f}"


def _site_density_per_cm3(numbers: Mapping[str, Number]) -> float:
    density = numbers["site_density_per_cm3"]
    return site_density(numbers).value if density.derive else density.value


_DERIVED = {
    ("site_density_per_cm3", "ion_density"): site_density,
    ("conductivity_S_cm", "tracer_diffusion"): conductivity_of_tracer,
    ("conductivity_S_cm", "chemical_diffusion"): conductivity_of_chemical_diffusion,
    ("barrier_eV", "chemical_diffusion"): barrier_of_chemical_diffusion,
}
