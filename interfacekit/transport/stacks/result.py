"""What is computed for a stack at one voltage and temperature, by kinetic Monte Carlo or by its continuum twin."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import UC_CM2_PER_e_A2
from interfacekit.quantities import PARTICLE_SIZE
from interfacekit.results import Result, as_tuple, deferred

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from interfacekit.transport.runs.statistics import Estimate
    from interfacekit.transport.stacks.layered import LayeredStack
    from interfacekit.transport.stacks.planes import Planes

#: Share of a net charge that its width holds.
WIDTH_HOLDS = 0.9
#: Gaps from a contact in which ions feel what is beyond it.
FROM_ENDS = 3
#: Of LiCoO2; g/cm3, from its crystal structure.
LCO_DENSITY_g_cm3 = 5.05
PARTICLE_SIZE_um = 10.0


@dataclass(frozen=True)
class StackProfile(Result):
    """Means over planes, from low z to high; `_err` is the standard error, 0 in the continuum.

    Attributes
    ----------
    position_nm
        Of each plane; 0 at the outer face of the first layer.
    layer
        Name of each plane's layer.
    occupation, occupation_err
        Fraction of the sites that are occupied.
    neutral_occupation
        At which the plane is neutral; of a conductor, where its site energy is given.
    charge_density_e_nm3
        Net charge; 0 in a conductor at an end, which electrons reach. One between other layers keeps the charge of its
        ions, and only its own electrons move it to its faces.
    potential_V, potential_err_V
        Electric, 0 in a cathode that conducts electrons.
    """

    position_nm: tuple[float, ...]
    layer: tuple[str, ...]
    occupation: tuple[float, ...]
    occupation_err: tuple[float, ...]
    neutral_occupation: tuple[float, ...]
    charge_density_e_nm3: tuple[float, ...]
    potential_V: tuple[float, ...]
    potential_err_V: tuple[float, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each plane."""
        import pandas as pd

        return pd.DataFrame({column.name: list(getattr(self, column.name)) for column in fields(self)})


@dataclass(frozen=True)
class SpaceCharge(Result):
    """The space charge on one side of a contact: the planes of a layer up to its middle, or to its far end.

    Attributes
    ----------
    layer, contact
        In which layer, at which contact.
    charge_uC_cm2, charge_err_uC_cm2
        Net charge, and its standard error.
    width_nm, width_err_nm
        Distance from the contact that holds 90 % of it, and its standard error. Where charges of both signs follow one
        another: beyond which the charge farther away, and with it the field, never exceeds 10 % of the most there is.
    capacity_mAh_g
        Of Li for each gram of LiCoO2 in spheres of the result's `particle_size_um`; positive where Li is missing.
    """

    layer: str
    contact: str
    charge_uC_cm2: float
    charge_err_uC_cm2: float
    width_nm: float
    width_err_nm: float = field(default=0.0, kw_only=True)
    capacity_mAh_g: float


#: Fields of `StackTransport` that are no single number.
_NO_COLUMNS = ("layers", "thicknesses_nm", "requested_thicknesses_nm", "space_charges", "profile", "provenance")


