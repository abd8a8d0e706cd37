"""The work of a screening: candidates in chunks through the kernels, on threads, kept as they are finished."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property, lru_cache
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np

from interfacekit.entries.hull_energies import ON_HULL_eV_per_atom, hull_energies, kernel_entries
from interfacekit.entries.table import RowsOnHull
from interfacekit.errors import ComputationError
from interfacekit.phases import phase
from interfacekit.store import Store, record_key
from interfacekit.sweep.executors import cores
from interfacekit.sweep.grids import task_name
from interfacekit.sweep.runs import run
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable
    from interfacekit.kernels.screening import Entries, Screened
    from interfacekit.phases import Phase
    from interfacekit.store import Record

#: Candidates in a task: a fraction of a second, so that an interrupt loses little.
CHUNK = 64
#: Room for kinks of a tie line and stairs of a profile at first; doubled where it is not enough.
_ROOM, _MOST_ROOM = 256, 65536

#: By fingerprint: what the tasks of this process work on.
_PREPARED: WeakValueDictionary[str, Prepared] = WeakValueDictionary()


@dataclass(frozen=True, eq=False)
class Prepared:
    """A table for the kernels.

    Attributes
    ----------
    table
        Of all energies.
    hull_energies
        Of each row, eV per atom, shape (n,).
    stable
        Rows on the hull, shape (s,).
    entries
        Of those rows alone.
    """

    table: EntryTable
    hull_energies: NDArray[np.float64]
    stable: NDArray[np.intp]
    entries: Entries

    @cached_property
    def fingerprint(self) -> str:
        """Of what is in the table: tables made of one file have the fingerprint of the file."""
        content = hashlib.sha256("\n".join((*self.table.elements, *self.table.formulas)).encode())
        for array in (self.table.compositions, self.table.formation_energies_eV_per_atom):
            content.update(array.tobytes())
        return content.hexdigest()

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Rows of the table by formula."""
        return {formula: row for row, formula in enumerate(self.table.formulas)}


@lru_cache(maxsize=4)
def prepared(table: EntryTable) -> Prepared:
    """Hull energies of all rows of a table, and what is on the hull.

    A phase above the hull of its own elements is above that of more, closed or open, so that no other row is needed.

    Raises
    ------
    ComputationError
        If a row has no solution.
    """
    known = table.hull
    if known is None:
        energies = hull_energies(table, cores())
        known = RowsOnHull(energies, table.formation_energies_eV_per_atom - energies < ON_HULL_eV_per_atom)
    stable = np.flatnonzero(known.on_hull)
    return Prepared(table, known.energies_eV_per_atom, stable, kernel_entries(table, stable))


def screen_chunk(
    candidates: Sequence[str], cathode: str, electrolyte: str, voltage_V: Sequence[float], energies: str
) -> dict[str, Any]:
    """Screen candidates in the table with this fingerprint, which `run_chunks` was called with.

    Returns
    -------
    dict
        Of lists, by name as in `kernels.screening.Screened`: a value or a list for each candidate. `products` are
        formulas, and None stands for what is not a number.

    Raises
    ------
    ComputationError
        If a candidate has no solution.
    """
    from interfacekit.kernels import screening, simplex

    data = _PREPARED[energies]
    table, row_of = data.table, data.row_of
    rows = [row_of.get(name) for name in candidates]
    atoms = np.array(
        [
            phase(name).vector(table.elements) if row is None else table.compositions[row]
            for name, row in zip(candidates, rows, strict=True)
        ]
    )
    own = np.array([np.nan if row is None else table.formation_energies_eV_per_atom[row] for row in rows])
    full, facing = (phase(name) for name in (cathode, electrolyte))
    partners = np.array([member.vector(table.elements) for member in (full, phase(half_lithiated(full)), facing)])
    most = int(((atoms > 0) | (partners > 0).any(axis=0)).sum(axis=1).max()) + 1
    room = _ROOM
    while True:
        out = empty_screened(len(candidates), most)
        screening.screen(
            data.entries, atoms, own * atoms.sum(axis=1), partners, float(voltage_V[0]), float(voltage_V[1]), room, out
        )
        if not (out.status == simplex.FULL).any() or room >= _MOST_ROOM:
            break
        room *= 2
    if (out.status != simplex.SOLVED).any():
        unsolved = candidates[int(np.argmax(out.status != simplex.SOLVED))]
        raise ComputationError(f"no solution for {unsolved} between {cathode} and {electrolyte}")
    listed = {name: _listed(array) for name, array in out._asdict().items() if name not in ("status", "products")}
    return {**listed, "products": [[_named(row, data) for row in of_one] for of_one in out.products]}


