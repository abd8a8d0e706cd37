"""What of the resistance of a shell is whose, and what its contacts would have to be to resist otherwise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from interfacekit.transport.shells.point import shell_point, shell_stack
from interfacekit.transport.stacks.parts import contact_names, unique_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interfacekit.transport.stacks.result import StackTransport

_HIGHEST_BARRIER_eV = 2.0


def contacts_ohm_cm2(result: StackTransport) -> float:
    """What all contacts add to neutral bulk: space charge, and the hops across."""
    return sum(result.asr_layers[name] for name in contact_names(result.layers))


def contacts_err_ohm_cm2(result: StackTransport) -> float:
    """Standard error of what all contacts add: that of the whole stack, whose bulk follows from conductivities."""
    return result.asr_err_ohm_cm2


def coating_ohm_cm2(result: StackTransport) -> float:
    """The layers between the outermost two, as neutral bulk."""
    return sum(result.asr_layers[name] for name in unique_names(result.layers)[1:-1])


def interface_ohm_cm2(result: StackTransport) -> float:
    """All but the slices of cathode and electrolyte."""
    names = unique_names(result.layers)
    return result.asr_ohm_cm2 - result.asr_layers[names[0]] - result.asr_layers[names[-1]]


def without_space_charge(point: Mapping[str, Any], bare: StackTransport) -> dict[str, Any]:
    """The bare contact with the site energies at which its electrolyte is neutral.

    Parameters
    ----------
    point
        Arguments of `shell_point` of the bare contact.
    bare
        Its result, from the continuum.
    """
    name = contact_names(bare.layers)[0]
    offset = bare.provenance["parameters"]["contacts"][name]["offset_eV"]
    return {**point, "contacts": {name: {"offset_eV": offset + bare.potential_drop_V}}}


def contact_barriers_eV(point: Mapping[str, Any]) -> dict[str, float]:
    """Barriers of the hops across the contacts of a shell, by contact; `point` are arguments of `shell_point`."""
    own = dict(point)
    voltage, temperature = own.pop("voltage_V"), own.pop("temperature_K")
    stack = shell_stack(**own)
    planes = stack.planes(temperature, voltage)
    return dict(zip(stack.contact_names, planes.barrier_eV[planes.interface_gaps].tolist(), strict=True))


def raised_barriers(point: Mapping[str, Any], shift_eV: float) -> dict[str, Any]:
    """A shell whose hops across all contacts meet higher barriers; `point` are arguments of `shell_point`."""
    return {
        **point,
        "contacts": {name: {"barrier_eV": barrier + shift_eV} for name, barrier in contact_barriers_eV(point).items()},
    }


def barrier_shift_eV(point: Mapping[str, Any], contact: str, asr_ohm_cm2: float) -> float | None:
    """By how much higher the barrier of hops across a contact would be if it resisted so much; None where by no height.

    Parameters
    ----------
    point
        Arguments of `shell_point` of a shell without changes.
    contact
        One of its contacts.
    asr_ohm_cm2
        What the contact adds, Ohm cm2.
    """
    from scipy.optimize import brentq

    barrier = contact_barriers_eV(point)[contact]

    def logarithm(shift: float) -> float:
        changes = {contact: {"barrier_eV": barrier + shift}}
        found = shell_point(**point, contacts=changes).asr_layers[contact]
        # Where a contact resists less than the bulk that it replaces there is no logarithm.
        return math.log(max(found, 1e-9) / asr_ohm_cm2)

    low, high = 1e-3 - barrier, _HIGHEST_BARRIER_eV - barrier
    if logarithm(low) > 0 or logarithm(high) < 0:
        return None
    return float(brentq(logarithm, low, high, xtol=1e-6))
