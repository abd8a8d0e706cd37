"""Stacks of regular planes between two reservoirs: cathode | coating | electrolyte, and any other.

All layers share one square grid of sites in the plane, so that the distance of planes follows from the layer's density
of sites. Layers consist of whole planes at that distance: the thickness of a layer is the multiple nearest to the
requested one, and differs from it by at most half a plane. Planes that were stretched to the requested thickness would
make the resistance of contacts a sawtooth in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.quantities import SITE_SPACING, keep_plain
from interfacekit.reprs import ShortRepr
from interfacekit.transport.stacks.layered import LayeredStack
from interfacekit.transport.stacks.planes import Grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Side of a site's square in all planes: about that of the sites of LCO, LNO and LGPS, 3.2, 3.0 and 3.4 angstrom.
SITE_SPACING_A = 3.2
#: Of a layer without a thickness: planes of a conductor at an end, nanometres of an electrolyte.
DEFAULT_PLANES, DEFAULT_THICKNESS_nm = 3, 10.0
#: No stack is thicker: a plane has some square angstrom for each of its ions and a row in every table.
MOST_PLANES = 20_000


@dataclass(frozen=True)
class Stack(ShortRepr, LayeredStack):
    """A stack of regular planes.

    Attributes
    ----------
    layers, materials, contacts, ladder, electrostatics
        See `LayeredStack`.
    site_spacing_A
        Side of the square that a site takes in every plane.
    """

    site_spacing_A: float = SITE_SPACING_A

    def __post_init__(self) -> None:
        keep_plain(self, site_spacing_A=SITE_SPACING.check(self.site_spacing_A))
        super().__post_init__()
        if sum(planes for planes, _ in self._plane_counts) > MOST_PLANES:
            raise InputError(f"the stack has more than {MOST_PLANES} planes; make it thinner")

    @property
    def geometry(self) -> dict[str, Any]:
        """See `LayeredStack`."""
        return {"site_spacing_A": self.site_spacing_A}

    def _grid(self, temperature_K: float) -> Grid:
        materials, distances = self.layer_materials, self._plane_distances_A
        layer = np.repeat(np.arange(len(materials)), [len(d) for d in distances])
        spacing, area = np.concatenate(distances), self.site_spacing_A**2
        frequencies = np.array([m.hop_frequency_Hz(d[0], area) for m, d in zip(materials, distances, strict=True)])
        barrier, frequency = self._gap_hops(frequencies, layer, temperature_K)
        return Grid(
            site_area_A2=area,
            layer=layer,
            spacing_A=spacing,
            between_A=np.zeros(len(layer) + 1),
            barrier_eV=barrier,
            frequency_Hz=frequency,
            in_plane_barrier_eV=np.array([m.barrier_eV for m in materials])[layer],
            in_plane_frequency_Hz=frequencies[layer] * (spacing / self.site_spacing_A) ** 2,
            conductivity_S_cm=np.array([m.bulk_conductivity_S_cm(temperature_K) for m in materials]),
        )

    @property
    def thicknesses_nm(self) -> tuple[float, ...]:
        """Of the layers of sites."""
        return tuple(float(planes * distance / 10) for planes, distance in self._plane_counts)

    @cached_property
    def _plane_counts(self) -> tuple[tuple[int, float], ...]:
        """Planes of each layer, and their distance (A)."""
        out = []
        for layer, material in zip(self.site_layers, self.layer_materials, strict=True):
            distance = material.plane_distance_A(self.site_spacing_A**2)
            thickness, planes = layer.thickness_nm, layer.planes
            if thickness is None and planes is None:
                thickness, planes = (None, DEFAULT_PLANES) if material.conductor else (DEFAULT_THICKNESS_nm, None)
            if thickness is not None:
                if thickness * 10 < distance * (1 - 1e-9):
                    least_nm = math.ceil(distance * 100) / 1000
                    raise InputError(
                        f"{thickness:g} nm of {material.name} is thinner than one of its planes; give {least_nm:g} nm "
                        "or more"
                    )
                planes = round(thickness * 10 / distance)
            out.append((int(planes or 1), distance))
        return tuple(out)

    @cached_property
    def _plane_distances_A(self) -> list[NDArray[np.float64]]:
        """Distance of the planes, for each plane of each layer."""
        return [np.full(planes, distance) for planes, distance in self._plane_counts]

    def _gap_hops(
        self, frequencies_Hz: NDArray[np.float64], layer: NDArray[np.int64], temperature_K: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Barrier and frequency of the hops across each gap; of layers as fast as one another, the higher barrier."""
        materials, contacts = self.layer_materials, self.contact_numbers()
        kT = BOLTZMANN_eV_K * temperature_K
        barriers = np.array([m.barrier_eV for m in materials])
        log_rates = np.round(np.log(frequencies_Hz) - barriers / kT, 9)
        sides = np.concatenate([[layer[0]], layer, [layer[-1]]])
        barrier, frequency = barriers[sides[1:]], frequencies_Hz[sides[1:]]
        for gap in np.flatnonzero(np.diff(sides)):
            a, b = sides[gap], sides[gap + 1]
            slower = min((a, b), key=lambda m: (float(log_rates[m]), -float(barriers[m])))
            between = contacts[a]
            barrier[gap] = barriers[slower] if between.barrier_eV is None else between.barrier_eV
            frequency[gap] = (
                frequencies_Hz[slower] if between.attempt_frequency_Hz is None else between.attempt_frequency_Hz
            )
        return barrier, frequency
