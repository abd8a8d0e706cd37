"""Measured conductivities of the materials of the catalogue, to stand beside runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interfacekit.catalogue.catalogue import BUILT_IN
from interfacekit.constants import CM2_PER_A2
from interfacekit.materials import material
from interfacekit.reprs import ShortRepr
from interfacekit.transport.materials.bulk_models import conductivity_per_D
from interfacekit.transport.materials.derivations import layer_parameters

if TYPE_CHECKING:
    from interfacekit.catalogue.catalogue import Catalogue
    from interfacekit.catalogue.descriptions import Description, Measurement


@dataclass(frozen=True)
class MeasuredPoint(ShortRepr):
    """A measured conductivity, or a diffusion coefficient turned into one; `low` and `high` differ for a range."""

    sample: str
    temperature_K: float
    conductivity_low_S_cm: float
    conductivity_high_S_cm: float
    source: str
    certainty: str
    note: str


def measured_points(alias: str, catalogue: Catalogue | None = None) -> tuple[MeasuredPoint, ...]:
    """Measured conductivities of a material, with their certainty.

    Diffusion coefficients of LixCoO2 become ionic conductivities at 298 K by n e^2 D (1 - x) / kT at x = 0.7: the
    thermodynamic factor of a lattice gas without interactions is assumed, and their certainty is `derived`.
    """
    description = (catalogue or BUILT_IN).find(alias)
    if description is None:
        material(alias)  # refuses a name that there is none of
        return ()
    return tuple(_point(one, description) for one in description.measured)


def _point(measured: Measurement, description: Description) -> MeasuredPoint:
    number, (low, high) = measured.number, measured.number.ends
    is_diffusion = number.name == "chemical_diffusion_cm2_s"
    factor = _of_chemical_diffusion(description, measured.temperature_K) if is_diffusion else 1.0
    return MeasuredPoint(
        sample=measured.sample,
        temperature_K=measured.temperature_K,
        conductivity_low_S_cm=low * factor,
        conductivity_high_S_cm=high * factor,
        source=number.source,
        certainty="derived" if is_diffusion else number.certainty,
        note=f"{measured.note}, from D" if is_diffusion else measured.note,
    )


def _of_chemical_diffusion(description: Description, temperature_K: float) -> float:
    """Conductivity (S/cm) over the chemical diffusion coefficient (cm2/s) of a lattice gas."""
    filling = description.of_layer()["filling"].value
    density = layer_parameters(description.of_layer())["site_density_per_cm3"].value
    return filling * density * 1e-24 * (1 - filling) / CM2_PER_A2 * conductivity_per_D(temperature_K)
