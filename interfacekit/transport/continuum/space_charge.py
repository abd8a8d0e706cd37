"""The continuum twin of a stack: equilibrium of its mean field, and the resistance to small currents.

In equilibrium the electrochemical potential of Li+ is the same in all planes (see `transport.continuum.mean_field`),
and their charges set the potential (see `transport.stacks.planes`): Poisson's equation with Fermi-Dirac occupations, on
the planes of the kinetic Monte Carlo. It is the minimum of a convex functional where ions do not attract one another,
so that there is one solution.

A small current meets in each gap the resistance kT a / (e^2 x), with the exchange x of ions across it on the area a of
a site: the response to a small force is set by what flows both ways in equilibrium. Gaps are in series.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit

from interfacekit.constants import OHM_CM2_PER_V_A2_s_e
from interfacekit.errors import ComputationError, InputError
from interfacekit.results import provenance
from interfacekit.transport.continuum import mean_field
from interfacekit.transport.continuum.poisson_fermi import solve_equilibrium
from interfacekit.transport.runs.statistics import Estimate
from interfacekit.transport.stacks.result import (
    PARTICLE_SIZE_um,
    StackTransport,
    resistance_parts,
    stack_transport,
    unique_names,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.stacks.layered import LayeredStack
    from interfacekit.transport.stacks.planes import Ends, Planes

#: Electrochemical potentials of reservoirs in equilibrium differ by no more.
SAME_POTENTIAL_eV = 1e-8
#: No larger resistance is a number that can be added up.
LARGEST_LOG_RESISTANCE = 690.0


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A stack without current.

    Attributes
    ----------
    occupation, log_odds
        Of the sites of each plane, and ln(c / (1 - c)); shape (P,).
    energy_eV
        Of an ion in the left reservoir, each plane and the right reservoir, with the potential; shape (P + 2,).
    potential_V
        Of the same; shape (P + 2,). With open ends that of the right reservoir has settled.
    fields_V_A
        D in every gap, 0 where nothing has an elastance; shape (P + 1,).
    electrode_charge
        With open ends: charge that the left reservoir has kept, on the site area; what `Planes.fields_V_A` takes with
        the charges of all planes, conductors included.
    electrochemical_potential_eV
        Of an ion, the same everywhere.
    log_exchange_Hz, exchange_Hz
        Of ions across each gap, in one direction and on the site area, and its logarithm; shape (P + 1,).
    in_plane_exchange_Hz
        Along each bond within a plane; shape (P,).
    log_resistance
        Logarithm of the resistance of each gap to a small current, Ohm cm2; shape (P + 1,).
    """

    occupation: NDArray[np.float64]
    log_odds: NDArray[np.float64]
    energy_eV: NDArray[np.float64]
    potential_V: NDArray[np.float64]
    fields_V_A: NDArray[np.float64]
    electrode_charge: float
    electrochemical_potential_eV: float
    log_exchange_Hz: NDArray[np.float64]
    exchange_Hz: NDArray[np.float64]
    in_plane_exchange_Hz: NDArray[np.float64]
    log_resistance: NDArray[np.float64]


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
    return stack_transport(
        stack,
        planes,
        voltage_V=voltage_V,
        occupation=found.occupation,
        occupation_err=np.zeros(planes.count),
        potential_V=found.potential_V,
        potential_err_V=np.zeros(planes.count + 2),
        parts={name: Estimate(value, 0.0) for name, value in parts.items()},
        asr=Estimate(sum(parts.values()), 0.0),
        charge_errors={},
        method="continuum",
        hop_shares={},
        provenance=provenance(
            **stack_parameters(stack),
            voltage_V=voltage_V,
            temperature_K=planes.temperature_K,
            ends=ends,
            particle_size_um=particle_size_um,
            method="continuum",
        ),
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


def equilibrium(planes: Planes) -> Equilibrium:
    """Occupations and potentials without current.

    Parameters
    ----------
    planes
        A stack without bias. With open ends the right reservoir's potential settles, whatever it was. With closed ends
        the stack keeps the ions with which it is neutral, and the potential is that of the left reservoir in its first
        plane.

    Raises
    ------
    InputError
        If fixed reservoirs differ in their electrochemical potential.
    ComputationError
        If no solution is found, as may happen where ions attract one another enough to separate.
    """
    T = planes.temperature_K
    eta = planes.left.electrochemical_potential_eV(T)
    drop = eta - planes.right.electrochemical_potential_eV(T)
    if planes.ends == "fixed" and abs(drop) > SAME_POTENTIAL_eV:
        raise InputError(
            f"the reservoirs differ by {drop:.3g} eV, which drives a current; take its steady state, or no bias"
        )
    right_V = planes.right.potential_V + (drop if planes.ends == "open" else 0.0)
    charge, potential, y = solve_equilibrium(planes, eta, right_V)
    if planes.ends == "closed":
        shift = planes.left.potential_V - float(potential[0])
        potential, eta = potential + shift, eta + shift
        right_V = float(potential[-1])
    occupation = expit(y)
    potentials = mean_field.between(planes.left.potential_V, potential, right_V)
    own = mean_field.own_energies_eV(planes, occupation)
    energy = potentials + mean_field.between(planes.left.site_energy_eV, own, planes.right.site_energy_eV)
    log_exchange = mean_field.log_exchange_Hz(planes, mean_field.log_odds_with_reservoirs(planes, y), energy)
    in_plane = planes.in_plane_frequency_Hz * np.exp(-planes.in_plane_barrier_eV / planes.kT_eV)
    return Equilibrium(
        occupation=occupation,
        log_odds=y,
        energy_eV=energy,
        potential_V=potentials,
        fields_V_A=np.where(planes.elastance_A > 0, charge * planes.field_per_charge_V_A, 0.0),
        electrode_charge=float(charge[0]),
        electrochemical_potential_eV=eta,
        log_exchange_Hz=log_exchange,
        exchange_Hz=np.exp(log_exchange),
        in_plane_exchange_Hz=mean_field.response(y) * in_plane,
        log_resistance=log_resistance_times_exchange(planes) - log_exchange,
    )


def log_resistance_times_exchange(planes: Planes) -> float:
    """Logarithm of kT a / e^2: a gap's resistance to small currents (Ohm cm2) times its exchange (1/s)."""
    return math.log(planes.kT_eV * planes.site_area_A2 * OHM_CM2_PER_V_A2_s_e)