@dataclass(frozen=True)
class StackTransport(
    Result,
    tables="interfacekit.report.tables.stacks:stack_tables",
    figure="interfacekit.plots.transport.stack_figures:plot_stacks",
    writers={".nc": "interfacekit.export.netcdf:save_dataset"},
):
    """Space charge and resistance of a stack; `_err` is the standard error, 0 in the continuum.

    Attributes
    ----------
    layers, thicknesses_nm
        Names and thicknesses of the layers of sites, the cathode first; layers consist of whole planes.
    requested_thicknesses_nm
        Thicknesses that were given for them; None for a layer of a number of planes, or by default.
    thickness_nm
        Thickness of all layers between the outermost two: the shell; 0 for a bare contact.
    voltage_V
        Of the cathode against Li/Li+; None in a stack without one.
    asr_ohm_cm2, asr_err_ohm_cm2
        Area-specific resistance of the whole stack, the slices of its outermost layers included.
    asr_layers, asr_err_layers
        Its parts, Ohm cm2: each layer as neutral bulk (thickness over conductivity), each contact as the excess of what
        is measured over that (space charge in the layers on both sides, and the hop across), each interphase. The part
        of a layer without contacts is what is measured. By `kmc`, ions that repel or attract one another resist in bulk
        with another resistance than the conductivity says: there the bulk is measured, in the interior of the layer
        (provenance: `measured_bulk`), and what a layer too thin for that has beyond its conductivity is counted to its
        contacts (`bulk_in_excess`).
    space_charges
        By side of contact; none in a conductor, also where that is charged (see `StackProfile`).
    scl_width_nm, scl_width_err_nm, scl_charge_uC_cm2, scl_charge_err_uC_cm2, scl_capacity_mAh_g
        Of the space charge in the last layer, the electrolyte.
    potential_drop_V
        Potential of the last layer's end less that of the first's.
    potential_drops_V, potential_drops_err_V
        Across each layer (from its first plane to its last) and each contact; V.
    method
        `continuum` or `kmc`.
    hop_shares
        Share of the hops that each layer used; empty in the continuum.
    """

    layers: tuple[str, ...]
    thicknesses_nm: tuple[float, ...]
    thickness_nm: float
    requested_thicknesses_nm: tuple[float | None, ...] = field(default=(), kw_only=True)
    voltage_V: float | None
    temperature_K: float
    asr_ohm_cm2: float
    asr_err_ohm_cm2: float
    asr_layers: dict[str, float]
    asr_err_layers: dict[str, float]
    space_charges: tuple[SpaceCharge, ...]
    scl_width_nm: float
    scl_width_err_nm: float = field(default=0.0, kw_only=True)
    scl_charge_uC_cm2: float
    scl_charge_err_uC_cm2: float
    scl_capacity_mAh_g: float
    particle_size_um: float
    potential_drop_V: float
    potential_drops_V: dict[str, float]
    potential_drops_err_V: dict[str, float] = field(default_factory=dict, kw_only=True)
    profile: StackProfile = field(repr=False)
    method: str
    hop_shares: dict[str, float]
    provenance: dict[str, Any]

    @property
    def requested_thickness_nm(self) -> float | None:
        """Requested thickness of the shell; None where that of a layer of it was not given."""
        between = self.requested_thicknesses_nm[1:-1]
        if len(self.requested_thicknesses_nm) != len(self.layers) or None in between:
            return None
        return float(sum(thickness for thickness in between if thickness is not None))

    def to_frame(self) -> pd.DataFrame:
        """One row, with columns such as `asr_layers_ohm_cm2 LNO` for each part of the resistance."""
        import pandas as pd

        row: dict[str, Any] = {"layers": "|".join(self.layers), "requested_thickness_nm": self.requested_thickness_nm}
        for name, value in self.as_dict().items():
            if name.startswith("@") or name in _NO_COLUMNS:
                continue
            if isinstance(value, dict):
                unit = "_ohm_cm2" if name.startswith("asr") else ""
                row |= {f"{name}{unit} {part}": number for part, number in value.items()}
            else:
                row[name] = value
        return pd.DataFrame([row])


