"""Interface reactions of two phases at every mixing ratio, closed or open to lithium.

At each mixing ratio, the products are the phases in equilibrium, and the reaction energy is that of the products minus
that of the reactants. Along the mixing ratio it is convex and piecewise linear; its kinks are the reactions. Method:
Richards et al., doi:10.1021/acs.chemmater.5b04082; Xiao et al., doi:10.1038/s41578-019-0157-5.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from interfacekit.phases import Phase, distinct_phases
from interfacekit.quantities import VOLTAGE
from interfacekit.results import Result, deferred, provenance, written
from interfacekit.thermo.equilibria.engine import clean
from interfacekit.thermo.equilibria.system import load_system
from interfacekit.thermo.stability.tie_line import per, tie_line

if TYPE_CHECKING:
    import pandas as pd

    from interfacekit.entries import Source
    from interfacekit.thermo.equilibria.engine import Engine
    from interfacekit.thermo.stability.tie_line import Baseline, TieLine


@dataclass(frozen=True)
class ReactionMinimum(Result):
    """Reaction at the mixing ratio of largest driving force.

    Attributes
    ----------
    eV_per_atom
        Reaction energy, eV per atom of both reactants with Li; negative if exothermic.
    eV_per_non_Li_atom
        Reaction energy, eV per non-Li atom of both reactants; None without such atoms.
    basis
        Energy that x minimises: `eV_per_atom` if closed, `eV_per_non_Li_atom` if open to Li.
    x
        Mixing ratio: fraction of atoms from the first phase; 0 or 1 if no mixture reacts.
    x_molar
        Mixing ratio as fraction of formula units of the first phase.
    products
        Formula units per formula unit of both reactants together.

    Examples
    --------
    >>> import interfacekit as ik
    >>> worst = ik.interface_reaction("LCO", "LGPS").mutual
    >>> print(f"{1000 * worst.eV_per_atom:.0f} meV/atom at x = {worst.x:.2f}")
    -337 meV/atom at x = 0.58
    """

    eV_per_atom: float
    eV_per_non_Li_atom: float | None
    basis: str
    x: float
    x_molar: float
    products: dict[str, float] = field(repr=False)


@dataclass(frozen=True)
class Kink(Result):
    """Mixing ratio at which the products change.

    Attributes
    ----------
    x
        Fraction of atoms from the first phase.
    x_molar
        Fraction of formula units of the first phase.
    mutual_eV_per_atom
        Mutual reaction energy, eV/atom (see `InterfaceReaction`).
    mutual_eV_per_non_Li_atom
        Mutual reaction energy, eV per non-Li atom; None without such atoms.
    total_eV_per_atom
        Total reaction energy, eV/atom.
    total_eV_per_non_Li_atom
        Total reaction energy, eV per non-Li atom; None without such atoms.
    li_per_formula
        Li taken up from the reservoir (> 0) or released to it (< 0), Li per formula unit of both reactants together.
    products
        Formula units per formula unit of both reactants together.

    Examples
    --------
    >>> import interfacekit as ik
    >>> kink = ik.interface_reaction("LCO", "LGPS").kinks[1]
    >>> kink.products
    {'Li2S': 0.4, 'Li3PO4': 0.4, 'Co3S4': 0.2, 'CoS2': 0.2, 'Li4GeS4': 0.2}
    """

    x: float
    x_molar: float
    mutual_eV_per_atom: float
    mutual_eV_per_non_Li_atom: float | None
    total_eV_per_atom: float
    total_eV_per_non_Li_atom: float | None
    li_per_formula: float
    products: dict[str, float]


@dataclass(frozen=True)
class InterfaceReaction(
    Result,
    tables="interfacekit.report.tables.reactions:reaction_tables",
    figure="interfacekit.plots.thermo.reaction:plot_reaction",
):
    """Reaction of two phases at every mixing ratio.

    Attributes
    ----------
    phases
        Labels of both phases; x is the fraction of atoms from the first.
    formulas
        Formulas that amounts refer to.
    voltage_V
        Voltage of the Li reservoir, V vs Li/Li+; None if closed.
    mutual
        Largest driving force against the reactants at their hull energies (grand potentials if open): the part of the
        reaction energy due to the contact.
    total
        Largest driving force against the reactants at their own energies, which includes the decomposition of a
        metastable phase, or of one that is unstable at the voltage.
    own_energy
        True for each phase that has an entry in the table; otherwise its hull energy is used in `total`.
    kinks
        Kinks in order of increasing x, from the second phase alone to the first alone.
    provenance
        Version, engine, formation energies and parameters.

    Examples
    --------
    >>> import interfacekit as ik
    >>> reaction = ik.interface_reaction("LCO", "LGPS")
    >>> len(reaction.kinks), reaction.own_energy
    (10, (True, True))
    """

    phases: tuple[str, str]
    formulas: tuple[str, str]
    voltage_V: float | None
    mutual: ReactionMinimum
    total: ReactionMinimum
    own_energy: tuple[bool, bool]
    kinks: tuple[Kink, ...] = field(repr=False)
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per kink with the pair and the voltage repeated; products are text."""
        import pandas as pd

        pair = {"first": self.phases[0], "second": self.phases[1], "voltage_V": self.voltage_V}
        return pd.DataFrame(
            [
                pair | {k: v for k, v in asdict(kink).items() if k != "products"} | {"products": written(kink.products)}
                for kink in self.kinks
            ]
        )


