"""Decomposition of a phase, closed or in equilibrium with a Li reservoir."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from interfacekit.entries.hull_energies import zero_on_hull
from interfacekit.phases import Phase, phase
from interfacekit.quantities import VOLTAGE
from interfacekit.results import Result, provenance, written
from interfacekit.thermo.equilibria.engine import named_amounts
from interfacekit.thermo.equilibria.system import load_system, refuse_lithium_metal
from interfacekit.thermo.stability.tie_line import per
from interfacekit.units import LITHIUM, lithium_chemical_potential_eV

if TYPE_CHECKING:
    import pandas as pd

    from interfacekit.entries import Source
    from interfacekit.thermo.equilibria.engine import Engine


@dataclass(frozen=True)
class Decomposition(Result):
    """Decomposition of a phase, closed or open to Li.

    Attributes
    ----------
    phase
        Label of the phase: alias or formula.
    formula
        Formula that amounts refer to.
    voltage_V
        Voltage of the Li reservoir, V vs Li/Li+; None if closed.
    eV_per_atom
        Energy of the products minus that of the phase, eV per atom of the phase; negative if exothermic.
    eV_per_non_Li_atom
        Same energy, eV per non-Li atom; None for Li metal.
    own_energy
        True if the table has an entry of the phase; otherwise its hull energy is used.
    li_per_formula
        Li taken up from the reservoir (> 0) or released to it (< 0), Li per formula unit.
    products
        Formula units per formula unit of the phase.
    provenance
        Version, engine, formation energies and parameters.

    Examples
    --------
    >>> import interfacekit as ik
    >>> ik.decomposition("LGPS").products
    {'Li3PS4': 2.0, 'Li4GeS4': 1.0}
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

    def to_frame(self) -> pd.DataFrame:
        """Return one row; products are text."""
        import pandas as pd

        row = {name: value for name, value in asdict(self).items() if name != "provenance"}
        return pd.DataFrame([row | {"products": written(self.products)}])


def decomposition(
    name: str | Phase, voltage_V: float | None = None, entries: Source = "mp2019", *, engine: Engine = "kernels"
) -> Decomposition:
    """Decomposition products and energy of a phase, closed or in equilibrium with a Li reservoir.

    The energy is that of the hull (closed) or the lowest grand potential E + e V N_Li (open) at the composition, minus
    that of the phase (doi:10.1021/cm203303y).

    Parameters
    ----------
    name
        Alias or formula.
    voltage_V
        Voltage of the Li reservoir, V vs Li/Li+; closed if None (default).
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.
    engine
        `"kernels"` (default) or `"pymatgen"`, which builds convex hulls.

    Returns
    -------
    Decomposition
        Energy in eV per atom and per non-Li atom, and products.

    Raises
    ------
    InputError
        If the name is not a phase, the source lacks an element, the voltage is negative or not finite, Li metal is
        combined with a Li reservoir, or the engine is unknown.

    Examples
    --------
    >>> import interfacekit as ik
    >>> result = ik.decomposition("LGPS", voltage_V=0.0)
    >>> print(f"{result.eV_per_atom:.3f} eV/atom")
    -1.252 eV/atom
    >>> result.products
    {'Li2S': 12.0, 'Li3P': 2.0, 'Li15Ge4': 0.25}
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
