"""Descriptions of materials and contacts, and the numbers required for each use.

Numbers at the top level of a description apply to every use. The block `layer` adds those of a layer of stacks, `bulk`
those of a hopping model, and `samples` the numbers in which samples differ; a number in a block replaces one at the
top level.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from interfacekit.quantities import BULK_NUMBERS, CONTACT_NUMBERS, LAYER_NUMBERS, SHARED_NUMBERS, SITE_ENERGIES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from interfacekit.catalogue.numbers import Number

#: Numbers of materials and of contacts by their keys.
MATERIAL_NUMBERS = {**SHARED_NUMBERS, **LAYER_NUMBERS, **BULK_NUMBERS}
CONTACT_KEYS = {**CONTACT_NUMBERS, **SITE_ENERGIES}
#: Lattices of `transport.regular_lattice`, and those with an independent layer distance.
LATTICES = (
    "chain",
    "square",
    "honeycomb",
    "triangular",
    "simple_cubic",
    "bcc",
    "fcc",
    "diamond",
    "layered_square",
    "layered_triangular",
)
LAYERED = ("layered_square", "layered_triangular")
#: Numbers required by each derivation.
_INPUTS = {
    "ion_density": ("ion_density_per_cm3", "filling"),
    "chemical_diffusion": (
        "chemical_diffusion_cm2_s",
        "attempt_frequency_Hz",
        "filling",
        "site_density_per_cm3",
        "repulsion_eV",
    ),
    "tracer_diffusion": ("tracer_diffusion_cm2_s", "haven_ratio", "ion_density_per_cm3"),
}
_LAYER_NEEDS = ("site_density_per_cm3", "filling", "conductivity_S_cm", "barrier_eV", "permittivity")
_BULK_NEEDS = {
    "attempt_frequency": ("barrier_eV", "conductivity_S_cm"),
    "divacancy_barrier": ("single_vacancy_barrier_eV", "attempt_frequency_Hz", "chemical_diffusion_cm2_s"),
    "none": ("barrier_eV", "attempt_frequency_Hz"),
}


@dataclass(frozen=True)
class Measurement:
    """Measured conductivity or diffusion coefficient, for comparison with a simulation.

    Attributes
    ----------
    number
        `conductivity_S_cm` or `chemical_diffusion_cm2_s`.
    temperature_K
        Temperature of the measurement, K.
    sample, note
        Sample, and remarks.
    """

    number: Number
    temperature_K: float
    sample: str
    note: str


@dataclass(frozen=True)
class Bulk:
    """Choices and counts of a hopping model; see `docs/materials.md` for the keys."""

    lattice: str
    numbers: Mapping[str, Number] = field(default_factory=dict)
    calibrate: str = "attempt_frequency"
    interlayer_hops: bool = True
    cells: int = 12
    sites_along_a: int = 1
    layers_along_c: int = 1


@dataclass(frozen=True)
class Description:
    """Material of the catalogue.

    Attributes
    ----------
    alias, formula, names, description, role, structure, literature
        Alias, composition, other names, name in words, role in a cell, crystal structure, and samples in the literature
        table.
    conductor
        True for a layer that electrons keep at one potential.
    numbers
        Numbers at the top level.
    layer
        Numbers of a layer; None if it is not a layer.
    bulk
        Hopping model; None without one.
    samples
        Numbers of each sample, the default first.
    measured
        Measurements for comparison with simulations.
    """

    alias: str
    formula: str = ""
    names: tuple[str, ...] = ()
    description: str = ""
    role: str = ""
    structure: str | None = None
    literature: tuple[str, ...] = ()
    conductor: bool = False
    numbers: Mapping[str, Number] = field(default_factory=dict)
    layer: Mapping[str, Number] | None = None
    bulk: Bulk | None = None
    samples: Mapping[str, Mapping[str, Number]] = field(default_factory=dict)
    measured: tuple[Measurement, ...] = ()

    def of_layer(self) -> dict[str, Number]:
        """Numbers of a layer, for the default sample."""
        return {**self.numbers, **self._sample(None), **(self.layer or {})}

    def of_bulk(self, sample: str | None) -> dict[str, Number]:
        """Numbers of the hopping model of a sample; None selects the default sample."""
        return {**self.numbers, **self._sample(sample), **(self.bulk.numbers if self.bulk else {})}

    def _sample(self, sample: str | None) -> Mapping[str, Number]:
        return self.samples.get(sample or next(iter(self.samples), ""), {})

    def missing(self) -> list[str]:
        """Missing keys of the layer and the hopping model, each with its unit."""
        missing = [] if self.layer is None else self.missing_of_layer()
        return list(dict.fromkeys([*missing, *self.missing_of_bulk()]))

    def missing_of_layer(self) -> list[str]:
        """Missing keys of the layer, each with its unit."""
        numbers = self.of_layer()
        needs = [*_LAYER_NEEDS, *(("level_eV",) if self.conductor else ()), *_inputs(numbers)]
        return _lacking(needs, numbers)

    def missing_of_bulk(self) -> list[str]:
        """Missing keys of the hopping model, each with its unit."""
        if self.bulk is None:
            return []
        numbers = self.of_bulk(None)
        needs = ["filling", *_BULK_NEEDS[self.bulk.calibrate], *_inputs(numbers)]
        is_cubic = self.bulk.lattice == "simple_cubic"
        if not ({"hop_distance_A", "lattice_constant_a_A"} & {*numbers}):
            density = "site_density_per_cm3" in numbers or "ion_density_per_cm3" in numbers
            needs += [] if is_cubic and density else ["hop_distance_A"]
        if self.bulk.lattice in LAYERED and "lattice_constant_c_A" not in numbers:
            needs.append("layer_distance_A")
        return [*([] if self.bulk.lattice else ["lattice (such as simple_cubic)"]), *_lacking(needs, numbers)]


@dataclass(frozen=True)
class ContactDescription:
    """Contact of the catalogue: numbers of `Contact`, site energies of an interface cell, and substitute materials."""

    numbers: Mapping[str, Number]
    stand_ins: tuple[str, ...] = ()

    def missing(self) -> list[str]:
        """Missing keys, each with its unit."""
        offset = self.numbers.get("offset_eV")
        return _lacking(["offset_eV", *(SITE_ENERGIES if offset is not None and offset.derive else ())], self.numbers)


def _inputs(numbers: Mapping[str, Number]) -> list[str]:
    """Keys required to derive numbers from others."""
    return [key for number in numbers.values() if number.derive for key in _INPUTS.get(number.derive, ())]


def _lacking(needs: Collection[str], numbers: Mapping[str, Number]) -> list[str]:
    known = {**MATERIAL_NUMBERS, **CONTACT_KEYS}
    return [f"{key} ({known[key].unit or '-'})" for key in dict.fromkeys(needs) if key not in numbers]
