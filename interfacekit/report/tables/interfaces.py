"""Tables of coherent interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interfacekit.presentation import takes_one
from interfacekit.report.tables.common import new_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interfacekit.report.layout import Table
    from interfacekit.structure import CoherentInterfaces

_RANKED = (
    "ranked by Pareto fronts of area and {strain}, then by area, those that cut polyanions last; the film takes all "
    "strain; files have 15 A of vacuum"
)
_CUT = "cut: polyanions cut by both faces"
_POLAR = "* polar plane"
#: Candidates of a table on a terminal.
_MOST_ROWS = 20
_SIDES = ("substrate", "film")


@takes_one
def candidate_tables(found: CoherentInterfaces) -> list[Table | str]:
    """Candidates in the order of their ranks, and what the columns mean."""
    limits = found.provenance["parameters"]
    has_energies = found.candidates[0].strain_energy_meV_per_atom is not None
    table = new_table(
        f"{found.film.name} on {found.substrate.name}: matches up to {limits['max_area_A2']:g} A2 and "
        f"{100 * limits['max_strain']:g} % strain",
        "rank (-)",
        f"{found.substrate.name}",
        f"{found.film.name}",
        "area (A2)",
        "film strain (%)",
        *(["strain energy (meV/atom)"] if has_energies else []),
        "atoms (-)",
        "faces",
        "cut (-)",
    )
    shown = found.to_frame().to_dict("records")[:_MOST_ROWS]
    for row in shown:
        table.add_row(
            str(row["rank"]),
            *(_plane(row, side) for side in _SIDES),
            f"{row['area_A2']:.1f}",
            f"{100 * row['film_strain_1']:+.2f} {100 * row['film_strain_2']:+.2f}",
            *([f"{row['film_strain_energy_meV_per_atom']:.2f}"] if has_energies else []),
            str(row["atoms"]),
            " | ".join(row[f"{side}_termination"] for side in _SIDES),
            "-" if row["cut_polyanions"] is None else str(row["cut_polyanions"]),
        )
    hidden = len(found.candidates) - _MOST_ROWS
    return [
        table,
        *([f"{hidden} more in files and --json"] if hidden > 0 else []),
        _RANKED.format(strain="strain energy" if has_energies else "strain"),
        "; ".join([_CUT, *([_POLAR] if any(row[f"{side}_polar"] for row in shown for side in _SIDES) else [])]),
    ]


def _plane(row: Mapping[Any, Any], side: str) -> str:
    """Miller indices, with a mark where the plane is polar."""
    return str(row[f"{side}_miller"]).replace(" ", "\N{NO-BREAK SPACE}") + ("*" if row[f"{side}_polar"] else "")
