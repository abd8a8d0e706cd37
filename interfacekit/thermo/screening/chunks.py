"""The work of a screening: candidates in chunks through the kernels, on threads, kept as they are finished."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakValueDictionary

import numpy as np

from interfacekit.entries.hull_energies import above_hull, hull_energies, kernel_entries
from interfacekit.entries.table import RowsOnHull
from interfacekit.errors import ComputationError, one_line
from interfacekit.frames import roomy
from interfacekit.limits import cores
from interfacekit.phases import phase
from interfacekit.store import record_key
from interfacekit.sweep.grids import task_name
from interfacekit.sweep.runs import run
from interfacekit.thermo.stability.window import ROUNDED_LITHIUM
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable
    from interfacekit.kernels.equilibria.screening import Entries, Screened
    from interfacekit.phases import Phase
    from interfacekit.store import Record, Store

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
    def place_of(self) -> dict[str, int]:
        """Place of each formula among the stable rows."""
        return {self.table.formulas[row]: place for place, row in enumerate(self.stable.tolist())}

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Rows of the table by formula."""
        return {formula: row for row, formula in enumerate(self.table.formulas)}


@dataclass(frozen=True)
class _Listener:
    """Callback of the share done; a cache takes all of them for one."""

    hear: Callable[[float], None] | None = field(compare=False)


def prepared(table: EntryTable, progress: Callable[[float], None] | None = None) -> Prepared:
    """Hull energies of all rows of a table, and what is on the hull.

    A phase above the hull of its own elements is above that of more, closed or open, so that no other row is needed.

    Parameters
    ----------
    table
        Energies.
    progress
        Called with the share done of the hull energies, where they are not known.

    Raises
    ------
    ComputationError
        If a row has no solution.
    """
    return _prepared(table, _Listener(progress))


@lru_cache(maxsize=4)
def _prepared(table: EntryTable, listener: _Listener) -> Prepared:
    known = table.hull
    if known is None:
        energies = hull_energies(table, cores(), listener.hear)
        known = RowsOnHull(energies, above_hull(table.formation_energies_eV_per_atom, energies) <= 0)
    stable = np.flatnonzero(known.on_hull)
    return Prepared(table, known.energies_eV_per_atom, stable, kernel_entries(table, stable))


def screen_chunk(
    candidates: Sequence[str],
    cathode: str,
    electrolyte: str,
    voltage_V: Sequence[float],
    energies: str,
    li_tolerance_per_formula: float,
) -> dict[str, Any]:
    """Screen candidates in the table with this fingerprint, which `run_chunks` was called with, for a store.

    Returns
    -------
    dict
        Lists by name as in `kernels.equilibria.screening.Screened`: a value or a list for each candidate. `products`
        are formulas, and None stands for what is not a number.
    """
    data = _PREPARED[energies]
    out = screened_chunk(candidates, cathode, electrolyte, voltage_V, data, li_tolerance_per_formula)
    listed = {name: _listed(array) for name, array in out._asdict().items() if name not in ("status", "products")}
    return {**listed, "products": [[_named(row, data) for row in of_one] for of_one in out.products]}


def screened_chunk(
    candidates: Sequence[str],
    cathode: str,
    electrolyte: str,
    voltage_V: Sequence[float],
    data: Prepared,
    li_tolerance_per_formula: float = ROUNDED_LITHIUM,
) -> Screened:
    """Screen candidates; `products` are rows of the stable entries.

    A candidate without a solution has numbers that are not one, and no products.
    """
    from interfacekit.kernels.equilibria import screening, simplex

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
            data.entries,
            atoms,
            own * atoms.sum(axis=1),
            partners,
            float(voltage_V[0]),
            float(voltage_V[1]),
            li_tolerance_per_formula,
            room,
            out,
        )
        if not (out.status == simplex.FULL).any() or room >= _MOST_ROOM:
            break
        room *= 2
    for name, array in out._asdict().items():
        if name != "status":
            array[out.status != simplex.SOLVED] = -1 if name == "products" else np.nan
    return out


def _read_chunk(answer: dict[str, Any], data: Prepared) -> Screened:
    """Arrays of what `screen_chunk` returned, as they were."""
    count = len(answer["hull_energy"])
    out = empty_screened(count, max(len(row) for row in answer["amounts"][0]))
    for name, array in out._asdict().items():
        if name not in ("status", "products"):
            array[...] = np.array(answer[name], dtype=np.float64)  # None becomes not a number
    out.products[...] = -1
    place = data.place_of
    for c, of_one in enumerate(answer["products"]):
        for r, formulas in enumerate(of_one):
            out.products[c, r, : len(formulas)] = [place[formula] for formula in formulas]
    return out


