"""What all stacks of layers between two reservoirs have in common, whatever the sites of their planes are.

Materials and contacts with the user's changes to their numbers, site energies across contacts, reservoirs; and from the
planes of a kind of stack (its `Grid`) the arrays that the continuum and kinetic Monte Carlo take.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, get_args

import numpy as np

from interfacekit.catalogue.checks import collected
from interfacekit.catalogue.files import as_catalogue
from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import ComputationError, InputError
from interfacekit.numerals import shown
from interfacekit.quantities import (
    BIAS,
    CONTACT_NUMBERS,
    INTERPHASE_NUMBERS,
    LAYER_THICKNESS,
    PLANES,
    TEMPERATURE,
    VOLTAGE,
    check_switch,
    keep_plain,
    optional,
)
from interfacekit.transport.materials.contacts import Contact, contact
from interfacekit.transport.materials.known_layers import changed, layer_material
from interfacekit.transport.materials.layers import (
    ROOM_TEMPERATURE_K,
    LayerMaterial,
    check_barrier,
    conductivity_at_S_cm,
)
from interfacekit.transport.materials.parameters import Parameter
from interfacekit.transport.stacks.planes import Ends, Planes, Reservoir
from interfacekit.transport.stacks.result import unique_names
from interfacekit.units import lithium_chemical_potential_eV

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from interfacekit.catalogue.catalogue import Catalogue
    from interfacekit.transport.stacks.links import Links

#: A reservoir with fewer ions, or fewer vacancies, than this is as good as empty, or full.
FEWEST_OF_A_RESERVOIR = 1e-3
#: No larger resistance can be added up.
LARGEST_ASR_ohm_cm2 = 1e299


@dataclass(frozen=True)
class Layer:
    """A layer of sites.

    Attributes
    ----------
    material
        Alias of a known material, or a `LayerMaterial`.
    thickness_nm, planes
        One of them; 3 planes of a conductor and 10 nm of anything else where neither is given.
    """

    material: str | LayerMaterial
    thickness_nm: float | None = None
    planes: int | None = None

    def __post_init__(self) -> None:
        if self.thickness_nm is not None and self.planes is not None:
            raise InputError(f"{self.name} has a thickness and a number of planes; give one of them")
        thickness_nm = optional(LAYER_THICKNESS, self.thickness_nm, f"thickness of {self.name}")
        keep_plain(self, thickness_nm=thickness_nm, planes=optional(PLANES, self.planes, f"planes of {self.name}"))

    @property
    def name(self) -> str:
        """Of the material."""
        return self.material if isinstance(self.material, str) else self.material.name


@dataclass(frozen=True)
class Interphase:
    """A product layer of a contact: an ohmic resistance in series, without charge of its own.

    Attributes
    ----------
    thickness_nm, conductivity_S_cm
        Of the bare LCO|LGPS contact 280-710 nm at 1-3e-9 S/cm have been *fitted* to measured cells.
    barrier_eV
        With which the conductivity changes with temperature, as that of a layer does; without one it does not change.
    temperature_K
        At which the conductivity is known.
    """

    thickness_nm: float
    conductivity_S_cm: float
    barrier_eV: float | None = None
    temperature_K: float = ROOM_TEMPERATURE_K

    def __post_init__(self) -> None:
        for name, quantity in INTERPHASE_NUMBERS.items():
            value = getattr(self, name)
            if value is not None or name != "barrier_eV":
                keep_plain(self, **{name: quantity.check(value, f"{name} of an interphase")})
        if self.barrier_eV is not None:
            check_barrier(self.barrier_eV, self.temperature_K, "an interphase")

    def asr_ohm_cm2(self, temperature_K: float) -> float:
        """Area-specific resistance at a temperature.

        Raises
        ------
        ComputationError
            If it is beyond all numbers.
        """
        conductivity = self.conductivity_S_cm
        if self.barrier_eV is not None:
            conductivity = conductivity_at_S_cm(conductivity, self.barrier_eV, self.temperature_K, temperature_K)
        if conductivity * LARGEST_ASR_ohm_cm2 < self.thickness_nm * 1e-7:
            raise ComputationError(
                f"at {temperature_K:g} K an interphase resists with more than {LARGEST_ASR_ohm_cm2:g} Ohm cm2; give a "
                "higher temperature"
            )
        return self.thickness_nm * 1e-7 / conductivity


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


def _listed(layers: Any) -> list[Any]:
    """The layers of any iterable that is not one name."""
    if isinstance(layers, str) or not hasattr(layers, "__iter__"):
        raise InputError(f"layers must be a list of layers, got {shown(layers)}; give one such as [Layer('LNO', 5)]")
    return list(layers)


@dataclass(frozen=True)
class LayeredStack(ABC):
    """Layers from low z to high, the cathode first.

    Attributes
    ----------
    layers
        `Layer`, with an `Interphase` between two of them where there is one.
    materials
        Changes to the numbers of materials by name, or all numbers of materials of your own (see `LayerMaterial`).
    contacts
        Changes to contacts by name, such as `{"LCO|LNO": {"offset_eV": 0.1}}` (see `Contact`).
    ladder
        Take the site energies of the interface cells plane by plane (see `contact`).
    electrostatics
        False leaves out all fields: ions do not see their charge.
    catalogue
        Materials and contacts of your own (see `interfacekit.load_materials`), or plain mappings that describe them.
    """

    layers: Sequence[Layer | Interphase]
    materials: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    contacts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    ladder: bool = False
    electrostatics: bool = True
    catalogue: Catalogue | Mapping[str, Any] | None = field(default=None, kw_only=True)

    #: What a layer is that is given as a material alone.
    LAYER: ClassVar[type[Layer]] = Layer

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(map(self._as_layer, _listed(self.layers))))
        if not self.site_layers:
            raise InputError("a stack without a layer of sites carries no current; give one, such as LNO:5nm")
        keep_plain(self, **{name: check_switch(getattr(self, name), name) for name in ("ladder", "electrostatics")})
        if isinstance(self.layers[0], Interphase) or isinstance(self.layers[-1], Interphase):
            raise InputError("an interphase lies between two layers; put it there")
        for first, second in zip(self.layers, self.layers[1:], strict=False):
            if isinstance(first, Interphase) and isinstance(second, Interphase):
                raise InputError("two interphases follow one another; make them one")
        keep_plain(self, catalogue=as_catalogue(self.catalogue).of(layer.name for layer in self.site_layers))
        self._check_contacts()

    def _as_layer(self, layer: Any) -> Layer | Interphase:
        """A layer as it is, or that of a material."""
        if isinstance(layer, Layer | Interphase):
            return layer
        if isinstance(layer, LayerMaterial):
            return self.LAYER(layer)
        kind = self.LAYER.__name__
        if not isinstance(layer, str):
            raise InputError(f"a layer must be a {kind}, got {shown(layer)}; give one such as {kind}('LNO', 5)")
        name, colon, _ = layer.partition(":")
        if colon:
            raise InputError(
                f"a layer must be a {kind} or a material, got {shown(layer)}; give {kind}({name!r}, 5), "
                f"with the thickness in nm, for {name}:5nm"
            )
        return self.LAYER(layer.strip())

    @property
    def site_layers(self) -> tuple[Layer, ...]:
        """The layers that have sites."""
        return tuple(layer for layer in self.layers if isinstance(layer, Layer))

    @property
    def interphases(self) -> dict[str, Interphase]:
        """Interphases by the name of their contact (with a number where one comes again: `LCO|LNO (2)`)."""
        before_each = iter(unique_names(self.contact_names))
        found: dict[str, Interphase] = {}
        for layer, following in zip(self.layers, self.layers[1:], strict=False):
            if isinstance(layer, Layer):
                name = next(before_each)
                if isinstance(following, Interphase):
                    found[name] = following
        return found

    @cached_property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the materials."""
        return tuple(material.name for material in self.layer_materials)

    @cached_property
    def contact_names(self) -> tuple[str, ...]:
        """Names of the contacts, `LCO|LNO`."""
        names = self.layer_names
        return tuple(f"{a}|{b}" for a, b in zip(names, names[1:], strict=False))

    @cached_property
    def layer_materials(self) -> tuple[LayerMaterial, ...]:
        """The materials with the changes made to them."""
        problems: list[str] = []
        materials = [collected(problems, partial(self._material, layer)) for layer in self.site_layers]
        if problems:
            raise InputError("; ".join(dict.fromkeys(problems)))
        return tuple(materials)

    @property
    @abstractmethod
    def thicknesses_nm(self) -> tuple[float, ...]:
        """Of the layers of sites."""

    @property
    def requested_thicknesses_nm(self) -> tuple[float | None, ...]:
        """Requested thicknesses of the layers of sites; None for a layer of a number of planes, or by default."""
        return tuple(layer.thickness_nm for layer in self.site_layers)

    @property
    @abstractmethod
    def geometry(self) -> dict[str, Any]:
        """What says where the sites are, besides the layers; for the provenance of results."""

    def contact_numbers(self) -> tuple[Contact, ...]:
        """The contacts with the changes made to them."""
        return self._contacts

    @cached_property
    def _known(self) -> Catalogue:
        """The catalogue that the stack is made of."""
        return as_catalogue(self.catalogue)

    @cached_property
    def _contacts(self) -> tuple[Contact, ...]:
        names = self.layer_names
        return tuple(self._contact(a, b) for a, b in zip(names, names[1:], strict=False))

    def parameters(self) -> dict[str, tuple[Parameter, ...]]:
        """All numbers that went in, by material and contact."""
        materials = {m.name: m.parameters for m in self.layer_materials}
        contacts = {name: c.parameters for name, c in zip(self.contact_names, self.contact_numbers(), strict=True)}
        return {**materials, **contacts}

    def planes(
        self, temperature_K: float, voltage_V: float | None = None, *, bias_V: float = 0.0, ends: Ends = "fixed"
    ) -> Planes:
        """Return the stack as planes and gaps.

        Parameters
        ----------
        temperature_K
            Kelvin.
        voltage_V
            Of the cathode against Li/Li+: sets the chemical potential of its Li, and so its occupation. Needed where
            an outermost layer conducts electrons.
        bias_V
            By how much the electrochemical potential of Li+ is lower at the right end: drives ions to higher z.
        ends
            See `Planes`.

        Raises
        ------
        InputError
            If the temperature or voltage is not possible, or a reservoir would be empty or full.
        """
        temperature = TEMPERATURE.check(temperature_K)
        BIAS.check(bias_V)
        if ends not in get_args(Ends):
            raise InputError(f"{ends!r} ends are not known; give {', '.join(get_args(Ends))}")
        materials, grid = self.layer_materials, self._grid(temperature)
        layer, spacing = grid.layer, grid.spacing_A

        def of(value: str) -> NDArray[Any]:
            return np.array([getattr(m, value) for m in materials])[layer]

        levels = self._levels_eV()
        left, right = self._reservoirs(levels, temperature, voltage_V, bias_V)
        frequency = grid.frequency_Hz.copy()
        if ends == "closed":
            frequency[[0, -1]] = 0.0
        pair = of("pair_energy_eV")
        # Facing ions of two materials repel as the mean of both; none sits beyond the ends.
        facing = np.concatenate([[0.0], (pair[1:] + pair[:-1]) / 2, [0.0]])
        permittivity = np.where(of("conductor"), np.inf, of("permittivity"))
        if not self.electrostatics:
            permittivity[:] = np.inf
        ends_too = np.concatenate([[0], np.arange(len(layer)), [len(layer) - 1]])
        half, half_elastance = spacing[ends_too] / 2, (spacing / permittivity)[ends_too] / 2
        between, inverse = grid.between_A, 1 / permittivity[ends_too]
        elastance = half_elastance[1:] + half_elastance[:-1] + between * (inverse[1:] + inverse[:-1]) / 2
        if not elastance.any():
            left, right = left.without_potential(), right.without_potential()
        return Planes(
            site_area_A2=grid.site_area_A2,
            layer_names=self.layer_names,
            layer=layer,
            position_A=np.cumsum(spacing) - spacing / 2 + np.cumsum(between[:-1]),
            spacing_A=spacing,
            site_energy_eV=levels[layer] + self._ladder_eV(layer),
            filling=of("filling"),
            repulsion_eV=of("repulsion_eV"),
            conductor=of("conductor"),
            conductivity_S_cm=self._neutral_conductivities_S_cm(grid.conductivity_S_cm, left, right)[layer],
            pair_energy_eV=pair,
            in_plane_barrier_eV=grid.in_plane_barrier_eV,
            in_plane_frequency_Hz=grid.in_plane_frequency_Hz,
            length_A=half[1:] + half[:-1] + between,
            elastance_A=elastance,
            barrier_eV=grid.barrier_eV,
            frequency_Hz=frequency,
            gap_pair_energy_eV=facing,
            left=left,
            right=right,
            ends=ends,
            temperature_K=temperature,
            multiplicity=grid.multiplicity,
            links=grid.links,
        )

    @abstractmethod
    def _grid(self, temperature_K: float) -> Grid:
        """The planes and their hops."""

    def _neutral_conductivities_S_cm(
        self, conductivity_S_cm: NDArray[np.float64], left: Reservoir, right: Reservoir
    ) -> NDArray[np.float64]:
        """Of each neutral layer; a conductor at an end is neutral with the occupation of its reservoir."""
        materials, conductivities = self.layer_materials, conductivity_S_cm.copy()
        for end, reservoir in {0: left, len(materials) - 1: right}.items():
            if materials[end].conductor:
                x, c = reservoir.filling, materials[end].filling
                conductivities[end] *= x * (1 - x) / (c * (1 - c))
        return conductivities

    def _material(self, layer: Layer) -> LayerMaterial:
        alias = self._known.alias(layer.name)
        if alias != layer.name and alias in self.materials and layer.name in self.materials:
            raise InputError(f"{alias} and {layer.name} are one material; give its numbers once")
        changes = {**self.materials.get(alias, {}), **self.materials.get(layer.name, {})}
        if isinstance(layer.material, LayerMaterial):
            return changed(layer.material, changes)
        return layer_material(layer.name, changes, self._known)

    def _check_contacts(self) -> None:
        names = self.contact_names
        for name in self.contacts:
            other = "|".join(reversed(name.split("|")))
            if other != name and other in self.contacts:
                raise InputError(f"{name} and {other} are one contact; give its numbers once")
            if name not in names and "|".join(reversed(name.split("|"))) not in names:
                there = f"there is {', '.join(names)}" if names else "it has one layer"
                raise InputError(f"the stack has no contact {name}; {there}")
        for name in self.materials:
            if name not in self.layer_names and name not in {layer.name for layer in self.site_layers}:
                raise InputError(f"the stack has no layer of {name}; it has {', '.join(self.layer_names)}")
        self.contact_numbers()

    def _contact(self, left: str, right: str) -> Contact:
        changes = dict(self.contacts.get(f"{left}|{right}", {}))
        mirrored = dict(self.contacts.get(f"{right}|{left}", {}))
        for key, value in (*changes.items(), *mirrored.items()):
            if key not in Contact.__dataclass_fields__ or key == "parameters":
                raise InputError(
                    f"{key!r} is no number of a contact; there is offset_eV, barrier_eV, "
                    "attempt_frequency_Hz, left_ladder_eV, right_ladder_eV"
                )
            numbers = value if isinstance(value, list | tuple) and key.endswith("ladder_eV") else [value]
            if value is not None or key not in {"barrier_eV", "attempt_frequency_Hz"}:
                for number in numbers:
                    CONTACT_NUMBERS[key].check(number, f"{key} of {left}|{right}")
        if left != right and mirrored:
            return _changed(
                partial(contact, right, left, ladder=self.ladder, catalogue=self._known), mirrored
            ).reversed()
        return _changed(partial(contact, left, right, ladder=self.ladder, catalogue=self._known), changes)

    def _levels_eV(self) -> NDArray[np.float64]:
        """Site energy of each layer at its neutral filling, at the potential of the cathode."""
        levels = np.concatenate([[0.0], np.cumsum([c.offset_eV for c in self.contact_numbers()])])
        materials = self.layer_materials
        for end in (0, -1):
            level = materials[end].level_eV
            if materials[end].conductor and level is not None:
                return np.asarray(levels - levels[end] - level)
        return np.asarray(levels)

    def _ladder_eV(self, layer: NDArray[np.int64]) -> NDArray[np.float64]:
        """What contacts add to the site energies of the planes next to them."""
        out = np.zeros(len(layer))
        for number, between in enumerate(self.contact_numbers()):
            for planes, ladder in (
                (np.flatnonzero(layer == number)[::-1], between.left_ladder_eV),
                (np.flatnonzero(layer == number + 1), between.right_ladder_eV),
            ):
                near = planes[: len(ladder)]
                out[near] += np.array(ladder[: len(near)])
        return out

    def _reservoirs(
        self, levels_eV: NDArray[np.float64], temperature_K: float, voltage_V: float | None, bias_V: float
    ) -> tuple[Reservoir, Reservoir]:
        """A conductor's takes the occupation of the voltage, any other the potential at which it is neutral."""
        materials = self.layer_materials
        kT = BOLTZMANN_eV_K * temperature_K
        conductors = [end for end in (0, -1) if materials[end].conductor]
        if conductors and voltage_V is None:
            raise InputError(f"{materials[conductors[0]].name} needs a voltage; give volts against Li/Li+, such as 4.0")
        first = materials[0]
        eta = levels_eV[0] + kT * math.log(first.filling / (1 - first.filling))
        if conductors and voltage_V is not None:
            eta = lithium_chemical_potential_eV(VOLTAGE.check(voltage_V))
        ends = []
        for end, drive in ((0, 0.0), (-1, bias_V)):
            material, level = materials[end], float(levels_eV[end])
            if material.conductor:
                x = _occupation(material, level, eta, kT)
                ends.append(Reservoir(x, level + material.repulsion_eV * (x - material.filling), 0.0 - drive))
            else:
                c = material.filling
                neutral = eta - level - kT * math.log(c / (1 - c))
                ends.append(Reservoir(c, level, neutral - drive))
        return ends[0], ends[1]


