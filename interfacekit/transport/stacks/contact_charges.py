"""Space charge on both sides of each contact of a stack: net charge, width, and the capacity that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from interfacekit.constants import UC_CM2_PER_e_A2
from interfacekit.transport.stacks.parts import contact_names, unique_names
from interfacekit.transport.stacks.result import SpaceCharge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from interfacekit.transport.stacks.planes import Planes

#: Share of a net charge that its width holds.
WIDTH_HOLDS = 0.9
#: Of LiCoO2; g/cm3, from its crystal structure.
LCO_DENSITY_g_cm3 = 5.05


class ContactSide(NamedTuple):
    """One side of a contact that holds charge: layer, contact, and its planes, the nearest to the contact first."""

    layer: str
    contact: str
    planes: NDArray[np.int64]


def net_charges(planes: Planes, occupation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Net charge of each plane on the site area, elementary charges, 0 in a conductor at an end; shape (P,)."""
    conductor = planes.conductor
    at_an_end = (np.cumprod(conductor) + np.cumprod(conductor[::-1])[::-1]) > 0
    return np.where(at_an_end, 0.0, planes.multiplicity * (occupation - planes.filling))


def sides_of_contacts(planes: Planes) -> list[ContactSide]:
    """Sides of the contacts that hold charge; a layer between two contacts is divided in its middle."""
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
                out.append(ContactSide(layers[side], contact, members))
    return out


def charge_and_width(planes: Planes, side: ContactSide, charge: NDArray[np.float64]) -> tuple[float, float]:
    """Net charge (uC/cm2) and width (nm) of a side, from the net charges of all planes (e on the site area), (P,)."""
    q = charge[side.planes] * UC_CM2_PER_e_A2 / planes.site_area_A2
    return float(q.sum()), _width_nm(q, planes.spacing_A[side.planes] / 10)


def space_charges(
    planes: Planes,
    charge: NDArray[np.float64],
    particle_size_um: float,
    *,
    charge_errors: Mapping[tuple[str, str], float],
    width_errors: Mapping[tuple[str, str], float],
) -> tuple[SpaceCharge, ...]:
    """Space charges on both sides of every contact.

    Parameters
    ----------
    planes
        Of the stack.
    charge
        Net charge of each plane, elementary charges on the site area; shape (P,).
    particle_size_um
        Diameter of the cathode particles.
    charge_errors, width_errors
        Standard errors, uC/cm2 and nm, by layer and contact; 0 where not given.
    """
    out = []
    for side in sides_of_contacts(planes):
        total, width = charge_and_width(planes, side, charge)
        key = (side.layer, side.contact)
        out.append(
            SpaceCharge(
                layer=side.layer,
                contact=side.contact,
                charge_uC_cm2=total,
                charge_err_uC_cm2=float(charge_errors.get(key, 0.0)),
                width_nm=width,
                width_err_nm=float(width_errors.get(key, 0.0)),
                capacity_mAh_g=_capacity_mAh_g(total, particle_size_um),
            )
        )
    return tuple(out)


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
    """Li depletion by a space charge on spheres with an area of 6 / (density diameter) for each gram."""
    area_cm2_g = 6.0 / (LCO_DENSITY_g_cm3 * particle_size_um * 1e-4)
    return -charge_uC_cm2 * 1e-6 * area_cm2_g / 3.6
