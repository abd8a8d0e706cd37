"""Three phases in contact: the phase fields over the triangle of their mixtures, and what each contact gains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.entries.hull_energies import zero_on_hull
from interfacekit.errors import InputError
from interfacekit.phases import Phase, distinct_phases
from interfacekit.quantities import VOLTAGE
from interfacekit.results import Result, provenance
from interfacekit.thermo.equilibria.engine import AMOUNT_TOLERANCE
from interfacekit.thermo.equilibria.section import polygon_area
from interfacekit.thermo.equilibria.system import load_system, refuse_lithium_metal

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from interfacekit.entries import Source
    from interfacekit.thermo.equilibria.engine import Engine, Equilibria

#: Fields smaller than this share of the triangle are rounding.
_AREA_TOLERANCE = 1e-9


@dataclass(frozen=True)
class ContactField(Result):
    """One phase field of a triangle.

    Attributes
    ----------
    corners
        Its corners as fractions of the three phases, in order around it.
    energies
        Mutual reaction energy at each corner; linear in between.
    products
        The phases that coexist in it.
    """

    corners: tuple[tuple[float, float, float], ...]
    energies: tuple[float, ...]
    products: tuple[str, ...]


@dataclass(frozen=True)
class ContactTriangle(
    Result,
    tables="interfacekit.report.tables.maps:triangle_tables",
    figure="interfacekit.plots.thermo.triangle:plot_triangle",
):
    """Mixtures of three phases, closed or open to Li.

    Attributes
    ----------
    phases, formulas
        Labels and formulas of the three.
    voltage_V
        Of the Li reservoir, or None when closed.
    basis
        Of energies and fractions: `eV_per_atom` (fractions of all atoms) when closed, `eV_per_non_Li_atom` (fractions
        of the atoms other than Li) when open. In these units energies are linear within a field.
    fields
        They tile the triangle.
    stable_tie_lines
        Edges of fields along which no contact gains anything: pairs of points, as fractions of the three phases.
    provenance
        Where the numbers come from.
    """

    phases: tuple[str, str, str]
    formulas: tuple[str, str, str]
    voltage_V: float | None
    basis: str
    fields: tuple[ContactField, ...]
    stable_tie_lines: tuple[tuple[tuple[float, float, float], tuple[float, float, float]], ...]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per corner of each field; `fraction_*` are of the basis's atoms."""
        import pandas as pd

        return pd.DataFrame(
            [
                {"field": number, "products": " + ".join(field.products)}
                | {f"fraction_{label}": part for label, part in zip(self.phases, corner, strict=True)}
                | {"voltage_V": self.voltage_V, f"mutual_{self.basis}": energy}
                for number, field in enumerate(self.fields, start=1)
                for corner, energy in zip(field.corners, field.energies, strict=True)
            ]
        )


def contact_triangle(
    first: str | Phase,
    second: str | Phase,
    third: str | Phase,
    voltage_V: float | None = None,
    entries: Source = "mp2019",
    *,
    engine: Engine = "kernels",
) -> ContactTriangle:
    """Mutual reaction energy of every mixture of three phases, and the phase fields.

    Raises
    ------
    InputError
        As `interface_reaction`, and if the three lie on one line of compositions.
    """
    trio = distinct_phases([first, second, third])
    if voltage_V is not None:
        voltage_V = VOLTAGE.check(voltage_V)
    refuse_lithium_metal(trio, voltage_V)
    system = load_system(trio, entries, engine)
    trio = system.phases
    equilibria = system.equilibria(voltage_V)
    vectors = np.array([member.vector(equilibria.elements) for member in trio])
    ends = vectors / vectors.sum(axis=1, keepdims=True)
    if np.linalg.matrix_rank(ends, tol=1e-9) < 3:
        raise InputError(f"{', '.join(member.label for member in trio)} lie on one line; use `react` for two of them")
    fields = _fields(equilibria, ends)
    return ContactTriangle(
        phases=(trio[0].label, trio[1].label, trio[2].label),
        formulas=(trio[0].formula, trio[1].formula, trio[2].formula),
        voltage_V=voltage_V,
        basis="eV_per_atom" if voltage_V is None else "eV_per_non_Li_atom",
        fields=fields,
        stable_tie_lines=_stable_tie_lines(fields),
        provenance=provenance(
            system.table, solver=engine, phases=tuple(member.formula for member in trio), voltage_V=voltage_V
        ),
    )


def _fields(equilibria: Equilibria, ends: NDArray[np.float64]) -> tuple[ContactField, ...]:
    end_energies = equilibria.energies(ends)
    fields: dict[frozenset[str], ContactField] = {}
    for section in equilibria.facet_sections(ends):
        if polygon_area(section.corners) < _AREA_TOLERANCE:
            continue
        middle = section.shares @ section.corners.mean(axis=0)
        present = sorted(np.flatnonzero(middle > AMOUNT_TOLERANCE), key=lambda j: -middle[j])
        products = tuple(equilibria.formulas[section.phases[j]] for j in present)
        energies = equilibria.energies(section.corners @ ends) - section.corners @ end_energies
        # Where fewer phases coexist than a facet has, several facets share them, and this field.
        fields.setdefault(
            frozenset(products),
            ContactField(
                corners=tuple((float(a), float(b), float(c)) for a, b, c in section.corners),
                energies=tuple(zero_on_hull(energies).tolist()),
                products=products,
            ),
        )
    return tuple(fields.values())


def _stable_tie_lines(
    fields: tuple[ContactField, ...],
) -> tuple[tuple[tuple[float, float, float], tuple[float, float, float]], ...]:
    found = {}
    for field in fields:
        n = len(field.corners)
        for i in range(n):
            j = (i + 1) % n
            if field.energies[i] == 0.0 == field.energies[j]:
                ends = sorted((field.corners[i], field.corners[j]))
                found[tuple(round(value, 6) for end in ends for value in end)] = (ends[0], ends[1])
    return tuple(found.values())