def _changed(make: Callable[[], Contact], changes: dict[str, Any]) -> Contact:
    """A known contact with changes, or one of the user's own if these say its offset."""
    changes = {key: tuple(np.atleast_1d(v).tolist()) if key.endswith("ladder_eV") else v for key, v in changes.items()}
    own = tuple(
        Parameter(name, float(value), "eV", "given", "given", "given")
        for name in ("offset_eV", "left_ladder_eV", "right_ladder_eV")
        for value in np.atleast_1d(changes.get(name, ()))
    )
    if "offset_eV" not in changes:
        base = make()
        return replace(base, **changes, parameters=(*base.parameters, *own)) if changes else base
    try:
        base = make()
    except InputError:
        base = Contact(0.0)
    return replace(base, **changes, parameters=own)


def _occupation(material: LayerMaterial, level_eV: float, eta_eV: float, kT: float) -> float:
    """Occupation of a conductor's sites at an electrochemical potential, its potential being 0."""
    from scipy.optimize import brentq

    def excess(x: float) -> float:
        energy = level_eV + material.repulsion_eV * (x - material.filling)
        return energy + kT * math.log(x / (1 - x)) - eta_eV

    low, high = FEWEST_OF_A_RESERVOIR, 1 - FEWEST_OF_A_RESERVOIR
    if excess(low) > 0 or excess(high) < 0:
        state = "empty" if excess(low) > 0 else "full"
        limits = sorted(-(excess(end) + eta_eV) for end in (low, high))
        raise InputError(
            f"at {-eta_eV:g} V the reservoir of {material.name} is {state}; give a voltage from {limits[0]:.2f} to "
            f"{limits[1]:.2f} V"
        )
    return float(brentq(excess, low, high, xtol=1e-15, rtol=1e-14))
