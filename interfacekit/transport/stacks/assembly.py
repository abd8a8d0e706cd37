"""Results of a stack from what was computed of its planes and gaps, and from its interphases, which hold no sites."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.quantities import PARTICLE_SIZE
from interfacekit.results import as_tuple, deferred
from interfacekit.transport.stacks.contact_charges import net_charges, space_charges
from interfacekit.transport.stacks.parts import drops_V, unique_names
from interfacekit.transport.stacks.result import PARTICLE_SIZE_um, StackProfile, StackTransport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from interfacekit.transport.runs.statistics import Estimate
    from interfacekit.transport.stacks.layered import LayeredStack
    from interfacekit.transport.stacks.planes import Planes


@dataclass(frozen=True, eq=False)
class PlaneMeans:
    """Means over the planes without a current, and their standard errors.

    Attributes
    ----------
    occupation, occupation_err
        Of the planes; shape (P,).
    potential_V, potential_err_V
        Of the left reservoir, the planes and the right reservoir; shape (P + 2,).
    charge_errors, width_errors
        Of the space charges (uC/cm2) and their widths (nm), by layer and contact; 0 where not given.
    drop_errors_V
        Of the potential drops, by layer or contact; 0 where not given.
    """

    occupation: NDArray[np.float64]
    potential_V: NDArray[np.float64]
    occupation_err: NDArray[np.float64]
    potential_err_V: NDArray[np.float64]
    charge_errors: Mapping[tuple[str, str], float] = field(default_factory=dict)
    width_errors: Mapping[tuple[str, str], float] = field(default_factory=dict)
    drop_errors_V: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def without_errors(cls, occupation: NDArray[np.float64], potential_V: NDArray[np.float64]) -> PlaneMeans:
        """Return the profile of a continuum, which does not fluctuate."""
        return cls(occupation, potential_V, np.zeros_like(occupation), np.zeros_like(potential_V))


@dataclass(frozen=True)
class Resistances:
    """Resistances to a small current, Ohm cm2, without interphases.

    Attributes
    ----------
    parts
        Of the layers and contacts (see `resistance_parts`).
    total
        Of all of them.
    """

    parts: Mapping[str, Estimate]
    total: Estimate


@dataclass(frozen=True)
class Computation:
    """Origin of a result.

    Attributes
    ----------
    method
        `continuum` or `kmc`.
    provenance
        See `StackTransport`.
    hop_shares
        Share of the hops that each layer used; empty in the continuum.
    """

    method: str
    provenance: dict[str, Any]
    hop_shares: Mapping[str, float] = field(default_factory=dict)


def stack_transport(
    stack: LayeredStack,
    planes: Planes,
    means: PlaneMeans,
    resistances: Resistances,
    computation: Computation,
    *,
    voltage_V: float | None,
    particle_size_um: float = PARTICLE_SIZE_um,
) -> StackTransport:
    """Assemble a result; the interphases of the stack come in here.

    Parameters
    ----------
    stack, planes
        The stack, and its planes.
    means, resistances, computation
        What was computed of them, and how.
    voltage_V
        Of the cathode.
    particle_size_um
        Diameter of the cathode particles.
    """
    particle_size_um = PARTICLE_SIZE.check(particle_size_um)
    sides = space_charges(
        planes,
        net_charges(planes, means.occupation),
        particle_size_um,
        charge_errors=means.charge_errors,
        width_errors=means.width_errors,
    )
    last = unique_names(planes.layer_names)[-1]
    outer = next((side for side in sides if side.layer == last), None)
    interphases = {
        f"{name} interphase": between.asr_ohm_cm2(planes.temperature_K) for name, between in stack.interphases.items()
    }
    parts, thicknesses = resistances.parts, stack.thicknesses_nm
    drops = drops_V(planes, means.potential_V[1:-1])
    return StackTransport(
        layers=planes.layer_names,
        thicknesses_nm=thicknesses,
        thickness_nm=float(sum(thicknesses[1:-1])),
        requested_thicknesses_nm=stack.requested_thicknesses_nm,
        voltage_V=voltage_V,
        temperature_K=planes.temperature_K,
        asr_ohm_cm2=resistances.total.mean + sum(interphases.values()),
        asr_err_ohm_cm2=resistances.total.error,
        asr_layers={**{name: part.mean for name, part in parts.items()}, **interphases},
        asr_err_layers={**{name: part.error for name, part in parts.items()}, **dict.fromkeys(interphases, 0.0)},
        space_charges=sides,
        scl_width_nm=outer.width_nm if outer else 0.0,
        scl_width_err_nm=outer.width_err_nm if outer else 0.0,
        scl_charge_uC_cm2=outer.charge_uC_cm2 if outer else 0.0,
        scl_charge_err_uC_cm2=outer.charge_err_uC_cm2 if outer else 0.0,
        scl_capacity_mAh_g=outer.capacity_mAh_g if outer else 0.0,
        particle_size_um=particle_size_um,
        potential_drop_V=float(means.potential_V[-1] - means.potential_V[0]),
        potential_drops_V=drops,
        potential_drops_err_V={name: float(means.drop_errors_V.get(name, 0.0)) for name in drops},
        profile=deferred(lambda: _profile(planes, means)),
        method=computation.method,
        hop_shares=dict(computation.hop_shares),
        provenance=computation.provenance,
    )


def _profile(planes: Planes, means: PlaneMeans) -> StackProfile:
    charge = net_charges(planes, means.occupation)
    return StackProfile(
        position_nm=as_tuple(planes.position_A / 10),
        layer=tuple(planes.layer_names[m] for m in planes.layer.tolist()),
        occupation=as_tuple(means.occupation),
        occupation_err=as_tuple(means.occupation_err),
        neutral_occupation=as_tuple(planes.filling),
        charge_density_e_nm3=as_tuple(charge / (planes.site_area_A2 * planes.spacing_A) * 1e3),
        potential_V=as_tuple(means.potential_V[1:-1]),
        potential_err_V=as_tuple(means.potential_err_V[1:-1]),
    )


def stack_parameters(stack: LayeredStack) -> dict[str, Any]:
    """All that a stack is made of, for the provenance of a result: plain numbers, words, lists and dicts."""
    materials = [asdict(material) for material in stack.layer_materials]
    contacts = [asdict(contact) for contact in stack.contact_numbers()]
    thicknesses = zip(materials, stack.thicknesses_nm, strict=True)
    return {
        "layers": [{**material, "thickness_nm": thickness} for material, thickness in thicknesses],
        "contacts": dict(zip(unique_names(stack.contact_names), contacts, strict=True)),
        "interphases": {name: asdict(between) for name, between in stack.interphases.items()},
        "ladder": stack.ladder,
        "electrostatics": stack.electrostatics,
        **stack.geometry,
    }
