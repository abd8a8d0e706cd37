"""Phase diagram of the mixtures of three phases in contact, with the reaction energy of every mixture."""

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

#: Fields with a smaller fraction of the area are rounding errors.
_AREA_TOLERANCE = 1e-9


@dataclass(frozen=True)
class ContactField(Result):
    """Phase field of a contact triangle.

    Attributes
    ----------
    corners
        Corners in order around the field, as fractions of the three phases.
    energies
        Mutual reaction energy at each corner, eV/atom (closed) or eV per non-Li atom (open); linear in between.
    products
        Formulas of the coexisting phases in order of decreasing amount.

    Examples
    --------
    >>> import interfacekit as ik
    >>> field = ik.contact_triangle("LCO", "LNO", "LGPS").fields[0]
    >>> field.corners[:2], field.energies[:2]
    (((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), (0.0, 0.0))
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
    """Phase diagram of the mixtures of three phases, closed or open to Li.

    Attributes
    ----------
    phases
        Labels of the three phases.
    formulas
        Formulas of the three phases.
    voltage_V
        Voltage of the Li reservoir, V vs Li/Li+; None if closed.
    basis
        Basis of energies and fractions: `eV_per_atom` (all atoms) if closed, `eV_per_non_Li_atom` (non-Li atoms) if
        open. Li-open ternary diagrams use fractions of non-Li atoms, in which the grand potential is piecewise linear.
    fields
        Phase fields that tile the triangle.
    stable_tie_lines
        Edges of fields with zero reaction energy: pairs of points, as fractions of the three phases.
    provenance
        Version, engine, formation energies and parameters.

    Examples
    --------
    >>> import interfacekit as ik
    >>> triangle = ik.contact_triangle("LCO", "LNO", "LGPS")
    >>> len(triangle.fields), triangle.basis
    (44, 'eV_per_atom')
    """

    phases: tuple[str, str, str]
    formulas: tuple[str, str, str]
    voltage_V: float | None
    basis: str
    fields: tuple[ContactField, ...]
    stable_tie_lines: tuple[tuple[tuple[float, float, float], tuple[float, float, float]], ...]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per corner of each field; columns `fraction_*` are fractions of the atoms of the basis."""
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
    """Ternary phase diagram of three phases in contact, with the mutual reaction energy of every mixture.

    The reaction energy is that of the hull minus the mean of the three hull energies weighted by the mixing fractions
    (doi:10.1021/acs.chemmater.5b04082 for pairs). Li-open diagrams use fractions of non-Li atoms, in which the grand
    potential is piecewise linear.

    Parameters
    ----------
    first, second, third
        Aliases or formulas of three compositions that are not collinear.
    voltage_V
        Voltage of a Li reservoir, V vs Li/Li+; closed if None (default).
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.
    engine
        `"kernels"` (default) or `"pymatgen"`, which builds convex hulls.

    Returns
    -------
    ContactTriangle
        Phase fields with energies in eV/atom (closed) or eV per non-Li atom (open), and stable tie lines.

    Raises
    ------
    InputError
        See `interface_reaction`; also if one phase is a mixture of the other two.

    Examples
    --------
    >>> import interfacekit as ik
    >>> triangle = ik.contact_triangle("LCO", "LNO", "LGPS")
    >>> worst = min(min(field.energies) for field in triangle.fields)
    >>> print(f"{len(triangle.fields)} fields, worst {1000 * worst:.0f} meV/atom")
    44 fields, worst -337 meV/atom
    >>> triangle.stable_tie_lines
    (((0.0, 1.0, 0.0), (1.0, 0.0, 0.0)),)
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
        labels = ", ".join(member.label for member in trio)
        raise InputError(f"compositions must not be collinear, got {labels}; use `react` for two of them")
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
        # Several facets share a field with fewer phases than a facet.
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
    tie_lines = {}
    for field in fields:
        n = len(field.corners)
        for i in range(n):
            j = (i + 1) % n
            if field.energies[i] == 0.0 == field.energies[j]:
                ends = sorted((field.corners[i], field.corners[j]))
                tie_lines[tuple(round(value, 6) for end in ends for value in end)] = (ends[0], ends[1])
    return tuple(tie_lines.values())
