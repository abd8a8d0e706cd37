"""Tables of crystals, Li networks and migration barriers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interfacekit.presentation import takes_one
from interfacekit.report.tables.common import new_table
from interfacekit.structure import bond_lengths
from interfacekit.structure.calculators import calculator_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.report.layout import Table
    from interfacekit.structure import BarrierTable, Crystal, HopBarrier, LithiumNetwork, WorkOfAdhesion

#: What estimates are, and are not.
_ESTIMATES = (
    "passage and bond-valence mismatch are estimates on the straight path of the unrelaxed crystal: they order hops "
    "(the easiest first, and how they percolate with those above), and are no barriers"
)


@takes_one
def crystal_tables(crystal: Crystal) -> list[Table | str]:
    """The cell, its bonds, and where it comes from."""
    lattice = crystal.structure.lattice
    title = f"{crystal.name}: {crystal.formula}, {crystal.space_group} ({crystal.space_group_number})"
    cell = new_table(
        title, "a (A)", "b (A)", "c (A)", "angles (deg)", "atoms (-)", "Li (-)", "Li (1/cm3)", "density (g/cm3)"
    )
    cell.add_row(
        *(f"{edge:.4f}" for edge in lattice.abc),
        " ".join(f"{angle:.4g}" for angle in lattice.angles),
        str(len(crystal.structure)),
        str(crystal.n_lithium),
        f"{crystal.lithium_density_per_cm3:.3g}",
        f"{crystal.density_g_cm3:.3f}",
    )
    parts: list[Table | str] = [cell]
    if len(crystal.elements) > 1:
        bonds = new_table("Bonds", "bond", "neighbours (-)", "shortest (A)", "mean (A)", "longest (A)")
        for bond in bond_lengths(crystal):
            lengths = (f"{length:.3f}" for length in (bond.shortest_A, bond.mean_A, bond.longest_A))
            bonds.add_row(f"{bond.centre}-{bond.ligand}", f"{bond.coordination:.3g}", *lengths)
        parts.append(bonds)
    return [*parts, f"from {crystal.source}", *(f"note: {note}" for note in crystal.notes)]


@takes_one
def network_tables(network: LithiumNetwork) -> list[Table | str]:
    """Classes of hops, the easiest first, and how they percolate."""
    full = sum(site.occupied for site in network.sites)
    vacant = f" and {len(network.sites) - full} vacant ones" if full < len(network.sites) else ""
    table = new_table(
        f"{network.crystal.name}: hops between {full} {network.mobile} sites{vacant} of the cell, up to "
        f"{network.cutoff_A:.2f} A",
        "hop",
        "distance (A)",
        "in the cell (-)",
        "passage (A)",
        "bond-valence mismatch (-)",
        "with those above",
    )
    easiest_first = sorted(network.classes, key=lambda hop: _or_last(hop.bond_valence_mismatch))
    for count, hop in enumerate(easiest_first, 1):
        table.add_row(
            hop.name,
            f"{hop.distance_A:.3f}",
            str(hop.multiplicity),
            "-" if hop.bottleneck_A is None else f"{hop.bottleneck_A:.2f}",
            "-" if hop.bond_valence_mismatch is None else f"{hop.bond_valence_mismatch:.2f}",
            network.percolation([easier.name for easier in easiest_first[:count]]).direction,
        )
    notes = (f"note: {note}" for note in (*network.crystal.notes, *network.notes))
    return [table, f"together they percolate: {network.percolation().direction}", _ESTIMATES, *notes]


def _or_last(value: float | None) -> float:
    return math.inf if value is None else value


@takes_one
def barrier_tables(barriers: BarrierTable) -> list[Table | str]:
    """Barriers of hops, a row each, and what went wrong with single ones."""
    calculator = barriers.provenance["parameters"].get("calculator")
    shape = " x ".join(map(str, barriers.supercell))
    how = f"in {shape} cells, {calculator_text(calculator)}" if calculator else "as published"
    table = new_table(
        f"{barriers.crystal}: migration barriers of {barriers.mobile} {how}",
        "hop",
        "mechanism",
        "distance (A)",
        "forward (eV)",
        "backward (eV)",
        "ends differ (eV)",
        "force left (eV/A)",
        "status",
    )
    for row in barriers.rows:
        numbers = (row.forward_barrier_eV, row.backward_barrier_eV, row.energy_change_eV, row.fmax_eV_A)
        table.add_row(
            row.hop,
            row.mechanism,
            f"{row.distance_A:.3f}",
            *("-" if number is None else f"{number:.3f}" for number in numbers),
            row.status,
        )
    apart = [f"the ion is {barriers.image_distance_A:.1f} A from its copies"] if calculator else []
    return [table, *apart, *_told(barriers.rows)]


@takes_one
def adhesion_tables(work: WorkOfAdhesion) -> list[Table | str]:
    """Energies of the interface and of both slabs, and the work of adhesion beside published ones."""
    table = new_table(
        "",
        "part",
        "energy as built (eV)",
        "relaxed (eV)",
        "force left (eV/A)",
    )
    for part in work.parts:
        relaxed = f"{part.energy_eV:.3f}" if work.is_relaxed else "-"
        table.add_row(part.part, f"{part.static_eV:.3f}", relaxed, f"{part.max_force_eV_A:.3f}")
    found = f"work of adhesion {work.work_eV_per_nm2:.2f} eV/nm2 ({work.work_J_per_m2:.2f} J/m2)"
    if work.is_relaxed:
        unfinished = "" if work.is_converged else ", not converged"
        found += f", relaxed{unfinished}; {work.static_work_eV_per_nm2:.2f} eV/nm2 as built"
    published = [f"published: {p.system} {p.text} eV/nm2 ({p.source}; {p.certainty})" for p in work.published]
    title = f"{work.interface}: {work.area_A2:.1f} A2, {calculator_text(work.calculator)}"
    return [title, table, found, *published, *(f"note: {note}" for note in work.notes)]


def _told(rows: Sequence[HopBarrier]) -> list[str]:
    """What went wrong with single hops, and what to know about their paths."""
    return [
        f"{row.hop} ({row.mechanism}): {text}"
        for row in rows
        for text in (*([row.error] if row.error else []), *row.notes)
    ]