@dataclass(frozen=True, eq=False)
class ResistanceParts:
    """How the resistances of gaps add up to those of layers and contacts.

    parts = weights @ gaps - baseline: a half of each outermost gap lies beyond the stack.
    """

    names: tuple[str, ...]
    weights: NDArray[np.float64]  # (parts, P + 1)
    baseline: NDArray[np.float64]  # (parts,), Ohm cm2


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names with a number where one comes again: LCO, LNO, LCO (2)."""
    out: list[str] = []
    for name in names:
        earlier = sum(other == name for other in names[: len(out)])
        out.append(f"{name} ({earlier + 1})" if earlier else name)
    return tuple(out)


def contact_names(layer_names: Sequence[str]) -> tuple[str, ...]:
    """Unique names of the contacts between layers."""
    return unique_names([f"{a}|{b}" for a, b in zip(layer_names, layer_names[1:], strict=False)])


def resistance_parts(planes: Planes, bulk_of_plane: NDArray[np.float64] | None = None) -> ResistanceParts:
    """Divide the gaps of a stack among its layers and contacts.

    Each layer counts as neutral bulk; what the gaps have beyond that goes to the nearest contact (to both in equal
    parts from the gap in the middle of a layer), or to the layer itself where there is none.

    Parameters
    ----------
    planes
        Of the stack.
    bulk_of_plane
        Resistance of what each plane stands for as bulk, Ohm cm2; by the conductivities if None; shape (P,).
    """
    layers = len(planes.layer_names)
    owner = _nearest_contacts(planes)
    gaps = planes.count + 1
    if bulk_of_plane is None:
        bulk_of_plane = planes.bulk_resistance_ohm_cm2
    bulk = np.array([bulk_of_plane[planes.layer == m].sum() for m in range(layers)])
    # The bulk that a gap replaces: half of the plane before it and half of that after it.
    half = bulk_of_plane / 2
    replaced = np.zeros(gaps)
    replaced[:-1] += half
    replaced[1:] += half
    inside = np.ones(gaps)
    inside[[0, -1]] = 0.5
    if layers == 1:
        return ResistanceParts(planes.layer_names, inside[None, :], np.zeros(1))
    weights = owner * inside
    # An outermost gap is half outside, and the half inside replaces half a plane.
    excess = owner @ replaced
    names = (*unique_names(planes.layer_names), *contact_names(planes.layer_names))
    return ResistanceParts(
        names=names,
        weights=np.vstack([np.zeros((layers, gaps)), weights]),
        baseline=np.concatenate([-bulk, excess]),
    )


def interior_gaps(planes: Planes) -> dict[int, NDArray[np.int64]]:
    """Gaps of each layer with pair energies, by its number, that are `FROM_ENDS` gaps or more from both its ends."""
    out = {}
    for layer in range(len(planes.layer_names)):
        members = np.flatnonzero(planes.layer == layer)
        if planes.pair_energy_eV[members].any() or planes.gap_pair_energy_eV[members[1:]].any():
            out[layer] = np.arange(members[0] + FROM_ENDS, members[-1] + 2 - FROM_ENDS)
    return out


def _nearest_contacts(planes: Planes) -> NDArray[np.float64]:
    """Share that each contact has in each gap; shape (contacts, P + 1)."""
    contacts = planes.interface_gaps
    if not len(contacts):
        return np.zeros((0, planes.count + 1))
    distances = np.abs(contacts[:, None] - np.arange(planes.count + 1))
    nearest = distances == distances.min(axis=0)
    owner: NDArray[np.float64] = nearest / nearest.sum(axis=0)
    return owner


def space_charges(
    planes: Planes,
    charge: NDArray[np.float64],
    charge_error: Mapping[tuple[str, str], float],
    particle_size_um: float,
    *,
    width_error: Mapping[tuple[str, str], float] | None = None,
) -> tuple[SpaceCharge, ...]:
    """Net charges on both sides of every contact.

    Parameters
    ----------
    planes
        Of the stack.
    charge
        Net charge of each plane, elementary charges on the site area; shape (P,).
    charge_error
        Standard errors, uC/cm2, by layer and contact (see `sides_of_contacts`); 0 where not given.
    particle_size_um
        Diameter.
    width_error
        Standard errors of the widths, nm, in the same way.
    """
    out = []
    for layer, contact, members in sides_of_contacts(planes):
        q = charge[members] * UC_CM2_PER_e_A2 / planes.site_area_A2
        total = float(q.sum())
        out.append(
            SpaceCharge(
                layer=layer,
                contact=contact,
                charge_uC_cm2=total,
                charge_err_uC_cm2=float(charge_error.get((layer, contact), 0.0)),
                width_nm=_width_nm(q, planes.spacing_A[members] / 10),
                width_err_nm=float((width_error or {}).get((layer, contact), 0.0)),
                capacity_mAh_g=_capacity_mAh_g(total, particle_size_um),
            )
        )
    return tuple(out)


def net_charges(planes: Planes, occupation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Net charge of each plane on the site area, elementary charges, 0 in a conductor at an end; shape (P,)."""
    conductor = planes.conductor
    at_an_end = (np.cumprod(conductor) + np.cumprod(conductor[::-1])[::-1]) > 0
    return np.where(at_an_end, 0.0, planes.multiplicity * (occupation - planes.filling))


