"""Tables of stability maps, phase maps and contact triangles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.chemistry import printed, reaction_text
from interfacekit.phases import phase
from interfacekit.presentation import takes_one
from interfacekit.report.tables.common import meV, new_table, volts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from interfacekit.report.layout import Table
    from interfacekit.thermo import ContactTriangle, MapRow, MapSegment, PhaseMap, StabilityMap


@takes_one
def stability_tables(result: StabilityMap) -> list[Table | str]:
    """Stable voltages and the worst energy of each row, and reasons for rows that are not mapped."""
    table = new_table(
        f"Stability from {result.voltage_low_V:g} to {result.voltage_high_V:g} V ({result.baseline} baseline)",
        "subject",
        "no reaction (V)",
        "worst (meV/non-Li atom)",
        "at (V)",
        "breakpoints",
        "worst reaction",
    )
    for row in result.rows:
        worst = min(row.segments, key=lambda s: min(s.energy_low_eV_per_non_Li_atom, s.energy_high_eV_per_non_Li_atom))
        at_low = worst.energy_low_eV_per_non_Li_atom <= worst.energy_high_eV_per_non_Li_atom
        energy = worst.energy_low_eV_per_non_Li_atom if at_low else worst.energy_high_eV_per_non_Li_atom
        table.add_row(
            row.subject,
            _stable_ranges(row),
            meV(energy),
            volts(worst.voltage_low_V if at_low else worst.voltage_high_V) if energy else "-",
            str(len(row.segments) - 1),
            _equation(row, worst) if energy else "-",
        )
    return [table, *(f"not mapped: {subject}: {reason}" for subject, reason in result.not_mapped.items())]


def _equation(row: MapRow, segment: MapSegment) -> str:
    """Balanced reaction of a segment."""
    shares = (1.0,) if segment.x is None else (segment.x, 1 - segment.x)
    units = [share / phase(formula).n_atoms for share, formula in zip(shares, row.formulas, strict=True)]
    reactants = {formula: unit / sum(units) for formula, unit in zip(row.formulas, units, strict=True)}
    return reaction_text(reactants, segment.products, lithium=segment.li_per_formula)


def _names(products: Iterable[str]) -> str:
    """Join printed formulas by ` + `."""
    return " + ".join(printed(product).formula for product in products)


def _stable_ranges(row: MapRow) -> str:
    """Voltage ranges without reaction."""
    ranges: list[list[float]] = []
    for s in row.segments:
        if s.energy_low_eV_per_non_Li_atom or s.energy_high_eV_per_non_Li_atom:
            continue
        if ranges and ranges[-1][1] == s.voltage_low_V:
            ranges[-1][1] = s.voltage_high_V
        else:
            ranges.append([s.voltage_low_V, s.voltage_high_V])
    return ", ".join(f"{low:.3f}-{high:.3f}" for low, high in ranges) or "none"


@takes_one
def field_tables(result: PhaseMap) -> list[Table | str]:
    """Phase fields, one row each."""
    table = new_table(
        f"Phase fields of {'|'.join(result.phases)} (x: fraction of atoms from {result.phases[0]})",
        "from (V)",
        "to (V)",
        "x from (-)",
        "x to (-)",
        "products",
    )
    for f in result.fields:
        table.add_row(
            volts(f.voltage_low_V),
            volts(f.voltage_high_V),
            f"{f.x_low:.3f}",
            f"{f.x_high:.3f}",
            _names(f.products),
        )
    return [table]


@takes_one
def triangle_tables(result: ContactTriangle) -> list[Table | str]:
    """Phase fields with their worst corners, and the stable tie lines."""
    state = "closed" if result.voltage_V is None else f"open to Li at {result.voltage_V:g} V"
    unit = "meV/atom" if result.voltage_V is None else "meV/non-Li atom"
    table = new_table(
        f"{'-'.join(result.phases)}, {state}: phase fields", f"worst corner ({unit})", "at", "coexisting phases"
    )
    for field in sorted(result.fields, key=lambda f: min(f.energies)):
        energy, corner = min(zip(field.energies, field.corners, strict=True))
        at = ", ".join(f"{part:.3f} {label}" for part, label in zip(corner, result.phases, strict=True) if part > 0)
        table.add_row(meV(energy), at, _names(field.products))
    lines = ", ".join(
        " - ".join("+".join(label for part, label in zip(end, result.phases, strict=True) if part > 0) for end in line)
        for line in result.stable_tie_lines
    )
    return [table, f"stable tie lines: {lines or 'none'}"]
