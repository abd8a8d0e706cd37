"""Tables of coherent interfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.report.common import new_table
from interfacekit.structure import CoherentInterfaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from interfacekit.results import Result

_RANKED = (
    "ranked by fronts, then by area: none of the first front is beaten by another in both area and {strain}, none of "
    "the second but by the first, and so on; those that cut polyanions come after all others; all strain is the "
    "film's; mean is von Mises'; files have 15 A of vacuum"
)
#: Candidates of a table on a terminal.
_MOST_ROWS = 20


def interface_tables(results: Sequence[Result]) -> list[Table | str]:
    """Tables of all coherent interfaces among the results."""
    return [part for result in results if isinstance(result, CoherentInterfaces) for part in _table(result)]


def _table(found: CoherentInterfaces) -> list[Table | str]:
    limits = found.provenance["parameters"]
    has_energies = found.candidates[0].strain_energy_meV_per_atom is not None
    table = new_table(
        f"{found.film.name} on {found.substrate.name}: matches up to {limits['max_area_A2']:g} A2 and "
        f"{100 * limits['max_strain']:g} % strain",
        "rank (-)",
        f"{found.substrate.name}",
        f"{found.film.name}",
        "area (A2)",
        "strain of the film (%)",
        "mean (%)",
        *(["strain energy (meV/atom)"] if has_energies else []),
        "atoms (-)",
        "faces that meet",
        "polyanions cut (-)",
        "polar",
        "front",
    )
    for row in found.to_frame().to_dict("records")[:_MOST_ROWS]:
        sides = ("substrate", "film")
        table.add_row(
            str(row["rank"]),
            row["substrate_miller"],
            row["film_miller"],
            f"{row['area_A2']:.1f}",
            f"{100 * row['film_strain_1']:+.2f} {100 * row['film_strain_2']:+.2f}",
            f"{100 * row['film_von_mises_strain']:.2f}",
            *([f"{row['film_strain_energy_meV_per_atom']:.2f}"] if has_energies else []),
            str(row["atoms"]),
            " | ".join(row[f"{side}_termination"] for side in sides),
            str(row["cut_polyanions"]),
            ", ".join(getattr(found, side).name for side in sides if row[f"{side}_polar"]) or "-",
            str(row["front"]),
        )
    hidden = len(found.candidates) - _MOST_ROWS
    return [
        table,
        *([f"{hidden} more in files and --json"] if hidden > 0 else []),
        _RANKED.format(strain="strain energy" if has_energies else "strain"),
    ]
