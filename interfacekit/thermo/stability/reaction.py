r"""Reactions at an interface: what two phases in contact become, closed or open to lithium.

At a mixing ratio the products are the phases in equilibrium, and the energy is theirs minus the reactants'. Along the
mixing ratio it is convex and piecewise linear; its kinks are the reactions. Method: Richards et al.,
doi:10.1021/acs.chemmater.5b04082; Xiao et al., doi:10.1038/s41578-019-0157-5.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
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
    """The mixing ratio at which a reaction gives off most energy.

    Attributes
    ----------
    eV_per_atom
        Per atom of both reactants, Li included; negative when exothermic.
    eV_per_non_Li_atom
        Per atom of both reactants other than Li.
    basis
        Which of the two `x` minimises: `eV_per_atom` when closed, `eV_per_non_Li_atom` when open to Li.
    x
        Fraction of atoms that come from the first phase; 0 or 1 where no mixture gains anything.
    x_molar
        The same as fraction of formula units.
    products
        Formula units per formula unit of both reactants together.
    """

    eV_per_atom: float
    eV_per_non_Li_atom: float | None
    basis: str
    x: float
    x_molar: float
    products: dict[str, float]


@dataclass(frozen=True)
class Kink(Result):
    """A mixing ratio at which the products change; energies as in `ReactionMinimum`, against both baselines.

    `li_per_formula` is the Li taken from the reservoir (> 0) or given to it, per formula unit of both reactants
    together.
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
    """The reaction between two phases at every mixing ratio.

    Attributes
    ----------
    phases, formulas
        Labels, and the formulas that amounts refer to.
    voltage_V
        Of the Li reservoir, or None when closed.
    mutual
        Against the reactants at their hull energies (grand potentials when open): what the contact adds.
    total
        Against the reactants at their own energies: a metastable one, or one that the voltage decomposes, brings that
        in.
    own_energy
        Per phase, whether the table has an energy of its own; where it has none its hull energy stands in `total`.
    kinks
        By rising `x`, from the second phase alone to the first alone.
    provenance
        Where the numbers come from.
    """

    phases: tuple[str, str]
    formulas: tuple[str, str]
    voltage_V: float | None
    mutual: ReactionMinimum
    total: ReactionMinimum
    own_energy: tuple[bool, bool]
    kinks: tuple[Kink, ...]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per kink, with the pair and the voltage repeated; products are text."""
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
    """Reaction between two phases in contact.

    Parameters
    ----------
    first, second
        Aliases or formulas of two different compositions.
    voltage_V
        Of a Li reservoir that both phases exchange Li with, against Li/Li+; closed when None.
    entries
        Where the formation energies come from (`interfacekit.load_entries`).
    engine
        `kernels`, or `pymatgen` to have its convex hulls.

    Raises
    ------
    InputError
        If a name is no phase, both are the same, the source lacks an element, the voltage is negative or not finite,
        a phase of a Li-open reaction is Li metal, or the engine is unknown.
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
