"""Site energies of the layers of a stack, and the reservoirs at both of its ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.quantities import VOLTAGE
from interfacekit.transport.stacks.planes import Reservoir
from interfacekit.units import lithium_chemical_potential_eV

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interfacekit.transport.materials.contacts import Contact
    from interfacekit.transport.materials.layers import LayerMaterial

#: A reservoir with fewer ions, or fewer vacancies, than this is as good as empty, or full.
FEWEST_OF_A_RESERVOIR = 1e-3


def levels_eV(materials: Sequence[LayerMaterial], contacts: Sequence[Contact]) -> NDArray[np.float64]:
    """Site energy of each layer at its neutral filling, at the potential of the cathode."""
    levels = np.concatenate([[0.0], np.cumsum([c.offset_eV for c in contacts])])
    for end in (0, -1):
        level = materials[end].level_eV
        if materials[end].conductor and level is not None:
            return np.asarray(levels - levels[end] - level)
    return np.asarray(levels)


def ladder_eV(layer: NDArray[np.int64], contacts: Sequence[Contact]) -> NDArray[np.float64]:
    """Site energies that contacts add to the planes next to them; from the layer of each plane, shape (P,)."""
    out = np.zeros(len(layer))
    for number, between in enumerate(contacts):
        for planes, ladder in (
            (np.flatnonzero(layer == number)[::-1], between.left_ladder_eV),
            (np.flatnonzero(layer == number + 1), between.right_ladder_eV),
        ):
            near = planes[: len(ladder)]
            out[near] += np.array(ladder[: len(near)])
    return out


def reservoirs(
    materials: Sequence[LayerMaterial],
    levels_eV: NDArray[np.float64],
    temperature_K: float,
    voltage_V: float | None,
    bias_V: float,
) -> tuple[Reservoir, Reservoir]:
    """Reservoirs of both ends: a conductor has the occupation of the voltage, any other the potential of neutrality."""
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


def neutral_conductivities_S_cm(
    materials: Sequence[LayerMaterial], conductivity_S_cm: NDArray[np.float64], ends: tuple[Reservoir, Reservoir]
) -> NDArray[np.float64]:
    """Conductivity of each neutral layer; a conductor at an end is neutral with the occupation of its reservoir."""
    conductivities = conductivity_S_cm.copy()
    for end, reservoir in {0: ends[0], len(materials) - 1: ends[1]}.items():
        if materials[end].conductor:
            x, c = reservoir.filling, materials[end].filling
            conductivities[end] *= x * (1 - x) / (c * (1 - c))
    return conductivities


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
