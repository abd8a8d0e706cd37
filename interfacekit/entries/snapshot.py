"""Embedded Materials Project snapshot of April 2019 (see data/NOTICE.md for its content and citation)."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.entries.snapshot_arrays import SnapshotArrays
from interfacekit.entries.table import EntryTable, RowsOnHull
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

NAME = "mp2019"
#: PBE GGA/GGA+U with the MaterialsProjectCompatibility corrections that preceded MP2020.
THERMO_TYPE = "GGA_GGA+U_legacy"

#: Files in `interfacekit/data`: the source, and its binary copy, made when the package is built.
CSV, BINARY = "mp2019_formation_energies.csv.gz", "mp2019_formation_energies.npz"


@lru_cache(maxsize=16)
def load_snapshot(elements: tuple[str, ...] | None = None) -> EntryTable:
    """Return the snapshot, or its part for one chemical system.

    Raises
    ------
    InputError
        If the snapshot has no energies for an element.
    """
    return snapshot_table(*_arrays(), elements)


def snapshot_table(sha256: str, arrays: SnapshotArrays, elements: tuple[str, ...] | None = None) -> EntryTable:
    """Return the rows of a chemical system as a table, with their hull energies if these are known.

    Parameters
    ----------
    sha256
        Fingerprint of the CSV.
    arrays
        Rows of the CSV.
    elements
        Symbols, sorted; all if None.

    Returns
    -------
    EntryTable
        Formation energies, eV/atom.

    Raises
    ------
    InputError
        If the snapshot has no energies for an element.
    """
    symbols = arrays.symbols if elements is None else elements
    if missing := sorted(set(symbols) - set(arrays.symbols)):
        raise InputError(
            f"the snapshot {NAME} has no energies for {', '.join(missing)}; it covers {len(arrays.symbols)} elements: "
            f"{' '.join(arrays.symbols)}"
        )
    rows = arrays.rows_within(symbols)
    table = EntryTable(
        elements=symbols,
        formulas=arrays.formulas(rows),
        compositions=arrays.compositions(rows, symbols),
        formation_energies_eV_per_atom=arrays.energies(rows),
        thermo_type=THERMO_TYPE,
        source=NAME,
        sha256=sha256,
    )
    if arrays.has_hull(hull_code()):
        table.keep_hull(lambda: RowsOnHull(arrays.hull_energies(rows), arrays.on_hull(rows)))
    return table


def current_binary(directory: Path, threads: int = 1) -> Path:
    """Return the binary copy of the CSV in a data directory, with hull energies and stable rows.

    It is made if it is missing, of another CSV, or with hull energies computed by other code.

    Parameters
    ----------
    directory
        Directory of the CSV and the copy.
    threads
        Number of threads for the hull energies.

    Returns
    -------
    Path
        Binary copy.
    """
    content, binary = (directory / CSV).read_bytes(), directory / BINARY
    sha256 = hashlib.sha256(content).hexdigest()
    known = SnapshotArrays.read(binary, sha256)
    code = hull_code()
    if known is None or not known.has_hull(code):
        from interfacekit.entries.hull_energies import above_hull, hull_energies

        arrays = SnapshotArrays.from_csv(content)
        table = snapshot_table(sha256, arrays)
        energies = hull_energies(table, threads)
        on_hull = above_hull(table.formation_energies_eV_per_atom, energies) <= 0
        arrays.save(binary, hull_energy=energies, on_hull=on_hull, hull_code=np.array(code))
    return binary


@lru_cache(maxsize=1)
def hull_code() -> str:
    """Fingerprint of the modules that compute hull energies; hull energies of other code are not used."""
    package = files("interfacekit")
    modules = ("entries/hull_energies.py", "kernels/equilibria/screening.py", "kernels/equilibria/simplex.py")
    return hashlib.sha256(b"".join((package / module).read_bytes() for module in modules)).hexdigest()


@lru_cache(maxsize=1)
def _arrays() -> tuple[str, SnapshotArrays]:
    """Fingerprint of the CSV and its rows, from a binary copy of the same CSV if there is one."""
    data = files("interfacekit") / "data"
    content = (data / CSV).read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    return sha256, SnapshotArrays.read(data / BINARY, sha256) or SnapshotArrays.from_csv(content)
