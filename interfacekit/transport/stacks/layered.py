"""Stacks of layers between two reservoirs, whatever the sites of their planes are.

Materials and contacts with the user's changes to their numbers; and from the planes of a kind of stack (its `Grid`) the
arrays that the continuum and kinetic Monte Carlo take.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar, get_args

import numpy as np

from interfacekit.catalogue.checks import collected
from interfacekit.catalogue.files import as_catalogue
from interfacekit.errors import InputError
from interfacekit.quantities import (
    BIAS,
    CONTACT_NUMBERS,
    TEMPERATURE,
    check_switch,
    keep_plain,
)
from interfacekit.transport.materials.contacts import Contact, contact
from interfacekit.transport.materials.known_layers import changed, layer_material
from interfacekit.transport.materials.layers import (
    LayerMaterial,
)
from interfacekit.transport.materials.parameters import Parameter
from interfacekit.transport.stacks.layers import Interphase, Layer
from interfacekit.transport.stacks.parts import unique_names
from interfacekit.transport.stacks.planes import Ends, Planes
from interfacekit.transport.stacks.reservoirs import ladder_eV, levels_eV, neutral_conductivities_S_cm, reservoirs
from interfacekit.wording import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from interfacekit.catalogue.catalogue import Catalogue
    from interfacekit.transport.stacks.planes import Grid


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

    @cached_property
    def site_layers(self) -> tuple[Layer, ...]:
        """The layers that have sites."""
        return tuple(layer for layer in self.layers if isinstance(layer, Layer))

    @cached_property
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

        contacts = self.contact_numbers()
        levels = levels_eV(materials, contacts)
        left, right = reservoirs(materials, levels, temperature, voltage_V, bias_V)
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
            site_energy_eV=levels[layer] + ladder_eV(layer, contacts),
            filling=of("filling"),
            repulsion_eV=of("repulsion_eV"),
            conductor=of("conductor"),
            conductivity_S_cm=neutral_conductivities_S_cm(materials, grid.conductivity_S_cm, (left, right))[layer],
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

    @cached_property
    def _known(self) -> Catalogue:
        """The catalogue that the stack is made of."""
        return as_catalogue(self.catalogue)

    @cached_property
    def _contacts(self) -> tuple[Contact, ...]:
        names = self.layer_names
        return tuple(self._contact(a, b) for a, b in zip(names, names[1:], strict=False))

    @abstractmethod
    def _grid(self, temperature_K: float) -> Grid:
        """The planes and their hops."""

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
