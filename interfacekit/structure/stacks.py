"""Stacks made of crystals: their Li sites on one cell in the plane, with hops from layer to layer by distance.

What is atomistic here is where the sites are and which of them hops join. All energies, fillings, conductivities and
permittivities are those of a regular stack of the same layers (`transport.layer_materials`): all sites of a layer have
one energy, and attempt frequencies are such that the crystal conducts as was measured, as the mean over the directions
in which its ions get away. What differs from the regular stack is then the direction of the crystal that faces the
contacts, and the ways that ions find across them.

The layers are cut, not relaxed: atoms stay where their crystal, strained onto the common cell, has them. Charges act as
planar averages over slices (`structure.slices`), each as thick as the hops of its layer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.structure.barrier_table import BarrierTable
from interfacekit.structure.lattice_planes import Planes as CrystalPlanes
from interfacekit.structure.lattice_planes import checked_miller, miller_text
from interfacekit.structure.layer_sites import LayerSites, PeriodicSites, are_direct, cut, glass, joined, parts_of
from interfacekit.structure.matching import match_to_cell
from interfacekit.structure.networks import LithiumNetwork, lithium_network
from interfacekit.structure.slices import slices_of, thicknesses_A
from interfacekit.transport.layer_materials import LayerMaterial, is_finite
from interfacekit.transport.layered import Grid, Layer, LayeredStack
from interfacekit.transport.links import Links
from interfacekit.transport.network import Network, network
from interfacekit.transport.observables import S_CM_PER_e_V_A_s
from interfacekit.transport.parameters import Parameter
from interfacekit.transport.rates import BOLTZMANN_eV_K

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ase import Atoms
    from numpy.typing import NDArray

#: Planes that face the contacts where none is given: Li planes of LCO cross (1 0 4), and channels of LGPS (0 0 1).
USUAL_MILLER: dict[str, tuple[int, int, int]] = {"LCO": (1, 0, 4), "LNO": (0, 0, 1), "LGPS": (0, 0, 1)}
#: Of a layer without a thickness, in nm: of a conductor, and of an electrolyte.
CONDUCTOR_nm, ELECTROLYTE_nm = 1.0, 3.0
#: Ions hop across a contact to sites at this distance at least, farther where hops of either layer are longer.
ACROSS_A = 4.5
#: Atoms on both sides of a contact are no nearer to one another.
APART_A = 1.8
#: Side of the cell of a stack that has no crystal.
GLASS_CELL_A = 16.0
#: What is left of a conductivity by rounding.
NONE = 1e-9


@dataclass(frozen=True)
class CrystalLayer(Layer):
    """A layer whose sites are those of a crystal, or of a glass.

    Attributes
    ----------
    material, thickness_nm
        As of a `Layer`; 1 nm of a conductor and 3 nm of anything else where none is given.
    crystal
        What `interfacekit.structure.crystal` takes, or a `LithiumNetwork` of it (with vacant sites, another cutoff);
        the crystal of the material's name by default.
    miller
        Plane that faces the contacts; (1 0 4) of LCO and (0 0 1) of LNO, LGPS and any other by default.
    amorphous
        Put sites at random instead, with the density of the material: a surrogate of an amorphous film (see
        `interfacekit.structure.layer_sites`).
    barriers_eV
        Of each hop class by name, or a `BarrierTable`, of which the site energies are left out; that of the material by
        default, and for classes not named.
    attempt_frequency_Hz
        Of all hops; by default such that the bulk has the material's conductivity.
    """

    crystal: Any = None
    miller: Sequence[int] | None = None
    amorphous: bool = False
    barriers_eV: Mapping[str, float] | BarrierTable | None = None
    attempt_frequency_Hz: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.planes is not None:
            raise InputError(f"{self.name} of a crystal is cut to a thickness; give thickness_nm, not planes")
        if self.amorphous and (self.crystal is not None or self.miller is not None or self.barriers_eV):
            raise InputError(f"amorphous {self.name} has no crystal, plane or hop classes; leave them out")
        for name, value in self.barriers_by_class_eV.items():
            if not (is_finite(value) and value > 0):
                raise InputError(f"a barrier of {value} eV of {name} is not possible; give a number above 0")
        if self.attempt_frequency_Hz is not None and not (
            is_finite(self.attempt_frequency_Hz) and self.attempt_frequency_Hz > 0
        ):
            raise InputError(
                f"an attempt frequency of {self.attempt_frequency_Hz} 1/s is not possible; give one above 0"
            )

    @property
    def barriers_by_class_eV(self) -> dict[str, float]:
        """Those that were given."""
        given = self.barriers_eV or {}
        return dict(given.barriers_eV() if isinstance(given, BarrierTable) else given)


@dataclass(frozen=True)
class CrystalStack(LayeredStack):
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

    max_area_A2: float = 500.0
    max_strain: float = 0.06
    across_A: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        made = (CrystalLayer(layer) if isinstance(layer, str | LayerMaterial) else layer for layer in self.layers)
        object.__setattr__(self, "layers", tuple(made))
        for layer in self.site_layers:
            if not isinstance(layer, CrystalLayer):
                raise InputError(f"the layer {layer.name} has no crystal; give a CrystalLayer")
        if self.across_A is not None and not (is_finite(self.across_A) and self.across_A > 0):
            raise InputError(
                f"hops of {self.across_A} A across a contact are not possible; give angstroms, such as 4.5"
            )
        super().__post_init__()
        for material in self.layer_materials:
            if material.pair_energy_eV:
                raise InputError(
                    f"{material.name} has pair energies, which slices of crystals cannot have; leave them out"
                )

    @property
    def thicknesses_nm(self) -> tuple[float, ...]:
        """Of the layers of sites."""
        return tuple(
            (CONDUCTOR_nm if material.conductor else ELECTROLYTE_nm)
            if layer.thickness_nm is None
            else layer.thickness_nm
            for layer, material in zip(self.site_layers, self.layer_materials, strict=True)
        )

    @property
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
            "sites_left_out": built.left_out,
            "across_A": self.across_A,
            "hops_across": list(built.hops_across),
            "glass_seed": self.seed,
            "notes": list(self.notes),
            "site_spacing_A": math.sqrt(built.area_A2 / float(built.sites_of_planes.mean())),
        }

    @property
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
            return self._network(repeats)
        for count in range(1, 9):
            try:
                return self._network((count, count))
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

    @property
    def crystal_layers(self) -> tuple[CrystalLayer, ...]:
        """The layers of sites."""
        return tuple(layer for layer in self.site_layers if isinstance(layer, CrystalLayer))

    @cached_property
    def networks(self) -> tuple[LithiumNetwork | None, ...]:
        """Sites and hops of the crystal of each layer; None of a glass."""
        found: dict[str, LithiumNetwork] = {}
        out: list[LithiumNetwork | None] = []
        for layer in self.crystal_layers:
            source = layer.name if layer.crystal is None else layer.crystal
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
    def _built(self) -> _Built:
        return _build(self)

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
            barriers = _barriers_eV(layer, material, place.solid)
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
            _barriers_eV(layer, material, place.solid)
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

    def _network(self, repeats: tuple[int, int]) -> Network:
        built, (nx, ny) = self._built, repeats
        n, cells = len(built.positions_A), nx * ny
        y, x = np.divmod(np.arange(cells), nx)
        shift = np.zeros((cells, 1, 3))
        shift[:, 0, :2] = np.column_stack([x, y]) @ built.cell_A
        positions = (built.positions_A + shift).reshape(-1, 3)
        ends = np.column_stack([x, y])[:, None, :] + built.images
        home, image = ends % repeats, ends // repeats
        origins = (np.arange(cells)[:, None] * n + built.origins).ravel()
        targets = ((home[..., 0] + nx * home[..., 1]) * n + built.targets).ravel()
        images = np.column_stack([image.reshape(-1, 2), np.zeros(len(origins), int)])
        names = [f"{name} hop" for name in self.contact_names]
        for name, place in zip(self.layer_names, built.places, strict=True):
            names += [f"{name} {kind}" for kind in place.solid.class_names]
        box = np.zeros((3, 3))
        box[:2, :2], box[2, 2] = built.cell_A * np.array(repeats)[:, None], built.height_A
        kinds = np.tile(built.link_kinds, cells)
        planes = np.repeat(np.arange(len(built.sites_of_planes)), built.sites_of_planes)
        return network(
            cell_A=box,
            positions_A=positions,
            origins=np.concatenate([origins, targets]),
            targets=np.concatenate([targets, origins]),
            images=np.concatenate([images, -images]),
            hop_classes=np.tile(kinds, 2),
            class_names=names,
            site_classes=np.tile(built.layer_of_planes[planes], cells),
            site_class_names=self.layer_names,
            planes=np.tile(planes, cells),
        )


@dataclass(frozen=True, eq=False)
class _Place:
    """A solid, and how it is put into the stack."""

    name: str
    miller: tuple[int, int, int] | None
    solid: PeriodicSites
    deformation: NDArray[np.float64]  # (3, 3)
    period_A: float
    strains: tuple[float, float]


@dataclass(frozen=True, eq=False)
class _Built:
    """All sites of a stack, in the order of their slices, and the pairs that hops join, each once."""

    cell_A: NDArray[np.float64]  # (2, 2)
    height_A: float
    places: tuple[_Place, ...]
    positions_A: NDArray[np.float64]  # (n, 3)
    sites_of_planes: NDArray[np.int64]  # (P,)
    layer_of_planes: NDArray[np.int64]  # (P,)
    spacing_A: NDArray[np.float64]  # (P,)
    between_A: NDArray[np.float64]  # (P + 1,)
    origins: NDArray[np.int64]  # (L,)
    targets: NDArray[np.int64]  # (L,)
    images: NDArray[np.int64]  # (L, 2)
    link_kinds: NDArray[np.int64]  # (L,): contacts first, then the classes of layer after layer
    atoms_A: NDArray[np.float64]
    symbols: tuple[str, ...]
    hops_across: tuple[tuple[int, float, float], ...]  # of each contact: number, shortest and longest
    left_out: int

    @property
    def area_A2(self) -> float:
        return abs(float(np.linalg.det(self.cell_A)))


def _barriers_eV(layer: CrystalLayer, material: LayerMaterial, solid: PeriodicSites) -> NDArray[np.float64]:
    """Of each hop class."""
    wanted = layer.barriers_by_class_eV
    for name in wanted:
        if name not in solid.class_names:
            raise InputError(f"{material.name} has no hop class {name!r}; there is {', '.join(solid.class_names)}")
    return np.array([wanted.get(name, material.barrier_eV) for name in solid.class_names])


def _build(stack: CrystalStack) -> _Built:
    """Cut the layers, put them on one another, join them, and divide them into slices."""
    cell, places = _placed(stack)
    thicknesses = [10 * thickness for thickness in stack.thicknesses_nm]
    layers = [
        cut(place.solid, place.deformation, cell, thickness, place.period_A)
        for place, thickness in zip(places, thicknesses, strict=True)
    ]
    for layer, name in zip(layers, stack.layer_names, strict=True):
        if not len(layer.positions_A):
            raise InputError(f"{name} is too thin to hold a site; give a thicker layer")
    between = [0.0] * (len(layers) - 1)
    bottoms = [0.0]
    for number, (lower, upper) in enumerate(zip(layers, layers[1:], strict=False)):
        between[number] = _room_A(lower, upper, thicknesses[number], cell)
        bottoms.append(bottoms[-1] + thicknesses[number] + between[number])
    counts = [len(layer.positions_A) for layer in layers]
    first = np.concatenate([[0], np.cumsum(counts)])
    up = np.concatenate([np.full(n, z) for n, z in zip(counts, bottoms, strict=True)])
    positions = np.concatenate([layer.positions_A for layer in layers])
    positions[:, 2] += up
    within, kinds = [], len(layers) - 1
    for number, (layer, place) in enumerate(zip(layers, places, strict=True)):
        pairs = layer.pairs.copy()
        pairs[:, :2] += first[number]
        pairs[:, 4] += kinds
        kinds += len(place.solid.class_names)
        within.append(pairs)
    across = [_across(stack, number, positions, first, places, within, cell) for number in range(len(layers) - 1)]
    pairs = np.concatenate([*within, *across])
    kept = _leads_through(positions, pairs, max(_longest_A(place) for place in places))
    if not kept.any():
        raise InputError(_no_way(stack, places))
    pairs = pairs[kept[pairs[:, 0]]]
    slices = np.full(len(positions), -1)
    spacing: list[NDArray[np.float64]] = []
    for number, thickness in enumerate(thicknesses):
        own = np.flatnonzero(kept[first[number] : first[number + 1]]) + first[number]
        place_of = np.full(len(positions), -1)
        place_of[own] = np.arange(len(own))
        mine = pairs[(place_of[pairs[:, 0]] >= 0) & (place_of[pairs[:, 1]] >= 0)]
        below, above = (_ends_in(pairs, place_of, side) for side in (1, 0))
        heights = positions[own, 2] - bottoms[number]
        found = slices_of(heights, place_of[mine[:, :2]], first_holds=below, last_holds=above)
        slices[own] = found + sum(map(len, spacing))
        spacing.append(thicknesses_A(heights, found, thickness))
    order = np.flatnonzero(kept)[np.argsort(slices[kept], kind="stable")]
    place_of = np.full(len(positions), -1)
    place_of[order] = np.arange(len(order))
    layer_of = np.repeat(np.arange(len(layers)), list(map(len, spacing)))
    extra = np.zeros(len(layer_of) + 1)
    extra[np.flatnonzero(np.diff(layer_of)) + 1] = between
    ends, images = place_of[pairs[:, :2]], pairs[:, 2:4]
    turned = slices[order][ends[:, 0]] > slices[order][ends[:, 1]]
    ends[turned], images[turned] = ends[turned, ::-1], -images[turned]
    return _Built(
        cell_A=cell,
        height_A=bottoms[-1] + thicknesses[-1],
        places=tuple(places),
        positions_A=positions[order],
        sites_of_planes=np.bincount(slices[kept]),
        layer_of_planes=layer_of,
        spacing_A=np.concatenate(spacing),
        between_A=extra,
        origins=ends[:, 0],
        targets=ends[:, 1],
        images=images,
        link_kinds=pairs[:, 4],
        **_all_atoms(layers, bottoms),
        hops_across=tuple(_summary(positions, rows, cell) for rows in across),
        left_out=int(np.count_nonzero(~kept)),
    )


def _placed(stack: CrystalStack) -> tuple[NDArray[np.float64], list[_Place]]:
    """Solids and the common cell; the last crystal keeps its lattice."""
    layers, networks, materials = stack.crystal_layers, stack.networks, stack.layer_materials
    places: dict[int, _Place] = {}
    cell = GLASS_CELL_A * np.eye(2)
    for number, sites in reversed(list(enumerate(networks))):
        if sites is None:
            continue
        given = layers[number].miller
        miller = checked_miller(USUAL_MILLER.get(materials[number].name, (0, 0, 1)) if given is None else given)
        if not places:
            plane = CrystalPlanes(sites.crystal.structure).plane(miller)
            cell, deformation, period, strains = plane.in_plane_A, plane.rotation, plane.spacing_A, (0.0, 0.0)
        else:
            found = match_to_cell(
                sites.crystal, miller, cell, max_area_A2=stack.max_area_A2, max_strain=stack.max_strain
            )[0]
            cell, deformation = np.array(found.match.cell_A), found.deformation
            period, strains = float(found.repeat_A[2][2]), found.match.principal_strains
        places[number] = _Place(sites.crystal.name, miller, _periodic(sites), deformation, period, strains)
        _check_lets_through(materials[number].name, miller, sites, places[number])
    for number, sites in enumerate(networks):
        if sites is None:
            height = 10 * stack.thicknesses_nm[number]
            solid = glass(cell, height, materials[number].site_density_per_cm3 * 1e-24, stack.seed)
            places[number] = _Place(materials[number].name, None, solid, np.eye(3), height, (0.0, 0.0))
    return cell, [places[number] for number in range(len(networks))]


def _check_lets_through(name: str, miller: Sequence[int], sites: LithiumNetwork, place: _Place) -> None:
    conductance = place.solid.conductance(np.ones(len(sites.classes)))
    normal = place.deformation[:, 2]
    if float(normal @ conductance @ normal) <= NONE * float(np.trace(conductance)):
        raise InputError(
            f"{name} lets no Li through its planes {miller_text(miller)}: its network is "
            f"{sites.percolation().direction}; give a plane that its hops cross, such as miller=(1, 0, 4) of LCO"
        )


def _periodic(sites: LithiumNetwork) -> PeriodicSites:
    structure = sites.crystal.structure
    return PeriodicSites(
        cell_A=sites.cell_A,
        fractional=sites.fractional,
        hops=sites.hop_table,
        class_names=sites.class_names,
        atoms_fractional=np.array(structure.frac_coords, dtype=float),
        symbols=tuple(site.specie.symbol for site in structure),
    )


def _longest_A(place: _Place) -> float:
    steps = place.solid.displacements_A @ place.deformation
    return float(np.linalg.norm(steps, axis=1).max())


def _room_A(lower: LayerSites, upper: LayerSites, thickness: float, cell: NDArray[np.float64]) -> float:
    """Room between two layers with which no atoms of both are too close."""
    below, above = (layer.atoms_A if len(layer.atoms_A) else layer.positions_A for layer in (lower, upper))
    for room in np.arange(0.0, 2 * APART_A, 0.05):
        if not len(joined(below, above + np.array([0.0, 0.0, thickness + room]), cell, APART_A)):
            return float(room)
    return 2 * APART_A


def _across(
    stack: CrystalStack,
    number: int,
    positions: NDArray[np.float64],
    first: NDArray[np.int64],
    places: Sequence[_Place],
    within: Sequence[NDArray[np.int64]],
    cell: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Hops across a contact: direct ones up to the longest, and of every part of a layer at least the shortest."""
    lower, upper = (slice(first[n], first[n + 1]) for n in (number, number + 1))
    longest = stack.across_A or max(ACROSS_A, _longest_A(places[number]), _longest_A(places[number + 1]))
    found = joined(positions[lower], positions[upper], cell, longest)
    found = found[are_direct(positions[lower], positions[upper], cell, found)]
    for side, n in ((0, number), (1, number + 1)):
        own = within[n][:, :2] - first[n]
        parts = parts_of(int(first[n + 1] - first[n]), own)
        heights = positions[first[n] : first[n + 1], 2]
        through = _spanning(heights, parts, _longest_A(places[n]))
        for part in np.setdiff1d(through, parts[found[:, side]]):
            members = parts == part
            points = [positions[lower], positions[upper]]
            chosen = np.flatnonzero(members)
            points[side] = points[side][chosen]
            reach = longest
            while not len(more := joined(points[0], points[1], cell, reach)):
                reach += 0.5
            more[:, side] = chosen[more[:, side]]
            apart = _lengths_A(positions[lower], positions[upper], more, cell)
            found = np.vstack([found, more[[np.argmin(apart)]]])
    found[:, 0] += first[number]
    found[:, 1] += first[number + 1]
    return np.column_stack([found, np.full(len(found), number)])


