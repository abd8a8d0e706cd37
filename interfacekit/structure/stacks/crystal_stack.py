"""Stacks made of crystals: their Li sites on one cell in the plane, with hops from layer to layer by distance.

What is atomistic here is where the sites are and which of them hops join. All energies, fillings, conductivities and
permittivities are those of a regular stack of the same layers (`transport.materials.layers`): all sites of a layer have
one energy, and attempt frequencies are such that the crystal conducts as was measured, as the mean over the directions
in which its ions get away. What differs from the regular stack is then the direction of the crystal that faces the
contacts, and the ways that ions find across them.

The layers are cut, not relaxed: atoms stay where their crystal, strained onto the common cell, has them. Charges act as
planar averages over slices (`structure.stacks.slices`), each as thick as the hops of its layer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K, S_CM_PER_e_V_A_s
from interfacekit.errors import InputError
from interfacekit.quantities import (
    HOP_DISTANCE,
    SEED,
    keep_plain,
    optional,
)
from interfacekit.reprs import ShortRepr
from interfacekit.structure.interfaces.lattice_planes import miller_text
from interfacekit.structure.network.result import LithiumNetwork
from interfacekit.structure.network.search import lithium_network
from interfacekit.structure.stacks.assembly import NONE, assembled
from interfacekit.structure.stacks.crystal_layer import CrystalLayer
from interfacekit.structure.stacks.geometry import Built, LayerGeometry, StackGeometry
from interfacekit.structure.stacks.slice_network import slice_network
from interfacekit.transport.materials.parameters import Parameter
from interfacekit.transport.stacks.layered import LayeredStack
from interfacekit.transport.stacks.layers import Interphase, Layer
from interfacekit.transport.stacks.links import Links
from interfacekit.transport.stacks.planes import Grid

if TYPE_CHECKING:
    from ase import Atoms
    from numpy.typing import NDArray

    from interfacekit.transport.hopping.network import Network
    from interfacekit.transport.materials.layers import LayerMaterial

#: Of a layer without a thickness, in nm: of a conductor, and of an electrolyte.
CONDUCTOR_nm, ELECTROLYTE_nm = 1.0, 3.0


@dataclass(frozen=True)
class CrystalStack(ShortRepr, LayeredStack):
    """A stack of crystals, for all that takes a stack.

    Attributes
    ----------
    layers, materials, contacts, ladder, electrostatics
        See `LayeredStack`; layers are `CrystalLayer`, or names of materials. The last crystal keeps its lattice, the
        others are strained onto it.
    max_area_A2, max_strain
        Limits of the common cell, and of the strains of all others.
    across_A
        Longest hop across a contact; 4.5 A by default, or the longest hop of a layer beside it. A hop that would pass
        another site (one in the sphere with the hop as its diameter) is none.
    seed
        Of the sites of amorphous layers.
    """

    LAYER: ClassVar[type[Layer]] = CrystalLayer

    max_area_A2: float = 500.0
    max_strain: float = 0.06
    across_A: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        keep_plain(self, across_A=optional(HOP_DISTANCE, self.across_A, "across_A"), seed=SEED.check(self.seed))
        super().__post_init__()
        for material in self.layer_materials:
            if material.pair_energy_eV:
                raise InputError(
                    f"{material.name} has pair energies, which slices of crystals cannot have; leave them out"
                )

    def _as_layer(self, layer: Any) -> Layer | Interphase:
        made = super()._as_layer(layer)
        if not isinstance(made, CrystalLayer | Interphase):
            raise InputError(f"the layer {made.name} has no crystal; give a CrystalLayer")
        return made

    @cached_property
    def thicknesses_nm(self) -> tuple[float, ...]:
        """Of the layers of sites."""
        return tuple(
            (CONDUCTOR_nm if material.conductor else ELECTROLYTE_nm)
            if layer.thickness_nm is None
            else layer.thickness_nm
            for layer, material in zip(self.site_layers, self.layer_materials, strict=True)
        )

    @cached_property
    def geometry(self) -> dict[str, Any]:
        """See `LayeredStack`."""
        built = self._built
        layers: list[dict[str, Any]] = []
        for layer, place in zip(self.crystal_layers, built.places, strict=True):
            sites: dict[str, Any] = {"sites": "glass"}
            if place.miller is not None:
                sites = {"sites": place.name, "miller": list(place.miller), "strains": list(place.strains)}
            hops = {"barriers_eV": layer.barriers_by_class_eV, "attempt_frequency_Hz": layer.attempt_frequency_Hz}
            layers.append({**sites, **hops})
        return {
            "crystals": layers,
            "cell_A": built.cell_A.tolist(),
            "sites_of_slices": built.sites_of_planes.tolist(),
            "slices_of_layers": np.bincount(built.layer_of_planes).tolist(),
            "edges_A": built.edges_A.tolist(),
            "sites_left_out": built.left_out,
            "across_A": self.across_A,
            "hops_across": list(built.hops_across),
            "glass_seed": self.seed,
            "notes": list(self.notes),
            "site_spacing_A": math.sqrt(built.area_A2 / float(built.sites_of_planes.mean())),
        }

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What was made of each layer and contact, a line each."""
        built, lines = self._built, []
        for material, place, thickness in zip(self.layer_materials, built.places, self.thicknesses_nm, strict=True):
            sites = f"{material.site_density_per_cm3:.3g} sites/cm3, {material.filling:.3g} of them occupied"
            if place.miller is None:
                lines.append(f"{material.name}: {thickness:g} nm of a glass that stands in for the film, {sites}")
                continue
            first, second = (f"{100 * strain:+.1f}" for strain in place.strains)
            lines.append(
                f"{material.name}: {thickness:g} nm of {place.name}, {miller_text(place.miller)} facing the contacts, "
                f"strained by {first} and {second} %, {sites}"
            )
        for name, (count, low, high) in zip(self.contact_names, built.hops_across, strict=True):
            lines.append(f"{name}: {count} hops of {low:.1f} to {high:.1f} A across a cell of {built.area_A2:.0f} A2")
        if built.left_out:
            lines.append(f"{built.left_out} sites that no way leads through were left out")
        return tuple(lines)

    def network(self, repeats: tuple[int, int] | None = None) -> Network:
        """Return the sites and hops as a network, its planes being the slices of the stack.

        Parameters
        ----------
        repeats
            Cells along both in-plane vectors; as few as let no site meet itself by default.
        """
        if repeats is not None:
            return self._repeated(repeats)
        for count in range(1, 9):
            try:
                return self._repeated((count, count))
            except InputError:
                if count == 8:
                    raise
        raise AssertionError

    def atoms(self) -> Atoms:
        """All atoms of the crystals as cut, and the sites of glasses as Li, periodic in the plane."""
        from ase import Atoms

        built = self._built
        cell = np.zeros((3, 3))
        cell[:2, :2], cell[2, 2] = built.cell_A, built.height_A
        return Atoms(list(built.symbols), positions=built.atoms_A, cell=cell, pbc=(True, True, False))

    @cached_property
    def crystal_layers(self) -> tuple[CrystalLayer, ...]:
        """The layers of sites."""
        return tuple(layer for layer in self.site_layers if isinstance(layer, CrystalLayer))

    @cached_property
    def networks(self) -> tuple[LithiumNetwork | None, ...]:
        """Sites and hops of the crystal of each layer; None of a glass."""
        found: dict[str, LithiumNetwork] = {}
        out: list[LithiumNetwork | None] = []
        for layer in self.crystal_layers:
            source = self._crystal(layer) if layer.crystal is None else layer.crystal
            if layer.amorphous:
                out.append(None)
            elif isinstance(source, LithiumNetwork):
                out.append(source)
            elif isinstance(source, str):
                found[source] = found.get(source) or lithium_network(source)
                out.append(found[source])
            else:
                out.append(lithium_network(source))
        return tuple(out)

    def _crystal(self, layer: Layer) -> str:
        """The crystal of a material of one's own, or that of the material's name."""
        alias = self._known.alias(layer.name)
        structure = self._known.materials.get(alias, {}).get("structure")
        return layer.name if structure is None else str(structure)

    def _material(self, layer: Layer) -> LayerMaterial:
        """The material with the sites of its crystal, and the share that is occupied where it has vacant ones."""
        material = super()._material(layer)
        number = next(n for n, one in enumerate(self.site_layers) if one is layer)
        sites = self.networks[number]
        if sites is None:
            return material
        volume = abs(float(np.linalg.det(sites.cell_A)))
        numbers = {"site_density_per_cm3": (len(sites.sites) / volume * 1e24, "1/cm3")}
        if sites.occupied_share < 1 and not material.conductor:
            numbers["filling"] = (sites.occupied_share, "-")
        chosen = {
            name: (value, unit)
            for name, (value, unit) in numbers.items()
            if not any(p.name == name and p.role == "given" for p in material.parameters)
        }
        kept = tuple(p for p in material.parameters if p.name not in chosen)
        added = tuple(
            Parameter(name, value, unit, "sites of the crystal", sites.crystal.source, "derived")
            for name, (value, unit) in chosen.items()
        )
        values: dict[str, Any] = {name: value for name, (value, _) in chosen.items()}
        return replace(material, **values, parameters=(*kept, *added))

    @cached_property
    def _built(self) -> Built:
        layers = zip(
            self.layer_names, self.crystal_layers, self.layer_materials, self.networks, self.thicknesses_nm, strict=True
        )
        return assembled(
            StackGeometry(
                tuple(
                    LayerGeometry(
                        name, material.name, 10 * thickness, sites, layer.miller, material.site_density_per_cm3 * 1e-24
                    )
                    for name, layer, material, sites, thickness in layers
                ),
                self.max_area_A2,
                self.max_strain,
                self.across_A,
                self.seed,
            )
        )

    @cached_property
    def _grids(self) -> dict[float, Grid]:
        """Those made so far, by temperature."""
        return {}

    @cached_property
    def _frequencies_Hz(self) -> tuple[float, ...]:
        """Attempt frequency of each layer."""
        out = []
        for layer, material, place in zip(self.crystal_layers, self.layer_materials, self._built.places, strict=True):
            kT = BOLTZMANN_eV_K * material.temperature_K
            barriers = layer.barriers_eV_of(place.solid, material)
            values = np.linalg.eigvalsh(place.solid.conductance(np.exp(-barriers / kT)))
            leads = values[values > NONE * values.max()]
            exchange = material.filling * (1 - material.filling)
            wanted = material.conductivity_S_cm / S_CM_PER_e_V_A_s * kT / exchange
            out.append(
                float(wanted / leads.mean()) if layer.attempt_frequency_Hz is None else layer.attempt_frequency_Hz
            )
        return tuple(out)

    def _grid(self, temperature_K: float) -> Grid:
        if temperature_K not in self._grids:
            self._grids[temperature_K] = self._new_grid(temperature_K)
        return self._grids[temperature_K]

    def _new_grid(self, temperature_K: float) -> Grid:
        built, materials, contacts = self._built, self.layer_materials, self.contact_numbers()
        kT, frequencies = BOLTZMANN_eV_K * temperature_K, np.array(self._frequencies_Hz)
        by_class = [
            layer.barriers_eV_of(place.solid, material)
            for layer, material, place in zip(self.crystal_layers, materials, built.places, strict=True)
        ]
        lowest = np.array([barriers.min() for barriers in by_class])
        across = []
        for number, between in enumerate(contacts):
            slower = min((number, number + 1), key=lambda m: (math.log(frequencies[m]) - lowest[m] / kT, -lowest[m]))
            across.append(
                (
                    lowest[slower] if between.barrier_eV is None else between.barrier_eV,
                    frequencies[slower] if between.attempt_frequency_Hz is None else between.attempt_frequency_Hz,
                )
            )
        of_links = [f * np.exp((low - eb) / kT) for f, low, eb in zip(frequencies, lowest, by_class, strict=True)]
        values = np.array([*(pair[1] for pair in across), *np.concatenate(of_links)])
        links = Links(
            built.cell_A, built.sites_of_planes, built.origins, built.targets, built.images, values[built.link_kinds]
        )
        layer = built.layer_of_planes
        barrier = lowest[np.append(layer, layer[-1])]
        for gap in np.flatnonzero(np.diff(layer)) + 1:
            barrier[gap] = across[layer[gap - 1]][0]
        filling = np.array([m.filling for m in materials])[layer]
        log_x, in_plane = np.log(filling * (1 - filling)), -lowest[layer] / kT
        log_gaps = -barrier / kT
        log_gaps[1:-1] += (log_x[1:] + log_x[:-1]) / 2
        resistances = links.resistances(log_gaps, in_plane + log_x)
        self._check_ways(resistances)
        conductivity = np.array(
            [
                self._across_S_cm(number, temperature_K, f * np.exp(-eb / kT))
                for number, (f, eb) in enumerate(zip(frequencies, by_class, strict=True))
            ]
        )
        # A reservoir is as far from the first plane as two planes of its layer are.
        ends = conductivity[layer[[0, -1]]] / S_CM_PER_e_V_A_s * kT * built.area_A2 / built.spacing_A[[0, -1]]
        effective = np.exp(
            np.concatenate([np.log(ends[:1]), -resistances, np.log(ends[1:])])
            - np.concatenate([[log_gaps[0] + log_x[0]], log_gaps[1:-1], [log_gaps[-1] + log_x[-1]]])
        )
        return Grid(
            site_area_A2=built.area_A2,
            layer=layer,
            spacing_A=built.spacing_A,
            between_A=built.between_A,
            barrier_eV=barrier,
            frequency_Hz=effective,
            in_plane_barrier_eV=lowest[layer],
            in_plane_frequency_Hz=links.sums_Hz()[1] / (2 * built.sites_of_planes),
            conductivity_S_cm=conductivity,
            multiplicity=built.sites_of_planes.astype(float),
            links=links,
        )

    def _across_S_cm(self, number: int, temperature_K: float, rates_Hz: NDArray[np.float64]) -> float:
        """Conductivity of a layer along the stack, strained, as neutral bulk."""
        material, place = self.layer_materials[number], self._built.places[number]
        normal = place.deformation[:, 2]
        conductance = float(normal @ place.solid.conductance(rates_Hz) @ normal)
        stretched = abs(float(np.linalg.det(place.deformation)))
        kT = BOLTZMANN_eV_K * temperature_K
        return S_CM_PER_e_V_A_s * material.filling * (1 - material.filling) / kT * conductance / stretched

    def _check_ways(self, log_resistances: NDArray[np.float64]) -> None:
        blocked = np.flatnonzero(~np.isfinite(log_resistances))
        if len(blocked):
            layer = self.layer_names[self._built.layer_of_planes[blocked[0]]]
            raise InputError(f"no way leads through slice {blocked[0] + 1} of the stack, in {layer}; give longer hops")

    def _repeated(self, repeats: tuple[int, int]) -> Network:
        return slice_network(self._built, self.layer_names, self.contact_names, repeats)