def empty_screened(count: int, most_elements: int) -> Screened:
    """Room for the results of a number of candidates."""
    from interfacekit.kernels.screening import REACTIONS, Screened

    return Screened(
        status=np.zeros(count, dtype=np.int64),
        hull_energy=np.empty(count),
        reduction=np.empty(count),
        oxidation=np.empty(count),
        decomposition=np.empty((count, 2)),
        energy=np.empty((count, REACTIONS)),
        mixing=np.empty((count, REACTIONS)),
        voltage=np.empty((count, REACTIONS)),
        products=np.empty((count, REACTIONS, most_elements), dtype=np.int64),
        amounts=np.empty((count, REACTIONS, most_elements)),
    )


def _listed(array: NDArray[np.float64]) -> list[Any]:
    """Nested lists with None for what is not a number, since JSON has none."""
    values = array.astype(object)
    values[np.isnan(array)] = None
    listed: list[Any] = values.tolist()
    return listed


def _named(rows: NDArray[np.int64], data: Prepared) -> list[str]:
    return [data.table.formulas[data.stable[row]] for row in rows if row >= 0]


def half_lithiated(cathode: Phase) -> str:
    """Formula of a cathode with half its Li."""
    return "".join(f"{symbol}{amount / 2 if symbol == LITHIUM else amount:.12g}" for symbol, amount in cathode.amounts)


def run_chunks(
    table: EntryTable,
    candidates: Sequence[str],
    partners: tuple[str, str],
    voltage_V: tuple[float, float],
    *,
    store: str | Path | None,
    progress: Callable[[float], None] | None,
    keep_finished: bool,
) -> list[tuple[Sequence[str], dict[str, Any] | None]]:
    """Screen candidates chunk by chunk.

    Parameters
    ----------
    table
        Of energies.
    candidates
        Formulas.
    partners
        Formulas of the cathode and the electrolyte.
    voltage_V
        Lowest and highest voltage.
    store
        Folder of finished chunks; what is there already is not computed again.
    progress
        Called with the share done.
    keep_finished
        When interrupted, return what was finished.

    Returns
    -------
    list
        Each chunk with the answer of `screen_chunk`, or None where it was not finished.

    Raises
    ------
    InputError
        If the store cannot be used.
    ComputationError
        If a candidate has no solution.
    """
    chunks = [list(candidates[k : k + CHUNK]) for k in range(0, len(candidates), CHUNK)]
    common = {
        "cathode": partners[0],
        "electrolyte": partners[1],
        "voltage_V": list(voltage_V),
    }
    with TemporaryDirectory() if store is None else nullcontext(store) as folder:
        records = Store(folder)  # before what takes seconds: it may not be possible
        data = prepared(table)
        _PREPARED[data.fingerprint] = data
        points = [{"candidates": chunk, **common, "energies": data.fingerprint} for chunk in chunks]
        try:
            with ThreadPoolExecutor(cores()) as pool:
                found: list[Record | None] = [*run(screen_chunk, points, pool, store=records, progress=progress)]
        except KeyboardInterrupt:
            if not keep_finished:
                raise
            found = [records.read(record_key(task_name(screen_chunk), point)) for point in points]
    failed = [record.error for record in found if record is not None and record.status == "failed"]
    if failed:
        raise ComputationError(f"{len(failed)} of {len(points)} parts of the screening failed: {failed[0]}")
    return [(chunk, None if record is None else record.result) for chunk, record in zip(chunks, found, strict=True)]
