"""What one phase becomes by itself, closed or at a voltage, and how much energy that gives off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interfacekit.entries.hull_energies import zero_on_hull
from interfacekit.phases import Phase, phase
from interfacekit.quantities import VOLTAGE
from interfacekit.results import Result, provenance
from interfacekit.thermo.equilibria.engine import named_amounts
from interfacekit.thermo.equilibria.system import load_system, refuse_lithium_metal
from interfacekit.thermo.stability.tie_line import per
from interfacekit.units import LITHIUM, lithium_chemical_potential_eV

if TYPE_CHECKING:
    from interfacekit.entries import Source
    from interfacekit.thermo.equilibria.engine import Engine


@dataclass(frozen=True)
class Decomposition(Result):
    """Decomposition of a phase, closed or open to Li.

    Attributes
    ----------
    phase, formula
        Its label and the formula that amounts refer to.
    voltage_V
        Of the Li reservoir, or None when closed.
    eV_per_atom, eV_per_non_Li_atom
        Energy of the products minus that of the phase, per atom of the phase; negative when exothermic.
    own_energy
        Whether the table has an energy of the phase; where it has none, its hull energy stands for it.
    li_per_formula
        Li taken from the reservoir (> 0) or given to it, per formula unit.
    products
        Formula units per formula unit of the phase.
    provenance
        Where the numbers come from.
    """

    phase: str
    formula: str
    voltage_V: float | None
    eV_per_atom: float
    eV_per_non_Li_atom: float | None
    own_energy: bool
    li_per_formula: float
    products: dict[str, float]
    provenance: dict[str, Any]


def decomposition(
    name: str | Phase, voltage_V: float | None = None, entries: Source = "mp2019", *, engine: Engine = "kernels"
) -> Decomposition:
    """Products and energy of a phase's decomposition, closed or in exchange with a Li reservoir.

    Raises
    ------
    InputError
        If the name is no phase, the source lacks an element, the voltage is negative or not finite, Li metal is asked
        to react with a Li reservoir, or the engine is unknown.
    """
    subject = phase(name)
    if voltage_V is not None:
        voltage_V = VOLTAGE.check(voltage_V)
    refuse_lithium_metal([subject], voltage_V)
    system = load_system([subject], entries, engine)
    (subject,) = system.phases
    equilibria = system.equilibria(voltage_V)
    mu = 0.0 if voltage_V is None else lithium_chemical_potential_eV(voltage_V)
    composition = subject.vector(equilibria.elements)
    lithium = subject.amount(LITHIUM)
    energy = equilibria.energy(composition) - (system.energy(subject) - mu * lithium)
    eV_per_atom = float(zero_on_hull(energy / subject.n_atoms))
    phases = equilibria.equilibrium(composition)
    held = sum(equilibria.lithium[i] * amount for i, amount in phases.items())
    return Decomposition(
        phase=subject.label,
        formula=subject.formula,
        voltage_V=voltage_V,
        eV_per_atom=eV_per_atom,
        eV_per_non_Li_atom=per(eV_per_atom * subject.n_atoms, subject.n_atoms - lithium),
        own_energy=system.own_energy(subject) is not None,
        li_per_formula=0.0 if voltage_V is None else round(float(held) - lithium, 9) + 0.0,
        products=named_amounts(equilibria.named(phases)),
        provenance=provenance(system.table, solver=engine, phase=subject.formula, voltage_V=voltage_V),
    )