def interface_reaction(
    first: str | Phase,
    second: str | Phase,
    voltage_V: float | None = None,
    entries: Source = "mp2019",
    *,
    engine: Engine = "kernels",
) -> InterfaceReaction:
    """Reaction energies and products of two phases in contact, at every mixing ratio.

    Dg(x) = E_hull(x c_1 + (1 - x) c_2) - x E_1 - (1 - x) E_2, with grand potentials in place of energies if open to Li
    (doi:10.1021/acs.chemmater.5b04082, doi:10.1038/s41578-019-0157-5).

    Parameters
    ----------
    first, second
        Aliases or formulas of two distinct compositions.
    voltage_V
        Voltage of a Li reservoir in equilibrium with both phases, V vs Li/Li+; closed if None (default).
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.
    engine
        `"kernels"` (default) or `"pymatgen"`, which builds convex hulls.

    Returns
    -------
    InterfaceReaction
        Largest driving forces and all kinks, in eV per atom and per non-Li atom.

    Raises
    ------
    InputError
        If a name is not a phase, both are one composition, the source lacks an element, the voltage is negative or not
        finite, a phase of a Li-open reaction is Li metal, or the engine is unknown.

    Examples
    --------
    >>> import interfacekit as ik
    >>> closed = ik.interface_reaction("LCO", "LGPS")
    >>> print(f"{1000 * closed.mutual.eV_per_atom:.0f} meV/atom")
    -337 meV/atom
    >>> charged = ik.interface_reaction("LCO", "LGPS", voltage_V=3.9)
    >>> print(f"{1000 * charged.mutual.eV_per_non_Li_atom:.0f} meV per non-Li atom at x = {charged.mutual.x:.2f}")
    -695 meV per non-Li atom at x = 0.68
    """
    pair = distinct_phases([first, second])
    if voltage_V is not None:
        voltage_V = VOLTAGE.check(voltage_V)
    return _reaction(tie_line(load_system(pair, entries, engine), voltage_V), engine)


def _reaction(line: TieLine, engine: Engine) -> InterfaceReaction:
    first, second = line.pair
    return InterfaceReaction(
        phases=(first.label, second.label),
        formulas=(first.formula, second.formula),
        voltage_V=line.voltage_V,
        mutual=_minimum(line, "mutual"),
        total=_minimum(line, "total"),
        own_energy=line.own_energy,
        kinks=deferred(lambda: _kinks(line)),
        provenance=provenance(
            line.table, solver=engine, phases=(first.formula, second.formula), voltage_V=line.voltage_V
        ),
    )


def _kinks(line: TieLine) -> tuple[Kink, ...]:
    mutual, total = line.energies("mutual"), line.energies("total")
    return tuple(
        Kink(
            x=float(line.x[k]),
            x_molar=float(line.x_molar[k]),
            mutual_eV_per_atom=clean(mutual[k] / line.atoms[k]),
            mutual_eV_per_non_Li_atom=per(mutual[k], line.non_lithium_atoms[k]),
            total_eV_per_atom=clean(total[k] / line.atoms[k]),
            total_eV_per_non_Li_atom=per(total[k], line.non_lithium_atoms[k]),
            li_per_formula=round(float(line.lithium_per_formula[k]), 9) + 0.0,
            products=line.products(k),
        )
        for k in range(len(line.mixing))
    )


def _minimum(line: TieLine, baseline: Baseline) -> ReactionMinimum:
    k = line.worst(baseline)
    energy = line.energies(baseline)[k]
    return ReactionMinimum(
        eV_per_atom=clean(energy / line.atoms[k]),
        eV_per_non_Li_atom=per(energy, line.non_lithium_atoms[k]),
        basis="eV_per_atom" if line.voltage_V is None else "eV_per_non_Li_atom",
        x=float(line.x[k]),
        x_molar=float(line.x_molar[k]),
        products=deferred(lambda: line.products(k)),
    )
