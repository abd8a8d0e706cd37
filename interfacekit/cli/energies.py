"""Where a command takes its formation energies from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.cli.messages import note

if TYPE_CHECKING:
    from interfacekit.config import EnergiesConfig
    from interfacekit.entries import EntryTable, Source


def energies_of(options: EnergiesConfig) -> Source:
    """Read the user's files now, so that a bad one is told before any work; other sources wait for their elements."""
    from interfacekit.entries import is_file, load_entries

    read: list[EntryTable | str] = []
    for source in options.entries:
        if is_file(source):
            table = load_entries(source, thermo_type=options.thermo_type)
            read.append(table)
            if "mp2019" in options.entries:
                _tell_superseded(table)
        else:
            read.append(f"mp:{options.thermo_type}" if source == "mp" and options.thermo_type else source)
    return read if len(read) > 1 else read[0]


def _tell_superseded(table: EntryTable) -> None:
    """Say on stderr which of the user's energies the snapshot has lower ones for: a hull takes the lowest."""
    from interfacekit.entries import load_entries

    snapshot = load_entries("mp2019")
    if table.thermo_type != snapshot.thermo_type:
        return  # such tables are not joined
    known = dict(zip(snapshot.formulas, snapshot.formation_energies_eV_per_atom, strict=True))
    mine = zip(table.formulas, table.formation_energies_eV_per_atom, strict=True)
    lower = [formula for formula, energy in mine if energy > known.get(formula, energy)]
    if lower:
        named = ", ".join(lower[:5]) + (" ..." if len(lower) > 5 else "")
        note(f"{table.source}: mp2019 has lower energies, which are used, for {len(lower)}: {named}")