def empty_screened(count: int, most_elements: int) -> Screened:
    """Room for the results of a number of candidates."""
    from interfacekit.kernels.equilibria.screening import REACTIONS, Screened

    return Screened(
        status=np.zeros(count, dtype=np.int64),
        hull_energy=np.empty(count),
        reduction=np.empty(count),
        oxidation=np.empty(count),
        rounded_reduction=np.empty(count),
        rounded_oxidation=np.empty(count),
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
    data: Prepared,
    candidates: Sequence[str],
    partners: tuple[str, str],
    voltage_V: tuple[float, float],
    *,
    store: Store | None,
    progress: Callable[[float], None] | None,
    keep_finished: bool,
) -> list[tuple[Sequence[str], Screened | None]]:
    """Screen candidates chunk by chunk.

    Parameters
    ----------
    data
        Energies.
    candidates
        Formulas.
    partners
        Formulas of the cathode and the electrolyte.
    voltage_V
        Lowest and highest voltage.
    store
        Records of finished chunks; what is there already is not computed again. None keeps none.
    progress
        Called with the share done.
    keep_finished
        When interrupted, return what was finished.

    Returns
    -------
    list
        Each chunk with the answer of `screened_chunk`, or None where it was not finished.

    Raises
    ------
    InputError
        If the store cannot be used.
    ComputationError
        If a candidate has no solution.
    """
    chunks = [list(candidates[k : k + CHUNK]) for k in range(0, len(candidates), CHUNK)]
    if store is None:
        answers = _run_in_memory(data, chunks, (*partners, voltage_V), progress, keep_finished=keep_finished)
    else:
        answers = _run_with_store(data, chunks, (*partners, voltage_V), store, progress, keep_finished=keep_finished)
    return list(zip(chunks, answers, strict=True))


def _run_in_memory(
    data: Prepared,
    chunks: Sequence[list[str]],
    question: tuple[str, str, tuple[float, float]],
    progress: Callable[[float], None] | None,
    *,
    keep_finished: bool,
) -> list[Screened | None]:
    told = progress or (lambda _share: None)
    with ThreadPoolExecutor(cores()) as pool:
        run: Callable[..., Any] = roomy(screened_chunk)
        futures = [pool.submit(run, chunk, *question, data) for chunk in chunks]
        try:
            told(0.0)
            for count, _ in enumerate(as_completed(futures), start=1):
                told(count / len(chunks))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            if not keep_finished:
                raise
    finished = [future for future in futures if not future.cancelled()]
    problems = [problem for future in finished if (problem := future.exception()) is not None]
    if problems:
        _raise_failed(len(problems), len(chunks), one_line(problems[0]))
    return [None if future.cancelled() else future.result() for future in futures]


def _run_with_store(
    data: Prepared,
    chunks: Sequence[list[str]],
    question: tuple[str, str, tuple[float, float]],
    store: Store,
    progress: Callable[[float], None] | None,
    *,
    keep_finished: bool,
) -> list[Screened | None]:
    cathode, electrolyte, voltage_V = question
    common: dict[str, Any] = {"cathode": cathode, "electrolyte": electrolyte, "voltage_V": list(voltage_V)}
    _PREPARED[data.fingerprint] = data
    common["li_tolerance_per_formula"] = ROUNDED_LITHIUM
    points = [{"candidates": chunk, **common, "energies": data.fingerprint} for chunk in chunks]
    try:
        with ThreadPoolExecutor(cores()) as pool:
            noun = f"parts, of {CHUNK} candidates each,"
            found: list[Record | None] = [*run(screen_chunk, points, pool, store=store, progress=progress, noun=noun)]
    except KeyboardInterrupt:
        if not keep_finished:
            raise
        found = [store.read(record_key(task_name(screen_chunk), point)) for point in points]
    failed = [record.error for record in found if record is not None and record.status == "failed"]
    if failed:
        _raise_failed(len(failed), len(points), failed[0])
    return [None if record is None else _read_chunk(record.result, data) for record in found]


def _raise_failed(count: int, of: int, problem: str | None) -> NoReturn:
    raise ComputationError(f"{count} of {of} parts of the screening failed: {problem}")