def _lengths_A(
    lower: NDArray[np.float64], upper: NDArray[np.float64], pairs: NDArray[np.int64], cell: NDArray[np.float64]
) -> NDArray[np.float64]:
    apart = upper[pairs[:, 1]] - lower[pairs[:, 0]]
    apart[:, :2] += pairs[:, 2:4] @ cell
    return np.asarray(np.linalg.norm(apart, axis=1))


def _spanning(heights: NDArray[np.float64], parts: NDArray[np.int64], reach_A: float) -> NDArray[np.int64]:
    """Parts that come as near to both faces as a hop is long."""
    low, high = np.full(parts.max() + 1, np.inf), np.full(parts.max() + 1, -np.inf)
    np.minimum.at(low, parts, heights)
    np.maximum.at(high, parts, heights)
    return np.flatnonzero((low <= heights.min() + reach_A) & (high >= heights.max() - reach_A))


def _leads_through(positions: NDArray[np.float64], pairs: NDArray[np.int64], reach_A: float) -> NDArray[np.bool_]:
    """Whether each site is in a part that leads from one end of the stack to the other."""
    parts = parts_of(len(positions), pairs)
    return np.isin(parts, _spanning(positions[:, 2], parts, reach_A))


def _no_way(stack: CrystalStack, places: Sequence[_Place]) -> str:
    names = ", ".join(f"{place.name} {miller_text(place.miller)}" for place in places if place.miller is not None)
    return f"no way leads through {'|'.join(stack.layer_names)} ({names}); give longer hops across, or other planes"


def _ends_in(pairs: NDArray[np.int64], place_of: NDArray[np.int64], side: int) -> NDArray[np.int64]:
    """Sites of a layer at which hops end that begin in another."""
    ours, theirs = place_of[pairs[:, side]], place_of[pairs[:, 1 - side]]
    return np.unique(ours[(ours >= 0) & (theirs < 0)])


def _all_atoms(layers: Sequence[LayerSites], bottoms: Sequence[float]) -> dict[str, Any]:
    atoms, symbols = [], []
    for layer, bottom in zip(layers, bottoms, strict=True):
        known = len(layer.atoms_A) > 0
        atoms.append((layer.atoms_A if known else layer.positions_A) + np.array([0.0, 0.0, bottom]))
        symbols += list(layer.symbols) if known else ["Li"] * len(layer.positions_A)
    return {"atoms_A": np.concatenate(atoms), "symbols": tuple(symbols)}


def _summary(
    positions: NDArray[np.float64], rows: NDArray[np.int64], cell: NDArray[np.float64]
) -> tuple[int, float, float]:
    lengths = _lengths_A(positions, positions, rows, cell)
    return len(rows), float(lengths.min()), float(lengths.max())
