"""The continuum twin of a stack: space charge in the equilibrium of its mean field, and resistance to small currents.

The planes are those of the kinetic Monte Carlo. A small current meets in each gap the resistance kT a / (e^2 x), with
the exchange x of ions across it on the area a of a site: the response to a small force is set by what flows both ways
in equilibrium. Gaps are in series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interfacekit.errors import ComputationError, InputError
from interfacekit.results import provenance
from interfacekit.transport.continuum.equilibrium import equilibrium
from interfacekit.transport.runs.statistics import Estimate
from interfacekit.transport.stacks.assembly import (
    Computation,
    PlaneMeans,
    Resistances,
    stack_parameters,
    stack_transport,
)
from interfacekit.transport.stacks.parts import resistance_parts
from interfacekit.transport.stacks.result import PARTICLE_SIZE_um

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.stacks.layered import LayeredStack
    from interfacekit.transport.stacks.planes import Ends, Planes
    from interfacekit.transport.stacks.result import StackTransport

#: No larger resistance is a number that can be added up.
LARGEST_LOG_RESISTANCE = 690.0


def space_charge(
    stack: LayeredStack,
    voltage_V: float | None = None,
    temperature_K: float = 298.15,
    *,
    ends: Ends = "fixed",
    particle_size_um: float = PARTICLE_SIZE_um,
) -> StackTransport:
    """Space charge of a stack in equilibrium, and its resistance to small currents, in mean field.

    Parameters
    ----------
    stack
        Layers between two reservoirs.
    voltage_V
        Of the cathode against Li/Li+; needed where an outermost layer conducts electrons, and without effect elsewhere.
    temperature_K
        Kelvin.
    ends
        `fixed` or `open`, which are the same without a current; closed ends have no resistance (see `equilibrium`).
    particle_size_um
        Diameter of the cathode particles whose capacity the space charge is compared with.

    Returns
    -------
    StackTransport
        Method `continuum`, errors 0.

    Raises
    ------
    InputError
        If the temperature or voltage is not possible, a reservoir would be empty or full, or the ends are closed.
    ComputationError
        If no profile is found, or a resistance is beyond all numbers.
    """
    if ends not in ("fixed", "open"):
        raise InputError(f"no current passes {ends!r} ends; give fixed or open")
    planes = stack.planes(temperature_K, voltage_V, ends=ends)
    if not planes.conductor[[0, -1]].any():
        voltage_V = None
    found = equilibrium(planes)
    parts = parts_ohm_cm2(planes, found.log_resistance)
    origin = provenance(
        **stack_parameters(stack),
        voltage_V=voltage_V,
        temperature_K=planes.temperature_K,
        ends=ends,
        particle_size_um=particle_size_um,
        method="continuum",
    )
    return stack_transport(
        stack,
        planes,
        PlaneMeans.without_errors(found.occupation, found.potential_V),
        Resistances({name: Estimate(value, 0.0) for name, value in parts.items()}, Estimate(sum(parts.values()), 0.0)),
        Computation("continuum", origin),
        voltage_V=voltage_V,
        particle_size_um=particle_size_um,
    )


def parts_ohm_cm2(planes: Planes, log_resistance: NDArray[np.float64]) -> dict[str, float]:
    """Resistances of the layers and contacts of a stack (see `resistance_parts`) from those of its gaps.

    Parameters
    ----------
    planes
        Of the stack.
    log_resistance
        Of an `Equilibrium`, or of a `SteadyState`; shape (P + 1,).

    Raises
    ------
    ComputationError
        If a resistance is beyond all numbers.
    """
    if not (log_resistance.max() < LARGEST_LOG_RESISTANCE and planes.conductivity_S_cm.all()):
        raise ComputationError(
            f"at {planes.temperature_K:g} K the stack resists with more than 1e299 Ohm cm2; give a higher temperature"
        )
    parts = resistance_parts(planes)
    values = parts.weights @ np.exp(log_resistance) - parts.baseline
    return dict(zip(parts.names, values.tolist(), strict=True))