def sides_of_contacts(planes: Planes) -> list[tuple[str, str, NDArray[np.int64]]]:
    """Layer, contact and planes of each side of a contact that holds charge, the nearest plane first."""
    layers, contacts = unique_names(planes.layer_names), contact_names(planes.layer_names)
    out = []
    for number, contact in enumerate(contacts):
        for side in (number, number + 1):
            members = np.flatnonzero(planes.layer == side)
            if planes.conductor[members[0]]:
                continue
            if side == number:
                members = members[::-1]
            between_contacts = 0 < side < len(layers) - 1
            if between_contacts:
                members = members[: len(members) // 2 + len(members) % 2 * (side == number + 1)]
            if len(members):
                out.append((layers[side], contact, members))
    return out


def _width_nm(charge: NDArray[np.float64], spacing_nm: NDArray[np.float64]) -> float:
    """Distance from the contact beyond which the charge farther away never exceeds 10 % of the most there is of it.

    By Gauss' law that charge is the field. Where all charge has one sign, the rest of it holds 90 % of the whole.
    """
    beyond = np.append(np.cumsum(charge[::-1])[::-1], 0.0)
    most = float(np.abs(beyond).max())
    if most == 0:
        return 0.0
    edges = np.concatenate([[0.0], np.cumsum(spacing_nm)])
    left = (1 - WIDTH_HOLDS) * most
    # Equal but for rounding is not more.
    plane = int(np.flatnonzero(np.abs(beyond) > left * (1 + 1e-9))[-1])
    before, after = beyond[plane] * np.sign(beyond[plane]), beyond[plane + 1] * np.sign(beyond[plane])
    part = (before - left) / (before - after)
    return float(edges[plane] + part * spacing_nm[plane])


def _capacity_mAh_g(charge_uC_cm2: float, particle_size_um: float) -> float:
    """Li that a space charge lacks, on spheres with an area of 6 / (density diameter) for each gram."""
    area_cm2_g = 6.0 / (LCO_DENSITY_g_cm3 * particle_size_um * 1e-4)
    return -charge_uC_cm2 * 1e-6 * area_cm2_g / 3.6


def stack_transport(
    stack: LayeredStack,
    planes: Planes,
    *,
    voltage_V: float | None,
    occupation: NDArray[np.float64],
    occupation_err: NDArray[np.float64],
    potential_V: NDArray[np.float64],
    potential_err_V: NDArray[np.float64],
    parts: Mapping[str, Estimate],
    asr: Estimate,
    charge_errors: Mapping[tuple[str, str], float],
    method: str,
    hop_shares: Mapping[str, float],
    provenance: dict[str, Any],
    particle_size_um: float = PARTICLE_SIZE_um,
    width_errors: Mapping[tuple[str, str], float] | None = None,
    drop_errors_V: Mapping[str, float] | None = None,
) -> StackTransport:
    """Assemble a result; the interphases of the stack, which hold no sites, come in here.

    Parameters
    ----------
    stack, planes
        The stack, and what was computed of it.
    voltage_V
        Of the cathode.
    occupation, occupation_err
        Of the planes; shape (P,).
    potential_V, potential_err_V
        Of the left reservoir, the planes and the right reservoir; shape (P + 2,).
    parts, asr
        Resistances of the layers and contacts (see `resistance_parts`) and of all of them, without interphases.
    charge_errors
        See `space_charges`.
    method, hop_shares, provenance, particle_size_um
        See `StackTransport`.
    width_errors, drop_errors_V
        Standard errors of the widths (see `space_charges`), and of `drops_V`; 0 where not given.
    """
    particle_size_um = PARTICLE_SIZE.check(particle_size_um)
    charge = net_charges(planes, occupation)
    sides = space_charges(planes, charge, charge_errors, particle_size_um, width_error=width_errors)
    last = unique_names(planes.layer_names)[-1]
    outer = next((side for side in sides if side.layer == last), None)
    interphases = {
        f"{name} interphase": between.asr_ohm_cm2(planes.temperature_K) for name, between in stack.interphases.items()
    }
    thicknesses = stack.thicknesses_nm
    inner = potential_V[1:-1]
    drops = drops_V(planes, inner)

    def profile() -> StackProfile:
        return StackProfile(
            position_nm=as_tuple(planes.position_A / 10),
            layer=tuple(planes.layer_names[m] for m in planes.layer.tolist()),
            occupation=as_tuple(occupation),
            occupation_err=as_tuple(occupation_err),
            neutral_occupation=as_tuple(planes.filling),
            charge_density_e_nm3=as_tuple(charge / (planes.site_area_A2 * planes.spacing_A) * 1e3),
            potential_V=as_tuple(inner),
            potential_err_V=as_tuple(potential_err_V[1:-1]),
        )

    return StackTransport(
        layers=planes.layer_names,
        thicknesses_nm=thicknesses,
        thickness_nm=float(sum(thicknesses[1:-1])),
        requested_thicknesses_nm=stack.requested_thicknesses_nm,
        voltage_V=voltage_V,
        temperature_K=planes.temperature_K,
        asr_ohm_cm2=asr.mean + sum(interphases.values()),
        asr_err_ohm_cm2=asr.error,
        asr_layers={**{name: part.mean for name, part in parts.items()}, **interphases},
        asr_err_layers={**{name: part.error for name, part in parts.items()}, **dict.fromkeys(interphases, 0.0)},
        space_charges=sides,
        scl_width_nm=outer.width_nm if outer else 0.0,
        scl_width_err_nm=outer.width_err_nm if outer else 0.0,
        scl_charge_uC_cm2=outer.charge_uC_cm2 if outer else 0.0,
        scl_charge_err_uC_cm2=outer.charge_err_uC_cm2 if outer else 0.0,
        scl_capacity_mAh_g=outer.capacity_mAh_g if outer else 0.0,
        particle_size_um=particle_size_um,
        potential_drop_V=float(potential_V[-1] - potential_V[0]),
        potential_drops_V=drops,
        potential_drops_err_V={name: float((drop_errors_V or {}).get(name, 0.0)) for name in drops},
        profile=deferred(profile),
        method=method,
        hop_shares=dict(hop_shares),
        provenance=provenance,
    )


def drops_V(planes: Planes, potential_V: NDArray[np.float64]) -> dict[str, float]:
    """Potential drops across each layer and each contact, in the order of the stack; from those of planes, (P,)."""
    layers, contacts = unique_names(planes.layer_names), contact_names(planes.layer_names)
    out: dict[str, float] = {}
    for number, layer in enumerate(layers):
        members = np.flatnonzero(planes.layer == number)
        out[layer] = float(potential_V[members[-1]] - potential_V[members[0]])
        if number < len(contacts):
            out[contacts[number]] = float(potential_V[members[-1] + 1] - potential_V[members[-1]])
    return out
