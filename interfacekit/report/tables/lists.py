"""Tables of entries, aliases and comparisons."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from interfacekit.materials import materials
from interfacekit.presentation import takes_one
from interfacekit.report.tables.common import meV, new_table, put

if TYPE_CHECKING:
    from interfacekit.report.layout import Table
    from interfacekit.thermo import ChemicalSystem, EntrySummary
    from interfacekit.thermo.spectroscopy import Comparison


def aliases(*, as_json: bool) -> None:
    """Print the aliases of materials, as a table or as JSON."""
    if as_json:
        records = [
            {"alias": m.alias, "other_aliases": m.other_aliases, "formula": m.formula, "name": m.name, "role": m.role}
            for m in materials()
        ]
        sys.stdout.write(json.dumps(records, indent=2) + "\n")
        return
    table = new_table("Aliases", "alias", "formula", "name", "role")
    for m in materials():
        table.add_row(", ".join((m.alias, *m.other_aliases)), m.formula, m.name, m.role)
    put(table)


@takes_one
def comparison_tables(result: Comparison) -> list[Table | str]:
    """Verdicts, a row each."""
    table = new_table(
        "Predicted products and observed species",
        "measurement",
        "observed",
        "interface",
        "looked for",
        "predicted",
        "where",
        "verdict",
    )
    last = None
    for v in result.verdicts:
        about = (f"{v.system}: {v.measurement}", v.observed, v.interface)
        # What repeats the row above is left blank, so that the eye finds where a claim begins.
        shown = about if last is None or about[0] != last[0] else ("", "", about[2] if about != last else "")
        table.add_row(*shown, v.species, v.predicted, v.where, v.verdict)
        last = about
    return [table]


@takes_one
def system_tables(result: ChemicalSystem) -> list[Table | str]:
    """Entries of a chemical system, a row each."""
    table = new_table(
        f"{'-'.join(result.elements)} ({result.thermo_type})", "formula", "formation (eV/atom)", "above hull (meV/atom)"
    )
    for entry in result.entries:
        table.add_row(
            entry.formula, f"{entry.formation_energy_eV_per_atom:.5f}", meV(entry.energy_above_hull_eV_per_atom)
        )
    return [table]


@takes_one
def summary_lines(result: EntrySummary) -> list[Table | str]:
    """Content of a source of energies, in lines."""
    return [
        f"{result.source}: {result.n_entries} compositions of {len(result.elements)} elements",
        f"thermo type {result.thermo_type}, sha256 {result.sha256}",
        " ".join(result.elements),
    ]
